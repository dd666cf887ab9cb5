//! The report of the image: its lines in the build's output, its files by a target of its own, and that no build depends on it.

use buildkit_proto::caps::llb;
use buildkit_proto::frontend::result;
use buildkit_proto::pb::op;
use serde_json::json;
use tonic::{Code, Status};

use super::build::{Build, REPORT, is_for_the_report};
use super::fake::Call;
use super::graph::{Graph, name};
use super::script::failed;

const TOLD: &str = r#"{"summary": ["shop: 83.1 MB in 6 layers", "", "  left out: 41.0 MB", 7, "  largest: numpy"], "files": []}"#;
const LINES: [&str; 3] = ["shop: 83.1 MB in 6 layers", "  left out: 41.0 MB", "  largest: numpy"];
const TAKEN: &str = "[report 1/1] Take the report out";

#[test]
fn the_lines_of_the_report_are_steps_of_their_own() {
    let outcome = Build::new().report(TOLD).run();
    assert_eq!(outcome.summary(), LINES, "in their order, without those that say nothing");
    assert!(outcome.graph().head().0 == Build::new().run().graph().head().0, "and the image is as without them");
}

#[test]
fn such_steps_need_nothing_of_the_image_and_are_shown_one_after_the_other() {
    let outcome = Build::new().report(TOLD).run();
    let shown = outcome.solves().filter(|solve| solve.evaluate).filter_map(|solve| solve.definition.as_ref()).map(Graph::new);
    let shown: Vec<_> = shown.filter(|graph| graph.names().iter().any(|n| n.starts_with("[report] "))).collect();
    let [graph] = &shown[..] else { panic!("{} requests", shown.len()) };
    let [steps @ .., _head] = &graph.ops[..] else { panic!("no ops") };
    assert_eq!(steps.len(), LINES.len());
    for (number, (op, metadata)) in steps.iter().enumerate() {
        assert!(matches!(&op.op, Some(op::Op::File(_))), "{}", name(metadata));
        let before: Vec<_> = op.inputs.iter().map(|input| input.digest.as_str()).collect();
        assert_eq!(before, graph.ids[..number].iter().rev().take(1).collect::<Vec<_>>(), "{}", name(metadata));
    }
    let other = Build::new().report(&TOLD.replace("83.1", "84.2")).run();
    assert_eq!(other.summary()[0], LINES[0].replace("83.1", "84.2"));
}

#[test]
fn the_lines_of_another_report_are_all_other_steps() {
    let steps = |report: &str| {
        let outcome = Build::new().report(report).run();
        let definitions = outcome.definitions();
        let shown =
            |d: &&buildkit_proto::pb::Definition| d.metadata.values().any(|m| m.description.values().any(|v| v.starts_with("[report] ")));
        let lines = definitions.iter().find(shown).expect("the lines").def.clone();
        lines.into_iter().take(LINES.len()).collect::<Vec<_>>()
    };
    let usual = steps(TOLD);
    assert!(usual == steps(TOLD), "of an image that is as it was nothing is run");
    let other = steps(&TOLD.replace("numpy", "scipy"));
    assert!(usual.iter().zip(&other).all(|(one, other)| one != other), "the first line is the same, and is not said to be cached");
}

#[test]
fn what_the_report_warns_of_is_shown_at_the_command() {
    let said = r#"[{"code": "start-unproven", "about": "command", "message": "`x` raises KeyError", "help": "set it"}, {"about": 3}, 4]"#;
    let report = TOLD.replace("\"files\"", &format!("\"warnings\": {said}, \"files\""));
    let build = || Build::new().spec("# a comment\ncommand: [x]\n").report(&report);
    let outcome = build().run();
    let warned: Vec<_> = outcome.calls.iter().filter_map(|call| if let Call::Warn(warn) = call { Some(warn) } else { None }).collect();
    let [warning] = &warned[..] else { panic!("{} warnings", warned.len()) };
    assert_eq!(String::from_utf8_lossy(&warning.short), "distil.yaml:2:10: `x` raises KeyError [start-unproven]\n  help: set it");
    assert_eq!(warning.ranges[0].start.as_ref().map(|start| start.line), Some(2));
    assert_eq!(outcome.summary(), LINES);
    let number = outcome.calls.iter().position(|call| matches!(call, Call::Warn(_))).expect("it was just found");
    let mut refusing = build();
    refusing.script.refuse = Some((number, Status::internal("no")));
    assert!(refusing.run().result() == outcome.result(), "a warning that is not shown is no reason to fail");
}

#[test]
fn a_spec_says_what_becomes_of_such_a_warning() {
    let said = r#"[{"code": "start-unproven", "about": "command", "message": "`x` raises KeyError", "help": "set it"}]"#;
    let report = TOLD.replace("\"files\"", &format!("\"warnings\": {said}, \"files\""));
    let build = |lint: &str| Build::new().spec(&format!("command: [x]\nlint: {lint}\n")).report(&report);
    let allowed = build("{ allow: { start-unproven: settings come at run time } }").run();
    allowed.result();
    assert!(!allowed.calls.iter().any(|call| matches!(call, Call::Warn(_))));
    build("{ deny: [start-unproven] }").run().says(&["`x` raises KeyError", "makes it an error"]);
    build("{ deny: [start-unproven] }").opt("target", "report").run().result();
}

