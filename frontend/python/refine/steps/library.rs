//! The standard library's bytecode, made from a base image alone: no edit and no dependency makes it anew, and the engine keeps it
//! for every service on the same base.

use std::path::Path;

use crate::python::refine::interpreter::store::{Store, workers};
use crate::python::refine::interpreter::{Python, archive};
use crate::python::steps::Library;
use crate::refine::tree::Tree;

use super::{Problem, interpreter, sources};

/// Folders of it that no service loads.
const LEFT: &[&str] = &["test", "tests", "idlelib", "lib2to3", "turtledemo", "ensurepip"];

/// The lines that a person should know, which are none; the bytecode is written to `request.out`.
pub(crate) fn library(request: &Library) -> Result<Vec<String>, Problem> {
    let series = request.python.as_str();
    let python = Python::new(Path::new(&format!("/usr/local/bin/python{series}")));
    let tree: Tree = interpreter(Path::new("/"), series)?;
    let store = Store::create(&python, &request.out)?;
    let wanted = sources(&tree).filter(|(path, _)| !path.split('/').any(|part| LEFT.contains(&part)));
    let wanted: Vec<(&str, &Path)> = wanted.collect();
    store.add(&python, wanted.iter().copied(), workers())?;
    if request.archive {
        let (zip, folder) = (archive::path(series), format!("/usr/local/lib/python{series}"));
        let inside = |path: &str| path.strip_prefix(&folder).map(|rest| format!("{zip}{rest}"));
        let inside: Vec<(String, &Path)> = wanted.into_iter().filter_map(|(path, disk)| Some((inside(path)?, disk))).collect();
        store.add(&python, inside.iter().map(|(path, disk)| (path.as_str(), *disk)), workers())?;
    }
    Ok(vec![])
}
