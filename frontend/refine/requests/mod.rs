//! What the steps that the program runs inside a build are asked for. One entry says everything of a step: recipes get its keys
//! and its mounts from it, the plan writes its arguments by it, and the program reads them by it.

mod argument;
pub(crate) mod layout;
mod page;
mod steps;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use argument::{Argument, Command, Folder, Folders, On, Out, Value};
pub(crate) use layout::{ACCOUNT, GATHERED, IMAGE, OUT_REPORT, PROGRAM, TMP, WEIGHED_BASE};
pub(crate) use page::page;
pub(crate) use steps::{Budget, File, Gather, Hygiene, ProveCommand, Report, Request, Run, STEPS, Start};
pub(crate) use table::{Key, Kind, StepType, about, named, no_step, steps};
#[cfg(test)]
pub(crate) use words::RuleSet;
pub(crate) use words::{Mode, Policy, Runtime};
