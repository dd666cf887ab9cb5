//! The steps that the program runs inside builds: those for any kind of service, and those of single ecosystems.

use crate::node::steps as node;
use crate::python::steps as python;
use crate::refine::requests::{self, StepType};

/// Every step.
pub(crate) fn all() -> impl Iterator<Item = &'static StepType> {
    requests::STEPS.iter().chain(python::STEPS).chain(node::STEPS).copied()
}

/// The page of them (`docs/steps.md`).
#[must_use]
pub fn page() -> String {
    requests::page(&[
        ("For any kind of service", requests::STEPS),
        ("For a Python service", python::STEPS),
        ("For a Node service", node::STEPS),
    ])
}

#[cfg(test)]
#[path = "steps_tests.rs"]
mod tests;
