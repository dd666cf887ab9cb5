//! Reads uv.lock into packages and the edges between them, each with its place.
//! Any revision of version 1 is taken: what is not known here is carried along as it is.

use std::collections::BTreeMap;

use toml_span::Value;

use crate::dates::undated;
use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::python::codes;

use super::item::{Item, Table, get};
use crate::python::pep::{Marker, normalized};
use crate::python::toml::{self, Document};

/// A uv.lock that was read.
#[derive(Clone, Debug)]
pub struct UvLock {
    /// Everything before the packages.
    pub(super) head: Table,
    pub(super) entries: Vec<Entry>,
    by_name: BTreeMap<String, Vec<usize>>,
}

/// One `[[package]]`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Missing where the version is computed when the package is built.
    pub(super) version: Option<String>,
    pub(super) source: Source,
    pub(super) source_item: Item,
    /// Where the lock says so.
    pub(super) place: Place,
    pub(super) edges: Vec<Edge>,
    pub(super) extras: BTreeMap<String, Vec<Edge>>,
    pub(super) groups: BTreeMap<String, Vec<Edge>>,
    pub(super) sdist: Option<Item>,
    pub(super) wheels: Vec<Item>,
    /// What the package's own files asked for when it was locked; newer locks may leave it out.
    pub(super) metadata: Option<Item>,
    /// Keys that mean nothing here, kept.
    pub(super) rest: Table,
}

/// Where a package comes from, as uv says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// An index, by its URL.
    Registry(String),
    /// A repository, and the commit where the lock names one.
    Git {
        /// Without the reference, the subdirectory and the commit.
        url: String,
        /// The commit.
        rev: Option<String>,
    },
    /// An archive to download.
    Url(String),
    /// An archive in or beside the project, relative to the lock's folder.
    Path(String),
    /// A folder that is linked into the environment, unless `--no-editable` builds it.
    Editable(String),
    /// A folder that is built.
    Directory(String),
    /// A folder that only has dependencies.
    Virtual(String),
}

/// One dependency of a package.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) extras: Vec<String>,
    pub(super) marker: Option<Marker>,
    source: Option<Item>,
    /// All of it, as it is.
    pub(super) item: Item,
    pub(super) place: Place,
}

/// Reads it. `None` when it cannot be read or is of another version; the sink says why.
pub fn parse(text: &str, file: FileId, sink: &mut Sink) -> Option<UvLock> {
    let dateless = undated(text);
    let document = toml::parse(&dateless, "uv.lock", file).map_err(|found| sink.push(found.help("run `uv lock` to write it anew"))).ok()?;
    let version = document.pointer("/version");
    let number = version.and_then(Value::as_integer);
    if number != Some(1) {
        let said = number.map_or("no version".to_owned(), |n| format!("version {n}"));
        let found = Diagnostic::new(codes::LOCK_VERSION, format!("uv.lock has {said}, and this frontend knows version 1"));
        let at = version.map_or(Place { file, start: 0, end: 0 }, |v| toml::place(file, v.span));
        sink.push(found.at(at, "").help("use a newer frontend image, or write the lock with an older uv"));
        return None;
    }
    let mut entries = vec![];
    for value in document.pointer("/package").and_then(Value::as_array).into_iter().flatten() {
        if let Some(entry) = entry(value, file) {
            entries.push(entry);
        } else {
            let found = Diagnostic::new(codes::UNREADABLE_PACKAGE, "this package has no name, no source, or a source of an unknown kind");
            sink.push(
                found.at(toml::place(file, value.span), "").help("run `uv lock` to write uv.lock anew, or use a newer frontend image"),
            );
            return None;
        }
    }
    let mut by_name = BTreeMap::<String, Vec<usize>>::new();
    for (index, entry) in entries.iter().enumerate() {
        by_name.entry(entry.name.clone()).or_default().push(index);
    }
    let rest = document.as_table()?.iter().filter(|(key, _)| key.name != "package");
    let head = rest.map(|(key, value)| (key.name.to_string(), Item::from(value))).collect();
    Some(UvLock { head, entries, by_name })
}

fn entry(value: &Value<'_>, file: FileId) -> Option<Entry> {
    const KNOWN: &[&str] = &[
        "name",
        "version",
        "source",
        "dependencies",
        "optional-dependencies",
        "dev-dependencies",
        "dependency-groups",
        "sdist",
        "wheels",
        "metadata",
        "default-groups",
    ];
    let item = |key: &str| value.as_table()?.get(key).map(Item::from);
    let text = |key: &str| value.as_table()?.get(key)?.as_str().map(str::to_owned);
    let source_item = item("source")?;
    let rest = value.as_table()?.iter().filter(|(key, _)| !KNOWN.contains(&key.name.as_ref()));
    Some(Entry {
        name: text("name")?,
        version: text("version"),
        source: source(&source_item)?,
        source_item,
        place: value.pointer("/source").map_or(Place { file, start: 0, end: 0 }, |s| toml::place(file, s.span)),
        edges: value.pointer("/dependencies").map_or(Some(vec![]), |v| edges(v, file))?,
        extras: edge_lists(value.pointer("/optional-dependencies"), file)?,
        // uv reads the newer name as well, in both places.
        groups: edge_lists(value.pointer("/dev-dependencies").or_else(|| value.pointer("/dependency-groups")), file)?,
        sdist: item("sdist"),
        wheels: if let Some(Item::List(wheels)) = item("wheels") { wheels } else { vec![] },
        metadata: item("metadata"),
        rest: rest.map(|(key, value)| (key.name.to_string(), Item::from(value))).collect(),
    })
}

