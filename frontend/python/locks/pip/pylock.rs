//! `pylock.toml`, the standard lock (PEP 751): that it is of a version we know, and what is in it.
//! uv installs it as it is; only comments and what tools keep for themselves are taken out of the text.

use std::ops::Range;

use toml_span::Value;

use crate::dates::undated;
use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::python::codes;
use crate::python::locks::{Archive, Source};
use crate::python::pep::normalized;
use crate::python::toml::{self, get, items, text};
use crate::yaml::At;

use super::{Local, Locked, Pinned, Read, cut, refuse_credentials};

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
    let all = items(&document, "packages");
    let mut is_folder = vec![];
    for package in all {
        let Some(name) = text(package, "name") else {
            sink.push(Diagnostic::new(codes::UNREADABLE_PACKAGE, "a package of pylock.toml has no name").at(place(package.span), ""));
            continue;
        };
        let directory = get(package, "directory").and_then(|d| text(d, "path"));
        is_folder.push(directory.is_some());
        let marker = text(package, "marker").map(str::to_owned);
        if let Some(path) = directory {
            locked.locals.push(Local { path: path.to_owned(), extras: vec![], marker, place: place(package.span) });
            continue;
        }
        locked.packages.push(pinned(package, name, marker, place(package.span), &mut locked.is_hashed, sink));
    }
    if sink.has_errors() {
        return Read::Refused;
    }
    if !locked.packages.is_empty() {
        // Folders of the project's own are installed apart, as an edit of them makes no other layer.
        let whole = canonical(lock_text);
        let folders = tables(&whole).into_iter().zip(&is_folder).filter(|(_, is_folder)| **is_folder);
        locked.text = cut(&whole, &mut folders.map(|(lines, _)| lines).collect::<Vec<_>>());
        for (pinned, lines) in locked.packages.iter_mut().zip(tables(&locked.text)) {
            pinned.lines = lines;
        }
    }
    locked.packages.sort_by(|a, b| (&a.name, &a.version, &a.source, &a.marker).cmp(&(&b.name, &b.version, &b.source, &b.marker)));
    ask(&mut locked.packages, all);
    Read::Locked(Box::new(locked))
}

fn pinned(package: &Value<'_>, name: &str, marker: Option<String>, place: Place, is_hashed: &mut bool, sink: &mut Sink) -> Pinned {
    let (vcs, archive, sdist) = (get(package, "vcs"), get(package, "archive"), get(package, "sdist"));
    let files: Vec<&Value<'_>> = archive.into_iter().chain(sdist).chain(items(package, "wheels")).collect();
    for address in files.iter().copied().chain(vcs).filter_map(|f| text(f, "url")).chain(text(package, "index")) {
        refuse_credentials(address, place, sink);
    }
    *is_hashed &= !files.is_empty() && files.iter().all(|f| get(f, "hashes").is_some_and(Value::has_keys));
    let address = |value: &Value<'_>| text(value, "url").or_else(|| text(value, "path")).unwrap_or_default().to_owned();
    let source = match (vcs, archive) {
        (Some(vcs), _) if text(vcs, "type").is_none_or(|kind| kind == "git") => Source::Git {
            url: address(vcs),
            commit: text(vcs, "commit-id").map(str::to_owned),
            subdirectory: text(vcs, "subdirectory").map(str::to_owned),
        },
        (Some(other), _) | (None, Some(other)) => Source::Url(address(other)),
        (None, None) => Source::Index(text(package, "index").map(str::to_owned)),
    };
    let file = |f: &&Value<'_>| {
        let path = text(f, "name").or_else(|| text(f, "url")).or_else(|| text(f, "path"))?;
        let size = get(f, "size").and_then(Value::as_integer).and_then(|size| u64::try_from(size).ok());
        Some((path.rsplit('/').next()?.to_owned(), size))
    };
    Pinned {
        name: normalized(name),
        version: text(package, "version").map(str::to_owned),
        source,
        marker,
        files: files.iter().filter_map(file).collect(),
        archives: files.iter().copied().filter_map(archive_of).collect(),
        via: vec![],
        lines: 0..0,
        place,
    }
}

/// An archive with its hash; of several hashes that of the usual algorithm.
fn archive_of(value: &Value<'_>) -> Option<Archive> {
    let path = text(value, "name").or_else(|| text(value, "url")).or_else(|| text(value, "path"))?;
    let file = path.rsplit('/').next()?.to_owned();
    let hashes = get(value, "hashes")?;
    let (algorithm, hash) = ["sha256", "sha512", "sha384"].into_iter().find_map(|name| Some((name, text(hashes, name)?)))?;
    Some(Archive { file, address: text(value, "url").unwrap_or_default().to_owned(), hash: format!("{algorithm}:{hash}") })
}

/// Notes who asks for each package, where the lock says what some of them need. What nobody needs the project asks for.
fn ask(packages: &mut [Pinned], all: &[Value<'_>]) {
    let needs: Vec<(&str, &[Value<'_>])> =
        all.iter().filter_map(|package| Some((text(package, "name")?, get(package, "dependencies")?.as_array()?.as_slice()))).collect();
    for pinned in packages.iter_mut().filter(|_| !needs.is_empty()) {
        let asks = |list: &[Value<'_>]| list.iter().filter_map(|need| text(need, "name")).any(|name| normalized(name) == pinned.name);
        pinned.via = needs.iter().filter(|(_, list)| asks(list)).map(|(name, _)| (*name).to_owned()).collect();
        if pinned.via.is_empty() {
            pinned.via.push("-r pyproject.toml".to_owned());
        }
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

/// Where each of the packages is in the text.
fn tables(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = vec![];
    let (mut at, mut inside) = (0, false);
    for line in text.split_inclusive('\n') {
        let name = line.split('#').next().unwrap_or_default().trim().trim_matches(['[', ']']).trim();
        if line.starts_with("[[") && name == "packages" {
            found.push(at..at);
            inside = true;
        } else if line.starts_with('[') && !name.starts_with("packages.") {
            inside = false;
        }
        at += line.len();
        if let Some(last) = found.last_mut().filter(|_| inside) {
            last.end = at;
        }
    }
    found
}
