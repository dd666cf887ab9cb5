//! Rules about the repository itself, checked here so that nobody has to remember them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::imports::paths;

/// Which rooms of the program a room may import beside itself. A room is a file or a folder of `frontend` or `reading`, by its path; of
/// those that fit, the longest counts. What `reading` and `refine` may know of the program their crates hold. What is not listed here is an end. Each comes after those that it imports, so that there are no circles.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("dates", &[]),
    ("diag", &[]),
    ("shell", &[]),
    ("target", &[]),
    ("yaml", &["diag", "shell"]),
    ("names", &["diag", "yaml"]),
    ("json", &["diag", "yaml"]),
    ("facts", &["diag"]),
    ("plan", &["diag", "names", "shell", "target"]),
    ("refine", &["diag", "names", "yaml"]),
    ("ecosystem/kind", &["yaml"]),
    ("ecosystem/answers", &["diag"]),
    ("python/codes", &["diag"]),
    ("python/toml", &["dates", "diag", "python/codes"]),
    ("node/codes", &["diag"]),
    ("ecosystem/codes", &["diag", "node/codes", "python/codes"]),
    ("messages", &["diag", "ecosystem/codes"]),
    ("python/cuda", &[]),
    ("python/layout", &[]),
    ("python/pep", &[]),
    ("python/sizes", &[]),
    ("python/version", &["diag", "names", "yaml", "python/codes"]),
    ("python/wheels", &["python/version"]),
    ("python/keys", &["diag", "names", "yaml", "python/codes", "python/version"]),
    ("node/version", &["names", "yaml", "node/codes"]),
    ("node/keys", &["diag", "yaml", "node/version"]),
    ("ecosystem/keys", &["diag", "yaml", "ecosystem/kind", "node/keys", "python/keys"]),
    ("spec", &["diag", "messages", "names", "target", "yaml", "ecosystem/kind", "ecosystem/keys"]),
    ("recipe/known", &["diag", "yaml", "ecosystem/kind"]),
    ("python/given", &["recipe/known", "ecosystem/kind", "python/version"]),
    ("node/given", &["recipe/known", "ecosystem/kind"]),
    ("ecosystem/given", &["recipe/known", "node/given", "python/given"]),
    ("python/steps", &["names", "refine"]),
    ("node/steps", &["names", "refine"]),
    ("ecosystem/steps", &["refine", "node/steps", "python/steps"]),
    (
        "recipe",
        &[
            "dates",
            "diag",
            "names",
            "shell",
            "yaml",
            "plan",
            "refine",
            "recipe/known",
            "ecosystem/kind",
            "ecosystem/given",
            "ecosystem/steps",
        ],
    ),
    ("node/locks", &["diag", "json", "yaml", "node/codes"]),
    (
        "python/locks",
        &["dates", "diag", "names", "shell", "yaml", "python/codes", "python/cuda", "python/pep", "python/toml", "python/version"],
    ),
    (
        "python/refine",
        &["diag", "names", "shell", "yaml", "refine", "python/codes", "python/cuda", "python/layout", "python/pep", "python/steps"],
    ),
    (
        "python/facts",
        &[
            "diag",
            "names",
            "yaml",
            "spec",
            "facts",
            "ecosystem/answers",
            "python/codes",
            "python/cuda",
            "python/keys",
            "python/locks",
            "python/pep",
            "python/toml",
            "python/version",
        ],
    ),
    (
        "python/inputs",
        &[
            "diag",
            "names",
            "yaml",
            "spec",
            "facts",
            "recipe",
            "ecosystem/answers",
            "python/codes",
            "python/cuda",
            "python/facts",
            "python/given",
            "python/keys",
            "python/locks",
            "python/pep",
            "python/refine",
            "python/sizes",
        ],
    ),
    (
        "python",
        &[
            "diag",
            "names",
            "shell",
            "yaml",
            "spec",
            "plan",
            "recipe",
            "refine",
            "ecosystem/answers",
            "python/codes",
            "python/facts",
            "python/given",
            "python/inputs",
            "python/keys",
            "python/layout",
            "python/locks",
            "python/pep",
            "python/refine",
            "python/steps",
            "python/toml",
            "python/version",
        ],
    ),
    ("node/ships", &["refine"]),
    ("node/refine", &["diag", "names", "refine", "node/codes", "node/ships", "node/steps"]),
    (
        "node",
        &[
            "diag",
            "json",
            "names",
            "shell",
            "yaml",
            "spec",
            "facts",
            "plan",
            "recipe",
            "refine",
            "ecosystem/answers",
            "node/codes",
            "node/given",
            "node/keys",
            "node/locks",
            "node/refine",
            "node/ships",
            "node/steps",
            "node/version",
        ],
    ),
    (
        "ecosystem",
        &[
            "diag",
            "names",
            "yaml",
            "spec",
            "facts",
            "plan",
            "recipe",
            "refine",
            "node",
            "node/refine",
            "node/steps",
            "ecosystem/keys",
            "python",
            "python/facts",
            "python/inputs",
            "python/refine",
            "python/steps",
            "ecosystem/kind",
            "ecosystem/answers",
        ],
    ),
    ("args", &["diag", "yaml", "spec", "plan"]),
    ("lint", &["diag", "names", "yaml", "spec", "facts", "plan", "ecosystem"]),
    ("lower", &["diag", "names", "shell", "target", "yaml", "spec", "facts", "plan", "recipe", "recipe/known", "refine", "ecosystem"]),
    ("compile", &["args", "diag", "names", "spec", "target", "facts", "recipe", "plan", "ecosystem", "lower", "lint", "yaml"]),
    ("audit", &["compile", "diag", "plan", "shell", "target"]),
    ("emit", &["diag", "names", "plan", "shell", "target", "ecosystem/kind"]),
];

