//! The closure of a service in a lock of npm.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Sink};
use crate::node::codes;

use super::super::manifest::{PRODUCTION, needs, sections};
use super::super::model::Target;
use super::super::platform::fits;
use super::super::tree::{flag, get, table, texts};
use super::lock::{Entry, Lock, is_member};

/// Places, each with whether the service can do without what lies there.
pub(super) type Kept<'n> = BTreeMap<&'n str, bool>;

/// How a lock is walked.
pub(super) struct Walk<'l, 'n> {
    pub(super) lock: &'l Lock<'n>,
    /// Whether members need what they are developed with.
    pub(super) development: bool,
    /// Whether what a package expects beside itself is installed for it.
    pub(super) peers: bool,
}

/// Something that an entry needs.
struct Edge<'n> {
    name: &'n str,
    place: crate::diag::Place,
    is_optional: bool,
    is_peer: bool,
}

impl<'n> Walk<'_, 'n> {
    /// Everything that is reached, whatever it is for.
    pub(super) fn all(&self, starts: &[&'n str], sink: &mut Sink) -> Kept<'n> {
        let mut kept = Kept::new();
        let mut open: Vec<(&'n str, bool)> = starts.iter().map(|start| (*start, false)).collect();
        while let Some((key, is_optional)) = open.pop() {
            if kept.get(key).is_some_and(|known| is_optional || !known) {
                continue;
            }
            kept.insert(key, is_optional);
            let Some(entry) = self.lock.packages.get(key) else { continue };
            for (edge, next) in self.next(entry, sink) {
                open.push((next, is_optional || edge));
            }
        }
        kept
    }

    /// What of it is installed on a target. A package that is needed and not for it is a mistake.
    pub(super) fn on(&self, starts: &[&'n str], kept: &Kept<'n>, target: Target, sink: &mut Sink) -> BTreeSet<&'n str> {
        let mut installed = BTreeSet::new();
        let mut open = starts.to_vec();
        while let Some(key) = open.pop() {
            let Some(entry) = self.lock.packages.get(key) else { continue };
            let [os, cpu, libc] = ["os", "cpu", "libc"].map(|list| texts(entry.node, list));
            if !is_member(key) && !fits(&os, &cpu, &libc, target) {
                if !kept.get(key).copied().unwrap_or_default() {
                    sink.push(foreign(entry, target));
                }
                continue;
            }
            if installed.insert(key) {
                open.extend(self.next(entry, &mut Sink::default()).into_iter().map(|(_, next)| next));
            }
        }
        installed
    }

    /// The places that an entry leads to, and whether it can do without them.
    fn next(&self, entry: &Entry<'n>, sink: &mut Sink) -> Vec<(bool, &'n str)> {
        if flag(entry.node, "link") {
            let target = entry.linked().and_then(|folder| self.lock.packages.get(folder));
            if target.is_none() {
                sink.push(outside(entry));
            }
            return target.map(|target| (false, target.key)).into_iter().collect();
        }
        let mut found = vec![];
        for edge in self.edges(entry) {
            match self.lock.resolve(entry.key, edge.name) {
                Some(next) => found.push((edge.is_optional, next.key)),
                None if edge.is_optional || edge.is_peer => {}
                None => sink.push(hole(entry, &edge)),
            }
        }
        found
    }

    fn edges(&self, entry: &Entry<'n>) -> Vec<Edge<'n>> {
        let sections = if is_member(entry.key) { sections(self.development) } else { PRODUCTION };
        let needs = needs(entry.node, sections);
        let mut edges: Vec<Edge<'n>> = needs
            .values()
            .map(|need| {
                let is_optional = need.section == "optionalDependencies";
                Edge { name: need.name, place: need.place, is_optional, is_peer: false }
            })
            .collect();
        if self.peers {
            let optional = get(entry.node, "peerDependenciesMeta");
            let is_required = |name: &str| !optional.and_then(|meta| get(meta, name)).is_some_and(|meta| flag(meta, "optional"));
            let peers = table(entry.node, "peerDependencies").iter().filter(|(key, _)| is_required(&key.name));
            edges.extend(peers.map(|(key, _)| Edge { name: &key.name, place: key.place, is_optional: false, is_peer: true }));
        }
        edges
    }
}

fn foreign(entry: &Entry<'_>, target: Target) -> Diagnostic {
    let lists = ["os", "cpu", "libc"].map(|list| texts(entry.node, list).join(", "));
    let said: Vec<String> =
        ["os", "cpu", "libc"].iter().zip(&lists).filter(|(_, list)| !list.is_empty()).map(|(n, l)| format!("{n}: {l}")).collect();
    let message = format!("`{}` is needed, and is not for {}/{} ({})", entry.name(), target.os, target.cpu, said.join("; "));
    let found = Diagnostic::new(codes::NOT_FOR_PLATFORM, message).at(entry.place, "");
    found.help("where the service can do without it, ask for it under `optionalDependencies`; else take one that runs there")
}

fn hole(entry: &Entry<'_>, edge: &Edge<'_>) -> Diagnostic {
    let who = if entry.key.is_empty() { "the project" } else { entry.key };
    let found = Diagnostic::new(codes::NODE_LOCK_HOLE, format!("`{who}` needs `{}`, which the lock does not hold", edge.name));
    found.at(edge.place, "").help("run `npm install --package-lock-only`, and commit the lock")
}

fn outside(entry: &Entry<'_>) -> Diagnostic {
    let target = super::super::tree::text(entry.node, "resolved").unwrap_or_default();
    let found =
        Diagnostic::new(codes::LINK_OUTSIDE, format!("`{}` is a link to `{target}`, which is no folder of this lock", entry.name()));
    found.at(entry.place, "").help("move the folder into the project, or build from a context that holds both, with the lock at its root")
}
