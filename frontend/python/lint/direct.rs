//! The packages that a project asks for by name, for the lints that look at them.

use toml_span::Value;

use crate::diag::Place;
use crate::python::facts::Facts;
use crate::python::pep::{Requirement, normalized};
use crate::python::toml;

/// A package that the project asks for.
pub(super) struct Direct {
    /// Its name, normalised.
    pub(super) name: String,
    /// Where it is asked for.
    pub(super) place: Place,
}

/// Returns what `pyproject.toml` lists among the dependencies that always ship; extras and groups are not among them.
pub(super) fn dependencies(facts: &Facts) -> Vec<Direct> {
    let Some(file) = &facts.project.file else { return vec![] };
    let (document, place) = (file.root(), |span| toml::place(file.file, span));
    let listed = document.pointer("/project/dependencies").and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(|item| Some((Requirement::parse(item.as_str()?)?.name, place(item.span))));
    let table = document.pointer("/tool/poetry/dependencies").and_then(Value::as_table);
    let table =
        table.into_iter().flatten().filter(|(key, _)| key.name != "python").map(|(key, _)| (normalized(&key.name), place(key.span)));
    let mut all: Vec<Direct> = listed.chain(table).map(|(name, place)| Direct { name, place }).collect();
    all.sort_by_key(|one| one.place);
    all
}
