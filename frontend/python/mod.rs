//! Everything that is Python's: its versions, what a project's files say, its locks, and what recipes are given of them.

pub(crate) mod command;
mod decisions;
pub(crate) mod facts;
pub(crate) mod health;
pub(crate) mod inputs;
pub(crate) mod layout;
pub(crate) mod lint;
pub mod locks;
pub mod pep440;
pub(crate) mod refine;
pub(crate) mod settle;
mod sizes;
pub mod version;
mod wheels;

pub(crate) use decisions::decisions;
pub use version::PythonVersion;

use crate::refine::requests;

/// The words of the step that imports modules in an image, in the environment of its packages.
pub(crate) fn imports(modules: Vec<String>) -> Vec<String> {
    requests::Imports { python: layout::program(), command: requests::Command(modules) }.argv()
}
