//! The Debian packages of an image, by the records that `dpkg` keeps, or that images without it have of what was unpacked.

use std::collections::{BTreeMap, BTreeSet};

use super::licence::Licence;
use super::purl::purl;
use super::{Component, Kind, Subject};

/// The records of all packages, where `dpkg` keeps them.
const STATUS: &str = "/var/lib/dpkg/status";
/// The records of single packages, in images without `dpkg`.
const RECORDS: &str = "/var/lib/dpkg/status.d";

/// What is said of a package of which nothing but that is in the image.
pub const COPIED: &str = "libraries of it were copied from the builder";

/// The system that an image's packages are of.
#[derive(Clone, Debug, Default)]
pub struct System {
    /// Its identifier, as `debian`.
    pub id: String,
    /// Its version, as `13`.
    pub version: String,
    /// Its name for people.
    pub title: String,
}

impl System {
    /// The system that an image says it is; nothing where it says nothing.
    #[must_use]
    pub fn of(subject: &Subject<'_>) -> Self {
        let text = ["/etc/os-release", "/usr/lib/os-release"].into_iter().find_map(|path| subject.text(path)).unwrap_or_default();
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned()
        };
        Self { id: value("ID"), version: value("VERSION_ID"), title: value("PRETTY_NAME") }
    }

    /// How package URLs name it, as `debian-13`.
    #[must_use]
    pub fn distro(&self) -> String {
        if self.version.is_empty() { self.id.clone() } else { format!("{}-{}", self.id, self.version) }
    }

    /// The system as a part of the image.
    #[must_use]
    pub fn component(&self) -> Option<Component> {
        (!self.id.is_empty()).then(|| Component {
            key: format!("system/{}", self.id),
            kind: Kind::System,
            name: self.id.clone(),
            version: self.version.clone(),
            origin: format!("the image says that it is {}", if self.title.is_empty() { &self.id } else { &self.title }),
            paths: vec!["/etc/os-release".into()],
            ..Component::default()
        })
    }
}

/// What is called a package in parts of other ecosystems.
#[must_use]
pub fn key(package: &str) -> String {
    format!("deb/{package}")
}

/// The Debian packages of an image.
#[must_use]
pub fn components(subject: &Subject<'_>, system: &System) -> Vec<Component> {
    let mut texts: Vec<(&str, String)> = vec![];
    let records = subject.image.below(RECORDS).filter(|(path, entry)| entry.is_file() && !path.ends_with(".md5sums"));
    for path in [STATUS].into_iter().chain(records.map(|(path, _)| path)) {
        texts.extend(subject.text(path).map(|text| (path, text)));
    }
    let known = |text: &str| stanzas(text).map(|stanza| stanza["Package"].to_owned()).collect::<BTreeSet<_>>();
    let of_base = subject.base.get(STATUS).filter(|entry| entry.is_file()).and_then(|entry| entry.bytes().ok());
    let of_base = known(&String::from_utf8_lossy(&of_base.unwrap_or_default()));
    let mut found = vec![];
    for (path, text) in &texts {
        for stanza in stanzas(text) {
            let named = if *path == STATUS { of_base.contains(stanza["Package"]) } else { subject.base.get(path).is_some() };
            let origin = if named { subject.of_base(path) } else { None };
            found.push(component(&stanza, system, path, origin, subject));
        }
    }
    found
}

/// A package of which a library was copied and no record is in the image, since it has a package manager that has none.
#[must_use]
pub fn copied(package: &str, version: &str, system: &System) -> Component {
    Component {
        key: key(package),
        name: package.to_owned(),
        version: version.to_owned(),
        purl: purl("deb", &system.id, package, version, &[("distro", &system.distro())]),
        origin: COPIED.into(),
        ..Component::default()
    }
}

fn component(stanza: &Stanza<'_>, system: &System, path: &str, origin: Option<String>, subject: &Subject<'_>) -> Component {
    let field = |name: &str| stanza.get(name).copied().unwrap_or_default();
    let (package, version) = (field("Package"), field("Version"));
    // The source and its version, where they are not the package's own.
    let (source, of_source) = field("Source").split_once(" (").map_or((field("Source"), ""), |(name, v)| (name, v.trim_end_matches(')')));
    let upstream = if of_source.is_empty() { source.to_owned() } else { format!("{source}@{of_source}") };
    let qualifiers = [("arch", field("Architecture")), ("distro", &system.distro()), ("upstream", &upstream)];
    let requires = [field("Depends"), field("Pre-Depends")].into_iter().flat_map(|list| list.split([',', '|']));
    let requires = requires.filter_map(|one| one.split(['(', ':', '[']).next()).map(str::trim).filter(|name| !name.is_empty());
    let copyright = format!("/usr/share/doc/{package}/copyright");
    let licences = subject.text(&copyright).map(|text| licences(&text)).unwrap_or_default();
    Component {
        key: key(package),
        name: package.to_owned(),
        version: version.to_owned(),
        purl: purl("deb", &system.id, package, version, &qualifiers),
        licences,
        origin: origin.unwrap_or_else(|| "unpacked for the image, or files of it copied from the builder".into()),
        supplier: field("Maintainer").to_owned(),
        homepage: field("Homepage").to_owned(),
        paths: vec![path.to_owned()],
        requires: requires.map(key).collect(),
        ..Component::default()
    }
}

/// The fields of a record by name, each with its first line.
type Stanza<'t> = BTreeMap<&'t str, &'t str>;

/// The records of packages that are there.
fn stanzas(text: &str) -> impl Iterator<Item = Stanza<'_>> {
    let is_there =
        |stanza: &Stanza<'_>| stanza.contains_key("Package") && stanza.get("Status").is_none_or(|status| status.ends_with(" installed"));
    text.split("\n\n").map(fields).filter(is_there)
}

fn fields(text: &str) -> Stanza<'_> {
    let lines = text.lines().filter(|line| !line.starts_with([' ', '\t']));
    lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim())).collect()
}

/// The licences that a file of copyrights names in the form that Debian has for them; none for one in words.
fn licences(text: &str) -> Vec<Licence> {
    let named = text.lines().filter_map(|line| line.strip_prefix("License:"));
    // All of several that are joined by "and" hold, as those of several files do.
    let all = |text| if str::contains(text, " or ") { vec![text] } else { text.split(" and ").flat_map(|part| part.split(',')).collect() };
    let found: BTreeSet<Licence> = named.flat_map(all).filter_map(Licence::read).collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_installed_counts() {
        let text = "Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: b\nStatus: deinstall ok config-files\n\nPackage: c\n";
        assert_eq!(stanzas(text).map(|stanza| stanza["Package"].to_owned()).collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn licences_are_those_of_the_standard_form() {
        let found =
            licences("Format: x\nLicense: GPL-2+ and MIT\n text\n\nFiles: *\nLicense: public-domain\nLicense:\n blank\nLicense: GPL-2+\n");
        let expected =
            [Licence::Expression("GPL-2.0-or-later".into()), Licence::Expression("MIT".into()), Licence::Name("public-domain".into())];
        assert_eq!(found, expected);
    }
}
