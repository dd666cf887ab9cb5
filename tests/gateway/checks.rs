//! What a spec asks of the finished image, as steps of the graph: words, places, and what does not change them.

use buildkit_proto::caps::llb;

use super::build::{Build, Outcome};
use super::graph::name;

const SPEC: &str = r#"# syntax=distil/distil:1
command: [shop]
budget: 120MB
check:
  imports:
    - shop.api
    - shop.worker
  skip: [shop.gpu]
  run:
    - [shop, --version]
    - run: [shop, fail]
      exit: 2
      matches: "no *"
      timeout: 10s
  files:
    - /app/static/index.html
    - { path: /app/.env, absent: true }
    - { path: /app/run, mode: "0755", owner: "0:0" }
"#;
/// Every check: its step's name, its lines in the spec, its words.
const CHECKS: [(&str, (i32, i32), &str); 7] = [
    ("[check 1/7] Import what the spec names", (6, 7), "imports --python=/app/.venv/bin/python -- shop.api shop.worker"),
    ("[check 2/7] Run shop --version", (10, 10), "run --seconds=60 -- shop --version"),
    ("[check 3/7] Run shop fail", (11, 14), "run --seconds=10 --exit=2 --matches=no * -- shop fail"),
    ("[check 4/7] Look at /app/static/index.html", (16, 16), "file --path=/app/static/index.html"),
    ("[check 5/7] Look at /app/.env", (17, 17), "file --absent --path=/app/.env"),
    ("[check 6/7] Look at /app/run", (18, 18), "file --mode=0755 --owner=0:0 --path=/app/run"),
    ("[check 7/7] Weigh the image", (3, 3), "budget --report=/run/report.json --limit=120000000"),
];

#[test]
fn every_item_is_a_step_that_points_at_its_lines() {
    let graph = Build::new().spec(SPEC).run().graph();
    for (step, (first, last), words) in CHECKS {
        assert_eq!(graph.argv(step).join(" "), format!("/run/distil refine {words}"));
        assert_eq!(graph.lines(step), [("distil.yaml", first, last)], "{step}");
        let root = graph.inputs(&graph.step(step).0);
        assert!(root.iter().any(|(_, metadata)| name(metadata) == "[runtime 2/2] Add shop"), "{step}: on the image");
    }
    assert_eq!(graph.names().iter().filter(|n| n.starts_with("[check ")).count(), CHECKS.len());
    assert!(graph.argv("] Prune, strip, and gather what the packages need").contains(&"--skip=shop.gpu"));
}

#[test]
fn each_stands_alone_and_the_image_is_the_same_without_them() {
    let build = |spec: &str| Build::new().spec(spec).run().graph();
    let checked = build(SPEC);
    for (step, ..) in CHECKS {
        let below = checked.below(step);
        assert_eq!(below.names().iter().filter(|n| n.starts_with("[check ")).count(), 1, "they run side by side");
    }
    let plain = build("# syntax=distil/distil:1\ncommand: [shop]\ncheck:\n  skip: [shop.gpu]\n");
    assert!(checked.below("[runtime 2/2] Add shop").ids == plain.below("[runtime 2/2] Add shop").ids);
    assert!(!plain.names().iter().any(|n| n.starts_with("[check ")), "what asks for nothing is no step");
}

#[test]
fn an_edition_has_its_own_budget() {
    let spec = "command: [x]\nbudget: 120MB\neditions:\n  web: {}\n  full: {budget: 1.5GB}\n";
    for (target, limit) in [("web", "--limit=120000000"), ("full", "--limit=1500000000")] {
        let graph = Build::new().spec(spec).opt("target", target).run().graph();
        assert_eq!(graph.argv("] Weigh the image").last(), Some(&limit), "{target}");
    }
}

#[test]
fn a_comment_in_the_spec_changes_no_step() {
    let ids = |outcome: &Outcome| {
        outcome.result();
        let graphs = outcome.definitions().into_iter().map(|definition| super::graph::Graph::new(&definition).ids);
        let mut all: Vec<_> = graphs.collect();
        all.sort();
        all
    };
    let commented = SPEC.replace("budget: 120MB\n", "# what we pay for\nbudget: 120MB # for now\n\n");
    assert_ne!(SPEC, commented);
    for build in [Build::new(), Build::new().lacking(llb::MERGE_OP)] {
        let (plain, other) = (build.clone().spec(SPEC).run(), build.spec(&commented).run());
        assert!(ids(&plain) == ids(&other), "nothing is built anew");
        assert_eq!(other.graph().lines("[base] python:3.13-slim-trixie"), []);
    }
    let lines = |spec: &str| Build::new().spec(spec).run().graph().lines(CHECKS[6].0).iter().map(|l| (l.1, l.2)).collect::<Vec<_>>();
    assert_eq!((lines(SPEC), lines(&commented)), (vec![(3, 3)], vec![(4, 4)]), "but what is shown of it moves along");
}
