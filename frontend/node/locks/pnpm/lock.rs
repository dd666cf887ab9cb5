//! A lock of pnpm as it is read: its importers, and its packages by key.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::diag::{Diagnostic, FileId, Place, Sink, nearest};
use crate::node::codes;
use crate::yaml::{Key, Node};

use super::super::model::{Package, Source};
use super::super::npm::registry;
use super::super::tree::{entries, get, table, text, texts, truth};

/// The form of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Of pnpm 8: keys begin with a slash, and all that is known of a package stands under one.
    Six,
    /// Of pnpm 9 and newer: what a package is stands apart from what it was given.
    Nine,
}

/// A lock.
pub(super) struct Lock<'n> {
    pub(super) form: Form,
    pub(super) document: &'n Node,
    file: FileId,
    /// What the folders of the project ask for, by path; the lock's own folder is the empty path.
    pub(super) importers: BTreeMap<&'n str, (Place, &'n Node)>,
    /// What is known of packages, by name and version.
    pub(super) packages: HashMap<&'n str, &'n (Key, Node)>,
    /// What packages were given, by key.
    pub(super) snapshots: HashMap<&'n str, &'n (Key, Node)>,
}

/// Where a reference leads.
pub(super) enum Target<'n> {
    /// To a package, by its key.
    Package(&'n str),
    /// To a folder, as a path from whoever refers to it.
    Folder(&'n str),
    /// To nothing that is installed from this lock, as a version of Node.
    Nothing,
    /// To something that the lock does not hold, by this key.
    Hole(String),
}

impl<'n> Lock<'n> {
    /// What a lock holds, if it is of a version that is read.
    pub(super) fn read(document: &'n Node, file: FileId, sink: &mut Sink) -> Option<Self> {
        let start = Place { file, start: 0, end: 0 };
        let version = get(document, "lockfileVersion");
        let said = text(document, "lockfileVersion").unwrap_or("none");
        let form = match said.split('.').next() {
            Some("6") => Form::Six,
            Some("9") => Form::Nine,
            _ => {
                let found =
                    Diagnostic::new(codes::NODE_LOCK_VERSION, format!("this lock of pnpm is of version {said}, and 6.0 and 9.0 are read"));
                let place = version.map_or(start, |version| version.place);
                sink.push(found.at(place, "").help("run `pnpm install --lockfile-only` with pnpm 9 or newer, and commit the lock"));
                return None;
            }
        };
        let importers = match get(document, "importers") {
            Some(list) => entries(list).iter().map(|(key, node)| (folder(&key.name), (key.place, node))).collect(),
            None => BTreeMap::from([("", (start, document))]),
        };
        let index = |name: &str| table(document, name).iter().map(|entry| (entry.0.name.as_str(), entry)).collect();
        let packages: HashMap<_, _> = index("packages");
        let snapshots = if form == Form::Six { packages.clone() } else { index("snapshots") };
        Some(Self { form, document, file, importers, packages, snapshots })
    }

    /// The importer of a folder.
    pub(super) fn member(&self, folder: &str, sink: &mut Sink) -> Option<&'n str> {
        if let Some((known, _)) = self.importers.get_key_value(folder) {
            return Some(known);
        }
        let found = Diagnostic::new(codes::NO_SUCH_MEMBER, format!("the lock of pnpm knows no folder `{folder}`"));
        let near = nearest(folder, self.importers.keys().copied()).map(|near| format!("did you mean `{near}`?"));
        let known = self.importers.keys().map(|key| format!("`{}`", if key.is_empty() { "." } else { key })).collect::<Vec<_>>();
        let found = found.at(Place { file: self.file, start: 0, end: 0 }, "");
        sink.push(found.help(near.unwrap_or_else(|| format!("it knows {}", known.join(", ")))));
        None
    }

    /// Where a name with its reference leads.
    pub(super) fn resolve(&self, name: &str, reference: &'n str) -> Target<'n> {
        if let Some(path) = reference.strip_prefix("link:") {
            return Target::Folder(path);
        }
        if reference.starts_with("runtime:") {
            return Target::Nothing;
        }
        let key = self.key(name, reference);
        match self.snapshots.get_key_value(key.as_ref()) {
            Some((key, _)) => Target::Package(key),
            None => Target::Hole(key.into_owned()),
        }
    }

    /// The key that a reference stands for: it is one itself, or the version of that name.
    fn key(&self, name: &str, reference: &'n str) -> Cow<'n, str> {
        let before = |a: Option<usize>, b: Option<usize>| a.is_some_and(|a| b.is_none_or(|b| a < b));
        match self.form {
            Form::Nine => {
                let at = reference.find('@');
                let is_key = reference.starts_with('@') || (before(at, reference.find(':')) && before(at, reference.find('(')));
                if is_key { reference.into() } else { format!("{name}@{reference}").into() }
            }
            Form::Six => {
                let is_key = reference.starts_with("file:") || before(reference.find('/'), reference.find('('));
                if is_key { reference.into() } else { format!("/{name}@{reference}").into() }
            }
        }
    }

    /// What is known of a package, whatever it was given.
    pub(super) fn about(&self, key: &str) -> Option<&'n (Key, Node)> {
        match self.form {
            Form::Six => self.packages.get(key).copied(),
            Form::Nine => self.packages.get(without_peers(key)).copied(),
        }
    }

    /// A package.
    pub(super) fn package(&self, key: &str, is_optional: bool) -> Package {
        let about = self.about(key);
        let plain = without_peers(key).trim_start_matches('/');
        let (name, version) = match plain.char_indices().skip(1).find(|(_, c)| *c == '@') {
            Some((at, _)) => (&plain[..at], &plain[at + 1..]),
            None => (plain, ""),
        };
        let node = about.map(|(_, node)| node);
        let said = |field: &str| node.and_then(|node| text(node, field));
        let list = |field: &str| node.map(|node| texts(node, field)).unwrap_or_default();
        let own = Some(version).filter(|version| version.starts_with(|c: char| c.is_ascii_digit()));
        let resolution = node.and_then(|node| get(node, "resolution"));
        Package {
            name: said("name").unwrap_or(name).to_owned(),
            version: said("version").or(own).map(str::to_owned),
            integrity: resolution.and_then(|resolution| text(resolution, "integrity")).map(str::to_owned),
            from: resolution.map_or(Source::Registry(None), source),
            script: (self.form == Form::Six).then(|| node.and_then(|node| truth(get(node, "requiresBuild")?)) == Some(true)),
            is_optional,
            os: list("os"),
            cpu: list("cpu"),
            libc: list("libc"),
            place: about.map_or(Place { file: self.file, start: 0, end: 0 }, |(key, _)| key.place),
        }
    }

    /// Whether an override of the project decides what is installed under a name.
    pub(super) fn is_overridden(&self, name: &str) -> bool {
        table(self.document, "overrides").iter().any(|(key, _)| overridden(&key.name) == name)
    }
}

/// The name of the package that an override is about: the last in `a@1>b@2`.
pub(super) fn overridden(key: &str) -> &str {
    let last = key.rsplit('>').next().unwrap_or(key);
    last.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(last, |(at, _)| &last[..at])
}

/// A key without what the package was given: that stands in parentheses behind it.
pub(super) fn without_peers(key: &str) -> &str {
    key.find('(').map_or(key, |at| &key[..at])
}

/// The path of an importer; the lock's own folder is the empty one.
fn folder(key: &str) -> &str {
    if key == "." { "" } else { key }
}

fn source(resolution: &Node) -> Source {
    let said = |field: &str| text(resolution, field).map(str::to_owned);
    if let Some(folder) = said("directory") {
        return Source::Folder(folder);
    }
    if let Some(url) = said("repo") {
        return Source::Git { url, commit: said("commit") };
    }
    match said("tarball") {
        None => Source::Registry(None),
        Some(url) => match url.strip_prefix("file:") {
            Some(path) => Source::Archive(path.to_owned()),
            None => registry(&url).map_or(Source::Tarball(url), |base| Source::Registry(Some(base))),
        },
    }
}
