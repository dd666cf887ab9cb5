//! What is heavy in an image: its packages by their files, and libraries that are there more than once.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::inventory::Inventory;
use crate::tree::{Entry, Tree};

use super::notes::megabytes;

/// From this size on something is worth a word.
pub const MIN_ADVICE_BYTES: u64 = 1_000_000;

/// Bytes of every package, the largest first.
#[must_use]
pub fn weights(tree: &Tree, inventory: &Inventory) -> Vec<(String, u64)> {
    let mut found: Vec<(String, u64)> = inventory
        .distributions
        .iter()
        .map(|d| (d.name.clone(), d.files.iter().filter_map(|f| tree.get(f)).map(Entry::size).sum()))
        .collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found
}

/// What is said of libraries that are there more than once.
#[must_use]
pub fn again(image: &Tree) -> Option<String> {
    let (twice, bytes) = duplicates(image);
    let names = twice.join(", ");
    (bytes >= MIN_ADVICE_BYTES).then(|| format!("the same libraries are there more than once, {} in all: {names}", megabytes(bytes)))
}

/// Native libraries with equal content: their names, and the bytes beyond the first of each.
fn duplicates(tree: &Tree) -> (Vec<String>, u64) {
    const MIN_DUPLICATE_BYTES: u64 = 200_000;
    let mut by_size: BTreeMap<u64, Vec<(&str, &Entry)>> = BTreeMap::new();
    for (path, entry) in tree.iter().filter(|(path, entry)| path.contains(".so") && entry.size() >= MIN_DUPLICATE_BYTES) {
        by_size.entry(entry.size()).or_default().push((path, entry));
    }
    let mut names = vec![];
    let mut bytes = 0;
    for (size, files) in by_size.into_iter().rev().filter(|(_, files)| files.len() > 1) {
        let mut seen: BTreeMap<Vec<u8>, &str> = BTreeMap::new();
        for (path, entry) in files {
            let Ok(content) = entry.bytes() else { continue };
            if seen.insert(Sha256::digest(&content).to_vec(), path).is_some() {
                names.push(path.rsplit('/').next().unwrap_or(path).to_owned());
                bytes += size;
            }
        }
    }
    (names, bytes)
}
