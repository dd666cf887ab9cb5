//! Which packages a selection reaches, and by which of their parts: the package itself, an extra, a group.
//! An edge is left out only where its marker cannot hold on Linux or contradicts the selection; doubt keeps it.

use std::collections::{BTreeMap, BTreeSet};

use super::Selection;
use super::error::SelectionError;
use super::read::{Edge, Entry, UvLock};
use crate::python::pep::normalized;
use crate::python::pep::truth::Truth;

/// A part of a package that brings dependencies of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Base,
    Extra(String),
    Group(String),
}

/// A selection that was held against the lock.
#[derive(Debug)]
pub(super) struct Root<'a> {
    lock: &'a UvLock,
    /// The project's index among the packages.
    pub(super) index: usize,
    pub(super) extras: BTreeSet<String>,
    pub(super) groups: BTreeSet<String>,
    only_groups: bool,
    /// The series of Python to decide for; none is any.
    pub(super) python: Option<u32>,
    /// Extras of the project that some package asks for, so that they may be on without being selected.
    asked: BTreeSet<String>,
}

/// What is reached.
#[derive(Debug, Default)]
pub(super) struct Reach(pub(super) BTreeMap<usize, BTreeSet<Part>>);

/// Holds a selection against the lock.
pub(super) fn root<'a>(lock: &'a UvLock, selection: &Selection<'_>) -> Result<Root<'a>, SelectionError> {
    let package = normalized(selection.package);
    let Some(index) = lock.folder(&package) else {
        let known = lock.entries.iter().filter(|e| e.is_folder()).map(|e| e.name.clone()).collect();
        return Err(SelectionError::NoPackage { package, known });
    };
    let entry = &lock.entries[index];
    let groups: BTreeSet<_> = selection.groups.iter().chain(selection.only_groups).map(|g| normalized(g)).collect();
    let extras: BTreeSet<_> = selection.extras.iter().map(|e| normalized(e)).collect();
    let known = entry.offered_extras();
    if let Some(extra) = extras.iter().find(|e| !known.contains(e)) {
        return Err(SelectionError::NoExtra { package, extra: extra.clone(), known });
    }
    let known = entry.offered_groups();
    if let Some(group) = groups.iter().find(|g| !known.contains(g)) {
        return Err(SelectionError::NoGroup { package, group: group.clone(), known });
    }
    let all_edges = lock.entries.iter().flat_map(Entry::all_edges);
    let asked = all_edges.filter(|e| e.name == package).flat_map(|e| e.extras.iter().cloned()).collect();
    let only_groups = !selection.only_groups.is_empty();
    let extras = if only_groups { BTreeSet::new() } else { extras };
    let root = Root { lock, index, extras, groups, only_groups, python: None, asked };
    root.check_conflicts(&package)?;
    Ok(root)
}

impl Root<'_> {
    /// Parts that the project itself declares to be exclusive.
    fn check_conflicts(&self, package: &str) -> Result<(), SelectionError> {
        let sets = super::item::get(&self.lock.head, "conflicts").and_then(|c| c.as_list()).unwrap_or_default();
        for set in sets {
            let of_package = set.as_list().unwrap_or_default().iter().filter(|item| item.text("package") == Some(package));
            let chosen: Vec<_> = of_package
                .filter_map(|item| match (item.text("extra"), item.text("group")) {
                    (Some(extra), _) if self.extras.contains(extra) => Some(format!("extra `{extra}`")),
                    (_, Some(group)) if self.groups.contains(group) => Some(format!("group `{group}`")),
                    _ => None,
                })
                .collect();
            if chosen.len() > 1 {
                return Err(SelectionError::Conflict { package: package.to_owned(), parts: chosen });
            }
        }
        Ok(())
    }

    /// Whether an edge may hold in the image.
    pub(super) fn may_hold(&self, edge: &Edge) -> bool {
        let extra = |name: &str| self.conflict(name);
        edge.marker.as_ref().is_none_or(|marker| marker.in_image(self.python, &extra) != Truth::No)
    }

    /// uv writes parts that exclude each other as extras named `extra-5-clash-gpu` or `group-5-clash-old`.
    fn conflict(&self, name: &str) -> Truth {
        let package = &self.lock.entries[self.index].name;
        let part = |kind: &str| {
            let (length, rest) = name.strip_prefix(kind)?.split_once('-')?;
            let (owner, part) = rest.split_at_checked(length.parse().ok()?)?;
            Some((owner, part.strip_prefix('-')?))
        };
        match (part("extra-"), part("group-")) {
            (Some((owner, extra)), _) if owner == package => {
                let is_open = self.asked.contains(extra) && !self.extras.contains(extra);
                if is_open { Truth::Unknown } else { Truth::of(self.extras.contains(extra)) }
            }
            // Groups are never asked for by another package: only those of the selection are on.
            (_, Some((owner, group))) => Truth::of(owner == package && self.groups.contains(group)),
            _ => Truth::Unknown,
        }
    }

    /// Follows every edge that may hold, but those that `skip` names by the packages at its ends.
    pub(super) fn reach(&self, skip: &dyn Fn(&Entry, &Entry) -> bool) -> Result<Reach, SelectionError> {
        let mut reach = Reach::default();
        let mut open: Vec<(usize, Part)> = self.groups.iter().map(|g| (self.index, Part::Group(g.clone()))).collect();
        reach.0.insert(self.index, BTreeSet::new());
        if !self.only_groups {
            open.push((self.index, Part::Base));
            open.extend(self.extras.iter().map(|e| (self.index, Part::Extra(e.clone()))));
        }
        while let Some((index, part)) = open.pop() {
            if !reach.0.entry(index).or_default().insert(part.clone()) {
                continue;
            }
            let entry = &self.lock.entries[index];
            for edge in entry.edges_of(&part).iter().filter(|e| self.may_hold(e)) {
                let targets = self.lock.targets(edge);
                if targets.is_empty() {
                    return Err(SelectionError::Broken { package: entry.name.clone(), needs: edge.name.clone(), place: edge.place });
                }
                for target in targets.into_iter().filter(|t| !skip(entry, &self.lock.entries[*t])) {
                    open.push((target, Part::Base));
                    open.extend(edge.extras.iter().map(|e| (target, Part::Extra(normalized(e)))));
                }
            }
        }
        Ok(reach)
    }
}

impl Entry {
    /// The dependencies that a part brings.
    pub(super) fn edges_of(&self, part: &Part) -> &[Edge] {
        let list = match part {
            Part::Base => Some(&self.edges),
            Part::Extra(extra) => self.extras.get(extra),
            Part::Group(group) => self.groups.get(group),
        };
        list.map(Vec::as_slice).unwrap_or_default()
    }

    fn all_edges(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter().chain(self.extras.values().flatten()).chain(self.groups.values().flatten())
    }
}
