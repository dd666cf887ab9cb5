//! `EDITION/dev`: the image to develop in has the development groups of the same lock, the project's files as they lie, and a shell, and
//! says what it is.

use super::docker::Engine;
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
