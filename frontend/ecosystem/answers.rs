//! What an ecosystem answers with: plain values that any of them can fill.

use crate::diag::Place;

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
