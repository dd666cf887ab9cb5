//! Mistakes as the user reads them in the terminal: the message, the place, and the lines of the file with the wrong ones marked.

use super::docker::Engine;
use super::on_each_store;
use super::project::Project;

on_each_store!(
    unknown_key,
    wrong_type,
    tab,
    unsupported_python,
    several_at_once,
    characters_before_it,
    no_lock,
    ignored_lock,
    two_locks,
    stale_lock,
    no_spec,
    unknown_target,
);

/// Builds what cannot be built, and looks for each text in what the user gets to see.
#[track_caller]
fn refused(engine: &Engine, project: &Project, arguments: &[&str], texts: &[&str]) -> String {
    let built = project.build(engine, arguments);
    assert!(!built.good, "it was built:\n{}", built.log);
    for text in texts {
        assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
    }
    assert_eq!(built.executed(), [""; 0], "steps of a recipe were executed:\n{}", built.log);
    built.log
}

fn unknown_key(engine: &Engine) {
    let project = Project::copy("hello");
    project.replace("distil.yaml", "command:", "comand:");
    let texts = [
        "distil.yaml:2:1: a spec has no key `comand`: did you mean `command`?",
        "distil.yaml:2\n--------------------\n   1 |     # syntax=distil/distil:1\n   2 | >>> comand: [uvicorn",
    ];
    refused(engine, &project, &[], &texts);
}

fn wrong_type(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "env: [A, B]\n");
    let texts = ["distil.yaml:4:6: expected a mapping of names to values, found a list", "   4 | >>> env: [A, B]"];
    refused(engine, &project, &[], &texts);
}

fn tab(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "env:\n\tA: b\n");
    let texts =
        ["distil.yaml:5:", "this is not valid YAML", "help: YAML is indented with spaces; this line has a tab", "   5 | >>> \tA: b"];
    refused(engine, &project, &[], &texts);
}

fn unsupported_python(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "python: \"3.7\"\n");
    refused(engine, &project, &[], &["distil.yaml:4:9: Python 3.7 has no official image", "   4 | >>> python: \"3.7\""]);
}

fn several_at_once(engine: &Engine) {
    let project = Project::copy("hello");
    project.replace("distil.yaml", "command:", "comand:").append("distil.yaml", "runtime: alpin\n");
    let texts = [
        "2 mistakes",
        "distil.yaml:2:1: a spec has no key `comand`",
        "distil.yaml:4:10: `alpin` is none of `distroless`, `minimal`, `slim`, `alpine`: did you mean `alpine`?",
        "   2 | >>> comand:",
        "   4 | >>> runtime: alpin",
    ];
    refused(engine, &project, &[], &texts);
}

/// Lines and columns are counted in characters, whatever stands before.
fn characters_before_it(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "# Grüße — 東京 🚀\nlabels: {gruß: \"東京 🚀\", org.x: [é]}\n");
    let texts = ["distil.yaml:5:31: ", "   5 | >>> labels: {gruß: \"東京 🚀\", org.x: [é]}", "   4 |     # Grüße — 東京 🚀"];
    refused(engine, &project, &[], &texts);
}

fn no_lock(engine: &Engine) {
    let project = Project::copy("hello");
    project.remove("uv.lock");
    let help = "help: run `uv lock` or `poetry lock`, and add the file to the repository";
    let log = refused(engine, &project, &[], &["the project has no lock file", help]);
    assert!(!log.contains(">>>"), "a line of the spec is blamed for it:\n{log}");
}

fn ignored_lock(engine: &Engine) {
    let project = Project::copy("hello");
    project.write(".dockerignore", "*.lock\n");
    refused(engine, &project, &[], &["the project has no lock file", "see that .dockerignore does not leave it out"]);
}

fn two_locks(engine: &Engine) {
    let project = Project::copy("hello");
    project.write("poetry.lock", "");
    refused(engine, &project, &[], &["the project has two lock files: uv.lock and poetry.lock", "help: remove the one that is not in use"]);
}

/// It is found before anything is built, and shown where the project asks for what the lock lacks.
fn stale_lock(engine: &Engine) {
    let project = Project::copy("hello");
    project.replace("pyproject.toml", r#""uvicorn>=0.34","#, "\"uvicorn>=0.34\",\n    \"httpx>=0.27\",");
    let texts = ["pyproject.toml:9:6: `httpx` is not in uv.lock", "   9 | >>>     \"httpx>=0.27\",", "help: run `uv lock`"];
    refused(engine, &project, &[], &texts);
}

fn no_spec(engine: &Engine) {
    // The engine itself looks for the file first, to find the line that names the frontend.
    refused(engine, &Project::copy("hello"), &["-f", "nope.yaml"], &["open nope.yaml: no such file or directory"]);
}

fn unknown_target(engine: &Engine) {
    let texts = ["there is no target `nope`", "help: the targets are `default`, `default/debug`"];
    refused(engine, &Project::copy("hello"), &["--target", "nope"], &texts);
    refused(
        engine,
        &Project::copy("workspace"),
        &["--target", "fats"],
        &["there is no target `fats`", "did you mean `fast`?", "`simple/debug`"],
    );
}