/// Words of languages and of what belongs to one; a word that is part of others is only looked for by itself.
const WORDS: &[&str] = &[
    "cuda",
    "django",
    "dist-info",
    "gunicorn",
    "node_modules",
    "poetry",
    "pycache",
    "pypi",
    "pyproject",
    "python",
    "setuptools",
    "site-packages",
    "torch",
    "uvicorn",
    "venv",
];
const WHOLE_WORDS: &[&str] = &["bun", "cargo", "nodejs", "npm", "pip", "pnpm", "py", "pyc", "uv", "wheel", "wheels", "yarn"];

/// Rooms in which an ecosystem is at home.
const OF_AN_ECOSYSTEM: &[&str] = &["ecosystem", "node", "python"];

/// Lines of other rooms that hold such a word, and why. The numbers may only shrink.
const EXCEPTIONS: &[(&str, usize, &str)] = &[
    ("diag/codes/spec.rs", 1, "the name of a message, by which builds allow it"),
    ("emit/dockerfile/base.rs", 1, "images that are known to have a shell, by their names"),
    ("lib.rs", 1, "the room itself is declared here"),
    ("lower/probe.rs", 1, "the name of that message"),
    ("names.rs", 1, "an example of an image that has a tag"),
    ("refine/sbom/licence.rs", 1, "licences of SPDX's list, by their names there"),
];

fn root() -> PathBuf {
    crate::checkout()
}

/// Every Rust file below a folder of the repository.
fn rust_files(folder: &str) -> Vec<PathBuf> {
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
    let files: Vec<_> = ["benches", "frontend", "llb", "proto", "reading", "refine", "serve", "starter", "tests"]
        .into_iter()
        .flat_map(rust_files)
        .collect();
    assert!(files.len() > 50);
    files
}

/// The code of a file: without comments, and without its tests.
fn code(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    let of_tests = file.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("tests"));
    let text = if of_tests { "" } else { text.split("#[cfg(test)]\nmod tests {").next().unwrap() };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines.map(|(number, line)| (number + 1, line.to_owned())).collect()
}

/// The files of the program, in all of its crates.
pub(crate) fn program_files() -> Vec<PathBuf> {
    ["frontend", "reading", "refine"].into_iter().flat_map(rust_files).collect()
}

/// A file of the program by the path that others name it by: the rooms of `frontend` and `reading` stand beside each other.
fn inside(file: &Path) -> String {
    let path = file.strip_prefix(root()).unwrap();
    let room = path
        .strip_prefix("frontend")
        .or_else(|_| path.strip_prefix("reading").and_then(|p| p.strip_prefix("lib.rs").map_or(Ok(p), |_| Ok(path))));
    room.unwrap_or(path).display().to_string()
}

