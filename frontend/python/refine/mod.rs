//! Python's half of the program as it runs inside build steps: it installs, looks at what is installed, follows what a command
//! loads, compiles bytecode, and tries all of it. What holds for any language is in the generic half.

mod advice;
mod bill;
mod find_library;
mod install;
pub(crate) mod interpreter;
mod language;
mod needs;
mod notes;
pub(crate) mod packages;
pub(crate) mod proof;
#[cfg(test)]
mod prune_tests;
mod rules;
mod scan;
pub(crate) mod start;
pub(crate) mod steps;

pub(crate) use language::PythonCode;
pub(crate) use rules::rules;
