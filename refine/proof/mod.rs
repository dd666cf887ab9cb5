//! Proof of the final image, from inside it: every check is a few plain facts, and each failure one short paragraph that says
//! what was checked, what happened and the way out.

mod entry;
mod files;
mod hygiene;
mod program;
mod run;
mod service;

use std::fmt;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub use entry::entry;
pub use files::{FileCheck, file_check};
pub use hygiene::{Kind, hygiene};
pub use program::program;
pub use run::{Run, run};
pub use service::{Ask, Service, serves};

use crate::diag::codes::Code;

pub use crate::diag::Severity;

/// Something that the image is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name and its page.
    pub code: Code,
    /// Whether the image is refused for it.
    pub severity: Severity,
    /// What it is about: a path, a module, a command.
    pub about: String,
    /// What was checked, what happened, and the way out.
    pub message: String,
}

impl Finding {
    /// A message of the table, as bad as the table says.
    pub fn new(code: Code, about: &str, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), about: about.to_owned(), message: message.into() }
    }

    /// The same, and the image is refused for it.
    #[must_use]
    pub fn into_error(self) -> Self {
        Self { severity: Severity::Error, ..self }
    }

    /// The same, and the image is not refused for it.
    #[must_use]
    pub fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

/// As the build's output has it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{word}[{}]: {}", self.code, self.message)
    }
}

/// Whom the service runs as.
#[derive(Clone, Copy, Debug)]
pub struct User {
    /// Its number.
    pub uid: u32,
    /// Its group's number.
    pub gid: u32,
}

impl User {
    /// Who this runs as; in a proof, that is who the service runs as.
    #[must_use]
    pub fn own() -> Self {
        let (uid, gid) = fs::metadata("/proc/self").map_or((0, 0), |meta| (meta.uid(), meta.gid()));
        Self { uid, gid }
    }

    /// Whether it may do what all of these bits (4 read, 2 write, 1 execute or search) allow.
    #[must_use]
    pub fn may(self, meta: &Metadata, bits: u32) -> bool {
        let mode = meta.mode();
        if self.uid == 0 {
            return bits & 1 == 0 || meta.is_dir() || mode & 0o111 != 0;
        }
        let shift = if self.uid == meta.uid() {
            6
        } else if self.gid == meta.gid() {
            3
        } else {
            0
        };
        (mode >> shift) & bits == bits
    }
}

/// Where a path of the image leads on this disk, links followed as inside the image; `None` when it leads nowhere.
#[must_use]
pub fn follow(root: &Path, path: &str) -> Option<PathBuf> {
    let words = |path: &str| path.split('/').rev().filter(|w| !w.is_empty() && *w != ".").map(str::to_owned).collect::<Vec<_>>();
    let (mut open, mut at, mut links) = (words(path), vec![], 0);
    while let Some(word) = open.pop() {
        if word == ".." {
            at.pop();
            continue;
        }
        let here = at.iter().fold(root.to_owned(), |folder: PathBuf, word: &String| folder.join(word)).join(&word);
        if fs::symlink_metadata(&here).ok()?.is_symlink() {
            links += 1;
            let target = fs::read_link(&here).ok().filter(|_| links < 40)?;
            let target = target.to_str()?;
            if target.starts_with('/') {
                at.clear();
            }
            open.extend(words(target));
        } else {
            at.push(word);
        }
    }
    Some(at.iter().fold(root.to_owned(), |folder, word| folder.join(word)))
}
