//! Requirements (PEP 508): `name[extra] >=1,<2 ; marker`, and `name @ address ; marker`.
//! By hand: `pep508_rs` refuses a whole line for a version or a marker of an older spelling, where mostly the name is wanted, and
//! checks addresses with a parser of URLs that is larger than this program's own reading of locks.

use std::collections::BTreeSet;

use super::normalized;

/// A package as a project, a lock or another package asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// Its name in its standard form.
    pub(crate) name: String,
    /// Extras of it, in their standard form.
    pub(crate) extras: BTreeSet<String>,
    /// What it is to be.
    pub(crate) wanted: Wanted,
    /// When it counts; `None` is always.
    pub(crate) marker: Option<String>,
}

/// Which of a package is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// One of these versions; empty when any will do.
    Versions(String),
    /// What is at an address or a path.
    Address(String),
}

impl Requirement {
    /// Reads one. `None` when it begins with no name, or its extras have no end.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(text.len());
        let (name, rest) = (normalized(&text[..end]), text[end..].trim_start());
        let (extras, rest) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?,
            None => ("", rest),
        };
        let rest = rest.trim_start();
        let (wanted, marker) = if let Some(rest) = rest.strip_prefix('@') {
            // A semicolon can be part of an address; a blank before it ends that.
            let (address, marker) = split(rest, " ;");
            (Wanted::Address(address.to_owned()), marker)
        } else {
            let (versions, marker) = split(rest, ";");
            let bare = versions.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(versions);
            (Wanted::Versions(bare.to_owned()), marker)
        };
        let extras = extras.split(',').map(normalized).filter(|extra| !extra.is_empty()).collect();
        let marker = marker.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty());
        (!name.is_empty()).then_some(Self { name, extras, wanted, marker })
    }

    /// The versions that are asked for; `None` where it is asked for by an address.
    pub(crate) fn versions(&self) -> Option<&str> {
        match &self.wanted {
            Wanted::Versions(versions) => Some(versions),
            Wanted::Address(_) => None,
        }
    }
}

fn split<'t>(text: &'t str, sign: &str) -> (&'t str, Option<&'t str>) {
    text.split_once(sign).map_or((text.trim(), None), |(before, after)| (before.trim(), Some(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_taken_apart() {
        let check = |text: &str, name: &str, extras: &[&str], wanted: Wanted, marker: Option<&str>| {
            let expected = Requirement {
                name: name.to_owned(),
                extras: extras.iter().map(|e| (*e).to_owned()).collect(),
                wanted,
                marker: marker.map(str::to_owned),
            };
            assert_eq!(Requirement::parse(text), Some(expected), "{text}");
        };
        let versions = |text: &str| Wanted::Versions(text.to_owned());
        let address = |text: &str| Wanted::Address(text.to_owned());
        check("Foo_bar", "foo-bar", &[], versions(""), None);
        check("uvicorn[standard, X_y]>=0.30,<1", "uvicorn", &["standard", "x-y"], versions(">=0.30,<1"), None);
        check("tomli (>=2) ; python_version  < '3.11'", "tomli", &[], versions(">=2"), Some("python_version < '3.11'"));
        check("idna==3.7;", "idna", &[], versions("==3.7"), None);
        check("pip @ git+https://user@host/x.git", "pip", &[], address("git+https://user@host/x.git"), None);
        check("pip[a]@https://h/x;y.zip ; os_name == 'nt'", "pip", &["a"], address("https://h/x;y.zip"), Some("os_name == 'nt'"));
        check("a; platform_machine == '@'", "a", &[], versions(""), Some("platform_machine == '@'"));
        for text in ["-", "", "==1", "a[b"] {
            assert_eq!(Requirement::parse(text), None, "{text}");
        }
    }
}
