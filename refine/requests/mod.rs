//! What the steps that the program runs inside a build are asked for. One entry says everything of a step: recipes get its keys
//! and its mounts from it, the plan writes its arguments by it, and the program reads them by it.

mod argument;
pub mod layout;
mod page;
mod steps;
mod table;
mod words;

pub use argument::{Argument, Command, Folder, Folders, On, Out, Text, Value};
pub use layout::{GATHERED, IMAGE, LOCKED, OUT_REPORT, OUT_SBOM, PROGRAM, REPORT, TMP, WEIGHED_BASE};
pub use page::page;
pub use steps::{Budget, File, Gather, Hygiene, ProveCommand, Report, Request, Run, STEPS, Sbom, Site, Start};
pub use table::{Key, Kind, StepType, about, named, no_step, steps};
pub use words::{Mode, RuleSet, Runtime, one_of, word};
