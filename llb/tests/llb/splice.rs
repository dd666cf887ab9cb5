//! Definitions of others taken into a graph.

use buildkit_llb::{Access, Exec, Graph, Image, LinuxResources, Local, Mount, ProgressGroup, SpliceError, pb};
use prost::Message;

use crate::{linux, ops};

/// A definition with two ops, metadata and places, whose result is a second output.
fn other() -> pb::Definition {
    let mut graph = Graph::new();
    let image = graph.source(Image { platform: Some(linux()), ..Image::new("docker.io/library/alpine:3.22") });
    let made = graph.exec(Exec {
        mounts: vec![Mount::bind("/", Some(image), Access::ReadWrite), Mount::bind("/out", None, Access::ReadWrite)],
        platform: Some(linux()),
        ..Exec::new(["make"])
    });
    let info = graph.describe(made.op());
    info.name = Some("make".to_owned());
    info.ignore_cache = true;
    info.export_cache = Some(true);
    info.progress_group = Some(ProgressGroup { id: "g".to_owned(), name: "group".to_owned(), weak: true });
    info.linux_resources = Some(LinuxResources { memory: 5, ..LinuxResources::default() });
    let file = graph.source_file("Dockerfile", "Dockerfile", "FROM alpine\nRUN make\n");
    graph.at(image, file, 1..=1);
    graph.at(made.op(), file, 2..=2);
    graph.finish(made.mount(1).expect("it is writable"))
}

#[test]
fn a_round_trip_changes_nothing() {
    let definition = other();
    let mut graph = Graph::new();
    // A file of our own comes first, so that numbers of files have to change on the way.
    graph.source_file("app.yaml", "YAML", "");
    let result = graph.splice(&definition).expect("it can be taken over");
    assert_eq!(graph.finish(result.expect("it is not empty")), definition);
}

#[test]
fn the_order_of_ops_does_not_matter() {
    let definition = other();
    let mut shuffled = definition.clone();
    shuffled.def.swap(0, 1);
    let mut graph = Graph::new();
    let result = graph.splice(&shuffled).expect("it can be taken over");
    assert_eq!(graph.finish(result.expect("it is not empty")), definition);
}

#[test]
fn ops_of_our_own_can_go_on_from_there() {
    let mut graph = Graph::new();
    let own = graph.source(Image { platform: Some(linux()), ..Image::new("docker.io/library/alpine:3.22") });
    let spec = graph.source_file("app.yaml", "YAML", "");
    graph.at(own, spec, 7..=7);
    let result = graph.splice(&other()).expect("it can be taken over");
    let merged = graph.merge(vec![own, result.expect("it is not empty")]);
    let definition = graph.finish(merged);
    // The image is the same op in both, so it is there once, with the places of both.
    assert_eq!(definition.def.len(), 4);
    let source = definition.source.as_ref().expect("there are places");
    let names: Vec<&str> = source.infos.iter().map(|it| it.filename.as_str()).collect();
    assert_eq!(names, ["app.yaml", "Dockerfile"]);
    let image = buildkit_llb::digest(&definition.def[0]);
    assert_eq!(source.locations[&image].locations.len(), 2);
    let merge = &ops(&definition)[2];
    assert_eq!(merge.inputs[1].index, 1);
    let caps = graph.caps(merged);
    assert!(caps.contains("exec.meta.base") && caps.contains("mergeop"));
}

#[test]
fn fields_and_capabilities_that_are_not_known_here_are_kept() {
    let mut definition = other();
    // Field 2000 with an empty text, as a later daemon might write.
    let mut bytes = definition.def[0].clone();
    bytes.extend(b"\x82\x7d\x00");
    let digest = buildkit_llb::digest(&bytes);
    let terminal = pb::Op { inputs: vec![pb::Input { digest: digest.clone(), index: 0 }], ..pb::Op::default() };
    definition.def = vec![bytes.clone(), terminal.encode_to_vec()];
    let metadata = pb::OpMetadata { caps: [("source.later".to_owned(), true)].into(), ..pb::OpMetadata::default() };
    definition.metadata = [(digest.clone(), metadata.clone())].into();
    let mut graph = Graph::new();
    let result = graph.splice(&definition).expect("it can be taken over");
    let result = result.expect("it is not empty");
    let finished = graph.finish(result);
    assert_eq!(finished.def, definition.def);
    assert_eq!(finished.metadata[&digest], metadata);
    assert!(!graph.caps(result).contains("source.later"));
}

#[test]
fn no_ops_are_the_empty_tree() {
    let mut graph = Graph::new();
    let result = graph.splice(&pb::Definition::default());
    assert_eq!(result.expect("it can be taken over"), None);
}

#[test]
fn what_is_no_definition_is_an_error() {
    let splice = |def: Vec<Vec<u8>>| {
        let definition = pb::Definition { def, ..pb::Definition::default() };
        Graph::new().splice(&definition)
    };
    let good = other().def;

    let error = splice(vec![good[0].clone(), vec![0xff]]);
    assert!(matches!(error, Err(SpliceError::Decode { position: 1, .. })));

    let error = splice(vec![good[0].clone()]);
    assert!(matches!(error, Err(SpliceError::NoResult)));

    let error = splice(vec![good[1].clone(), good[2].clone()]);
    let image = buildkit_llb::digest(&good[0]);
    assert!(matches!(error, Err(SpliceError::UnknownInput { digest, index: 0 }) if digest == image));

    let mut terminal = ops(&other()).pop().expect("there is a terminal op");
    terminal.inputs[0].index = -1;
    let error = splice(vec![good[0].clone(), good[1].clone(), terminal.encode_to_vec()]);
    assert!(matches!(error, Err(SpliceError::UnknownInput { index: -1, .. })));
}

#[test]
fn a_local_source_from_elsewhere_is_the_same_as_our_own() {
    let mut theirs = Graph::new();
    let local = theirs.source(Local::new("context"));
    let mut ours = Graph::new();
    let own = ours.source(Local::new("context"));
    let result = ours.splice(&theirs.finish(local));
    let result = result.expect("it can be taken over").expect("it is not empty");
    assert_eq!(ours.finish(result), ours.finish(own));
}
