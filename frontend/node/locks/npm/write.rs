//! The reduced lock of npm with its manifests, as `npm ci` accepts them. npm compares each dependency with the version that lies there, so
//! versions of members are the same for all (`0.0.0`), and who depends on one asks for any.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use crate::diag::Sources;
use crate::yaml::Node;

use super::super::globs::matches;
use super::super::manifest::{DEVELOPMENT, Manifest, written};
use super::super::members;
use super::super::model::Ask;
use super::super::tree::{as_text, entries, flag, get, json, table, text};
use super::lock::{Entry, Lock, is_member};
use super::settings::Settings;
use super::walk::Kept;

/// What of an entry npm reads when it installs.
const OF_ENTRIES: &[&str] = &[
    "name",
    "version",
    "resolved",
    "integrity",
    "link",
    "inBundle",
    "bundleDependencies",
    "dependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "hasInstallScript",
    "hasShrinkwrap",
    "bin",
    "os",
    "cpu",
    "libc",
];

/// Every file that is written.
pub(super) fn files(
    lock: &Lock<'_>,
    kept: &Kept<'_>,
    manifests: &[Manifest],
    settings: &Settings,
    ask: &Ask<'_>,
    sources: &Sources,
) -> Vec<(String, String)> {
    let links: BTreeSet<&str> = kept.keys().filter_map(|key| lock.packages[key].linked()).collect();
    let patterns = members::patterns(&manifests[0]);
    let members: Vec<Json> = links.iter().filter(|folder| matches(&patterns, folder)).map(|folder| json!(folder)).collect();
    let versions = compared(lock, kept);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut packages = Map::new();
    for manifest in manifests {
        let folder = manifest.folder.as_str();
        let asks = kept.contains_key(folder);
        let version = versions.get(folder).copied();
        let mut node = if asks { manifest.reduced(ask.development, version) } else { bare(manifest) };
        for section in DEVELOPMENT {
            if let Some(Json::Object(needs)) = node.get_mut(*section) {
                ask_for_any(needs, folder, lock);
            }
        }
        if folder.is_empty() && !members.is_empty() {
            node.insert("workspaces".to_owned(), members.clone().into());
        }
        packages.insert(folder.to_owned(), entry_of(&node));
        if folder.is_empty() {
            root_only(&mut node, manifest, lock, kept);
        }
        files.insert(manifest.path(), written(&node.into()));
        if !folder.is_empty() && folder != ask.project {
            files.extend(manifest.commands().into_iter().map(|command| (command, String::new())));
        }
    }
    for (key, is_optional) in kept.iter().filter(|(key, _)| !is_member(key)) {
        packages.insert((*key).to_owned(), package(&lock.packages[key], *is_optional));
    }
    let mut root = json!({ "lockfileVersion": 3, "requires": true, "packages": packages });
    if let Some(name) = manifests[0].name() {
        root["name"] = name.into();
    }
    root["version"] = "0.0.0".into();
    let name = sources.file(ask.lock).name.rsplit('/').next().unwrap_or_default().to_owned();
    files.insert(name, written(&root));
    if !settings.text.is_empty() {
        files.insert(".npmrc".to_owned(), settings.text.clone());
    }
    files.into_iter().collect()
}

/// What is left of the root where nothing of it is installed.
fn bare(manifest: &Manifest) -> Map<String, Json> {
    let mut node = Map::new();
    node.extend(manifest.name().map(|name| ("name".to_owned(), json!(name))));
    node.insert("version".to_owned(), json!("0.0.0"));
    node.insert("private".to_owned(), json!(true));
    node
}

/// A member's entry: what the lock repeats of its manifest.
fn entry_of(node: &Map<String, Json>) -> Json {
    let repeated = node.iter().filter(|(key, _)| !["private", "dependenciesMeta"].contains(&key.as_str()));
    repeated.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into()
}

fn package(entry: &Entry<'_>, is_optional: bool) -> Json {
    let mut node: Map<String, Json> = OF_ENTRIES.iter().filter_map(|key| Some(((*key).to_owned(), json(get(entry.node, key)?)))).collect();
    if is_optional && !flag(entry.node, "link") {
        node.insert("optional".to_owned(), json!(true));
    }
    node.into()
}

/// Asks for any version of what is a link, since all members have the same one. An address of a folder stays: npm compares it.
fn ask_for_any(needs: &mut Map<String, Json>, folder: &str, lock: &Lock<'_>) {
    for (name, spec) in needs {
        let is_link = lock.resolve(folder, name).is_some_and(|entry| flag(entry.node, "link"));
        if is_link && !spec.as_str().is_some_and(|spec| spec.contains(':') || spec.starts_with(['.', '/', '~'])) {
            *spec = json!("*");
        }
    }
}

/// The versions of members that packages by others ask for: npm compares those.
fn compared<'n>(lock: &Lock<'n>, kept: &Kept<'n>) -> BTreeMap<&'n str, &'n str> {
    let mut found = BTreeMap::new();
    for entry in kept.keys().filter(|key| !is_member(key)).map(|key| &lock.packages[key]) {
        for (name, _) in ["dependencies", "optionalDependencies", "peerDependencies"].iter().flat_map(|section| table(entry.node, section))
        {
            let linked = lock.resolve(entry.key, &name.name).and_then(Entry::linked);
            let member = linked.and_then(|folder| lock.packages.get(folder));
            found.extend(member.and_then(|member| Some((member.key, text(member.node, "version")?))));
        }
    }
    found
}

/// What stands in the root's manifest and nowhere in the lock: the overrides of what is installed, and what may run scripts.
fn root_only(node: &mut Map<String, Json>, manifest: &Manifest, lock: &Lock<'_>, kept: &Kept<'_>) {
    let names: BTreeSet<&str> = kept
        .keys()
        .filter(|key| !is_member(key))
        .flat_map(|key| [lock.packages[key].name(), text(lock.packages[key].node, "name").unwrap_or_default()])
        .collect();
    let about = |key: &str| names.contains(bare_name(key));
    if let Some(overrides) = get(&manifest.node, "overrides") {
        let kept: Map<String, Json> = entries(overrides)
            .iter()
            .filter(|(key, _)| about(&key.name))
            .map(|(key, value)| (key.name.clone(), spelled_out(json(value), &manifest.node)))
            .collect();
        if !kept.is_empty() {
            node.insert("overrides".to_owned(), kept.into());
        }
    }
    let allowed: Map<String, Json> = table(&manifest.node, "allowScripts")
        .iter()
        .filter(|(key, _)| about(&key.name))
        .map(|(key, value)| (key.name.clone(), json(value)))
        .collect();
    if !allowed.is_empty() {
        node.insert("allowScripts".to_owned(), allowed.into());
    }
}

/// The name in `name@version`.
fn bare_name(key: &str) -> &str {
    match key.char_indices().skip(1).find(|(_, c)| *c == '@') {
        Some((at, _)) => &key[..at],
        None => key,
    }
}

/// An override in which `$name` is what the root asks for under that name: the root's own dependencies may not be written.
fn spelled_out(value: Json, root: &Node) -> Json {
    match value {
        Json::String(spec) => {
            let named = spec.strip_prefix('$').and_then(|name| {
                DEVELOPMENT.iter().chain(&["peerDependencies"]).find_map(|section| as_text(get(get(root, section)?, name)?))
            });
            named.map_or_else(|| spec.as_str().into(), Into::into)
        }
        Json::Object(inner) => inner.into_iter().map(|(key, value)| (key, spelled_out(value, root))).collect::<Map<_, _>>().into(),
        other => other,
    }
}
