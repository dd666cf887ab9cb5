//! From a selection to what it installs: the packages, the user's own folders in order, the repositories.

use std::collections::{BTreeMap, BTreeSet};

use crate::python::locks::set::series;
use crate::python::locks::{Archive, Files, InstallSet, LocalKind, LocalPackage, Missing, Package, Repository, Source, Torch, Wheel};
use crate::python::pep::grid::{Grid, MINORS};

use super::error::SelectionError;
use super::item::Item;
use super::read::{self, Entry, UvLock};
use super::walk::{Reach, Root};
use super::{Selection, canonical, torch, walk};

impl UvLock {
    /// Whether any selection of it has `PyTorch`.
    pub(crate) fn has_torch(&self) -> bool {
        torch::is_in(self)
    }

    /// What a selection installs.
    pub fn install_set(&self, selection: &Selection<'_>, torch: Torch) -> Result<InstallSet, SelectionError> {
        let mut root = walk::root(self, selection)?;
        let with = root.reach(&|_, _| false)?;
        // A lock that takes torch from a CPU index is followed as it is.
        let has_cuda = torch == Torch::Cpu && torch::has_cuda(self, &with);
        let (reach, cuda, torch) = if has_cuda {
            let without = root.reach(&torch::leads_to_cuda)?;
            let cuda = torch::only_for_cuda(self, &with, &without);
            (without, cuda, Torch::Cpu)
        } else {
            (with, vec![], Torch::Keep)
        };
        let lock = canonical::lock(self, &root, &reach, torch);
        let locals = locals(self, &root, &reach);
        let reached = |i: &usize| package(&self.entries[*i]).map(|package| (*i, package));
        let (mut packages, mut family): (Vec<_>, Vec<_>) =
            reach.0.keys().filter_map(reached).partition(|(_, package)| torch == Torch::Keep || !package.is_torch());
        // In which series of Python each is reached.
        let mut here: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for minor in MINORS {
            root.python = Some(minor);
            let reach = if torch == Torch::Cpu { root.reach(&torch::leads_to_cuda)? } else { root.reach(&|_, _| false)? };
            for index in reach.0.into_keys() {
                here.entry(index).or_default().push(minor);
            }
        }
        for (index, package) in packages.iter_mut().chain(&mut family) {
            package.grid = here.get(index).map_or(Grid::NONE, |minors| series(|minor| minors.contains(&minor)));
        }
        let missing = Missing { torch: family.into_iter().map(|(_, package)| package).collect(), cuda };
        let mut packages: Vec<_> = packages.into_iter().map(|(_, package)| package).collect();
        packages.sort_by(|a, b| (&a.name, &a.version, &a.source).cmp(&(&b.name, &b.version, &b.source)));
        let git = Repository::of(&packages);
        Ok(InstallSet { packages, locals, git, files: Files::Lock(lock), missing, has_torch: self.has_torch() })
    }
}

/// The package of an entry, for any Python; `None` for a folder of the user's.
pub(super) fn package(entry: &Entry) -> Option<Package> {
    let source = match &entry.source {
        read::Source::Registry(url) => Source::Index(Some(url.clone())),
        read::Source::Git { url, rev } => Source::Git { url: url.clone(), commit: rev.clone(), subdirectory: None },
        read::Source::Url(url) => Source::Url(url.clone()),
        read::Source::Path(path) => Source::Archive(path.clone()),
        read::Source::Editable(_) | read::Source::Directory(_) | read::Source::Virtual(_) => return None,
    };
    let wheels: Vec<Wheel> = entry.wheels.iter().map(wheel).filter(Wheel::is_for_linux).collect();
    // The lock does not repeat what the source says already: the archive itself, or a commit to build from.
    let has_sdist = entry.sdist.is_some() || (wheels.is_empty() && !matches!(source, Source::Index(_)));
    Some(Package {
        name: entry.name.clone(),
        version: entry.version.clone(),
        source,
        wheels,
        has_sdist: Some(has_sdist),
        archives: entry.wheels.iter().chain(&entry.sdist).filter_map(archive).filter(Archive::is_for_linux).collect(),
        marker: None,
        place: entry.place,
        grid: Grid::ALL,
    })
}

/// An archive of the lock, where that has a hash of it.
fn archive(item: &Item) -> Option<Archive> {
    let address = item.text("url").unwrap_or_default().to_owned();
    Some(Archive { file: wheel(item).file, address, hash: item.text("hash")?.to_owned() })
}

/// A wheel of the lock.
pub(super) fn wheel(item: &Item) -> Wheel {
    let at = item.text("filename").or_else(|| item.text("url")).or_else(|| item.text("path")).unwrap_or_default();
    let size = if let Some(Item::Number(size)) = item.get("size") { u64::try_from(*size).ok() } else { None };
    Wheel::at(at, size)
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
        read::Source::Editable(path) => (path, LocalKind::Editable),
        read::Source::Directory(path) => (path, LocalKind::Directory),
        read::Source::Virtual(path) => (path, LocalKind::Virtual),
        read::Source::Path(path) => (path, LocalKind::Archive),
        read::Source::Registry(_) | read::Source::Git { .. } | read::Source::Url(_) => return None,
    };
    Some(LocalPackage { name: entry.name.clone(), path: path.clone(), kind, place: entry.place })
}
