//! What the steps that the program runs inside a build are asked for. One entry says everything of a step: recipes get its keys
//! and its mounts from it, the plan writes its arguments by it, and the program reads them by it.

mod argument;
mod layout;
mod page;
mod steps;
mod table;
#[cfg(test)]
mod tests;
mod words;

#[cfg(test)]
pub(crate) use argument::On;
pub(crate) use argument::{Command, Folder, Out, Value};
pub(crate) use layout::{ACCOUNT, GATHERED, IMAGE, OUT_REPORT, PROGRAM, TMP};
pub use page::page;
pub(crate) use steps::{
    Application, Budget, Environment, File, Gather, Hygiene, Imports, Install, Library, Needs, ProveBefore, ProveCommand, ProveImage,
    ProvePackages, Report, Request, Run, STEPS, Start,
};
pub(crate) use table::{Key, Kind, StepType, named};
pub(crate) use words::{Mode, Policy, Runtime};
