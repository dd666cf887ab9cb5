//! Every example through every emitter, held against files that are reviewed like code.
//! `SNAPSHOTS=overwrite cargo test` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use buildkit_llb::digest;
use distil::plan::tree::tree;

use crate::project::Project;

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

/// Projects beside their goldens: those that show a shape which no example has, and are not to be built.
fn shapes() -> Vec<PathBuf> {
    let root = crate::checkout().join("tests/golden");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.join("distil.yaml").is_file()).collect();
    folders.sort();
    folders
}

/// The examples whose plan, graph and Dockerfile are kept in full: a small one, and one with a workspace. Of the others the plan's
/// text is kept, and digests of the rest: `distil llb` and `distil dockerfile` in the example's folder print what one is of.
const IN_FULL: &[&str] = &["hello", "workspace"];

/// What is made of an example: its plan as JSON and as text, its graph and its Dockerfile.
fn emitted(project: &Project) -> [(&'static str, String); 4] {
    let (compiled, sources) = project.compile("").built();
    let plan = compiled.plan;
    let graph = distil::emit::lines::graph_lines(&plan, &sources).unwrap();
    let dockerfile = distil::emit::dockerfile::emit(&plan, "distil dockerfile").unwrap();
    [("plan.json", plan.json() + "\n"), ("plan.txt", tree(&plan)), ("llb.jsonl", graph), ("Dockerfile", dockerfile)]
}

#[test]
fn every_example_gives_the_same_plan_graph_and_dockerfile() {
    let goldens = crate::checkout().join("tests/golden");
    let mut digests = vec![];
    for folder in examples().into_iter().chain(shapes()) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let project = Project::read(&folder);
        let texts = emitted(&project);
        assert!(texts == emitted(&project), "{name} differs from run to run");
        for (file, text) in &texts {
            if IN_FULL.contains(&name) || *file == "plan.txt" {
                check(&goldens.join(name).join(file), text);
            } else if *file != "plan.json" {
                digests.push(format!("{name} {file} {}\n", digest(text.as_bytes())));
            }
        }
    }
    digests.sort();
    check(&goldens.join("digests.txt"), &digests.concat());
}

#[test]
fn the_schema_and_the_reference_pages_are_true() {
    let docs = crate::checkout().join("docs");
    check(&docs.join("distil.schema.json"), &distil::spec::schema::json());
    check(&docs.join("spec.md"), &distil::spec::schema::page());
    check(&docs.join("inputs.md"), &distil::recipe::inputs_page());
    check(&docs.join("messages.md"), &distil::messages::page());
    check(&docs.join("steps.md"), &distil::steps_page());
}
