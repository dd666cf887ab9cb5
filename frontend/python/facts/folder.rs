//! The project's folder, as far as the files of Python projects tell.

use crate::diag::Diagnostic;
use crate::facts::{Files, Wanted, folder};
use crate::python::codes;
use crate::spec::Spec;

use super::lock;
use super::probe::first;

/// Why it is not known.
pub(super) enum Unknown {
    /// This has to be read first.
    Wanted(Wanted),
    /// Copies of the spec lie in several projects.
    Ambiguous(Box<Diagnostic>),
}

/// Finds it.
pub(super) fn find(spec: &Spec, files: &Files) -> Result<String, Unknown> {
    let named = spec.project.as_ref().map(|project| project.value.to_string());
    let makes: Vec<&str> = lock::names().chain(["pyproject.toml"]).collect();
    folder::find(named, files, &first, &makes).map_err(|unknown| match unknown {
        folder::Unknown::Wanted(wanted) => Unknown::Wanted(wanted),
        folder::Unknown::Ambiguous(one, other) => {
            let found = Diagnostic::new(codes::NO_PROJECT, format!("the same spec lies in `{one}` and in `{other}`"));
            Unknown::Ambiguous(Box::new(found.help(format!("say in each which project it is for, as `project: {other}`"))))
        }
    })
}
