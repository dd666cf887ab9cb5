//! From a selection to what it installs: the packages, the user's own folders in order, the repositories.

use std::collections::{BTreeMap, BTreeSet};

use super::error::SelectionError;
use super::item::Item;
use super::read::{Entry, Source, UvLock};
use super::walk::{Reach, Root};
use super::{InstallSet, LocalKind, LocalPackage, Package, Selection, Torch, Wheel, canonical, torch, walk};

impl UvLock {
    /// Whether any selection of it has PyTorch.
    #[must_use]
    pub fn has_torch(&self) -> bool {
        torch::is_in(self)
    }

    /// What a selection installs.
    pub fn install_set(&self, selection: &Selection<'_>, torch: Torch) -> Result<InstallSet, SelectionError> {
        let root = walk::root(self, selection)?;
        let with = root.reach(&|_, _| false)?;
        let cuda = torch::has_cuda(self, &with);
        let without = if cuda { Some(root.reach(&torch::leads_to_cuda)?) } else { None };
        let dropped = without.as_ref().map(|w| torch::dropped(self, &with, w)).unwrap_or_default();
        let cuda_bytes = torch::bytes(self, &dropped);
        // A lock that takes torch from a CPU index is followed as it is.
        let (reach, dropped, torch) = match (torch, without) {
            (Torch::Cpu, Some(without)) => (without, dropped, Torch::Cpu),
            _ => (with, BTreeSet::new(), Torch::Keep),
        };
        let url = |i: &usize| if let Source::Git { url, .. } = &self.entries[*i].source { Some(url.clone()) } else { None };
        let git: BTreeSet<_> = reach.0.keys().filter_map(url).collect();
        let others = reach.0.keys().filter(|i| !dropped.contains(i)).map(|i| &self.entries[*i]).filter(|e| !e.is_folder());
        let mut packages: Vec<_> = others.map(package).collect();
        packages.sort_by(|a, b| (&a.name, &a.version, &a.source).cmp(&(&b.name, &b.version, &b.source)));
        let names: BTreeSet<_> = dropped.iter().map(|i| self.entries[*i].name.clone()).collect();
        Ok(InstallSet {
            lock: canonical::lock(self, &root, &reach, torch),
            locals: locals(self, &root, &reach),
            packages,
            git: git.into_iter().collect(),
            dropped: names.into_iter().collect(),
            torch: torch::family(self, &dropped),
            cuda_bytes,
        })
    }
}

impl UvLock {
    /// The names of the wheels of each package that a selection installs with a series of Python.
    pub fn wheels(&self, selection: &Selection<'_>, torch: Torch, python: u32) -> Result<Vec<(String, Vec<String>)>, SelectionError> {
        let mut root = walk::root(self, selection)?;
        root.python = Some(python);
        let reach = match torch {
            Torch::Cpu => root.reach(&torch::leads_to_cuda)?,
            Torch::Keep => root.reach(&|_, _| false)?,
        };
        let entries = reach.0.keys().map(|i| &self.entries[*i]).filter(|e| !e.is_folder());
        Ok(entries.map(|e| (e.name.clone(), wheels(e).into_iter().map(|w| w.file).collect())).collect())
    }
}

fn package(entry: &Entry) -> Package {
    let wheels = wheels(entry);
    Package {
        name: entry.name.clone(),
        version: entry.version.clone(),
        source: entry.source.clone(),
        has_wheel: !wheels.is_empty(),
        // The lock does not repeat what the source says already: the archive itself, or a commit to build from.
        has_sdist: entry.sdist.is_some() || (wheels.is_empty() && !matches!(entry.source, Source::Registry(_))),
        wheels,
    }
}

/// A package's wheels that some Linux can use.
pub(super) fn wheels(entry: &Entry) -> Vec<Wheel> {
    let usable = entry.wheels.iter().filter(|w| is_for_linux(w));
    usable.map(|w| Wheel { file: file_name(w), size: size(w) }).collect()
}

/// Whether a wheel can be used on some Linux, by the platform at the end of its name.
pub(super) fn is_for_linux(wheel: &Item) -> bool {
    let file = file_name(wheel);
    let tags = file.strip_suffix(".whl").and_then(|stem| stem.rsplit('-').next()).unwrap_or("any");
    // What is no platform known to be another one may be a Linux yet to come.
    let other = |tag: &str| ["win", "macosx", "ios", "android", "emscripten", "pyodide"].iter().any(|p| tag.starts_with(p));
    !tags.split('.').all(other)
}

fn size(wheel: &Item) -> Option<u64> {
    if let Some(Item::Number(size)) = wheel.get("size") { u64::try_from(*size).ok() } else { None }
}

fn file_name(archive: &Item) -> String {
    let at = archive.text("filename").or_else(|| archive.text("url")).or_else(|| archive.text("path")).unwrap_or_default();
    let path = at.split(['#', '?']).next().unwrap_or(at);
    path.rsplit('/').next().unwrap_or(path).replace("%2B", "+").replace("%2b", "+")
}

/// The user's folders and archives, each after those it needs; where they need each other, by name.
fn locals(lock: &UvLock, root: &Root<'_>, reach: &Reach) -> Vec<LocalPackage> {
    let mut left: BTreeMap<usize, LocalPackage> = reach
        .0
        .iter()
        .filter_map(|(i, parts)| {
            // With only groups selected, the project itself is not installed.
            let wanted = *i != root.index || !parts.iter().all(|p| matches!(p, walk::Part::Group(_)));
            wanted.then(|| local(&lock.entries[*i])).flatten().map(|local| (*i, local))
        })
        .collect();
    let (mut waits, mut awaited) = (BTreeMap::<usize, usize>::new(), BTreeMap::<usize, Vec<usize>>::new());
    for index in left.keys() {
        let edges = reach.0[index].iter().flat_map(|part| lock.entries[*index].edges_of(part));
        let needs = edges.filter(|e| root.may_hold(e)).flat_map(|e| lock.targets(e)).filter(|t| t != index && left.contains_key(t));
        let needs: BTreeSet<usize> = needs.collect();
        waits.insert(*index, needs.len());
        for need in needs {
            awaited.entry(need).or_default().push(*index);
        }
    }
    let mut ready: BTreeSet<usize> = waits.iter().filter(|(_, count)| **count == 0).map(|(index, _)| *index).collect();
    let mut order = vec![];
    while let Some(next) = ready.pop_first().or_else(|| left.keys().next().copied()) {
        order.extend(left.remove(&next));
        for index in awaited.remove(&next).unwrap_or_default() {
            let count = waits.entry(index).or_default();
            *count = count.saturating_sub(1);
            if *count == 0 && left.contains_key(&index) {
                ready.insert(index);
            }
        }
    }
    order
}

fn local(entry: &Entry) -> Option<LocalPackage> {
    let (path, kind) = match &entry.source {
        Source::Editable(path) => (path, LocalKind::Editable),
        Source::Directory(path) => (path, LocalKind::Directory),
        Source::Virtual(path) => (path, LocalKind::Virtual),
        Source::Path(path) => (path, LocalKind::Archive),
        Source::Registry(_) | Source::Git { .. } | Source::Url(_) => return None,
    };
    let is_package = kind != LocalKind::Virtual;
    Some(LocalPackage { name: entry.name.clone(), path: path.clone(), kind, is_package, place: entry.place })
}
