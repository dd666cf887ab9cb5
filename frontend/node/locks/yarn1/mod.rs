//! The `yarn.lock` of yarn 1: what each `name@range` gets. It knows no workspaces, no development and no platforms, so manifests say who
//! needs what, and the packages are those of all platforms.

mod syntax;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value as Json, json as value};

use crate::diag::{Diagnostic, Place, Sink, Sources};
use crate::node::codes;

use super::manifest::{DEVELOPMENT, Manifest, Need, needs, sections, written};
use super::members;
use super::model::{Answer, Ask, Member, Package, Reduced, Source};
use super::npm::registry;
use super::npmrc;
use super::read::Beside;
use super::tree::{as_text, table};
use syntax::Entry;

/// What is installed of a lock of yarn 1.
pub(super) fn reduce(ask: &Ask<'_>, sources: &Sources, sink: &mut Sink) -> Option<Answer> {
    let entries = syntax::read(&sources.file(ask.lock).text, ask.lock, sink)?;
    let mut beside = Beside::new(ask, sources);
    let settings = [".yarnrc", ".npmrc"].map(|name| (name, beside.text(name)));
    let root = beside.manifest("", sink);
    let Some(root) = root else { return (!beside.wanted.files.is_empty()).then_some(Answer::Wanted(beside.wanted)) };
    let manifests = members::all(&root, &mut beside, sink);
    if !beside.wanted.files.is_empty() || !beside.wanted.folders.is_empty() {
        return Some(Answer::Wanted(beside.wanted));
    }
    let mut project = Project { ask, entries: index(&entries), manifests, kept: BTreeMap::new(), members: BTreeSet::new() };
    project.walk(sink)?;
    if sink.has_errors() {
        return None;
    }
    Some(Answer::Reduced(Box::new(project.reduced(&settings))))
}

fn index(entries: &[Entry]) -> HashMap<&str, &Entry> {
    entries.iter().flat_map(|entry| entry.patterns.iter().map(move |pattern| (pattern.as_str(), entry))).collect()
}

struct Project<'a> {
    ask: &'a Ask<'a>,
    entries: HashMap<&'a str, &'a Entry>,
    /// Every member, by folder; the root first.
    manifests: BTreeMap<String, Manifest>,
    /// What is reached, by what is asked for, each with whether the service can do without.
    kept: BTreeMap<String, bool>,
    members: BTreeSet<String>,
}

