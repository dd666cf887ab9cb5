//! The canonical pyproject.toml: a name, and of uv's settings those that decide how packages are found and built.
//! Measured with uv 0.13.8: with `--frozen` the lock answers for dependencies, extras, groups, members and conflicts.

use toml_span::Value;

use super::item::{Item, Table, document};
use crate::python::pep::{Requirement, normalized};
use crate::python::toml::Document;

/// Settings of uv that a frozen install does not read. Any other is kept: better one install too many than a stale layer.
const UNREAD: &[&str] = &[
    // How the lock was made; the lock holds the outcome.
    "override-dependencies",
    "exclude-dependencies",
    "constraint-dependencies",
    "dependency-metadata",
    "environments",
    "required-environments",
    "resolution",
    "prerelease",
    "prerelease-package",
    "fork-strategy",
    "conflicts",
    "upgrade",
    "upgrade-package",
    // What the project is; the lock and the command line say it.
    "workspace",
    "managed",
    "package",
    "default-groups",
    "dependency-groups",
    "dev-dependencies",
    "cache-keys",
    "build-backend",
    // Other commands.
    "add-bounds",
    "audit",
    "check-url",
    "pip",
    "publish-url",
    "torch-backend",
    "trusted-publishing",
    // How fast, not what.
    "concurrent-builds",
    "concurrent-downloads",
    "concurrent-installs",
    "reinstall",
    "reinstall-package",
];

/// The text that stands for the pyproject.toml beside the lock while a package's dependencies are installed. It takes the package's name, because uv wants the project it finds to be in the lock, and the root of
/// a workspace need not be.
#[must_use]
pub fn canonical_project(project: &Document, package: &str) -> String {
    let whole = project.root();
    let text = |text: &str| Item::Text(text.to_owned());
    let mut project: Table = vec![("name".to_owned(), text(&normalized(package))), ("version".to_owned(), text("0"))];
    if let Some(python) = whole.pointer("/project/requires-python").and_then(Value::as_str) {
        project.push(("requires-python".to_owned(), text(python)));
    }
    let mut root: Table = vec![("project".to_owned(), Item::Table(project))];
    let settings = whole.pointer("/tool/uv").map_or_else(Vec::new, settings);
    if !settings.is_empty() {
        root.push(("tool".to_owned(), Item::Table(vec![("uv".to_owned(), Item::Table(settings))])));
    }
    document(&root)
}

fn settings(uv: &Value<'_>) -> Table {
    let Item::Table(all) = Item::from(uv) else { return vec![] };
    let names = for_builds(&Item::Table(all.clone()));
    let kept = all.into_iter().filter(|(key, _)| !UNREAD.contains(&key.as_str()));
    let kept = kept.filter_map(|(key, value)| match (key.as_str(), value) {
        ("sources", Item::Table(sources)) => {
            let sources: Table =
                sources.into_iter().filter(|(name, source)| names.contains(&normalized(name)) || has_password(source)).collect();
            (!sources.is_empty()).then_some((key, Item::Table(sources)))
        }
        (_, value) => Some((key, value)),
    });
    kept.collect()
}

/// Packages that uv looks up while it builds another: their sources count although the lock holds all that is installed.
fn for_builds(uv: &Item) -> Vec<String> {
    let lists = match uv.get("extra-build-dependencies") {
        Some(Item::Table(packages)) => packages.iter().filter_map(|(_, list)| list.as_list()).collect(),
        _ => vec![],
    };
    let constraints = uv.get("build-constraint-dependencies").and_then(Item::as_list);
    let named = |item: &Item| item.as_text().or_else(|| item.text("requirement")).and_then(Requirement::parse).map(|r| r.name);
    lists.into_iter().chain(constraints).flatten().filter_map(named).collect()
}

/// uv takes passwords from the URLs of sources, because the lock leaves them out.
fn has_password(source: &Item) -> bool {
    match source {
        Item::Text(text) => text.split_once("://").is_some_and(|(scheme, rest)| {
            // In `ssh://git@host` the name is no secret.
            !scheme.ends_with("ssh") && rest.split('/').next().is_some_and(|host| host.contains('@'))
        }),
        Item::List(list) => list.iter().any(has_password),
        Item::Table(table) => table.iter().any(|(_, value)| has_password(value)),
        Item::Number(_) | Item::Float(_) | Item::Flag(_) => false,
    }
}
