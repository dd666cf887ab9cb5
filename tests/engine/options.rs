//! What users add to `docker buildx build`: labels, contexts of other kinds, dates, platforms.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::docker::{Built, Engine, skipped};
use super::on_each_store;
use super::project::Project;
use super::steps::Outcome;

on_each_store!(
    label,
    declared_argument,
    date,
    one_stage_without_cache,
    mounts_outlive_no_cache,
    others_while_one_has_no_cache,
    another_base,
    missing_platform,
    archive_as_context,
    repository_as_context,
    version_of_the_repository,
    without_secret,
    secret_that_is_not_passed_on,
);

fn label(engine: &Engine) {
    let project = Project::copy("flat");
    let arguments = ["--label", "org.opencontainers.image.vendor=Ours", "--label", "org.opencontainers.image.revision=1a2b"];
    let built = project.build(engine, &arguments).good();
    let labels = &engine.inspect(&built.image)["Config"]["Labels"];
    assert_eq!(labels["org.opencontainers.image.vendor"], "Ours");
    assert_eq!(labels["org.opencontainers.image.revision"], "1a2b");
}

fn declared_argument(engine: &Engine) {
    let project = Project::copy("hello");
    let own = "\nargs: { version: dev }\nenv: { VERSION: \"${version}\" }\nlabels: { org.opencontainers.image.revision: \"${version}\" }\n";
    project.append("distil.yaml", own);
    for (arguments, value) in [(&["--build-arg", "version=1 \"2\" $x"][..], "1 \"2\" $x"), (&[], "dev")] {
        let built = project.build(engine, arguments).good();
        let config = &engine.inspect(&built.image)["Config"];
        assert_eq!(config["Labels"]["org.opencontainers.image.revision"], value);
        assert!(config["Env"].as_array().into_iter().flatten().any(|said| *said == format!("VERSION={value}")), "{config}");
    }
    let outline = project.build(engine, &["--call=outline", "--build-arg", "version=1.2"]);
    assert!(
        outline.answer.contains("BUILD ARG") && outline.answer.contains("version") && outline.answer.contains("1.2"),
        "{}",
        outline.answer
    );
}

fn date(engine: &Engine) {
    let built = Project::copy("hello").build(engine, &["--build-arg", "SOURCE_DATE_EPOCH=1700000000"]).good();
    assert_eq!(engine.inspect(&built.image)["Created"], "2023-11-14T22:13:20Z");
}

fn one_stage_without_cache(engine: &Engine) {
    let project = Project::copy("hello");
    // Steps of its own: whoever builds the same at the same time would execute them, too.
    project.apart(engine);
    project.build(engine, &[]).good();
    let built = project.build(engine, &["--no-cache-filter", "builder"]).good();
    assert_eq!(built.step("Install the locked dependencies"), Outcome::Done);
    assert_eq!(built.step("Let the environment find the project"), Outcome::Done);
    assert!(built.executed().iter().all(|name| !name.starts_with("[system ")), "{}", built.log);
}

/// What a build without cache leaves in its cache mounts is there for the next one.
fn mounts_outlive_no_cache(engine: &Engine) {
    const LOOK: &str = "FROM python:3.13-slim-trixie\nARG WHEN\n\
        RUN --mount=type=cache,id=uv,target=/c test \"$(find /c -type f | wc -l)\" -gt 100 && : $WHEN\n";
    let project = Project::copy("hello");
    let apart = format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS=no-cache-{}", std::process::id());
    project.build(engine, &[&apart, "--no-cache"]).good();
    project.write("Look", LOOK);
    let built = project.build(engine, &[&apart, "-f", "Look", "--build-arg", "WHEN=after"]);
    assert!(built.good, "{}", built.log);
}

/// While one build runs without cache, others find what all builds on the same base image have in common. What has the same content
/// is the same to an engine: the one without cache is of an example whose cache no other test looks at.
fn others_while_one_has_no_cache(engine: &Engine) {
    let (other, slow) = (Project::copy("flat"), Project::copy("pip"));
    other.build(engine, &[]).good();
    slow.append("distil.yaml", "steps: [{ phase: assets, network: false, run: [python, -c, 'import time; time.sleep(20)'] }]\n");
    let store = engine.store;
    std::thread::scope(|scope| {
        let without = scope.spawn(|| {
            let apart = format!("--build-arg=BUILDKIT_CACHE_MOUNT_NS=alone-{}", std::process::id());
            let engine = Engine::of(store).expect("it is there for the other build");
            slow.build(&engine, &["--no-cache", &apart]).good();
        });
        while !without.is_finished() {
            // Something has to be built anew, or the engine is asked for the result of the last step alone.
            let again = other.new_code("main.py").build(engine, &["--no-cache-filter", "packages-proof,refined"]).good();
            for common in ["Compile what installers use of Python", "Compile the standard library"] {
                assert_eq!(again.step(common), Outcome::Cached, "{}", again.log);
            }
        }
        without.join().expect("the build without cache is good");
    });
}

fn another_base(engine: &Engine) {
    let argument = "--build-context=python:3.13-slim-trixie=docker-image://python:3.13-slim-trixie";
    let built = Project::copy("hello").build(engine, &[argument]).good();
    assert!(engine.exec(&built.image, &["python", "--version"]).starts_with("Python 3.13."));
    let built = Project::copy("hello").build(engine, &["--build-context=python:3.13-slim-trixie=docker-image://distil.invalid/nope:1"]);
    assert!(!built.good && built.log.contains("distil.invalid/nope:1"), "{}", built.log);
}

