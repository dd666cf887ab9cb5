//! The lock file: the nearest one at or above the project's folder, that there is only one, and which manager's it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::{Diagnostic, FileId, Place, Sink, Sources, nearest};
use crate::names::RelPath;
use crate::python::codes;
use crate::python::cuda;
use crate::python::keys::Manager;
use crate::python::keys::{Requirement, Requirements};
use crate::python::locks::pip::{self, Asked, Lookup};
use crate::python::toml::Document;
use crate::spec::Spec;
use crate::yaml::At;
use crate::yaml::decode::list;

use super::probe::found_near;
use super::project::{Project, document};
use crate::facts::{Files, join, upward};

/// Files that lock dependencies, with the manager that writes each.
const LOCKS: &[(&str, Manager)] =
    &[("uv.lock", Manager::Uv), ("poetry.lock", Manager::Poetry), ("pylock.toml", Manager::Pip), ("requirements.txt", Manager::Pip)];

/// Those files.
pub(crate) fn locks() -> impl Iterator<Item = (&'static str, Manager)> {
    LOCKS.iter().copied()
}

/// The names of files that lock dependencies.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    LOCKS.iter().map(|(name, _)| *name)
}

/// What is locked.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    /// Whose lock it is.
    pub manager: Manager,
    /// The folder that it stands in, relative to the context; the project's for files that the spec names.
    pub folder: String,
    /// Its name in that folder, or the paths of the files that the spec names.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its place among the sources.
    pub file: FileId,
    /// What uv.lock says, when it is that.
    pub uv: Option<Arc<crate::python::locks::uv::UvLock>>,
    /// What of pip's is installed, when it is pip's files that lock.
    pub asked: Vec<Asked>,
    /// What those say.
    pub pip: Option<Box<pip::Locked>>,
    /// The `pyproject.toml` beside it, where there is one and the manager reads it.
    pub project: Option<Document>,
}

impl Lock {
    /// Its path in the context.
    #[must_use]
    pub(crate) fn path(&self) -> String {
        if self.asked.iter().any(is_named) { self.name.clone() } else { join(&self.folder, &self.name) }
    }

    /// Whether it may have PyTorch; where it has not, that is certain.
    pub(crate) fn may_have_torch(&self) -> bool {
        match (&self.uv, &self.pip) {
            (Some(uv), _) => uv.has_torch(),
            (None, Some(pip)) => pip.packages.iter().any(|package| cuda::is_family(&package.name)),
            (None, None) => self.text.contains("torch"),
        }
    }
}

/// Whether the spec names it.
fn is_named(asked: &Asked) -> bool {
    !matches!(asked, Asked::File { place: None, .. })
}

