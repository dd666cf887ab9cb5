//! Everything that is Python's: its versions, what a project's files say, its locks, and what recipes are given of them.

mod asked;
pub mod codes;
pub(crate) mod command;
pub(crate) mod crossing;
mod cuda;
mod decisions;
mod develop;
pub(crate) mod facts;
pub(crate) mod given;
pub(crate) mod health;
pub(crate) mod inputs;
pub mod keys;
pub(crate) mod layout;
pub(crate) mod lint;
pub(crate) mod locked;
mod locking;
pub mod locks;
pub mod pep;
mod places;
pub(crate) mod refine;
pub(crate) mod settle;
mod sizes;
pub(crate) mod steps;
pub(crate) mod supplies;
pub mod toml;
pub mod version;
mod wheels;

pub(crate) use asked::{fill, imports, prove_before};
pub(crate) use decisions::decisions;
pub(crate) use develop::develop;
pub(crate) use locking::locking;
pub(crate) use places::asks_for;
pub use version::PythonVersion;

/// Files that installers and uploaders keep logins in.
pub(crate) const PRIVATE_FILES: &[&str] = &[".pypirc"];
