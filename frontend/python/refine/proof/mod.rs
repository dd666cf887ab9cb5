//! What Python adds to the proof of an image: modules that import, bytecode that is of its source, files that a command names.

mod bytecode;
mod modules;
mod needed;

pub(crate) use bytecode::bytecode;
pub(crate) use modules::modules;
pub(crate) use needed::{needed, path_in_project, way_out};

use crate::refine::proof::{Finding, User, follow};
