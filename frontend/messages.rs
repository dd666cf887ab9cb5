//! The registry of messages: every one that distil can say, those of single ecosystems among them, and the page of all.

use std::fmt::Write as _;

use crate::diag::Severity;
use crate::diag::codes::{self, Code, Subject};
use crate::ecosystem::codes as ecosystem;

/// The subjects with their messages, in the order of `docs/messages.md`: first those of any kind of service.
pub fn subjects() -> impl Iterator<Item = Subject> {
    codes::OF_ANY_SERVICE.iter().chain(ecosystem::SUBJECTS.iter().copied().flatten()).copied()
}

/// Every message.
pub fn all() -> impl Iterator<Item = Code> {
    subjects().flat_map(|(_, codes)| codes).copied()
}

/// The message of a name.
#[must_use]
pub fn find(name: &str) -> Option<Code> {
    all().find(|code| code.name() == name)
}

/// All of them as a page.
#[must_use]
pub fn page() -> String {
    let mut page = "\
# Messages

Everything that distil says of a spec, of a project's files and of an image has a name, which stands in brackets:
`error[unknown-key]`. An error stops the build; a warning does not. Here is what each says, why it matters and how to mend it;
where an example shows the mistake, the comment beside it shows the way out. `distil explain NAME` prints the same.

This page is written from the tables that the program says them by; a test keeps it true.
"
    .to_owned();
    for (subject, codes) in subjects() {
        let _ = write!(page, "\n## {subject}\n");
        for code in codes {
            let severity = match code.severity() {
                Severity::Error => "Error",
                Severity::Warning => "Warning",
            };
            let text = code.page().replace("\nWhy: ", "\n**Why it matters:** ").replace("\nMend: ", "\n**How to mend it:** ");
            let _ = write!(page, "\n### {code}\n\n{severity}, since {}. {text}", code.since());
        }
    }
    page
}

/// A page as a terminal shows it best: examples are set off, and their fences go.
#[must_use]
pub fn readable(page: &str) -> String {
    let (mut text, mut inside) = (String::new(), false);
    for line in page.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else {
            text.extend([if inside && !line.is_empty() { "    " } else { "" }, line, "\n"]);
        }
    }
    text
}
