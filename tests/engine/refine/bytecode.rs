//! Bytecode that is there before the service starts: what it loads, all, or none; the same bytes whoever builds it.

use std::collections::BTreeSet;

use super::super::archive::{Archive, File};
use super::super::docker::{Engine, Store};
use super::super::project::Project;
use super::super::{on_any_store, on_each_store};

on_each_store!(used, all, none);
on_any_store!(of_slim);

/// Every module that the service loads comes from its bytecode, which Python says itself when it is asked to.
const LOADED: &str = r"
import subprocess, sys
words = [sys.executable, '-v', '-c', 'import hello.api']
said = subprocess.run(words, capture_output=True, text=True, check=True).stderr
lines = [l for l in said.splitlines() if l.startswith('# code object from ')]
source = [l for l in lines if '.pyc' not in l]
print(len(lines) > 100, source)
";

fn hello(bytecode: &str) -> Project {
    let project = Project::copy("hello");
    project.append("distil.yaml", &format!("prune: {{ bytecode: {bytecode} }}\n"));
    project
}

fn used(engine: &Engine) {
    let built = Project::copy("hello").build(engine, &[]).good();
    assert_eq!(engine.exec(&built.image, &["python", "-c", LOADED]), "True []");
    let files = Archive::of(engine, &built.image);
    let (sources, compiled) = modules(&files);
    assert!(compiled.is_subset(&sources), "bytecode without a source: {:?}", compiled.difference(&sources));
    assert!(compiled.len() < sources.len(), "all {} modules are compiled", sources.len());
}

fn all(engine: &Engine) {
    let built = hello("all").build(engine, &[]).good();
    assert_eq!(engine.exec(&built.image, &["python", "-c", LOADED]), "True []");
    let (sources, compiled) = modules(&Archive::of(engine, &built.image));
    assert!(sources.len() > 500, "{}", sources.len());
    assert_eq!(compiled, sources);
}

fn none(engine: &Engine) {
    let built = hello("none").build(engine, &[]).good();
    let files = Archive::of(engine, &built.image);
    assert_eq!(files.paths(|f| f.name() == "__pycache__" || f.extension() == Some("pyc")), [""; 0]);
    assert!(engine.serve(&built.image, 8000).get("/?name=slow").contains(r#""hello":"slow""#));
}

/// The runtime has a Python of its own, whose standard library is compiled as well.
fn of_slim(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "runtime: slim\n");
    let built = project.build(engine, &[]).good();
    assert_eq!(engine.exec(&built.image, &["python", "-c", LOADED]), "True []");
}

/// The modules of an image, and those that are compiled, by the paths of their sources.
fn modules(files: &Archive) -> (BTreeSet<String>, BTreeSet<String>) {
    // The base has modules for debuggers of C++, which are no part of it.
    let ours = |f: &File| f.is_in("app") || f.is_in("usr/local");
    let sources = files.paths(|f| f.is_regular() && f.extension() == Some("py") && ours(f) && !f.is_in_bin());
    let compiled = files.paths(|f| f.is_regular() && f.extension() == Some("pyc"));
    let source = |path: &str| {
        let (folder, name) = path.rsplit_once("/__pycache__/").expect("bytecode is beside its source");
        format!("{folder}/{}.py", name.strip_suffix(".cpython-313.pyc").expect("it is of this Python"))
    };
    (sources.into_iter().map(str::to_owned).collect(), compiled.into_iter().map(source).collect())
}

/// Byte for byte the same image, whichever engine builds it.
#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn same_on_both_stores() {
    let (Some(classic), Some(containerd)) = (Engine::of(Store::Classic), Engine::of(Store::Containerd)) else { return };
    let project = Project::copy("hello");
    project.append("distil.yaml", "user: 4712\n");
    let layers = |engine: &Engine| {
        let built = project.build(engine, &["--no-cache", "--provenance=false"]).good();
        let layers = engine.inspect(&built.image)["RootFS"]["Layers"].clone();
        (layers, super::super::archive::layers(engine, &built.image))
    };
    let ((first, paths), (second, _)) = (layers(&classic), layers(&containerd));
    let differing: Vec<_> = (0..paths.len()).filter(|n| first[n] != second[n]).map(|n| (n, paths[n].last())).collect();
    assert!(paths.len() > 3 && first == second, "these layers differ, each with its last file: {differing:?}\n{first}\n{second}");
}
