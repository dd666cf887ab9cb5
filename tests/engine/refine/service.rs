//! The service is started in the proof as it will run: it answers or the build ends there, and it needs nothing of the image.

use super::super::docker::Engine;
use super::super::on_any_store;
use super::super::project::Project;
use super::super::steps::Outcome;
use super::refused;

on_any_store!(answers, dies, says_nothing, only_where_it_is_asked_for, without_python);

const STEP: &str = "Start the service, and wait for it";

fn with(spec: &str) -> Project {
    let project = Project::copy("hello");
    project.append("distil.yaml", spec).new_code("src/hello/api.py");
    project
}

/// It is asked over loopback, on every runtime, and may write to `/tmp` alone.
fn answers(engine: &Engine) {
    let asked = "check:\n  start:\n    env: { GREETING: x }\n    http: [/healthz, { path: \"/?name=me\", status: 200, matches: '\"hello\":\"me\"' }]\n";
    for runtime in ["distroless", "minimal"] {
        let project = with(&format!("runtime: {runtime}\n{asked}"));
        project.append("src/hello/api.py", "\nos.environ[\"GREETING\"]\nopen(\"/tmp/x\", \"w\").close()\n");
        project.append("src/hello/api.py", "try:\n    open(\"/app/x\", \"w\")\nexcept OSError:\n    pass\nelse:\n    sys.exit(9)\n");
        let log = project.build(engine, &[]).good().log;
        assert!(log.contains("the service answers on :8000/healthz, :8000/?name=me"), "{log}");
    }
}

/// Its last words are shown, with the line of the spec and a way out that works.
fn dies(engine: &Engine) {
    let project = with("check:\n  start: true\n");
    project.append("src/hello/api.py", "\nTOKEN = os.environ[\"HELLO_TOKEN\"]\n");
    let texts = [
        "   5 | >>>   start: true",
        "error[failed-start]: the service ended with code 1 before it answered on :8000",
        "KeyError: 'HELLO_TOKEN'",
        "  help: give it what it needs",
    ];
    refused(engine, &project, &texts);
    project.replace("distil.yaml", "start: true", "start: { env: { HELLO_TOKEN: x } }");
    project.build(engine, &[]).good();
}

fn says_nothing(engine: &Engine) {
    let project = with("check: { start: { within: 2s } }\n");
    project.replace(
        "distil.yaml",
        "[uvicorn, \"hello.api:app\", --host, 0.0.0.0]",
        "[python, -c, \"import time; print('here', flush=True); time.sleep(600)\"]",
    );
    refused(
        engine,
        &project,
        &["the service runs, and after 2 s there is no good answer on :8000: nothing accepts connections", "    here"],
    );
    project.replace("distil.yaml", "expose: [8000]\n", "").replace("distil.yaml", "within: 2s", "for: 1s");
    let log = project.build(engine, &[]).good().log;
    assert!(log.contains("the service stays up") && log.contains("does nothing about SIGTERM"), "{log}");
}

/// A service with a health check is started by the target that only checks, unless it says otherwise.
fn only_where_it_is_asked_for(engine: &Engine) {
    let project = with("healthcheck: { http: \":8000/healthz\" }\n");
    let log = project.build(engine, &["--target", "default/check"]).good().log;
    assert!(log.contains("the service answers on :8000/healthz"), "{log}");
    let built = project.build(engine, &[]).good();
    assert!(!built.log.contains(STEP), "{}", built.log);
    project.append("distil.yaml", "check: { start: false }\n");
    let built = project.build(engine, &["--target", "default/check"]).good();
    assert!(!built.log.contains(STEP), "{}", built.log);
    project.replace("distil.yaml", "start: false", "start: true");
    let built = project.build(engine, &[]).good();
    assert_ne!(built.step(STEP), Outcome::Failed, "{}", built.log);
}

/// Nothing of the image is needed for it: a site without Python.
fn without_python(engine: &Engine) {
    let project = Project::copy("recipes/site");
    project.new_code("public/index.html");
    project.append("distil.yaml", "check: { start: { http: [/, { path: /none.html, status: 404 }] } }\n");
    let log = project.build(engine, &[]).good().log;
    assert!(log.contains("the service answers on :8000/, :8000/none.html"), "{log}");
    project.replace("distil.yaml", "/site]", "/nowhere]");
    refused(engine, &project, &[STEP, "before it answered on :8000/, :8000/none.html"]);
}
