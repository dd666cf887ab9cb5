//! Where a project's files ask for what a step of a build does, for the reader of one that failed.

use crate::diag::{FileId, Place, Sources};

use super::facts::Facts;
use super::steps::Request;

/// The line that asks for what a step does, which is told by its words: the dependencies, or that the project is built.
pub(crate) fn asks_for(facts: &Facts, argv: &[String], sources: &Sources) -> Option<Place> {
    let Some(Ok(request)) = Request::read(argv.get(2..)?) else { return None };
    let own = |keys: &[&str]| {
        let file = facts.project.file.as_ref()?.file;
        keys.iter().find_map(|key| line(&sources.file(file).text, file, key))
    };
    let lock = Place { file: facts.lock.file, start: 0, end: facts.lock.text.lines().next().map_or(0, str::len) };
    match request {
        Request::Install(asked) if asked.project => own(&["[build-system]", "[project]", "[tool.poetry]"]),
        Request::Install(_) | Request::Environment(_) | Request::ProvePackages(_) => {
            Some(own(&["dependencies", "[tool.poetry.dependencies]"]).unwrap_or(lock))
        }
        _ => None,
    }
}

/// The first line of a file that begins so.
fn line(text: &str, file: FileId, start: &str) -> Option<Place> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(start) {
            return Some(Place { file, start: at, end: at + line.trim_end().len() });
        }
        at += line.len();
    }
    None
}
