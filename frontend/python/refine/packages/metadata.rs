//! What a distribution says of itself: `METADATA`, `entry_points.txt`, `requires.txt`.
//! Lines that make no sense are passed over.

use crate::python::pep::{Marker, Requirement, normalized};

/// The headers that matter here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) requires: Vec<String>,
}

/// Reads the headers, which end at the first empty line; one of blanks goes on with the header before it, as whole licences do.
pub(super) fn metadata(text: &str) -> Metadata {
    let mut read = Metadata::default();
    for line in text.lines().take_while(|line| !line.is_empty()) {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            "name" if read.name.is_none() && !value.is_empty() => read.name = Some(normalized(value)),
            "version" if read.version.is_none() => read.version = Some(value.to_owned()),
            "requires-dist" => read.requires.extend(requirement(value)),
            _ => {}
        }
    }
    read.requires.sort();
    read.requires.dedup();
    read
}

/// The name that a requirement starts with; `None` when only an extra asks for it.
fn requirement(text: &str) -> Option<String> {
    let found = Requirement::parse(text)?;
    let of_extra = found.marker.is_some_and(|marker| Marker::read(&marker).names_extras());
    (!of_extra).then_some(found.name)
}

/// The requirements of an old `requires.txt`, whose sections are extras.
pub(super) fn requires_txt(text: &str) -> Vec<String> {
    text.lines().take_while(|line| !line.starts_with('[')).filter_map(requirement).collect()
}

/// Entry points as section, name and the object that they name.
pub(super) fn entry_points(text: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut found = vec![];
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            name.trim().clone_into(&mut section);
        } else if let Some((name, object)) = line.split_once('=').filter(|_| !line.starts_with(['#', ';'])) {
            let object = object.split('[').next().unwrap_or_default();
            found.push((section.clone(), name.trim().to_owned(), object.trim().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers_are_read_until_the_description() {
        let text = "Metadata-Version: 2.1\nName: My_Pkg.core\nVersion: 1.2\nRequires-Dist: NumPy[all] (>=1.2); python_version > '3'\n\
                    Requires-Dist: pytest; extra == 'test'\nRequires-Dist: a@https://x/y\n\nRequires-Dist: not-this\n";
        let read = metadata(text);
        assert_eq!(read.name.as_deref(), Some("my-pkg-core"));
        assert_eq!(read.version.as_deref(), Some("1.2"));
        assert_eq!(read.requires, ["a", "numpy"]);
        assert_eq!(requires_txt("six\n\n[dev]\npytest\n"), ["six"]);
    }

    #[test]
    fn a_line_of_blanks_ends_no_headers() {
        let text =
            "Name: a\nLicense: Long\n        \n        Requires-Dist: not-this\nRequires-Dist: lazy-loader\r\n\r\nRequires-Dist: x\n";
        assert_eq!(metadata(text).requires, ["lazy-loader"]);
    }

    #[test]
    fn entry_points_have_sections() {
        let found = entry_points("[console_scripts]\nrun = a.b:main [extra]\n; x = y\n\n[pytest11]\np=a.plugin\n");
        let found: Vec<_> = found.iter().map(|(s, n, o)| (s.as_str(), n.as_str(), o.as_str())).collect();
        assert_eq!(found, [("console_scripts", "run", "a.b:main"), ("pytest11", "p", "a.plugin")]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(?s).{0,200}") {
            let _ = (metadata(&text), entry_points(&text), requires_txt(&text), normalized(&text));
        }
    }
}
