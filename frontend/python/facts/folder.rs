//! The project's folder: the one that the spec names, else the one that the spec lies in.

use std::collections::BTreeSet;

use crate::diag::Diagnostic;
use crate::python::codes;
use crate::spec::Spec;

use super::lock;
use super::probe::first;
use crate::facts::{Files, Wanted, join, upward};

/// Why it is not known.
pub(super) enum Unknown {
    /// This has to be read first.
    Wanted(Wanted),
    /// Copies of the spec lie in several projects.
    Ambiguous(Box<Diagnostic>),
}

/// Finds it. A spec that names none is that of the nearest project at or above it in the context; one that lies elsewhere is that of
/// the context itself.
pub(super) fn find(spec: &Spec, files: &Files) -> Result<String, Unknown> {
    if let Some(folder) = &spec.project {
        return Ok(folder.value.to_string());
    }
    let Some(folders) = files.spec() else {
        let first = files.missing(&first(".")).unwrap_or_default();
        return Err(Unknown::Wanted(Wanted { spec: true, names_of: Some(".".to_owned()), ..first }));
    };
    let wanted: Vec<String> = folders.iter().flat_map(|folder| first(folder)).collect();
    if let Some(wanted) = files.missing(&wanted) {
        return Err(Unknown::Wanted(Wanted { names_of: folders.first().cloned(), ..wanted }));
    }
    let projects: BTreeSet<String> = folders.iter().map(|folder| at_or_above(folder, files)).collect();
    let mut projects = projects.into_iter();
    match (projects.next(), projects.next()) {
        (Some(one), Some(other)) => Err(Unknown::Ambiguous(Box::new(ambiguous(&one, &other)))),
        (one, _) => Ok(one.unwrap_or_else(|| ".".to_owned())),
    }
}

/// The nearest folder that has what makes a project.
fn at_or_above(folder: &str, files: &Files) -> String {
    let is_project = |folder: &String| lock::names().chain(["pyproject.toml"]).any(|name| files.is_there(&join(folder, name)));
    upward(folder).into_iter().find(is_project).unwrap_or_else(|| ".".to_owned())
}

fn ambiguous(one: &str, other: &str) -> Diagnostic {
    let found = Diagnostic::new(codes::NO_PROJECT, format!("the same spec lies in `{one}` and in `{other}`"));
    found.help(format!("say in each which project it is for, as `project: {other}`"))
}
