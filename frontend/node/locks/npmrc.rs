//! `.npmrc`: settings of npm, which pnpm reads as well.

/// The settings, as they stand.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let is_empty = line.is_empty() || line.starts_with(['#', ';']);
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        (!is_empty).then_some((key.trim(), value.trim()))
    })
}

/// Whether a setting is switched on; one that is only named is.
pub(super) fn is_on(text: &str, name: &str) -> bool {
    pairs(text).any(|(key, value)| key == name && (value == "true" || value.is_empty()))
}

/// The settings without logins, which come as secrets, and without what no install from a lock reads.
pub(super) fn without_logins(text: &str) -> String {
    pairs(text).filter(|(key, _)| !is_login(key) && !IDLE.contains(key)).flat_map(|(key, value)| [key, "=", value, "\n"]).collect()
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

fn is_login(key: &str) -> bool {
    let last = key.rsplit(':').next().unwrap_or(key);
    key.starts_with("//") || ["_auth", "_authToken", "_password", "username", "email", "certfile", "keyfile", "cert", "key"].contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_and_idle_settings_are_not_written() {
        let text =
            "# c\n@s:registry=https://npm.corp/\n//npm.corp/:_authToken=${TOKEN}\n_auth = x\nsave-exact=true\nlegacy-peer-deps = true\n";
        assert_eq!(without_logins(text), "@s:registry=https://npm.corp/\nlegacy-peer-deps=true\n");
        assert!(is_on(text, "legacy-peer-deps") && !is_on(text, "include-workspace-root"));
    }
}
