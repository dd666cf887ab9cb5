//! The closure of a service in a lock of pnpm.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Place, Sink};
use crate::node::codes;
use crate::yaml::Node;

use super::super::manifest::{PRODUCTION, sections};
use super::super::model;
use super::super::platform::fits;
use super::super::read::joined;
use super::super::tree::{as_text, table, text, texts};
use super::lock::{Lock, Target};

/// What is reached.
#[derive(Default)]
pub(super) struct Kept<'n> {
    /// Importers, by folder.
    pub(super) members: BTreeSet<&'n str>,
    /// Packages by key, each with whether the service can do without it.
    pub(super) packages: BTreeMap<&'n str, bool>,
}

/// How a lock is walked.
pub(super) struct Walk<'l, 'n> {
    pub(super) lock: &'l Lock<'n>,
    /// Whether members need what they are developed with.
    pub(super) development: bool,
}

/// A step of the walk.
#[derive(Clone, Copy)]
enum At<'n> {
    Member(&'n str),
    Package(&'n str),
}

impl<'n> Walk<'_, 'n> {
    /// Everything that is reached, whatever it is for.
    pub(super) fn all(&self, starts: &[&'n str], sink: &mut Sink) -> Kept<'n> {
        let mut kept = Kept::default();
        let mut open: Vec<(At<'n>, bool)> = starts.iter().map(|start| (At::Member(start), false)).collect();
        while let Some((at, is_optional)) = open.pop() {
            let is_known = match at {
                At::Member(folder) => !kept.members.insert(folder),
                At::Package(key) => match kept.packages.get(key) {
                    Some(known) if is_optional || !known => true,
                    _ => {
                        kept.packages.insert(key, is_optional);
                        false
                    }
                },
            };
            if !is_known {
                open.extend(self.next(at, sink).into_iter().map(|(next, edge)| (next, is_optional || edge)));
            }
        }
        kept
    }

    /// What of it is installed on a target, by key. pnpm installs a package for another platform where it cannot be done without.
    pub(super) fn on(&self, starts: &[&'n str], kept: &Kept<'n>, target: model::Target) -> BTreeSet<&'n str> {
        let (mut installed, mut members) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<At<'n>> = starts.iter().map(|start| At::Member(start)).collect();
        while let Some(at) = open.pop() {
            let is_new = match at {
                At::Member(folder) => members.insert(folder),
                At::Package(key) => {
                    let is_foreign = self.lock.about(key).is_some_and(|(_, node)| {
                        let [os, cpu, libc] = ["os", "cpu", "libc"].map(|list| texts(node, list));
                        !fits(&os, &cpu, &libc, target)
                    });
                    !(is_foreign && kept.packages[key]) && installed.insert(key)
                }
            };
            if is_new {
                open.extend(self.next(at, &mut Sink::default()).into_iter().map(|(next, _)| next));
            }
        }
        installed
    }

    /// Where a member or a package leads, and whether it can do without that.
    fn next(&self, at: At<'n>, sink: &mut Sink) -> Vec<(At<'n>, bool)> {
        let (node, folder, sections): (&'n Node, &str, _) = match at {
            At::Member(folder) => (self.lock.importers[folder].1, folder, sections(self.development)),
            At::Package(key) => match self.lock.snapshots.get(key) {
                Some((_, node)) => (node, "", PRODUCTION),
                None => return vec![],
            },
        };
        let mut found = vec![];
        for section in sections {
            for (name, value) in table(node, section) {
                let Some(reference) = as_text(value).or_else(|| text(value, "version")) else { continue };
                let is_optional = *section == "optionalDependencies";
                match self.lock.resolve(&name.name, reference) {
                    Target::Package(key) => found.push((At::Package(key), is_optional)),
                    Target::Folder(path) => match joined(folder, path) {
                        // A folder that is no member is linked as it is.
                        Some(path) => found
                            .extend(self.lock.importers.get_key_value(path.as_str()).map(|(member, _)| (At::Member(member), is_optional))),
                        None => sink.push(outside(&name.name, path, value.place)),
                    },
                    Target::Nothing => {}
                    Target::Hole(key) => sink.push(hole(at, &name.name, &key, name.place)),
                }
            }
        }
        found
    }
}

fn hole(at: At<'_>, name: &str, key: &str, place: Place) -> Diagnostic {
    let who = match at {
        At::Member("") => "the project",
        At::Member(name) | At::Package(name) => name,
    };
    let found = Diagnostic::new(codes::NODE_LOCK_HOLE, format!("`{who}` needs `{name}`, and the lock has no `{key}`"));
    found.at(place, "").help("run `pnpm install --lockfile-only`, and commit the lock")
}

fn outside(name: &str, path: &str, place: Place) -> Diagnostic {
    let found = Diagnostic::new(codes::LINK_OUTSIDE, format!("`{name}` is a link to `{path}`, which lies outside of the lock's folder"));
    found.at(place, "").help("move the folder into the workspace, or build from a context that holds both, with the lock at its root")
}
