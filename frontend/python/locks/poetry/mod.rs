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

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, FileId, Sink, nearest};
use crate::python::codes;
use crate::python::cuda;
use crate::python::locks::left_out::{self, Askers};
use crate::python::locks::{Files, InstallSet, Missing, Repository, Requirements, Torch};
use crate::python::pep::grid::Grid;
use crate::python::pep::{Marker, holds, normalized};
use crate::python::toml::Document;
use crate::yaml::At;

use hash::Freshness;
use lock::{Lock, Markers};
use project::{MAIN, Project};
use requirements::Chosen;

/// What of the lock is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// Extras of the project.
    pub extras: &'a [At<String>],
    /// Groups beside the project's own dependencies. Groups that are not named never ship.
    pub groups: &'a [At<String>],
    /// Groups in the place of the project's own dependencies.
    pub only_groups: &'a [At<String>],
    /// Which builds of `PyTorch`.
    pub torch: Torch,
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
    let mut chosen = requirements::chosen(&lock, grids);
    let mut packages = requirements::packages(&chosen, universe);
    let missing = match selection.torch {
        Torch::Cpu => left_out::take(&mut packages, &askers(&chosen, &project::asked(document, &groups))),
        Torch::Keep => Missing::default(),
    };
    let names = missing.names();
    chosen.retain(|one| one.package.is_folder() || !names.contains(&one.package.name));
    let lists = requirements::lists(&chosen, universe, sink);
    let files = Files::Requirements(Requirements { lists, is_complete: true, ..Requirements::default() });
    let locals = requirements::locals(&chosen);
    let git = Repository::of(&packages);
    let has_torch = lock.packages.iter().any(|package| cuda::is_family(&package.name));
    (!sink.has_errors()).then_some(InstallSet { packages, locals, git, files, missing, has_torch })
}

/// Who asks for each package that is installed.
fn askers(chosen: &[Chosen<'_>], asked: &BTreeSet<String>) -> impl Fn(&str) -> Askers {
    let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Chosen { package, .. } in chosen {
        for dependency in &package.dependencies {
            by.entry(dependency.name.clone()).or_default().insert(package.name.clone());
        }
    }
    let asked = asked.clone();
    move |name| match by.get(name) {
        Some(by) if !asked.contains(name) => Askers::Packages(by.clone()),
        _ => Askers::Project,
    }
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
