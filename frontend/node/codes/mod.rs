//! What is said of Node services alone: tables of messages beside the generic ones, which stand here under their names as well.

mod lock;

pub use crate::diag::codes::*;

pub use self::lock::*;

/// The messages by subject, in the order of `docs/messages.md`.
pub(crate) const SUBJECTS: &[(&str, &[Code])] = &[("Locks of Node projects", lock::ALL)];
