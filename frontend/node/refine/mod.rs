//! Node's half of what runs inside build steps: packages are tried, gathered and proven, and the project's own files are taken.

mod installed;
mod load;
mod modules;
mod prove;
mod ship;

pub(crate) use modules::OWN_RULES;

use std::path::{Path, PathBuf};

use crate::refine::language::Language;
use crate::refine::steps::Problem;

use super::steps::Request;

/// Runs a step; returns the lines that a person should read.
pub(crate) fn run(request: &Request, language: &dyn Language) -> Result<Vec<String>, Problem> {
    match request {
        Request::Try(asked) => prove::before(asked),
        Request::Modules(asked) => modules::gather(asked, language),
        Request::Ship(asked) => ship::ship(asked),
        Request::Prove(asked) => prove::image(asked),
        Request::Entry(asked) => prove::entry(asked),
    }
}

/// Where packages are installed: in a folder, and in those of members.
fn folders(folder: &Path, members: &[PathBuf]) -> Vec<PathBuf> {
    std::iter::once(folder).chain(members.iter().map(PathBuf::as_path)).map(|folder| folder.join("node_modules")).collect()
}
