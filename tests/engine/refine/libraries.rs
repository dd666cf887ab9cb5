//! Shared libraries that neither the runtime nor the builder has: the build fails and says which file needs which library of
//! which Debian package, and naming that package in the spec mends it.

use std::process::Command;

use super::super::docker::Engine;
use super::super::project::Project;
use super::super::{on_any_store, on_each_store};
use super::refused;

on_each_store!(of_a_copied_file);
on_any_store!(of_a_package, that_is_there_already);

const PYPROJECT: &str = "[project]\nname = \"driver\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = []\n";
const LOCK: &str = "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n[[package]]\nname = \"driver\"\nversion = \"1.0\"\n\
                    source = { virtual = \".\" }\n";
const MAIN: &str = "import ctypes\nprint(ctypes.CDLL('/app/driver.so').newer_than(100000))\n";
const DRIVER: &str = "int PQlibVersion(void);\nint newer_than(int version) { return PQlibVersion() > version; }\n";

/// A project with a library of its own that needs libpq.
fn driver(spec: &str) -> Project {
    let spec = format!("# syntax=distil/distil:1\ncopy: [main.py, driver.so]\ncommand: [python, main.py]\n{spec}");
    let project = Project::of(&[("pyproject.toml", PYPROJECT), ("uv.lock", LOCK), ("main.py", MAIN), ("distil.yaml", &spec)]);
    project.write("driver.c", DRIVER).write("pq.c", "int PQlibVersion(void) { return 0; }\n");
    let compile = |words: &[&str]| {
        let status = Command::new("cc").current_dir(project.folder()).args(["-shared", "-fPIC"]).args(words).status();
        assert!(status.expect("whoever compiles Rust has a C compiler's linker").success());
    };
    compile(&["-Wl,-soname,libpq.so.5", "-o", "libpq.so", "pq.c"]);
    compile(&["-o", "driver.so", "driver.c", "-L.", "-lpq"]);
    project
}

fn of_a_copied_file(engine: &Engine) {
    let texts = [
        "error[missing-library]: /app/driver.so needs libpq.so.5, which neither the runtime nor the builder has",
        "help: add it to the spec: `apt: { runtime: [libpq5] }`",
    ];
    refused(engine, &driver(""), &texts);
    for runtime in ["distroless", "minimal", "slim"] {
        let built = driver(&format!("runtime: {runtime}\napt: {{ runtime: [libpq5] }}\n")).build(engine, &[]).good();
        assert_eq!(engine.exec(&built.image, &["python", "main.py"]), "1", "{runtime}");
    }
}

/// The wheel of lightgbm counts on a library of GCC's that distroless has, and slim images do not.
fn of_a_package(engine: &Engine) {
    let (pyproject, lock) = (include_str!("../boost/pyproject.toml"), include_str!("../boost/uv.lock"));
    let main = "import lightgbm, numpy\n\
                rows = numpy.arange(400.0).reshape(200, 2)\n\
                model = lightgbm.train({'verbose': -1, 'num_threads': 1}, lightgbm.Dataset(rows, rows[:, 0] > 200), 3)\n\
                print(model.num_trees())\n";
    let spec = "# syntax=distil/distil:1\ncommand: [python, main.py]\n";
    let project = Project::of(&[("pyproject.toml", pyproject), ("uv.lock", lock), ("main.py", main), ("distil.yaml", spec)]);
    let trains = || {
        let built = project.build(engine, &[]).good();
        assert_eq!(engine.exec_with(&built.image, &["--tmpfs", "/tmp"], &["python", "main.py"]), "3");
    };
    trains();
    project.append("distil.yaml", "runtime: minimal\n");
    let texts = ["site-packages/lightgbm/lib/lib_lightgbm.so", "needs libgomp.so.1", "`apt: { runtime: [libgomp1] }`"];
    refused(engine, &project, &texts);
    project.append("distil.yaml", "apt: { runtime: [libgomp1] }\n");
    trains();
}

/// What the runtime has is not fetched again, and asking for it is no mistake.
fn that_is_there_already(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "apt: { runtime: [libc6] }\n");
    // Another test may have run the very same step before: its note is in that test's log.
    let built = project.build(engine, &["--no-cache-filter", "system"]).good();
    assert!(built.log.contains("note: the runtime has libc6 already"), "{}", built.log);
    assert_eq!(engine.exec(&built.image, &["python", "-c", "print(1)"]), "1");
}