/// Finds it. `None` when there is none or not one; the sink says so.
pub(super) fn find(spec: &Spec, folder: &str, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Lock> {
    if let Some(requirements) = &spec.python().requirements {
        return named(&requirements.value, requirements.place, folder, files, sources, sink);
    }
    let asked = spec.python_manager().map(|m| m.value);
    for folder in upward(folder) {
        let there: Vec<_> = LOCKS.iter().filter(|(name, _)| files.is_there(&join(&folder, name))).collect();
        let fitting: Vec<_> = there.iter().filter(|(_, manager)| asked.is_none_or(|a| a == *manager)).collect();
        // Many projects export a requirements.txt beside the lock that they really use, and pylock.toml is pip's better one.
        let real: Vec<_> = fitting.iter().filter(|(_, manager)| *manager != Manager::Pip).collect();
        if real.len() > 1 {
            let message = format!("the project has two lock files: {} and {}", real[0].0, real[1].0);
            let found = Diagnostic::new(codes::TWO_LOCKS, message);
            sink.push(found.help("remove the one that is not in use, or say `manager: uv` or `manager: poetry` in the spec"));
            return None;
        }
        let chosen = real.first().copied().or_else(|| fitting.first());
        if let Some((name, manager)) = chosen {
            let path = join(&folder, name);
            if let Some(found) = files.refusal(&path) {
                sink.push(found);
                return None;
            }
            let text = files.text(&path).unwrap_or_default();
            let file = sources.add(&path, if *manager == Manager::Pip { "Text" } else { "TOML" }, text);
            let project = (*manager != Manager::Pip).then(|| document(&join(&folder, "pyproject.toml"), files, sources, sink)).flatten();
            let asked = (*manager == Manager::Pip).then_some(Asked::File { path, constrains: false, place: None }).into_iter().collect();
            return Some(Lock {
                manager: *manager,
                folder,
                name: (*name).to_owned(),
                text: text.to_owned(),
                file,
                asked,
                uv: None,
                pip: None,
                project,
            });
        }
    }
    let found = match asked {
        Some(manager) => {
            let names: Vec<_> = LOCKS.iter().filter(|(_, m)| *m == manager).map(|(name, _)| format!("`{name}`")).collect();
            let place = spec.python_manager().map(|m| m.place);
            let found = Diagnostic::new(codes::NO_LOCK, format!("there is no {} beside the project", names.join(" or ")));
            place.into_iter().fold(found, |found, place| found.at(place, "asked for here"))
        }
        None => Diagnostic::new(codes::NO_LOCK, "the project has no lock file, so nothing says which versions to install"),
    };
    let found = found.help("run `uv lock` or `poetry lock`, and add the file to the repository");
    let below = spec.project.is_none() && folder == "." && !files.is_there("pyproject.toml");
    let found =
        found.help_if(below.then(|| "if the project lies in a folder of the context, say which, as `project: services/api`".to_owned()));
    let others = found_near(files).find(|path| path.contains("requirements"));
    let others = others.filter(|_| asked.is_none_or(|manager| manager == Manager::Pip));
    let found = found.help_if(others.map(|path| format!("or name what pip installs: `requirements: {path}`")));
    sink.push(found.help("if the file is there, see that .dockerignore does not leave it out"));
    None
}

/// Reads uv.lock, which is large: once, when nothing else is to be read any more.
pub(super) fn read_uv(lock: &mut Lock, project: &Project, sink: &mut Sink) {
    let Some(mut read) = crate::python::locks::uv::parse(&lock.text, lock.file, sink) else { return };
    if let Some(document) = &project.file {
        read.declare_extras(&project.name, document);
    }
    lock.uv = Some(Arc::new(read));
}

/// What a spec names, in the place of any lock file.
fn named(requirements: &Requirements, place: Place, folder: &str, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Lock> {
    let mut good = true;
    for path in requirements.files() {
        if let Some(found) = files.refusal(path.value.as_str()) {
            sink.push(found.at(path.place, "named here"));
            good = false;
        } else if !files.is_there(path.value.as_str()) {
            sink.push(absent(path.value.as_str(), path.place, files));
            good = false;
        }
    }
    let standard: Vec<_> = requirements.files().filter(|path| is_standard(path.value.as_str())).collect();
    if let (Some(first), 2..) = (standard.first(), requirements.0.len()) {
        let found =
            Diagnostic::new(codes::CONTRADICTION, format!("`{}` names all that is installed, and is not read with others", first.value));
        sink.push(found.at(first.place, "").help("name it alone, or requirement files only"));
        good = false;
    }
    if !good {
        return None;
    }
    let asked: Vec<Asked> = requirements.0.iter().map(asked).collect();
    let first = requirements.files().next().map(|path| path.value.as_str());
    let text = first.and_then(|path| files.text(path)).unwrap_or_default();
    let file = first.map_or(place.file, |path| sources.add(path, if is_standard(path) { "TOML" } else { "Text" }, text));
    let names = requirements.0.iter().filter_map(|item| match item {
        Requirement::File(path) => Some(path.value.as_str()),
        Requirement::Constraints(_) | Requirement::Package(_) => None,
    });
    let names: Vec<&str> = names.collect();
    let name = if names.is_empty() { sources.cite_line(place) } else { names.join(", ") };
    Some(Lock {
        manager: Manager::Pip,
        folder: folder.to_owned(),
        name,
        text: text.to_owned(),
        file,
        asked,
        uv: None,
        pip: None,
        project: None,
    })
}

fn asked(item: &Requirement) -> Asked {
    let file = |path: &At<RelPath>, constrains| Asked::File { path: path.value.to_string(), constrains, place: Some(path.place) };
    match item {
        Requirement::File(path) => file(path, false),
        Requirement::Constraints(path) => file(path, true),
        Requirement::Package(line) => Asked::Line { text: line.value.clone(), place: line.place },
    }
}

/// Whether a file is one of the standard's locks: `pylock.toml`, `pylock.api.toml`.
fn is_standard(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_prefix("pylock.").is_some_and(|rest| rest == "toml" || rest.strip_suffix(".toml").is_some())
}

/// Says that a file is not there, and which may be meant.
fn absent(path: &str, place: Place, files: &Files) -> Diagnostic {
    let near = || found_near(files);
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let meant = near().find(|other| name(other) == name(path)).or_else(|| nearest(path, near()));
    let found = Diagnostic::new(codes::NO_FILE, format!("there is no `{path}`"));
    if let Some(meant) = meant {
        return found.at(place, format!("did you mean `{meant}`?"));
    }
    let others: Vec<_> = near().filter(|path| path.contains("requirements")).collect();
    let others = (!others.is_empty()).then(|| format!("there is {}", list(&others)));
    found.at(place, "").help_if(others).help("paths are those of the build's context; see that .dockerignore does not leave the file out")
}

/// The folders to look into for a file that is not where the spec says; none where all are there.
pub(super) fn near(spec: &Spec, folder: &str, files: &Files) -> Option<BTreeSet<String>> {
    let missing: Vec<&str> = match &spec.python().requirements {
        Some(requirements) => requirements.value.files().map(|p| p.value.as_str()).filter(|path| !files.is_there(path)).collect(),
        None if upward(folder).iter().any(|folder| LOCKS.iter().any(|(name, _)| files.is_there(&join(folder, name)))) => vec![],
        None => vec!["requirements.txt"],
    };
    if missing.is_empty() {
        return None;
    }
    let below = |folder: &str| [folder.to_owned(), join(folder, "requirements")];
    let parents = missing.iter().filter_map(|path| path.rsplit_once('/')).map(|(parent, _)| parent.to_owned());
    Some(below(".").into_iter().chain(below(folder)).chain(parents).collect())
}

fn is_only_standard(lock: &Lock) -> bool {
    matches!(&lock.asked[..], [Asked::File { path, .. }] if is_standard(path))
}

/// Every text that was read, by its path.
type Known<'f> = BTreeMap<&'f str, (&'f str, FileId)>;

fn known<'f>(files: &'f Files, sources: &mut Sources) -> Known<'f> {
    files.texts().map(|(path, text)| (path, (text, sources.add(path, "Text", text)))).collect()
}

fn looked_up<'f>(path: &str, known: &Known<'f>, files: &Files) -> Lookup<'f> {
    match (known.get(path), files.was_asked(path)) {
        (Some((text, file)), _) => Lookup::Text(text, *file),
        (None, true) => Lookup::Absent,
        (None, false) => Lookup::Unasked,
    }
}

