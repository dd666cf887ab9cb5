//! The report of an image, exported by itself and shown while it is built: its numbers are those of the image's own files.

use std::fs;

use serde_json::Value;

use super::super::archive::Archive;
use super::super::docker::Engine;
use super::super::on_each_store;
use super::super::project::Project;

on_each_store!(hello, flat, without_python);

fn hello(engine: &Engine) {
    let report = reported(engine, &Project::copy("hello"));
    let names: Vec<_> = list(&report["packages"]).iter().filter_map(|p| p["name"].as_str()).collect();
    assert!(["fastapi", "uvicorn", "pydantic-core"].iter().all(|name| names.contains(name)), "{names:?}");
    assert!(list(&report["packages"]).iter().all(|p| p["version"].as_str().is_some_and(|v| !v.is_empty())), "{report}");
    let modules = list(&report["environment"]["modules"]);
    assert!(["fastapi", "uvicorn", "ssl"].iter().all(|name| modules.iter().any(|m| m == name)), "{modules:?}");
    for part in ["base", "interpreter", "system", "packages", "bytecode", "application"] {
        assert!(report["components"][part].as_u64().is_some_and(|bytes| bytes > 0), "{part} is nothing: {}", report["components"]);
    }
}

fn flat(engine: &Engine) {
    let report = reported(engine, &Project::copy("flat"));
    assert_eq!(report["application"]["policy"], "used");
}

/// An image that is no service of Python has a report as well.
fn without_python(engine: &Engine) {
    let report = reported(engine, &Project::copy("recipes/site"));
    assert_eq!(report["packages"], Value::Array(vec![]));
    // What was gathered has its parts.
    let components = &reported(engine, &Project::copy("recipes/perl"))["components"];
    for part in ["application", "interpreter", "system"] {
        assert!(components[part].as_u64().is_some_and(|bytes| bytes > 0), "{part} is nothing: {components}");
    }
}

/// The report, which says of the image what its files say.
#[track_caller]
fn reported(engine: &Engine, project: &Project) -> Value {
    let built = project.build(engine, &[]).good();
    let folder = project.path("report");
    let output = folder.to_str().expect("our own folders are text");
    project.build(engine, &["--target", "default/report", "--output", output]).good();
    let mut names: Vec<_> = fs::read_dir(&folder).expect("it was exported").map(|e| e.expect("it can be read").file_name()).collect();
    names.sort();
    assert_eq!(names, ["report.json", "report.txt"]);
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("it was exported");
    let (json, page) = (read("report.json"), read("report.txt"));
    let report: Value = serde_json::from_str(&json).expect("it is JSON");

    let archive = Archive::of(engine, &built.image);
    let files: Vec<_> = archive.files.iter().filter(|f| f.is_regular()).collect();
    let size: u64 = files.iter().map(|f| f.size).sum();
    // A container's own hosts, hostname and resolv.conf are exported empty; a base may have some of its own.
    let told = report["size"].as_u64().expect("it has a size");
    assert!((size..size + 1000).contains(&told), "{told} is told of {size}: {}", report["summary"]);
    let parts: u64 = report["components"].as_object().expect("it has parts").values().filter_map(Value::as_u64).sum();
    assert_eq!(parts, told, "{}", report["components"]);
    let bytecode: u64 = files.iter().filter(|f| f.extension() == Some("pyc")).map(|f| f.size).sum();
    assert_eq!(report["components"]["bytecode"].as_u64(), Some(bytecode));
    let packages: u64 = list(&report["packages"]).iter().filter_map(|p| p["bytes"].as_u64()).sum();
    assert!(packages <= size, "{packages} of {size}");

    let summary: Vec<_> = list(&report["summary"]).iter().filter_map(Value::as_str).collect();
    assert!(summary[0].starts_with(&megabytes(told)), "{summary:?}");
    for line in summary {
        assert!(page.contains(line), "`{line}` is not in:\n{page}");
        assert!(built.log.contains(&format!("[report] {line}")), "`{line}` is not in:\n{}", built.log);
    }
    report
}

#[track_caller]
fn list(value: &Value) -> &[Value] {
    value.as_array().expect("it is a list")
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB in all", tenths / 10, tenths % 10)
}
