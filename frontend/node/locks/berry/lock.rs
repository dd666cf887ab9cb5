//! A lock of yarn 2 and newer as it is read: entries by what asks for them.

use std::collections::{BTreeMap, HashMap};

use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::node::codes;
use crate::yaml::Node;

use super::super::model::{Package, Source};
use super::super::tree::{as_text, entries, get, table, text};

/// A lock.
pub(super) struct Lock<'n> {
    pub(super) text: &'n str,
    pub(super) entries: Vec<Entry<'n>>,
    /// Entries by descriptor, as in `name@npm:^1.0.0`.
    pub(super) by: HashMap<&'n str, usize>,
    /// The workspaces, by folder.
    pub(super) workspaces: BTreeMap<&'n str, usize>,
    /// What replaces packages that yarn patches by itself: the descriptor, and the one that it is made of.
    builtin: HashMap<String, &'n str>,
}

/// What the lock holds of a package.
pub(super) struct Entry<'n> {
    pub(super) descriptors: Vec<&'n str>,
    pub(super) node: &'n Node,
    pub(super) place: Place,
}

impl<'n> Lock<'n> {
    /// What a lock holds, if it is of a version that is read.
    pub(super) fn read(document: &'n Node, text: &'n str, file: FileId, sink: &mut Sink) -> Option<Self> {
        let metadata = get(document, "__metadata");
        let version: Option<u32> = metadata.and_then(|metadata| super::super::tree::text(metadata, "version")?.parse().ok());
        if !version.is_some_and(|version| (6..=10).contains(&version)) {
            let said = version.map_or_else(|| "no version".to_owned(), |version| format!("version {version}"));
            let found = Diagnostic::new(codes::NODE_LOCK_VERSION, format!("this lock of yarn has {said}, and 6 to 10 are read"));
            let place = metadata.map_or(Place { file, start: 0, end: 0 }, |metadata| metadata.place);
            sink.push(found.at(place, "").help("run `yarn install` with yarn 3 or 4, and commit the lock"));
            return None;
        }
        let mut lock = Self { text, entries: vec![], by: HashMap::new(), workspaces: BTreeMap::new(), builtin: HashMap::new() };
        for (key, node) in entries(document).iter().filter(|(key, _)| key.name != "__metadata") {
            let number = lock.entries.len();
            let descriptors: Vec<&str> = key.name.split(", ").collect();
            for descriptor in &descriptors {
                lock.by.insert(descriptor, number);
                if let Some((_, inner)) = descriptor.split_once("@patch:").filter(|(_, patch)| patch.contains("#optional!builtin")) {
                    lock.builtin.insert(decoded(inner.split('#').next().unwrap_or_default()), descriptor);
                }
            }
            if let Some((_, folder)) =
                super::super::tree::text(node, "resolution").and_then(|resolution| resolution.split_once("@workspace:"))
            {
                lock.workspaces.insert(if folder == "." { "" } else { folder }, number);
            }
            lock.entries.push(Entry { descriptors, node, place: key.place });
        }
        Some(lock)
    }

    /// The descriptors that a name with its range leads to: the one that is asked for, and those that it is made of.
    pub(super) fn resolve(&self, name: &str, range: &str, resolutions: &[(String, String)]) -> Vec<&'n str> {
        let known = |range: &str| {
            let all = [format!("{name}@{range}"), format!("{name}@npm:{range}")];
            all.iter().find_map(|descriptor| self.by.get_key_value(descriptor.as_str()).map(|(known, _)| *known))
        };
        let replaced = resolutions.iter().find(|(target, _)| target == name).and_then(|(_, to)| known(to));
        let Some(mut next) = replaced.or_else(|| known(range)) else { return vec![] };
        let mut found = vec![next];
        found.extend(self.builtin.get(next).copied());
        // A patch is made of the package that it is for.
        while let Some((_, patch)) = next.split_once("@patch:") {
            let inner = decoded(patch.split('#').next().unwrap_or_default());
            match self.by.get_key_value(inner.as_str()) {
                Some((inner, _)) => next = inner,
                None => break,
            }
            found.push(next);
        }
        found
    }
}

/// A text in which `%3A` and the like stand for a character.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(code) = part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()) {
            found.push(char::from(code));
            found.push_str(&part[2..]);
        } else {
            found.push('%');
            found.push_str(part);
        }
    }
    found
}

impl<'n> Entry<'n> {
    /// The folder of a workspace.
    pub(super) fn folder(&self) -> Option<&'n str> {
        let (_, folder) = text(self.node, "resolution")?.split_once("@workspace:")?;
        Some(if folder == "." { "" } else { folder })
    }

    /// What it needs, each with its range and whether it can do without.
    pub(super) fn needs(&self) -> impl Iterator<Item = (&'n str, &'n str, bool, Place)> {
        let node = self.node;
        table(node, "dependencies").iter().map(move |(key, range)| {
            let meta = get(node, "dependenciesMeta").and_then(|meta| get(meta, &key.name));
            let is_optional = meta.is_some_and(|meta| super::super::tree::flag(meta, "optional"));
            (key.name.as_str(), as_text(range).unwrap_or_default(), is_optional, key.place)
        })
    }

    /// The package; `None` for a workspace.
    pub(super) fn package(&self, is_optional: bool) -> Option<Package> {
        let resolution = text(self.node, "resolution")?;
        let (name, from) = split(resolution);
        if from.starts_with("workspace:") {
            return None;
        }
        let condition = |what: &str| conditions(text(self.node, "conditions").unwrap_or_default(), what);
        Some(Package {
            name: name.to_owned(),
            version: text(self.node, "version").map(str::to_owned),
            integrity: text(self.node, "checksum").map(str::to_owned),
            from: source(from),
            script: None,
            is_optional,
            os: condition("os"),
            cpu: condition("cpu"),
            libc: condition("libc"),
            place: self.place,
        })
    }
}

/// The name and the rest of `name@rest`.
pub(super) fn split(descriptor: &str) -> (&str, &str) {
    match descriptor.char_indices().skip(1).find(|(_, c)| *c == '@') {
        Some((at, _)) => (&descriptor[..at], &descriptor[at + 1..]),
        None => (descriptor, ""),
    }
}

/// The values of one kind in `os=linux & (cpu=x64 | cpu=arm64)`.
fn conditions(text: &str, what: &str) -> Vec<String> {
    let words = text.split(['&', '|', '(', ')', ' ']);
    words.filter_map(|word| word.split_once('=').filter(|(key, _)| *key == what).map(|(_, value)| value.to_owned())).collect()
}

fn source(from: &str) -> Source {
    if from.starts_with("npm:") {
        let archive = from.split_once("::__archiveUrl=").map(|(_, url)| decoded(url));
        return archive.map_or(Source::Registry(None), |url| Source::Registry(super::super::npm::registry(&url)));
    }
    if let Some(patch) = from.strip_prefix("patch:") {
        return source(split(&decoded(patch.split('#').next().unwrap_or_default())).1);
    }
    if let Some(path) = from.strip_prefix("file:") {
        let path = path.split(['#', ':']).next().unwrap_or_default().trim_start_matches("./").to_owned();
        return Source::at(path);
    }
    match from.split_once("#commit=") {
        Some((url, commit)) => Source::Git { url: url.to_owned(), commit: Some(commit.split('&').next().unwrap_or_default().to_owned()) },
        None => Source::Tarball(from.to_owned()),
    }
}
