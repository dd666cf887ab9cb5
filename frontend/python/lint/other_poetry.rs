//! A lock that another Poetry wrote than the one which the spec names.

use crate::diag::{Diagnostic, Place};
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::keys::Manager;
use crate::spec::Spec;

/// Compares the two; every Poetry names itself in the first line of the lock that it writes.
pub(super) fn find(spec: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    let Some(lock) = Some(&facts.lock).filter(|lock| lock.manager == Manager::Poetry) else { return vec![] };
    let first = lock.text.lines().next().unwrap_or_default();
    let wrote = first.split_once("by Poetry ").and_then(|(_, rest)| rest.split(' ').next());
    let (Some(asked), Some(wrote)) = (&spec.python().poetry, wrote) else { return vec![] };
    let asked_for = asked.value.as_str();
    if wrote == asked_for || wrote.starts_with(&format!("{asked_for}.")) {
        return vec![];
    }
    let found = Diagnostic::new(codes::OTHER_POETRY, format!("Poetry {wrote} wrote the lock, and the spec says {asked_for}"));
    let whole = Place { file: lock.file, start: 0, end: 0 };
    vec![found.at(asked.place, "").at(whole, "").help("write the lock with that version, or change the spec")]
}
