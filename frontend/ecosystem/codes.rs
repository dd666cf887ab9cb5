//! The messages that are about single ecosystems.

use crate::diag::codes::Subject;
use crate::node::codes as node;
use crate::python::codes as python;

/// Their subjects, for each ecosystem.
pub(crate) const SUBJECTS: &[&[Subject]] = &[python::SUBJECTS, node::SUBJECTS];
