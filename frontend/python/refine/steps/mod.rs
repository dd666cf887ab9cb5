//! The steps of a build that are Python's alone: the environment as it ships, the project as it ships, and what proves them.

mod application;
mod before;
mod beside;
pub(super) mod blame;
mod environment;
mod foreign;
mod library;
mod needs;
mod prove;
pub(super) mod started;

use std::io;
use std::path::Path;

use crate::python::layout::{PROJECT, VENV, program, site};
use crate::python::steps::Request;
use crate::refine::steps::{Problem, all_right, builder_at, closure, output, progress, read, release, system};
use crate::refine::tree::{Tree, has_extension};

use super::{install, notes};

/// Runs a step; returns the lines that a person should read.
pub(crate) fn run(request: &Request) -> Result<Vec<String>, Problem> {
    match request {
        Request::Library(asked) => library::library(asked),
        Request::Install(asked) => install::install(asked),
        Request::Environment(asked) => environment::refine(asked),
        Request::Needs(asked) => needs::needs(asked),
        Request::Application(asked) => application::finish(asked),
        Request::ProvePackages(asked) => prove::packages(asked),
        Request::ProveImage(asked) => prove::image(asked),
        Request::ProveBefore(asked) => before::before(asked),
        Request::Imports(asked) => prove::imports(asked),
    }
}

/// The folder beside the layers that has the bytecode of what is in them.
const STORE: &str = ".bytecode";

/// The Python sources of a tree, each with its place on this disk.
fn sources(tree: &Tree) -> impl Iterator<Item = (&str, &Path)> {
    tree.iter().filter(|(path, entry)| entry.is_file() && has_extension(path, "py")).map(|(path, entry)| (path, entry.disk.as_path()))
}

/// The interpreter as it is under `/usr/local` of the builder whose root is here: the program, its library, its modules.
fn interpreter(root: &Path, python: &str) -> io::Result<Tree> {
    let mut tree = Tree::default();
    let place = |path: &str| root.join(path.trim_start_matches('/'));
    let keep = |name: &str| name.starts_with("libpython") && name.contains(".so");
    for name in ["python".to_owned(), "python3".to_owned(), format!("python{python}")] {
        let path = format!("/usr/local/bin/{name}");
        if place(&path).symlink_metadata().is_ok() {
            tree.extend(Tree::read(&place(&path), &path)?);
        }
    }
    let folder = place("/usr/local/lib");
    for found in std::fs::read_dir(&folder).map_err(|e| output::about(&folder, &e))? {
        let name = found?.file_name().to_string_lossy().into_owned();
        if keep(&name) || name == format!("python{python}") {
            let path = format!("/usr/local/lib/{name}");
            tree.extend(Tree::read(&place(&path), &path)?);
        }
    }
    // What is installed beside the interpreter is the builder's, as is its bytecode: the environment does not see it.
    let beside = format!("/usr/local/lib/python{python}/site-packages");
    let bytecode = tree.iter().map(|(path, _)| path).filter(|path| path.contains("/__pycache__"));
    let builders: Vec<String> = tree.below(&beside).map(|(path, _)| path).chain(bytecode).map(str::to_owned).collect();
    for path in builders {
        tree.remove(&path);
    }
    Ok(tree)
}
