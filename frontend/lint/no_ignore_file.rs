//! A whole folder that is copied brings along whatever lies in it by chance.

use super::Subject;
use crate::diag::{Diagnostic, codes};
use crate::facts::IGNORE;

/// Finds a copy of all of the context that no ignore file narrows.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let names = subject.files.names(".").filter(|names| !names.is_empty());
    let is_narrowed = !subject.files.ignore().patterns().is_empty()
        || subject.spec.exclude.as_ref().is_some_and(|patterns| !patterns.is_empty())
        || names.is_none_or(|names| names.contains(IGNORE));
    let whole = subject.spec.own_copies().find(|item| item.from.as_str() == ".").filter(|_| !is_narrowed);
    let said = whole.map(|item| {
        let found = Diagnostic::new(codes::NO_IGNORE_FILE, "everything in the folder ships, and nothing says what does not");
        let found = found.at(item.place, "").help("name what the service needs, as `copy: [src, templates]`");
        found.help(format!("or write a `{IGNORE}` with what it does not, such as `tests`, `*.md` and `.env`"))
    });
    said.into_iter().collect()
}
