//! What `pyproject.toml` says, and which packages and modules a project without a build system has.

use std::collections::BTreeSet;

use toml_span::Value;

use crate::diag::{Diagnostic, FileId, Place, Sink, Sources};
use crate::yaml::At;

use super::files::Files;

/// The project itself.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The versions of Python that it says it runs on.
    pub requires_python: Option<At<String>>,
    /// Its console scripts.
    pub scripts: Vec<Script>,
    /// Whether it is installed as a package: it has a build system, and uv is not told otherwise.
    pub is_package: bool,
}

/// A console script.
#[derive(Clone, Debug)]
pub struct Script {
    /// The command it installs.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
}

/// Reads it. `None` when it is not there or cannot be read; the sink says so.
pub(super) fn read(files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Project> {
    let Some(text) = files.text("pyproject.toml") else {
        let found = Diagnostic::error("no-project", "there is no pyproject.toml beside the spec's context");
        sink.push(found.help("run the build in the project's folder, and see that .dockerignore does not leave the file out"));
        return None;
    };
    let file = sources.add("pyproject.toml", "TOML", text);
    let document = match toml_span::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let place = Place { file, start: error.span.start, end: error.span.end };
            sink.push(Diagnostic::error("bad-toml", format!("pyproject.toml cannot be read: {error}")).at(place, ""));
            return None;
        }
    };
    let Some(name) = document.pointer("/project/name").and_then(Value::as_str) else {
        let found = Diagnostic::error("no-project", "pyproject.toml has no `[project]` table with a `name`");
        sink.push(found.at(Place { file, start: 0, end: 0 }, "").help("run `uv init --bare`, which writes one"));
        return None;
    };
    let package = document.pointer("/tool/uv/package").and_then(Value::as_bool);
    Some(Project {
        name: name.to_owned(),
        requires_python: document.pointer("/project/requires-python").and_then(|v| text_at(v, file)),
        scripts: scripts(&document, file),
        is_package: package.unwrap_or(document.pointer("/build-system").is_some()),
    })
}

fn text_at(value: &Value<'_>, file: FileId) -> Option<At<String>> {
    let place = Place { file, start: value.span.start, end: value.span.end };
    value.as_str().map(|text| At { value: text.to_owned(), place })
}

fn scripts(document: &Value<'_>, file: FileId) -> Vec<Script> {
    let table = document.pointer("/project/scripts").and_then(Value::as_table);
    let mut scripts: Vec<_> = table
        .into_iter()
        .flatten()
        .map(|(key, _)| Script { name: key.name.to_string(), place: Place { file, start: key.span.start, end: key.span.end } })
        .collect();
    scripts.sort_by_key(|s| s.place);
    scripts
}

/// Top-level packages and modules among the Python files that were found; tests and tooling do not ship.
pub(super) fn modules(found: &BTreeSet<String>) -> Vec<String> {
    const TOOLING: &[&str] =
        &["setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py", "tests", "test", "docs", "examples", "scripts"];
    let names = found.iter().map(|path| path.strip_suffix("/__init__.py").unwrap_or(path));
    names.filter(|name| !TOOLING.contains(name) && !name.starts_with('.') && !name.starts_with("test_")).map(str::to_owned).collect()
}
