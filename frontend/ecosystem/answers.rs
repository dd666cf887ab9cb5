//! What an ecosystem answers with: plain values that any of them can fill.

use crate::diag::Place;
use crate::diag::codes::Code;

/// A program that a project installs.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The command.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
}

/// The programs that a project declares.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scripts<'s> {
    /// Those that are there once the project is installed.
    pub(crate) installed: &'s [Script],
    /// Whether there are any at all.
    pub(crate) any: bool,
}

/// A package that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Its name.
    pub(crate) name: String,
    /// Bytes to download, as far as anything tells; else none.
    pub(crate) bytes: u64,
}

/// What is installed of a project's lock.
#[derive(Clone, Debug)]
pub(crate) struct Installed {
    /// The packages.
    pub(crate) packages: Vec<Weight>,
    /// Folders and archives of the context, with where a lock names them.
    pub(crate) locals: Vec<(String, Place)>,
    /// Debian packages that installing needs.
    pub(crate) tools: &'static [&'static str],
    /// Package indexes that the lock names beside the spec's.
    pub(crate) indexes: Vec<(String, String)>,
    /// The name that packages have in this list, of one that a person writes.
    pub(crate) named: fn(&str) -> String,
}

/// What ships of a project by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ships<'s> {
    /// The project's folder in the context.
    pub(crate) folder: &'s str,
    /// What of it ships where the spec does not say.
    pub(crate) modules: &'s [String],
    /// All that lies in it.
    pub(crate) names: &'s [String],
}

/// The lock and the spec do not fit; the sink says how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unfit;

/// By what a project is locked.
#[derive(Clone, Debug)]
pub enum Locking {
    /// By a command of ours.
    Ours(Box<Locker>),
    /// By a tool that is not ours to run.
    Theirs {
        /// What is so.
        problem: String,
        /// What to do about it.
        help: String,
    },
}

/// A command that writes a file in which everything is pinned.
#[derive(Clone, Debug)]
pub struct Locker {
    /// The folder of the context that it runs in.
    pub folder: String,
    /// The program, and its words without the file that it writes.
    pub words: Vec<String>,
    /// Variables that it is given.
    pub env: Vec<(&'static str, String)>,
    /// Lines on its standard input.
    pub lines: Vec<String>,
    /// The word before the file that it writes.
    pub output_flag: &'static str,
    /// The file that it writes, relative to its folder.
    pub output: String,
    /// That file's path in the context.
    pub path: String,
    /// The word by which it takes newer versions than those of the file that is there.
    pub upgrade: &'static str,
    /// All of it as a line, for somebody to run elsewhere.
    pub command: String,
    /// What brings the program, in words.
    pub brings: &'static str,
    /// The line for a spec that does not name the file yet.
    pub name_it: Option<String>,
    /// What is said where the file is not what it would become.
    pub stale: Code,
}
