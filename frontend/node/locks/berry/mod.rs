//! The `yarn.lock` of yarn 2 and newer. It holds the workspaces as well, with what they are developed with among what they need, so their
//! manifests say what ships. yarn compares the lock byte for byte with the one that it would write, so its own text is what is reduced.

mod lock;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Place, Sink, Sources};
use crate::node::codes;
use crate::yaml::{self, Node};

use super::manifest::{DEVELOPMENT, Manifest, needs, sections};
use super::model::{Allowed, Answer, Ask, Member, Package, Reduced, Script, Source};
use super::platform::fits;
use super::read::Beside;
use super::tree::{as_text, entries, get, table, truth};
use lock::{Lock, split};

/// What is installed of a lock of yarn 2 and newer.
pub(super) fn reduce(ask: &Ask<'_>, sources: &Sources, sink: &mut Sink) -> Option<Answer> {
    let document = yaml::parse_last(sources, ask.lock, sink)?;
    let lock = Lock::read(&document, &sources.file(ask.lock).text, ask.lock, sink)?;
    let mut beside = Beside::new(ask, sources);
    let settings = match beside.file(".yarnrc.yml") {
        Some(file) => Some(yaml::parse_last(sources, file, sink)?),
        None => None,
    };
    let root = beside.manifest("", sink);
    if !beside.wanted.files.is_empty() {
        return Some(Answer::Wanted(beside.wanted));
    }
    let root = root?;
    if !lock.workspaces.contains_key(ask.project) {
        let found = Diagnostic::new(codes::NO_SUCH_MEMBER, format!("the lock of yarn knows no folder `{}`", ask.project));
        let known: Vec<String> = lock.workspaces.keys().map(|key| format!("`{}`", if key.is_empty() { "." } else { key })).collect();
        let start = Place { file: ask.lock, start: 0, end: 0 };
        sink.push(found.at(start, "").help(format!("it knows {}", known.join(", "))));
        return None;
    }
    let resolutions =
        table(&root.node, "resolutions").iter().filter_map(|(key, to)| Some((target(&key.name).to_owned(), as_text(to)?.to_owned())));
    let resolutions: Vec<(String, String)> = resolutions.collect();
    let mut walk = Walk { lock: &lock, ask, resolutions, manifests: BTreeMap::from([("", root)]), kept: Kept::default() };
    walk.all(&mut beside, sink);
    if !beside.wanted.files.is_empty() {
        return Some(Answer::Wanted(beside.wanted));
    }
    if sink.has_errors() {
        return None;
    }
    Some(Answer::Reduced(Box::new(walk.reduced(settings.as_ref()))))
}

/// The name of the package that a resolution is about, in `a/b`, `a@npm:1/b@npm:2` and the like.
fn target(key: &str) -> &str {
    let slash =
        key.char_indices().rev().find(|(at, c)| *c == '/' && !key[..*at].rsplit('/').next().is_some_and(|scope| scope.starts_with('@')));
    split(slash.map_or(key, |(at, _)| &key[at + 1..])).0
}

/// What is reached.
#[derive(Default)]
struct Kept<'n> {
    /// Descriptors, each with whether the service can do without.
    descriptors: BTreeMap<&'n str, bool>,
    /// The folders of workspaces.
    members: BTreeSet<&'n str>,
}

struct Walk<'a, 'n> {
    lock: &'a Lock<'n>,
    ask: &'a Ask<'a>,
    resolutions: Vec<(String, String)>,
    manifests: BTreeMap<&'n str, Manifest>,
    kept: Kept<'n>,
}

