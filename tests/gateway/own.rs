//! The image that the program comes in: handed over by the engine for steps that run the program, or asked for by name.

use buildkit_proto::pb::{self, op};
use distil::gateway::Options;
use prost::Message;

use super::build::{Build, OWN, SPEC, own_image};
use super::graph::Graph;
use super::script::{decode, digest};

/// The program's image where it is asked for by the name in the spec's first line.
const NAMED: &str = "docker.io/distil/distil:1";

/// A source of an image that was asked for by name: with the digest that the engine found, which is what provenance tells.
fn pinned(name: &str) -> String {
    format!("docker-image://{name}@{}", digest(name.as_bytes()))
}

/// Asserts that every step that mounts the program has it from this image, for this platform.
fn mounted(graph: &Graph, identifier: &str, architecture: &str) {
    let mut count = 0;
    for (op, _) in &graph.ops {
        let Some(op::Op::Exec(exec)) = &op.op else { continue };
        for mount in exec.mounts.iter().filter(|mount| mount.dest == "/run/distil") {
            assert!(mount.readonly && mount.selector == "/distil" && mount.output == -1, "{mount:?}");
            let (source, _) = graph.inputs(op)[usize::try_from(mount.input).expect("an input")];
            let Some(op::Op::Source(from)) = &source.op else { panic!("the program comes from no image") };
            assert_eq!(from.identifier, identifier);
            assert_eq!(source.platform.as_ref().map(|p| p.architecture.as_str()), Some(architecture));
            count += 1;
        }
    }
    assert!(count >= 2, "{count} steps run the program");
    let images = graph.identifiers().iter().filter(|i| i.contains("distil/distil")).count();
    assert_eq!(images, 1, "one image for all of them");
}

fn with(file: Option<Vec<u8>>) -> Build {
    let build = Build::new();
    let options = Options { distil: None, ..build.options }.with_own_image(file);
    Build { options, ..build }
}

#[test]
fn steps_run_the_program_from_the_image_that_the_engine_handed_over() {
    let graph = with(Some(own_image().encode_to_vec())).run().graph();
    mounted(&graph, &format!("docker-image://{OWN}"), "amd64");
    let own = decode(&own_image()).expect("ops");
    assert!(graph.ids.contains(&own[0].0), "byte for byte, so that it is there already");
}

#[test]
fn without_one_the_image_of_the_specs_first_line_is_asked_for() {
    // What cannot be read, or says nothing, is as good as none.
    for file in [None, Some(vec![]), Some(b"\xff\xff".to_vec()), Some(pb::Definition::default().encode_to_vec())] {
        mounted(&with(file).run().graph(), &pinned(NAMED), "amd64");
    }
    let spec = |first: &str| with(None).spec(&format!("{first}\ncommand: [x]\n")).run().graph();
    mounted(&spec("# syntax = registry.example/distil/distil:2 "), &pinned("registry.example/distil/distil:2"), "amd64");
    mounted(&spec("#syntax=distil/distil"), &pinned("docker.io/distil/distil:latest"), "amd64");
    // The engine tells which image it has started, whoever named it.
    let named = with(None).opt("source", "registry.example/distil/distil:3").opt("cmdline", "registry.example/distil/distil:3");
    mounted(&named.run().graph(), &pinned("registry.example/distil/distil:3"), "amd64");
    mounted(&spec("# some other comment"), &pinned(NAMED), "amd64");
}

#[test]
fn for_steps_of_another_platform_than_the_engines_it_is_asked_for() {
    let emulated = || Build::new().spec(&format!("{SPEC}emulate: true\n"));
    mounted(&emulated().opt("platform", "linux/arm64").run().graph(), &pinned(NAMED), "arm64");
    let both = emulated().opt("platform", "linux/amd64,linux/arm64").run();
    mounted(&both.graph_for("linux/amd64"), &format!("docker-image://{OWN}"), "amd64");
    mounted(&both.graph_for("linux/arm64"), &pinned(NAMED), "arm64");
}
