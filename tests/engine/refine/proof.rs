//! What must hold of every image without being asked for, and that nothing of the trial is in the image.

use super::super::archive::layers;
use super::super::docker::Engine;
use super::super::project::Project;
use super::super::steps::Outcome;
use super::super::{on_any_store, on_each_store};
use super::refused;

on_each_store!(dropped_too_much, nothing_is_left, check_alone);
on_any_store!(command_without_program, module_of_the_command, packages_are_proven_once);

fn dropped_too_much(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "prune: { drop: [\"anyio/**\"] }\n");
    let texts = [
        "Import every package",
        "error[broken-import]: `fastapi` does not import in the image: it raises ModuleNotFoundError: No module named 'anyio'",
        "the rule `drop` left out what it needs: the module `anyio`",
        "help: take it out of `prune: { drop: […] }`",
    ];
    refused(engine, &project, &texts);
}

fn command_without_program(engine: &Engine) {
    let project = Project::copy("hello");
    project.replace("distil.yaml", "[uvicorn,", "[gunicorn,");
    refused(engine, &project, &["The command starts `gunicorn`, but no folder of PATH", "`command`"]);
}

fn module_of_the_command(engine: &Engine) {
    let project = Project::copy("hello");
    project.replace("distil.yaml", "hello.api:app", "hello.apy:app");
    refused(engine, &project, &["The command loads the module `hello.apy`", "nowhere on the image's module path"]);
}

fn nothing_is_left(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "budget: 200MB\ncheck: { imports: [hello.api], run: [[python, --version]], files: [/etc/passwd] }\n");
    let built = project.build(engine, &[]).good();
    let layers = layers(engine, &built.image);
    assert!(layers.iter().any(|paths| paths.iter().any(|p| p == "app/.project/hello/api.py")), "{layers:?}");
    let ours = ["distil", "proof", "environment", "bytecode", "library", "application", "source", "runtime", "added", "image"]
        .map(|name| format!("run/{name}"));
    let folders = ["refined", "library", "finished", "report", "src", "out"];
    for (number, paths) in layers.iter().enumerate() {
        let left = |path: &&String| {
            let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            ours.iter().any(|folder| below(folder)) || folders.iter().any(|folder| below(folder)) || path.ends_with("/notes.json")
        };
        let left: Vec<_> = paths.iter().filter(left).collect();
        assert!(left.is_empty(), "layer {number} has {left:?}");
    }
}

/// The digest of a layer without files, as the tree that waits for the checks has it.
const NO_FILES: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/// The checks as a target of their own, for a pipeline that only asks whether they hold.
fn check_alone(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "check: { run: [[python, --version]] }\n");
    let built = project.build(engine, &["--target", "default/check"]).good();
    assert_ne!(built.step("Run python --version"), Outcome::Failed, "{}", built.log);
    if engine.has(&built.image) {
        let layers = &engine.inspect(&built.image)["RootFS"]["Layers"];
        let all = layers.as_array().map(Vec::as_slice).unwrap_or_default();
        assert!(all.iter().all(|layer| layer == NO_FILES), "files were exported: {layers}");
    }
    project.replace("distil.yaml", "[python, --version]", "[python, --nonsense]");
    let built = project.build(engine, &["--target", "default/check"]);
    assert!(!built.good && built.log.contains("it ended with code 2"), "{}", built.log);
}

/// An edit of the project does not try the packages again.
fn packages_are_proven_once(engine: &Engine) {
    let project = Project::copy("hello");
    project.apart(engine).build(engine, &[]).good();
    project.append("src/hello/api.py", "\nVERSION = 2\n");
    let built = project.build(engine, &[]).good();
    assert_eq!(built.step("Import every package"), Outcome::Cached, "{}", built.log);
    assert_eq!(built.step("and look for what should not be there"), Outcome::Done);
}
