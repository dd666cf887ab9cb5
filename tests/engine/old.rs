//! The oldest Docker and buildx that people still use: what they lack is done without, and the image is as good.

use std::process::Command;

use super::archive::Archive;
use super::docker::{Engine, Store};
use super::project::Project;

/// The engine, started; `None` where the user's own takes its place.
fn start() -> Option<Engine> {
    let started = Command::new(crate::checkout().join("tests/engine/old")).output().expect("there is bash");
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    Engine::of(Store::Old)
}

#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn services_are_built_and_answer() {
    let Some(engine) = start() else { return };
    for example in ["hello", "flat"] {
        let project = Project::copy(example);
        let built = project.build(&engine, &[]).good();
        assert!(engine.serve(&built.image, 8000).get("/").contains('{'), "{example}");
        // It does not know how to change modes by words, and would take all of them away.
        let unreadable = Archive::of(&engine, &built.image);
        let unreadable =
            unreadable.paths(|file| file.path.starts_with("srv/") && !file.mode.ends_with("r--") && !file.mode.ends_with("r-x"));
        assert_eq!(unreadable, [""; 0], "{example}");
        let again = project.build(&engine, &[]).good();
        assert_eq!(again.executed(), [""; 0], "{example}:\n{}", again.log);
        let folder = project.path("report-of-it");
        project.build(&engine, &["--target", "default/report", "-o", folder.to_str().expect("our own names are text")]).good();
        assert!(folder.join("report.json").is_file(), "{example}");
    }
}

#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn mistakes_are_told_with_their_lines() {
    let Some(engine) = start() else { return };
    let project = Project::copy("hello");
    project.append("distil.yaml", "comand: [x]\n");
    let built = project.build(&engine, &[]);
    assert!(!built.good && built.log.contains("did you mean `command`?"), "{}", built.log);
    let project = Project::copy("hello");
    project.replace("distil.yaml", "hello.api:app", "hello.apy:app");
    let built = project.build(&engine, &[]);
    assert!(!built.good && built.log.contains("hello.apy"), "{}", built.log);
}
