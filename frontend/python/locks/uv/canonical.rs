//! Writes the canonical uv.lock: what a selection reaches, and of that only what decides what is installed.
//! Measured with uv 0.13.8: `uv sync --frozen` needs neither `[options]`, the requirements nor the fork markers of the head;
//! it does look an extra up in `provides-extras` and an empty group in `requires-dev`.

use std::collections::BTreeSet;

use crate::python::locks::Torch;

use super::item::{Item, Table, document, get, inline};
use super::read::{Edge, Entry, UvLock};
use super::set::wheel;
use super::torch::leads_to_cuda;
use super::walk::{Part, Reach, Root};

/// What the resolver remembers of its own input; installing reads none of it.
const RESOLVER: &[&str] = &["options", "resolution-markers", "required-markers", "manifest"];

/// The same within `[manifest]`.
const MANIFEST: &[&str] = &["members", "requirements", "dependency-groups", "constraints", "overrides", "excludes", "dependency-metadata"];

/// The version of every folder: what it says of itself changes nothing about what is installed.
const NO_VERSION: &str = "0";

struct Writer<'a> {
    lock: &'a UvLock,
    root: &'a Root<'a>,
    reach: &'a Reach,
    torch: Torch,
}

/// The canonical text.
pub(super) fn lock(lock: &UvLock, root: &Root<'_>, reach: &Reach, torch: Torch) -> String {
    let writer = Writer { lock, root, reach, torch };
    let first = ["version", "revision", "requires-python"];
    let mut text: Table = first.iter().filter_map(|key| Some(((*key).to_owned(), get(&lock.head, key)?.clone()))).collect();
    let rest = lock.head.iter().filter(|(key, _)| !first.contains(&key.as_str()) && !RESOLVER.contains(&key.as_str()));
    text.extend(rest.cloned());
    text.extend(writer.manifest());
    let mut entries: Vec<_> = reach.0.iter().map(|(index, parts)| (&lock.entries[*index], *index, parts)).collect();
    entries.sort_by_key(|(entry, ..)| (&entry.name, &entry.version, inline(&entry.source_item)));
    let packages = entries.into_iter().map(|(entry, index, parts)| Item::Table(writer.package(entry, index == root.index, parts)));
    text.push(("package".to_owned(), Item::List(packages.collect())));
    document(&text)
}

impl Writer<'_> {
    fn manifest(&self) -> Option<(String, Item)> {
        let Item::Table(whole) = get(&self.lock.head, "manifest")? else { return None };
        let folders = self.reach.0.keys().map(|i| &self.lock.entries[*i]).filter(|e| e.is_folder());
        let folders: BTreeSet<_> = folders.map(|e| e.name.as_str()).collect();
        let members = get(whole, "members").and_then(Item::as_list).unwrap_or_default();
        let mut members: Vec<_> = members.iter().filter_map(Item::as_text).filter(|name| folders.contains(name)).collect();
        members.sort_unstable();
        let mut manifest: Table = vec![];
        if !members.is_empty() {
            manifest.push(("members".to_owned(), Item::texts(members)));
        }
        manifest.extend(whole.iter().filter(|(key, _)| !MANIFEST.contains(&key.as_str())).cloned());
        (!manifest.is_empty()).then(|| ("manifest".to_owned(), Item::Table(manifest)))
    }

    fn package(&self, entry: &Entry, is_root: bool, parts: &BTreeSet<Part>) -> Table {
        let mut table: Table = vec![("name".to_owned(), Item::Text(entry.name.clone()))];
        if let Some(version) = &entry.version {
            let version = if entry.is_folder() { NO_VERSION } else { version };
            table.push(("version".to_owned(), Item::Text(version.to_owned())));
        }
        table.push(("source".to_owned(), entry.source_item.clone()));
        table.extend(entry.rest.iter().cloned());
        let mut extras: Table = vec![];
        let mut groups: Table = vec![];
        for part in parts {
            let edges = self.edges(entry, entry.edges_of(part));
            match part {
                Part::Base if edges.is_empty() => {}
                Part::Base => table.push(("dependencies".to_owned(), Item::List(edges))),
                Part::Extra(extra) if entry.extras.contains_key(extra) => extras.push((extra.clone(), Item::List(edges))),
                Part::Group(group) if entry.groups.contains_key(group) => groups.push((group.clone(), Item::List(edges))),
                Part::Extra(_) | Part::Group(_) => {}
            }
        }
        if let Some(sdist) = &entry.sdist {
            table.push(("sdist".to_owned(), archive(sdist)));
        }
        let wheels: Vec<_> = entry.wheels.iter().filter(|item| wheel(item).is_for_linux()).map(archive).collect();
        if !wheels.is_empty() {
            table.push(("wheels".to_owned(), sorted(wheels)));
        }
        let metadata = if is_root { self.metadata(entry) } else { vec![] };
        for (key, below) in [("optional-dependencies", extras), ("dev-dependencies", groups), ("metadata", metadata)] {
            if !below.is_empty() {
                table.push((key.to_owned(), Item::Table(below)));
            }
        }
        table
    }

    /// The names that uv looks a selected extra or group up in.
    fn metadata(&self, entry: &Entry) -> Table {
        let mut metadata: Table = vec![];
        if entry.metadata.is_some() && !self.root.extras.is_empty() {
            metadata.push(("provides-extras".to_owned(), Item::texts(self.root.extras.iter().cloned())));
        }
        let empty = self.root.groups.iter().filter(|g| !entry.groups.contains_key(*g));
        let empty: Table = empty.map(|g| (g.clone(), Item::List(vec![]))).collect();
        if !empty.is_empty() {
            metadata.push(("requires-dev".to_owned(), Item::Table(empty)));
        }
        metadata
    }

    fn edges(&self, from: &Entry, edges: &[Edge]) -> Vec<Item> {
        let kept = edges.iter().filter(|e| self.root.may_hold(e)).filter_map(|edge| {
            let targets = self.lock.targets(edge).into_iter().map(|t| &self.lock.entries[t]);
            let mut targets = targets.filter(|to| self.torch == Torch::Keep || !leads_to_cuda(from, to)).peekable();
            targets.peek()?;
            Some(dependency(edge, targets.any(Entry::is_folder)))
        });
        let mut kept: Vec<_> = kept.collect();
        kept.sort_by_cached_key(inline);
        kept
    }
}

fn dependency(edge: &Edge, on_folder: bool) -> Item {
    let Item::Table(mut table) = edge.item.clone() else { return edge.item.clone() };
    if let (true, Some((_, version))) = (on_folder, table.iter_mut().find(|(key, _)| key == "version")) {
        *version = Item::Text(NO_VERSION.to_owned());
    }
    table.sort_by_key(|(key, _)| ["name", "version", "source", "extra", "marker"].iter().position(|k| k == key).unwrap_or(usize::MAX));
    Item::Table(table)
}

/// An archive is what its hash says; when it was uploaded and how large it is are an index's chatter.
fn archive(item: &Item) -> Item {
    let Item::Table(table) = item else { return item.clone() };
    let kept = table.iter().filter(|(key, _)| !matches!(key.as_str(), "upload-time" | "upload_time" | "size"));
    let mut kept: Table = kept.cloned().collect();
    kept.sort_by_key(|(key, _)| ["url", "path", "filename"].iter().position(|k| k == key).unwrap_or(usize::MAX));
    Item::Table(kept)
}

fn sorted(mut items: Vec<Item>) -> Item {
    items.sort_by_cached_key(inline);
    Item::List(items)
}
