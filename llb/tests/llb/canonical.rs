//! The bytes: their order, their digests, and that they never change.

use buildkit_llb::{Access, Exec, FileAction, FileCopy, Graph, Image, Local, MakeDir, Mount, Output, digest, pb};
use prost::Message;

use crate::{fields, linux, ops};

/// A graph with an op of most kinds.
fn rich() -> (Graph, Output) {
    let mut graph = Graph::new();
    let base = graph.source(Image { platform: Some(linux()), ..Image::new("docker.io/library/alpine:3.22") });
    let context = graph.source(Local {
        include_patterns: vec!["src".to_owned(), "Cargo.toml".to_owned()],
        shared_key_hint: Some("context".to_owned()),
        session: Some("s".to_owned()),
        ..Local::new("context")
    });
    let build = graph.exec(Exec {
        mounts: vec![
            Mount::secret("/run/secrets/a", "a"),
            Mount::bind("/src", Some(context), Access::Discard),
            Mount::cache("/cache", "c"),
            Mount::bind("/", Some(base), Access::ReadWrite),
        ],
        platform: Some(linux()),
        ..Exec::new(["make"])
    });
    let info = graph.describe(build.root());
    info.name = Some("make".to_owned());
    info.description.insert("b".to_owned(), "2".to_owned());
    info.description.insert("a".to_owned(), "1".to_owned());
    let copied = graph.file(
        Some(base),
        vec![FileAction::Mkdir(MakeDir::new("/app")), FileAction::Copy(FileCopy::new(Some(build.root()), "/out", "/app/"))],
    );
    let change = graph.diff(Some(base), Some(copied));
    let merged = graph.merge(vec![base, change]);
    let spec = graph.source_file("app.yaml", "YAML", "a\nb\n");
    graph.at(build.root(), spec, 1..=2);
    (graph, merged)
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    let (graph, result) = rich();
    let first = graph.finish(result).encode_to_vec();
    for _ in 0..25 {
        assert_eq!(graph.finish(result).encode_to_vec(), first);
        let (graph, result) = rich();
        assert_eq!(graph.finish(result).encode_to_vec(), first);
    }
}

#[test]
fn the_order_of_insertion_into_maps_does_not_matter() {
    let finish = |keys: &[&str]| {
        let mut graph = Graph::new();
        let base = graph.source(Image::new("docker.io/library/alpine:3.22"));
        for key in keys {
            let description = &mut graph.describe(base).description;
            description.insert((*key).to_owned(), format!("text of {key}"));
        }
        graph.finish(base).encode_to_vec()
    };
    let straight = finish(&["a", "b", "c", "d"]);
    assert_eq!(finish(&["d", "c", "b", "a"]), straight);
    assert_eq!(finish(&["b", "d", "a", "c"]), straight);
}

#[test]
fn attributes_are_sorted_whatever_the_order_of_fields() {
    let mut graph = Graph::new();
    let local = graph.source(Local {
        session: Some("s".to_owned()),
        follow_paths: vec!["f".to_owned()],
        exclude_patterns: vec!["x".to_owned()],
        include_patterns: vec!["i".to_owned()],
        shared_key_hint: Some("h".to_owned()),
        ..Local::new("context")
    });
    let text = graph.finish(local).def[0].clone();
    let position = |key: &str| {
        let windows = text.windows(key.len()).position(|it| it == key.as_bytes());
        windows.expect("the key is there")
    };
    let positions =
        ["local.excludepatterns", "local.followpaths", "local.includepattern", "local.session", "local.sharedkeyhint"].map(position);
    assert!(positions.is_sorted());
}

#[test]
fn fields_outside_the_oneof_come_first() {
    let (graph, result) = rich();
    let definition = graph.finish(result);
    let orders: Vec<Vec<u64>> = definition.def.iter().map(|op| fields(op)).collect();
    assert_eq!(
        orders,
        [
            vec![10, 11, 3],       // image: platform, constraints, source
            vec![11, 3],           // local
            vec![1, 1, 10, 11, 2], // exec: two inputs, platform, constraints, exec
            vec![1, 1, 11, 4],     // file
            vec![1, 1, 11, 7],     // diff
            vec![1, 1, 11, 6],     // merge
            vec![1],               // the terminal op
        ]
    );
}

/// The bytes of this op were put together by hand, and the digest is from `sha256sum`.
#[test]
fn a_known_op_has_its_known_digest() {
    let mut graph = Graph::new();
    let image = graph.source(Image { platform: Some(linux()), ..Image::new("docker.io/library/alpine:3.22") });
    let definition = graph.finish(image);
    let mut expected = b"\x52\x0e\x0a\x05amd64\x12\x05linux\x5a\x00".to_vec();
    expected.extend(b"\x1a\x2e\x0a\x2cdocker-image://docker.io/library/alpine:3.22");
    assert_eq!(definition.def[0], expected);
    assert_eq!(digest(&expected), "sha256:f753672c04a37e3104d1f12ffeeb4c2524284f0a0e75e0f6543818c733454f7e");
}

