//! What a Poetry project installs, as requirement files for uv: Poetry's own choice at uv's speed, without Poetry.
//! Pure: from the texts of `poetry.lock` and `pyproject.toml` to the set that `poetry sync` would install on Linux.
//!
//! A lock since 2.1 says groups and markers of each package (`lock`); older ones are walked (`reach`). Either way a
//! package ends up with the set of environments it is for, which becomes its marker (`requirements`).

mod dependency;
mod hash;
mod lock;
mod project;
mod reach;
mod requirements;
#[cfg(test)]
mod tests;

pub use lock::Source;

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, FileId, Place, Sink, nearest};
use crate::python::codes;
use crate::python::pep::grid::Grid;
use crate::python::pep::{Marker, holds, normalized};
use crate::python::toml::Document;
use crate::python::version::PythonVersion;
use crate::yaml::At;

use hash::Freshness;
use lock::{Lock, Markers};
use project::{MAIN, Project};

/// What of the lock is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection<'a> {
    /// Extras of the project.
    pub extras: &'a [At<String>],
    /// Groups beside the project's own dependencies. Groups that are not named never ship.
    pub groups: &'a [At<String>],
    /// Groups in the place of the project's own dependencies.
    pub only_groups: &'a [At<String>],
}

/// Everything that is to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallSet {
    /// Requirement files, each for one run of `uv pip install --no-deps`.
    pub batches: Vec<Batch>,
    /// Packages on the project's own disk, each after those it needs.
    pub locals: Vec<LocalPackage>,
    /// Every package, by name.
    pub packages: Vec<Package>,
    /// The project itself.
    pub root: Root,
}

/// A requirement file and the index it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The index; none is the default one, and what needs no index.
    pub index: Option<Index>,
    /// Whether every line has hashes, so that `--require-hashes` can be asked for.
    pub is_hashed: bool,
    /// The file's text.
    pub requirements: String,
}

/// A package index that the project names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Index {
    /// Its name in the project.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// A package on the project's own disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPackage {
    /// Its name.
    pub name: String,
    /// Its version when the lock was written.
    pub version: String,
    /// Its folder or archive, relative to the lock's folder; may lead out of it with `..`.
    pub path: String,
    /// Whether it is a wheel or source archive, not a folder.
    pub is_archive: bool,
    /// Whether Poetry would link to the folder.
    pub develop: bool,
    /// When it is installed; none is always.
    pub marker: Option<String>,
    /// Hashes of an archive.
    pub hashes: Vec<String>,
    /// Where it stands in the lock.
    pub place: Place,
}

/// A package that is installed in some environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name in its standard form.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it comes from.
    pub source: Source,
    /// The names of its wheels and archives.
    pub files: Vec<String>,
    /// Where it stands in the lock.
    pub place: Place,
    grid: Grid,
}

impl Package {
    /// Whether it is installed for this Python on this machine (`x86_64`, `aarch64` …).
    #[must_use]
    pub fn is_for(&self, python: PythonVersion, machine: &str) -> bool {
        self.grid.holds(python.minor, python.patch, machine)
    }
}

/// The project itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its name; a project that is no package need not have one.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Whether it is installed as a package (`package-mode`).
    pub is_package: bool,
    /// Whether it names a build system, without which only Poetry itself could build it.
    pub has_build_system: bool,
    /// The versions of Python it says it runs on, in Poetry's grammar or the standard's.
    pub python: Option<String>,
    /// `[tool.poetry] packages`.
    pub packages: Vec<Included>,
    /// The names of its console scripts.
    pub scripts: Vec<String>,
}

/// A package or module that the project ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Included {
    /// Its path.
    pub include: String,
    /// The folder it lies in.
    pub from: Option<String>,
}

/// A file of a locked package.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    name: String,
    hash: String,
}

