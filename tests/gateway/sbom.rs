//! The bill of materials: exported by itself, or attested where the client asks for one; and no build has to do with it that does not.

use buildkit_proto::frontend::{AttestationKind, result};
use buildkit_proto::pb;

use super::build::{Build, Outcome, PROJECT};
use super::graph::name;

/// The step that makes it.
const MADE: &str = "[materials 1/1] Tell what the image is made of";
/// The step that is exported.
const TAKEN: &str = "[sbom 1/1] Take the bill of materials out";
/// A lock with a package, and an index that wants a login which nobody should have written there.
const LOCK: &str = r#"version = 1
requires-python = "==3.13.*"

[[package]]
name = "fast"
version = "1.0"
source = { registry = "https://packages.example.org/simple" }
sdist = { url = "https://packages.example.org/fast-1.0.tar.gz?token=t0p", hash = "sha256:11", size = 1 }
wheels = [
    { url = "https://packages.example.org/fast-1.0-cp313-cp313-manylinux_2_17_x86_64.whl", hash = "sha256:22", size = 1 },
    { url = "https://packages.example.org/fast-1.0-cp312-cp312-manylinux_2_17_x86_64.whl", hash = "sha256:33", size = 1 },
    { url = "https://packages.example.org/fast-1.0-cp313-cp313-win_amd64.whl", hash = "sha256:44", size = 1 },
]

[[package]]
name = "shop"
version = "1"
source = { editable = "." }
dependencies = [{ name = "fast" }]

[package.metadata]
requires-dist = [{ name = "fast" }]
"#;

/// The names of all steps of all requests.
fn steps(outcome: &Outcome) -> Vec<String> {
    let definitions = outcome.solves().filter_map(|solve| solve.definition.as_ref());
    definitions.flat_map(|definition| definition.metadata.values()).map(|one| name(one).to_owned()).collect()
}

/// Each attestation of a platform, as its file and the kind of its document.
fn attested(outcome: &Outcome, platform: &str) -> Vec<(String, String)> {
    let found = outcome.result().attestations.get(platform);
    let each = |one: &buildkit_proto::frontend::Attestation| {
        assert_eq!(one.kind, i32::from(AttestationKind::InToto), "a bare document");
        assert_eq!(one.metadata.get("reason").map(Vec::as_slice), Some(b"sbom".as_slice()));
        assert!(one.in_toto_subjects.is_empty(), "it is about the image that it comes with");
        assert!(one.r#ref.as_ref().is_some_and(|files| !files.id.is_empty()), "its file is in a result of this build");
        (one.path.clone(), one.in_toto_predicate_type.clone())
    };
    found.map(|found| found.attestation.iter().map(each).collect()).unwrap_or_default()
}

#[test]
fn who_asks_for_none_has_nothing_to_do_with_it() {
    let silent = ["", "generator=example.org/scanner:1", "disabled=true"];
    for said in silent {
        let build = Build::new();
        let outcome = if said.is_empty() { build.run() } else { build.opt("attest:sbom", said).run() };
        assert!(outcome.result().attestations.is_empty(), "{said}");
        assert!(!steps(&outcome).iter().any(|step| step == MADE || step == TAKEN), "{said}");
        assert!(outcome.result() == Build::new().run().result(), "the same image: {said}");
    }
}

/// An engine that is given a document of SPDX asks no scanner for one.
#[test]
fn who_asks_for_one_gets_both_documents_with_the_image() {
    for key in ["attest:sbom", "build-arg:BUILDKIT_ATTEST_SBOM"] {
        let outcome = Build::new().opt(key, "").run();
        let expected = [("/sbom.spdx.json", "https://spdx.dev/Document"), ("/sbom.cdx.json", "https://cyclonedx.org/bom")];
        let found = attested(&outcome, "linux/amd64");
        assert_eq!(found.iter().map(|(path, kind)| (path.as_str(), kind.as_str())).collect::<Vec<_>>(), expected, "{key}");
        assert!(steps(&outcome).iter().any(|step| step == MADE));
        let (with, without) = (outcome.result(), Build::new().run());
        assert!(with.metadata == without.result().metadata, "the image is the same");
    }
}

/// An engine that exports both to one folder would have the attestations in the documents' place.
#[test]
fn what_is_attested_of_the_documents_has_names_of_its_own() {
    let outcome = Build::new().opt("target", "default/sbom").opt("attest:sbom", "").run();
    let found: Vec<String> = attested(&outcome, "linux/amd64").into_iter().map(|(path, _)| path).collect();
    assert_eq!(found, ["/attested.spdx.json", "/attested.cdx.json"]);
}

#[test]
fn each_platform_has_its_own() {
    let outcome = Build::new().opt("attest:sbom", "").opt("platform", "linux/amd64,linux/arm64").run();
    let Some(result::Result::Refs(refs)) = &outcome.result().result else { panic!("one reference for each platform") };
    let attested: Vec<&String> = outcome.result().attestations.keys().collect();
    assert_eq!(attested, refs.refs.keys().collect::<Vec<_>>());
    let files = outcome.result().attestations.values().flat_map(|found| &found.attestation).filter_map(|one| one.r#ref.as_ref());
    let mut ids: Vec<&str> = files.map(|files| files.id.as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 2, "{ids:?}");
}

#[test]
fn the_target_is_its_documents_once_the_image_is_proven() {
    let outcome = Build::new().opt("target", "default/sbom").opt("build-arg:SOURCE_DATE_EPOCH", "86400").run();
    let graph = outcome.graph();
    let inputs: Vec<_> = graph.inputs(&graph.head().0).into_iter().map(|(_, metadata)| name(metadata)).collect();
    assert_eq!(inputs.iter().filter(|n| **n == TAKEN).count(), 1, "{inputs:?}");
    assert!(inputs.iter().any(|n| n.starts_with("[proof ")), "{inputs:?}");
    let argv = graph.argv(MADE).join(" ");
    for part in ["sbom --name=shop", "--image=/run/image", "--base=/run/runtime", "--locked=/run/locked.json", "--created=86400"] {
        assert!(argv.contains(part), "`{part}` is not in {argv}");
    }
    assert_eq!(graph.exec(MADE).network, i32::from(pb::NetMode::None));
    assert!(outcome.result().attestations.is_empty());
}

/// What the lock says goes along, as far as it is of this Python on Linux, and without what lets one in.
#[test]
fn the_lock_goes_along_without_logins() {
    let project = PROJECT.replace("\n\n[build", "\ndependencies = [\"fast\"]\n\n[build");
    let outcome = Build::new().file("pyproject.toml", project).file("uv.lock", LOCK).opt("target", "default/sbom").run();
    let graph = outcome.graph();
    let Some(pb::op::Op::File(file)) = &graph.step("[locked 1/1] Write what the lock says").0.op else { panic!("it writes nothing") };
    let written = file.actions.iter().find_map(|action| match &action.action {
        Some(pb::file_action::Action::Mkfile(file)) => Some(String::from_utf8(file.data.clone()).expect("text")),
        _ => None,
    });
    let written = written.expect("a file");
    let told: serde_json::Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(told["lock"], "uv.lock");
    assert_eq!(told["packages"][0]["from"], "https://packages.example.org/simple");
    let hashes: Vec<_> = told["packages"][0]["archives"].as_array().expect("archives").iter().map(|one| one["hash"].clone()).collect();
    assert_eq!(hashes, ["sha256:22", "sha256:11"]);
    assert!(!written.contains("t0p"), "{written}");
}
