//! What is left out of gathered files: by sets of rules that the recipe names, and by patterns.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::codes;
use crate::proof::Finding;
use crate::prune::{glob, sets};
use crate::requests::Gather;
use crate::tree::{Kind, Tree};

use super::notes::{Gathered, Pruned};

/// What somebody knows of files who knows what they are.
pub struct Judged<'j> {
    /// Whether a file stays that a set of rules means.
    pub stays: &'j dyn Fn(&str) -> bool,
    /// Files that go, each by a rule of this name, and what that leaves out.
    pub goes: BTreeMap<String, (&'static str, String)>,
}

impl Judged<'_> {
    /// Nothing is known.
    pub(super) fn nothing() -> Self {
        Self { stays: &|_| false, goes: BTreeMap::new() }
    }
}

/// Takes out what is dropped and what the sets of rules name, unless it is kept. A pattern holds from each gathered folder, or from the
/// image's root where it starts with `/`; one that matches a folder means all of it. `added` are paths of unpacked Debian packages,
/// in which patterns hold from the root.
pub(super) fn leave_out(request: &Gather, judged: &Judged<'_>, added: &BTreeSet<String>, shipped: &mut Tree, notes: &mut Gathered) {
    let named = named(request);
    let mut gone: BTreeMap<String, Pruned> = BTreeMap::new();
    let mut idle: BTreeSet<&str> = request.drop.iter().chain(&request.keep).map(String::as_str).collect();
    for (path, entry) in shipped.iter().filter(|(_, entry)| entry.kind != Kind::Directory) {
        let inside = inside(request, path);
        let drop = request.drop.iter().find(|pattern| covers(pattern, path, &inside));
        let keep = request.keep.iter().find(|pattern| covers(pattern, path, &inside));
        [drop, keep].into_iter().flatten().for_each(|pattern| _ = idle.remove(pattern.as_str()));
        let mut from = inside;
        from.extend(added.contains(path).then(|| path.trim_start_matches('/')));
        let goes = judged.goes.get(path).filter(|(name, _)| !request.off.iter().any(|off| off == name));
        let set = sets::sets().taking(&named, path, &from).filter(|_| !(judged.stays)(path));
        let (name, what, switch) = match (keep, drop, goes, set) {
            (None, Some(pattern), ..) => (pattern.as_str(), format!("matched by `{pattern}`"), String::new()),
            (None, None, Some((name, what)), _) => (*name, what.clone(), (*name).to_owned()),
            (None, None, None, Some(set)) => (set.name.as_str(), set.what.clone(), set.name.clone()),
            _ => continue,
        };
        let pruned = gone.entry(name.to_owned()).or_insert_with(|| Pruned { what, switch, ..Pruned::default() });
        pruned.files += 1;
        pruned.bytes += entry.size();
        pruned.paths.push(path.to_owned());
    }
    for path in gone.values().flat_map(|pruned| &pruned.paths) {
        shipped.remove(path);
        emptied(shipped, path);
    }
    notes.pruned = gone;
    for pattern in idle {
        let key = if request.drop.iter().any(|drop| drop == pattern) { "drop" } else { "keep" };
        let message = format!("`{pattern}` under `{key}` matches no file");
        notes.warnings.push(Finding::new(codes::NO_MATCH, "", message).to_string());
    }
}

/// The sets that are wanted.
fn named(request: &Gather) -> Vec<&str> {
    let wanted = request.rules.iter().map(|set| &set.0).chain(&request.on);
    wanted.filter(|name| !request.off.contains(name)).map(String::as_str).collect()
}

/// The paths of a file from each gathered folder that it is in.
fn inside<'p>(request: &Gather, path: &'p str) -> Vec<&'p str> {
    request.files.iter().filter_map(|(_, to)| path.strip_prefix(to.as_str())?.strip_prefix('/')).collect()
}

/// Whether a pattern of the recipe's means a file, or a folder around it.
fn covers(pattern: &str, path: &str, inside: &[&str]) -> bool {
    let whole = pattern.trim_end_matches('/');
    let one = |path: &str| glob::covers(whole, path).is_some();
    if pattern.starts_with('/') { one(path) } else { inside.iter().any(|path| one(path)) }
}

/// Takes out the folders above a file that are empty without it.
fn emptied(tree: &mut Tree, file: &str) {
    let mut above = file;
    while let Some((folder, _)) = above.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
        if tree.below(folder).next().is_some() {
            return;
        }
        tree.remove(folder);
        above = folder;
    }
}
