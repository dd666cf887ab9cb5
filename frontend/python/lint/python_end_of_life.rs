//! Series of Python that get no security fixes any more.

use crate::diag::Diagnostic;
use crate::python::codes;
use crate::python::facts::Facts;
use crate::spec::Spec;

/// Series after `3.` with the month of their last fixes.
const ENDED: &[(u32, &str)] = &[(10, "October 2026")];

/// Finds a service on such a series.
pub(super) fn find(_: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    let python = &facts.python;
    let ended = ENDED.iter().find(|(minor, _)| *minor == python.version.minor);
    let said = ended.map(|(_, month)| {
        let message = format!("Python {} has had no security fixes since {month}", python.version.series());
        let found = Diagnostic::new(codes::PYTHON_END_OF_LIFE, message);
        let newer = python.allowed.first().filter(|newest| ENDED.iter().all(|(minor, _)| minor < *newest));
        let help = newer.map_or_else(
            || "allow a newer one in `requires-python`, and lock again".to_owned(),
            |newest| format!("the project allows `python: \"3.{newest}\"`"),
        );
        python.place.into_iter().fold(found, |found, place| found.at(place, "")).help(help)
    });
    said.into_iter().collect()
}
