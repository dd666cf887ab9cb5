//! What a project says of the versions of Python it runs on: `requires-python` in the standard's grammar (`>=3.11,<4`), and
//! Poetry's `python`, whose grammar takes in more (`^3.11`, `~3.12`, `3.11.*`, `>=3.10,<3.12 || >=3.13`).
//! A version without a patch number stands for every release of its series.

use crate::python::pep::version::{Constraint, Version};
use crate::python::version::PythonVersion;

/// Patch releases of one series that are tried; no series had as many.
const PATCHES: u32 = 60;

/// The versions of Python that are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Specifier(Constraint);

impl Specifier {
    /// Reads `requires-python`: clauses with a comma between them, each with its sign.
    pub(crate) fn standard(text: &str) -> Result<Self, String> {
        const OPERATORS: &[&str] = &[">=", "<=", "==", "!=", "~=", ">", "<"];
        for clause in text.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
            let Some(sign) = OPERATORS.iter().find(|sign| clause.starts_with(*sign)) else {
                return Err(format!("`{clause}` starts with none of {}", OPERATORS.join(", ")));
            };
            let version = clause[sign.len()..].trim_start_matches('=').trim();
            if version.is_empty() || version.contains(char::is_whitespace) || Constraint::parse(clause).is_none() {
                return Err(format!("`{version}` is not a version"));
            }
        }
        Constraint::parse(text).map(Self).ok_or_else(|| format!("`{text}` is not a list of versions"))
    }

    /// Reads what Poetry takes.
    pub(super) fn poetry(text: &str) -> Result<Self, String> {
        Constraint::parse(text).map(Self).ok_or_else(|| format!("`{text}` is not a constraint that Poetry knows"))
    }

    /// Whether some release of this version is allowed.
    pub(crate) fn allows(&self, python: PythonVersion) -> bool {
        let holds = |patch: u32| self.0.allows(&Version::of(&[3, python.minor, patch]));
        python.patch.map_or_else(|| (0..PATCHES).any(holds), holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parsed: Result<Specifier, String>, allowed: &[&str], refused: &[&str]) {
        let parsed = parsed.expect("it parses");
        for version in allowed {
            assert!(parsed.allows(version.parse().expect("a version")), "{parsed:?} should allow {version}");
        }
        for version in refused {
            assert!(!parsed.allows(version.parse().expect("a version")), "{parsed:?} should refuse {version}");
        }
    }

    #[test]
    fn clauses_hold_as_the_standard_says() {
        let check = |text: &str, allowed: &[&str], refused: &[&str]| check(Specifier::standard(text), allowed, refused);
        check(">=3.11", &["3.11", "3.14", "3.11.0"], &["3.10"]);
        check(">=3.11,<3.13", &["3.12.9"], &["3.13", "3.13.0"]);
        check("~=3.12", &["3.12", "3.14"], &["3.11"]);
        check("~=3.12.3", &["3.12", "3.12.3"], &["3.12.2", "3.13"]);
        check("==3.13.*", &["3.13", "3.13.7"], &["3.12"]);
        check("!=3.12.*, >=3.10", &["3.11"], &["3.12"]);
        check(">=3.13.2,<4.0a0", &["3.13", "3.13.2"], &["3.13.1"]);
        check("<3.13.5", &["3.13"], &["3.13.5"]);
        check("", &["3.10"], &[]);
        check(">=3.11.*", &["3.11", "3.12"], &["3.10"]);
        check(">=3.11.post1,<1!3.0", &["3.12"], &["3.10"]);
        check(">=3.13.0rc1", &["3.13.0"], &["3.12"]);
        check("=== 3.12.4", &["3.12", "3.12.4"], &["3.12.5"]);
    }

    #[test]
    fn poetry_takes_more() {
        let check = |text: &str, allowed: &[&str], refused: &[&str]| check(Specifier::poetry(text), allowed, refused);
        check("^3.11", &["3.11", "3.14"], &["3.10"]);
        check("^ 3.11", &["3.11", "3.14"], &["3.10"]);
        check("*", &["3.10"], &[]);
        check("~3.11", &["3.11", "3.11.9"], &["3.10", "3.12"]);
        check("3.11.*", &["3.11"], &["3.12"]);
        check("3.*", &["3.10", "3.14"], &[]);
        check("=3.11.4", &["3.11", "3.11.4"], &["3.11.5"]);
        check("~3.12.1", &["3.12", "3.12.1"], &["3.12.0", "3.13"]);
        check(">=3.10 <3.13", &["3.12"], &["3.13"]);
        check(">=3.10,<3.12 || >=3.13", &["3.11", "3.13"], &["3.12"]);
        check("^3.10 || ^3.12", &["3.10", "3.14"], &[]);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["3.12", ">=three", "^3.11", "~3.11", ">=3.10 <3.13", ">=3.10 || <3", ">=", ">= =3"] {
            assert!(Specifier::standard(text).is_err(), "{text}");
        }
        assert!(Specifier::poetry("three").is_err());
    }
}
