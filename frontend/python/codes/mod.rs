//! What is said of Python services alone: tables of messages beside the generic ones, which stand here under their names as well.

mod image;
mod lock;
mod project;

pub use crate::diag::codes::*;

pub use self::{image::*, lock::*, project::*};

/// The messages by subject, in the order of `docs/messages.md`.
pub(crate) const SUBJECTS: &[(&str, &[Code])] =
    &[("Projects of Python", project::ALL), ("Locks of Python projects", lock::ALL), ("Images of Python services", image::ALL)];
