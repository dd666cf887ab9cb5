//! `pylock.toml`, the standard lock (PEP 751): that it is of a version we know, and what is in it.
//! uv installs it as it is; only comments and what tools keep for themselves are taken out of the text.

use toml_span::Value;

use crate::dates::undated;
use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::python::codes;
use crate::python::pep::normalized;
use crate::python::toml::{self, get, items, text};
use crate::yaml::At;

use super::{Local, Locked, Pinned, Read, refuse_credentials};

/// Reads a `pylock.toml`.
pub fn pylock(lock_text: &str, file: FileId, sink: &mut Sink) -> Read {
    let place = |span| toml::place(file, span);
    let dateless = undated(lock_text);
    let document = match toml::parse(&dateless, "pylock.toml", file) {
        Ok(document) => document,
        Err(found) => {
            sink.push(found);
            return Read::Refused;
        }
    };
    let version = get(&document, "lock-version");
    let known = version.and_then(Value::as_str).is_some_and(|v| v == "1" || v.starts_with("1."));
    if !known {
        let said = version.and_then(Value::as_str).map_or("no version".to_owned(), |v| format!("version `{v}`"));
        let found = Diagnostic::new(codes::LOCK_VERSION, format!("pylock.toml has {said}, and this frontend knows version 1"));
        let at = version.map_or(Place { file, start: 0, end: 0 }, |v| place(v.span));
        sink.push(found.at(at, "").help("use a newer frontend image, or write the lock with an older tool"));
        return Read::Refused;
    }
    let mut locked = Locked { is_hashed: true, is_compiled: true, ..Locked::default() };
    locked.requires_python =
        get(&document, "requires-python").and_then(|value| Some(At { value: value.as_str()?.to_owned(), place: place(value.span) }));
    let mut folders = vec![];
    for (index, package) in items(&document, "packages").iter().enumerate() {
        let Some(name) = text(package, "name") else {
            sink.push(Diagnostic::new(codes::UNREADABLE_PACKAGE, "a package of pylock.toml has no name").at(place(package.span), ""));
            continue;
        };
        let marker = text(package, "marker").map(str::to_owned);
        if let Some(path) = get(package, "directory").and_then(|d| text(d, "path")) {
            locked.locals.push(Local { path: path.to_owned(), extras: vec![], marker, place: place(package.span) });
            folders.push(index);
            continue;
        }
        locked.packages.push(pinned(package, name, marker, place(package.span), &mut locked.is_hashed, sink));
    }
    locked.packages.sort();
    if sink.has_errors() {
        return Read::Refused;
    }
    if !locked.packages.is_empty() {
        locked.text = without(&canonical(lock_text), &folders);
    }
    Read::Locked(Box::new(locked))
}

fn pinned(package: &Value<'_>, name: &str, marker: Option<String>, place: Place, is_hashed: &mut bool, sink: &mut Sink) -> Pinned {
    let (vcs, archive, sdist) = (get(package, "vcs"), get(package, "archive"), get(package, "sdist"));
    let files: Vec<&Value<'_>> = archive.into_iter().chain(sdist).chain(items(package, "wheels")).collect();
    for address in files.iter().copied().chain(vcs).filter_map(|f| text(f, "url")).chain(text(package, "index")) {
        refuse_credentials(address, place, sink);
    }
    *is_hashed &= !files.is_empty() && files.iter().all(|f| get(f, "hashes").is_some_and(Value::has_keys));
    let url = match vcs {
        Some(vcs) => {
            let kind = text(vcs, "type").unwrap_or("git");
            let address = text(vcs, "url").or_else(|| text(vcs, "path")).unwrap_or_default();
            Some(format!("{kind}+{address}@{}", text(vcs, "commit-id").unwrap_or_default()))
        }
        None => archive.and_then(|a| text(a, "url").or_else(|| text(a, "path"))).map(str::to_owned),
    };
    let file_name = |f: &&Value<'_>| {
        let path = text(f, "name").or_else(|| text(f, "url")).or_else(|| text(f, "path"))?;
        path.rsplit('/').next().map(str::to_owned)
    };
    Pinned {
        name: normalized(name),
        version: text(package, "version").map(str::to_owned),
        url,
        marker,
        files: files.iter().filter_map(file_name).collect(),
        place,
    }
}

/// The text without comments and empty lines.
fn canonical(text: &str) -> String {
    if text.contains("\"\"\"") || text.contains("'''") {
        return text.to_owned();
    }
    let counts = |line: &&str| !line.trim_start().starts_with('#') && !line.trim().is_empty();
    text.lines().filter(counts).flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// The text without some of its packages: folders of the project's own are installed apart, as an edit of them makes no other layer.
fn without(text: &str, packages: &[usize]) -> String {
    let (mut count, mut package) = (0, None);
    let stays = |line: &&str| {
        let name = line.split('#').next().unwrap_or_default().trim().trim_matches(['[', ']']).trim();
        if line.starts_with("[[") && name == "packages" {
            package = Some(count);
            count += 1;
        } else if line.starts_with('[') && !name.starts_with("packages.") {
            package = None;
        }
        package.is_none_or(|index| !packages.contains(&index))
    };
    text.split_inclusive('\n').filter(stays).collect()
}
