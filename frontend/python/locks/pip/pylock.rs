//! `pylock.toml`, the standard lock (PEP 751): that it is of a version we know, and what is in it.
//! uv installs it as it is; only comments and what tools keep for themselves are taken out of the text.

use toml_span::Value;

use crate::dates::undated;
use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::python::codes;
use crate::python::pep::normalized;
use crate::yaml::At;

use super::{Local, Locked, Pinned, Read, refuse_credentials};

/// Reads a `pylock.toml`.
pub fn pylock(text: &str, file: FileId, sink: &mut Sink) -> Read {
    let place = |span: toml_span::Span| Place { file, start: span.start, end: span.end };
    let dateless = undated(text);
    let document = match toml_span::parse(&dateless) {
        Ok(document) => document,
        Err(error) => {
            sink.push(Diagnostic::new(codes::BAD_TOML, format!("pylock.toml cannot be read: {error}")).at(place(error.span), ""));
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
    for (index, package) in list(&document, "packages").iter().enumerate() {
        let Some(name) = said(package, "name") else {
            sink.push(Diagnostic::new(codes::UNREADABLE_PACKAGE, "a package of pylock.toml has no name").at(place(package.span), ""));
            continue;
        };
        let marker = said(package, "marker").map(str::to_owned);
        if let Some(path) = get(package, "directory").and_then(|d| said(d, "path")) {
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
        locked.text = without(&canonical(text), &folders);
    }
    Read::Locked(Box::new(locked))
}

fn pinned(package: &Value<'_>, name: &str, marker: Option<String>, place: Place, is_hashed: &mut bool, sink: &mut Sink) -> Pinned {
    let (vcs, archive, sdist) = (get(package, "vcs"), get(package, "archive"), get(package, "sdist"));
    let files: Vec<&Value<'_>> = archive.into_iter().chain(sdist).chain(list(package, "wheels")).collect();
    for address in files.iter().copied().chain(vcs).filter_map(|f| said(f, "url")).chain(said(package, "index")) {
        refuse_credentials(address, place, sink);
    }
    *is_hashed &= !files.is_empty() && files.iter().all(|f| get(f, "hashes").is_some_and(Value::has_keys));
    let url = match vcs {
        Some(vcs) => {
            let kind = said(vcs, "type").unwrap_or("git");
            let address = said(vcs, "url").or_else(|| said(vcs, "path")).unwrap_or_default();
            Some(format!("{kind}+{address}@{}", said(vcs, "commit-id").unwrap_or_default()))
        }
        None => archive.and_then(|a| said(a, "url").or_else(|| said(a, "path"))).map(str::to_owned),
    };
    let file_name = |f: &&Value<'_>| {
        let path = said(f, "name").or_else(|| said(f, "url")).or_else(|| said(f, "path"))?;
        path.rsplit('/').next().map(str::to_owned)
    };
    Pinned {
        name: normalized(name),
        version: said(package, "version").map(str::to_owned),
        url,
        marker,
        files: files.iter().filter_map(file_name).collect(),
        place,
    }
}

fn get<'a, 'de>(value: &'a Value<'de>, key: &str) -> Option<&'a Value<'de>> {
    value.as_table()?.get(key)
}

fn said<'a>(value: &'a Value<'_>, key: &str) -> Option<&'a str> {
    get(value, key)?.as_str()
}

fn list<'a, 'de>(value: &'a Value<'de>, key: &str) -> &'a [Value<'de>] {
    get(value, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
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
