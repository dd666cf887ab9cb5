//! The lock file: that there is exactly one, that it is one we can install, and that it is of a revision we know.

use crate::diag::{Diagnostic, Place, Sink, Sources};

use super::files::Files;

/// Files that lock dependencies, with the tool that writes each.
const LOCKS: &[(&str, &str)] = &[("uv.lock", "uv"), ("poetry.lock", "Poetry"), ("pylock.toml", "pip"), ("requirements.txt", "pip")];

/// Says what is wrong with the project's lock.
pub(super) fn check(files: &Files, sources: &mut Sources, sink: &mut Sink) {
    let there: Vec<_> = LOCKS.iter().filter(|(path, _)| files.text(path).is_some()).collect();
    let locks: Vec<_> = there.iter().filter(|(path, _)| *path == "uv.lock" || *path == "poetry.lock").collect();
    match (files.text("uv.lock"), locks.len()) {
        (_, 2..) => {
            let names: Vec<_> = locks.iter().map(|(path, _)| *path).collect();
            let found = Diagnostic::error("two-locks", format!("the project has two lock files: {}", names.join(" and ")));
            sink.push(found.help("remove the one that is not in use; only one of them can be right"));
        }
        (None, _) => {
            let found = match there.first() {
                Some((path, tool)) => {
                    Diagnostic::error("no-uv-lock", format!("the project is locked by {tool} (`{path}`), and only uv.lock is understood"))
                        .help("run `uv lock` and add uv.lock to the repository")
                }
                None => Diagnostic::error("no-lock", "the project has no lock file, so nothing says which versions to install")
                    .help("run `uv lock` and add uv.lock to the repository")
                    .help("if the file is there, see that .dockerignore does not leave it out"),
            };
            sink.push(found);
        }
        (Some(text), _) => version(text, sources, sink),
    }
}

/// Revisions of version 1 only ever add to the format; another version may change it.
fn version(text: &str, sources: &mut Sources, sink: &mut Sink) {
    let file = sources.add("uv.lock", "TOML", text);
    match toml_span::parse(text) {
        Err(error) => {
            let place = Place { file, start: error.span.start, end: error.span.end };
            let found = Diagnostic::error("bad-toml", format!("uv.lock cannot be read: {error}")).at(place, "");
            sink.push(found.help("run `uv lock` to write it anew"));
        }
        Ok(lock) => {
            let version = lock.pointer("/version");
            let number = version.and_then(toml_span::Value::as_integer);
            if number != Some(1) {
                let span = version.map_or(toml_span::Span::new(0, 0), |v| v.span);
                let place = Place { file, start: span.start, end: span.end };
                let said = number.map_or("no version".to_owned(), |n| format!("version {n}"));
                let found = Diagnostic::error("lock-version", format!("uv.lock has {said}, and this frontend knows version 1"));
                sink.push(found.at(place, "").help("use a newer frontend image, or write the lock with an older uv"));
            }
        }
    }
}