impl Project<'_> {
    /// The member of a name.
    fn member(&self, name: &str) -> Option<&Manifest> {
        self.manifests.values().find(|manifest| !manifest.folder.is_empty() && manifest.name() == Some(name))
    }

    /// What gets something that is asked for; an override of the root decides first.
    fn pattern(&self, name: &str, range: &str) -> Option<String> {
        let plain = format!("{name}@{range}");
        let known = |pattern: &String| self.entries.contains_key(pattern.as_str());
        let root = self.manifests.get("")?;
        let overridden = || {
            let (_, spec) = table(&root.node, "resolutions").iter().find(|(key, _)| target(&key.name) == name)?;
            Some(format!("{name}@{}", as_text(spec)?))
        };
        Some(plain).filter(known).or_else(|| overridden().filter(known))
    }

    fn walk(&mut self, sink: &mut Sink) -> Option<()> {
        if !self.manifests.contains_key(self.ask.project) {
            let found = Diagnostic::new(codes::NO_SUCH_MEMBER, format!("`{}` is no member of the workspace", self.ask.project));
            let known: Vec<String> = self.manifests.keys().map(|key| format!("`{}`", if key.is_empty() { "." } else { key })).collect();
            let start = Place { file: self.ask.lock, start: 0, end: 0 };
            sink.push(found.at(start, "").help(format!("the members are {}", known.join(", "))));
            return None;
        }
        let mut folders = vec![self.ask.project.to_owned()];
        folders.extend(self.ask.development.then(String::new));
        let mut open: Vec<(String, bool)> = vec![];
        while let Some(folder) = folders.pop() {
            if !self.members.insert(folder.clone()) {
                continue;
            }
            for need in needs(&self.manifests[&folder].node, sections(self.ask.development)).values() {
                match self.pattern(need.name, need.spec) {
                    Some(pattern) => open.push((pattern, need.section == "optionalDependencies")),
                    None => match self.member(need.name) {
                        Some(member) => folders.push(member.folder.clone()),
                        None => sink.push(self.stale(&folder, need)),
                    },
                }
            }
        }
        while let Some((pattern, is_optional)) = open.pop() {
            if self.kept.get(&pattern).is_some_and(|known| is_optional || !known) {
                continue;
            }
            let entry = self.entries[pattern.as_str()];
            self.kept.insert(pattern.clone(), is_optional);
            for (name, range) in entry.dependencies.iter().filter(|(name, _)| !entry.optional.contains_key(*name)) {
                match self.pattern(name, range) {
                    Some(next) => open.push((next, is_optional)),
                    None if self.member(name).is_some() => {}
                    None => sink.push(hole(&pattern, entry, name, range)),
                }
            }
            let optional = entry.optional.iter().filter_map(|(name, range)| self.pattern(name, range));
            open.extend(optional.map(|next| (next, true)).collect::<Vec<_>>());
        }
        Some(())
    }

    fn stale(&self, folder: &str, need: &Need<'_>) -> Diagnostic {
        let path = self.manifests[folder].path();
        let message = format!("`{path}` asks for `{}` {}, and the lock has nothing of it", need.name, need.spec);
        let found = Diagnostic::new(codes::NODE_LOCK_STALE, message).at(need.place, "asked for here");
        found.help("run `yarn install`, and commit `yarn.lock` together with `package.json`")
    }

    fn reduced(&self, settings: &[(&str, &str)]) -> Reduced {
        let mut packages = BTreeMap::new();
        let mut entries: BTreeMap<String, (Vec<String>, &Entry)> = BTreeMap::new();
        for (pattern, is_optional) in &self.kept {
            let entry = self.entries[pattern.as_str()];
            let package = package(entry, *is_optional);
            let known = packages.entry((package.name.clone(), package.version.clone())).or_insert(package);
            known.is_optional &= is_optional;
            entries.entry(entry.patterns[0].clone()).or_insert_with(|| (vec![], entry)).0.push(pattern.clone());
        }
        let entries = entries.into_values().map(|(patterns, entry)| (patterns[0].clone(), (patterns, entry))).collect();
        let packages: Vec<Package> = packages.into_values().collect();
        let mut files: BTreeMap<String, String> = BTreeMap::from([("yarn.lock".to_owned(), syntax::written(&entries))]);
        for (name, text) in settings {
            let text = if *name == ".npmrc" { npmrc::without_logins(text) } else { yarnrc(text) };
            files.extend((!text.is_empty()).then(|| ((*name).to_owned(), text)));
        }
        let folders: Vec<&String> = self.members.iter().filter(|folder| !folder.is_empty()).collect();
        for manifest in self.manifests.values() {
            let is_kept = self.members.contains(&manifest.folder);
            if !is_kept && !manifest.folder.is_empty() {
                continue;
            }
            let mut node = if is_kept { self.manifest(manifest) } else { Map::new() };
            node.extend(manifest.name().map(|name| ("name".to_owned(), value!(name))));
            node.insert("version".to_owned(), value!("0.0.0"));
            node.insert("private".to_owned(), value!(true));
            if manifest.folder.is_empty() {
                if !folders.is_empty() {
                    node.insert("workspaces".to_owned(), value!(folders));
                }
                let names: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
                let kept = table(&manifest.node, "resolutions").iter().filter(|(key, _)| names.contains(target(&key.name)));
                let kept: Map<String, Json> = kept.map(|(key, spec)| (key.name.clone(), super::tree::json(spec))).collect();
                node.extend((!kept.is_empty()).then(|| ("resolutions".to_owned(), kept.into())));
            } else if manifest.folder != self.ask.project {
                files.extend(manifest.commands().into_iter().map(|command| (command, String::new())));
            }
            files.insert(manifest.path(), written(&node.into()));
        }
        let kept = || self.members.iter().map(|folder| &self.manifests[folder]);
        let archives = packages.iter().filter_map(|package| match &package.from {
            Source::Archive(path) | Source::Folder(path) => Some(path.clone()),
            _ => None,
        });
        Reduced {
            members: kept().map(|manifest| Member { folder: manifest.folder.clone(), name: manifest.name().map(str::to_owned) }).collect(),
            own_scripts: kept().flat_map(Manifest::own_scripts).collect(),
            copies: archives.collect::<BTreeSet<_>>().into_iter().collect(),
            files: files.into_iter().collect(),
            scripts: vec![],
            packages,
        }
    }

    /// What is written of a member: any version of another member will do, since they all have the same.
    fn manifest(&self, manifest: &Manifest) -> Map<String, Json> {
        let mut node = manifest.reduced(self.ask.development, None);
        for section in DEVELOPMENT {
            if let Some(Json::Object(needs)) = node.get_mut(*section) {
                for (name, spec) in needs {
                    let is_member = self.pattern(name, spec.as_str().unwrap_or_default()).is_none() && self.member(name).is_some();
                    if is_member {
                        *spec = value!("*");
                    }
                }
            }
        }
        node
    }
}

