//! What is installed of a lock, whoever wrote it: one model for uv, Poetry and pip, and the only thing that is known of a lock by those
//! who do not read it.

use std::collections::BTreeSet;

use crate::diag::Place;
use crate::python::cuda;
use crate::python::pep::grid::{Grid, MINORS};
use crate::python::version::PythonVersion;

/// Which builds of `PyTorch` are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Torch {
    /// Those for the processor, which are installed apart; what only CUDA needs stays out.
    Cpu,
    /// Those that the lock names.
    Keep,
}

/// What a selection of a lock installs on Linux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallSet {
    /// Packages by others, by name and version, without those missing. An archive of the context is here and among the locals.
    pub packages: Vec<Package>,
    /// Folders and archives of the context; where the lock says who needs whom, each after those it needs.
    pub locals: Vec<LocalPackage>,
    /// Repositories that are cloned, by address.
    pub git: Vec<Repository>,
    /// The lock, reduced to what is installed.
    pub files: Files,
    /// What the lock has and the files do not install.
    pub missing: Missing,
    /// Whether the lock has `PyTorch` at all, for this selection or for another one.
    pub has_torch: bool,
}

/// A package by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name in its standard form.
    pub name: String,
    /// Its version; one from git, or behind an address, may have none.
    pub version: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// Its wheels for Linux, as far as the lock names any.
    pub wheels: Vec<Wheel>,
    /// Whether there is a source archive, or a repository to build it from; `None` where the lock does not name files.
    pub has_sdist: Option<bool>,
    /// What the lock has hashes of: those wheels and the source archive.
    pub archives: Vec<Archive>,
    /// When it is installed, as a marker; `None` is always, and where uv's lock says when.
    pub marker: Option<String>,
    /// Where the lock names it.
    pub place: Place,
    pub(crate) grid: Grid,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An index, by its address where the lock names one.
    Index(Option<String>),
    /// A commit of a repository.
    Git {
        /// The repository's address, without the commit and the folder.
        url: String,
        /// The commit.
        commit: Option<String>,
        /// The folder in it.
        subdirectory: Option<String>,
    },
    /// An archive behind an address.
    Url(String),
    /// An archive of the context, relative to the lock's folder.
    Archive(String),
}

/// A built archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wheel {
    /// Its file name, which says what it runs on.
    pub file: String,
    /// Its size, where the lock knows it.
    pub size: Option<u64>,
}

/// An archive that the lock has a hash of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// Its file name; empty where the lock has the hash alone.
    pub file: String,
    /// Its address; empty where the lock has none.
    pub address: String,
    /// Its hash, as `sha256:…`.
    pub hash: String,
}

/// A package that lies in or beside the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPackage {
    /// Its name; its path where the lock has none.
    pub name: String,
    /// Its folder or archive, relative to the lock's folder; `.` is the folder itself.
    pub path: String,
    /// What the lock says it is.
    pub kind: LocalKind,
    /// Where the lock says where it lies.
    pub place: Place,
}

/// A kind of local package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalKind {
    /// A folder that its manager links into the environment; here it is built.
    Editable,
    /// A folder that is built.
    Directory,
    /// A folder that only has dependencies.
    Virtual,
    /// A wheel or a source archive.
    Archive,
}

/// A repository that is cloned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// Its address.
    pub url: String,
    /// Where the lock first names it.
    pub place: Place,
}

/// The lock, reduced to what is installed. Edits that change nothing of that leave the texts as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// A uv.lock.
    Lock(String),
    /// Requirement files.
    Requirements(Requirements),
}

/// Requirement files that are installed one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// The files.
    pub lists: Vec<List>,
    /// What is said of the versions of packages that none of them names.
    pub constraints: String,
    /// Folders of the context with files of packages.
    pub folders: Vec<String>,
    /// Addresses of further indexes.
    pub indexes: Vec<String>,
    /// Whether they name every package, so that nothing is to be resolved.
    pub is_complete: bool,
}

/// A requirement file, or a `pylock.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Where its packages are looked for.
    pub index: Index,
    /// Whether every line has hashes, so that `--require-hashes` can be asked for.
    pub is_hashed: bool,
}

/// Where packages are looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Index {
    /// Where all are that nothing else is said of.
    Default,
    /// An index that the lock names.
    Named {
        /// Its name.
        name: String,
        /// Its address.
        url: String,
    },
    /// An index without a name.
    At(String),
}

/// What a lock has and the files do not install, because `PyTorch` is wanted for the processor. Nothing where the lock has it so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// `PyTorch` and its kin as the lock has them, whose builds for the processor are installed apart.
    pub torch: Vec<Package>,
    /// What only CUDA needs, which is not installed at all.
    pub cuda: Vec<Package>,
}

