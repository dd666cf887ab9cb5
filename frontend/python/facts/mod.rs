//! What the project's own files say: manager, Python version and where it came from, scripts, packages.
//! Pure: it is given the files that were read so far, and either answers or names the files it still wants.
//! The gateway and the command line fetch those, each in its own way, and ask again.

mod credentials;
mod folder;
mod lock;
mod probe;
mod project;
mod python;
mod specifier;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use lock::{Lock, Locking, locks};
pub(crate) use probe::first;
pub(crate) use project::Project;
pub(crate) use python::Python;
pub(crate) use specifier::Specifier;

use folder::Unknown;

use crate::diag::{Sink, Sources};
use crate::facts::{Files, Wanted};
use crate::python::keys::Manager;
use crate::python::locks::pip;
use crate::spec::Spec;

/// Everything a recipe may need to know about the project.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// What `pyproject.toml` says.
    pub project: Project,
    /// What is locked, and by which manager.
    pub lock: Lock,
    /// The Python version, and why it is that one.
    pub python: Python,
    /// Packages and modules at the top of a project that has no build system: what ships of it by default.
    pub modules: Vec<String>,
    /// What lies in the project's folder: names of files and folders that a service may read or import.
    pub names: Vec<String>,
}

/// The outcome of looking at the files read so far.
#[derive(Debug)]
pub(crate) enum Gathered {
    /// All is known.
    Facts(Box<Facts>),
    /// These have to be read first.
    Wanted(Wanted),
    /// The files contradict each other or the spec; the sink says how.
    Refused,
}

/// Looks at the files. Call it with an empty [`Files`] to learn what it wants first.
pub(crate) fn gather(spec: &Spec, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Gathered {
    let (mut lock, project, python) = match begin(spec, files, sources, sink) {
        Ok(found) => found,
        Err(Some(wanted)) => return Gathered::Wanted(wanted),
        Err(None) => return Gathered::Refused,
    };
    if let Some(lock) = lock.as_mut().filter(|l| l.manager == Manager::Pip)
        && let Err(read) = lock::read_pip(lock, &pinned_for(spec, lock, python.as_ref()), files, sources, sink)
    {
        return Gathered::Wanted(Wanted::files(read));
    }
    let (Some(mut lock), Some(project), Some(python)) = (lock, project, python) else { return Gathered::Refused };
    let folder = project.folder.as_str();
    let modules = if project.is_package || spec.names_own_copies() {
        vec![]
    } else {
        let Some(tree) = files.modules() else { return Gathered::Wanted(probe::modules(folder)) };
        project::modules(folder, tree)
    };
    credentials::refuse(&lock, &project, sink);
    if lock.manager == Manager::Uv {
        lock::read_uv(&mut lock, &project, sink);
    }
    if sink.has_errors() {
        return Gathered::Refused;
    }
    // Hidden files and what tools leave behind are nothing that a service waits for.
    let names = files.names(folder).into_iter().flatten().filter(|name| !name.starts_with(['.', '_'])).cloned().collect();
    Gathered::Facts(Box::new(Facts { project, lock, python, modules, names }))
}

/// By what the project is locked, however much of it is. The error is what is still to be read, or nothing when the sink says why
/// there is no answer.
pub(crate) fn locking(spec: &Spec, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Result<Locking, Option<Wanted>> {
    let (lock, _, python) = begin(spec, files, sources, sink)?;
    let lock = lock.filter(|_| !sink.has_errors()).ok_or(None)?;
    lock::locking(&lock, &pinned_for(spec, &lock, python.as_ref()), files, sources).map_err(|read| Some(Wanted::files(read)))
}

/// What is known before pip's files are read.
type Begun = (Option<Lock>, Option<Project>, Option<Python>);

/// The error is what is still to be read, or nothing when the sink says why there is no project.
fn begin(spec: &Spec, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Result<Begun, Option<Wanted>> {
    let folder = match folder::find(spec, files) {
        Ok(folder) => folder,
        Err(Unknown::Wanted(wanted)) => return Err(Some(wanted)),
        Err(Unknown::Ambiguous(found)) => {
            sink.push(*found);
            return Err(None);
        }
    };
    let folder = folder.as_str();
    let mut first = probe::first(folder);
    first.extend(spec.python().requirements.iter().flat_map(|r| r.value.files()).map(|path| path.value.to_string()));
    let missing = files.missing(&first);
    let names_of = files.names(folder).is_none().then(|| folder.to_owned());
    if missing.is_some() || names_of.is_some() {
        return Err(Some(Wanted { names_of, ..missing.unwrap_or_default() }));
    }
    if let (Some(folders), None) = (lock::near(spec, folder, files), files.near()) {
        return Err(Some(probe::near(folders)));
    }
    // Of the files that are always read some lie there unused; any other was asked for by one that is used.
    for found in files.paths().filter(|path| !first.iter().any(|f| f == path)).filter_map(|path| files.refusal(path)) {
        sink.push(found);
    }
    let lock = lock::find(spec, folder, files, sources, sink);
    // Where pip's files are named, or lie there to be named, there may be no more than those.
    let is_pip = spec.python().requirements.is_some() || probe::found_near(files).any(|path| path.contains("requirements"));
    let manager = lock.as_ref().map(|l| l.manager).or(is_pip.then_some(Manager::Pip));
    let project = project::read(spec, folder, manager, lock.as_ref(), files, sources, sink);
    let python = project.as_ref().and_then(|project| python::resolve(spec, project, files, sources, sink));
    Ok((lock, project, python))
}

/// What a file in which everything is pinned would be made for.
fn pinned_for(spec: &Spec, lock: &Lock, python: Option<&Python>) -> pip::For {
    let indexes = spec.indexes.iter().flatten().filter_map(|i| Some((i.value.name.as_ref()?, i.value.url.as_ref()?)));
    pip::For {
        folder: lock.folder.clone(),
        python: python.map(|python| python.version),
        indexes: indexes.map(|(name, url)| (name.value.to_string(), url.value.clone())).collect(),
    }
}
