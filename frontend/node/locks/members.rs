//! The members of a workspace by the patterns in its root's manifest, for locks that do not name them.

use std::collections::BTreeMap;

use crate::diag::Sink;

use super::globs::{fits_word, matches};
use super::manifest::Manifest;
use super::read::{Beside, below};
use super::tree::{as_text, get, items};

/// The patterns of a root's workspaces.
pub(super) fn patterns(root: &Manifest) -> Vec<&str> {
    let Some(list) = get(&root.node, "workspaces") else { return vec![] };
    let list = get(list, "packages").unwrap_or(list);
    items(list).iter().filter_map(as_text).collect()
}

/// How deep folders are looked for below `**`.
const DEPTH: usize = 4;

/// Every member by its folder, the root included, as far as folders and files are known; the rest is wanted.
pub(super) fn all(root: &Manifest, beside: &mut Beside<'_>, sink: &mut Sink) -> BTreeMap<String, Manifest> {
    let patterns = patterns(root);
    let mut found = BTreeMap::from([(String::new(), Manifest { folder: String::new(), node: root.node.clone() })]);
    for pattern in patterns.iter().filter(|pattern| !pattern.starts_with('!')) {
        let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        for folder in expand("", &parts, DEPTH, beside) {
            if matches(&patterns, &folder) && beside.file(&below(&folder, "package.json")).is_some() {
                found.extend(beside.manifest(&folder, sink).map(|manifest| (folder, manifest)));
            }
        }
    }
    found
}

/// The folders that a pattern may mean.
fn expand(folder: &str, parts: &[&str], depth: usize, beside: &mut Beside<'_>) -> Vec<String> {
    let Some((first, rest)) = parts.split_first() else { return vec![folder.to_owned()] };
    if !first.contains(['*', '{', '?']) {
        return expand(&below(folder, first), rest, depth, beside);
    }
    let names: Vec<String> = beside.names(folder).into_iter().filter(|name| name != "node_modules" && !name.starts_with('.')).collect();
    let mut found = vec![];
    if *first == "**" {
        found.extend(expand(folder, rest, depth, beside));
        if depth > 0 {
            for name in names.iter().filter(|name| !name.contains('.')) {
                found.extend(expand(&below(folder, name), parts, depth - 1, beside));
            }
        }
    } else {
        for name in names.iter().filter(|name| fits_word(first, name)) {
            found.extend(expand(&below(folder, name), rest, depth, beside));
        }
    }
    found
}
