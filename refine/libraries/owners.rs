//! The Debian packages that brought files come from, by the builder's `dpkg` database, so that scanners of the image know them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::tree::Tree;

/// Whose files these are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// The package of each file that has one.
    pub packages: BTreeMap<String, String>,
    /// What `/var/lib/dpkg/status.d/<package>` says of each of these packages.
    pub stanzas: BTreeMap<String, String>,
}

impl Owners {
    /// The version of a package.
    #[must_use]
    pub fn version(&self, package: &str) -> Option<&str> {
        self.stanzas.get(package)?.lines().find_map(|line| line.strip_prefix("Version:")).map(str::trim)
    }
}

/// Finds the packages of files of the builder; empty where that has no `dpkg` database.
pub fn owners(builder: &Tree, paths: &[&str]) -> io::Result<Owners> {
    let mut owners = Owners::default();
    let real: BTreeMap<String, &str> = paths.iter().map(|p| (builder.follow(p).unwrap_or_else(|| (*p).to_owned()), *p)).collect();
    let names: BTreeSet<&str> = real.keys().filter_map(|path| path.rsplit('/').next()).collect();
    for (path, entry) in builder.below("/var/lib/dpkg/info") {
        let Some(package) = path.strip_prefix("/var/lib/dpkg/info/").and_then(|p| p.strip_suffix(".list")) else { continue };
        let package = package.split(':').next().unwrap_or(package);
        let text = entry.bytes()?;
        for line in String::from_utf8_lossy(&text).lines() {
            // A package may name a file through `/lib`, which is a link.
            let known = line.rsplit('/').next().is_some_and(|name| names.contains(name));
            if let Some(asked) = known.then(|| builder.follow(line)).flatten().and_then(|line| real.get(&line)) {
                owners.packages.entry((*asked).to_owned()).or_insert_with(|| package.to_owned());
            }
        }
    }
    let Some(status) = builder.get("/var/lib/dpkg/status").filter(|_| !owners.packages.is_empty()) else { return Ok(owners) };
    let wanted: BTreeSet<&String> = owners.packages.values().collect();
    let text = status.bytes()?;
    for stanza in String::from_utf8_lossy(&text).split("\n\n") {
        let name = stanza.lines().find_map(|line| line.strip_prefix("Package: ")).unwrap_or_default().trim();
        if wanted.contains(&name.to_owned()) {
            owners.stanzas.entry(name.to_owned()).or_insert_with(|| without_state(stanza));
        }
    }
    Ok(owners)
}

/// A package's paragraph without what only `dpkg` on that machine goes by.
fn without_state(stanza: &str) -> String {
    let mut kept = String::new();
    let mut keeps = true;
    for line in stanza.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with([' ', '\t']) {
            keeps = !line.starts_with("Status:") && !line.starts_with("Conffiles:");
        }
        if keeps {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}
