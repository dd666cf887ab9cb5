//! What is said of Node services alone: tables of messages beside the generic ones, which stand here under their names as well.

mod image;
mod lock;
mod project;

pub use crate::diag::codes::*;

pub use self::{image::*, lock::*, project::*};

/// The messages by subject, in the order of `docs/messages.md`.
pub(crate) const SUBJECTS: &[(&str, &[Code])] =
    &[("Projects of Node", project::ALL), ("Locks of Node projects", lock::ALL), ("Images of Node services", image::ALL)];
