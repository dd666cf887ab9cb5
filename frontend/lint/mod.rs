//! Advice on a build that would work: a file for each lint, and one list of them; those on projects of an ecosystem are in its room. A lint looks at what is known and says what a
//! person should know; it changes nothing, and nothing hangs on it. What cannot be built is said where that is found.

mod copied_below;

use crate::diag::codes::{self, Code};
use crate::diag::{Diagnostic, Sink};
use crate::ecosystem::Project;
use crate::spec::Spec;

/// What a lint looks at.
pub(crate) struct Subject<'a> {
    /// What the user wrote, for the edition that is built.
    pub(crate) spec: &'a Spec,
    /// The project, with what its files say.
    pub(crate) project: &'a Project,
}

/// Returns what a lint finds.
type Lint = fn(&Subject<'_>) -> Vec<Diagnostic>;

/// Every lint with the message that it has.
const LINTS: &[(Code, Lint)] = &[(codes::COPIED_BELOW, copied_below::find)];

/// Says what any lint finds.
pub(crate) fn lint(subject: &Subject<'_>, sink: &mut Sink) {
    let own = LINTS.iter().map(|(code, find)| (*code, find(subject)));
    for (code, found) in own.chain(subject.project.lint(subject.spec)) {
        for found in found {
            debug_assert_eq!(found.code, code, "a lint has one message");
            sink.push(found);
        }
    }
}

/// Looks that lints are warnings, each in a file of its name in a folder.
#[cfg(test)]
pub(crate) fn in_files_of_their_names(folder: &str, codes: impl Iterator<Item = Code>) {
    for code in codes {
        assert_eq!(code.severity(), crate::diag::Severity::Warning, "{code}");
        let file = format!("frontend/{folder}/{}.rs", code.name().replace('-', "_"));
        assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&file).is_file(), "{file}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lint_is_a_warning_in_a_file_of_its_name() {
        in_files_of_their_names("lint", LINTS.iter().map(|(code, _)| *code));
    }
}