impl Package {
    /// Whether it is installed for this Python on this machine (`x86_64`, `aarch64` …).
    #[must_use]
    pub fn is_for(&self, python: PythonVersion, machine: &str) -> bool {
        self.grid.holds(python.minor, python.patch, machine)
    }

    /// The bytes of its largest wheel, where the lock knows any.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.wheels.iter().filter_map(|wheel| wheel.size).max()
    }

    /// Whether it is one that comes in a build for the processor and one for CUDA.
    pub(crate) fn is_torch(&self) -> bool {
        cuda::is_family(&self.name)
    }

    /// Whether it is a build for the processor.
    pub(crate) fn is_for_cpu(&self) -> bool {
        let address = match &self.source {
            Source::Index(url) => url.as_deref(),
            Source::Url(url) => Some(url.as_str()),
            Source::Git { .. } | Source::Archive(_) => None,
        };
        cuda::is_for_cpu(self.version.as_deref(), address)
    }
}

/// The environments whose series of Python satisfies the predicate.
pub(crate) fn series(holds: impl Fn(u32) -> bool) -> Grid {
    let held: Vec<u32> = MINORS.into_iter().filter(|minor| holds(*minor)).collect();
    Grid::of_releases(|[_, minor, _]| held.contains(&minor))
}

impl Wheel {
    /// The wheel behind a path or an address.
    pub(crate) fn at(path: &str, size: Option<u64>) -> Self {
        let path = path.split(['#', '?']).next().unwrap_or(path);
        let file = path.rsplit('/').next().unwrap_or(path).replace("%2B", "+").replace("%2b", "+");
        Self { file, size }
    }

    /// Whether some Linux can use it, by the platform at the end of its name.
    pub(crate) fn is_for_linux(&self) -> bool {
        let tags = self.file.strip_suffix(".whl").and_then(|stem| stem.rsplit('-').next()).unwrap_or("any");
        // What is no platform known to be another one may be a Linux yet to come.
        let other = |tag: &str| ["win", "macosx", "ios", "android", "emscripten", "pyodide"].iter().any(|p| tag.starts_with(p));
        !tags.split('.').all(other)
    }
}

/// Whether a file is a wheel, by the end of its name.
pub(crate) fn is_wheel(file: &str) -> bool {
    file.strip_suffix(".whl").is_some()
}

impl Archive {
    /// Whether it can be installed on some Linux.
    pub(crate) fn is_for_linux(&self) -> bool {
        !is_wheel(&self.file) || Wheel::at(&self.file, None).is_for_linux()
    }
}

impl LocalKind {
    /// Whether it is built and installed; otherwise it only has dependencies.
    pub(crate) fn is_package(self) -> bool {
        self != Self::Virtual
    }
}

impl Repository {
    /// Those that packages come from, each once.
    pub(crate) fn of(packages: &[Package]) -> Vec<Self> {
        let of = |package: &Package| match &package.source {
            Source::Git { url, .. } => Some(Self { url: url.clone(), place: package.place }),
            Source::Index(_) | Source::Url(_) | Source::Archive(_) => None,
        };
        let mut found: Vec<_> = packages.iter().filter_map(of).collect();
        found.sort();
        found.dedup_by(|later, first| later.url == first.url);
        found
    }

    /// Whether it is cloned over ssh; `git@host:path` has no scheme.
    pub(crate) fn is_over_ssh(&self) -> bool {
        self.url.starts_with("ssh://") || !self.url.contains("://")
    }
}

impl Missing {
    /// The names of all that is missing, in order.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.torch.iter().chain(&self.cuda).map(|package| package.name.clone()).collect()
    }

    /// `PyTorch` and its kin as requirements, without the part of a version that names a build for CUDA.
    pub(crate) fn builds(&self) -> Vec<String> {
        let build = |package: &Package| {
            let marker = package.marker.as_ref().map_or(String::new(), |marker| format!(" ; {marker}"));
            Some(format!("{}=={}{marker}", package.name, cuda::public(package.version.as_ref()?)))
        };
        self.torch.iter().filter_map(build).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// What CUDA costs: the sizes of the largest wheels for `x86_64` of all that is missing. `None` where the lock does not know one.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let mut largest = std::collections::BTreeMap::<&str, u64>::new();
        for package in self.torch.iter().chain(&self.cuda) {
            let here = |wheel: &&Wheel| wheel.file.ends_with("x86_64.whl") && !wheel.file.contains("musllinux");
            for wheel in package.wheels.iter().filter(here) {
                let known = largest.entry(&package.name).or_default();
                *known = (*known).max(wheel.size?);
            }
        }
        (!largest.is_empty()).then(|| largest.values().sum())
    }
}
