//! Every folder in examples/ builds, runs with nothing to write to, answers, and its image holds what it should: no tool that
//! built it, no file that the service could change, the config that the spec asks for.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::archive::Archive;
use super::docker::Engine;
use super::on_each_store;
use super::project::{Project, examples};
use super::steps::Outcome;

on_each_store!(flat, hello, front, gunicorn, others);

/// Those with a test of their own.
const KNOWN: &[&str] = &["flat", "front", "hello", "node", "static-site"];

fn hello(engine: &Engine) {
    let project = Project::copy("hello");
    let built = project.build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let answer = service.get("/?name=distil");
    assert!(answer.contains(r#""hello":"distil""#) && answer.contains(r#""user":"65532""#), "{answer}");
    assert!(service.get("/healthz").contains(r#""status":"ok""#));

    let image = engine.inspect(&built.image);
    let config = &image["Config"];
    assert_eq!(image["Os"], "linux");
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["WorkingDir"], "/app");
    assert_eq!(config["Entrypoint"], Value::Null);
    assert_eq!(config["Cmd"], json!(["uvicorn", "hello.api:app", "--host", "0.0.0.0"]));
    assert_eq!(config["ExposedPorts"], json!({"8000/tcp": {}}));
    has_env(config, "PYTHONUNBUFFERED=1");

    let files = Archive::of(engine, &built.image);
    sane(&files, config);
    assert_eq!(
        files.paths(|f| !f.mode.starts_with('d') && ["sh", "bash", "dash", "busybox", "apt-get", "dpkg"].contains(&f.name())),
        [""; 0],
        "distroless has no shell"
    );
    assert!(files.text("etc/passwd").lines().any(|l| l.split(':').nth(2) == Some("65532")));
}

/// A service that ships what another spec builds: both are in one build, cached apart and proven apart.
fn front(engine: &Engine) {
    let project = Project::copy("front");
    let built = project.build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    assert!(service.get("/").contains("Built by a recipe of its own."));
    assert!(service.get("/style.css").contains("color: black"));
    assert!(service.get("/api").contains(r#""service": "front""#));
    let config = &engine.inspect(&built.image)["Config"];
    sane(&Archive::of(engine, &built.image), config);
    assert_eq!(config["Cmd"], json!(["python", "serve.py"]), "nothing of the other image's config is in it");
    // An edit of the site runs nothing of what only the service has.
    project.replace("web/public/index.html", "of its own", "of our own").new_code("web/public/index.html");
    let edited = project.build(engine, &[]).good();
    assert_eq!(edited.step("Pack the files for clients that can unpack them"), Outcome::Done);
    assert_eq!(edited.step("Install the locked dependencies"), Outcome::Cached);
    assert!(engine.serve(&edited.image, 8000).get("/").contains("of our own"));
    // Whoever copies from an image that is not good has none, either.
    project.append("web/distil.yaml", "check: { files: [/site/missing.html] }\n");
    let broken = project.build(engine, &[]);
    assert!(!broken.good && broken.log.contains("web/distil.yaml:6"), "{}", broken.log);
    project.replace("web/distil.yaml", "expose:", "expse:");
    let mistaken = project.build(engine, &[]);
    assert!(!mistaken.good && mistaken.log.contains("web/distil.yaml:5:1: a spec has no key `expse`"), "{}", mistaken.log);
}

fn flat(engine: &Engine) {
    let project = Project::copy("flat");
    let built = project.build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let answer = service.get("/");
    assert!(answer.ends_with(r#"{"items":["tea","biscuits"],"currency":"EUR"}"#), "{answer}");
    let ids = engine.docker(&["exec", &service.name, "python", "-c", "import os; print(os.getuid(), os.getgid())"]);
    assert_eq!(ids, "10001 10001");

    let config = &engine.inspect(&built.image)["Config"];
    assert_eq!(config["User"], "10001:10001");
    assert_eq!(config["WorkingDir"], "/srv");
    assert_eq!(config["Entrypoint"], json!(["python", "-m", "uvicorn"]));
    assert_eq!(config["Cmd"], json!(["main:app", "--host", "0.0.0.0", "--port", "8000"]));
    assert_eq!(config["ExposedPorts"], json!({"8000/tcp": {}}));
    assert_eq!(config["Labels"]["org.opencontainers.image.vendor"], "Example");
    has_env(config, "CURRENCY=EUR");
    has_env(config, "SHOP_ASSETS=/srv/assets");

    let files = Archive::of(engine, &built.image);
    sane(&files, config);
    let shipped: BTreeSet<_> = files.paths(|f| f.is_in("srv") && f.is_regular() && f.extension() != Some("pyc")).into_iter().collect();
    assert_eq!(shipped, BTreeSet::from(["srv/assets/items.json", "srv/main.py", "srv/shop/__init__.py", "srv/shop/catalog.py"]));
    let user = "service:x:10001:10001:service:/srv:/sbin/nologin";
    assert!(files.text("etc/passwd").lines().any(|l| l == user));
    assert!(files.text("etc/group").lines().any(|l| l.split(':').nth(2) == Some("10001")));
}

/// With `/tmp` to write to, as the documentation advises, gunicorn has nothing to complain of.
fn gunicorn(engine: &Engine) {
    let built = Project::copy("pip").build(engine, &[]).good();
    has_env(&engine.inspect(&built.image)["Config"], "HOME=/tmp");
    let service = engine.start(&built.image, Some(8000), &["--tmpfs", "/tmp"], &[]);
    service.get("/");
    // It is made beside the worker, which may answer first.
    service.says("Control socket listening at /tmp/.gunicorn/");
    let log = service.log();
    assert!(!log.to_lowercase().contains("error"), "{log}");
}

/// What is said of each image holds for examples that have no test of their own, too.
fn others(engine: &Engine) {
    for entry in fs::read_dir(examples()).expect("there are examples") {
        let name = entry.expect("the folder can be read").file_name().into_string().expect("names are text");
        let project = Project::copy(&name);
        if KNOWN.contains(&name.as_str()) || !project.path("distil.yaml").exists() {
            continue;
        }
        let built = project.build(engine, &[]).good();
        let config = &engine.inspect(&built.image)["Config"];
        sane(&Archive::of(engine, &built.image), config);
        let port = config["ExposedPorts"].as_object().and_then(|ports| ports.keys().next());
        if let Some(port) = port.and_then(|p| p.strip_suffix("/tcp")?.parse().ok()) {
            engine.serve(&built.image, port).get("/");
        }
    }
}

/// What holds for every image.
#[track_caller]
pub(super) fn sane(files: &Archive, config: &Value) {
    let none = [""; 0];
    let user = config["User"].as_str().expect("an image names its user");
    assert_ne!(user.split(':').next(), Some("0"), "the service runs as root");
    let workdir = config["WorkingDir"].as_str().expect("an image names its folder");

    let pip = files.paths(|f| f.name() == "pip" || f.name().starts_with("pip-") || (f.is_in_bin() && f.name().starts_with("pip")));
    assert_eq!(pip, none, "pip ships");
    assert_eq!(files.paths(|f| f.is_in_bin() && ["uv", "uvx", "poetry"].contains(&f.name())), none, "a package manager ships");
    assert_eq!(files.paths(|f| ["gcc", "cc", "ld", "make", "git"].contains(&f.name()) && f.is_in_bin()), none, "a compiler ships");
    assert_eq!(files.paths(|f| f.name() == ".git"), none, "the repository ships");

    let ours = |f: &super::archive::File| f.is_in("app") || (workdir != "/" && f.is_in(workdir));
    assert!(!files.paths(ours).is_empty(), "nothing ships");
    assert_eq!(files.paths(|f| ours(f) && f.owner != "0/0"), none, "the service owns files");
    assert_eq!(files.paths(|f| ours(f) && f.is_setuid()), none, "files run as someone else");
    let leftover =
        |f: &super::archive::File| ours(f) && [".lock", "uv.lock", "distil.yaml", ".gitignore", "CACHEDIR.TAG"].contains(&f.name());
    assert_eq!(files.paths(leftover), none, "a tool's leftovers ship");
    let tests = |f: &super::archive::File| {
        ours(f) && !f.path.contains("/site-packages/") && !f.path.contains("/node_modules/") && ["tests", "test"].contains(&f.name())
    };
    assert_eq!(files.paths(tests), none, "the project's tests ship");
    assert_eq!(files.paths(|f| f.is_regular() && f.is_world_writable()), none, "anyone may change files");
    assert_eq!(files.paths(|f| f.is_in("src") || f.is_in("out") || f.is_in("runtime")), none, "a folder of the builder ships");
    assert_eq!(files.paths(|f| f.is_in("root/.cache") && !f.mode.starts_with('d')), none, "a cache ships");
}

#[track_caller]
pub(super) fn has_env(config: &Value, entry: &str) {
    let all = config["Env"].as_array().expect("an image has variables");
    assert!(all.iter().any(|e| e == entry), "{entry} is not among {all:?}");
}
