//! `EDITION/dev`: the image to develop in has the development groups of the same lock, the project's files as they lie, and a shell, and
//! says what it is.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::docker::{Engine, frontend, skipped};
use super::on_each_store;
use super::project::Project;
use super::steps::Outcome;

on_each_store!(own_tests, loose_project, poetry);

/// What a service runs its tests with: what one of them finds is what the lock has.
const TEST: &str = "import os\n\n\ndef test_service():\n    import hello.api\n\n    \
                    assert hello.api.__file__ == '/src/src/hello/api.py'\n    assert os.getcwd() == '/src' and os.getuid() == 0\n";

/// What a command prints in a container that it may write to.
#[track_caller]
fn run(engine: &Engine, image: &str, words: &[&str]) -> String {
    engine.docker(&[&["run", "--rm", "--network=none", image], words].concat())
}

fn own_tests(engine: &Engine) {
    let project = Project::copy("hello");
    project.write("tests/test_hello.py", TEST);
    let built = project.build(engine, &["--target", "default/dev"]).good();
    assert!(run(engine, &built.image, &["pytest", "-q"]).contains("1 passed"));
    // Files are seen as they are, without another build.
    let edit = "echo 'ANSWER = 42' > src/hello/more.py && python -c 'import hello.more; print(hello.more.ANSWER)'";
    assert_eq!(run(engine, &built.image, &["sh", "-c", edit]), "42");
    assert!(engine.exec(&built.image, &["sh", "-c", "ls"]).lines().any(|name| name == "uv.lock"));
    let config = &engine.inspect(&built.image)["Config"];
    assert_eq!(config["Labels"]["distil.target"], "default/dev");
    assert_eq!((&config["Cmd"], &config["WorkingDir"]), (&serde_json::json!(["/bin/sh"]), &"/src".into()));
    assert!(built.log.contains("`default/dev` is an image to develop in"), "{}", built.log);
    // The service starts in it too, with whatever command it is given.
    let service = engine.start(&built.image, Some(8000), &[], &["uvicorn", "hello.api:app", "--host", "0.0.0.0"]);
    assert!(service.get("/healthz").contains(r#""status":"ok""#));
    // An edit installs nothing of the lock, and nothing is made small or proven.
    project.append("src/hello/api.py", "\n# edited\n");
    let edited = project.build(engine, &["--target", "dev"]).good();
    assert_eq!(edited.step("Install the locked dependencies"), Outcome::Cached);
    for text in ["Prune, strip", "Import every package", "all checks have passed", "[report]"] {
        assert!(!edited.log.contains(text), "`{text}` is in:\n{}", edited.log);
    }
    // The image that ships has neither.
    let ships = project.build(engine, &[]).good();
    assert!(engine.inspect(&ships.image)["Config"]["Labels"].get("distil.target").is_none());
}

/// A project that is not installed is found where it lies, whatever `workdir` its image has; what `copy` renames is at its place.
fn loose_project(engine: &Engine) {
    let project = Project::copy("flat");
    project.append("shop/__init__.py", "\nWHERE = __file__\n");
    let built = project.build(engine, &["--target", "default/dev"]).good();
    let look = "import shop, os; print(shop.WHERE, os.getcwd(), os.path.exists(os.environ['SHOP_ASSETS'] + '/items.json'))";
    assert_eq!(engine.exec(&built.image, &["python", "-c", look]), "/src/shop/__init__.py /src True");
    assert!(engine.exec(&built.image, &["ruff", "--version"]).starts_with("ruff "), "the group `dev` is there");
    let service = engine.start(&built.image, Some(8000), &[], &["uvicorn", "main:app", "--host", "0.0.0.0"]);
    assert!(service.get("/").contains("tea"));
}

fn poetry(engine: &Engine) {
    let project = Project::copy("poetry");
    project.write("tests/test_crew.py", "def test_crew():\n    import crew.web\n    import dateutil\n");
    let built = project.build(engine, &["--target", "dev"]).good();
    assert!(run(engine, &built.image, &["pytest", "-q"]).contains("1 passed"));
}

/// `docker compose watch` as docs/dev.md has it: it builds and starts the service, sends an edit into the container, where the server loads it,
/// and builds anew when the lock changes.
#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn compose_watch() {
    let engine = Engine::any();
    let found = Command::new("bash").arg(crate::checkout().join("tests/engine/compose")).output().expect("there is bash");
    if !found.status.success() {
        return skipped(&format!("compose: {}", String::from_utf8_lossy(&found.stderr)));
    }
    let program = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    let project = Project::copy("hello");
    let (image, container) = (engine.image(), engine.container());
    let ca = "    secrets: [ca]\n";
    let secret = "secrets: { ca: { file: /etc/ssl/certs/ca-certificates.crt } }\n";
    let is_signed = Path::new("/etc/ssl/certs/ca-certificates.crt").exists();
    let (ca, secret) = if is_signed { (ca, secret) } else { ("", "") };
    let file = format!(
        "services:\n  shop:\n    image: {image}\n    container_name: {container}\n    network_mode: none\n    build:\n      context: .\n      \
         dockerfile: distil.yaml\n      target: default/dev\n      args: {{ BUILDKIT_SYNTAX: \"{}\" }}\n  {ca}    \
         command: uvicorn hello.api:app --host 0.0.0.0 --reload\n    develop:\n      watch:\n        \
         - {{ action: sync, path: ., target: /src, ignore: [.venv/, .git/] }}\n        - {{ action: rebuild, path: uv.lock }}\n        \
         - {{ action: rebuild, path: pyproject.toml }}\n{secret}",
        frontend()
    );
    project.write("compose.yaml", &file);
    let log = project.path("compose.log");
    let output = || std::fs::File::options().create(true).append(true).open(&log).expect("the copy can be written to");
    let mut compose = engine.program(&program, project.folder());
    let mut watching = Watching(compose.args(["watch"]).stdout(output()).stderr(output()).spawn().expect("it was fetched"));
    let ask = "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8000/healthz').read().decode())";
    let exec = |words: &[&str]| {
        let out = engine.run(Path::new("."), &[&["exec", &container], words].concat());
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    let mut wait = |what: &str, is_so: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(300);
        while !is_so() {
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(watching.0.try_wait().expect("it is ours").is_none(), "compose ended before {what}:\n{}", said());
            assert!(Instant::now() < end, "{what} did not come about:\n{}", said());
            std::thread::sleep(Duration::from_millis(500));
        }
    };
    wait("the service answers", &|| exec(&["python", "-c", ask]).contains(r#""status":"ok""#));
    wait("compose watches", &|| std::fs::read_to_string(&log).unwrap_or_default().to_lowercase().contains("watch enabled"));
    project.replace("src/hello/api.py", r#""ok""#, r#""edited""#);
    wait("an edit is served", &|| exec(&["python", "-c", ask]).contains(r#""status":"edited""#));
    let before = engine.docker(&["inspect", "--format", "{{ .Id }}", &container]);
    let first = engine.docker(&["inspect", "--format", "{{ .Image }}", &container]);
    project.append("uv.lock", "\n");
    wait("the service is another one", &|| {
        let found = engine.run(Path::new("."), &["inspect", "--format", "{{ .Id }}", &container]);
        let id = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        !id.is_empty() && id != before && exec(&["python", "-c", ask]).contains(r#""status":"edited""#)
    });
    // The first image has lost its name.
    engine.run(Path::new("."), &["image", "rm", &first]);
}

/// Compose, until the test ends.
struct Watching(std::process::Child);

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
