//! Advice on Python projects: a file for each lint, and one list of them.

mod cuda_in_lock;
mod direct;
mod not_complete;
mod other_poetry;
mod python_end_of_life;
mod test_tool_ships;
mod two_http_clients;
mod version_from_git;

use crate::diag::Diagnostic;
use crate::python::codes::{self, Code};
use crate::spec::Spec;

use super::facts::Facts;

/// Returns what a lint finds.
type Lint = fn(&Spec, &Facts) -> Vec<Diagnostic>;

/// Every lint with the message that it has.
const LINTS: &[(Code, Lint)] = &[
    (codes::VERSION_FROM_GIT, version_from_git::find),
    (codes::NOT_COMPLETE, not_complete::find),
    (codes::CUDA_IN_LOCK, cuda_in_lock::find),
    (codes::OTHER_POETRY, other_poetry::find),
    (codes::TEST_TOOL_SHIPS, test_tool_ships::find),
    (codes::TWO_HTTP_CLIENTS, two_http_clients::find),
    (codes::PYTHON_END_OF_LIFE, python_end_of_life::find),
];

/// What each of them finds.
pub(crate) fn lint(spec: &Spec, facts: &Facts) -> Vec<(Code, Vec<Diagnostic>)> {
    LINTS.iter().map(|(code, find)| (*code, find(spec, facts))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lint_is_in_a_file_of_its_name() {
        crate::lint::in_files_of_their_names("python/lint", LINTS.iter().map(|(code, _)| *code));
    }
}
