//! Images for another platform than the engine's: made by programs of the engine's own, without emulation, in an index beside the image for
//! that, and then started by emulation, which a script switches on for as long as this takes.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::docker::{Built, Engine, Store, frontend, skipped};
use super::project::Project;

const ARM: &str = "--platform=linux/arm64";
const BOTH: &str = "--platform=linux/amd64,linux/arm64";
/// Images that are there for both platforms.
const BASE: &str = "base: { builder: \"distil.test/python:3.13-slim-trixie\", runtime: \"distil.test/cc-debian13:nonroot\" }\n";

/// Emulation, as long as this lives.
struct Emulation;

impl Emulation {
    fn start() -> Self {
        script(&["emulate", "on"]);
        Self
    }
}

impl Drop for Emulation {
    fn drop(&mut self) {
        script(&["emulate", "off"]);
    }
}

fn script(arguments: &[&str]) {
    let script = crate::checkout().join("tests/engine/platforms");
    let done = Command::new(script).args(arguments).output().expect("there is bash");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// An engine of amd64 with base images for both platforms, and emulation for one test at a time: it is the machine's.
fn engine() -> Option<(Engine, MutexGuard<'static, ()>)> {
    static EMULATION: Mutex<()> = Mutex::new(());
    let engine = Engine::of(Store::Containerd)?;
    if cfg!(not(target_arch = "x86_64")) {
        skipped("the base images are made on amd64");
        return None;
    }
    script(&[]);
    if !engine.has("distil.test/python:3.13-slim-trixie") {
        skipped("images for two platforms are made for a private engine alone");
        return None;
    }
    Some((engine, EMULATION.lock().unwrap_or_else(PoisonError::into_inner)))
}

fn hello() -> Project {
    let project = Project::copy("hello");
    project.append("distil.yaml", BASE);
    project
}

/// What Poetry has locked is installed by another command than what uv has.
#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn what_poetry_has_locked_is_built_for_another_platform() {
    let Some((engine, _alone)) = engine() else { return };
    let _emulation = Emulation::start();
    let project = Project::copy("poetry");
    project.append("distil.yaml", BASE);
    let built = project.build(&engine, &[ARM]).good();
    assert!(!built.log.contains("emulated-platform"), "{}", built.log);
    let found = ["-c", "import platform; print(platform.machine())"];
    assert_eq!(engine.exec_with(&built.image, &[ARM, "--entrypoint=python"], &found), "aarch64");
}

/// What ships of the program itself comes from the frontend's image for the other platform.
#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn a_program_that_ships_is_for_the_image() {
    let Some((engine, _alone)) = engine() else { return };
    if !engine.run(Path::new("."), &["image", "inspect", "--platform=linux/arm64", &frontend()]).status.success() {
        return skipped("the frontend image is for amd64 alone: `make image PLATFORMS=linux/amd64,linux/arm64` makes one for both");
    }
    let _emulation = Emulation::start();
    let project = hello();
    project
        .append("distil.yaml", "before-start: [[python, -c, \"import platform; print('before on', platform.machine(), flush=True)\"]]\n");
    // The image under test may have another name than the one that specs begin with.
    let own = format!("--build-context=distil/distil:1=docker-image://{}", frontend());
    let own = Some(own.as_str()).filter(|_| frontend() != "distil/distil:1");
    let built = project.build(&engine, &[ARM].into_iter().chain(own).collect::<Vec<_>>()).good();
    let service = engine.start(&built.image, Some(8000), &[ARM], &[]);
    assert!(service.get("/?name=arm").contains(r#""hello":"arm""#));
    service.says("before on aarch64");
}

/// The architectures of an image's index, as the engine has them.
fn architectures(engine: &Engine, built: &Built) -> Vec<String> {
    let of = |platform: &str| {
        let asked = ["image", "inspect", "--platform", platform, "--format", "{{ .Os }}/{{ .Architecture }}", &built.image];
        engine.run(Path::new("."), &asked)
    };
    let found = ["linux/amd64", "linux/arm64"].map(of);
    found.iter().filter(|output| output.status.success()).map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).collect()
}

#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn an_image_for_another_platform_is_built_without_emulation_and_starts_under_it() {
    let Some((engine, _alone)) = engine() else { return };
    let project = hello();
    project.new_code("src/hello/api.py");
    // An engine that has seen emulation once takes it to be there until it is started anew.
    let seen = engine.docker(&["buildx", "inspect"]).contains("linux/arm64");
    let emulation = seen.then(Emulation::start);
    let built = project.build(&engine, &[BOTH]).good();
    assert_eq!(architectures(&engine, &built), ["linux/amd64", "linux/arm64"]);
    assert!(built.log.contains("[linux/amd64 proof 1/1]"), "{}", built.log);
    if seen {
        skipped("this engine has seen emulation, and builds with it");
    } else {
        let said = "the image for linux/arm64 is not proven: this engine does not run programs of that platform";
        assert!(built.log.contains(said) && !built.log.contains("[linux/arm64 proof 1/1]"), "{}", built.log);
    }
    assert!(engine.start(&built.image, Some(8000), &["--platform=linux/amd64"], &[]).get("/?name=amd").contains(r#""hello":"amd""#));

    let _emulation = emulation.unwrap_or_else(Emulation::start);
    let machine = ["-c", "import platform, pydantic_core._pydantic_core as c; print(platform.machine(), c.__file__)"];
    let told = engine.exec_with(&built.image, &[ARM, "--entrypoint=python"], &machine);
    assert!(told.starts_with("aarch64 /app/.venv/") && told.ends_with("aarch64-linux-gnu.so"), "{told}");
    assert!(engine.start(&built.image, Some(8000), &[ARM], &[]).get("/?name=arm").contains(r#""hello":"arm""#));

    // With emulation the same image is proven, in what it is itself.
    let proven = project.build(&engine, &[ARM]).good();
    assert!(proven.log.contains("[linux/arm64 proof 1/1]") && !proven.log.contains("is not proven"), "{}", proven.log);
    assert_eq!(architectures(&engine, &proven), ["linux/arm64"]);
}