/// By what a project is locked.
#[derive(Clone, Debug)]
pub(crate) enum Locking {
    /// By its manager's own command, in this folder.
    Manager(Manager, String),
    /// By the command that made the file, which is not one of ours to run.
    Tool(String),
    /// By pinning requirement files.
    Pip {
        /// The command.
        compile: Box<pip::Compile>,
        /// Whether the file that it writes is what is installed.
        is_named: bool,
    },
}

/// By what a lock is made anew. The error is what is still to be read.
pub(super) fn locking(lock: &Lock, project: &pip::For, files: &Files, sources: &mut Sources) -> Result<Locking, BTreeSet<String>> {
    if lock.manager != Manager::Pip {
        return Ok(Locking::Manager(lock.manager, lock.folder.clone()));
    }
    if let [Asked::File { path, .. }] = &lock.asked[..]
        && (pip::is_written_by_tool(&lock.text) || is_only_standard(lock))
    {
        let compile = pip::Compile::of_header(path, &lock.text).filter(|_| !is_only_standard(lock));
        return Ok(match compile {
            Some(compile) => Locking::Pip { compile: Box::new(compile), is_named: true },
            None => Locking::Tool(path.clone()),
        });
    }
    let known = known(files, sources);
    let compile = pip::compile(&lock.asked, project, &|path| looked_up(path, &known, files))?;
    Ok(Locking::Pip { compile: Box::new(compile), is_named: false })
}

/// Reads pip's files, which may include each other. The error is what is still to be read; nothing when they are refused.
pub(super) fn read_pip(
    lock: &mut Lock,
    project: &pip::For,
    files: &Files,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Result<(), BTreeSet<String>> {
    let read = if is_only_standard(lock) {
        pip::pylock(&lock.text, lock.file, sink)
    } else {
        let known = known(files, sources);
        pip::requirements(&lock.asked, project, &|path| looked_up(path, &known, files), sink)
    };
    match read {
        pip::Read::Locked(locked) => lock.pip = Some(locked),
        pip::Read::Wanted(wanted) => return Err(wanted),
        pip::Read::Refused => {}
    }
    Ok(())
}
