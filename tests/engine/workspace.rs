//! One service of a workspace, with all that a spec can say at once: members it needs and members it does not, Debian packages,
//! editions, a step of its own, a volume it can write to, and a health check; and what an edit of each part costs.

use std::time::{Duration, Instant};

use serde_json::json;

use super::archive::Archive;
use super::docker::Engine;
use super::examples::{has_env, sane};
use super::on_each_store;
use super::project::Project;
use super::steps::Outcome;

on_each_store!(service, fast_edition, debug_target, stage_target, edits);

const INSTALL: &str = "Install the locked dependencies";

fn service(engine: &Engine) {
    let built = Project::copy("workspace").build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let expected =
        r#"{"common":"common","edition":"simple","built":"with common","page":"<h1>acme</h1>","writable":{"data":true,"app":false}}"#;
    let answer = service.get("/");
    assert!(answer.ends_with(expected), "{answer}");
    let health = || engine.docker(&["inspect", "--format", "{{.State.Health.Status}}", &service.name]);
    let start = Instant::now();
    while health() != "healthy" {
        assert!(start.elapsed() < Duration::from_secs(180), "{}", engine.docker(&["inspect", &service.name]));
        std::thread::sleep(Duration::from_millis(200));
    }
    // A library of a Debian package, found by the loader as any program would find it.
    let load = "import ctypes; print(ctypes.CDLL('libpq.so.5').PQlibVersion() > 100000)";
    assert_eq!(engine.docker(&["exec", &service.name, "python", "-c", load]), "True");

    let config = &engine.inspect(&built.image)["Config"];
    assert_eq!(config["StopSignal"], "SIGINT");
    assert_eq!(config["Volumes"], json!({"/data": {}}));
    assert_eq!(config["Labels"]["org.opencontainers.image.title"], "acme-api");
    assert_eq!(config["Labels"]["org.opencontainers.image.version"], "1.2.3");
    assert_eq!(config["Labels"]["org.opencontainers.image.description"], "The API");

    let files = Archive::of(engine, &built.image);
    sane(&files, config);
    assert!(files.files.iter().any(|f| f.path == "var/lib/dpkg/status.d/libpq5"), "scanners know packages by their records");
    assert_eq!(files.paths(|f| f.path.contains("acme/other") || f.name().starts_with("acme_other")), [""; 0], "another member ships");
    assert_eq!(files.paths(|f| f.name() == "httptools"), [""; 0], "an extra of another edition ships");
}

fn fast_edition(engine: &Engine) {
    let built = Project::copy("workspace").build(engine, &["--target", "fast"]).good();
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.contains(r#""edition":"fast""#), "{answer}");
    has_env(&engine.inspect(&built.image)["Config"], "EDITION=fast");
    engine.exec(&built.image, &["python", "-c", "import httptools"]);
    assert_eq!(engine.exec(&built.image, &["sh", "-c", "grep ^ID= /etc/os-release"]), "ID=debian", "slim has a shell");
}

fn debug_target(engine: &Engine) {
    let built = Project::copy("workspace").build(engine, &["--target", "simple/debug"]).good();
    // A shell is what it starts, with the service's own variables, packages and files around it.
    let config = &engine.inspect(&built.image)["Config"];
    assert_eq!(config["Entrypoint"], json!(["/busybox/sh"]));
    let look = "echo $EDITION; python -c 'import acme.api, os; print(os.getuid())'; ls web";
    assert_eq!(engine.exec(&built.image, &["-c", look]), "simple\n65532\nindex.html");
}

fn stage_target(engine: &Engine) {
    let project = Project::copy("workspace");
    project.build(engine, &[]).good();
    let built = project.build(engine, &["--target", "simple/stage:builder"]).good();
    assert_eq!(built.executed(), [""; 0], "the image has these steps too:\n{}", built.log);
    assert_eq!(engine.exec(&built.image, &["sh", "-c", "ls -d /app/.venv; id -u"]), "/app/.venv\n0");
}

fn edits(engine: &Engine) {
    let project = Project::copy("workspace");
    let first = project.apart(engine).build(engine, &["--provenance=false"]).good();

    project.append("libs/other/src/acme/other/__init__.py", "NAME = 'another'\n");
    let built = project.build(engine, &["--provenance=false"]).good();
    assert_eq!(built.executed(), [""; 0], "an edit of another member:\n{}", built.log);
    assert_eq!(engine.inspect(&first.image)["Id"], engine.inspect(&built.image)["Id"]);

    project.append("pyproject.toml", "# A comment.\n").append("services/api/pyproject.toml", "# A comment.\n");
    let built = project.build(engine, &[]).good();
    assert_eq!(built.step(INSTALL), Outcome::Cached, "a comment:\n{}", built.log);

    let (old, new) = (r#"version = "1.2.3""#, r#"version = "1.2.4""#);
    project.replace("services/api/pyproject.toml", old, new).replace("uv.lock", old, new);
    let built = project.build(engine, &[]).good();
    assert_eq!(built.step(INSTALL), Outcome::Cached, "a new version of the project:\n{}", built.log);
    assert_eq!(built.step("Add the other packages"), Outcome::Cached);
    let version = "import importlib.metadata as m; print(m.version('acme-api'))";
    assert_eq!(engine.exec(&built.image, &["python", "-c", version]), "1.2.4");
    assert_eq!(engine.inspect(&built.image)["Config"]["Labels"]["org.opencontainers.image.version"], "1.2.4");
}
