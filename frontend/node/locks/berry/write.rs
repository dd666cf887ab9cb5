//! The reduced lock of yarn 2 and newer with its manifests: the lock's own text, entry by entry, in the order and form that yarn writes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json as value};

use crate::yaml::Node;

use super::super::manifest::{Manifest, written};
use super::super::tree::{entries, json, table};
use super::super::yaml::document;
use super::lock::{Entry, split};
use super::{Walk, target};

/// Settings that are about logins, about yarn itself, or change nothing of an install from a lock.
const IDLE: &[&str] = &[
    "checksumBehavior",
    "defaultSemverRangePrefix",
    "enableTelemetry",
    "initFields",
    "initScope",
    "npmAlwaysAuth",
    "npmAuthIdent",
    "npmAuthToken",
    "npmMinimalAgeGate",
    "npmPublishAccess",
    "plugins",
    "yarnPath",
];

impl Walk<'_, '_> {
    /// Every file that is written.
    pub(super) fn files(&self, settings: Option<&Node>) -> Vec<(String, String)> {
        let mut files = BTreeMap::from([("yarn.lock".to_owned(), self.text())]);
        let settings: Map<String, Json> = settings
            .map_or(&[][..], entries)
            .iter()
            .filter(|(key, _)| !IDLE.contains(&key.name.as_str()))
            .map(|(key, node)| (key.name.clone(), without_logins(json(node))))
            .collect();
        if !settings.is_empty() {
            files.insert(".yarnrc.yml".to_owned(), document(&settings.into()));
        }
        let folders: Vec<&str> = self.kept.members.iter().copied().filter(|folder| !folder.is_empty()).collect();
        for manifest in self.manifests.values() {
            let folder = manifest.folder.as_str();
            let mut node = self.manifest(manifest);
            if folder.is_empty() && !folders.is_empty() {
                node.insert("workspaces".to_owned(), value!(folders));
            }
            files.insert(manifest.path(), written(&node.into()));
            if !folder.is_empty() && folder != self.ask.project {
                files.extend(manifest.commands().into_iter().map(|command| (command, String::new())));
            }
        }
        files.into_iter().collect()
    }

    fn manifest(&self, manifest: &Manifest) -> Map<String, Json> {
        let folder = manifest.folder.as_str();
        let is_kept = self.kept.members.contains(folder);
        let mut node = if is_kept { manifest.reduced(self.ask.development, self.compared(folder)) } else { Map::new() };
        node.extend(manifest.name().map(|name| ("name".to_owned(), value!(name))));
        node.entry("version").or_insert_with(|| value!("0.0.0"));
        node.insert("private".to_owned(), value!(true));
        let names = self.names();
        if let Some(Json::Object(meta)) = node.get_mut("dependenciesMeta") {
            let asked = self.asked(folder);
            meta.retain(|key, _| asked.contains(split(key).0));
            if meta.is_empty() {
                node.remove("dependenciesMeta");
            }
        }
        if folder.is_empty() {
            let kept = table(&manifest.node, "resolutions").iter().filter(|(key, _)| names.contains(target(&key.name)));
            let kept: Map<String, Json> = kept.map(|(key, to)| (key.name.clone(), json(to))).collect();
            node.extend((!kept.is_empty()).then(|| ("resolutions".to_owned(), kept.into())));
        }
        node
    }

    /// The version of a workspace, where something asks for it by one.
    fn compared(&self, folder: &str) -> Option<&str> {
        let entry = &self.lock.entries[self.lock.workspaces[folder]];
        let asked = entry.descriptors.iter().filter(|descriptor| self.kept.descriptors.contains_key(**descriptor));
        let mut ranges = asked.map(|descriptor| split(descriptor).1.trim_start_matches("workspace:"));
        let is_compared = ranges.any(|range| !matches!(range, "*" | "^" | "~") && range != folder && range != ".");
        is_compared.then(|| super::super::tree::text(&self.manifests[folder].node, "version")).flatten()
    }

    /// The lock.
    fn text(&self) -> String {
        let mut kept: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for descriptor in self.kept.descriptors.keys() {
            kept.entry(self.lock.by[descriptor]).or_default().insert(descriptor);
        }
        for folder in self.kept.members.iter().chain(&[""]) {
            let Some(number) = self.lock.workspaces.get(folder) else { continue };
            let own = format!("@workspace:{}", if folder.is_empty() { "." } else { folder });
            let entry = &self.lock.entries[*number];
            kept.entry(*number).or_default().extend(entry.descriptors.iter().filter(|descriptor| descriptor.ends_with(&own)));
        }
        let mut blocks: BTreeMap<String, String> = BTreeMap::new();
        for (number, descriptors) in kept {
            let entry = &self.lock.entries[number];
            let key = descriptors.into_iter().collect::<Vec<_>>().join(", ");
            blocks.insert(key, self.body(entry));
        }
        let head = self.lock.text.find("\n\n\"").map_or(0, |end| end + 1);
        let mut text = self.lock.text[..head].to_owned();
        for (key, body) in blocks {
            let quoted = value!(key).to_string();
            let head = if key.len() > 1_024 { format!("? {quoted}\n:") } else { format!("{quoted}:") };
            text.extend(["\n", &head, "\n", &body]);
        }
        text
    }

    /// What stands below an entry's key; of a workspace without what is not installed of it.
    fn body(&self, entry: &Entry<'_>) -> String {
        let place = entry.node.place;
        let start = self.lock.text[..place.start].rfind('\n').map_or(0, |end| end + 1);
        let end = self.lock.text[start..].find("\n\n").map_or(self.lock.text.len(), |end| start + end + 1);
        let body = &self.lock.text[start..end];
        let Some(folder) = entry.folder() else { return body.to_owned() };
        let asked = if self.kept.members.contains(folder) { self.asked(folder) } else { BTreeSet::new() };
        let is_kept =
            |section: &str| self.kept.members.contains(folder) || ["version", "resolution", "languageName", "linkType"].contains(&section);
        let (mut text, mut head, mut section, mut takes) = (String::new(), "", String::new(), true);
        for line in body.split_inclusive('\n') {
            let content = line.trim();
            let name = content.split(':').next().unwrap_or_default().trim_matches('"');
            match line.len() - line.trim_start().len() {
                2 => {
                    name.clone_into(&mut section);
                    takes = is_kept(name);
                    let opens = content.ends_with(':');
                    head = if opens { line } else { "" };
                    if takes && !opens {
                        text.push_str(line);
                    }
                }
                depth => {
                    if depth == 4 {
                        let is_filtered = ["dependencies", "dependenciesMeta"].contains(&section.as_str());
                        takes = is_kept(&section) && (!is_filtered || asked.contains(split(name).0));
                    }
                    if takes {
                        text.push_str(head);
                        head = "";
                        text.push_str(line);
                    }
                }
            }
        }
        text
    }
}

/// Settings of registries and scopes without what logs in there.
fn without_logins(node: Json) -> Json {
    match node {
        Json::Object(entries) => {
            let kept = entries.into_iter().filter(|(key, _)| !IDLE.contains(&key.as_str()));
            kept.map(|(key, value)| (key, without_logins(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}
