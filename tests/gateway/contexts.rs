//! Named contexts: what `--build-context NAME=VALUE` puts in the place of an image.

use buildkit_llb::{FileAction, Graph as Llb, MakeFile};
use buildkit_proto::pb;
use serde_json::json;

use super::build::{BUILDER, Build, Outcome, RUNTIME};
use super::fake::Call;
use super::script::digest;

const NAME: &str = "context:python:3.13-slim-trixie";
const RUNTIME_NAME: &str = "context:gcr.io/distroless/cc-debian13:nonroot";
const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Asserts that an image is in the graph and that another one is neither there nor asked for.
fn replaced(outcome: &Outcome, gone: &str, there: &str) {
    outcome.result();
    let graph = outcome.graph();
    assert!(graph.identifiers().contains(&there), "{there} is not in {:?}", graph.identifiers());
    assert!(!graph.identifiers().iter().any(|i| i.contains(gone)), "{gone} is in {:?}", graph.identifiers());
    let asked = |call: &Call| matches!(call, Call::Resolve(r) if r.source.as_ref().is_some_and(|s| s.identifier.contains(gone)));
    assert!(!outcome.calls.iter().any(asked), "{gone} is asked for");
}

#[test]
fn another_image_takes_the_place_of_one() {
    let outcome = Build::new().opt(NAME, "docker-image://example.org/py:1").run();
    replaced(&outcome, BUILDER, &format!("docker-image://example.org/py:1@{}", digest(b"example.org/py:1")));
    let short = Build::new().opt(RUNTIME_NAME, "docker-image://busybox").run();
    replaced(&short, RUNTIME, &format!("docker-image://docker.io/library/busybox:latest@{}", digest(b"docker.io/library/busybox:latest")));
    let pinned = format!("docker-image://example.org/py@{DIGEST}");
    replaced(&Build::new().opt(NAME, &pinned).run(), BUILDER, &pinned);
}

#[test]
fn a_context_for_one_platform_wins_there_and_only_there() {
    let build =
        Build::new().opt(NAME, "docker-image://example.org/any:1").opt(&format!("{NAME}::linux/arm64"), "docker-image://example.org/arm:1");
    let outcome = build.opt("platform", "linux/amd64,linux/arm64").run();
    outcome.result();
    let images = |platform: &str| outcome.graph_for(platform).identifiers().join(" ");
    assert!(images("linux/amd64").contains("example.org/any:1") && !images("linux/amd64").contains("arm:1"));
    // What is run for the other platform is the engine's own.
    assert!(images("linux/arm64").contains("example.org/arm:1") && images("linux/arm64").contains("any:1"));
}

#[test]
fn the_replacement_brings_its_own_config() {
    let config = json!({"architecture": "amd64", "os": "linux", "config": {"Env": ["FROM=there"], "Labels": null, "ExposedPorts": null}});
    let build = Build::new().image("example.org/run:1", |image| image.config = config.to_string().into_bytes());
    let outcome = build.spec("command: [x]\nexpose: [1]\nlabels: {a: b}\n").opt(RUNTIME_NAME, "docker-image://example.org/run:1").run();
    assert_eq!(outcome.config()["Env"][0], "FROM=there");
    assert_eq!((&outcome.config()["Labels"]["a"], &outcome.config()["ExposedPorts"]), (&json!("b"), &json!({"1/tcp": {}})));
    assert_eq!(outcome.json("containerimage.base.config"), config);
}

