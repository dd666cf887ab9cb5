//! Commands that run before the service: what the image starts, where its starter comes from, and what is proven of them.

use serde_json::json;

use super::build::{Build, OWN};

const SPEC: &str = "entrypoint: [python, -m]\ncommand: [shop]\nbefore-start:\n  - [alembic, upgrade, head]\n  - python manage.py migrate\n\
                    copy: [manage.py, alembic.ini]\neditions:\n  web: {}\n  worker: { before-start: [] }\n";
const COUNTED: [&str; 8] = ["3", "alembic", "upgrade", "head", "3", "python", "manage.py", "migrate"];

fn build() -> Build {
    Build::new().spec(SPEC).file("manage.py", "").file("alembic.ini", "")
}

#[test]
fn they_are_counted_in_the_entry_point() {
    let outcome = build().run();
    let entry: Vec<&str> = ["/usr/bin/before-start"].into_iter().chain(COUNTED).chain(["--", "python", "-m"]).collect();
    assert_eq!((&outcome.config()["Entrypoint"], &outcome.config()["Cmd"]), (&json!(entry), &json!(["shop"])));
    let graph = outcome.graph();
    let copies: Vec<&str> = graph.names().into_iter().filter(|n| n.ends_with("Add what runs before the service")).collect();
    assert_eq!(copies, ["[starter 1/1] Add what runs before the service", "[runtime 1/3] Add what runs before the service"]);
    let copy = graph.copy(copies[0]);
    assert_eq!((copy.src.as_str(), copy.dest.as_str()), ("/distil-start", "/start/usr/bin/before-start"));
    let (op, _) = graph.step(copies[0]);
    let source = graph.inputs(op)[0].0.op.clone();
    let Some(buildkit_proto::pb::op::Op::Source(source)) = source else { panic!("it comes from no image") };
    assert_eq!(source.identifier, format!("docker-image://{OWN}"));
}

#[test]
fn each_is_looked_for_at_its_line() {
    let graph = build().run().graph();
    for (step, words, line) in [("] Find alembic upgrade head", &COUNTED[1..4], 4), ("] Find python manage.py migrate", &COUNTED[5..8], 5)]
    {
        let proof = ["/run/distil", "refine", "prove-before", "--environment=/run/environment", "--application=/run/application", "--"];
        let expected: Vec<&str> = proof.into_iter().chain(words.iter().copied()).collect();
        assert_eq!(graph.argv(step), expected);
        assert_eq!(graph.lines(step), [("distil.yaml", line, line)]);
    }
    assert!(!graph.argv("compile what the service loads").contains(&"alembic"), "the service is what is followed");
}

#[test]
fn nothing_is_there_for_a_service_that_needs_none() {
    for (build, entry) in [
        (build().opt("target", "worker"), json!(["python", "-m"])),
        (build().opt("target", "web/debug"), json!(["/busybox/sh"])),
        (Build::new(), json!(null)),
    ] {
        let debug = build.options.raw.get("target").is_some_and(|t| t.ends_with("debug"));
        let outcome = build.run();
        assert_eq!(outcome.config()["Entrypoint"], entry);
        assert_eq!(outcome.graph().names().iter().any(|n| n.contains("runs before")), debug);
    }
}
