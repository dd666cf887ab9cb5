//! Rules about the repository itself, checked here so that nobody has to remember them.

use std::fs;
use std::path::PathBuf;

use crate::imports::rooms;

/// Which rooms of the program a room may import. What is not listed here is a leaf or an end.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("dates", &[]),
    ("diag", &[]),
    ("shell", &[]),
    ("target", &[]),
    ("yaml", &["diag", "shell", "yaml"]),
    ("names", &["yaml", "diag", "names"]),
    ("spec", &["diag", "names", "target", "yaml", "python", "spec"]),
    ("facts", &["diag", "facts"]),
    ("python", &["dates", "diag", "names", "shell", "yaml", "spec", "facts", "recipe", "refine", "plan", "lower", "python"]),
    ("plan", &["diag", "names", "shell", "target", "plan"]),
    ("recipe", &["dates", "diag", "names", "shell", "yaml", "plan", "python", "refine", "recipe"]),
    ("lower", &["diag", "names", "shell", "target", "yaml", "spec", "facts", "plan", "python", "recipe", "refine", "lower"]),
    ("lint", &["diag", "spec", "facts", "python", "lint"]),
    ("compile", &["diag", "spec", "target", "facts", "python", "recipe", "plan", "lower", "lint", "yaml"]),
    ("refine", &["diag", "names", "yaml", "refine"]),
    ("emit", &["diag", "names", "plan", "shell", "target", "emit"]),
];

fn root() -> PathBuf {
    crate::checkout()
}

/// Every Rust file below a folder of the repository.
pub(crate) fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut files = vec![];
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn all_files() -> Vec<PathBuf> {
    let files: Vec<_> = ["benches", "frontend", "llb", "proto", "starter", "tests"].into_iter().flat_map(rust_files).collect();
    assert!(files.len() > 50);
    files
}

#[test]
fn rooms_import_only_what_they_may() {
    for file in rust_files("frontend") {
        let path = file.strip_prefix(root().join("frontend")).unwrap().display().to_string();
        let room = path.split(['/', '.']).next().unwrap();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else { continue };
        for (line, named) in rooms(&fs::read_to_string(&file).unwrap()) {
            let known = allowed.contains(&named.as_str()) || named == "scalar";
            assert!(known, "frontend/{path}:{line} imports `{named}`, which `{room}` may not know");
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    for file in all_files() {
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().count();
        assert!(lines <= 500, "{} has {lines} lines; 500 is the most", file.display());
        assert!(text.starts_with("//!"), "{} does not say what it is for", file.display());
    }
}

#[test]
fn nothing_is_left_undone() {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("un", "implemented!"), concat!("X", "XX")];
    for file in all_files() {
        let text = fs::read_to_string(&file).unwrap();
        for word in words {
            assert!(!text.contains(word), "{} says {word}", file.display());
        }
    }
}

#[test]
fn the_readme_names_every_folder() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for entry in fs::read_dir(root()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() && !name.starts_with('.') && name != "target" {
            assert!(readme.contains(&format!("`{name}/`")), "README.md does not name `{name}/`");
        }
    }
}

#[test]
fn every_recipe_is_good() {
    use distil::diag::{Sink, Sources, render};
    let names = distil::recipe::names();
    assert!(names.contains(&"python/uv".to_owned()), "{names:?}");
    for name in names {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let recipe = distil::recipe::Library::default().load(&name, None, &mut sources, &mut sink);
        let said: String = sink.into_sorted().iter().map(|d| render(d, &sources, false)).collect();
        assert!(recipe.is_some(), "{name}: {said}");
    }
}