/// Reads the lock and says what to install. `None` when it cannot be said; the sink says why.
pub fn install_set(
    lock_text: &str,
    lock_file: FileId,
    project: &Document,
    selection: Selection<'_>,
    sink: &mut Sink,
) -> Option<InstallSet> {
    let lock = lock::read(lock_text, lock_file, sink)?;
    let document = project.root();
    let project = project::read(document);
    match hash::check(document, lock_text, lock.format, lock.content_hash.as_deref()) {
        Freshness::Fresh => {}
        Freshness::Stale => {
            let found = Diagnostic::new(codes::STALE_LOCK, "poetry.lock was not made from this pyproject.toml");
            let found = found.at(lock.hash_place, "the hash of another one");
            sink.push(found.help("run `poetry lock` and commit the file").help("then see what changed with `git diff poetry.lock`"));
            return None;
        }
        Freshness::Unknown => {
            let found = Diagnostic::new(codes::UNKNOWN_FRESHNESS, "whether poetry.lock is up to date cannot be told");
            let found = found.at(lock.hash_place, "this hash covers numbers with a fraction");
            sink.push(found.help("run `poetry check --lock`; writing the numbers in pyproject.toml as text settles it"));
        }
    }
    let extras = known_extras(&lock, selection.extras, sink);
    let groups = known_groups(&project, &selection, sink);
    let (extras, groups) = (extras?, groups?);
    let universe = holds::pythons(&lock.pythons).unwrap_or(Grid::ALL);
    if universe.is_empty() {
        let found = Diagnostic::new(
            codes::PYTHON_MISMATCH,
            format!("poetry.lock is for Python `{}`, and no release from 3.10 on is", lock.pythons),
        );
        sink.push(found.at(lock.hash_place, "").help("allow a newer Python in pyproject.toml and run `poetry lock`"));
        return None;
    }
    let grids = if lock.format >= (2, 1) {
        stated(&lock, &groups, &extras, universe, sink)?
    } else {
        let roots = groups.iter().filter_map(|group| project.groups.get(group)).flatten().collect();
        reach::reach(&lock, &reach::Wish { roots, extras: &extras }, universe)
    };
    let chosen = requirements::chosen(&lock, grids);
    let batches = requirements::batches(&chosen, universe, sink);
    let locals = requirements::locals(&chosen, universe);
    let packages = requirements::packages(&chosen);
    (!sink.has_errors()).then_some(InstallSet { batches, locals, packages, root: project.root })
}

/// The environments of each package, as a lock since 2.1 states them.
fn stated(lock: &Lock, groups: &BTreeSet<String>, extras: &[String], universe: Grid, sink: &mut Sink) -> Option<Vec<Grid>> {
    let has_extra = |extra: &str| extras.contains(&normalized(extra));
    let mut grids = vec![];
    for package in &lock.packages {
        let mut grid = Grid::NONE;
        for group in package.groups.iter().filter(|group| groups.contains(*group)) {
            let text = match &package.markers {
                Markers::Same(text) => text.as_deref(),
                Markers::ByGroup(texts) => texts.get(group).map(String::as_str),
            };
            let Some(text) = text.filter(|t| *t != "*" && !t.is_empty()) else {
                grid = universe;
                continue;
            };
            let Some(holds) = Marker::read(text).holds(&has_extra) else {
                let found = Diagnostic::new(codes::BAD_MARKER, format!("the marker `{text}` of `{}` cannot be read", package.name));
                sink.push(found.at(package.place, "").help("run `poetry lock` to write it anew"));
                return None;
            };
            if holds.kernel {
                let message = format!("whether `{}` is installed hangs on the kernel of the build machine; it is installed", package.name);
                sink.push(Diagnostic::new(codes::KERNEL_MARKER, message).at(package.place, "its marker asks for `platform_release`"));
            }
            grid = grid.or(holds.grid);
        }
        grids.push(grid.and(universe));
    }
    Some(grids)
}

fn known_extras(lock: &Lock, named: &[At<String>], sink: &mut Sink) -> Option<Vec<String>> {
    let known: Vec<&str> = lock.extras.keys().map(String::as_str).collect();
    all_known("extra", codes::NO_SUCH_EXTRA, named, &known, sink)
}

fn known_groups(project: &Project, selection: &Selection<'_>, sink: &mut Sink) -> Option<BTreeSet<String>> {
    let known: Vec<&str> = project.group_names.iter().map(String::as_str).collect();
    let only = !selection.only_groups.is_empty();
    let named = if only { selection.only_groups } else { selection.groups };
    let mut groups: BTreeSet<String> = all_known("group", codes::NO_SUCH_GROUP, named, &known, sink)?.into_iter().collect();
    if !only {
        groups.insert(MAIN.to_owned());
    }
    Some(groups)
}

/// The names in their standard form, if all are known.
fn all_known(what: &str, code: codes::Code, named: &[At<String>], known: &[&str], sink: &mut Sink) -> Option<Vec<String>> {
    let mut good = true;
    for At { value, place } in named {
        let name = normalized(value);
        if known.contains(&name.as_str()) {
            continue;
        }
        good = false;
        let listed: Vec<_> = known.iter().map(|k| format!("`{k}`")).collect();
        let help = match nearest(&name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("the project has no {what}s"),
            None => format!("its {what}s are {}", listed.join(", ")),
        };
        sink.push(Diagnostic::new(code, format!("the project has no {what} `{value}`")).at(*place, "").help(help));
    }
    good.then(|| named.iter().map(|n| normalized(&n.value)).collect())
}
