//! What is asked of a lock, and what is answered: the same for every manager.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{FileId, Place};

/// Whose lock it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// npm's `package-lock.json` or `npm-shrinkwrap.json`.
    Npm,
    /// pnpm's `pnpm-lock.yaml`.
    Pnpm,
    /// The `yarn.lock` of yarn 1.
    Yarn1,
    /// The `yarn.lock` of yarn 2 and newer.
    Berry,
    /// bun's `bun.lock`.
    Bun,
}

/// The C library of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Libc {
    /// Debian's and most others'.
    Glibc,
    /// Alpine's.
    Musl,
}

/// What is installed for, in Node's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// `process.platform`, as in `linux`.
    pub os: &'static str,
    /// `process.arch`, as in `x64` or `arm64`.
    pub cpu: &'static str,
    /// Its C library.
    pub libc: Libc,
}

/// A question. Paths are relative to the lock's folder, without `./` before them; the folder itself is the empty path.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Whose lock it is.
    pub kind: Kind,
    /// The lock.
    pub lock: FileId,
    /// The other files as far as they were asked for (`package.json` of members, settings), by path; those that are not there as `None`.
    pub files: &'a BTreeMap<String, Option<FileId>>,
    /// The names in folders, as far as they were asked for.
    pub folders: &'a BTreeMap<String, BTreeSet<String>>,
    /// The folder of the service.
    pub project: &'a str,
    /// What is installed for.
    pub target: Target,
    /// Whether development dependencies of the service, and of the members that it needs, are installed as well.
    pub development: bool,
}

/// What is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These have to be read first; then the same is asked again.
    Wanted(Wanted),
    /// What is installed.
    Reduced(Box<Reduced>),
}

/// What has to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Files.
    pub files: BTreeSet<String>,
    /// Folders, of which the names in them are wanted.
    pub folders: BTreeSet<String>,
}

/// What is installed of a lock for a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reduced {
    /// Packages by others that are installed on the target, by name and version; each once.
    pub packages: Vec<Package>,
    /// Folders of the project that are linked: the service and the members that it needs, by folder.
    pub members: Vec<Member>,
    /// What is written before the manager runs, by path: the reduced lock, manifests, settings, empty files where commands of members
    /// will be. Edits that change nothing of what is installed leave them as they are.
    pub files: Vec<(String, String)>,
    /// Files and folders of the project that the manager reads besides, by path: patches, archives, folders that it copies. Their content
    /// is part of what is installed.
    pub copies: Vec<String>,
    /// Packages with install scripts, and whether the project allows these; where the lock does not say who has scripts, those that the
    /// project says something of.
    pub scripts: Vec<Script>,
    /// Scripts of the service and its members that their manager runs when it installs. They are not in the manifests that are written.
    pub own_scripts: Vec<OwnScript>,
}

/// A package by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its own name.
    pub name: String,
    /// Its version, where the lock has one.
    pub version: Option<String>,
    /// What its archive is checked against.
    pub integrity: Option<String>,
    /// Where it comes from.
    pub from: Source,
    /// Whether it has an install script; `None` where the lock does not say.
    pub script: Option<bool>,
    /// Whether the service can do without it.
    pub is_optional: bool,
    /// Operating systems that it is for; empty is all.
    pub os: Vec<String>,
    /// Processors that it is for; empty is all.
    pub cpu: Vec<String>,
    /// C libraries that it is for; empty is all.
    pub libc: Vec<String>,
    /// Where the lock has it.
    pub place: Place,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A registry, by its address where the lock names one.
    Registry(Option<String>),
    /// A commit of a repository.
    Git {
        /// Its address, without the commit.
        url: String,
        /// The commit.
        commit: Option<String>,
    },
    /// An archive behind an address.
    Tarball(String),
    /// An archive of the project, by its path.
    Archive(String),
    /// A folder of the project that is copied, by its path.
    Folder(String),
    /// The archive of another package, which brings it along.
    Bundled,
}

impl Source {
    /// An archive or a folder of the project, by its path.
    pub(super) fn at(path: String) -> Self {
        if matches!(path.rsplit('.').next(), Some("tgz" | "gz" | "tar")) { Self::Archive(path) } else { Self::Folder(path) }
    }
}

/// A folder of the project that is linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path.
    pub folder: String,
    /// Its name, where it has one.
    pub name: Option<String>,
}

/// An install script of a package by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Whether it may run.
    pub allowed: Allowed,
    /// Where the lock has the package.
    pub place: Place,
}

/// What a project says of an install script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// It may run; this says so.
    Yes(Place),
    /// It must not run; this says so.
    No(Place),
    /// Nothing.
    Unsaid,
}

/// A script of the project's own that would run at each install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnScript {
    /// The member's folder.
    pub folder: String,
    /// Its name, as in `postinstall`.
    pub name: String,
    /// What it runs.
    pub command: String,
    /// Where it stands.
    pub place: Place,
}
