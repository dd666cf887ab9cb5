//! What a Python project's files decided, for the reader.

use crate::diag::Sources;
use crate::plan::Decision;
use crate::spec::Spec;

use super::facts::Facts;

/// The project where it is not where the spec lies, its Python, and what manages it.
pub(crate) fn decisions(spec: &Spec, facts: &Facts, sources: &Sources) -> Vec<Decision> {
    let mut decisions = vec![];
    let lock = facts.lock.path();
    let manager_from = spec.python_manager().map_or(lock, |m| sources.cite_line(m.place));
    let project = &facts.project.folder;
    if project != "." {
        let from = spec.project.as_ref().map_or("where the spec lies".to_owned(), |p| sources.cite_line(p.place));
        decisions.push(Decision { about: "project", value: project.clone(), from });
    }
    let python = facts.python.version.to_string();
    decisions.push(Decision { about: "python", value: python, from: facts.python.from.clone() });
    decisions.push(Decision { about: "manager", value: facts.lock.manager.word().into(), from: manager_from });
    decisions
}
