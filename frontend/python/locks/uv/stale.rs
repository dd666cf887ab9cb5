//! Whether the lock still says what pyproject.toml asks for. uv's `--frozen` does not look, and installs what is locked.
//! Only what can be compared for certain is: a false alarm would send people to `uv lock` for nothing.

use std::collections::{BTreeMap, BTreeSet};

use toml_span::Value;

use crate::diag::{Diagnostic, FileId, Place};
use crate::python::codes;

use super::compare::{Given, HELP, Locked, Sources, Wanted, Words, compare, compare_markers, compare_sources, sources};
use super::item::{Item, get};
use super::read::{Entry, UvLock};
use super::walk::Part;
use crate::python::pep::truth::Truth;
use crate::python::pep::{Marker, Requirement, normalized};
use crate::python::toml::Document;

/// Says where the project asks for something else than was locked. `project` is the package's own pyproject.toml, in a
/// workspace the member's, and `root` the one beside the lock, whose sources hold for the members as well. There is nothing
/// to say when it is another's, or when the package is not in the lock.
#[must_use]
pub fn stale(lock: &UvLock, project: &Document, package: &str, root: &Document) -> Vec<Diagnostic> {
    let package = normalized(package);
    let (file, project, root) = (project.file, project.root(), root.root());
    let Some(index) = lock.folder(&package) else { return vec![] };
    if project.pointer("/project/name").and_then(Value::as_str).map(normalized) != Some(package.clone()) {
        return vec![];
    }
    let entry = &lock.entries[index];
    let mut wanted = wanted(project, file, &package);
    let unsure = unsure(project, root);
    for part in wanted.values_mut() {
        part.requirements.retain(|name, _| !unsure.contains(name));
    }
    let of_extras = wanted.iter().filter(|(part, _)| matches!(part, Part::Extra(_))).flat_map(|(_, w)| w.requirements.keys().cloned());
    let of_extras: BTreeSet<String> = of_extras.collect();
    // A member's own source goes before the root's.
    let both = || [root, project].into_iter();
    let sources: Sources = both().flat_map(sources).collect();
    let ignored = both().any(|p| ["no-sources", "no-sources-package"].iter().any(|key| p.pointer(&format!("/tool/uv/{key}")).is_some()));
    // A group that names Pythons of its own marks all that is in it.
    let limited = project.pointer("/tool/uv/dependency-groups").is_some();
    let mut found = vec![];
    for (part, wanted) in &wanted {
        let words = Words { asker: &|name| asker(part, name), lost: "would not be installed", gone: "is no longer asked for" };
        match locked(entry, part) {
            Some(mut locked) => {
                // One of an extra whose marker can never hold is locked as if it were the project's own.
                let stray = |name: &String| *name == package || *part == Part::Base && of_extras.contains(name);
                locked.retain(|name, _| !unsure.contains(name) && (wanted.requirements.contains_key(name) || !stray(name)));
                compare(&words, wanted, &locked, &mut found);
                if !ignored {
                    compare_sources(&words, wanted, &locked, &sources, &mut found);
                }
                if !(limited && matches!(part, Part::Group(_))) {
                    let extra = |name: &str| match part {
                        Part::Extra(extra) => Truth::of(normalized(name) == *extra),
                        Part::Base | Part::Group(_) => Truth::Unknown,
                    };
                    compare_markers(&words, wanted, &locked, &Given { lock, sources: &sources, extra: &extra }, &mut found);
                }
            }
            None => compare_edges(lock, entry, part, wanted, &mut found),
        }
    }
    found
}