#[test]
fn nothing_is_warned_of_where_a_proof_says_more_or_starts_the_service() {
    let said = r#"[{"code": "start-unproven", "about": "command", "message": "`x` raises KeyError", "help": "set it"}]"#;
    let report = TOLD.replace("\"files\"", &format!("\"warnings\": {said}, \"files\""));
    let warned = |build: &Build| build.clone().run().calls.iter().filter(|call| matches!(call, Call::Warn(_))).count();
    let build = Build::new().report(&report);
    assert_eq!(warned(&build), 1);
    let broken = build.clone().broken("look for what should not be there", failed(Code::Unknown, "exit code: 1"));
    assert_eq!(warned(&broken), 0, "the proof fails");
    let started = build.spec("command: [x]\nexpose: [8000]\ncheck: { start: {} }\n");
    assert_eq!(warned(&started), 0, "the service is started");
}

#[test]
fn a_start_that_misses_what_the_project_has_and_nothing_ships_fails() {
    let report = |names: &str, installed: bool| {
        let lacks = format!(r#"{{"names": [{names}], "installed": {installed}}}"#);
        let said = format!(r#"[{{"code": "x", "about": "command", "message": "`x` raises", "help": "set it", "lacks": {lacks}}}]"#);
        TOLD.replace("\"files\"", &format!("\"warnings\": {said}, \"files\""))
    };
    let build = |names: &str, installed: bool, more: &str| {
        let project = Build::new().file("app/main.py", "").file("notes.py", "").file("docs/index.md", "").file(".env", "");
        project.spec(&format!("command: [x]\ncopy: [app{more}]\n")).report(&report(names, installed))
    };
    let refused = build("\"notes\", \"notes.py\"", false, "").run();
    let what = "distil.yaml:1:10: `x` raises: the project has `notes.py`, and nothing puts it into the image";
    refused.says(&[what, "help: name it under `copy`, beside what is there, as `copy: [notes.py]`"]);
    build("\"docs\"", true, "").run().says(&["the project has `docs`", "move the file into a package", "`install-project: false`"]);
    build("\"docs\"", false, "").opt("target", "default/check").run().says(&["the project has `docs`"]);
    for there in [build("\"notes\", \"notes.py\"", false, ", notes.py"), build("\"app\"", false, ""), build("\".env\"", false, "")] {
        there.run().result();
    }
    build("\"docs\"", false, "").opt("target", "default/report").run().result();
    let mut blind = build("\"docs\"", false, "");
    blind.script.llb_caps.remove(llb::SOURCE_LOCAL_METADATA_TRANSFER);
    blind.run().result();
}

#[test]
fn every_platform_has_a_report() {
    let outcome = Build::new().report(TOLD).opt("platform", "linux/amd64,linux/arm64").run();
    outcome.result();
    assert_eq!(outcome.summary(), [LINES, LINES].concat());
}

#[test]
fn a_report_that_cannot_be_had_is_no_reason_to_fail() {
    let usual = Build::new().run();
    let read = |call: &&Call| matches!(call, Call::ReadFile(read) if read.file_path == REPORT);
    assert_eq!(usual.calls.iter().filter(read).count(), 1, "it is asked for");
    assert_eq!(usual.summary(), [""; 0], "and not there");
    let mut other = Build::new();
    other.script.made.insert("report/other.json".to_owned(), vec![]);
    other.run().result();
    for text in ["", "{", "[]", "{\"summary\": 3}", "{\"summary\": {\"a\": \"b\"}}", "{\"other\": []}"] {
        let outcome = Build::new().report(text).run();
        outcome.result();
        assert_eq!(outcome.summary(), [""; 0], "{text}");
    }
}

#[test]
fn whatever_becomes_of_a_call_for_the_report_the_image_is_returned() {
    let usual = Build::new().report(TOLD).run();
    let numbers: Vec<_> = (0..usual.calls.len()).filter(|n| is_for_the_report(&usual.calls[*n])).collect();
    assert_eq!(numbers.len(), 3, "the report, its file and the lines");
    for number in numbers {
        let mut build = Build::new().report(TOLD);
        build.script.refuse = Some((number, Status::internal("no")));
        let outcome = build.run();
        assert!(outcome.result() == usual.result(), "{}", outcome.calls[number].name());
    }
}

#[test]
fn the_report_target_is_the_reports_files_with_a_plain_config() {
    let spec = "command: [x]\nentrypoint: [y]\nexpose: [80]\nenv: {A: b}\nlabels: {a: b}\n";
    let build = || Build::new().spec(spec).opt("target", "default/report").report(TOLD);
    let outcome = build().run();
    let graph = outcome.graph();
    let inputs: Vec<_> = graph.inputs(&graph.head().0).into_iter().map(|(_, metadata)| name(metadata)).collect();
    assert_eq!(inputs.iter().filter(|n| **n == TAKEN).count(), 1, "a report of an image that is proven: {inputs:?}");
    assert!(matches!(&outcome.result().result, Some(result::Result::Ref(_))));
    assert_eq!(outcome.json("containerimage.config"), json!({"architecture": "amd64", "os": "linux"}), "it is no image");
    assert_eq!(outcome.summary(), LINES, "and shown as well");
    let copy = graph.copy(TAKEN);
    assert_eq!((copy.src.as_str(), copy.dest.as_str(), copy.dir_copy_contents), ("/report", "/", true));
}

#[test]
fn a_recipe_that_makes_no_report_has_one_of_the_finished_image() {
    let recipe = "summary: One file\nstages:\n  - stage: only\n    from: scratch\n    steps:\n      - { phase: it, name: Write it, write: /x, text: x }\n";
    let outcome = Build::new().spec("command: [/x]\nrecipe: own.yaml\n").file("own.yaml", recipe).report(TOLD).run();
    outcome.result();
    assert_eq!(outcome.summary(), LINES);
}
