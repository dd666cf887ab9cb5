//! Requirement files that pin packages and may leave out what those need.

use crate::diag::Diagnostic;
use crate::python::codes;
use crate::python::facts::Facts;
use crate::spec::Spec;

/// Finds the first requirement of a file that no tool has completed, where hashes do not hold all of it.
pub(super) fn find(_: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    let Some(locked) = facts.lock.pip.as_deref() else { return vec![] };
    let (Some(place), Some(compile), false) = (locked.loose, &locked.compile, locked.is_hashed) else { return vec![] };
    let found = Diagnostic::new(
        codes::NOT_COMPLETE,
        "nothing says that what this package needs is pinned as well, so that may change from build to build",
    );
    let found = found.at(place, "").help(format!("let a tool write all of it: `{}`", compile.command()));
    vec![found.help(format!("and name that file in the spec: `requirements: {}`", compile.path()))]
}
