//! Everything that is Python's: its versions, what a project's files say, its locks, and what recipes are given of them.

pub(crate) mod command;
pub mod facts;
pub(crate) mod inputs;
pub(crate) mod layout;
pub mod locks;
pub mod pep440;
pub mod refine;
pub(crate) mod settle;
mod version;
mod wheels;

pub use version::PythonVersion;
