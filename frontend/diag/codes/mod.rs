//! Every message that distil can say: its name, how bad it is, since when it is said, and its page. The table is these files, one
//! for each subject. A [`Code`] is made here and nowhere else, so what is not in the table cannot be said.

mod build;
mod image;
mod lock;
mod project;
mod recipe;
mod spec;
mod text;

use std::fmt::{self, Write as _};

use super::Severity;

pub use self::{build::*, image::*, lock::*, project::*, recipe::*, spec::*, text::*};

/// Where `docs/messages.md` is to be read.
const REFERENCE: &str = "https://github.com/distil-build/distil/blob/main/docs/messages.md";

/// The messages by subject, in the order of `docs/messages.md`.
pub const SUBJECTS: &[(&str, &[Code])] = &[
    ("The text of files", text::ALL),
    ("The spec", spec::ALL),
    ("The project", project::ALL),
    ("Locks", lock::ALL),
    ("Recipes", recipe::ALL),
    ("The build and the command line", build::ALL),
    ("The image", image::ALL),
];

/// One message of the table.
#[derive(Clone, Copy)]
pub struct Code(&'static Message);

/// What the table holds of a message.
struct Message {
    name: &'static str,
    severity: Severity,
    since: &'static str,
    page: &'static str,
}

impl Code {
    /// Its name, in kebab case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// How bad it is, where the one who says it does not know better.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.0.severity
    }

    /// The first release that says it.
    #[must_use]
    pub const fn since(self) -> &'static str {
        self.0.since
    }

    /// Its page in Markdown: what it says, why it matters, how to mend it, an example.
    #[must_use]
    pub fn page(self) -> String {
        self.0.page.lines().flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect()
    }

    /// Where its page is to be read.
    #[must_use]
    pub fn url(self) -> String {
        format!("{REFERENCE}#{}", self.name())
    }

    /// The message of a name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        SUBJECTS.iter().flat_map(|(_, codes)| *codes).copied().find(|code| code.name() == name)
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// All of the table as a page.
#[must_use]
pub fn reference() -> String {
    let mut page = "\
# Messages

Everything that distil says of a spec, of a project's files and of an image has a name, which stands in brackets:
`error[unknown-key]`. An error stops the build; a warning does not. Here is what each says, why it matters and how to mend it;
where an example shows the mistake, the comment beside it shows the way out. `distil explain NAME` prints the same.

This page is written by `SNAPSHOTS=overwrite cargo test` from `frontend/diag/codes/`.
"
    .to_owned();
    for (subject, codes) in SUBJECTS {
        let _ = write!(page, "\n## {subject}\n");
        for code in *codes {
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

/// Writes constants, and `ALL` of them. A constant's documentation is the page of its message.
macro_rules! codes {
    ($($(#[doc = $line:literal])+ $constant:ident = $name:literal, $severity:ident, $since:literal;)+) => {
        $(
            $(#[doc = $line])+
            pub const $constant: Code =
                Code(&Message { name: $name, severity: Severity::$severity, since: $since, page: concat!($($line, "\n"),+) });
        )+

        pub(super) const ALL: &[Code] = &[$($constant),+];
    };
}
use codes;
