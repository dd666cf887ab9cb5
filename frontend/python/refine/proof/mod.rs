//! What Python adds to the proof of an image: modules that import, bytecode that is of its source, files that a command names.

mod bytecode;
mod modules;
mod needed;

pub use bytecode::bytecode;
pub use modules::{imports, modules};
pub use needed::{absent, needed, path_in_project, way_out};

use crate::refine::proof::{Finding, User, follow};