impl<'n> Walk<'_, 'n> {
    fn all(&mut self, beside: &mut Beside<'_>, sink: &mut Sink) {
        let start = self.lock.workspaces.get_key_value(self.ask.project).map(|(folder, _)| *folder);
        let mut folders: Vec<&'n str> = start.into_iter().chain(self.ask.development.then_some("")).collect();
        let mut open: Vec<(&'n str, bool)> = vec![];
        loop {
            if let Some(folder) = folders.pop() {
                if self.kept.members.insert(folder) {
                    open.extend(self.of_member(folder, beside, sink));
                }
                continue;
            }
            let Some((descriptor, is_optional)) = open.pop() else { break };
            if self.kept.descriptors.get(descriptor).is_some_and(|known| is_optional || !known) {
                continue;
            }
            self.kept.descriptors.insert(descriptor, is_optional);
            let entry = &self.lock.entries[self.lock.by[descriptor]];
            if let Some(folder) = entry.folder() {
                folders.push(folder);
                continue;
            }
            for (name, range, optional, place) in entry.needs() {
                let next = self.lock.resolve(name, range, &self.resolutions);
                if next.is_empty() {
                    let message = format!("`{descriptor}` needs `{name}@{range}`, which the lock does not hold");
                    let found = Diagnostic::new(codes::NODE_LOCK_HOLE, message).at(place, "");
                    sink.push(found.help("run `yarn install`, and commit the lock"));
                }
                open.extend(next.into_iter().map(|next| (next, is_optional || optional)));
            }
        }
    }

    /// What a workspace needs of what the lock says of it: what its manifest asks for in the sections that are installed.
    fn of_member(&mut self, folder: &'n str, beside: &mut Beside<'_>, sink: &mut Sink) -> Vec<(&'n str, bool)> {
        if !self.manifests.contains_key(folder) {
            let Some(manifest) = beside.manifest(folder, sink) else { return vec![] };
            self.manifests.insert(folder, manifest);
        }
        let (manifest, entry) = (&self.manifests[folder], &self.lock.entries[self.lock.workspaces[folder]]);
        let way_out = "run `yarn install`, and commit `yarn.lock` together with `package.json`";
        let locked: BTreeMap<&str, &str> = entry.needs().map(|(name, range, ..)| (name, range)).collect();
        let mut found = vec![];
        for (name, need) in needs(&manifest.node, sections(self.ask.development)) {
            let is_same = |locked: &str| locked == need.spec || locked.strip_prefix("npm:") == Some(need.spec);
            let next = locked.get(name).map(|range| self.lock.resolve(name, range, &self.resolutions)).unwrap_or_default();
            let is_stale = !locked.get(name).is_some_and(|locked| is_same(locked));
            if is_stale || next.is_empty() {
                let path = manifest.path();
                let message = match locked.get(name).filter(|_| is_stale) {
                    Some(locked) => format!("`{path}` asks for `{name}` {}, and the lock was made for {locked}", need.spec),
                    None => format!("`{path}` asks for `{name}` {}, and the lock has nothing of it", need.spec),
                };
                let found = Diagnostic::new(codes::NODE_LOCK_STALE, message).at(need.place, "asked for here");
                sink.push(found.at(entry.place, "the lock's entry of this folder").help(way_out));
            }
            found.extend(next.into_iter().map(|next| (next, need.section == "optionalDependencies")));
        }
        found
    }

    /// What of it is installed on the target: what is needed by nothing but a package for another platform is not.
    fn installed(&self) -> BTreeSet<&'n str> {
        let of_members = self.kept.members.iter().flat_map(|folder| {
            let asked = self.asked(folder);
            let needs = self.lock.entries[self.lock.workspaces[folder]].needs();
            needs.filter(|(name, ..)| asked.contains(name)).collect::<Vec<_>>()
        });
        let next = |name, range| self.lock.resolve(name, range, &self.resolutions);
        let mut open: Vec<&'n str> = of_members.flat_map(|(name, range, ..)| next(name, range)).collect();
        let mut installed = BTreeSet::new();
        while let Some(descriptor) = open.pop() {
            let entry = &self.lock.entries[self.lock.by[descriptor]];
            let is_optional = self.kept.descriptors.get(descriptor).copied().unwrap_or_default();
            let Some(package) = entry.package(is_optional) else { continue };
            let is_for_target = fits(&package.os, &package.cpu, &package.libc, self.ask.target);
            if (is_for_target || !is_optional) && installed.insert(descriptor) {
                open.extend(entry.needs().flat_map(|(name, range, ..)| next(name, range)));
            }
        }
        installed
    }

    fn reduced(&self, settings: Option<&Node>) -> Reduced {
        let mut packages: BTreeMap<_, Package> = BTreeMap::new();
        let (mut patches, installed) = (BTreeSet::new(), self.installed());
        for (descriptor, is_optional) in &self.kept.descriptors {
            if let Some((_, patch)) = descriptor.split_once("#~/").or_else(|| descriptor.split_once("#./")) {
                patches.insert(patch.split("::").next().unwrap_or_default().to_owned());
            }
            let entry = &self.lock.entries[self.lock.by[descriptor]];
            let Some(package) = entry.package(*is_optional) else { continue };
            if installed.contains(descriptor) {
                let known = packages.entry((package.name.clone(), package.version.clone())).or_insert(package);
                known.is_optional &= is_optional;
            }
        }
        let packages: Vec<Package> = packages.into_values().collect();
        let kept = || self.manifests.values().filter(|manifest| self.kept.members.contains(manifest.folder.as_str()));
        let archives = packages.iter().filter_map(|package| match &package.from {
            Source::Archive(path) | Source::Folder(path) => Some(path.clone()),
            _ => None,
        });
        Reduced {
            scripts: packages.iter().filter_map(|package| self.script(package, settings)).collect(),
            members: kept().map(|manifest| Member { folder: manifest.folder.clone(), name: manifest.name().map(str::to_owned) }).collect(),
            own_scripts: kept().flat_map(Manifest::own_scripts).collect(),
            copies: archives.chain(patches).collect::<BTreeSet<_>>().into_iter().collect(),
            files: self.files(settings),
            packages,
        }
    }

    /// What the root, or else the settings for all, say of a package's install script.
    fn script(&self, package: &Package, settings: Option<&Node>) -> Option<Script> {
        let version = package.version.as_deref().unwrap_or_default();
        let meta = table(&self.manifests[""].node, "dependenciesMeta").iter().find(|(key, _)| {
            let (name, range) = split(&key.name);
            name == package.name && (range.is_empty() || range.trim_start_matches("npm:") == version)
        });
        let built = meta.and_then(|(key, meta)| Some((key.place, truth(get(meta, "built")?)?)));
        let allowed = match built {
            Some((place, true)) => Allowed::Yes(place),
            Some((place, false)) => Allowed::No(place),
            None => {
                let all = settings.and_then(|settings| entries(settings).iter().find(|(key, _)| key.name == "enableScripts"));
                match all.and_then(|(key, value)| Some((key.place, truth(value)?))) {
                    Some((place, true)) => Allowed::Yes(place),
                    _ => return None,
                }
            }
        };
        Some(Script { name: package.name.clone(), version: package.version.clone(), allowed, place: package.place })
    }

    /// The names that are installed.
    fn names(&self) -> BTreeSet<&str> {
        self.kept.descriptors.keys().map(|descriptor| split(descriptor).0).collect()
    }

    /// What a workspace asks for and gets.
    fn asked(&self, folder: &str) -> BTreeSet<&str> {
        needs(&self.manifests[folder].node, if self.ask.development { DEVELOPMENT } else { sections(false) }).into_keys().collect()
    }
}
