//! Why a selection cannot be installed from a lock. The caller knows the place in the spec that asked for it.

use crate::diag::{Diagnostic, Place, nearest};
use crate::python::codes;

/// What is wrong with the selection, or with the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectionError {
    /// The lock has no such project or workspace member.
    NoPackage {
        /// The one asked for.
        package: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The project has no such extra.
    NoExtra {
        /// The project.
        package: String,
        /// The one asked for.
        extra: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The project has no such dependency group.
    NoGroup {
        /// The project.
        package: String,
        /// The one asked for.
        group: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The project declares that these exclude each other.
    Conflict {
        /// The project.
        package: String,
        /// Two or more, as ``extra `cpu` ``.
        parts: Vec<String>,
    },
    /// A package needs another that the lock does not hold.
    Broken {
        /// The one that needs it.
        package: String,
        /// The one that is missing.
        needs: String,
        /// The dependency in uv.lock.
        place: Place,
    },
}

impl SelectionError {
    /// As a message; `place` is where the selection was written, if it was.
    #[must_use]
    pub fn diagnostic(&self, place: Option<Place>) -> Diagnostic {
        let point = |found: Diagnostic| place.into_iter().fold(found, |found, place| found.at(place, ""));
        match self {
            Self::NoPackage { package, known } => {
                let found = Diagnostic::new(codes::NOT_IN_LOCK, format!("uv.lock has no project `{package}`"));
                point(found).help(choice(package, known, "project")).help("if the project is new or was renamed, run `uv lock`")
            }
            Self::NoExtra { package, extra, known } => {
                let found = Diagnostic::new(codes::NO_SUCH_EXTRA, format!("`{package}` has no extra `{extra}`"));
                point(found).help(choice(extra, known, "extra")).help("if pyproject.toml has it, run `uv lock`")
            }
            Self::NoGroup { package, group, known } => {
                let found = Diagnostic::new(codes::NO_SUCH_GROUP, format!("`{package}` has no dependency group `{group}`"));
                point(found).help(choice(group, known, "group")).help("if pyproject.toml has it, run `uv lock`")
            }
            Self::Conflict { package, parts } => {
                let message = format!("{} cannot be installed together: `{package}` declares that they conflict", parts.join(" and "));
                point(Diagnostic::new(codes::CONFLICTING_EXTRAS, message)).help("select one of them, and make an edition of each")
            }
            Self::Broken { package, needs, place } => {
                let found = Diagnostic::new(codes::MISSING_PACKAGE, format!("`{package}` needs `{needs}`, which uv.lock does not hold"));
                found.at(*place, "").help("run `uv lock` to write it anew")
            }
        }
    }
}

fn choice(typed: &str, known: &[String], what: &str) -> String {
    match (nearest(typed, known.iter().map(String::as_str)), known) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => format!("there is no {what} at all"),
        (None, [only]) => format!("the only {what} is `{only}`"),
        (None, many) => format!("there are {}", many.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
    }
}
