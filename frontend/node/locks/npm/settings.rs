//! What `.npmrc` and the root's manifest say of an install.

use crate::yaml::Node;

use super::super::model::{Allowed, Package};
use super::super::npmrc;
use super::super::tree::{entries, get, truth};

/// The settings of a project.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Whether npm leaves it to the project to ask for what packages expect beside themselves.
    pub(super) legacy_peers: bool,
    /// Whether the root's own dependencies are installed with those of a member.
    pub(super) with_root: bool,
    /// The file without logins, and without what an install does not read.
    pub(super) text: String,
}

impl Settings {
    pub(super) fn read(text: &str) -> Self {
        Self {
            legacy_peers: npmrc::is_on(text, "legacy-peer-deps"),
            with_root: npmrc::is_on(text, "include-workspace-root"),
            text: npmrc::without_logins(text),
        }
    }
}

/// What the root says of a package's install script: under `allowScripts` by its name, or by name and version, which counts first.
pub(super) fn allowed(root: &Node, package: &Package) -> Allowed {
    let Some(list) = get(root, "allowScripts") else { return Allowed::Unsaid };
    let exact = package.version.as_ref().map(|version| format!("{}@{version}", package.name));
    let found = |name: &str| entries(list).iter().find(|(key, _)| key.name == name);
    match exact.and_then(|exact| found(&exact)).or_else(|| found(&package.name)) {
        Some((key, value)) => match truth(value) {
            Some(true) => Allowed::Yes(key.place),
            _ => Allowed::No(key.place),
        },
        None => Allowed::Unsaid,
    }
}