/// The longest room that a path is in; one that is not listed by its first name.
fn room(path: &str) -> &str {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let fits = |room: &str| path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let listed = MAY_IMPORT.iter().map(|(room, _)| *room).filter(|room| fits(room)).max_by_key(|room| room.len());
    listed.unwrap_or_else(|| path.split('/').next().unwrap())
}

#[test]
fn rooms_import_only_what_they_may() {
    let known: Vec<String> = program_files().iter().map(|file| inside(file)).collect();
    for (number, (name, allowed)) in MAY_IMPORT.iter().enumerate() {
        assert!(known.iter().any(|path| room(path) == *name), "there is no room `{name}`");
        let before = |other: &&&str| MAY_IMPORT[..number].iter().any(|(known, _)| *known == **other);
        assert_eq!(allowed.iter().find(|other| !before(other)), None, "`{name}` comes after what it imports");
    }
    let mut wrong = vec![];
    for file in ["frontend", "reading"].into_iter().flat_map(rust_files) {
        let path = inside(&file);
        let own = room(&path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == own) else { continue };
        let lines = code(&file);
        let text = lines.iter().fold(String::new(), |text, (_, line)| text + line + "\n");
        for (line, path_of_other) in paths(&text) {
            let other = room(&path_of_other);
            let is_room = known.iter().any(|path| room(path) == other);
            if is_room && other != own && !allowed.contains(&other) {
                let number = lines[line - 1].0;
                wrong.push(format!("{path}:{number} imports `{path_of_other}`, which `{own}` may not know"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines of a file that hold a word of an ecosystem.
fn lines_with_words(file: &Path) -> Vec<usize> {
    // Where tables of keys show what to write, that is documentation, and what cargo says while it compiles is no word of ours.
    let shown = |line: &str| if line.ends_with("\";") { line.rsplit_once("\", \"").map(|(before, _)| before.to_owned()) } else { None };
    let has_word = |line: &str| {
        let line = shown(line)
            .unwrap_or_else(|| line.to_owned())
            .replace("CARGO_MANIFEST_DIR", "")
            .replace("CARGO_PKG_VERSION", "")
            .to_lowercase();
        WORDS.iter().any(|word| line.contains(word)) || line.split(|c: char| !c.is_alphanumeric()).any(|word| WHOLE_WORDS.contains(&word))
    };
    code(file).into_iter().filter(|(_, line)| has_word(line)).map(|(number, _)| number).collect()
}

#[test]
fn generic_rooms_know_no_ecosystem() {
    let mut left: Vec<&str> = EXCEPTIONS.iter().map(|(path, ..)| *path).collect();
    let mut wrong = vec![];
    for file in program_files() {
        let path = inside(&file);
        if OF_AN_ECOSYSTEM.iter().any(|room| path.starts_with(&format!("{room}/"))) {
            continue;
        }
        let found = lines_with_words(&file);
        let allowed = EXCEPTIONS.iter().find(|(known, ..)| *known == path);
        left.retain(|known| *known != path);
        match allowed.map_or(0, |(_, count, _)| *count) {
            count if found.len() > count => {
                wrong.push(format!("{path} names an ecosystem in {} lines, {count} are allowed: {found:?}", found.len()));
            }
            count if found.len() < count => wrong.push(format!("{path} names an ecosystem in {} lines: lower {count}", found.len())),
            _ => {}
        }
    }
    assert!(EXCEPTIONS.iter().all(|(_, count, why)| *count > 0 && why.len() > 20), "each exception has a reason");
    assert!(wrong.is_empty() && left.is_empty(), "{}\n{left:?}", wrong.join("\n"));
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

/// What imported in the builder has to import in the image; leaving the check out is for what cannot be imported anywhere.
#[test]
fn no_message_advises_to_leave_a_check_out() {
    let advice = concat!("check: {{ sk", "ip");
    for file in all_files().into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        assert!(!fs::read_to_string(&file).unwrap().contains(advice), "{} advises it", file.display());
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
