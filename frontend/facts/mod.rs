//! What the project's own files say: manager, Python version and where it came from, scripts, packages.
//! Pure: it is given the files that were read so far, and either answers or names the files it still wants.
//! The gateway and the command line fetch those, each in its own way, and ask again.

mod files;
mod lock;
mod project;
mod python;
mod specifier;

pub use files::{Files, Wanted};
pub use lock::Lock;
pub use project::{Project, Script};
pub use python::Python;

use crate::diag::{Diagnostic, Sink, Sources};
use crate::spec::{Manager, Spec};

/// Everything a recipe may need to know about the project.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What `pyproject.toml` says.
    pub project: Project,
    /// What is locked, and by which manager.
    pub lock: Lock,
    /// The Python version, and why it is that one.
    pub python: Python,
    /// Packages and modules at the top of a project that has no build system: what ships of it by default.
    pub modules: Vec<String>,
}

/// The outcome of looking at the files read so far.
#[derive(Debug)]
pub enum Gathered {
    /// All is known.
    Facts(Box<Facts>),
    /// These have to be read first.
    Wanted(Wanted),
    /// The files contradict each other or the spec; the sink says how.
    Refused,
}

/// Looks at the files. Call it with an empty [`Files`] to learn what it wants first.
pub fn gather(spec: &Spec, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Gathered {
    let folder = spec.project.as_ref().map_or(".", |p| p.value.as_str());
    if let Some(wanted) = files.missing(&files::first(folder)) {
        return Gathered::Wanted(wanted);
    }
    for (path, problem) in files.unreadable() {
        sink.push(Diagnostic::error("unreadable-file", format!("`{path}` {problem}")));
    }
    let mut lock = lock::find(spec, folder, files, sources, sink);
    if let Some(lock) = lock.as_mut().filter(|l| l.manager == Manager::Pip)
        && let Err(read) = lock::read_pip(lock, files, sources, sink)
    {
        return Gathered::Wanted(Wanted { read, modules_of: None });
    }
    let Some(project) = project::read(spec, folder, lock.as_ref(), files, sources, sink) else { return Gathered::Refused };
    let python = python::resolve(spec, &project, files, sources, sink);
    let (Some(lock), Some(python)) = (lock, python) else { return Gathered::Refused };
    let modules = if project.is_package || spec.copy.is_some() {
        vec![]
    } else {
        let Some(tree) = files.python() else { return Gathered::Wanted(Wanted::python(folder)) };
        project::modules(folder, tree)
    };
    if sink.has_errors() {
        return Gathered::Refused;
    }
    Gathered::Facts(Box::new(Facts { project, lock, python, modules }))
}
