//! One file for each mistake: the files that the user has, and what the user reads. A section that holds `(absent)`
//! takes a file of the good project away; a section named `recipe.yaml` is read as a recipe on its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use distil::diag::{Sink, Sources, render};
use distil::plan::lower::connect;
use distil::recipe::{self, Library};

use crate::golden;

/// A project in which nothing is wrong; each case changes what it is about.
const GOOD: &[(&str, &str)] = &[
    ("distil.yaml", "# syntax=distil/distil:1\ncommand: [serve]\n"),
    ("pyproject.toml", "[project]\nname = \"shop\"\nversion = \"1.0\"\nrequires-python = \">=3.11\"\n"),
    (
        "uv.lock",
        "version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"shop\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\n",
    ),
];

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors");
    let mut cases: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "txt")).collect();
    cases.sort();
    assert!(cases.len() > 20);
    cases
}

/// Splits a case into its sections, each headed by `-- NAME --`.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = vec![];
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
            Some(name) => sections.push((name.to_owned(), String::new())),
            None => sections.last_mut().expect("a case starts with a section").1.push_str(line),
        }
    }
    sections
}

/// A case's text as bytes; what an editor would not show is written as `\\t` and `\\xff`.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = vec![];
    for (index, part) in text.replace("\\t", "\t").split("\\xff").enumerate() {
        bytes.extend(if index > 0 { &[0xff][..] } else { &[] });
        bytes.extend(part.as_bytes());
    }
    bytes
}

fn checked(case: &Path, files: &[(String, String)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut all: BTreeMap<&str, &str> = GOOD.iter().copied().collect();
    all.extend(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let target = all.remove("target").unwrap_or_default().trim();
    for (name, text) in all.into_iter().filter(|(_, text)| text.trim() != "(absent)") {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(text)).unwrap();
    }
    let args = ["check", "--target", target];
    let output = Command::new(env!("CARGO_BIN_EXE_distil")).args(args).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = i32::from(said.contains("error["));
    assert_eq!(output.status.code(), Some(expected), "{}: {said}", case.display());
    assert!(said.contains("error[") || said.contains("warning["), "{}: {said}", case.display());
    assert!(output.stdout.is_empty());
    said
}

/// Reads the section `recipe.yaml` as a recipe on its own, with the other sections beside it.
fn recipe(files: &[(String, String)]) -> String {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let mut library = Library::default();
    for (name, text) in files {
        library.add(name, Some(text.clone()));
    }
    assert_eq!(library.wanted("recipe.yaml"), None);
    if let Some(recipe) = library.load("recipe.yaml", None, &mut sources, &mut sink)
        && let Some(rendered) = recipe::render(&recipe, &BTreeMap::new(), &sources, &mut sink)
    {
        assert!(connect(rendered, &mut sink).is_none(), "this recipe is good");
    }
    sink.into_sorted().iter().map(|d| render(d, &sources, false) + "\n\n").collect()
}

#[test]
fn every_mistake_reads_as_it_should() {
    for case in cases() {
        let text = fs::read_to_string(&case).unwrap();
        let (mut files, mut rebuilt) = (vec![], String::new());
        for (name, content) in sections(&text).into_iter().filter(|(name, _)| name != "said") {
            rebuilt += &["-- ", &name, " --\n", &content].concat();
            files.push((name, content));
        }
        let is_recipe = files.iter().any(|(name, _)| name == "recipe.yaml");
        let said = if is_recipe { recipe(&files) } else { checked(&case, &files) };
        assert!(!said.is_empty(), "{} says nothing", case.display());
        golden::check(&case, &format!("{rebuilt}-- said --\n{said}"));
    }
}

/// A message that no case shows is a message that nobody has read.
#[test]
fn every_code_has_a_case() {
    let said: String = cases().iter().map(|case| fs::read_to_string(case).unwrap()).collect();
    let mut codes = vec![];
    // What steps of a build say is seen by the tests that build.
    let of_steps = |file: &std::path::PathBuf| file.components().any(|part| part.as_os_str() == "refine");
    for file in crate::tidy::rust_files("frontend").into_iter().filter(|file| !of_steps(file)) {
        let text = fs::read_to_string(&file).unwrap();
        for marker in ["Diagnostic::error(", "Diagnostic::warning(", "self.say("] {
            for rest in text.split(marker).skip(1) {
                if let Some(code) = rest.trim_start().strip_prefix('"').and_then(|r| r.split('"').next()) {
                    codes.push(code.to_owned());
                }
            }
        }
    }
    codes.sort();
    codes.dedup();
    assert!(codes.len() > 20, "{codes:?}");
    let missing: Vec<_> = codes.iter().filter(|c| !said.contains(&format!("[{c}]"))).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}
