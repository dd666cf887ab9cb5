//! Commands that run before the service does, each time a container starts.

use super::docker::Engine;
use super::on_each_store;
use super::project::Project;
use super::refine::refused;

on_each_store!(in_order, one_that_fails, signal);

fn before(commands: &str) -> Project {
    let project = Project::copy("hello");
    project.append("distil.yaml", &format!("before-start: {commands}\n"));
    project
}

/// They run in order, and the service is then the container's first process, which signals go to.
fn in_order(engine: &Engine) {
    let project = before(
        "[[python, -c, \"print('one', flush=True)\"], [python, -c, \"import os; print('two', os.getuid(), os.getcwd(), flush=True)\"]]",
    );
    for runtime in ["distroless", "minimal"] {
        project.append("distil.yaml", &format!("runtime: {runtime}\n"));
        let built = project.build(engine, &[]).good();
        let service = engine.serve(&built.image, 8000);
        service.get("/");
        let log = service.log();
        let places =
            ["one", "two 65532 /app", "Uvicorn running"].map(|text| log.find(text).unwrap_or_else(|| panic!("no `{text}` in:\n{log}")));
        assert!(places.is_sorted(), "{log}");
        let first = "print(open('/proc/1/cmdline').read().replace(chr(0), ' '))";
        let first = engine.docker(&["exec", &service.name, "python", "-c", first]);
        assert!(first.contains("uvicorn hello.api:app") && !first.contains("before-start"), "{first}");
        engine.docker(&["stop", "--time", "300", &service.name]);
        assert_eq!(service.wait(), 0, "it was asked to stop, and had not to be killed");
        project.replace("distil.yaml", &format!("runtime: {runtime}\n"), "");
    }
}

/// One that fails ends the container with its status; one that is not there is found when the image is built.
fn one_that_fails(engine: &Engine) {
    let built = before("[[python, -c, \"raise SystemExit(3)\"], [python, -c, \"print('never')\"]]").build(engine, &[]).good();
    let service = engine.start(&built.image, None, &[], &[]);
    assert_eq!(service.wait(), 3);
    let log = service.log();
    assert!(log.contains("ended with status 3, and the service is not started") && !log.contains("never\n"), "{log}");
    let said = "The before-start command `alembik upgrade head` starts `alembik`, but no folder of PATH";
    refused(engine, &before("[[alembik, upgrade, head]]"), &[said, ">>> before-start:"]);
    let said = "The before-start command `python -m hello.migrate` loads the module `hello.migrate`";
    refused(engine, &before("[[python, -m, hello.migrate]]"), &[said, ">>> before-start:"]);
}

/// A signal reaches the one that runs, and the service does not start after it.
fn signal(engine: &Engine) {
    let waits = "[[python, -c, \"import time; print('ready', flush=True); time.sleep(600)\"]]";
    let built = before(waits).build(engine, &[]).good();
    let service = engine.start(&built.image, None, &[], &[]);
    service.says("ready");
    engine.docker(&["kill", "--signal", "TERM", &service.name]);
    assert_eq!(service.wait(), 143);
    assert!(!service.log().contains("Uvicorn"), "{}", service.log());
}
