//! One platform or several, as an image or as an index.

use buildkit_proto::caps::gateway;
use buildkit_proto::frontend::result;
use buildkit_proto::pb;
use serde_json::{Value, json};

use super::build::{BUILDER, Build, Outcome, RUNTIME, SPEC};
use super::graph::Graph;

/// Asserts an index: these ids in references, configs and mapping alike.
fn is_index(outcome: &Outcome, ids: &[&str]) {
    let Some(result::Result::Refs(refs)) = &outcome.result().result else { panic!("one reference for each platform") };
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    assert_eq!(refs.refs.keys().map(String::as_str).collect::<Vec<_>>(), sorted);
    let platforms = outcome.json("refs.platforms");
    let platforms = platforms["Platforms"].as_array().expect("a list");
    assert_eq!(platforms.iter().map(|p| p["ID"].as_str().expect("an id")).collect::<Vec<_>>(), ids, "in the order that was asked for");
    for (id, platform) in ids.iter().zip(platforms) {
        let parts: Vec<&str> = id.split('/').collect();
        let config = outcome.json(&format!("containerimage.config/{id}"));
        for (key, part) in [("os", 0), ("architecture", 1)] {
            assert_eq!((&config[key], &platform["Platform"][key]), (&json!(parts[part]), &json!(parts[part])), "{id}");
        }
        assert_eq!(platform["Platform"].get("variant").and_then(Value::as_str), parts.get(2).copied(), "{id}");
        outcome.json(&format!("containerimage.base.config/{id}"));
    }
    assert_eq!(outcome.metadata("containerimage.config"), None, "nothing without a platform");
}

#[test]
fn several_platforms_are_an_index_with_normal_names() {
    let build = Build::new().spec(&format!("{SPEC}emulate: true\n"));
    let outcome = build.opt("platform", "linux/arm64/v8,linux/x86_64,linux/arm").run();
    is_index(&outcome, &["linux/arm64", "linux/amd64", "linux/arm/v7"]);
    for (id, architecture) in [("linux/arm/v7", "arm"), ("linux/amd64", "amd64"), ("linux/arm64", "arm64")] {
        let graph = outcome.graph_for(id);
        let images =
            graph.ops.iter().filter(|(op, _)| matches!(&op.op, Some(pb::op::Op::Source(s)) if s.identifier.starts_with("docker-image:")));
        let platforms: Vec<_> = images.map(|(op, _)| op.platform.as_ref().map(|p| p.architecture.as_str())).collect();
        assert!(!platforms.is_empty() && platforms.iter().all(|p| *p == Some(architecture)), "{platforms:?}");
        assert!(
            graph.names().iter().any(|n| n.contains(&format!("linux/{architecture}"))),
            "steps say their platform: {:?}",
            graph.names()
        );
    }
}

#[test]
fn one_platform_is_an_index_when_the_client_asks_for_one() {
    is_index(&Build::new().opt("platform", "linux/arm64").opt("multi-platform", "true").run(), &["linux/arm64"]);
    is_index(&Build::new().opt("build-arg:BUILDKIT_MULTI_PLATFORM", "1").run(), &["linux/amd64"]);
}

#[test]
fn one_platform_is_an_image_otherwise() {
    for build in [Build::new().opt("platform", "linux/arm64"), Build::new().opt("platform", "linux/arm64").opt("multi-platform", "false")] {
        let outcome = build.run();
        assert!(matches!(&outcome.result().result, Some(result::Result::Ref(_))));
        assert_eq!(outcome.json("containerimage.config")["architecture"], "arm64");
    }
}

#[test]
fn several_platforms_cannot_be_one_image() {
    let outcome = Build::new().opt("platform", "linux/amd64,linux/arm64").opt("multi-platform", "false").run();
    outcome.says(&["several platforms", "`multi-platform=false` forbids them [several-platforms]"]);
}

#[test]
fn an_image_for_another_platform_is_refused() {
    // The script's images, unlike any other name, are there for one platform only.
    let single = |name: &str| Build::new().image(name, |_| {}).opt("platform", "linux/arm64");
    let refused = |build: Build, name: &str, has: &str| {
        let outcome = build.run();
        outcome.says(&[
            &format!("the image {name} is for {has}, and the build is for linux/arm64 [platform-mismatch]"),
            &format!("--platform {has}"),
        ]);
        outcome.points_nowhere();
        let images = |d: &pb::Definition| Graph::new(d).identifiers().iter().any(|i| i.starts_with("docker-image:"));
        assert!(!outcome.definitions().iter().any(images), "nothing is built");
    };
    for name in [BUILDER, RUNTIME] {
        refused(single(name), name, "linux/amd64");
    }
    refused(single(RUNTIME).opt("multi-platform", "true"), RUNTIME, "linux/amd64");
    let mut old = single(RUNTIME);
    old.script.gateway_caps.remove(gateway::SOURCE_META_RESOLVER);
    refused(old, RUNTIME, "linux/amd64");
    let windows = json!({"architecture": "arm64", "os": "windows"}).to_string().into_bytes();
    refused(single(RUNTIME).image(RUNTIME, |image| image.config = windows), RUNTIME, "windows/arm64");
    let other = "example.org/py:1";
    refused(single(other).opt("context:python:3.13-slim-trixie", &format!("docker-image://{other}")), other, "linux/amd64");
    single(RUNTIME).opt("platform", "linux/amd64").run().result();
    single(RUNTIME).image(RUNTIME, |image| image.config = b"{\"config\":{}}".to_vec()).run().result();
}

#[test]
fn a_platform_that_is_named_twice_is_built_once() {
    is_index(&Build::new().opt("platform", "linux/arm64,linux/amd64,linux/arm64/v8").run(), &["linux/arm64", "linux/amd64"]);
    let outcome = Build::new().opt("platform", "linux/amd64,linux/x86_64").opt("multi-platform", "false").run();
    assert!(matches!(&outcome.result().result, Some(result::Result::Ref(_))));
}

#[test]
fn without_a_choice_the_workers_own_platform_is_built() {
    let mut build = Build::new();
    let arm = pb::Platform { os: "linux".into(), architecture: "arm64".into(), ..pb::Platform::default() };
    build.script.platforms.insert(0, arm);
    assert_eq!(build.run().json("containerimage.config")["architecture"], "arm64");
    let mut silent = Build::new();
    silent.script.platforms.clear();
    assert_eq!(silent.run().json("containerimage.config")["os"], "linux");
}

#[test]
fn each_platform_has_its_own_time() {
    let outcome = Build::new().opt("platform", "linux/amd64,linux/arm64").opt("build-arg:SOURCE_DATE_EPOCH", "7").run();
    for id in ["linux/amd64", "linux/arm64"] {
        assert_eq!(outcome.metadata(&format!("source.date.epoch/{id}")), Some("7"));
    }
}
