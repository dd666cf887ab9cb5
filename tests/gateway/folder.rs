//! A folder in memory, and what of it a local source lets through: include and exclude patterns and paths to follow,
//! by the rules of the engine's file sync as far as the tests need them (there are no links).

use std::collections::{BTreeMap, BTreeSet};

use buildkit_proto::fsutil;
use prost::Message;

/// Files by their path.
pub(super) type Folder = BTreeMap<String, Vec<u8>>;

/// Makes a folder of texts.
pub(super) fn folder(files: &[(&str, &str)]) -> Folder {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

/// What a source with these attributes transfers.
pub(super) fn transferred(folder: &Folder, attrs: &BTreeMap<String, String>) -> Folder {
    let list = |key: &str| attrs.get(key).map_or(vec![], |text| serde_json::from_str::<Vec<String>>(text).expect("a list of strings"));
    let wanted = [list("local.includepattern"), list("local.followpaths")].concat();
    let excludes = list("local.excludepatterns");
    let chosen = |path: &str| wanted.is_empty() || wanted.iter().any(|p| matches(p, path));
    if attrs.contains_key("local.metadatatransfer") {
        // Folders are listed too.
        let ends = |path: &str| path.match_indices('/').map(|(end, _)| end).chain([path.len()]).collect::<Vec<_>>();
        let all: BTreeSet<&str> = folder.keys().flat_map(|path| ends(path).into_iter().map(|end| &path[..end])).collect();
        let listed = all.into_iter().filter(|path| chosen(path) && !is_excluded(&excludes, path));
        let size = |path: &str| i64::try_from(folder.get(path).map_or(0, Vec::len)).expect("short");
        let entries =
            listed.map(|path| fsutil::Stat { path: path.to_owned(), size: size(path), ..fsutil::Stat::default() }.encode_to_vec());
        let bytes = entries.flat_map(|entry| [u32::try_from(entry.len()).expect("short").to_le_bytes().to_vec(), entry].concat());
        return Folder::from([(".fsutil-metadata".to_owned(), bytes.collect())]);
    }
    let files = folder.iter().filter(|(path, _)| chosen(path) && !is_excluded(&excludes, path));
    files.map(|(path, content)| (path.clone(), content.clone())).collect()
}

/// The last pattern that matches decides.
fn is_excluded(patterns: &[String], path: &str) -> bool {
    patterns.iter().fold(false, |excluded, pattern| match pattern.strip_prefix('!') {
        Some(pattern) => excluded && !matches(pattern, path),
        None => excluded || matches(pattern, path),
    })
}

/// Whether a pattern matches a path or a folder on the way to it.
fn matches(pattern: &str, path: &str) -> bool {
    let split = |text: &str| text.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (pattern, path) = (split(pattern), split(path));
    (1..=path.len()).any(|end| matches_parts(&pattern, &path[..end]))
}

fn matches_parts(pattern: &[String], path: &[String]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((any, rest)), _) if any == "**" => (0..=path.len()).any(|skip| matches_parts(rest, &path[skip..])),
        (Some((one, pattern)), Some((name, path))) => matches_name(one.as_bytes(), name.as_bytes()) && matches_parts(pattern, path),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn matches_name(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|skip| matches_name(rest, &name[skip..])),
        (Some((b'?', pattern)), Some((_, name))) => matches_name(pattern, name),
        (Some((one, pattern)), Some((letter, name))) => one == letter && matches_name(pattern, name),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// A path without what leads nowhere, as the engine reads it.
pub(super) fn clean(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

/// The entries directly under a path, and whether each is a folder; `None` when there is no such folder.
pub(super) fn entries(folder: &Folder, path: &str) -> Option<BTreeSet<(String, bool)>> {
    let path = clean(path);
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let below = folder.keys().filter_map(|file| file.strip_prefix(&prefix));
    let entry = |rest: &str| rest.split_once('/').map_or_else(|| (rest.to_owned(), false), |(name, _)| (name.to_owned(), true));
    let found: BTreeSet<_> = below.map(entry).collect();
    (!found.is_empty() || path.is_empty()).then_some(found)
}

#[test]
fn patterns_let_through_what_the_engine_would() {
    let all =
        folder(&[("a.py", ""), ("api/__init__.py", ""), ("api/v1/x.py", ""), ("uv.lock", ""), ("build/keep", ""), ("build/drop", "")]);
    let check = |key: &str, patterns: &str, expected: &[&str]| {
        let attrs = BTreeMap::from([(format!("local.{key}"), patterns.to_owned())]);
        assert_eq!(transferred(&all, &attrs).keys().collect::<Vec<_>>(), expected, "{key} {patterns}");
    };
    check("includepattern", r#"["*.py","*/__init__.py"]"#, &["a.py", "api/__init__.py"]);
    check("followpaths", r#"["api","none"]"#, &["api/__init__.py", "api/v1/x.py"]);
    check("excludepatterns", r#"["**/*.py","build","!build/keep"]"#, &["build/keep", "uv.lock"]);
    assert_eq!(entries(&all, "/./api"), Some([("__init__.py".to_owned(), false), ("v1".to_owned(), true)].into()));
    assert_eq!(entries(&all, "none"), None);
}
