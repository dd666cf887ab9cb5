//! Python's half of the program as it runs inside build steps: it installs, looks at what is installed, follows what a command
//! loads, compiles bytecode, and tries all of it. What holds for any language is in the generic half.

mod advice;
mod find_library;
pub mod install;
pub mod interpreter;
mod language;
mod needs;
pub mod packages;
pub mod proof;
#[cfg(test)]
mod prune_tests;
mod rules;
mod scan;
pub mod start;
pub mod steps;

pub use language::PythonCode;
pub use rules::rules;