/// The package that a resolution is about: the last name in `a/**/@s/b`.
fn target(key: &str) -> &str {
    let parts: Vec<&str> = key.split('/').collect();
    let length = match parts[..] {
        [.., scope, name] if scope.starts_with('@') => scope.len() + 1 + name.len(),
        [.., name] => name.len(),
        [] => 0,
    };
    &key[key.len() - length..]
}

fn package(entry: &Entry, is_optional: bool) -> Package {
    let pattern = &entry.patterns[0];
    let at = pattern.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(pattern.len(), |(at, _)| at);
    let range = pattern.get(at + 1..).unwrap_or_default();
    // An alias is asked for by another name than it has.
    let real =
        range.strip_prefix("npm:").map(|real| real.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(real, |(at, _)| &real[..at]));
    Package {
        name: real.unwrap_or(&pattern[..at]).to_owned(),
        version: Some(entry.version.clone()),
        integrity: entry.integrity.clone(),
        from: source(entry.resolved.as_deref(), range),
        script: None,
        is_optional,
        os: vec![],
        cpu: vec![],
        libc: vec![],
        place: entry.place.expect("every entry that was read has its place"),
    }
}

fn source(resolved: Option<&str>, range: &str) -> Source {
    if let Some(path) = range.strip_prefix("file:") {
        return Source::at(path.trim_start_matches("./").to_owned());
    }
    let Some(url) = resolved else { return Source::Registry(None) };
    let (address, mark) = url.split_once('#').map_or((url, None), |(address, mark)| (address, Some(mark.to_owned())));
    if let Some(base) = registry(address) {
        return Source::Registry(Some(base));
    }
    match address.strip_prefix("git+").or_else(|| (address.rsplit('.').next() == Some("git")).then_some(address)) {
        Some(repository) => Source::Git { url: repository.to_owned(), commit: mark },
        None => Source::Tarball(address.to_owned()),
    }
}

/// The settings of yarn 1 that say where packages come from.
fn yarnrc(text: &str) -> String {
    let kept = text.lines().map(str::trim).filter(|line| line.contains("registry") && !line.contains("Token") && !line.starts_with('#'));
    kept.flat_map(|line| [line, "\n"]).collect()
}

fn hole(pattern: &str, entry: &Entry, name: &str, range: &str) -> Diagnostic {
    let found = Diagnostic::new(codes::NODE_LOCK_HOLE, format!("`{pattern}` needs `{name}@{range}`, which the lock does not hold"));
    let place = entry.place.expect("every entry that was read has its place");
    found.at(place, "").help("run `yarn install`, and commit the lock")
}
