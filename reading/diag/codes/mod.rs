//! What distil can say of any kind of service: each message with its name, how bad it is, since when it is said, and its page. The
//! tables are these files, one for each subject; what is about one ecosystem has tables there. A [`Code`] is made by a table and
//! nowhere else, so what has no page cannot be said.

mod advice;
mod build;
mod image;
mod project;
mod recipe;
mod spec;
mod text;

use std::fmt;

use super::Severity;

pub use self::{advice::*, build::*, image::*, project::*, recipe::*, spec::*, text::*};

/// Where `docs/messages.md` is to be read.
const REFERENCE: &str = "https://github.com/distil-build/distil/blob/main/docs/messages.md";

/// A subject and its messages.
pub type Subject = (&'static str, &'static [Code]);

/// The messages by subject, in the order of `docs/messages.md`.
pub const OF_ANY_SERVICE: &[Subject] = &[
    ("The text of files", text::ALL),
    ("The spec", spec::ALL),
    ("The project", project::ALL),
    ("Recipes", recipe::ALL),
    ("The build and the command line", build::ALL),
    ("Advice", advice::ALL),
    ("The image", image::ALL),
];

/// One message of the table.
#[derive(Clone, Copy)]
pub struct Code(&'static Message);

/// What the table holds of a message.
pub struct Message {
    /// Its name, in kebab case.
    pub name: &'static str,
    /// How bad it is, where the one who says it does not know better.
    pub severity: Severity,
    /// The first release that says it.
    pub since: &'static str,
    /// Its page, line by line as the table has it.
    pub page: &'static str,
}

impl Code {
    /// One of a table. Only the macro below calls it.
    #[must_use]
    pub const fn of_table(message: &'static Message) -> Self {
        Self(message)
    }

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

/// Writes constants, and `ALL` of them. A constant's documentation is the page of its message.
#[macro_export]
macro_rules! codes {
    ($($(#[doc = $line:literal])+ $constant:ident = $name:literal, $severity:ident, $since:literal;)+) => {
        $(
            $(#[doc = $line])+
            pub const $constant: $crate::diag::codes::Code = $crate::diag::codes::Code::of_table(&$crate::diag::codes::Message {
                name: $name,
                severity: $crate::diag::Severity::$severity,
                since: $since,
                page: concat!($($line, "\n"),+),
            });
        )+

        pub(super) const ALL: &[$crate::diag::codes::Code] = &[$($constant),+];
    };
}
pub use codes;
