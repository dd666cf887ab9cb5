//! Which ecosystem a project is of, where no recipe says it: that of the manager which the spec names, else that of the lock which is
//! there; of two that of the spec's own keys.

use crate::diag::{Diagnostic, Sink, codes};
use crate::facts::{Files, Wanted, folder, join, upward};
use crate::node::facts as node;
use crate::python::facts as python;
use crate::spec::Spec;
use crate::yaml::written::Written;

use super::keys::{Manager, owner};
use super::kind::Ecosystem;

/// What is known of it.
pub(crate) enum Found {
    /// It is this one.
    Of(Ecosystem),
    /// These files have to be read first.
    Wanted(Wanted),
    /// It could be two; the sink says which.
    Refused,
}

/// Finds it.
pub(crate) fn find(spec: &Spec, written: &[Written], files: &Files, sink: &mut Sink) -> Found {
    if let Some(manager) = &spec.ecosystems.manager {
        return Found::Of(of_manager(manager.value));
    }
    if spec.python().requirements.is_some() || spec.python_of_editions().any(|keys| keys.requirements.is_some()) {
        return Found::Of(Ecosystem::Python);
    }
    let said = || written.iter().find_map(|key| owner(key.path.strip_prefix("editions.").unwrap_or(&key.path)));
    let named = spec.project.as_ref().map(|project| project.value.to_string());
    let first = |folder: &str| Ecosystem::ALL.iter().flat_map(|one| first(*one, folder)).collect::<Vec<_>>();
    let makes: Vec<&str> = Ecosystem::ALL.iter().flat_map(|one| locks(*one).into_iter().chain([manifest(*one)])).collect();
    let folder = match folder::find(named, files, &first, &makes) {
        Ok(folder) => folder,
        Err(folder::Unknown::Wanted(wanted)) => return Found::Wanted(wanted),
        // Whose facts are gathered says so.
        Err(folder::Unknown::Ambiguous(one, _)) => one,
    };
    if let Some(wanted) = files.missing(&first(&folder)) {
        let names_of = files.names(&folder).is_none().then(|| folder.clone());
        return Found::Wanted(Wanted { names_of, ..wanted });
    }
    for folder in upward(&folder) {
        let lock = |one: Ecosystem| locks(one).into_iter().find(|name| files.is_there(&join(&folder, name))).map(|name| (one, name));
        let there: Vec<(Ecosystem, &str)> = Ecosystem::ALL.iter().filter_map(|one| lock(*one)).collect();
        match there[..] {
            [] => {}
            [(one, _)] => return Found::Of(one),
            [(one, name), (other, beside), ..] => {
                if let Some(said) = said() {
                    return Found::Of(said);
                }
                let message = format!("`{name}` is of a {} service, and `{beside}` of a {} service", one.title(), other.title());
                let found = Diagnostic::new(codes::TWO_ECOSYSTEMS, message);
                let [one, other] = [(one, name), (other, beside)].map(|(one, name)| manager(one, name));
                sink.push(found.help(format!("say in the spec which it is: `manager: {one}` or `manager: {other}`")));
                return Found::Refused;
            }
        }
    }
    let has_manifest = |one: &&Ecosystem| upward(&folder).iter().any(|folder| files.is_there(&join(folder, manifest(**one))));
    let has_one = || Ecosystem::ALL.iter().find(has_manifest).copied();
    Found::Of(said().or_else(has_one).unwrap_or(Ecosystem::DEFAULT))
}

/// The ecosystem of a manager.
pub(super) fn of_manager(manager: Manager) -> Ecosystem {
    match manager {
        Manager::Python(_) => Ecosystem::Python,
        Manager::Node(_) => Ecosystem::Node,
    }
}

/// The files that are read first of a folder.
fn first(ecosystem: Ecosystem, folder: &str) -> Vec<String> {
    match ecosystem {
        Ecosystem::Python => python::first(folder),
        Ecosystem::Node => node::first(folder),
    }
}

/// The names of its locks.
fn locks(ecosystem: Ecosystem) -> Vec<&'static str> {
    match ecosystem {
        Ecosystem::Python => python::locks().map(|(name, _)| name).collect(),
        Ecosystem::Node => node::lock::LOCKS.iter().map(|(name, _)| *name).collect(),
    }
}

/// The word of the manager that writes a lock.
fn manager(ecosystem: Ecosystem, lock: &str) -> &'static str {
    let word = match ecosystem {
        Ecosystem::Python => python::locks().find(|(name, _)| *name == lock).map(|(_, manager)| manager.word()),
        Ecosystem::Node => node::lock::LOCKS.iter().find(|(name, _)| *name == lock).map(|(_, manager)| manager.word()),
    };
    word.unwrap_or_default()
}

/// The file that says what a project is.
fn manifest(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Python => "pyproject.toml",
        Ecosystem::Node => "package.json",
    }
}