#[test]
fn every_op_has_metadata_under_its_digest() {
    let (graph, result) = rich();
    let definition = graph.finish(result);
    assert_eq!(definition.metadata.len(), definition.def.len());
    for op in &definition.def {
        assert!(definition.metadata.contains_key(&digest(op)));
    }
}

#[test]
fn inputs_name_ops_that_came_before() {
    let (graph, result) = rich();
    let definition = graph.finish(result);
    let mut known = Vec::new();
    for (op, bytes) in ops(&definition).iter().zip(&definition.def) {
        for input in &op.inputs {
            assert!(known.contains(&input.digest));
        }
        known.push(digest(bytes));
    }
}

#[test]
fn the_terminal_op_has_one_input_and_nothing_else() {
    let mut graph = Graph::new();
    let first = graph.exec(Exec { mounts: vec![Mount::bind("/out", None, Access::ReadWrite)], ..Exec::new(["true"]) });
    let out = first.mount(0).expect("it is writable");
    let definition = graph.finish(out);
    let terminal = ops(&definition).pop().expect("there is a terminal op");
    let input = pb::Input { digest: digest(&definition.def[0]), index: 1 };
    assert_eq!(terminal, pb::Op { inputs: vec![input], ..pb::Op::default() });
    let metadata = &definition.metadata[&digest(&definition.def[1])];
    let caps: Vec<&String> = metadata.caps.keys().collect();
    assert_eq!(caps, ["constraints", "platform"]);
}

#[test]
fn the_terminal_op_tells_what_metadata_is_used() {
    let mut graph = Graph::new();
    let image = graph.source(Image::new("docker.io/library/alpine:3.22"));
    let info = graph.describe(image);
    info.name = Some("n".to_owned());
    info.ignore_cache = true;
    info.export_cache = Some(false);
    let definition = graph.finish(image);
    let terminal = definition.def.last().expect("there is a terminal op");
    let caps: Vec<&String> = definition.metadata[&digest(terminal)].caps.keys().collect();
    let expected = ["constraints", "meta.description", "meta.exportcache", "meta.ignorecache", "platform"];
    assert_eq!(caps, expected);
}

#[test]
fn equal_ops_become_one_and_keep_what_is_known_of_each() {
    let mut graph = Graph::new();
    let image = || Image::new("docker.io/library/alpine:3.22");
    let (one, two) = (graph.source(image()), graph.source(image()));
    assert_ne!(one, two);
    graph.describe(one).name = Some("first".to_owned());
    graph.describe(two).name = Some("second".to_owned());
    graph.describe(two).ignore_cache = true;
    let spec = graph.source_file("app.yaml", "YAML", "");
    graph.at(one, spec, 1..=1);
    graph.at(two, spec, 2..=2);
    graph.at(two, spec, 1..=1);
    let merged = graph.merge(vec![one, two]);

    let definition = graph.finish(merged);
    assert_eq!(definition.def.len(), 3);
    let key = digest(&definition.def[0]);
    let metadata = &definition.metadata[&key];
    assert_eq!(metadata.description["llb.customname"], "first");
    assert!(metadata.ignore_cache);
    let source = definition.source.expect("there are places");
    assert_eq!(source.locations[&key].locations.len(), 2);
}

#[test]
fn what_the_result_does_not_need_is_left_out() {
    let mut graph = Graph::new();
    let used = graph.source(Image::new("docker.io/library/alpine:3.22"));
    let unused = graph.source(Local::new("context"));
    let spec = graph.source_file("app.yaml", "YAML", "");
    graph.at(unused, spec, 1..=1);
    graph.file(Some(unused), vec![FileAction::Mkdir(MakeDir::new("/d"))]);
    let definition = graph.finish(used);
    assert_eq!(definition.def.len(), 2);
    assert_eq!(definition.metadata.len(), 2);
    assert_eq!(definition.source, None);
    let caps = graph.caps(used).into_iter().collect::<Vec<_>>();
    assert_eq!(caps, ["constraints", "platform", "source.image"]);
}

#[test]
fn ids_that_no_daemon_registers_are_never_used() {
    let (graph, result) = rich();
    let definition = graph.finish(result);
    for metadata in definition.metadata.values() {
        assert!(!metadata.caps.contains_key("file.copy.modestring"));
        let stubs = "exec.meta.removemountstubs.recursive";
        assert!(!metadata.caps.contains_key(stubs));
    }
}