/// Names of which nothing is certain: a requirement, or the source of one, that itself asks for an extra is locked in several
/// forms.
fn unsure(project: &Value<'_>, root: &Value<'_>) -> BTreeSet<String> {
    let asks = |marker: &str| Marker::read(marker).may_ask_extras();
    let lists = project.pointer("/project/optional-dependencies").and_then(Value::as_table).into_iter().flatten().map(|(_, list)| list);
    let all = lists.chain(project.pointer("/project/dependencies")).filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    let marked = all.filter_map(Requirement::parse).filter(|requirement| requirement.marker.as_deref().is_some_and(asks));
    let mut found: BTreeSet<_> = marked.map(|requirement| requirement.name).collect();
    let sources = [project, root].into_iter().filter_map(|p| p.pointer("/tool/uv/sources").and_then(Value::as_table));
    for (key, source) in sources.flatten() {
        let each = source.as_array().map_or_else(|| vec![source], |list| list.iter().collect());
        if each.iter().any(|s| s.pointer("/marker").and_then(Value::as_str).is_some_and(asks)) {
            found.insert(normalized(&key.name));
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
        all.insert(Part::Base, list.map_or_else(Wanted::default, |l| Wanted::read(l, file)));
    }
    if !is_dynamic("optional-dependencies") {
        for (key, list) in project.pointer("/project/optional-dependencies").and_then(Value::as_table).into_iter().flatten() {
            let mut wanted = Wanted::read(list, file);
            // uv may write `all = ["project[a,b]"]` out.
            wanted.is_open |= wanted.requirements.remove(package).is_some();
            all.insert(Part::Extra(normalized(&key.name)), wanted);
        }
    }
    let groups = project.pointer("/dependency-groups").and_then(Value::as_table);
    let groups: BTreeMap<_, _> = groups.into_iter().flatten().map(|(key, list)| (normalized(&key.name), list)).collect();
    for name in groups.keys() {
        all.insert(Part::Group(name.clone()), group(&groups, name, file));
    }
    if let Some(list) = project.pointer("/tool/uv/dev-dependencies") {
        let dev = all.entry(Part::Group("dev".to_owned())).or_default();
        for (name, more) in Wanted::read(list, file).requirements {
            dev.requirements.entry(name).or_default().extend(more);
        }
    }
    all
}

/// A group with the groups that it includes, and those that they include.
fn group(groups: &BTreeMap<String, &Value<'_>>, name: &str, file: FileId) -> Wanted {
    let (mut wanted, mut seen, mut open) = (Wanted::default(), BTreeSet::new(), vec![name.to_owned()]);
    while let Some(name) = open.pop() {
        let Some(list) = groups.get(&name).filter(|_| seen.insert(name.clone())) else { continue };
        let own = Wanted::read(list, file);
        wanted.place = wanted.place.or(own.place);
        wanted.is_open |= own.is_open;
        for (name, more) in own.requirements {
            wanted.requirements.entry(name).or_default().extend(more);
        }
        let included = list.as_array().into_iter().flatten().filter_map(|v| v.pointer("/include-group").and_then(Value::as_str));
        open.extend(included.map(normalized));
    }
    wanted
}

/// What the lock's metadata says of a part. `None` where the lock has no metadata.
fn locked<'a>(entry: &'a Entry, part: &Part) -> Option<Locked<'a>> {
    let metadata = entry.metadata.as_ref()?;
    let list = match part {
        Part::Group(group) => entry.locked_groups().and_then(|table| table.get(group)),
        Part::Base | Part::Extra(_) => metadata.get("requires-dist"),
    };
    let mut all = Locked::new();
    for item in list.and_then(Item::as_list).unwrap_or_default() {
        let extras = item.text("marker").map(|text| Marker::read(text).extras()).unwrap_or_default();
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

/// Without metadata, only a name that leads nowhere is certain.
fn compare_edges(lock: &UvLock, entry: &Entry, part: &Part, wanted: &Wanted, found: &mut Vec<Diagnostic>) {
    let manifest = get(&lock.head, "manifest");
    let changed = ["overrides", "excludes"].iter().any(|key| manifest.is_some_and(|m| m.get(key).is_some()));
    if changed {
        return;
    }
    let edges: BTreeSet<_> = entry.edges_of(part).iter().map(|e| e.name.as_str()).collect();
    for (name, requirements) in &wanted.requirements {
        let certain = requirements.iter().find(|(requirement, _)| requirement.marker.is_none());
        if let (Some((_, place)), false) = (certain, edges.contains(name.as_str()) || *name == entry.name) {
            found.push(missing(name, part, *place));
        }
    }
}

fn missing(name: &str, part: &Part, place: Place) -> Diagnostic {
    let message = format!("{} is not in uv.lock, so it would not be installed", asker(part, name));
    Diagnostic::new(codes::STALE_LOCK, message).at(place, "asked for here").help(HELP)
}

fn asker(part: &Part, name: &str) -> String {
    match part {
        Part::Base => format!("`{name}`"),
        Part::Extra(extra) => format!("`{name}` of the extra `{extra}`"),
        Part::Group(group) => format!("`{name}` of the group `{group}`"),
    }
}
