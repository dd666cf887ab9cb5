//! Groups of dependencies that are for whoever works on a project: those that its manager installs by itself.

use crate::python::facts::Facts;
use crate::python::keys::Manager;
use crate::python::pep::normalized;
use crate::python::toml::{at, entries, flag, items, place};
use crate::spec::Spec;
use crate::yaml::At;
use toml_span::Value;

/// The group that managers install where nothing else is said.
const DEV: &str = "dev";

/// Adds the groups that are for development to those that a spec asks for.
pub(crate) fn develop(spec: &mut Spec, facts: &Facts) {
    let Some(document) = &facts.project.file else { return };
    let found = match facts.lock.manager {
        Manager::Uv => of_uv(document.root()),
        Manager::Poetry => of_poetry(document.root()),
        // Its files have no groups.
        Manager::Pip => return,
    };
    let groups = spec.ecosystems.python.groups.get_or_insert_default();
    for (name, value) in found {
        if groups.iter().all(|known| normalized(known.value.as_str()) != normalized(name))
            && let Ok(word) = name.parse()
        {
            groups.push(At { value: word, place: place(document.file, value.span) });
        }
    }
}

/// A group's name, and what it says.
type Group<'d> = (&'d str, &'d Value<'static>);

/// Groups of the standard.
fn standard<'d>(root: &'d Value<'static>) -> impl Iterator<Item = Group<'d>> {
    entries(at(root, &["dependency-groups"]))
}

/// Those that `default-groups` names, or `dev`.
fn of_uv<'d>(root: &'d Value<'static>) -> Vec<Group<'d>> {
    let all = standard(root).chain(at(root, &["tool", "uv", "dev-dependencies"]).map(|value| (DEV, value)));
    let settings = at(root, &["tool", "uv"]);
    let said = settings.and_then(|uv| at(uv, &["default-groups"]));
    let named: Vec<String> =
        settings.map_or(&[][..], |uv| items(uv, "default-groups")).iter().filter_map(Value::as_str).map(normalized).collect();
    let wanted = |name: &str| match said {
        Some(said) => said.as_str() == Some("all") || named.contains(&normalized(name)),
        None => name == DEV,
    };
    all.filter(|(name, _)| wanted(name)).collect()
}

/// All that are not optional.
fn of_poetry<'d>(root: &'d Value<'static>) -> Vec<Group<'d>> {
    let poetry = |path: &[&str]| at(root, &["tool", "poetry"]).and_then(|poetry| at(poetry, path));
    let optional = |name: &str| poetry(&["group", name]).is_some_and(|group| flag(group, "optional") == Some(true));
    let own = entries(poetry(&["group"])).chain(poetry(&["dev-dependencies"]).map(|value| (DEV, value)));
    own.chain(standard(root)).filter(|(name, _)| !optional(name) && normalized(name) != "main").collect()
}
