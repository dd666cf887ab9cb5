//! What happens between builder and runtime: the program as it runs inside build steps, bind-mounted from the frontend's own image.
//! It prunes, strips, finds shared libraries, splits layers, compiles bytecode and proves the image; no shell, no tool of the
//! image is needed for it. Deciding is pure and works on [`tree`]; only [`tree`] and the runs themselves touch the disk.

#[doc(hidden)]
pub use distil_reading::{diag, names, yaml};

pub mod elf;
pub mod inventory;
pub mod language;
pub mod libraries;
pub mod proof;
pub mod prune;
pub mod requests;
pub mod sbom;
pub mod site;
pub mod steps;
pub mod tree;

#[cfg(test)]
mod toy;
