//! Health checks: asked by the image's own Python, or by a small program that an image without one gets.

use serde_json::json;

use super::build::{Build, OWN};

const SITE: &str =
    "summary: A site\nstages:\n  - { stage: runtime, from: scratch, steps: [{ phase: site, copy: site, from: context, to: /site }] }\n";

fn site(check: &str) -> Build {
    let spec = format!("recipe: site.yaml\ncommand: [/site/server]\nhealthcheck: {{ {check} }}\n");
    Build::new().spec(&spec).file("site.yaml", SITE).file("site/server", "")
}

#[test]
fn an_image_without_python_gets_a_program_that_asks() {
    for (check, asks) in [
        ("http: \":8000/healthz\"", json!(["CMD", "/usr/bin/health-check", "http", "127.0.0.1:8000", "/healthz"])),
        ("http: \"http://localhost:8000\"", json!(["CMD", "/usr/bin/health-check", "http", "localhost:8000", "/"])),
        ("tcp: \"[::1]:5432\"", json!(["CMD", "/usr/bin/health-check", "tcp", "[::1]:5432"])),
    ] {
        let outcome = site(check).run();
        assert_eq!(outcome.config()["Healthcheck"]["Test"], asks);
        let graph = outcome.graph();
        let copies: Vec<&str> = graph.names().into_iter().filter(|name| name.ends_with("Add the health check")).collect();
        assert_eq!(copies, ["[probe 1/1] Add the health check", "[runtime 1/2] Add the health check"]);
        let copy = graph.copy(copies[0]);
        assert_eq!((copy.src.as_str(), copy.dest.as_str()), ("/distil-probe", "/probe/usr/bin/health-check"));
        let source = graph.inputs(&graph.step(copies[0]).0)[0].0.op.clone();
        let Some(buildkit_proto::pb::op::Op::Source(source)) = source else { panic!("it comes from no image") };
        assert_eq!(source.identifier, format!("docker-image://{OWN}"));
    }
}

#[test]
fn who_needs_none_gets_none() {
    let own = Build::new().spec("command: [shop]\nhealthcheck: { http: \":8000/\" }\n");
    for build in [site("command: [/site/server, --check]"), own] {
        let outcome = build.run();
        assert!(outcome.config()["Healthcheck"]["Test"][1] != "/usr/bin/health-check");
        assert!(!outcome.graph().names().iter().any(|name| name.contains("health check")), "{:?}", outcome.graph().names());
    }
}

#[test]
fn a_host_that_would_be_looked_up_is_refused() {
    site("http: \"example.org:80/\"").run().says(&["the host `example.org` would have to be looked up", "leave the host out, as `:80`"]);
}
