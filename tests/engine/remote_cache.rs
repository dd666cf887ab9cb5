//! A cache that a client keeps, and an engine that knows nothing: what a CI runner has.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use super::docker::{Engine, Store};
use super::project::Project;
use super::registry::Registry;

/// An engine whose build cache is this test's alone.
struct Cold {
    engine: Engine,
    /// Held as long as the test lasts.
    _lock: File,
}

impl Cold {
    fn start() -> Option<Self> {
        let script = crate::checkout().join("tests/engine/cold");
        let started = Command::new(script).output().expect("there is bash");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let engine = Engine::of(Store::Cold)?;
        let lock = File::create(engine.folder().join("cold.lock")).expect("the engine's folder can be written to");
        lock.lock().expect("files can be locked");
        Some(Self { engine, _lock: lock })
    }

    /// Throws away all that it knows of builds.
    fn forget(&self) {
        self.engine.docker(&["buildx", "prune", "--all", "--force"]);
    }
}

impl Drop for Cold {
    fn drop(&mut self) {
        let _ = self.engine.run(Path::new("."), &["buildx", "prune", "--all", "--force"]);
    }
}

#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn a_build_that_did_not_change_runs_nothing_where_only_its_cache_is_known() {
    let Some(cold) = Cold::start() else { return };
    for (example, target) in [("hello", ""), ("flat", ""), ("hello", "default/check")] {
        let project = Project::copy(example);
        let cache = project.folder().with_extension("cache");
        let kept = format!("type=local,dest={},mode=max", cache.display());
        let known = format!("type=local,src={}", cache.display());
        cold.forget();
        project.apart(&cold.engine).build(&cold.engine, &["--target", target, "--cache-to", &kept]).good();
        cold.forget();
        let again = project.build(&cold.engine, &["--target", target, "--cache-from", &known]).good();
        assert_eq!(again.executed(), [""; 0], "{example} {target}:\n{}", again.log);
        if target.is_empty() {
            assert!(again.log.contains(" MB in all: "), "the report is there as well:\n{}", again.log);
            assert!(cold.engine.serve(&again.image, 8000).get("/").contains('{'));
        }
        std::fs::remove_dir_all(&cache).expect("the build wrote it");
    }
}

/// What is not exported is not fetched either, but for the report.
#[test]
#[ignore = "needs a Docker engine; make test sets one up"]
fn nothing_of_the_image_is_fetched_to_find_that_nothing_changed() {
    let Some(cold) = Cold::start() else { return };
    let registry = Registry::start();
    let project = Project::copy("hello");
    let cache = format!("type=registry,ref={}/cache:1", registry.address);
    cold.forget();
    project.apart(&cold.engine).build(&cold.engine, &["--cache-to", &format!("{cache},mode=max")]).good();
    cold.forget();
    registry.fetched();
    let again = project.build(&cold.engine, &["--cache-from", &cache, "--output", "type=cacheonly"]).good();
    // Whose files are unpacked to be read counts as done.
    let executed: Vec<_> = again.executed().into_iter().filter(|name| !name.ends_with("Take the report out")).collect();
    assert_eq!(executed, [""; 0], "{}", again.log);
    let fetched = registry.fetched();
    assert!(fetched > 0 && fetched < 200_000, "{fetched} bytes were fetched:\n{}", again.log);
}
