//! The syntax of yarn 1: keys with a colon, below them words in twos or a further list.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::node::codes;

/// What a lock holds of a package.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// What is asked for and gets it, each as `name@range`.
    pub(super) patterns: Vec<String>,
    pub(super) version: String,
    pub(super) resolved: Option<String>,
    pub(super) integrity: Option<String>,
    /// What it needs, by name.
    pub(super) dependencies: BTreeMap<String, String>,
    /// What it can do without.
    pub(super) optional: BTreeMap<String, String>,
    pub(super) place: Option<Place>,
}

/// The entries of a lock. `None` where it cannot be read; the sink then says where.
pub(super) fn read(text: &str, file: FileId, sink: &mut Sink) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = vec![];
    let (mut list, mut start) = (String::new(), 0);
    for line in text.split_inclusive('\n') {
        let place = Place { file, start, end: start + line.trim_end().len() };
        start += line.len();
        let line = line.trim_end();
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let depth = line.len() - content.len();
        let (is_head, content) = content.strip_suffix(':').map_or((false, content), |content| (true, content));
        let words = words(content);
        let taken = match (depth, is_head, entries.last_mut()) {
            (0, true, _) => words.map(|patterns| {
                entries.push(Entry { patterns, place: Some(place), ..Entry::default() });
                list.clear();
            }),
            (2, true, Some(_)) => {
                content.clone_into(&mut list);
                Some(())
            }
            (2, false, Some(entry)) => words.and_then(pair).map(|(key, value)| match key.as_str() {
                "version" => entry.version = value,
                "resolved" => entry.resolved = Some(value),
                "integrity" => entry.integrity = Some(value),
                _ => {}
            }),
            (4, false, Some(entry)) => words.and_then(pair).map(|(name, range)| match list.as_str() {
                "dependencies" => drop(entry.dependencies.insert(name, range)),
                "optionalDependencies" => drop(entry.optional.insert(name, range)),
                _ => {}
            }),
            _ => None,
        };
        if taken.is_none() {
            let found = Diagnostic::new(codes::BROKEN_NODE_LOCK, "this line of the lock of yarn cannot be read").at(place, "");
            sink.push(found.help("run `yarn install` and commit the lock; where a merge left marks in it, yarn takes them out itself"));
            return None;
        }
    }
    Some(entries)
}

/// The words of a line, with spaces or commas between, those in quotes without them.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut found, mut rest) = (vec![], line);
    while !rest.is_empty() {
        let length = if rest.starts_with('"') {
            let end = (1..rest.len()).find(|at| rest.as_bytes()[*at] == b'"' && rest.as_bytes()[at - 1] != b'\\')?;
            found.push(serde_json::from_str(&rest[..=end]).ok()?);
            end + 1
        } else {
            let end = rest.find([' ', ',']).unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
            end
        };
        rest = rest[length..].trim_start_matches([' ', ',']);
    }
    Some(found)
}

fn pair(words: Vec<String>) -> Option<(String, String)> {
    let mut words = words.into_iter();
    Some((words.next()?, words.next()?)).filter(|_| words.next().is_none())
}

/// The entries as a lock that yarn 1 reads.
pub(super) fn written(entries: &BTreeMap<String, (Vec<String>, &Entry)>) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = "# yarn lockfile v1\n".to_owned();
    for (patterns, entry) in entries.values() {
        let keys: Vec<String> = patterns.iter().map(|pattern| quoted(pattern)).collect();
        text.extend(["\n", &keys.join(", "), ":\n  version ", &quoted(&entry.version), "\n"]);
        for (key, value) in [("resolved", &entry.resolved), ("integrity", &entry.integrity)] {
            if let Some(value) = value {
                text.extend(["  ", key, " ", &quoted(value), "\n"]);
            }
        }
        for (key, list) in [("dependencies", &entry.dependencies), ("optionalDependencies", &entry.optional)] {
            if !list.is_empty() {
                text.extend(["  ", key, ":\n"]);
                for (name, range) in list {
                    text.extend(["    ", &quoted(name), " ", &quoted(range), "\n"]);
                }
            }
        }
    }
    text
}
