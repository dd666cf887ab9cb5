//! What a distribution says of itself to people who want to know what they run: its licences, its page, its maker; how it was built, and from
//! where it was installed. Lines that make no sense are passed over.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::metadata::{Metadata, metadata};

/// What `METADATA` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// Its name in its standard form.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Names of what it always requires.
    pub requires: Vec<String>,
    /// What it says of its licence, the most exact of what it has.
    pub licences: Vec<String>,
    /// Its page.
    pub homepage: String,
    /// Its maker.
    pub author: String,
}

/// What `direct_url.json` says of where a distribution was installed from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Direct {
    /// The address.
    pub url: String,
    /// The commit of a repository.
    pub vcs_info: Option<Commit>,
    /// A folder.
    pub dir_info: Option<serde_json::Value>,
}

/// A commit of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Commit {
    /// Its hash.
    pub commit_id: String,
}

/// Licences as classifiers name them; those that name a family of licences say nothing exact.
const CLASSIFIERS: &[(&str, &str)] = &[
    ("Apache Software License", "Apache-2.0"),
    ("Boost Software License 1.0 (BSL-1.0)", "BSL-1.0"),
    ("GNU Affero General Public License v3", "AGPL-3.0-only"),
    ("GNU Affero General Public License v3 or later (AGPLv3+)", "AGPL-3.0-or-later"),
    ("GNU General Public License v2 (GPLv2)", "GPL-2.0-only"),
    ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
    ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
    ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
    ("GNU Lesser General Public License v2 or later (LGPLv2+)", "LGPL-2.0-or-later"),
    ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
    ("GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"),
    ("Historical Permission Notice and Disclaimer (HPND)", "HPND"),
    ("ISC License (ISCL)", "ISC"),
    ("MIT License", "MIT"),
    ("MIT No Attribution License (MIT-0)", "MIT-0"),
    ("Mozilla Public License 1.1 (MPL 1.1)", "MPL-1.1"),
    ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
    ("Python Software Foundation License", "PSF-2.0"),
    ("The Unlicense (Unlicense)", "Unlicense"),
    ("Universal Permissive License (UPL)", "UPL-1.0"),
    ("Zero-Clause BSD (0BSD)", "0BSD"),
    ("zlib/libpng License", "Zlib"),
];

/// Reads the headers of `METADATA`.
pub(crate) fn about(text: &str) -> About {
    let Metadata { name, version, requires } = metadata(text);
    let headers: Vec<(String, &str)> = text
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.to_ascii_lowercase(), value.trim()))
        .collect();
    let all = |key: &'static str| headers.iter().filter(move |(known, _)| known == key).map(|(_, value)| *value);
    let first = |key: &'static str| all(key).find(|value| !value.is_empty() && *value != "UNKNOWN");
    let page = |labels: &[&str]| {
        let labelled = all("project-url").filter_map(|value| value.split_once(','));
        labelled.filter(|(label, _)| labels.contains(&label.trim().to_lowercase().as_str())).map(|(_, url)| url.trim()).next()
    };
    let homepage = first("home-page").or_else(|| page(&["homepage", "home"])).or_else(|| page(&["repository", "source", "source code"]));
    let person = |name: &'static str, email: &'static str| match (first(name), first(email)) {
        (Some(name), Some(email)) if !email.contains('<') => Some(format!("{name} <{email}>")),
        (name, email) => name.or(email).map(str::to_owned),
    };
    let author = person("author", "author-email").or_else(|| person("maintainer", "maintainer-email"));
    About {
        name,
        version,
        requires,
        licences: licences(first("license-expression"), first("license"), all("classifier")),
        homepage: homepage.unwrap_or_default().to_owned(),
        author: author.unwrap_or_default(),
    }
}

/// An expression says all; else classifiers do that name one licence each, else what stands in the old header.
fn licences<'t>(expression: Option<&str>, header: Option<&str>, classifiers: impl Iterator<Item = &'t str>) -> Vec<String> {
    if let Some(expression) = expression {
        return vec![expression.to_owned()];
    }
    let named = classifiers.filter_map(|text| text.strip_prefix("License ::")).filter_map(|text| text.rsplit(" :: ").next()).map(str::trim);
    let named: BTreeSet<&str> = named.filter(|name| *name != "OSI Approved").collect();
    let exact = |name: &&str| CLASSIFIERS.iter().find(|(known, _)| known == name).map(|(_, id)| (*id).to_owned());
    let ids: Option<Vec<String>> = named.iter().map(exact).collect();
    match (ids.filter(|ids| !ids.is_empty()), header) {
        (Some(ids), _) => ids,
        (None, Some(header)) => vec![header.to_owned()],
        (None, None) => named.into_iter().map(str::to_owned).collect(),
    }
}

/// Reads `direct_url.json`; nothing where it makes no sense.
pub(crate) fn direct(text: &str) -> Direct {
    serde_json::from_str(text).unwrap_or_default()
}

/// The tags in `WHEEL`, as `py3-none-any`.
pub(crate) fn tags(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.strip_prefix("Tag:")).map(|tag| tag.trim().to_owned()).collect()
}

/// The tags in the name of an archive of built files; nothing for another archive.
pub(crate) fn tags_of(file: &str) -> BTreeSet<String> {
    let Some(stem) = file.strip_suffix(".whl") else { return BTreeSet::new() };
    let mut parts = stem.rsplitn(4, '-');
    let (Some(platforms), Some(abis), Some(pythons)) = (parts.next(), parts.next(), parts.next()) else { return BTreeSet::new() };
    let mut found = BTreeSet::new();
    for python in pythons.split('.') {
        for abi in abis.split('.') {
            found.extend(platforms.split('.').map(|platform| format!("{python}-{abi}-{platform}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_most_exact_is_taken() {
        let text = "Name: A_b\nVersion: 1\nLicense: Some text\n  of two lines\nClassifier: License :: OSI Approved :: MIT License\n\
                    Author: X\nAuthor-email: x@y.z\nProject-URL: Source, https://a/b\nProject-URL: Homepage, https://a\n\nLicense: not\n";
        let read = about(text);
        assert_eq!((read.name.as_deref(), read.licences.as_slice()), (Some("a-b"), ["MIT".to_owned()].as_slice()));
        assert_eq!((read.homepage.as_str(), read.author.as_str()), ("https://a", "X <x@y.z>"));
        let of = |text: &str| about(text).licences;
        assert_eq!(of("License-Expression: MIT OR BSD-2-Clause\nLicense: x\n"), ["MIT OR BSD-2-Clause"]);
        assert_eq!(of("License: BSD-3-Clause\nClassifier: License :: OSI Approved :: BSD License\n"), ["BSD-3-Clause"]);
        assert_eq!(of("Classifier: License :: OSI Approved :: BSD License\n"), ["BSD License"]);
        assert_eq!(of("Classifier: License :: OSI Approved\nLicense: UNKNOWN\n"), [""; 0]);
    }

    #[test]
    fn tags_of_an_archive_are_those_of_what_was_installed() {
        let installed = tags("Wheel-Version: 1.0\nTag: cp313-cp313-manylinux_2_17_x86_64\nTag: cp313-cp313-manylinux2014_x86_64\n");
        assert_eq!(tags_of("a-1-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"), installed);
        assert_eq!(tags_of("a-1-1build-py2.py3-none-any.whl").into_iter().collect::<Vec<_>>(), ["py2-none-any", "py3-none-any"]);
        assert!(tags_of("a-1.tar.gz").is_empty());
    }
}
