//! Sets of rules for files of any kind of service, as data (`templates/rules/tree.yaml`): a recipe names those that it wants.

use std::sync::OnceLock;

use crate::diag::{Sink, Sources};
use crate::yaml::{Decode, keys};

use super::glob;
use super::rules::Keep;

const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/rules/tree.yaml"));

keys! {
    /// The file of sets.
    pub struct Sets as "a file of sets" {
        /// What no set may touch.
        keep: Vec<Keep> = "keep", "[{paths: [\"**/LICENSE*\"], why: licences are passed on}]";
        /// The sets.
        sets: Vec<Set> = "sets", "[{name: headers, paths: [\"**/*.h\"]}]";
    }
}

keys! {
    /// One set.
    pub struct Set as "a set" {
        /// The name by which recipes and specs ask for it.
        name: String = "name", "headers";
        /// What it removes, in one line.
        what: String = "what", "C and C++ headers";
        /// Why that is safe.
        why: String = "why", "only a compiler reads them";
        /// Patterns; one with a slash at its end means a folder and all below, and one with a slash before it starts at the image's root.
        paths: Vec<String> = "paths", "[\"**/*.h\", /usr/include/]";
        /// What stays, though a path fits.
        keep: Vec<Keep> = "keep", "[{paths: [\"**/abi.h\"], why: read at run time}]";
    }
}

/// The sets that come with distil.
pub fn sets() -> &'static Sets {
    static SETS: OnceLock<Sets> = OnceLock::new();
    SETS.get_or_init(|| read(TEXT).unwrap_or_default())
}

/// Their names.
#[must_use]
pub fn names() -> Vec<&'static str> {
    sets().sets.iter().map(|set| set.name.as_str()).collect()
}

/// Reads sets; the error is what is wrong with them.
fn read(text: &str) -> Result<Sets, String> {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("rules/tree.yaml", "YAML", text);
    let sets = crate::yaml::parse(&sources, file, &mut sink).and_then(|node| Sets::decode(&node, &mut sink));
    let found = sink.into_sorted();
    match sets {
        Some(sets) if found.is_empty() => Ok(sets),
        _ => Err(found.iter().map(|d| crate::diag::render(d, &sources, false)).collect::<Vec<_>>().join("\n")),
    }
}

impl Sets {
    /// The first of the named sets that takes a file out, which lies at a path of the image and at these paths from the folders that
    /// were gathered.
    #[must_use]
    pub fn taking(&self, named: &[&str], path: &str, from: &[&str]) -> Option<&Set> {
        let fits = |pattern: &String| fits(pattern, path, from);
        let root = [path.trim_start_matches('/')];
        let is_kept = |pattern: &String| fits(pattern) || self::fits(pattern, path, &root);
        let stays = |keep: &[Keep]| keep.iter().any(|keep| keep.paths.iter().any(is_kept));
        let set = self.sets.iter().find(|set| named.contains(&set.name.as_str()) && set.paths.iter().any(fits) && !stays(&set.keep))?;
        (!stays(&self.keep)).then_some(set)
    }
}

/// Whether a pattern means a file: by its path in the image where the pattern starts with a slash, else by its path from a folder
/// that was gathered.
fn fits(pattern: &str, path: &str, from: &[&str]) -> bool {
    let one = |path: &str| match pattern.strip_suffix('/') {
        Some(folder) => path.rsplit_once('/').is_some_and(|(above, _)| glob::covers(folder, above).is_some()),
        None => glob::matches(pattern, path),
    };
    if pattern.starts_with('/') { one(path) } else { from.iter().any(|path| one(path)) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_embedded_sets_are_good_and_say_why() {
        let sets = read(TEXT).unwrap_or_else(|wrong| panic!("{wrong}"));
        let mut names = BTreeSet::new();
        for set in &sets.sets {
            assert!(names.insert(&set.name), "{} is there twice", set.name);
            assert!(!set.paths.is_empty() && !set.what.is_empty() && set.why.len() > 20, "{} does not say why", set.name);
            assert!(set.keep.iter().all(|keep| keep.why.len() > 10 && !keep.paths.is_empty()), "{}", set.name);
        }
        assert!(sets.keep.iter().all(|keep| keep.why.len() > 10));
    }

    #[test]
    fn a_set_takes_what_it_names_and_leaves_licences() {
        let taken = |named: &[&str], path: &str, from: &[&str]| sets().taking(named, path, from).map(|set| set.name.clone());
        assert_eq!(taken(&["headers"], "/srv/lib/x.h", &["lib/x.h"]).as_deref(), Some("headers"));
        assert_eq!(taken(&["docs"], "/srv/lib/x.h", &["lib/x.h"]), None);
        assert_eq!(taken(&["docs"], "/usr/share/man/man1/perl.1.gz", &[]).as_deref(), Some("docs"));
        assert_eq!(taken(&["docs"], "/usr/share/doc/perl/copyright", &[]), None);
        assert_eq!(taken(&["docs"], "/srv/usr/share/man/x", &["usr/share/man/x"]), None, "it is another place");
        assert_eq!(taken(&["tests"], "/app/lib/__tests__/deep/x.js", &["lib/__tests__/deep/x.js"]).as_deref(), Some("tests"));
        let modules = |set: &str, path: &str| taken(&[set], &format!("/app/node_modules/{path}"), &[path]).is_some();
        assert!(modules("type-declarations", "a/x.d.ts") && !modules("type-declarations", "typescript/lib/lib.d.ts"));
        assert!(modules("type-sources", "a/src/x.ts") && !modules("type-sources", "b/node_modules/typescript/lib/lib.d.ts"));
        assert!(modules("markdown", "@s/a/README.md") && !modules("markdown", "a/LICENSE.md"));
        for (path, goes) in
            [("yaml/docs/x.js", true), ("yaml/dist/doc/x.js", false), ("a/node_modules/@s/b/docs/x.js", true), ("docs/index.js", false)]
        {
            assert_eq!(modules("package-documents", path), goes, "{path}");
        }
        assert!(modules("native-sources", "a/deps/sqlite3/sqlite3.c") && !modules("native-sources", "a/build/Release/a.node"));
        assert_eq!(taken(&["tests"], "/app/test/code.js", &["test/code.js"]), None);
        assert_eq!(taken(&["headers"], "/usr/bin/x.h", &[]), None, "a file that was gathered by its own name stays");
    }
}