fn source(item: &Item) -> Option<Source> {
    let text = |key: &str| item.text(key).map(str::to_owned);
    if let Some(git) = item.text("git") {
        let (rest, rev) = git.split_once('#').map_or((git, None), |(url, rev)| (url, Some(rev.to_owned())));
        // Only the commit says what is installed; of the query uv takes whatever there is.
        let is_commit = |rev: &String| rev.len() >= 40 && rev.chars().all(|c| c.is_ascii_hexdigit());
        rev.as_ref().filter(|rev| is_commit(rev))?;
        return Some(Source::Git { url: rest.split('?').next().unwrap_or(rest).to_owned(), rev });
    }
    text("registry")
        .map(Source::Registry)
        .or_else(|| text("url").map(Source::Url))
        .or_else(|| text("path").map(Source::Path))
        .or_else(|| text("editable").map(Source::Editable))
        .or_else(|| text("directory").map(Source::Directory))
        .or_else(|| text("virtual").map(Source::Virtual))
}

fn edge_lists(value: Option<&Value<'_>>, file: FileId) -> Option<BTreeMap<String, Vec<Edge>>> {
    let table = value.and_then(Value::as_table);
    table.into_iter().flatten().map(|(key, list)| Some((key.name.to_string(), edges(list, file)?))).collect()
}

fn edges(value: &Value<'_>, file: FileId) -> Option<Vec<Edge>> {
    let edge = |value: &Value<'_>| {
        let item = Item::from(value);
        // Older locks name a single extra without a list.
        let extras = match item.get("extra") {
            Some(Item::Text(one)) => vec![one.clone()],
            other => other.and_then(Item::as_list).unwrap_or_default().iter().filter_map(Item::as_text).map(str::to_owned).collect(),
        };
        Some(Edge {
            name: item.text("name")?.to_owned(),
            version: item.text("version").map(str::to_owned),
            extras,
            marker: item.text("marker").map(Marker::read),
            source: item.get("source").cloned(),
            item,
            place: toml::place(file, value.span),
        })
    };
    value.as_array()?.iter().map(edge).collect()
}

impl Entry {
    /// Whether it is a folder of the user's, whose version says nothing about what is installed.
    pub(super) fn is_folder(&self) -> bool {
        matches!(self.source, Source::Editable(_) | Source::Directory(_) | Source::Virtual(_))
    }

    /// The extras it offers, as far as the lock says.
    pub(super) fn offered_extras(&self) -> Vec<String> {
        let listed = self.metadata.as_ref().and_then(|m| m.get("provides-extras")).and_then(Item::as_list).unwrap_or_default();
        let mut names: Vec<_> = listed.iter().filter_map(Item::as_text).map(str::to_owned).chain(self.extras.keys().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// What each dependency group asked for when it was locked.
    pub(super) fn locked_groups(&self) -> Option<&Item> {
        let metadata = self.metadata.as_ref()?;
        metadata.get("requires-dev").or_else(|| metadata.get("dependency-groups"))
    }

    /// The dependency groups it has, as far as the lock says; those without a member included.
    pub(super) fn offered_groups(&self) -> Vec<String> {
        let mut names: Vec<_> = self.groups.keys().cloned().collect();
        if let Some(Item::Table(listed)) = self.locked_groups() {
            names.extend(listed.iter().map(|(name, _)| name.clone()));
        }
        names.sort();
        names.dedup();
        names
    }
}

impl UvLock {
    /// Takes in the extras that a project declares: locks by uv before 0.6 do not name those that bring no package.
    pub fn declare_extras(&mut self, package: &str, project: &Document) {
        let has_all = get(&self.head, "revision").is_some();
        let Some(index) = self.folder(&normalized(package)).filter(|_| !has_all) else { return };
        let declared = project.root().pointer("/project/optional-dependencies").and_then(Value::as_table);
        for (key, _) in declared.into_iter().flatten() {
            self.entries[index].extras.entry(normalized(&key.name)).or_default();
        }
    }

    /// The folders with this name: one, unless the lock is odd.
    pub(super) fn folder(&self, name: &str) -> Option<usize> {
        self.by_name.get(name)?.iter().copied().find(|i| self.entries[*i].is_folder())
    }

    /// The packages that an edge can mean: one, unless the lock is odd.
    pub(super) fn targets(&self, edge: &Edge) -> Vec<usize> {
        let fits = |entry: &Entry| {
            (edge.version.is_none() || entry.version.is_none() || edge.version == entry.version)
                && edge.source.as_ref().is_none_or(|s| *s == entry.source_item)
        };
        let named = self.by_name.get(&edge.name).map(Vec::as_slice).unwrap_or_default();
        named.iter().copied().filter(|i| fits(&self.entries[*i])).collect()
    }
}
