//! Whether the lock still says what pyproject.toml asks for. uv's `--frozen` does not look, and installs what is locked.
//! Only what can be compared for certain is: a false alarm would send people to `uv lock` for nothing.

use std::collections::{BTreeMap, BTreeSet};

use toml_span::Value;

use crate::diag::{Diagnostic, FileId, Place};

use super::marker;
use super::normalized;
use super::read::{Entry, UvLock};
use super::requirement::{Requirement, clauses};
use super::toml::{Item, get};
use super::walk::Part;

/// What is asked for by one part of the project, by name.
#[derive(Debug, Default)]
struct Wanted {
    requirements: BTreeMap<String, Vec<(Requirement, Place)>>,
    /// The list they stand in.
    place: Option<Place>,
    /// Whether some of it could not be read, so that a name missing here says nothing.
    is_open: bool,
}

/// What the lock says was asked for.
type Locked<'a> = BTreeMap<String, Vec<&'a Item>>;

/// Says where the project asks for something else than was locked. `project_text` is the package's own pyproject.toml, in a
/// workspace the member's; there is nothing to say when it is another's, or when the package is not in the lock.
#[must_use]
pub fn stale(lock: &UvLock, project_text: &str, project_file: FileId, package: &str) -> Vec<Diagnostic> {
    let package = normalized(package);
    let (Some(index), Ok(project)) = (lock.folder(&package), toml_span::parse(project_text)) else { return vec![] };
    if project.pointer("/project/name").and_then(Value::as_str).map(normalized) != Some(package.clone()) {
        return vec![];
    }
    let entry = &lock.entries[index];
    let wanted = wanted(&project, project_file, &package);
    let mut found = vec![];
    for (part, wanted) in &wanted {
        match locked(entry, part) {
            Some(locked) => compare(part, wanted, &locked, &package, &mut found),
            None => compare_edges(lock, entry, part, wanted, &mut found),
        }
    }
    found
}

fn wanted(project: &Value<'_>, file: FileId, package: &str) -> BTreeMap<Part, Wanted> {
    let mut all = BTreeMap::new();
    let dynamic = project.pointer("/project/dynamic").and_then(Value::as_array);
    let is_dynamic = |key: &str| dynamic.is_some_and(|list| list.iter().any(|v| v.as_str() == Some(key)));
    if !is_dynamic("dependencies") && project.pointer("/project").is_some() {
        let list = project.pointer("/project/dependencies");
        all.insert(Part::Base, list.map_or_else(Wanted::default, |l| read(l, file)));
    }
    if !is_dynamic("optional-dependencies") {
        for (key, list) in project.pointer("/project/optional-dependencies").and_then(Value::as_table).into_iter().flatten() {
            let mut wanted = read(list, file);
            // uv may write `all = ["project[a,b]"]` out.
            wanted.is_open |= wanted.requirements.remove(package).is_some();
            all.insert(Part::Extra(normalized(&key.name)), wanted);
        }
    }
    let groups = project.pointer("/dependency-groups").and_then(Value::as_table);
    for (key, _) in groups.into_iter().flatten() {
        let mut wanted = Wanted::default();
        group(project, &normalized(&key.name), file, &mut BTreeSet::new(), &mut wanted);
        all.insert(Part::Group(normalized(&key.name)), wanted);
    }
    if let Some(list) = project.pointer("/tool/uv/dev-dependencies") {
        let dev = all.entry(Part::Group("dev".to_owned())).or_default();
        for (name, more) in read(list, file).requirements {
            dev.requirements.entry(name).or_default().extend(more);
        }
    }
    all
}

/// A group with the groups that it includes.
fn group(project: &Value<'_>, name: &str, file: FileId, seen: &mut BTreeSet<String>, wanted: &mut Wanted) {
    if !seen.insert(name.to_owned()) {
        return;
    }
    let groups = project.pointer("/dependency-groups").and_then(Value::as_table);
    let Some((_, list)) = groups.into_iter().flatten().find(|(key, _)| normalized(&key.name) == name) else { return };
    let own = read(list, file);
    wanted.place = wanted.place.or(own.place);
    wanted.is_open |= own.is_open;
    for (name, more) in own.requirements {
        wanted.requirements.entry(name).or_default().extend(more);
    }
    for included in list.as_array().into_iter().flatten().filter_map(|v| v.pointer("/include-group").and_then(Value::as_str)) {
        group(project, &normalized(included), file, seen, wanted);
    }
}

fn read(list: &Value<'_>, file: FileId) -> Wanted {
    let place = |v: &Value<'_>| Place { file, start: v.span.start, end: v.span.end };
    let mut wanted = Wanted { place: Some(place(list)), ..Wanted::default() };
    for value in list.as_array().into_iter().flatten() {
        match value.as_str().map(Requirement::parse) {
            Some(Some(requirement)) => wanted.requirements.entry(requirement.name.clone()).or_default().push((requirement, place(value))),
            Some(None) => wanted.is_open = true,
            None => wanted.is_open |= value.pointer("/include-group").is_none(),
        }
    }
    wanted
}