#[test]
fn a_folder_takes_the_place_of_an_image_without_what_its_ignore_file_says() {
    let build = Build::new().local("py", &[("bin/python", ""), (".dockerignore", "junk\n")]).opt(NAME, "local:py");
    let outcome = build.opt("local-sessionid:py", "session-9").run();
    replaced(&outcome, BUILDER, "local://py");
    let graph = outcome.graph();
    let attrs = &graph.source("local://py").attrs;
    assert_eq!(attrs["local.excludepatterns"], r#"["junk"]"#);
    assert_eq!(attrs["local.session"], "session-9");
    assert_ne!(attrs["local.sharedkeyhint"], "context", "another folder, another transfer");
}

#[test]
fn an_oci_layout_takes_the_place_of_an_image() {
    let outcome = Build::new().opt(NAME, &format!("oci-layout://store:tag@{DIGEST}")).run();
    let graph = outcome.graph();
    let layout = graph.source("oci-layout://");
    assert!(layout.identifier.ends_with(&format!("@{DIGEST}")), "{}", layout.identifier);
    assert_eq!((layout.attrs["oci.session"].as_str(), layout.attrs["oci.store"].as_str()), ("session-1", "store"));
    replaced(&outcome, &format!("{BUILDER}@{}", digest(BUILDER.as_bytes())), &layout.identifier);
    let asked = outcome.calls.iter().find_map(|call| if let Call::ResolveOld(request) = call { Some(request) } else { None });
    let asked = asked.expect("its config is asked for");
    assert_eq!((asked.resolver_type, asked.session_id.as_str(), asked.store_id.as_str()), (1, "session-1", "store"));
    assert_eq!(layout.identifier, format!("oci-layout://{}", asked.r#ref));
    Build::new().opt(NAME, "oci-layout://store:tag").run().says(&["oci-layout://store:tag", "digest [bad-context]"]);
}

#[test]
fn an_input_takes_the_place_of_an_image_with_its_config() {
    let mut build = Build::new().opt(RUNTIME_NAME, "input:base").opt("input-metadata:base", &metadata(r#"{"config":{"Env":["IN=put"]}}"#));
    build.script.inputs.insert("base".to_owned(), mkfile("/etc/passwd"));
    let outcome = build.run();
    assert_eq!(outcome.config()["Env"][0], "IN=put");
    let files = |op: &pb::Op| matches!(&op.op, Some(pb::op::Op::File(file)) if file.actions.len() == 1 && op.inputs.is_empty());
    assert!(outcome.graph().ops.iter().any(|(op, _)| files(op)), "the input's own op is in the graph");
    Build::new().opt(RUNTIME_NAME, "input:none").run().says(&["no input `none` [bad-context]"]);
}

/// Metadata of an input, which is base64 in JSON.
fn metadata(config: &str) -> String {
    assert_eq!(config, r#"{"config":{"Env":["IN=put"]}}"#, "the next line is this in base64");
    json!({"containerimage.config": "eyJjb25maWciOnsiRW52IjpbIklOPXB1dCJdfX0="}).to_string()
}

fn mkfile(path: &str) -> pb::Definition {
    let mut graph = Llb::new();
    let output = graph.file(None, vec![FileAction::Mkfile(MakeFile::new(path, "root"))]);
    graph.finish(output)
}

#[test]
fn nothing_takes_the_place_of_an_image() {
    let outcome = Build::new().opt(RUNTIME_NAME, "docker-image://scratch").run();
    outcome.result();
    assert!(!outcome.graph().identifiers().iter().any(|i| i.contains("distroless")));
    assert_eq!(outcome.config()["Cmd"], json!(["python", "-m", "shop"]));
    assert_eq!(outcome.config().get("Shell"), None, "no base, no leftovers of it");
}

#[test]
fn a_repository_takes_the_place_of_an_image() {
    let outcome = Build::new().opt(NAME, "https://example.org/py.git#v1:root").run();
    replaced(&outcome, BUILDER, "git://example.org/py.git#v1:root");
}

#[test]
fn a_value_of_no_known_kind_is_refused() {
    for value in ["./here", "target:other", "docker-image://a b"] {
        let outcome = Build::new().opt(NAME, value).run();
        assert!(outcome.message().contains(value.trim_start_matches("docker-image://")), "{}", outcome.message());
    }
}

#[test]
fn an_image_that_is_not_there_is_named_with_its_platform_and_a_way_out() {
    let mut build = Build::new();
    build.script.images.insert(RUNTIME.to_owned(), None);
    build.run().says(&[RUNTIME, "linux/amd64", "not found", "--build-context"]);
    let broken = Build::new().image(RUNTIME, |image| image.config = b"{".to_vec()).run();
    broken.says(&[RUNTIME, "config"]);
}
