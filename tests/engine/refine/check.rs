//! What a spec asks of its image with `check` and `budget`: whatever does not hold fails the build at the spec's own line.

use super::super::docker::Engine;
use super::super::project::Project;
use super::super::{on_any_store, on_each_store};
use super::refused;

on_each_store!(exit_code, good, volumes);
on_any_store!(text, signal_of_time, missing_file, mode, owner, absent_file, import, budget, edition_without_python);

/// The example with more in its spec: what is added begins in line 4.
fn with(spec: &str) -> Project {
    let project = Project::copy("hello");
    project.append("distil.yaml", spec);
    project
}

fn exit_code(engine: &Engine) {
    let project = with("check:\n  run:\n    - [python, -c, \"import sys; sys.exit('no luck')\"]\n");
    let marked = "   6 | >>>     - [python, -c,";
    refused(engine, &project, &["distil.yaml:6", marked, "it ended with code 1, and 0 is expected; its last words: no luck"]);
    let project = with("check:\n  run:\n    - { run: [python, --version], exit: 3 }\n");
    refused(engine, &project, &["   6 | >>>     - { run:", "it ended with code 0, and 3 is expected"]);
}

fn text(engine: &Engine) {
    let project = with("check:\n  run:\n    - { run: [python, --version], matches: \"Python 2.*\" }\n");
    refused(engine, &project, &["   6 | >>> ", "no line of its output holds `Python 2.*`; its last words: Python 3.13."]);
}

fn signal_of_time(engine: &Engine) {
    let project = with("check:\n  run:\n    - { run: [python, -c, \"import time; time.sleep(600)\"], timeout: 1s }\n");
    refused(engine, &project, &["   6 | >>> ", "it had not ended after 1 s and was killed"]);
}

fn missing_file(engine: &Engine) {
    refused(
        engine,
        &with("check:\n  files:\n    - /app/none\n"),
        &["   6 | >>>     - /app/none", "The spec checks /app/none: it is not there"],
    );
}

fn mode(engine: &Engine) {
    let project = with("check:\n  files:\n    - { path: /etc/passwd, mode: \"0600\" }\n");
    refused(engine, &project, &["   6 | >>> ", "The spec checks /etc/passwd: its mode is 0644, and 0600 is asked for"]);
}

fn owner(engine: &Engine) {
    let project = with("check:\n  files:\n    - { path: /etc/passwd, owner: \"65532:65532\" }\n");
    refused(engine, &project, &["   6 | >>> ", "The spec checks /etc/passwd: it belongs to 0:0, and 65532:65532 is asked for"]);
}

fn absent_file(engine: &Engine) {
    let project = with("check:\n  files:\n    - { path: /etc/passwd, absent: true }\n");
    refused(engine, &project, &["   6 | >>> ", "The spec checks /etc/passwd: it must not be there, and it is"]);
}

fn import(engine: &Engine) {
    let project = with("check:\n  imports: [hello.api, hello.nothing]\n");
    refused(
        engine,
        &project,
        &["   5 | >>>   imports:", "`hello.nothing` does not import in the image", "No module named 'hello.nothing'"],
    );
}

fn budget(engine: &Engine) {
    let texts = ["   4 | >>> budget: 10MB", "error[over-budget]: ", "MB  pydantic-core\n", "help: `--target EDITION/report`"];
    let log = refused(engine, &with("budget: 10MB\n"), &texts);
    let project = with("budget: 10MB\n");
    let folder = project.path("report");
    let report = folder.to_str().expect("our own folders are text");
    project.build(engine, &["--target", "default/report", "--output", report]).good();
    assert!(folder.join("report.json").is_file(), "its own advice is followed, and the report is there");
    // By the step itself, and once more in what Docker repeats of a step that failed: its last ten lines.
    assert_eq!(log.matches("over the budget of 10.0 MB").count(), 2, "{log}");
}

/// What asks nothing of Python is asked of an image without it, too.
fn edition_without_python(engine: &Engine) {
    let project = Project::copy("recipes/site");
    project.append("distil.yaml", "check: { files: [/site/nothing.html] }\n");
    refused(engine, &project, &["The spec checks /site/nothing.html: it is not there"]);
    project.replace("distil.yaml", "nothing.html", "index.html");
    project.build(engine, &[]).good();
}

/// What the service may write to, its proof may, too; nothing of it is in the image.
fn volumes(engine: &Engine) {
    let spec = "volumes: [/data, /app/state/deep]\ncheck:\n  run:\n    - [python, -c, \"open('/data/x', 'w').write('x')\"]\n    \
                - [python, -c, \"import os; os.mkdir('/app/state/deep/x')\"]\n    \
                - { run: [python, -c, \"open('/app/state/x', 'w')\"], exit: 1, matches: \"*Read-only file system*\" }\n";
    let built = with(spec).build(engine, &[]).good();
    let listed = engine.exec(&built.image, &["python", "-c", "import os; print(os.listdir('/data'), os.listdir('/app/state/deep'))"]);
    assert_eq!(listed, "[] []");
}

/// Commands run as the service will: as its user, without network, with nothing but `/tmp` to write to.
fn good(engine: &Engine) {
    let spec = r#"budget: 200MB
env: { GREETING: "good day" }
check:
  imports: [hello.api]
  run:
    - [uvicorn, --version]
    - { run: [python, -c, "print('it is 2026')"], matches: "it is 20*" }
    - { run: [python, -c, "raise SystemExit(2)"], exit: 2 }
    - { run: [python, -c, "import os; print(os.getuid(), os.getgid(), os.environ['GREETING'], os.environ['MORE'])"], env: { MORE: "to you" }, matches: "65532 65532 good day to you" }
    - [python, -c, "open('/tmp/x', 'w').write('x')"]
    - { run: [python, -c, "open('/app/x', 'w').write('x')"], exit: 1 }
    - { run: [python, -c, "import socket; socket.create_connection(('1.1.1.1', 53), 2)"], exit: 1, matches: "Network is unreachable" }
  files:
    - /app/.project/hello/api.py
    - { path: /etc/passwd, mode: "0644", owner: "0:0" }
    - { path: /app/.env, absent: true }
"#;
    let built = with(spec).build(engine, &[]).good();
    let answer = engine.serve(&built.image, 8000).get("/?name=checked");
    assert!(answer.contains(r#""hello":"checked""#), "{answer}");
}
