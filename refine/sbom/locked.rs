//! What a project's lock says of packages, as the step that writes the bill is told: the planner writes it, and the step compares it with
//! what is installed.

use serde::{Deserialize, Serialize};

/// All that a lock says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// The lock's name.
    pub lock: String,
    /// The packages that it installs.
    pub packages: Vec<Package>,
}

/// A package of a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name, normalised.
    pub name: String,
    /// Its version, where the lock has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it comes from: an index, a repository, an archive. Without a login.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The commit of that repository.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// The archives that it may be installed from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<Archive>,
}

/// An archive of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// Its file name; empty where the lock has the hash alone.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Its address, without a login; empty where the lock has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Its hash, as `sha256:…`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

impl Locked {
    /// What the lock says of a package that is installed in this version.
    #[must_use]
    pub fn find(&self, name: &str, version: &str) -> Option<&Package> {
        let named = || self.packages.iter().filter(|package| package.name == name);
        named().find(|package| package.version.as_deref() == Some(version)).or_else(|| named().find(|package| package.version.is_none()))
    }
}