/// Images that are there for one platform only, and cannot be fetched for another.
fn missing_platform(engine: &Engine) {
    let python = engine.inspect("python:3.13-slim-trixie");
    if python["Config"]["Labels"]["dev.distil.standin"].is_null() {
        return skipped("a real image can be fetched for other platforms");
    }
    let other = if python["Architecture"] == "arm64" { "linux/amd64" } else { "linux/arm64" };
    let built = Project::copy("hello").build(engine, &["--platform", other]);
    assert!(!built.good, "an image for {other} was made of files for another platform:\n{}", built.log);
    let named = ["python:3.13-slim-trixie", "gcr.io/distroless/cc-debian13:nonroot", "ghcr.io/astral-sh/uv:"];
    assert!(named.iter().any(|name| built.log.contains(name)) && built.log.contains("help: "), "{}", built.log);
}

fn archive_as_context(engine: &Engine) {
    let project = Project::copy("hello");
    let path = project.folder().with_extension("tar");
    let status = Command::new("tar").arg("-cf").arg(&path).arg("-C").arg(project.folder()).arg(".").status();
    assert!(status.expect("there is tar").success());
    let input = Stdio::from(File::open(&path).expect("it was just written"));
    let built = engine.build_from(project.folder(), &["-"], input);
    std::fs::remove_file(&path).expect("it was just written");
    let built = built.good();
    assert!(engine.serve(&built.image, 8000).get("/?name=tar").contains(r#""hello":"tar""#));
}

/// Runs git in a project.
fn git(project: &Project, arguments: &[&str]) {
    let identity = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
    let status = Command::new("git").current_dir(project.folder()).args(identity).args(arguments).stdout(Stdio::null()).status();
    assert!(status.expect("there is git").success());
}

/// Builds what a repository on this machine has; `None`, said aloud, where the engine does not reach it.
fn build_of_repository(engine: &Engine, project: &Project, part: &str, arguments: &[&str]) -> Option<Built> {
    let server = Server::start(project);
    let address = format!("git://127.0.0.1:{}/#{part}", server.port);
    let built = engine.build(project.folder(), &[arguments, &[&address]].concat());
    if !built.good && ["executable file not found", "unknown scheme git", "unable to connect"].iter().any(|t| built.log.contains(t)) {
        skipped("this engine has no git, or is not on this machine");
        return None;
    }
    Some(built.good())
}

/// Tools that read the version from the history have it where the build is told to keep it.
fn version_of_the_repository(engine: &Engine) {
    let project = Project::copy_of(&super::corpus::corpus().join("dynamic-version"));
    project.replace("distil.yaml", "build-env: { SETUPTOOLS_SCM_PRETEND_VERSION: \"3.1.4\" }", "apt: { build: [git] }");
    for arguments in
        [&["init", "--quiet", "--initial-branch=main"][..], &["add", "."], &["commit", "--quiet", "--message=all"], &["tag", "v2.7.1"]]
    {
        git(&project, arguments);
    }
    let Some(built) = build_of_repository(engine, &project, "v2.7.1", &["--build-arg=BUILDKIT_CONTEXT_KEEP_GIT_DIR=1"]) else { return };
    let version = engine.exec(&built.image, &["python", "-c", "import importlib.metadata as m; print(m.version('versioned'))"]);
    assert_eq!(version, "2.7.1", "{}", built.log);
    assert!(!built.log.contains("version-from-git"), "{}", built.log);
}

fn repository_as_context(engine: &Engine) {
    let project = Project::copy("hello");
    std::fs::create_dir(project.path("service")).expect("the copy can be written to");
    for name in ["distil.yaml", "pyproject.toml", "uv.lock", "src"] {
        std::fs::rename(project.path(name), project.path(&format!("service/{name}"))).expect("the example has this file");
    }
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    git(&project, &["add", "."]);
    git(&project, &["commit", "--quiet", "--message=all"]);
    let Some(built) = build_of_repository(engine, &project, "main:service", &[]) else { return };
    assert!(engine.serve(&built.image, 8000).get("/?name=git").contains(r#""hello":"git""#));
}

/// The image's own authorities are used where no secret is given.
fn without_secret(engine: &Engine) {
    let project = Project::copy("hello");
    project.apart(engine).build(engine, &[]).good();
    let built = project.build(engine, &["--secret=id=other,src=distil.yaml"]).good();
    assert_eq!(built.executed(), [""; 0], "{}", built.log);
}

fn secret_that_is_not_passed_on(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "secrets: [license-key]\n");
    let built = project.apart(engine).build(engine, &[]);
    assert!(!built.good, "{}", built.log);
    for text in [
        "the build needs the secret `license-key`, and none was passed on",
        "--secret id=license-key,src=FILE",
        ">>> secrets: [license-key]",
    ] {
        assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
    }
}

/// A git server for one repository, ended when it is dropped.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(project: &Project) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("there is a free port");
        // Not `git daemon`: that starts a process of its own, which would go on when this one is ended.
        let path = Command::new("git").arg("--exec-path").output().expect("there is git");
        let path = String::from_utf8(path.stdout).expect("git's own folder is text");
        let mut daemon = Command::new(format!("{}/git-daemon", path.trim()));
        daemon.args(["--export-all", "--reuseaddr", "--listen=127.0.0.1"]).arg(format!("--port={}", free.port()));
        daemon.arg(format!("--base-path={}", project.folder().display())).stdout(Stdio::null()).stderr(Stdio::null());
        let process = daemon.spawn().expect("git has its daemon");
        while std::net::TcpStream::connect(free).is_err() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, port: free.port() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
