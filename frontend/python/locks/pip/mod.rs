//! What pip's locks install: `requirements.txt` with everything pinned (`requirements`), and `pylock.toml` (`pylock`).
//! Pure: it is given texts, names the files it still wants, and says what is wrong with a file that pins too little.

mod compile;
mod line;
mod pylock;
mod requirements;
mod set;
#[cfg(test)]
mod tests;

pub use compile::{Asked, Compile, For, is_written_by_tool};
pub use pylock::pylock;
pub use requirements::{compile, requirements};

use std::collections::BTreeSet;
use std::ops::Range;

use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::python::codes;
use crate::python::locks::{Archive, Source};
use crate::yaml::At;

/// What is known of a file that is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Lookup<'a> {
    /// It was read.
    Text(&'a str, FileId),
    /// It is not there.
    Absent,
    /// It was not looked for.
    Unasked,
}

/// The outcome of reading a lock of pip's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// All is known.
    Locked(Box<Locked>),
    /// These have to be read first.
    Wanted(BTreeSet<String>),
    /// It is no lock, or one that cannot be used; the sink says why.
    Refused,
}

/// Everything that the files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locked {
    /// A requirement file, or a `pylock.toml`: the same packages give the same text, whatever the comments.
    pub text: String,
    /// Every package, by name.
    pub packages: Vec<Pinned>,
    /// Packages on the project's own disk, in the order of the file; the project itself (`-e .`) is among them.
    pub locals: Vec<Local>,
    /// Whether every package of the text has hashes, so that `--require-hashes` can be asked for.
    pub is_hashed: bool,
    /// Whether a tool wrote all of it, so that nothing is missing from it and `--no-deps` loses nothing.
    pub is_compiled: bool,
    /// The first package that stands in a file which a hand wrote.
    pub loose: Option<Place>,
    /// What constraint files say of the versions of what is missing.
    pub constraints: String,
    /// The command that makes a file of everything, where requirement files were read.
    pub compile: Option<Compile>,
    /// Where packages are looked for.
    pub indexes: Indexes,
    /// The versions of Python that it says it is for.
    pub requires_python: Option<At<String>>,
}

/// A pinned package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// Its name in its standard form.
    pub name: String,
    /// Its version; a direct reference has none.
    pub version: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// When it is installed; none is always.
    pub marker: Option<String>,
    /// The names of its files, where the lock tells them, and their sizes, where it tells those.
    pub files: Vec<(String, Option<u64>)>,
    /// Its archives, where the lock tells them with their hashes.
    pub archives: Vec<Archive>,
    /// Who asks for it, as the tool that wrote the file notes: packages, and files of the project.
    pub via: Vec<String>,
    /// Where it is in the text.
    pub lines: Range<usize>,
    /// Where it stands.
    pub place: Place,
}

/// A package on the project's own disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Its path, as written.
    pub path: String,
    /// Extras of it.
    pub extras: Vec<String>,
    /// When it is installed; none is always.
    pub marker: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// Where packages are looked for, as the file's options say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexes {
    /// `--index-url`, in the place of the default index.
    pub main: Option<String>,
    /// `--extra-index-url`, in order.
    pub extra: Vec<String>,
    /// The pages of `--find-links`, in order.
    pub find_links: Vec<String>,
    /// The folders of the context that `--find-links` names, in order.
    pub folders: Vec<String>,
    /// `--no-index`.
    pub none: bool,
}

impl Indexes {
    /// Where packages are looked for besides indexes, as lines of a requirement file that is installed where the context is at `/src`.
    fn lines(&self) -> String {
        let none = self.none.then(|| "--no-index\n".to_owned());
        let pages = self.find_links.iter().map(|page| format!("--find-links {page}\n"));
        let folders = self.folders.iter().map(|folder| format!("--find-links /src/{folder}\n"));
        none.into_iter().chain(pages).chain(folders).collect()
    }
}

/// Whether an address holds a user or a password that a lock should not.
#[must_use]
pub fn has_credentials(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    // `ssh://git@host` names an account that everybody shares.
    if scheme.ends_with("ssh") { user.contains(':') } else { !user.is_empty() }
}

/// A text without some parts of it.
fn cut(text: &str, parts: &mut [Range<usize>]) -> String {
    parts.sort_by_key(|part| part.start);
    let (mut kept, mut at) = (String::with_capacity(text.len()), 0);
    for part in parts {
        kept.push_str(&text[at..part.start.max(at)]);
        at = part.end.max(at);
    }
    kept + &text[at..]
}

/// A commit of a repository, as a direct reference names it; `None` for another reference.
fn git(reference: &str) -> Option<Source> {
    let (address, fragment) = reference.strip_prefix("git+")?.split_once('#').map_or((reference.strip_prefix("git+")?, ""), |parts| parts);
    let path_at = address.find("://").and_then(|at| address[at + 3..].find('/').map(|slash| at + 3 + slash));
    let commit_at = path_at.and_then(|path| address[path..].rfind('@').map(|at| path + at));
    let subdirectory = fragment.split('&').find_map(|part| part.strip_prefix("subdirectory="));
    Some(Source::Git {
        url: address[..commit_at.unwrap_or(address.len())].to_owned(),
        commit: commit_at.map(|at| address[at + 1..].to_owned()),
        subdirectory: subdirectory.map(str::to_owned),
    })
}

fn refuse_credentials(url: &str, place: Place, sink: &mut Sink) {
    if has_credentials(url) {
        let found = Diagnostic::new(codes::PASSWORD_IN_URL, "the lock holds credentials in an address").at(place, "here");
        sink.push(found.help("take them out, and name the index under `indexes:` in the spec, with a `secret`"));
    }
}
