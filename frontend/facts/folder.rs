//! The project's folder: the one that the spec names, else the one that the spec lies in.

use std::collections::BTreeSet;

use super::{Files, Wanted, join, upward};

/// Why it is not known.
pub(crate) enum Unknown {
    /// This has to be read first.
    Wanted(Wanted),
    /// Copies of the spec lie in several projects, of which these are two.
    Ambiguous(String, String),
}

/// Finds it. A spec that names none is that of the nearest project at or above it in the context; one that lies elsewhere is that of
/// the context itself. `first` are the files that are read of each folder, and `makes` the names of those that make a project of one.
pub(crate) fn find(named: Option<String>, files: &Files, first: &dyn Fn(&str) -> Vec<String>, makes: &[&str]) -> Result<String, Unknown> {
    if let Some(folder) = named {
        return Ok(folder);
    }
    let Some(folders) = files.spec() else {
        let first = files.missing(&first(".")).unwrap_or_default();
        return Err(Unknown::Wanted(Wanted { spec: true, names_of: Some(".".to_owned()), ..first }));
    };
    let wanted: Vec<String> = folders.iter().flat_map(|folder| first(folder)).collect();
    if let Some(wanted) = files.missing(&wanted) {
        return Err(Unknown::Wanted(Wanted { names_of: folders.first().cloned(), ..wanted }));
    }
    let is_project = |folder: &String| makes.iter().any(|name| files.is_there(&join(folder, name)));
    let at_or_above = |folder: &String| upward(folder).into_iter().find(is_project).unwrap_or_else(|| ".".to_owned());
    let projects: BTreeSet<String> = folders.iter().map(at_or_above).collect();
    let mut projects = projects.into_iter();
    match (projects.next(), projects.next()) {
        (Some(one), Some(other)) => Err(Unknown::Ambiguous(one, other)),
        (one, _) => Ok(one.unwrap_or_else(|| ".".to_owned())),
    }
}
