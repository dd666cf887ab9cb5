//! Advice on a build that would work: a file for each lint, and one list of them. A lint looks at what is known and says what a
//! person should know; it changes nothing, and nothing hangs on it. What cannot be built is said where that is found.

mod copied_below;
mod cuda_in_lock;
mod not_complete;
mod other_poetry;
mod version_from_git;

use crate::diag::codes::{self, Code};
use crate::diag::{Diagnostic, Sink};
use crate::python::facts::Facts;
use crate::spec::Spec;

/// What a lint looks at.
pub(crate) struct Subject<'a> {
    /// What the user wrote, for the edition that is built.
    pub(crate) spec: &'a Spec,
    /// What the project's files say, where the recipe asks for any.
    pub(crate) facts: Option<&'a Facts>,
}

/// Returns what a lint finds.
type Lint = fn(&Subject<'_>) -> Vec<Diagnostic>;

/// Every lint with the message that it has.
const LINTS: &[(Code, Lint)] = &[
    (codes::COPIED_BELOW, copied_below::find),
    (codes::VERSION_FROM_GIT, version_from_git::find),
    (codes::NOT_COMPLETE, not_complete::find),
    (codes::CUDA_IN_LOCK, cuda_in_lock::find),
    (codes::OTHER_POETRY, other_poetry::find),
];

/// Says what any lint finds.
pub(crate) fn lint(subject: &Subject<'_>, sink: &mut Sink) {
    for (code, find) in LINTS {
        for found in find(subject) {
            debug_assert_eq!(found.code, *code, "a lint has one message");
            sink.push(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;

    #[test]
    fn a_lint_is_a_warning_in_a_file_of_its_name() {
        let checkout = std::path::PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this"));
        for (code, _) in LINTS {
            assert_eq!(code.severity(), Severity::Warning, "{code}");
            let file = format!("frontend/lint/{}.rs", code.name().replace('-', "_"));
            assert!(checkout.join(&file).is_file(), "{file}");
        }
    }
}
