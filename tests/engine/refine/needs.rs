//! What the project itself requires and imports ships, whatever a rule would take, and an edit that imports nothing of the kind
//! leaves the environment as it is.

use super::super::docker::Engine;
use super::super::project::Project;
use super::super::steps::Outcome;
use super::super::{on_any_store, on_each_store};

on_each_store!(imports);
on_any_store!(of_copied_files, required);

/// The step that makes the environment as it ships.
const REFINED: &str = "Prune, strip, and gather what the packages need";

fn imports(engine: &Engine) {
    let project = Project::copy("hello");
    project.apart(engine);
    let first = project.build(engine, &[]).good();
    let there = |image: &str, module: &str| {
        let code = format!("import importlib.util as u; print(u.find_spec('{module}') is not None)");
        engine.exec(image, &["python", "-c", &code])
    };
    assert_eq!(there(&first.image, "readline"), "False");
    project.append("src/hello/api.py", "\nVERSION = 2\n");
    let second = project.build(engine, &[]).good();
    assert_eq!(second.step("List what the project imports of what could be left out"), Outcome::Done, "{}", second.log);
    assert_eq!(second.step(REFINED), Outcome::Cached, "{}", second.log);
    project.append("src/hello/api.py", "\nimport readline\nfrom curses import ascii\n");
    let third = project.build(engine, &[]).good();
    assert_eq!(third.step(REFINED), Outcome::Done, "{}", third.log);
    assert!(third.log.contains("the project imports curses, readline; no rule leaves that out"), "{}", third.log);
    let code = "import readline, curses.panel; print(readline.get_history_length(), curses.version.decode()[:3])";
    assert_eq!(engine.exec(&third.image, &["python", "-c", code]), "-1 2.2");
}

/// Files that are copied are the project's code as well, on the runtime that has the standard library in one file too.
fn of_copied_files(engine: &Engine) {
    let main = "import dbm.gnu, _pydecimal\nprint(_pydecimal.Decimal(1) / 8)\n";
    for runtime in ["distroless", "minimal"] {
        let spec = format!("# syntax=distil/distil:1\ncopy: [main.py]\ncommand: [python, main.py]\nruntime: {runtime}\n");
        let project = Project::of(&[("pyproject.toml", &pyproject("")), ("uv.lock", LOCK), ("main.py", main), ("distil.yaml", &spec)]);
        let built = project.build(engine, &[]).good();
        assert_eq!(engine.exec(&built.image, &["python", "main.py"]), "0.125", "{runtime}");
    }
}

const LOCK: &str = "version = 1\nrevision = 3\nrequires-python = \">=3.13\"\n\n[[package]]\nname = \"plain\"\nversion = \"1.0\"\n\
                    source = { virtual = \".\" }\n";

fn pyproject(dependencies: &str) -> String {
    format!("[project]\nname = \"plain\"\nversion = \"1.0\"\nrequires-python = \">=3.13\"\ndependencies = [{dependencies}]\n")
}

/// A project that names setuptools among its dependencies has it, and what it brings.
fn required(engine: &Engine) {
    let main = "import distutils.version, pkg_resources\nprint(distutils.version.LooseVersion('1.2') < '1.3')\n";
    let spec = "# syntax=distil/distil:1\ncopy: [main.py]\ncommand: [python, main.py]\n";
    let project = Project::of(&[("requirements.txt", "setuptools==75.8.0\n"), ("main.py", main), ("distil.yaml", spec)]);
    project.append("distil.yaml", "python: \"3.13\"\n");
    let built = project.build(engine, &[]).good();
    assert_eq!(engine.exec(&built.image, &["python", "main.py"]), "True");
}
