//! The steps of a build that the program itself runs: the environment as it ships, the project as it ships, the proofs, the
//! account. Each reads folders and mounts, writes a folder of layers with an account of what it did, and says on standard
//! error what a person should know.

pub mod account;
pub mod advice;
pub mod application;
pub mod environment;
mod output;
pub mod prove;
pub mod report;
mod system;

use std::io;
use std::path::PathBuf;

use crate::refine::python::Python;
use crate::refine::python::cached::Names;
use crate::refine::tree::{Tree, has_extension};

/// Why a step ends without a result.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Something is wrong with the image, in words for the user.
    #[error("{0}")]
    Wrong(String),
}

/// The virtual environment's place in builder and image.
pub const VENV: &str = "/app/.venv";
/// The project's packages' place in builder and image.
pub const PROJECT: &str = "/app/.project";

/// What the image is put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// An image without Python: the builder's comes along.
    Bare,
    /// Nothing at all.
    Nothing,
    /// An image with Python at the builder's place.
    Python,
}

impl Ground {
    /// By the spec's word for the runtime.
    #[must_use]
    pub fn of(runtime: &str) -> Self {
        match runtime {
            "slim" | "alpine" => Self::Python,
            "minimal" => Self::Nothing,
            _ => Self::Bare,
        }
    }

    /// Whether the interpreter is ours to ship.
    #[must_use]
    pub fn brings_python(self) -> bool {
        self != Self::Python
    }
}

/// The environment's own Python, which finds its packages.
#[must_use]
pub fn program() -> PathBuf {
    format!("{VENV}/bin/python").into()
}

/// A folder that outlives the build, where a step is given one.
const CACHE: &str = "/var/cache/distil";

/// Where bytecode of earlier builds is kept.
fn kept() -> Option<PathBuf> {
    let folder = PathBuf::from(CACHE);
    folder.is_dir().then_some(folder)
}

/// Where the environment's step leaves what the bytecode of its files is kept under.
const NAMES: &str = "bytecode.json";

/// The Python sources of a tree.
fn sources(tree: &Tree) -> impl Iterator<Item = &str> {
    tree.iter().filter(|(path, entry)| entry.is_file() && has_extension(path, "py")).map(|(path, _)| path)
}

/// Lets an interpreter find the bytecode that earlier builds made of the very files that it is going to import.
fn found(python: Python, names: &Names) -> io::Result<Python> {
    let Some(kept) = kept() else { return Ok(python) };
    let links = std::env::temp_dir().join("distil-bytecode");
    names.link(&kept, &links)?;
    Ok(Python { finds: Some(links), ..python })
}

/// The folder that packages are installed in.
#[must_use]
pub fn site(python: &str) -> String {
    format!("{VENV}/lib/python{python}/site-packages")
}

/// The interpreter as it is under `/usr/local` of the builder: the program, its library, its modules.
fn interpreter(python: &str) -> io::Result<Tree> {
    let mut tree = Tree::default();
    let keep = |name: &str| name.starts_with("libpython") && name.contains(".so");
    for name in ["python".to_owned(), "python3".to_owned(), format!("python{python}")] {
        let disk = PathBuf::from(format!("/usr/local/bin/{name}"));
        if disk.symlink_metadata().is_ok() {
            tree.extend(Tree::read(&disk, &format!("/usr/local/bin/{name}"))?);
        }
    }
    for found in std::fs::read_dir("/usr/local/lib")? {
        let name = found?.file_name().to_string_lossy().into_owned();
        if keep(&name) || name == format!("python{python}") {
            let path = format!("/usr/local/lib/{name}");
            tree.extend(Tree::read(&PathBuf::from(&path), &path)?);
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

/// Everything below a folder, or nothing where it is not there.
fn read(disk: &str, at: &str) -> io::Result<Tree> {
    let disk = PathBuf::from(disk);
    if disk.exists() { Tree::read(&disk, at) } else { Ok(Tree::default()) }
}

/// What of the builder libraries are brought from: its library folders, what says which they are, and who owns them.
fn builder() -> io::Result<Tree> {
    let mut tree = Tree::default();
    for path in ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/var/lib/dpkg"] {
        let disk = PathBuf::from(path);
        if disk.symlink_metadata().is_ok() {
            tree.extend(Tree::read(&disk, path)?);
        }
    }
    Ok(tree)
}
