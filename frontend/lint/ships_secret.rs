//! Files that hold keys and passwords by custom, and that everybody with the image could read.

use super::Subject;
use crate::diag::{Diagnostic, codes};
use crate::ecosystem::private_files;

/// Names of such files and folders.
const NAMES: &[&str] = &[
    ".env",
    ".netrc",
    ".aws",
    ".ssh",
    ".gnupg",
    ".kube",
    "id_rsa",
    "id_ecdsa",
    "id_ed25519",
    "credentials.json",
    "service-account.json",
    ".htpasswd",
    ".pgpass",
];
/// Ends of such names.
const ENDS: &[&str] = &[".key", ".p12", ".pfx", ".jks", ".kdbx"];
/// Ends of names of settings that are only examples.
const EXAMPLES: &[&str] = &["example", "sample", "template", "dist", "test"];

/// Finds such files among what ships of the project.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let names = subject.files.names(".");
    let said = subject.spec.own_copies().filter_map(|item| {
        let found: Vec<&str> = match item.from.as_str() {
            "." => names.into_iter().flatten().map(String::as_str).filter(|name| is_secret(name)).collect(),
            path => path.rsplit('/').next().filter(|name| is_secret(name)).into_iter().collect(),
        };
        let first = found.first()?;
        let more = if found.len() > 1 { format!(", and {} more like it", found.len() - 1) } else { String::new() };
        let message = format!("`{first}` ships{more}: whoever has the image can read it");
        let help = format!("leave it out with `exclude: [{}]`, and hand it in when the service starts", found.join(", "));
        let found = Diagnostic::new(codes::SHIPS_SECRET, message).at(item.place, "");
        Some(found.help(help).help("a step that needs it while it builds reads it from `secrets`"))
    });
    said.collect()
}

fn is_secret(name: &str) -> bool {
    let settings = name.strip_prefix(".env.").is_some_and(|end| !EXAMPLES.contains(&end));
    settings || NAMES.contains(&name) || private_files().any(|known| known == name) || ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_examples_are_no_secret() {
        assert!(is_secret(".env") && is_secret(".env.production") && is_secret("server.key") && is_secret("id_ed25519"));
        assert!(!is_secret(".env.example") && !is_secret("environment.py") && !is_secret("id_rsa.pub") && !is_secret("cacert.pem"));
    }
}
