//! What is made of a spec for any recipe: images, layers, the order of stages.

use super::{images, layers, order};
use crate::diag::{Sink, Sources};
use crate::ecosystem::Project;
use crate::ecosystem::answers::{Installed, Weight};
use crate::plan::{Base, Origin, Stage};
use crate::recipe::input::Inputs;
use crate::recipe::{Input, Library};
use crate::spec::{self, Spec};

fn spec(text: &str) -> Spec {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("distil.yaml", "YAML", text);
    let read = spec::parse(&sources, file, &mut sink);
    read.unwrap_or_else(|| panic!("{:?}", sink.into_sorted())).0
}

const RECIPE: &str = "summary: Layers
inputs:
  layers: { type: pairs, help: What there is }
  layer-packages: { type: pairs, help: What is in them }
  stable-layers: { type: list, help: Which seldom change }
stages:
  - stage: image
    from: scratch
    steps:
      - { phase: a, when: { layers: true, layer-packages: true, stable-layers: true }, mkdir: /a }
";

/// The layers that a recipe gets, the packages of each, and what is said.
fn layered(text: &str, packages: &[(&str, u64)]) -> (String, String, Vec<String>) {
    let (mut sources, mut sink, mut library) = (Sources::default(), Sink::default(), Library::default());
    library.add("layers.yaml", Some(RECIPE.to_owned()));
    let recipe = library.load("layers.yaml", None, &mut sources, &mut sink).expect("it is a good recipe");
    let packages = packages.iter().map(|(name, bytes)| Weight { name: (*name).to_owned(), bytes: *bytes }).collect();
    let installed = Installed { packages, locals: vec![], tools: &[], indexes: vec![], named: str::to_lowercase };
    let mut inputs = Inputs::default();
    layers::add(&spec(text), &installed, &mut inputs, &mut sink);
    let given = inputs.of(&recipe);
    let pairs = |name: &str| match &given[name].input {
        Input::Pairs(pairs) => pairs.iter().map(|(from, to)| format!("{from}={to}")).collect::<Vec<_>>().join(", "),
        other => panic!("{other:?}"),
    };
    (pairs("layers"), pairs("layer-packages"), sink.into_sorted().iter().map(|found| found.message.clone()).collect())
}

#[test]
fn layers_go_by_size_and_the_rest_has_the_last() {
    let packages = [("idna", 70_000), ("numpy", 16_000_000), ("torch", 200_000_000), ("scipy", 35_000_000), ("orjson", 140_000)];
    let (layers, members, said) = layered("command: [x]\n", &packages);
    assert_eq!(layers, "torch=torch, scipy=scipy, heavy=numpy and orjson, packages=the other packages");
    assert_eq!(members, "torch=torch, scipy=scipy, numpy=heavy, orjson=heavy");
    assert_eq!(said, [""; 0]);
    assert_eq!(layered("command: [x]\n", &[]).0, "packages=the packages");
    assert_eq!(layered("command: [x]\n", &[("torch", 200_000_000)]).0, "torch=torch");
}

#[test]
fn the_specs_own_layers_come_in_its_order() {
    let packages = [("numpy", 16_000_000), ("pandas", 12_000_000), ("idna", 70_000)];
    let (layers, members, said) = layered("command: [x]\nlayers: [idna, [pandas, NumPy]]\n", &packages);
    assert_eq!(
        (layers.as_str(), members.as_str()),
        ("layer-1=idna, layer-2=pandas and numpy", "idna=layer-1, pandas=layer-2, numpy=layer-2")
    );
    assert_eq!(said, [""; 0]);
    let (.., said) = layered("command: [x]\nlayers: [nunpy, idna, [idna]]\n", &packages);
    assert_eq!(said, ["`nunpy` is not among the packages that are installed", "`idna` is in two layers"]);
}

/// A stage that starts from another, or from nothing.
fn stage(name: &str, base: &str) -> Stage {
    Stage {
        name: name.to_owned(),
        base: if base.is_empty() { Base::Scratch } else { Base::Stage(base.to_owned()) },
        workdir: "/".to_owned(),
        env: vec![],
        steps: vec![],
        proof: false,
        origin: Origin { cited: String::new(), places: vec![] },
    }
}

#[test]
fn a_stage_comes_after_those_that_it_needs_and_others_are_dropped() {
    let names = |stages: Vec<Stage>| stages.into_iter().map(|stage| stage.name).collect::<Vec<_>>();
    let stages =
        || vec![stage("image", "files"), stage("idle", ""), stage("proof", "image"), stage("files", "ground"), stage("ground", "")];
    assert_eq!(order::order(stages(), &["image"]).map(names), Ok(vec!["ground".into(), "files".into(), "image".into()]));
    assert_eq!(order::order(stages(), &["ground", "proof"]).map(|found| names(found).join(" ")).as_deref(), Ok("ground files image proof"));
    let circle = vec![stage("a", "b"), stage("b", "c"), stage("c", "a")];
    assert_eq!(order::order(circle, &["a"]).map(names), Err(["a", "b", "c", "a"].map(str::to_owned).to_vec()));
}

#[test]
fn images_are_of_one_release_of_debian() {
    let chosen = |text: &str| {
        let mut sink = Sink::default();
        let chosen = images::choose(&spec(text), &Project::Plain, &mut sink);
        (chosen.builder, chosen.runtime, chosen.debian, sink.into_sorted().iter().map(|found| found.code.name()).collect::<Vec<_>>())
    };
    let of = |builder: &str, runtime: &str, debian: &str| (builder.to_owned(), runtime.to_owned(), debian.to_owned(), vec![]);
    assert_eq!(chosen("{}"), of("debian:trixie-slim", "gcr.io/distroless/cc-debian13:nonroot", "trixie"));
    assert_eq!(chosen("runtime: slim"), of("debian:trixie-slim", "debian:trixie-slim", "trixie"));
    assert_eq!(chosen("runtime: minimal"), of("debian:trixie-slim", "scratch", "trixie"));
    assert_eq!(chosen("runtime: alpine"), of("alpine:3", "alpine:3", "alpine"));
    // One that is named decides for the other.
    let builder = "base: { builder: \"corp/build:bookworm\" }";
    assert_eq!(chosen(builder), of("corp/build:bookworm", "gcr.io/distroless/cc-debian12:nonroot", "bookworm"));
    let (.., said) = chosen("base: { builder: \"corp/build:bookworm\", runtime: \"corp/run:debian13\" }");
    assert_eq!(said, ["debian-mismatch"]);
}

#[test]
fn recipes_know_the_kinds_of_runtime() {
    let kinds: Vec<&str> = spec::Runtime::WORDS.iter().copied().chain(["image"]).collect();
    assert_eq!(crate::recipe::input::RUNTIMES, kinds);
}
