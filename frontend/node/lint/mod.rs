//! Advice on Node projects: a file for each lint, and one list of them.

mod node_end_of_life;
mod script_not_run;

use crate::diag::Diagnostic;
use crate::node::codes::{self, Code};
use crate::spec::Spec;

use super::facts::Facts;

/// Returns what a lint finds.
type Lint = fn(&Spec, &Facts) -> Vec<Diagnostic>;

/// Every lint with the message that it has.
const LINTS: &[(Code, Lint)] = &[(codes::NODE_END_OF_LIFE, node_end_of_life::find), (codes::SCRIPT_NOT_RUN, script_not_run::find)];

/// What each of them finds.
pub(crate) fn lint(spec: &Spec, facts: &Facts) -> Vec<(Code, Vec<Diagnostic>)> {
    LINTS.iter().map(|(code, find)| (*code, find(spec, facts))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lint_is_in_a_file_of_its_name() {
        crate::lint::in_files_of_their_names("node/lint", LINTS.iter().map(|(code, _)| *code));
    }
}
