//! What `.npmrc` and the root's manifest say of an install.

use crate::yaml::Node;

use super::super::model::{Allowed, Package};
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
        let pairs = || text.lines().filter_map(pair);
        let is_set = |name: &str| pairs().any(|(key, value)| key == name && (value == "true" || value.is_empty()));
        let kept = pairs().filter(|(key, _)| !is_login(key) && !IDLE.contains(key));
        let kept: Vec<String> = kept.map(|(key, value)| format!("{key}={value}\n")).collect();
        Self { legacy_peers: is_set("legacy-peer-deps"), with_root: is_set("include-workspace-root"), text: kept.concat() }
    }
}

/// Settings that change nothing of what is installed from a lock.
const IDLE: &[&str] = &[
    "save-exact",
    "save-prefix",
    "save",
    "fund",
    "audit",
    "audit-level",
    "loglevel",
    "progress",
    "update-notifier",
    "init-author-name",
    "sign-git-tag",
    "message",
    "tag-version-prefix",
];

fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', ';']) {
        return None;
    }
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    Some((key.trim(), value.trim()))
}

/// Whether a setting is, or is about, a login: those come as secrets.
fn is_login(key: &str) -> bool {
    let last = key.rsplit(':').next().unwrap_or(key);
    key.starts_with("//") || ["_auth", "_authToken", "_password", "username", "email", "certfile", "keyfile", "cert", "key"].contains(&last)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_and_idle_settings_are_not_written() {
        let text =
            "# c\n@s:registry=https://npm.corp/\n//npm.corp/:_authToken=${TOKEN}\n_auth = x\nsave-exact=true\nlegacy-peer-deps = true\n";
        let settings = Settings::read(text);
        assert_eq!(settings.text, "@s:registry=https://npm.corp/\nlegacy-peer-deps=true\n");
        assert!(settings.legacy_peers && !settings.with_root);
    }
}
