//! What the project's own code imports of what the rules could take, whatever is installed: a short list that seldom changes,
//! so that the environment, which is pruned by it, does not depend on every edit.

use std::collections::{BTreeMap, BTreeSet};

use crate::refine::prune::{Rules, Where, glob};
use crate::refine::tree::{Entry, Tree, has_extension};

use super::scan;
use crate::python::refine::packages::modules::identifier;

/// Modules that a rule could take, as a pattern of dotted names with slashes for dots.
struct Pattern {
    glob: String,
    /// Whether it is about the standard library, of which a name in a string says nothing.
    is_library: bool,
}

/// The modules that the rules could take and that the project's files, or one of these further names, ask for. Each is as short
/// as it can be: the module, or the package that would go as a whole. The project's own packages are told from others by
/// their names.
pub(super) fn needs(project: &Tree, own: &BTreeSet<String>, further: &BTreeSet<String>, rules: &Rules) -> (BTreeSet<String>, Vec<String>) {
    let patterns = patterns(rules);
    let mut known: BTreeMap<(String, bool), Vec<String>> = BTreeMap::new();
    let (mut found, mut unread) = (BTreeSet::new(), vec![]);
    let mut add = |name: &str, in_string: bool| {
        let named = known.entry((name.to_owned(), in_string)).or_insert_with(|| fits(name, in_string, own, &patterns));
        found.extend(named.iter().cloned());
    };
    for name in further {
        add(name, false);
    }
    for (path, entry) in project.iter().filter(|(path, entry)| is_source(path, entry)) {
        match entry.bytes() {
            Ok(bytes) if has_extension(path, "py") || is_script(&bytes) => {
                scan::scan(&String::from_utf8_lossy(&bytes), None, &mut add);
            }
            Ok(_) => {}
            Err(error) => unread.push(error.to_string()),
        }
    }
    (found, unread)
}

/// Whether a file may be Python: by its name, or because it has no extension and may say so in its first line.
fn is_source(path: &str, entry: &Entry) -> bool {
    const MAX_SOURCE_BYTES: u64 = 1_000_000;
    let name = path.rsplit('/').next().unwrap_or(path);
    entry.is_file() && (has_extension(path, "py") || !name.contains('.') && entry.size() <= MAX_SOURCE_BYTES)
}

fn is_script(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    first.starts_with(b"#!") && String::from_utf8_lossy(first).contains("python")
}

/// The names by which rules take modules away.
fn patterns(rules: &Rules) -> Vec<Pattern> {
    let mut found = vec![];
    for rule in rules.rules.iter().filter(|rule| rule.guard) {
        let is_library = rule.places.contains(&Where::Interpreter);
        let paths = rule.paths.iter().filter_map(|path| if is_library { library(path) } else { Some(path.as_str()) });
        let modules = rule.modules.iter().chain(&rule.reached_by).map(|module| module.replace('.', "/"));
        let globs = paths.filter_map(module).chain(modules);
        found.extend(globs.map(|glob| Pattern { glob, is_library }));
    }
    found
}

/// A path of the interpreter from where its modules are.
fn library(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("lib/python3.*/")?;
    Some(rest.strip_prefix("lib-dynload/").or_else(|| rest.strip_prefix("site-packages/")).unwrap_or(rest))
}

/// The pattern of the modules that a pattern of files means.
fn module(path: &str) -> Option<String> {
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".py").or_else(|| path.strip_suffix(".so")).unwrap_or(path);
    let last = path.rsplit('/').next().unwrap_or(path);
    (!last.contains(['.', '-'])).then(|| path.to_owned())
}

/// What of a name the rules could take.
fn fits(name: &str, in_string: bool, own: &BTreeSet<String>, patterns: &[Pattern]) -> Vec<String> {
    if !name.split('.').all(identifier) {
        return vec![];
    }
    let path = name.replace('.', "/");
    let is_own = own.contains(name.split('.').next().unwrap_or(name));
    let fitting = patterns.iter().filter(|p| !(p.is_library && in_string || is_own && p.glob.starts_with('*')));
    fitting.filter_map(|pattern| glob::covers(&pattern.glob, &path)).map(|covered| covered.replace('/', ".")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(files: &[(&str, &str)], further: &[&str]) -> Vec<String> {
        let disk = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = disk.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let tree = Tree::read(disk.path(), "/app").unwrap();
        let further = further.iter().map(|f| (*f).to_owned()).collect();
        let (found, unread) = needs(&tree, &BTreeSet::from(["shop".to_owned()]), &further, &crate::python::refine::rules());
        assert!(unread.is_empty());
        found.into_iter().collect()
    }

    #[test]
    fn only_what_a_rule_could_take_is_listed() {
        let code = "import os, json, readline\nfrom curses import ascii\nimport _curses_panel\nimport fastapi.testing\n\
                    try:\n    import tkinter.ttk as ttk\nexcept ImportError:\n    pass\n\
                    from distutils.version import LooseVersion\nimport pkg_resources\nimport _pydecimal, shelve\n\
                    from pandas.tests.io import common\nimport pyarrow.flight\nimport torch.utils.benchmark as b\n";
        let found = listed(&[("shop/__init__.py", code)], &[]);
        let want = [
            "_curses_panel",
            "_pydecimal",
            "curses",
            "distutils",
            "pandas.tests",
            "pkg_resources",
            "pyarrow.flight",
            "readline",
            "shelve",
            "tkinter",
            "torch.utils.benchmark",
        ];
        assert_eq!(found, want);
    }

    #[test]
    fn an_edit_that_imports_nothing_of_it_changes_nothing() {
        let one = listed(&[("shop/a.py", "import readline\n")], &[]);
        let two = listed(&[("shop/a.py", "import readline, httpx\nx = 'test.txt'\n"), ("shop/b.py", "from shop.tests import x\n")], &[]);
        assert_eq!(one, two);
        assert_eq!(listed(&[], &[]), [""; 0]);
    }

    #[test]
    fn scripts_and_names_in_calls_and_commands_count() {
        let files = [
            ("bin/serve", "#!/usr/bin/env python3\nimport readline\n"),
            ("bin/data", "import curses\n"),
            ("shop/a.py", "m = importlib.import_module('dbm.gnu')\nn = 'numpy.tests.x'\no = __import__('turtle')\n"),
        ];
        assert_eq!(
            listed(&files, &["ensurepip", "pip.__main__"]),
            ["dbm", "dbm.gnu", "ensurepip", "numpy.tests", "pip", "readline", "turtle"]
        );
    }
}
