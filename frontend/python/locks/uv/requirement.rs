//! Requirements as a project writes them (`name[extra] >=1,<2 ; marker`), as far as a comparison needs them.

use std::collections::BTreeSet;

use crate::python::pep::normalized;

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    /// Normalised.
    pub(super) name: String,
    /// Normalised.
    pub(super) extras: BTreeSet<String>,
    /// What it says about versions; empty when any will do, `None` when it names a URL instead.
    pub(super) specifier: Option<String>,
    /// When it counts; `None` is always.
    pub(super) marker: Option<String>,
}

impl Requirement {
    /// Reads one. `None` when it is none, which is for uv to say.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (text, url) = match text.split_once('@') {
            Some((before, url)) if !before.contains(';') => (before, Some(url)),
            _ => (text, None),
        };
        let (text, marker) = text.split_once(';').map_or((text, None), |(text, marker)| (text, Some(marker)));
        let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let text = text.trim();
        let end = text.find(|c| !good(c)).unwrap_or(text.len());
        let (name, rest) = (&text[..end], text[end..].trim_start());
        let (extras, rest) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?,
            None => ("", rest),
        };
        let extras = extras.split(',').map(|e| normalized(e.trim())).filter(|e| !e.is_empty()).collect();
        let bare = rest.trim();
        let bare = bare.strip_prefix('(').and_then(|r| r.strip_suffix(')')).unwrap_or(bare);
        // A space before the semicolon ends a URL; a marker of a URL cannot be told from it otherwise.
        let marker = marker.or_else(|| url?.split_once(" ;").map(|(_, marker)| marker)).map(|m| m.trim().to_owned());
        let specifier = url.is_none().then(|| bare.to_owned());
        let name = normalized(name);
        (!name.is_empty()).then_some(Self { name, extras, specifier, marker })
    }
}

/// A specifier's clauses in a form in which equal ones are the same text, whatever their order. `None` when one is not plain.
pub(super) fn clauses(specifier: &str) -> Option<BTreeSet<String>> {
    specifier.split(',').map(str::trim).filter(|c| !c.is_empty()).map(clause).collect()
}

fn clause(text: &str) -> Option<String> {
    let sign = text.len() - text.trim_start_matches(['<', '>', '=', '!', '~']).len();
    let (sign, version) = (&text[..sign], text[sign..].trim().trim_start_matches(['v', 'V']));
    if sign == "===" {
        return Some(format!("==={version}"));
    }
    let (version, wildcard) = version.strip_suffix(".*").map_or((version, ""), |v| (v, ".*"));
    let numbers: Option<Vec<u64>> = version.split('.').map(|p| p.parse().ok()).collect();
    // Pre-releases and the like have many spellings; what is not numbers alone is not compared.
    let mut numbers = numbers?;
    // `1.0` is `1`, but where the count of numbers counts.
    while sign != "~=" && wildcard.is_empty() && numbers.len() > 1 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    let numbers: Vec<_> = numbers.iter().map(u64::to_string).collect();
    Some(format!("{sign}{}{wildcard}", numbers.join(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_taken_apart() {
        let check = |text: &str, name: &str, extras: &[&str], specifier: Option<&str>, marker: Option<&str>| {
            let expected = Requirement {
                name: name.to_owned(),
                extras: extras.iter().map(|e| (*e).to_owned()).collect(),
                specifier: specifier.map(str::to_owned),
                marker: marker.map(str::to_owned),
            };
            assert_eq!(Requirement::parse(text), Some(expected), "{text}");
        };
        check("Foo_bar", "foo-bar", &[], Some(""), None);
        check("uvicorn[standard, X_y]>=0.30,<1", "uvicorn", &["standard", "x-y"], Some(">=0.30,<1"), None);
        check("tomli (>=2) ; python_version < '3.11'", "tomli", &[], Some(">=2"), Some("python_version < '3.11'"));
        check("pip @ git+https://user@host/x.git", "pip", &[], None, None);
        check("pip @ https://h/x.zip ; os_name == 'nt'", "pip", &[], None, Some("os_name == 'nt'"));
        check("a; platform_machine == '@'", "a", &[], Some(""), Some("platform_machine == '@'"));
        assert_eq!(Requirement::parse("-"), None);
        assert_eq!(Requirement::parse(""), None);
    }

    #[test]
    fn equal_specifiers_are_the_same() {
        assert_eq!(clauses(">=1.0, <2"), clauses("<2.0.0,>= 1"));
        assert_ne!(clauses("~=1.0"), clauses("~=1.0.0"));
        assert_ne!(clauses(">=1"), clauses(">1"));
        assert_eq!(clauses("==1.*"), clauses("== 1.*"));
        assert_eq!(clauses(">=1.0rc1"), None);
    }
}
