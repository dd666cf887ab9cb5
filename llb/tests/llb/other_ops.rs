//! Merges, differences and passthroughs.

use buildkit_llb::{Graph, Image, Output, pb};

use crate::{caps_of, op_of};

fn images() -> (Graph, Output, Output) {
    let mut graph = Graph::new();
    let one = graph.source(Image::new("docker.io/library/alpine:3.22"));
    let two = graph.source(Image::new("docker.io/library/busybox:1.37"));
    (graph, one, two)
}

#[test]
fn a_merge_lists_every_layer_even_twice() {
    let (mut graph, one, two) = images();
    let merged = graph.merge(vec![two, one, two]);
    let op = op_of(&graph, merged);
    assert_eq!(op.inputs.len(), 3);
    assert_eq!(op.inputs[0], op.inputs[2]);
    let inputs = (0..3).map(|input| pb::MergeInput { input }).collect();
    assert_eq!(op.op, Some(pb::op::Op::Merge(pb::MergeOp { inputs })));
    assert_eq!(op.platform, None);
    assert_eq!(caps_of(&graph, merged), ["mergeop"]);
}

#[test]
fn a_merge_of_one_layer_is_that_layer() {
    let (mut graph, one, _) = images();
    assert_eq!(graph.merge(vec![one]), one);
}

fn diff_of(graph: &Graph, output: Output) -> (usize, i64, i64) {
    let op = op_of(graph, output);
    let Some(pb::op::Op::Diff(diff)) = op.op else {
        panic!("{op:?} is no difference");
    };
    let lower = diff.lower.expect("lower is always there").input;
    let upper = diff.upper.expect("upper is always there").input;
    (op.inputs.len(), lower, upper)
}

#[test]
fn differences() {
    let (mut graph, one, two) = images();
    let diff = graph.diff(Some(one), Some(two));
    assert_eq!(diff_of(&graph, diff), (2, 0, 1));
    assert_eq!(caps_of(&graph, diff), ["diffop"]);
    let diff = graph.diff(Some(one), Some(one));
    assert_eq!(diff_of(&graph, diff), (2, 0, 1));
    let diff = graph.diff(Some(one), None);
    assert_eq!(diff_of(&graph, diff), (1, 0, -1));
    assert_eq!(graph.diff(None, Some(one)), one);
}

#[test]
fn the_empty_tree_is_a_difference_of_nothing() {
    let mut graph = Graph::new();
    let (diff, merged) = (graph.diff(None, None), graph.merge(Vec::new()));
    let file = graph.file(None, Vec::new());
    for output in [diff, merged, file] {
        assert_eq!(diff_of(&graph, output), (0, -1, -1));
    }
}

#[test]
fn a_passthrough_hands_its_first_input_on() {
    let (mut graph, one, two) = images();
    let through = graph.passthrough("after tests", two, vec![one]);
    let definition = graph.finish(through);
    let op = op_of(&graph, through);
    let digests: Vec<&String> = op.inputs.iter().map(|input| &input.digest).collect();
    let digest = |position: usize| buildkit_llb::digest(&definition.def[position]);
    assert_eq!(digests, [&digest(1), &digest(0)]);
    let expected = pb::PassthroughOp { id: "after tests".to_owned(), outputs: vec![0] };
    assert_eq!(op.op, Some(pb::op::Op::Passthrough(expected)));
    assert_eq!(caps_of(&graph, through), ["passthroughop"]);
}
