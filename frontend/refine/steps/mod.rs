//! The steps of a build that the program itself runs: the environment as it ships, the project as it ships, the proofs, the
//! account. Each reads folders and mounts, writes a folder of layers with an account of what it did, and says on standard
//! error what a person should know.

pub mod account;
pub mod advice;
pub mod application;
mod beside;
mod blame;
mod closure;
pub mod command;
pub mod environment;
pub mod gather;
pub mod library;
pub mod needs;
mod output;
pub mod prove;
pub mod report;
mod started;
mod system;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::refine::proof::Finding;
use crate::refine::tree::{Tree, has_extension};

/// Why a step ends without a result.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Something is wrong with the image.
    #[error("{}", .0.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<Finding>),
    /// A command failed, which has said why; what is known beyond that.
    #[error("{}", .0.as_ref().map_or_else(|| "the command failed".to_owned(), Finding::to_string))]
    Failed(Option<Finding>),
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        Self::Wrong(vec![finding])
    }
}

/// Ends a step where anything is wrong.
fn all_right(findings: Vec<Finding>) -> Result<(), Problem> {
    if findings.is_empty() { Ok(()) } else { Err(Problem::Wrong(findings)) }
}

/// The virtual environment's place in builder and image.
pub const VENV: &str = "/app/.venv";
/// The project's packages' place in builder and image.
pub const PROJECT: &str = "/app/.project";

/// The environment's own Python, which finds its packages.
#[must_use]
pub fn program() -> PathBuf {
    format!("{VENV}/bin/python").into()
}

/// The folder beside the layers that has the bytecode of what is in them.
const STORE: &str = ".bytecode";

/// The Python sources of a tree, each with its place on this disk.
fn sources(tree: &Tree) -> impl Iterator<Item = (&str, &Path)> {
    tree.iter().filter(|(path, entry)| entry.is_file() && has_extension(path, "py")).map(|(path, entry)| (path, entry.disk.as_path()))
}

/// From so many bytes on a step says how far it is.
const MUCH: u64 = 200_000_000;

/// Says at once what is done next, where there is so much to do that a reader would wonder.
fn progress(bytes: u64, line: &str) {
    if bytes >= MUCH {
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(io::stderr(), "{line}");
    }
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
    let folder = Path::new("/usr/local/lib");
    for found in std::fs::read_dir(folder).map_err(|e| output::about(folder, &e))? {
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
    builder_at(Path::new("/"))
}

/// The same of a builder whose root is here.
fn builder_at(root: &Path) -> io::Result<Tree> {
    let mut tree = Tree::default();
    let disk = |path: &str| root.join(path.trim_start_matches('/'));
    for path in ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/var/lib/dpkg"] {
        if disk(path).symlink_metadata().is_ok() {
            tree.extend(Tree::read(&disk(path), path)?);
        }
    }
    let rules = crate::refine::libraries::Rules::embedded();
    for path in rules.reads.iter().flat_map(|rule| &rule.files) {
        // What is there by way of a link, as `/lib/terminfo`, must not put a folder in the link's place.
        if tree.follow(path).is_none() && disk(path).symlink_metadata().is_ok() {
            tree.extend(Tree::read(&disk(path), path)?);
        }
    }
    Ok(tree)
}

/// The Debian release that this runs on, as `trixie`.
fn release() -> Option<String> {
    let text = std::fs::read_to_string("/etc/os-release").ok()?;
    let name = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    Some(name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Debian's `/lib` is a link, and so is the loader that programs name.
    #[test]
    fn links_of_the_builder_stay_links() {
        let disk = tempfile::tempdir().unwrap();
        let root = disk.path();
        for file in ["usr/lib/terminfo/x/xterm", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "usr/share/misc/magic.mgc"] {
            std::fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            std::fs::write(root.join(file), "").unwrap();
        }
        std::fs::create_dir_all(root.join("usr/lib64")).unwrap();
        for (target, link) in
            [("usr/lib", "lib"), ("usr/lib64", "lib64"), ("/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "usr/lib64/ld-linux-x86-64.so.2")]
        {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
        }
        let tree = builder_at(root).unwrap();
        let loader = "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2";
        assert_eq!(tree.follow("/lib64/ld-linux-x86-64.so.2").as_deref(), Some(loader));
        assert_eq!(tree.follow("/lib/terminfo/x/xterm").as_deref(), Some("/usr/lib/terminfo/x/xterm"));
        assert!(tree.get("/usr/share/misc/magic.mgc").is_some());
    }
}
