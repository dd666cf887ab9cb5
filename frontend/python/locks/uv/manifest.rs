//! Whether the lock still says what the whole workspace is told in its root's pyproject.toml: overrides, constraints and
//! exclusions, which change what is resolved without being asked for by any package.

use crate::diag::Diagnostic;

use super::compare::{Given, Locked, Wanted, Words, compare, compare_markers, sources};
use super::item::{Item, get};
use super::read::UvLock;
use crate::python::pep::normalized;
use crate::python::pep::truth::Truth;
use crate::python::toml::Document;

/// A setting, its key in the lock's `[manifest]`, and what messages call one of its entries.
const LISTS: &[(&str, &str, &str)] = &[
    ("override-dependencies", "overrides", "the override of"),
    ("constraint-dependencies", "constraints", "the constraint on"),
    ("exclude-dependencies", "excludes", "the exclusion of"),
];

/// Says where the pyproject.toml beside the lock has other overrides, constraints or exclusions than were locked.
#[must_use]
pub fn stale_manifest(lock: &UvLock, root: &Document) -> Vec<Diagnostic> {
    let sources = sources(root.root());
    let mut found = vec![];
    for (setting, key, what) in LISTS {
        let list = root.root().pointer(&format!("/tool/uv/{setting}"));
        let wanted = list.map_or_else(Wanted::default, |list| Wanted::read(list, root.file));
        let items = get(&lock.head, "manifest").and_then(|m| m.get(key)).and_then(Item::as_list).unwrap_or_default();
        let mut locked = Locked::new();
        for item in items {
            if let Some(name) = item.text("name").or_else(|| item.as_text()) {
                locked.entry(normalized(name)).or_default().push(item);
            }
        }
        let asker = |name: &str| format!("{what} `{name}`");
        let words = Words { asker: &asker, lost: "would not hold", gone: "is no longer in pyproject.toml" };
        compare(&words, &wanted, &locked, &mut found);
        compare_markers(&words, &wanted, &locked, &Given { lock, sources: &sources, extra: &|_| Truth::Unknown }, &mut found);
    }
    found
}
