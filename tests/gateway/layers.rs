//! Layers of the image: made side by side and merged, or one on top of the other; and the spec's own choice of them.

use buildkit_proto::caps::llb;
use buildkit_proto::pb::{self, op};

use super::build::{Build, LOCK};
use super::graph::{Graph, Step, name};

const PACKAGES: &str = r#"
[[package]]
name = "numpy"
version = "2.0.0"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.example.org/numpy-2.0.0-cp313-cp313-manylinux_2_28_x86_64.whl", hash = "sha256:00", size = 18000000 }]

[[package]]
name = "idna"
version = "3.0"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.example.org/idna-3.0-py3-none-any.whl", hash = "sha256:00", size = 70000 }]
"#;

/// A project with a large and a small package.
fn project() -> Build {
    let project = super::build::PROJECT.replace("version = \"1\"\n", "version = \"1\"\ndependencies = [\"numpy\", \"idna\"]\n");
    let needs = "dependencies = [{ name = \"numpy\" }, { name = \"idna\" }]\n\n[package.metadata]\n\
                 requires-dist = [{ name = \"numpy\" }, { name = \"idna\" }]\n";
    Build::new().file("pyproject.toml", project).file("uv.lock", format!("{LOCK}{needs}{PACKAGES}"))
}

/// The steps that copy to the root, by name, with what they copy and how many inputs they build on.
fn layers(graph: &Graph) -> Vec<(String, Vec<pb::FileActionCopy>, i64)> {
    let layer = |(op, metadata): &(pb::Op, pb::OpMetadata)| {
        let Some(op::Op::File(file)) = &op.op else { return None };
        if !["[environment ", "[runtime "].iter().any(|stage| name(metadata).starts_with(stage)) {
            return None;
        }
        let copies = file.actions.iter().map(|action| match &action.action {
            Some(pb::file_action::Action::Copy(copy)) => (copy.clone(), action.input),
            other => panic!("{} is no copy: {other:?}", name(metadata)),
        });
        let (copies, below): (Vec<_>, Vec<_>) = copies.unzip();
        Some((name(metadata).to_owned(), copies, below[0]))
    };
    graph.ops.iter().filter_map(layer).collect()
}

const EXPECTED: [&str; 6] = [
    "[environment 1/4] Add Python 3.13",
    "[environment 2/4] Add the system files",
    "[environment 3/4] Add numpy",
    "[environment 4/4] Add the other packages",
    "[runtime 1/2] Add the bytecode of what seldom changes",
    "[runtime 2/2] Add shop",
];

#[test]
fn an_engine_that_merges_makes_layers_from_nothing_and_puts_the_last_on_them() {
    let graph = project().run().graph().below(EXPECTED[5]);
    let made = layers(&graph);
    assert_eq!(made.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), EXPECTED);
    let (last, apart): (Vec<_>, Vec<_>) = made.iter().partition(|(name, ..)| [EXPECTED[3], EXPECTED[5]].contains(&name.as_str()));
    for (name, _, below) in apart {
        assert_eq!(*below, -1, "{name}: nothing below, so that nothing below can make it anew");
        assert_eq!(graph.step(name).0.inputs.len(), 1, "{name}: what is copied and no more");
    }
    for (name, _, below) in last {
        let merged = graph.inputs(&graph.step(name).0)[usize::try_from(*below).expect("something is below")];
        assert!(matches!(merged.0.op, Some(op::Op::Merge(_))), "{name}");
    }
    // The image is all of them in their order, on what the recipe starts from.
    let (top, _) = graph.step(EXPECTED[5]);
    let parts = |step: &Step| graph.inputs(&step.0).into_iter().map(|(_, metadata)| name(metadata).to_owned()).collect::<Vec<_>>();
    let below = graph.inputs(top)[0];
    assert_eq!(name(&below.1), "[runtime] Put the layers together");
    assert_eq!(parts(below), EXPECTED[3..5]);
    let environment = graph.inputs(&graph.step(EXPECTED[3]).0)[0];
    assert_eq!(name(&environment.1), "[environment] Put the layers together");
    let Some(op::Op::Merge(order)) = &environment.0.op else { panic!("no merge") };
    assert_eq!(order.inputs.iter().map(|input| input.input).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(parts(environment), [&["[base] gcr.io/distroless/cc-debian13:nonroot"], &EXPECTED[..3]].concat());
}

#[test]
fn an_engine_that_cannot_puts_each_layer_on_the_one_before() {
    let (stacked, merged) = (project().lacking(llb::MERGE_OP).run().graph(), project().run().graph());
    assert!(!stacked.ops.iter().any(|(op, _)| matches!(op.op, Some(op::Op::Merge(_)))));
    let made = layers(&stacked);
    let mut below = "[base] gcr.io/distroless/cc-debian13:nonroot".to_owned();
    for (step, _, input) in &made {
        let inputs = stacked.inputs(&stacked.step(step).0);
        assert_eq!(name(&inputs[usize::try_from(*input).expect("it has one")].1), below, "{step}");
        below.clone_from(step);
    }
    let held = stacked.inputs(&stacked.head().0).into_iter().filter(|(_, metadata)| *name(metadata) == below).count();
    assert_eq!(held, 1, "the last is the image");
    let copies = |graph: &Graph| layers(graph).into_iter().map(|(name, copies, _)| (name, copies)).collect::<Vec<_>>();
    assert_eq!(copies(&stacked), copies(&merged), "with the same files in either case");
}

#[test]
fn a_layer_has_a_fixed_time_and_belongs_to_root() {
    let graph = project().run().graph();
    for (step, copies, _) in layers(&graph) {
        for copy in copies {
            assert_eq!((copy.dest.as_str(), copy.timestamp), ("/", 315_532_800_000_000_000), "{step}");
            assert!(copy.dir_copy_contents && copy.owner.is_some(), "{step}");
        }
    }
}

#[test]
fn the_spec_says_which_packages_share_a_layer() {
    let graph = project().spec("command: [x]\nlayers: [idna]\n").run().graph();
    let refine = graph.argv("] Prune, strip, and gather what the packages need");
    assert!(refine.contains(&"--layer=idna=layer-1") && !refine.iter().any(|word| word.starts_with("--layer=numpy")), "{refine:?}");
    assert_eq!(graph.copy("] Add idna").src, "/refined/layer-1");
    assert_eq!(graph.copy("] Add the other packages").src, "/refined/packages");
    assert!(graph.argv("] Gather the project, and compile what the service loads").contains(&"--stable=layer-1"));
    let both = project().spec("command: [x]\nlayers: [[idna, numpy]]\n").run().graph();
    assert_eq!(both.copy("] Add idna and numpy").src, "/refined/layer-1");
    assert!(!both.names().iter().any(|n| n.ends_with("] Add the other packages")), "there are none");
    project().spec("command: [x]\nlayers: [nunpy]\n").run().says(&["distil.yaml:2:10", "`nunpy`", "numpy"]);
}
