//! What is read, with the place of each value in its file: YAML, JSON, the names that values must have, the words of a shell, and the
//! messages about all that. It knows nothing of specs, recipes and images.

pub mod diag;
pub mod json;
pub mod names;
pub mod shell;
pub mod yaml;
