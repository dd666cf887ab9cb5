//! The lock: the nearest one at or above the project's folder, whose it is, and what is installed of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, FileId, Sink, Sources};
use crate::facts::{Files, Wanted, join, upward};
use crate::node::codes;
use crate::node::keys::Manager;
use crate::node::locks::{self, Answer, Ask, Kind, Libc, Reduced, Target};
use crate::spec::{Runtime, Spec};
use crate::yaml::decode::list;

/// Files that lock dependencies, with the manager that writes each.
pub(crate) const LOCKS: &[(&str, Manager)] = &[
    ("npm-shrinkwrap.json", Manager::Npm),
    ("package-lock.json", Manager::Npm),
    ("pnpm-lock.yaml", Manager::Pnpm),
    ("yarn.lock", Manager::Yarn),
    ("bun.lock", Manager::Bun),
];

/// What is locked.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    /// Whose lock it is.
    pub(crate) manager: Manager,
    /// The folder that it stands in, relative to the context.
    pub(crate) folder: String,
    /// Its name in that folder.
    pub(crate) name: String,
    /// Its place among the sources.
    pub(crate) file: FileId,
    /// What of it is installed for the running service.
    pub(crate) production: Reduced,
    /// What is installed to build it.
    pub(crate) development: Reduced,
}

impl Lock {
    /// Its path in the context.
    pub(crate) fn path(&self) -> String {
        join(&self.folder, &self.name)
    }
}

/// Where a lock is.
pub(super) struct Found {
    manager: Manager,
    folder: String,
    name: &'static str,
}

/// Finds it. `None` where there is none or not one; the sink says so.
pub(super) fn find(asked: Option<Manager>, folder: &str, files: &Files, sink: &mut Sink) -> Option<Found> {
    for folder in upward(folder) {
        let there = LOCKS.iter().filter(|(name, _)| files.is_there(&join(&folder, name)));
        let fitting: Vec<_> = there.filter(|(_, manager)| asked.is_none_or(|asked| asked == *manager)).collect();
        let managers: BTreeSet<&str> = fitting.iter().map(|(_, manager)| manager.word()).collect();
        if managers.len() > 1 {
            let names: Vec<&str> = fitting.iter().map(|(name, _)| *name).collect();
            let message = format!("the project has locks of {} managers: {}", managers.len(), list(&names));
            let words = managers.iter().map(|word| format!("`manager: {word}`")).collect::<Vec<_>>().join(" or ");
            let help = format!("remove those that are not in use, or say {words} in the spec");
            sink.push(Diagnostic::new(codes::TWO_NODE_LOCKS, message).help(help));
            return None;
        }
        if let Some((name, manager)) = fitting.first() {
            if let Some(found) = files.refusal(&join(&folder, name)) {
                sink.push(found);
                return None;
            }
            return Some(Found { manager: *manager, folder, name });
        }
    }
    let message = match asked {
        Some(manager) => {
            let names: Vec<&str> = LOCKS.iter().filter(|(_, one)| *one == manager).map(|(name, _)| *name).collect();
            format!(
                "there is no {} beside the project or above it",
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
            )
        }
        None => "the project has no lock file, so nothing says which versions to install".to_owned(),
    };
    let found = Diagnostic::new(codes::NO_NODE_LOCK, message)
        .help("run `npm install`, and add the `package-lock.json` that it writes to the repository");
    sink.push(found.help("if the file is there, see that .dockerignore does not leave it out"));
    None
}

/// What is installed of it. The error is what is still to be read, or nothing where the sink says what is wrong.
pub(super) fn read(
    found: Found,
    (spec, project): (&Spec, &str),
    files: &Files,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Result<Lock, Option<Wanted>> {
    let Found { manager, folder, name } = found;
    let kind = match manager {
        Manager::Npm => Kind::Npm,
        Manager::Pnpm | Manager::Yarn | Manager::Bun => {
            let message = format!("the project is locked by {}, and this release installs with `npm` alone", manager.word());
            sink.push(Diagnostic::new(codes::MANAGER_NOT_KNOWN, message).help("lock with `npm install`, or write a recipe with `reads`"));
            return Err(None);
        }
    };
    let path = join(&folder, name);
    let file = sources.add(&path, "JSON", files.text(&path).unwrap_or_default());
    let mut known = BTreeMap::new();
    for (path, text) in files.all_below(&folder).filter(|(path, _)| path != name) {
        let id = text.map(|text| sources.add(&join(&folder, &path), language(&path), text));
        known.insert(path, id);
    }
    let here = |path: String| if path == "." { String::new() } else { path };
    let folders = files.names_below(&folder).map(|(path, names)| (here(path), names.clone())).collect();
    let inside = if folder == "." { project } else { project.strip_prefix(&folder).unwrap_or(project).trim_start_matches('/') };
    let musl = spec.runtime.as_ref().is_some_and(|runtime| runtime.value == Runtime::Alpine);
    let ask = Ask {
        kind,
        lock: file,
        files: &known,
        folders: &folders,
        project: if inside == "." { "" } else { inside },
        target: Target { os: "linux", cpu: cpu(), libc: if musl { Libc::Musl } else { Libc::Glibc } },
        development: false,
    };
    let mut reduced = |development| match locks::reduce(&Ask { development, ..ask }, sources, sink) {
        Some(Answer::Reduced(reduced)) => Ok(*reduced),
        Some(Answer::Wanted(wanted)) => Err(Some(wanted)),
        None => Err(None),
    };
    let wanted = |wanted: Option<locks::Wanted>| {
        wanted.map(|wanted| Wanted {
            read: wanted.files.iter().map(|path| join(&folder, path)).collect(),
            names_of: wanted.folders.first().map(|path| if path.is_empty() { folder.clone() } else { join(&folder, path) }),
            ..Wanted::default()
        })
    };
    let production = reduced(false).map_err(&wanted)?;
    let development = reduced(true).map_err(&wanted)?;
    Ok(Lock { manager, name: name.to_owned(), file, production, development, folder })
}

/// What an editor would call a file.
fn language(path: &str) -> &'static str {
    match path.rsplit_once('.') {
        Some((_, "json")) => "JSON",
        Some((_, "yaml" | "yml")) => "YAML",
        _ => "Text",
    }
}

/// The processor of the machine that this runs on, in Node's words: an image is for that one unless the build says otherwise, and
/// then its manager picks what is for the other.
fn cpu() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" }
}
