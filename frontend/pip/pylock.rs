//! `pylock.toml`, the standard lock (PEP 751): that it is of a version we know, and what is in it.
//! uv installs it as it is; only comments and what tools keep for themselves are taken out of the text.

use toml_span::Value;

use crate::diag::{Diagnostic, FileId, Place, Sink};

use super::{Local, Locked, Pinned, Read, normalized, refuse_credentials};

/// Reads a `pylock.toml`.
pub fn pylock(text: &str, file: FileId, sink: &mut Sink) -> Read {
    let place = |span: toml_span::Span| Place { file, start: span.start, end: span.end };
    let dateless = undated(text);
    let document = match toml_span::parse(&dateless) {
        Ok(document) => document,
        Err(error) => {
            sink.push(Diagnostic::error("bad-toml", format!("pylock.toml cannot be read: {error}")).at(place(error.span), ""));
            return Read::Refused;
        }
    };
    let version = get(&document, "lock-version");
    let known = version.and_then(Value::as_str).is_some_and(|v| v == "1" || v.starts_with("1."));
    if !known {
        let said = version.and_then(Value::as_str).map_or("no version".to_owned(), |v| format!("version `{v}`"));
        let found = Diagnostic::error("lock-version", format!("pylock.toml has {said}, and this frontend knows version 1"));
        let at = version.map_or(Place { file, start: 0, end: 0 }, |v| place(v.span));
        sink.push(found.at(at, "").help("use a newer frontend image, or write the lock with an older tool"));
        return Read::Refused;
    }
    let mut locked = Locked { is_hashed: true, is_compiled: true, ..Locked::default() };
    locked.requires_python = said(&document, "requires-python").map(str::to_owned);
    for package in list(&document, "packages") {
        let Some(name) = said(package, "name") else {
            sink.push(Diagnostic::error("bad-lock", "a package of pylock.toml has no name").at(place(package.span), ""));
            continue;
        };
        let marker = said(package, "marker").map(str::to_owned);
        if let Some(path) = get(package, "directory").and_then(|d| said(d, "path")) {
            locked.locals.push(Local { path: path.to_owned(), extras: vec![], marker, place: place(package.span) });
            continue;
        }
        locked.packages.push(pinned(package, name, marker, place(package.span), &mut locked.is_hashed, sink));
    }
    locked.packages.sort();
    if sink.has_errors() {
        return Read::Refused;
    }
    locked.text = canonical(text);
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

/// The parser knows no dates, which only `upload-time` has here; each becomes a number of the same length.
fn undated(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("upload-time = ") {
        let (before, after) = rest.split_at(at + "upload-time = ".len());
        found.push_str(before);
        let end = after.find([',', '}', '\n', '\r']).unwrap_or(after.len());
        let date = after[..end].trim_end();
        if date.starts_with(|c: char| c.is_ascii_digit()) {
            found.push('1');
            found.push_str(&" ".repeat(date.len() - 1));
            rest = &after[date.len()..];
        } else {
            rest = after;
        }
    }
    found + rest
}

/// The text without comments and empty lines.
fn canonical(text: &str) -> String {
    if text.contains("\"\"\"") || text.contains("'''") {
        return text.to_owned();
    }
    let counts = |line: &&str| !line.trim_start().starts_with('#') && !line.trim().is_empty();
    text.lines().filter(counts).flat_map(|line| [line.trim_end(), "\n"]).collect()
}
