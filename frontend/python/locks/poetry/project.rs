//! What `pyproject.toml` tells Poetry: groups and what they need, extras, and the project itself.

use std::collections::{BTreeMap, BTreeSet};

use toml_span::Value;

use super::dependency::{self, Dependency};
use super::{Included, Root};
use crate::python::pep::normalized;
use crate::python::toml::{at, entries, flag, get, items, text};

/// The group that a project's own dependencies are in.
pub(super) const MAIN: &str = "main";

/// The project as Poetry sees it.
#[derive(Debug)]
pub(super) struct Project {
    /// What each group needs, as far as `[tool.poetry]` says it.
    pub groups: BTreeMap<String, Vec<Dependency>>,
    /// Every group there is, of `[dependency-groups]` too.
    pub group_names: BTreeSet<String>,
    /// The project itself.
    pub root: Root,
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
    Project { groups, group_names, root: root(document) }
}

fn root(document: &Value<'_>) -> Root {
    let poetry = at(document, &["tool", "poetry"]);
    let project = get(document, "project");
    let said = |key: &str| project.and_then(|p| text(p, key)).or_else(|| poetry.and_then(|p| text(p, key))).map(str::to_owned);
    let tables = [project.and_then(|p| get(p, "scripts")), poetry.and_then(|p| get(p, "scripts"))];
    let scripts: BTreeSet<_> = tables.into_iter().flat_map(entries).map(|(name, _)| name.to_owned()).collect();
    let packages = poetry
        .map_or(&[][..], |p| items(p, "packages"))
        .iter()
        .filter_map(|value| Some(Included { include: text(value, "include")?.to_owned(), from: text(value, "from").map(str::to_owned) }));
    Root {
        name: said("name"),
        version: said("version"),
        is_package: poetry.and_then(|p| flag(p, "package-mode")).unwrap_or(true),
        has_build_system: get(document, "build-system").is_some(),
        python: said("requires-python")
            .or_else(|| poetry.and_then(|p| at(p, &["dependencies", "python"])).and_then(Value::as_str).map(str::to_owned)),
        packages: packages.collect(),
        scripts: scripts.into_iter().collect(),
    }
}
