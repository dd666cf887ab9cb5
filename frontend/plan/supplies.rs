//! Where the packages of a build come from, as somebody asks who vouches for what is built.

use crate::diag::Place;

/// What is installed by others' doing.
#[derive(Clone, Debug, Default)]
pub struct Supplies {
    /// The packages, by name.
    pub packages: Vec<Supplied>,
    /// What builds packages of the context, which no lock pins; each with where that is asked for.
    pub tools: Vec<(String, Place)>,
    /// Folders and archives of the context that are installed as packages.
    pub folders: Vec<String>,
}

/// A package by others.
#[derive(Clone, Debug)]
pub struct Supplied {
    /// Its name.
    pub name: String,
    /// Its version, where that is known before it is built.
    pub version: Option<String>,
    /// Where it comes from. Without a login.
    pub from: Supplier,
    /// Whether what is fetched has to be what was locked: it has a hash, or is a commit.
    pub is_held: bool,
    /// Whether code of its own runs while it is installed.
    pub runs: Runs,
    /// Where it is locked.
    pub place: Place,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supplier {
    /// An index, by its address.
    Index(String),
    /// A repository at a commit.
    Git {
        /// Its address.
        url: String,
        /// The commit; empty where nothing names one.
        commit: String,
    },
    /// An archive behind an address.
    Address(String),
    /// An archive of the context.
    File(String),
}

/// Whether code of a package runs while it is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// No: files are laid out.
    Never,
    /// It does, for this reason.
    Always(String),
    /// It may, for this reason.
    Perhaps(String),
}
