//! What `pyproject.toml` tells Poetry: groups and what they need.

use std::collections::{BTreeMap, BTreeSet};

use toml_span::Value;

use super::dependency::{self, Dependency};
use crate::python::pep::{Requirement, normalized};
use crate::python::toml::{at, entries, get, items, text};

/// The group that a project's own dependencies are in.
pub(super) const MAIN: &str = "main";

/// The project as Poetry sees it.
#[derive(Debug)]
pub(super) struct Project {
    /// What each group needs, as far as `[tool.poetry]` says it.
    pub groups: BTreeMap<String, Vec<Dependency>>,
    /// Every group there is, of `[dependency-groups]` too.
    pub group_names: BTreeSet<String>,
}

/// Reads the parsed file.
pub(super) fn read(document: &Value<'_>) -> Project {
    let poetry = at(document, &["tool", "poetry"]);
    let within = |path: &[&str]| poetry.and_then(|p| at(p, path));
    let mut groups: BTreeMap<String, Vec<Dependency>> = BTreeMap::from([(MAIN.to_owned(), vec![])]);
    let mut add = |group: &str, table: Option<&Value<'_>>| {
        let wanted = entries(table).filter(|(name, _)| *name != "python");
        groups.entry(normalized(group)).or_default().extend(wanted.flat_map(|(name, value)| dependency::read(name, value)));
    };
    add(MAIN, within(&["dependencies"]));
    for (group, value) in entries(within(&["group"])) {
        add(group, get(value, "dependencies"));
    }
    if let Some(table) = within(&["dev-dependencies"]) {
        add("dev", Some(table));
    }
    let standard = entries(get(document, "dependency-groups")).map(|(name, _)| normalized(name));
    let group_names = groups.keys().cloned().chain(standard).collect();
    Project { groups, group_names }
}

/// The names that the project itself asks for, in some groups or by any of its extras.
pub(super) fn asked(document: &Value<'_>, groups: &BTreeSet<String>) -> BTreeSet<String> {
    let poetry = at(document, &["tool", "poetry"]);
    let within = |path: &[&str]| poetry.and_then(|p| at(p, path));
    let tables =
        entries(within(&["group"])).filter(|(group, _)| groups.contains(&normalized(group))).map(|(_, value)| get(value, "dependencies"));
    let main = groups.contains(MAIN);
    let own = [within(&["dependencies"]).filter(|_| main), within(&["dev-dependencies"]).filter(|_| groups.contains("dev"))];
    let mut names: BTreeSet<String> = own.into_iter().chain(tables).flat_map(entries).map(|(name, _)| normalized(name)).collect();
    let named =
        |list: &[Value<'_>]| list.iter().filter_map(Value::as_str).filter_map(Requirement::parse).map(|r| r.name).collect::<Vec<_>>();
    if let Some(project) = get(document, "project").filter(|_| main) {
        names.extend(named(items(project, "dependencies")));
        let extras = entries(get(project, "optional-dependencies")).filter_map(|(_, list)| list.as_array());
        names.extend(extras.flat_map(|list| named(list)));
    }
    let standard: BTreeMap<String, &[Value<'_>]> = entries(get(document, "dependency-groups"))
        .filter_map(|(name, list)| Some((normalized(name), list.as_array()?.as_slice())))
        .collect();
    let (mut seen, mut open) = (BTreeSet::new(), groups.iter().cloned().collect::<Vec<_>>());
    while let Some(group) = open.pop() {
        let Some(list) = standard.get(&group).filter(|_| seen.insert(group.clone())) else { continue };
        names.extend(named(list));
        open.extend(list.iter().filter_map(|item| text(item, "include-group")).map(normalized));
    }
    names
}
