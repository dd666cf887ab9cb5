//! The steps of a build that the program itself runs for any kind of service: files as they ship, the proofs, the report. Each reads
//! folders and mounts, writes a folder of layers with notes of what it did, and says on standard error what a person should know.

pub mod blamed;
pub mod closure;
pub mod command;
pub mod gather;
mod left_out;
pub mod notes;
pub mod output;
pub mod prove;
pub mod report;
mod sbom;
mod site;
pub mod system;
pub mod weights;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::language::Language;
use crate::proof::Finding;
use crate::requests::Request;
use crate::tree::Tree;

/// Why a step ends without a result.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Something is wrong with the image.
    #[error("{}", .0.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<Finding>),
    /// A command failed, which has said why; what is known beyond that. What that is about is a package of the lock.
    #[error("{}", .0.as_ref().map_or_else(|| "the command failed".to_owned(), Finding::to_string))]
    Failed(Option<Finding>),
}

/// Runs a step; returns the lines that a person should read.
pub fn run(request: &Request, language: &dyn Language) -> Result<Vec<String>, Problem> {
    match request {
        Request::Gather(asked) => gather::gather(asked, language),
        Request::Hygiene(asked) => prove::hygiene(asked, language),
        Request::ProveCommand(asked) => command::command(&asked.command.0),
        Request::Run(asked) => prove::run(asked),
        Request::Start(asked) => prove::start(asked, language),
        Request::File(asked) => prove::file(asked),
        Request::Budget(asked) => prove::budget(asked),
        Request::Report(asked) => report::report(asked, language),
        Request::Sbom(asked) => sbom::sbom(asked, language),
        Request::Site(asked) => site::site(asked),
    }
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        Self::Wrong(vec![finding])
    }
}

/// Ends a step where anything is wrong.
pub fn all_right(findings: Vec<Finding>) -> Result<(), Problem> {
    if findings.is_empty() { Ok(()) } else { Err(Problem::Wrong(findings)) }
}

/// From so many bytes on a step says how far it is.
const PROGRESS_FROM_BYTES: u64 = 200_000_000;

/// Says at once what is done next, where there is so much to do that a reader would wonder.
pub fn progress(bytes: u64, line: &str) {
    if bytes >= PROGRESS_FROM_BYTES {
        // Nobody is left to be told when standard error is closed.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

/// Everything below a folder, or nothing where it is not there.
pub fn read(disk: &str, at: &str) -> io::Result<Tree> {
    let disk = PathBuf::from(disk);
    if disk.exists() { Tree::read(&disk, at) } else { Ok(Tree::default()) }
}

/// What of the builder libraries are brought from: its library folders, what says which they are, and who owns them.
pub fn builder() -> io::Result<Tree> {
    builder_at(Path::new("/"))
}

/// The same of a builder whose root is here.
pub fn builder_at(root: &Path) -> io::Result<Tree> {
    let mut tree = Tree::default();
    let disk = |path: &str| root.join(path.trim_start_matches('/'));
    for path in ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/var/lib/dpkg"] {
        if disk(path).symlink_metadata().is_ok() {
            tree.extend(Tree::read(&disk(path), path)?);
        }
    }
    let rules = crate::libraries::Rules::embedded();
    for path in rules.reads.iter().flat_map(|rule| &rule.files) {
        // What is there by way of a link, as `/lib/terminfo`, must not put a folder in the link's place.
        if tree.follow(path).is_none() && disk(path).symlink_metadata().is_ok() {
            tree.extend(Tree::read(&disk(path), path)?);
        }
    }
    Ok(tree)
}

/// The Debian release that this runs on, as `trixie`.
#[must_use]
pub fn release() -> Option<String> {
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
