//! Advice on a build that would work: a file for each lint, and one list of them; those on projects of an ecosystem are in its
//! room. A lint looks at what is known and says what a person should know; it changes nothing, and nothing hangs on it. What cannot
//! be built is said where that is found. What becomes of a warning says the policy.

mod copied_below;
mod debian_end_of_life;
mod health_port;
mod images;
mod large_file;
mod latest_image;
mod no_ignore_file;
mod policy;
mod root_user;
mod shell_command;
mod ships_secret;
mod unpinned_base;
mod unused_secret;

use crate::diag::codes::{self, Code};
use crate::diag::{Diagnostic, Sink};
use crate::ecosystem::Project;
use crate::facts::Files;
use crate::plan::Plan;
use crate::spec::Spec;

pub(crate) use policy::Checks;
pub(crate) use policy::Policy;

/// What a lint looks at.
pub(crate) struct Subject<'a> {
    /// What the user wrote, for the edition that is built.
    pub(crate) spec: &'a Spec,
    /// The project, with what its files say.
    pub(crate) project: &'a Project,
    /// The answers of the context so far.
    pub(crate) files: &'a Files,
    /// What will be built, where that is known.
    pub(crate) plan: Option<&'a Plan>,
}

/// Returns what a lint finds.
type Lint = fn(&Subject<'_>) -> Vec<Diagnostic>;

/// Every lint with the message that it has.
const LINTS: &[(Code, Lint)] = &[
    (codes::COPIED_BELOW, copied_below::find),
    (codes::ROOT_USER, root_user::find),
    (codes::SHELL_COMMAND, shell_command::find),
    (codes::HEALTH_PORT, health_port::find),
    (codes::LATEST_IMAGE, latest_image::find),
    (codes::DEBIAN_END_OF_LIFE, debian_end_of_life::find),
    (codes::NO_IGNORE_FILE, no_ignore_file::find),
    (codes::SHIPS_SECRET, ships_secret::find),
    (codes::LARGE_FILE, large_file::find),
    (codes::UNUSED_SECRET, unused_secret::find),
    (codes::UNPINNED_BASE, unpinned_base::find),
];

/// Lints that only look where they are asked to: what they find is usual, and wrong for some.
const ONLY_WHEN_ASKED: &[Code] = &[codes::UNPINNED_BASE];

/// Says what any lint finds. Nothing is advised on what cannot be built: the mistakes come first.
pub(crate) fn lint(subject: &Subject<'_>, policy: &Policy, sink: &mut Sink) {
    if subject.plan.is_none() {
        return;
    }
    let looks = |code: &Code| !ONLY_WHEN_ASKED.contains(code) || policy.asks(*code);
    let own = LINTS.iter().filter(|(code, _)| looks(code)).map(|(code, find)| (*code, find(subject)));
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
