//! Lists of requirements beside what was locked of them: what is missing, what is gone, what differs for certain.
//! Knows neither which list of the project it is given nor where the lock keeps its counterpart.

use std::collections::{BTreeMap, BTreeSet};

use toml_span::Value;

use crate::diag::{Diagnostic, FileId, Place};
use crate::python::codes;
use crate::python::pep::version::Constraint;

use super::item::{Item, get};
use super::read::UvLock;
use crate::python::pep::truth::{Extra, differ};
use crate::python::pep::{Marker, Requirement, normalized};

pub(super) const HELP: &str = "run `uv lock`, which brings uv.lock up to date";

/// What is asked for in one list, by name.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) requirements: BTreeMap<String, Vec<(Requirement, Place)>>,
    /// The list they stand in.
    pub(super) place: Option<Place>,
    /// Whether some of it could not be read, so that a name missing here says nothing.
    pub(super) is_open: bool,
}

/// What the lock says was asked for.
pub(super) type Locked<'a> = BTreeMap<String, Vec<&'a Item>>;

/// How messages speak of a list.
pub(super) struct Words<'a> {
    /// What they call a name in it.
    pub(super) asker: &'a dyn Fn(&str) -> String,
    /// What becomes of one that the lock lacks.
    pub(super) lost: &'static str,
    /// What happened to one that only the lock has.
    pub(super) gone: &'static str,
}

impl Wanted {
    pub(super) fn read(list: &Value<'_>, file: FileId) -> Self {
        let place = |v: &Value<'_>| Place { file, start: v.span.start, end: v.span.end };
        let mut wanted = Self { place: Some(place(list)), ..Self::default() };
        for value in list.as_array().into_iter().flatten() {
            match value.as_str().map(Requirement::parse) {
                Some(Some(requirement)) => {
                    wanted.requirements.entry(requirement.name.clone()).or_default().push((requirement, place(value)));
                }
                Some(None) => wanted.is_open = true,
                None => wanted.is_open |= value.pointer("/include-group").is_none(),
            }
        }
        wanted
    }
}

/// Keys that say where a package comes from when it is no index, in the lock and in `[tool.uv.sources]`.
const PLACES: &[&str] = &["git", "url", "path", "directory", "editable", "virtual", "workspace"];

/// Names that have a source of their own, and whether it is certainly no index: one place, for every environment and list.
pub(super) type Sources = BTreeMap<String, bool>;

/// The sources of a project, or of its workspace's root.
pub(super) fn sources(project: &Value<'_>) -> Sources {
    let table = project.pointer("/tool/uv/sources").and_then(Value::as_table);
    let has = |source: &Value<'_>, key: &str| source.as_table().is_some_and(|table| table.contains_key(key));
    let is_place = |source: &Value<'_>| {
        PLACES.iter().any(|key| has(source, key)) && !["marker", "extra", "group", "index"].iter().any(|key| has(source, key))
    };
    table.into_iter().flatten().map(|(key, source)| (normalized(&key.name), is_place(source))).collect()
}

/// Compares names, extras and versions.
pub(super) fn compare(words: &Words<'_>, wanted: &Wanted, locked: &Locked<'_>, found: &mut Vec<Diagnostic>) {
    for (name, requirements) in &wanted.requirements {
        let asker = (words.asker)(name);
        let Some(items) = locked.get(name) else {
            let message = format!("{asker} is not in uv.lock, so it {}", words.lost);
            found.push(Diagnostic::new(codes::STALE_LOCK, message).at(requirements[0].1, "asked for here").help(HELP));
            continue;
        };
        // Several requirements for one name differ by their markers, and which is which is not certain.
        let ([(requirement, place)], [item]) = (requirements.as_slice(), items.as_slice()) else { continue };
        if let Some(was) = difference(requirement, item) {
            let message = format!("uv.lock was made when {asker} {was}");
            found.push(Diagnostic::new(codes::STALE_LOCK, message).at(*place, "now this").help(HELP));
        }
    }
    if wanted.is_open {
        return;
    }
    for name in locked.keys().filter(|name| !wanted.requirements.contains_key(*name)) {
        let message = format!("{} was locked, and {}", (words.asker)(name), words.gone);
        let found_here = Diagnostic::new(codes::STALE_LOCK, message).help(HELP);
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
    let from_index = PLACES.iter().all(|key| item.get(key).is_none());
    let was = item.text("specifier").unwrap_or_default();
    let now = requirement.versions().filter(|_| from_index)?;
    let (then, now) = (Constraint::parse(was)?, Constraint::parse(now)?);
    (!then.is_same(&now)).then(|| if was.is_empty() { "took any version".to_owned() } else { format!("was `{was}`") })
}

/// What markers are read by.
pub(super) struct Given<'a> {
    pub(super) lock: &'a UvLock,
    /// Names that are left alone, since a source may mark them.
    pub(super) sources: &'a Sources,
    /// Which extras are on.
    pub(super) extra: &'a Extra<'a>,
}

