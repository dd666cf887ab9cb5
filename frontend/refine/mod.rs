//! What happens between builder and runtime: the program as it runs inside build steps, bind-mounted from the frontend's own image.
//! It prunes, strips, finds shared libraries, splits layers, compiles bytecode and proves the image; no shell, no tool of the
//! image is needed for it. Deciding is pure and works on [`tree`]; only [`tree`] and the runs themselves touch the disk.

pub(crate) mod elf;
pub(crate) mod inventory;
pub(crate) mod language;
pub(crate) mod libraries;
pub(crate) mod proof;
pub(crate) mod prune;
pub(crate) mod requests;
pub(crate) mod steps;
pub(crate) mod tree;