/// What the lock's metadata says of a part. `None` where the lock has no metadata.
fn locked<'a>(entry: &'a Entry, part: &Part) -> Option<Locked<'a>> {
    let metadata = entry.metadata.as_ref()?;
    let list = match part {
        Part::Group(group) => metadata.get("requires-dev").and_then(|table| table.get(group)),
        Part::Base | Part::Extra(_) => metadata.get("requires-dist"),
    };
    let mut all = Locked::new();
    for item in list.and_then(Item::as_list).unwrap_or_default() {
        let extras = item.text("marker").map(marker::extras).unwrap_or_default();
        let here = match part {
            Part::Base => extras.is_empty(),
            Part::Extra(extra) => extras.iter().any(|e| normalized(e) == *extra),
            Part::Group(_) => true,
        };
        if let (true, Some(name)) = (here, item.text("name")) {
            all.entry(name.to_owned()).or_default().push(item);
        }
    }
    Some(all)
}

fn compare(part: &Part, wanted: &Wanted, locked: &Locked<'_>, package: &str, found: &mut Vec<Diagnostic>) {
    for (name, requirements) in &wanted.requirements {
        let Some(items) = locked.get(name) else {
            found.push(missing(name, part, requirements[0].1));
            continue;
        };
        // Several requirements for one name differ by their markers, and which is which is not certain.
        let ([(requirement, place)], [item]) = (requirements.as_slice(), items.as_slice()) else { continue };
        if let Some(was) = difference(requirement, item) {
            let message = format!("uv.lock was made when {} {was}", asker(part, name));
            found.push(Diagnostic::error("stale-lock", message).at(*place, "now this").help(HELP));
        }
    }
    if wanted.is_open {
        return;
    }
    for name in locked.keys().filter(|name| !wanted.requirements.contains_key(*name) && *name != package) {
        let message = format!("{} was locked, and is no longer asked for", asker(part, name));
        let found_here = Diagnostic::error("stale-lock", message).help(HELP);
        found.push(wanted.place.into_iter().fold(found_here, |found, place| found.at(place, "not among these")));
    }
}

/// How a requirement differs from what was locked, if it certainly does.
fn difference(requirement: &Requirement, item: &Item) -> Option<String> {
    let extras = item.get("extras").and_then(Item::as_list).unwrap_or_default();
    let extras: BTreeSet<_> = extras.iter().filter_map(Item::as_text).map(normalized).collect();
    if extras != requirement.extras {
        let listed: Vec<_> = extras.iter().map(|e| format!("`{e}`")).collect();
        return Some(if listed.is_empty() { "had no extras".to_owned() } else { format!("had the extras {}", listed.join(", ")) });
    }
    // A source (a repository, a folder …) takes the place of the versions.
    let from_index = ["git", "url", "path", "directory", "editable", "virtual", "workspace"].iter().all(|key| item.get(key).is_none());
    let was = item.text("specifier").unwrap_or_default();
    let now = requirement.specifier.as_deref().filter(|_| from_index)?;
    let (then, now) = (clauses(was)?, clauses(now)?);
    (then != now).then(|| if was.is_empty() { "took any version".to_owned() } else { format!("was `{was}`") })
}

/// Without metadata, only a name that leads nowhere is certain.
fn compare_edges(lock: &UvLock, entry: &Entry, part: &Part, wanted: &Wanted, found: &mut Vec<Diagnostic>) {
    let manifest = get(&lock.head, "manifest");
    let changed = ["overrides", "excludes"].iter().any(|key| manifest.is_some_and(|m| m.get(key).is_some()));
    if changed {
        return;
    }
    let edges: BTreeSet<_> = entry.edges_of(part).iter().map(|e| e.name.as_str()).collect();
    for (name, requirements) in &wanted.requirements {
        let certain = requirements.iter().find(|(requirement, _)| !requirement.has_marker);
        if let (Some((_, place)), false) = (certain, edges.contains(name.as_str()) || *name == entry.name) {
            found.push(missing(name, part, *place));
        }
    }
}

const HELP: &str = "run `uv lock`, which brings uv.lock up to date";

fn missing(name: &str, part: &Part, place: Place) -> Diagnostic {
    let message = format!("{} is not in uv.lock, so it would not be installed", asker(part, name));
    Diagnostic::error("stale-lock", message).at(place, "asked for here").help(HELP)
}

fn asker(part: &Part, name: &str) -> String {
    match part {
        Part::Base => format!("`{name}`"),
        Part::Extra(extra) => format!("`{name}` of the extra `{extra}`"),
        Part::Group(group) => format!("`{name}` of the group `{group}`"),
    }
}