/// Compares markers, as far as some environment tells them apart.
pub(super) fn compare_markers(words: &Words<'_>, wanted: &Wanted, locked: &Locked<'_>, given: &Given<'_>, found: &mut Vec<Diagnostic>) {
    let pythons = get(&given.lock.head, "requires-python").and_then(Item::as_text).and_then(Constraint::parse);
    for (name, requirements) in wanted.requirements.iter().filter(|(name, _)| !given.sources.contains_key(*name)) {
        let ([(requirement, place)], Some([item])) = (requirements.as_slice(), locked.get(name).map(Vec::as_slice)) else { continue };
        let (now, then) = (requirement.marker.as_deref(), item.text("marker"));
        let (read_now, read_then) = (now.map(Marker::read), then.map(Marker::read));
        let went_away = now.is_none() && read_then.as_ref().is_some_and(|then| !then.may_ask_extras());
        let differs = |pythons| differ(read_now.as_ref(), read_then.as_ref(), pythons, given.extra);
        if !went_away && !pythons.as_ref().is_some_and(differs) {
            continue;
        }
        let then = then.and_then(without_extra);
        let (was, label) = match (now, then) {
            (_, None) => ("for every environment".to_owned(), "now for some only"),
            (None, Some(then)) => (format!("for `{then}` only"), "now always"),
            (Some(_), Some(then)) => (format!("for `{then}` only"), "now for others"),
        };
        let message = format!("uv.lock was made when {} was {was}", (words.asker)(name));
        found.push(Diagnostic::new(codes::STALE_LOCK, message).at(*place, label).help(HELP));
    }
}

/// Compares where packages come from: from an index, or from somewhere else.
pub(super) fn compare_sources(words: &Words<'_>, wanted: &Wanted, locked: &Locked<'_>, sources: &Sources, found: &mut Vec<Diagnostic>) {
    for (name, requirements) in &wanted.requirements {
        let ([(requirement, place)], Some([item])) = (requirements.as_slice(), locked.get(name).map(Vec::as_slice)) else { continue };
        if requirement.versions().is_none() {
            continue;
        }
        let was = PLACES.iter().find_map(|key| item.text(key));
        let (was, label) = match (was, sources.get(name)) {
            (Some(was), None) => (format!("`{was}`"), "now from an index"),
            (None, Some(true)) => ("an index".to_owned(), "now from what `[tool.uv.sources]` says"),
            _ => continue,
        };
        let message = format!("uv.lock was made when {} came from {was}", (words.asker)(name));
        found.push(Diagnostic::new(codes::STALE_LOCK, message).at(*place, label).help(HELP));
    }
}

/// What a locked marker says besides that it belongs to an extra.
fn without_extra(marker: &str) -> Option<&str> {
    let Some(extra) = Marker::read(marker).extras().pop() else { return Some(marker) };
    let own = format!("extra == '{extra}'");
    if marker == own { None } else { Some(marker.strip_suffix(&own).and_then(|m| m.strip_suffix(" and ")).unwrap_or(marker)) }
}
