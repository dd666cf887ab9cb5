//! The packages of an Alpine image, by the records that `apk` keeps.

use std::collections::{BTreeMap, BTreeSet};

use super::debian::System;
use super::licence::Licence;
use super::purl::purl;
use super::{Component, Subject};

/// The records of all packages.
const INSTALLED: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];

/// The packages of an image.
#[must_use]
pub fn components(subject: &Subject<'_>, system: &System) -> Vec<Component> {
    let mut found: BTreeMap<String, Component> = BTreeMap::new();
    for path in INSTALLED {
        let Some(text) = subject.text(path) else { continue };
        let mut providers: BTreeMap<&str, &str> = BTreeMap::new();
        for record in text.split("\n\n") {
            for provided in field(record, "p:").split_whitespace() {
                providers.insert(provided.split(['=', '<', '>', '~']).next().unwrap_or_default(), field(record, "P:"));
            }
        }
        for record in text.split("\n\n") {
            let (name, version) = (field(record, "P:"), field(record, "V:"));
            if name.is_empty() {
                continue;
            }
            let origin = field(record, "o:");
            let upstream = if origin == name { "" } else { origin };
            let qualifiers = [("arch", field(record, "A:")), ("distro", &system.distro()), ("upstream", upstream)];
            let named = field(record, "D:").split_whitespace().map(|one| one.split(['=', '<', '>', '~']).next().unwrap_or_default());
            let requires: BTreeSet<String> =
                named.filter(|one| !one.starts_with('!')).map(|one| format!("apk/{}", providers.get(one).unwrap_or(&one))).collect();
            let component = Component {
                key: format!("apk/{name}"),
                name: name.to_owned(),
                version: version.to_owned(),
                purl: purl("apk", &system.id, name, version, &qualifiers),
                licences: Licence::read(field(record, "L:")).into_iter().collect(),
                origin: subject.of_base(path).unwrap_or_else(|| "installed in the image".into()),
                supplier: field(record, "m:").to_owned(),
                homepage: field(record, "U:").to_owned(),
                paths: vec![path.to_owned()],
                requires,
                ..Component::default()
            };
            found.entry(name.to_owned()).or_insert(component);
        }
    }
    found.into_values().collect()
}

/// The value of a field, which is a letter and a colon.
fn field<'r>(record: &'r str, name: &str) -> &'r str {
    record.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim()
}
