//! Our reading of locks and versions beside that of uv, Poetry and packaging themselves: `tests/peers/run` makes projects, locks
//! them with the real tools, writes down what these say, and runs this test over it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use distil::diag::{FileId, Place, Sink, Sources, render};
use distil::python::PythonVersion;
use distil::python::locks::poetry;
use distil::python::locks::uv as lock;
use distil::python::locks::{Files, Torch};
use distil::python::pep::version::{Constraint, Version};
use distil::python::toml::Document;
use distil::yaml::At;
use serde_json::Value;

/// Where the cases are.
fn cases() -> PathBuf {
    std::env::var_os("DISTIL_PEERS").expect("run tests/peers/run").into()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// A project that a tool locked: its folder, its two files, and what is installed of it.
struct Case {
    folder: PathBuf,
    project: String,
    lock: String,
    selections: Vec<Value>,
}

fn locked_by(tool: &str) -> Vec<Case> {
    let mut folders: Vec<_> =
        fs::read_dir(cases().join(tool)).unwrap().map(|e| e.unwrap().path()).filter(|p| p.join("cases.json").exists()).collect();
    folders.sort();
    assert!(folders.len() >= 100, "only {} projects were locked by {tool}", folders.len());
    let read = |folder: PathBuf| Case {
        project: fs::read_to_string(folder.join("pyproject.toml")).unwrap(),
        lock: fs::read_to_string(folder.join(format!("{tool}.lock"))).unwrap(),
        selections: json(&folder.join("cases.json")).as_array().unwrap().clone(),
        folder,
    };
    folders.into_iter().map(read).collect()
}

fn said(sources: &Sources, sink: Sink) -> String {
    sink.into_sorted().iter().map(|d| render(d, sources, false)).collect()
}

/// What uv would install from a folder, as it says itself.
fn dry_run(folder: &Path, extras: &[String], groups: &[String]) -> Vec<String> {
    let flags = extras.iter().flat_map(|e| ["--extra", e]).chain(groups.iter().flat_map(|g| ["--group", g]));
    let always = ["sync", "--frozen", "--dry-run", "--no-default-groups", "--package", "app"];
    let output = Command::new(std::env::var_os("UV").unwrap()).args(always).args(flags).current_dir(folder).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{}: {text}", folder.display());
    let mut found: Vec<_> = text.lines().filter_map(|l| l.strip_prefix(" + ")).map(str::to_owned).collect();
    found.sort();
    found
}

#[test]
#[ignore = "needs uv, Poetry and packaging; tests/peers/run brings them"]
fn uv_installs_the_same_from_a_reduced_lock() {
    for case in locked_by("uv") {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file: FileId = sources.add("uv.lock", "TOML", &case.lock);
        let parsed = lock::parse(&case.lock, file, &mut sink).unwrap_or_else(|| panic!("{}", case.folder.display()));
        let project = Document::read(&case.project, "pyproject.toml", file).unwrap();
        assert_eq!(lock::stale(&parsed, &project, "app", &project), [], "{}", case.folder.display());
        assert_eq!(lock::stale_manifest(&parsed, &project), [], "{}", case.folder.display());
        for selection in &case.selections {
            let (extras, groups) = (texts(&selection["extras"]), texts(&selection["groups"]));
            let wanted = lock::Selection { package: "app", extras: &extras, groups: &groups, only_groups: &[] };
            let set = parsed.install_set(&wanted, Torch::Keep).unwrap();
            let expected = texts(&selection["set"]);
            let named: Vec<_> = set.packages.iter().map(|p| format!("{}=={}", p.name, p.version.clone().unwrap_or_default())).collect();
            assert!(expected.iter().all(|e| named.contains(e)), "{}: {named:?} lacks some of {expected:?}", case.folder.display());
            // The wheels lie at a path that the lock tells from its own folder.
            let reduced = case.folder.parent().unwrap().join("reduced");
            fs::create_dir_all(&reduced).unwrap();
            let Files::Lock(text) = &set.files else { panic!("uv's own lock is installed") };
            fs::write(reduced.join("uv.lock"), text).unwrap();
            fs::write(reduced.join("pyproject.toml"), lock::canonical_project(&project, "app")).unwrap();
            assert_eq!(dry_run(&reduced, &extras, &groups), expected, "{} with {extras:?} {groups:?}", case.folder.display());
        }
    }
}

#[test]
#[ignore = "needs uv, Poetry and packaging; tests/peers/run brings them"]
fn a_lock_that_uv_finds_out_of_date_is_out_of_date() {
    let (mut seen, mut missed) = (0, vec![]);
    for case in locked_by("uv") {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file: FileId = sources.add("uv.lock", "TOML", &case.lock);
        let parsed = lock::parse(&case.lock, file, &mut sink).unwrap_or_else(|| panic!("{}", case.folder.display()));
        for edit in json(&case.folder.join("edits.json")).as_array().unwrap() {
            let text = edit["project"].as_str().unwrap();
            let project = Document::read(text, "pyproject.toml", file).unwrap();
            let found = [lock::stale(&parsed, &project, "app", &project), lock::stale_manifest(&parsed, &project)].concat();
            let is_stale = edit["stale"].as_bool().unwrap();
            assert!(is_stale || found.is_empty(), "{} is up to date for uv: {found:?}\n{text}", case.folder.display());
            seen += usize::from(is_stale);
            if is_stale && found.is_empty() {
                missed.push(format!("{}\n{text}", case.folder.display()));
            }
        }
    }
    assert!(seen > 100 && missed.is_empty(), "{} of {seen} are missed: {}", missed.len(), missed.join("\n"));
}

#[test]
#[ignore = "needs uv, Poetry and packaging; tests/peers/run brings them"]
fn poetry_installs_what_we_say() {
    for case in locked_by("poetry") {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let (lock_file, project_file) =
            (sources.add("poetry.lock", "TOML", &case.lock), sources.add("pyproject.toml", "TOML", &case.project));
        let at = |value: String| At { value, place: Place { file: project_file, start: 0, end: 0 } };
        let project = Document::read(&case.project, "pyproject.toml", project_file).unwrap();
        for selection in &case.selections {
            let named = |key: &str| texts(&selection[key]).into_iter().map(at).collect::<Vec<_>>();
            let (extras, groups) = (named("extras"), named("groups"));
            let wanted = poetry::Selection { extras: &extras, groups: &groups, only_groups: &[], torch: Torch::Keep };
            let Some(set) = poetry::install_set(&case.lock, lock_file, &project, wanted, &mut sink) else {
                panic!("{}: {}", case.folder.display(), said(&sources, sink));
            };
            let part = |index: usize| u32::try_from(selection["python"][index].as_u64().unwrap()).unwrap();
            let python = PythonVersion { minor: part(1), patch: Some(part(2)) };
            let here = set.packages.iter().filter(|p| p.is_for(python, std::env::consts::ARCH));
            let mut found: Vec<_> = here.map(|p| format!("{}=={}", p.name, p.version.clone().unwrap_or_default())).collect();
            found.sort();
            assert_eq!(found, texts(&selection["set"]), "{}: {selection}", case.folder.display());
        }
    }
}

#[test]
#[ignore = "needs uv, Poetry and packaging; tests/peers/run brings them"]
fn versions_satisfy_the_same_constraints() {
    let mut wrong: BTreeMap<String, String> = BTreeMap::new();
    let all = json(&cases().join("constraints.json"));
    for case in all.as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let parsed = Constraint::parse(text).unwrap_or_else(|| panic!("`{text}` is not read"));
        for (version, allowed) in case["versions"].as_object().unwrap() {
            if Version::parse(version).map(|v| parsed.allows(&v)) != allowed.as_bool() {
                wrong.insert(format!("{}: `{text}` and {version}", case["by"]), format!("should be {allowed}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), all.as_array().unwrap().len() * 8);
}
