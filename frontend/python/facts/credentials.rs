//! Logins in the addresses of a lock, and of what it was made of: both are in the repository, and what is installed of them in the plan.

use std::ops::Range;

use toml_span::Value;

use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::python::codes;
use crate::python::keys::Manager;
use crate::python::locks::pip::has_credentials;
use crate::python::toml::{self, Document};

use super::{Lock, Project};

/// Says where they stand. The files of pip are looked at line by line, where they are read.
pub(super) fn refuse(lock: &Lock, project: &Project, sink: &mut Sink) {
    let found = match lock.manager {
        Manager::Pip => vec![],
        Manager::Uv | Manager::Poetry => addresses(&lock.text),
    };
    if let Some(first) = found.first() {
        let more = if found.len() > 1 { format!(", here and in {} more places", found.len() - 1) } else { String::new() };
        let message = format!("{} holds credentials in an address{more}", lock.name);
        let place = Place { file: lock.file, start: first.start, end: first.end };
        let again = if lock.manager == Manager::Uv { "uv lock" } else { "poetry lock" };
        sink.push(refused(message, place).help(format!("take them out of the addresses in pyproject.toml, and run `{again}`")));
    }
    for file in project.file.iter().chain(&lock.project) {
        for place in of_project(file) {
            sink.push(refused("pyproject.toml holds credentials in an address".to_owned(), place));
        }
    }
}

fn refused(message: String, place: Place) -> Diagnostic {
    let found = Diagnostic::new(codes::PASSWORD_IN_URL, message).at(place, "");
    found.help("name the index under `indexes` in the spec, with a `secret`; a repository is cloned with `ssh`")
}

/// The addresses with a login in a text.
fn addresses(text: &str) -> Vec<Range<usize>> {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '>' | '<' | '`');
    let found = text.match_indices("://").map(|(at, _)| {
        let start = text[..at].rfind(|c: char| !is_scheme(c)).map_or(0, |before| before + 1);
        let end = text[at..].find(ends).map_or(text.len(), |end| at + end);
        start..end
    });
    found.filter(|range| text.is_char_boundary(range.start) && has_credentials(&text[range.clone()])).collect()
}

/// The addresses of indexes, sources and dependencies with a login; others are settings of tools that nothing is installed by.
fn of_project(file: &Document) -> Vec<Place> {
    let root = file.root();
    let lists = ["/tool/uv/index", "/tool/poetry/source"].into_iter().filter_map(|at| root.pointer(at)?.as_array()).flatten();
    let urls = lists.filter_map(|one| one.pointer("/url"));
    let named = ["/tool/uv/sources", "/tool/poetry/dependencies"].into_iter().filter_map(|at| root.pointer(at)?.as_table());
    let named = named.flatten().flat_map(|(_, source)| source.as_array().map_or_else(|| vec![source], |all| all.iter().collect()));
    let named = named.flat_map(|source| ["/url", "/git"].into_iter().filter_map(|key| source.pointer(key)));
    let asked = root.pointer("/project/dependencies").and_then(Value::as_array).into_iter().flatten();
    let texts = urls.chain(named).chain(asked);
    texts.filter(|value| value.as_str().is_some_and(|text| !addresses(text).is_empty())).map(|value| place(file.file, value)).collect()
}

fn place(file: FileId, value: &Value<'_>) -> Place {
    toml::place(file, value.span)
}
