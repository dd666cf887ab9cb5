//! Every example through every emitter, held against files that are reviewed like code.
//! `SNAPSHOTS=overwrite cargo test` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compares a text with a file, or writes the file when asked to.
pub(crate) fn check(file: &Path, actual: &str) {
    if std::env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite") {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    let differs = expected.lines().zip(actual.lines()).position(|(e, a)| e != a);
    assert!(
        expected == actual,
        "{} differs, first in line {}; SNAPSHOTS=overwrite cargo test writes it anew\n--- found\n{actual}",
        file.display(),
        differs.map_or(expected.lines().count().min(actual.lines().count()), |l| l) + 1
    );
}

/// The folders of the examples.
pub(crate) fn examples() -> Vec<PathBuf> {
    let root = crate::checkout().join("examples");
    let entries = [root.clone(), root.join("recipes")].into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut folders: Vec<_> = entries.map(|e| e.unwrap().path()).filter(|p| p.join("distil.yaml").is_file()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

fn distil(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_distil")).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Projects beside their goldens: those that show a shape which no example has, and are not to be built.
fn shapes() -> Vec<PathBuf> {
    let root = crate::checkout().join("tests/golden");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.join("distil.yaml").is_file()).collect();
    folders.sort();
    folders
}

#[test]
fn every_example_gives_the_same_plan_graph_and_dockerfile() {
    for folder in examples().into_iter().chain(shapes()) {
        let golden = crate::checkout().join("tests/golden").join(folder.file_name().unwrap());
        for (file, args) in
            [("plan.json", &["plan", "--json"][..]), ("plan.txt", &["plan"]), ("llb.jsonl", &["llb"]), ("Dockerfile", &["dockerfile"])]
        {
            let actual = distil(&folder, args);
            assert_eq!(actual, distil(&folder, args), "{file} of {} differs from run to run", folder.display());
            check(&golden.join(file), &actual);
        }
    }
}

#[test]
fn the_schema_and_the_reference_pages_are_true() {
    let docs = crate::checkout().join("docs");
    check(&docs.join("distil.schema.json"), &distil::spec::schema::json());
    check(&docs.join("spec.md"), &distil::spec::schema::page());
    check(&docs.join("inputs.md"), &distil::recipe::inputs_page());
    check(&docs.join("messages.md"), &distil::diag::codes::reference());
    check(&docs.join("steps.md"), &distil::refine::requests::page());
}
