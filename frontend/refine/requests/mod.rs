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

pub use argument::{Command, Folder, On, Out, Value};
pub use layout::{ACCOUNT, GATHERED, IMAGE, Mounted, OUT_REPORT, PROGRAM, TMP};
pub use page::page;
pub use steps::{
    Application, Budget, Environment, File, Gather, Hygiene, Imports, Install, Library, Needs, ProveBefore, ProveCommand, ProveImage,
    ProvePackages, Report, Request, Run, STEPS, Start,
};
pub use table::{Key, Kind, StepType, named};
pub use words::{Mode, Policy, Runtime};
