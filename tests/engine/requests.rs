//! `docker buildx build --call=…`: questions about a build that build nothing.

use serde_json::Value;

use super::docker::Engine;
use super::on_each_store;
use super::project::Project;
use super::steps::{Step, steps};

on_each_store!(check, check_finds_a_mistake, targets, outline, plan, describe, unknown);

/// Asks, and returns what was printed; nothing may be built.
#[track_caller]
fn ask(engine: &Engine, request: &str) -> String {
    let built = Project::copy("hello").build(engine, &[&format!("--call={request}")]).good();
    assert!(steps(&built.log).iter().all(|step| !Step::is_own(step)), "something was built:\n{}", built.log);
    built.answer
}

fn check(engine: &Engine) {
    assert_eq!(ask(engine, "check"), "Check complete, no warnings found.\n");
    let json: Value = serde_json::from_str(&ask(engine, "check,format=json")).expect("it is JSON");
    assert_eq!(json["warnings"], serde_json::json!([]));
}

fn check_finds_a_mistake(engine: &Engine) {
    let project = Project::copy("hello");
    project.replace("distil.yaml", "command:", "comand:");
    let built = project.build(engine, &["--call=check"]);
    assert!(!built.good);
    for text in
        ["ERROR: distil.yaml:2:1: a spec has no key `comand`", "unknown-key", "did you mean `command`?", "   2 | >>> comand: [uvicorn"]
    {
        assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
    }
    assert!(!built.answer.contains("warning"), "a mistake is none:\n{}", built.answer);
    let json: Value = serde_json::from_str(&project.build(engine, &["--call=check,format=json"]).answer).expect("it is JSON");
    assert_eq!(json["errors"][0]["ruleName"], "unknown-key");
}

fn targets(engine: &Engine) {
    assert!(ask(engine, "targets").contains("default (default)"));
}

fn outline(engine: &Engine) {
    let json: Value = serde_json::from_str(&ask(engine, "outline,format=json")).expect("it is JSON");
    assert_eq!(json["secrets"][0]["name"], "ca");
    let caches: Vec<_> = json["cache"].as_array().into_iter().flatten().map(|cache| &cache["ID"]).collect();
    assert_eq!(caches, ["uv"]);
}

fn plan(engine: &Engine) {
    let text = ask(engine, "plan");
    for line in ["builder ← python:3.13-slim-trixie", "platform ← gcr.io/distroless/cc-debian13:nonroot", "Install the locked dependencies"]
    {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
}

fn describe(engine: &Engine) {
    let text = ask(engine, "subrequests.describe");
    for name in ["subrequests.describe", "lint", "outline", "targets", "plan"] {
        assert!(text.lines().any(|line| line.split_whitespace().next() == Some(name)), "`{name}` is not in:\n{text}");
    }
}

fn unknown(engine: &Engine) {
    let built = Project::copy("hello").build(engine, &["--call=nope"]);
    assert!(!built.good && built.log.contains("unsupported request nope: see --call=subrequests.describe"), "{}", built.log);
}
