//! What is installed of a lock, and nothing else, for each manager that writes one.

pub mod pip;
pub mod poetry;
pub mod uv;
