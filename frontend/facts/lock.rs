//! The lock file: the nearest one at or above the project's folder, that there is only one, and which manager's it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, FileId, Sink, Sources};
use crate::pip::{self, Lookup};
use crate::spec::{Manager, Spec};

use super::files::{Files, join, upward};

/// Files that lock dependencies, with the manager that writes each.
const LOCKS: &[(&str, Manager)] =
    &[("uv.lock", Manager::Uv), ("poetry.lock", Manager::Poetry), ("pylock.toml", Manager::Pip), ("requirements.txt", Manager::Pip)];

/// What is locked.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Whose lock it is.
    pub manager: Manager,
    /// The folder that it stands in, relative to the context.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its place among the sources.
    pub file: FileId,
    /// What pip's files say, when it is they that lock.
    pub pip: Option<Box<pip::Locked>>,
    /// The text of `pyproject.toml` beside it, where there is one.
    pub project: Option<(String, FileId)>,
}

/// Finds it. `None` when there is none or not one; the sink says so.
pub(super) fn find(spec: &Spec, folder: &str, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Lock> {
    let asked = spec.manager.as_ref().map(|m| m.value);
    for folder in upward(folder) {
        let there: Vec<_> = LOCKS.iter().filter(|(name, _)| files.text(&join(&folder, name)).is_some()).collect();
        let fitting: Vec<_> = there.iter().filter(|(_, manager)| asked.is_none_or(|a| a == *manager)).collect();
        // Many projects export a requirements.txt beside the lock that they really use, and pylock.toml is pip's better one.
        let real: Vec<_> = fitting.iter().filter(|(_, manager)| *manager != Manager::Pip).collect();
        if real.len() > 1 {
            let message = format!("the project has two lock files: {} and {}", real[0].0, real[1].0);
            let found = Diagnostic::error("two-locks", message);
            sink.push(found.help("remove the one that is not in use, or say `manager: uv` or `manager: poetry` in the spec"));
            return None;
        }
        let chosen = real.first().copied().or_else(|| fitting.first());
        if let Some((name, manager)) = chosen {
            let path = join(&folder, name);
            let text = files.text(&path).unwrap_or_default();
            let file = sources.add(&path, if *manager == Manager::Pip { "Text" } else { "TOML" }, text);
            let project = join(&folder, "pyproject.toml");
            let project = files.text(&project).map(|text| (text.to_owned(), sources.add(&project, "TOML", text)));
            return Some(Lock { manager: *manager, folder, name: (*name).to_owned(), text: text.to_owned(), file, pip: None, project });
        }
    }
    let found = match asked {
        Some(manager) => {
            let names: Vec<_> = LOCKS.iter().filter(|(_, m)| *m == manager).map(|(name, _)| format!("`{name}`")).collect();
            let place = spec.manager.as_ref().map(|m| m.place);
            let found = Diagnostic::error("no-lock", format!("there is no {} beside the project", names.join(" or ")));
            place.into_iter().fold(found, |found, place| found.at(place, "asked for here"))
        }
        None => Diagnostic::error("no-lock", "the project has no lock file, so nothing says which versions to install"),
    };
    let found = found.help("run `uv lock` or `poetry lock`, and add the file to the repository");
    sink.push(found.help("if the file is there, see that .dockerignore does not leave it out"));
    None
}

/// Reads pip's files, which may include each other. The error is what is still to be read; nothing when they are refused.
pub(super) fn read_pip(lock: &mut Lock, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Result<(), BTreeSet<String>> {
    let read = if lock.name == "pylock.toml" {
        pip::pylock(&lock.text, lock.file, sink)
    } else {
        let mut known = BTreeMap::new();
        for (path, text) in files.texts() {
            known.insert(path.to_owned(), (text, sources.add(path, "Text", text)));
        }
        let lookup = |path: &str| match (known.get(path), files.was_asked(path)) {
            (Some((text, file)), _) => Lookup::Text(text, *file),
            (None, true) => Lookup::Absent,
            (None, false) => Lookup::Unasked,
        };
        pip::requirements(&join(&lock.folder, &lock.name), &lookup, sink)
    };
    match read {
        pip::Read::Locked(locked) => lock.pip = Some(locked),
        pip::Read::Wanted(wanted) => return Err(wanted),
        pip::Read::Refused => {}
    }
    Ok(())
}
