//! What is installed, and nothing else: the lock and the project's file in a canonical form that a layer is keyed on.
//! A bumped version of the project, a comment, a tool's settings, an unused extra, group or workspace member leave that
//! text as it is; a change of what is installed changes it. The command line that installs from it also works with the
//! user's own files in place, so extras and groups stay extras and groups of their package.
//! Pure: texts in, texts and plain values out. Knows neither spec nor recipe.

mod canonical;
mod compare;
mod error;
mod item;
mod manifest;
mod project;
mod read;
mod set;
mod stale;
mod torch;
mod walk;

#[cfg(test)]
mod tests;

pub use error::SelectionError;
pub use manifest::stale_manifest;
pub use project::canonical_project;
pub use read::{Source, UvLock, parse};
pub use stale::stale;

use crate::diag::Place;

/// What to install of a lock.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// The project, by its name.
    pub package: &'a str,
    /// Extras of it.
    pub extras: &'a [String],
    /// Dependency groups of it, besides its dependencies.
    pub groups: &'a [String],
    /// Dependency groups without the project and its dependencies. uv takes them with neither extras nor groups.
    pub only_groups: &'a [String],
}

/// What becomes of torch's CUDA packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Torch {
    /// They stay out, and torch itself is installed apart.
    Cpu,
    /// The lock is followed.
    Keep,
}

/// What a selection installs on Linux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallSet {
    /// The canonical uv.lock.
    pub lock: String,
    /// Folders and archives of the user's, each after those it needs.
    pub locals: Vec<LocalPackage>,
    /// Packages by others, by name and version, without those dropped. An archive of the user's is here and among the locals.
    pub packages: Vec<Package>,
    /// Repositories to clone, by URL.
    pub git: Vec<String>,
    /// With [`Torch::Cpu`]: what `--no-install-package` has to name, that is torch's family and the CUDA packages that only
    /// it needs. Empty when the lock takes torch from a CPU index already.
    pub dropped: Vec<String>,
    /// With [`Torch::Cpu`] and something dropped: torch's family, with versions, to be installed apart without dependencies.
    pub torch: Vec<(String, String)>,
    /// What CUDA costs: the sizes of the wheels for `x86_64` of torch's family and its CUDA packages, when the lock knows them.
    pub cuda_bytes: Option<u64>,
}

/// A package that lies in or beside the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPackage {
    /// Its name.
    pub name: String,
    /// Its folder or file, relative to the lock's folder; `.` is the folder itself.
    pub path: String,
    /// What the lock says it is.
    pub kind: LocalKind,
    /// Whether it is built and installed; otherwise it only has dependencies.
    pub is_package: bool,
    /// Where the lock says where it lies.
    pub place: Place,
}

/// A kind of local package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalKind {
    /// A folder that is linked into the environment, unless `--no-editable` builds it.
    Editable,
    /// A folder that is built.
    Directory,
    /// A folder that only has dependencies.
    Virtual,
    /// A wheel or a source archive. `--no-install-local` leaves it out as well.
    Archive,
}

/// A package by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version; a package from git may have none.
    pub version: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// Its wheels for Linux.
    pub wheels: Vec<Wheel>,
    /// Whether there is a wheel for some Linux.
    pub has_wheel: bool,
    /// Whether there is a source archive.
    pub has_sdist: bool,
}

/// A built archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wheel {
    /// Its file name, which says what it runs on.
    pub file: String,
    /// Its size, where the lock knows it.
    pub size: Option<u64>,
}
