//! pip's files as they are in the wild: in folders, including and constraining each other, with packages beside them; files without
//! pins, and the way out that their message tells. And projects that name a build system and are only ever copied.

use std::fs;
use std::process::Command;

use super::docker::Engine;
use super::index::sha256;
use super::on_any_store;
use super::project::Project;
use super::refine::refused;

on_any_store!(files_in_folders, command_of_the_help, lock_of_the_command_line, copied_with_uv, copied_with_poetry, wheels_of_the_project);

/// Answers with the versions of what is installed.
const SERVICE: &str = r#"
import http.server, json
from importlib import metadata

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        found = sorted(f"{d.name.lower()}=={d.version}" for d in metadata.distributions())
        self.wfile.write(json.dumps(found).encode())

http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
"#;

/// A project with files in folders; the spec has what every service here has.
fn project(spec: &str, files: &[(&str, &str)]) -> Project {
    let spec = format!("# syntax=distil/distil:1\ncommand: [python, main.py]\nexpose: [8000]\n{spec}");
    let project = Project::of(&[("distil.yaml", &spec), ("main.py", SERVICE)]);
    for (file, text) in files {
        let path = project.path(file);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("our own folder can be written to");
        fs::write(path, text).expect("our own folder can be written to");
    }
    project
}

/// What is installed in the image, as the running service tells.
#[track_caller]
fn answer(engine: &Engine, project: &Project) -> String {
    let built = project.build(engine, &[]).good();
    engine.serve(&built.image, 8000).get("/")
}

fn files_in_folders(engine: &Engine) {
    let spec = "python: \"3.13\"\nrequirements: [ops/base/base.txt, ops/prod.txt, { packages: [idna==3.10] }]\ncopy: [main.py]\n";
    let files = [
        ("ops/base/base.txt", "-r ../web/web.txt\n"),
        ("ops/web/web.txt", "jinja2\n"),
        ("ops/prod.txt", "-c limits/all.txt\nitsdangerous>=2\n"),
        // Nothing asks for markupsafe by itself; 3.0.2 is not its newest.
        ("ops/limits/all.txt", "jinja2==3.1.6\nitsdangerous==2.2.0\nmarkupsafe==3.0.2\n"),
    ];
    let answer = answer(engine, &project(spec, &files));
    for package in ["idna==3.10", "itsdangerous==2.2.0", "jinja2==3.1.6", "markupsafe==3.0.2"] {
        assert!(answer.contains(package), "{package}: {answer}");
    }
}

/// Runs a command in a project's folder as its user would, with uv where a shell finds it.
#[track_caller]
fn with_uv(project: &Project, command: &str) {
    let script = format!("export PATH=\"${{UV%/*}}:$PATH\" UV_NO_CACHE=1; {command}");
    let uv = crate::checkout().join("tests/engine/uv");
    let ended = Command::new(uv).args(["bash", "-euc", &script]).current_dir(project.folder()).output().expect("there is bash");
    assert!(ended.status.success(), "{command}: {}", String::from_utf8_lossy(&ended.stderr));
}

const UNPINNED: &str = "python: \"3.13\"\nrequirements: [ops/base.in, ops/prod.in, { packages: [idna] }]\n";
const INPUTS: &[(&str, &str)] =
    &[("ops/base.in", "jinja2\n"), ("ops/prod.in", "-c limits.txt\nitsdangerous\n"), ("ops/limits.txt", "itsdangerous<2.2\n")];

/// The text between a message's words and the next backtick.
#[track_caller]
fn told<'t>(log: &'t str, words: &str) -> &'t str {
    let rest = log.split_once(words).unwrap_or_else(|| panic!("`{words}` is not in:\n{log}")).1;
    rest.split('`').next().unwrap_or_default()
}

#[track_caller]
fn is_pinned(engine: &Engine, project: &Project) {
    let answer = answer(engine, project);
    for package in ["idna==", "itsdangerous==2.1.2", "jinja2==", "markupsafe=="] {
        assert!(answer.contains(package), "{package}: {answer}");
    }
}

fn command_of_the_help(engine: &Engine) {
    let project = project(UNPINNED, INPUTS);
    let log = refused(engine, &project, &["`jinja2` has no exact version"]);
    with_uv(&project, told(&log, "pin everything: `"));
    let named = told(&log, "name that file in the spec: `");
    project.replace("distil.yaml", UNPINNED.lines().last().expect("it has two lines"), named);
    is_pinned(engine, &project);
}

fn lock_of_the_command_line(engine: &Engine) {
    let project = project(UNPINNED, INPUTS);
    with_uv(&project, concat!(env!("CARGO_BIN_EXE_distil"), " lock"));
    let made = fs::read_to_string(project.path("ops/prod.lock")).expect("it was just made");
    project.replace("distil.yaml", UNPINNED.lines().last().expect("it has two lines"), "requirements: ops/prod.lock");
    is_pinned(engine, &project);
    // The same sources give the same file, and the file tells when they have changed.
    with_uv(&project, concat!(env!("CARGO_BIN_EXE_distil"), " lock && ", env!("CARGO_BIN_EXE_distil"), " lock --check"));
    assert_eq!(fs::read_to_string(project.path("ops/prod.lock")).ok(), Some(made));
    fs::write(project.path("ops/base.in"), "jinja2\nblinker\n").expect("our own folder can be written to");
    with_uv(&project, concat!("! ", env!("CARGO_BIN_EXE_distil"), " lock --check"));
}

/// A project of which its build system says that there is nothing to ship: no folder has its name.
#[track_caller]
fn copied(engine: &Engine, says: &str, files: &[(&str, &str)]) {
    let project = project("copy: [main.py]\n", files);
    refused(engine, &project, &[says, "the project cannot be built", "`install-project: false`"]);
    project.append("distil.yaml", "install-project: false\n");
    let answer = answer(engine, &project);
    assert!(answer.ends_with("[\"idna==3.10\"]"), "{answer}");
}

fn copied_with_uv(engine: &Engine) {
    let pyproject = format!(
        "[project]\nname = \"parcels\"\nversion = \"1.0\"\nrequires-python = \"==3.13.*\"\ndependencies = [\"idna\"]\n{}",
        build("hatchling", "hatchling.build")
    );
    let lock = "version = 1\nrevision = 3\nrequires-python = \"==3.13.*\"\n\n[[package]]\nname = \"idna\"\nversion = \"3.10\"\n\
                source = { registry = \"https://pypi.org/simple\" }\nwheels = [\n    { url = \"https://files.pythonhosted.org/packages/76/c6/c88e154df9c4e1a2a66ccf0005a88dfb2650c1dffb6f5ce603dfbd452ce3/idna-3.10-py3-none-any.whl\", hash = \"sha256:946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3\" },\n]\n\n\
                [[package]]\nname = \"parcels\"\nversion = \"1.0\"\nsource = { editable = \".\" }\ndependencies = [\n    { name = \"idna\" },\n]\n\n\
                [package.metadata]\nrequires-dist = [{ name = \"idna\" }]\n";
    copied(engine, "Unable to determine which files to ship", &[("pyproject.toml", &pyproject), ("uv.lock", lock)]);
}

fn copied_with_poetry(engine: &Engine) {
    let pyproject = format!(
        "[tool.poetry]\nname = \"parcels\"\nversion = \"1.0\"\ndescription = \"\"\nauthors = []\n\n\
         [tool.poetry.dependencies]\npython = \"^3.11\"\nidna = \"3.10\"\n{}",
        build("poetry-core", "poetry.core.masonry.api")
    );
    let counts = r#"{"dependencies": {"idna": "3.10", "python": "^3.11"}, "dev-dependencies": null, "extras": null, "source": null}"#;
    let lock = format!(
        "[[package]]\nname = \"idna\"\nversion = \"3.10\"\noptional = false\npython-versions = \"*\"\nfiles = [\n    \
         {{file = \"idna-3.10-py3-none-any.whl\", hash = \"sha256:946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3\"}},\n]\n\n\
         [metadata]\nlock-version = \"2.0\"\npython-versions = \"^3.11\"\ncontent-hash = \"{}\"\n",
        sha256(counts.as_bytes())
    );
    copied(engine, "No file/folder found for package parcels", &[("pyproject.toml", &pyproject), ("poetry.lock", &lock)]);
}

fn build(requires: &str, backend: &str) -> String {
    format!("\n[build-system]\nrequires = [\"{requires}\"]\nbuild-backend = \"{backend}\"\n")
}

/// A file that turns the index off installs from the folder that it names, and from nowhere else.
fn wheels_of_the_project(engine: &Engine) {
    let metadata = b"Metadata-Version: 2.1\nName: idna\nVersion: 99.1\n".to_vec();
    let wheel = super::zip::archive(&[
        ("idna/__init__.py".into(), b"OWN = True\n".to_vec()),
        ("idna-99.1.dist-info/METADATA".into(), metadata),
        ("idna-99.1.dist-info/WHEEL".into(), b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_vec()),
        (
            "idna-99.1.dist-info/RECORD".into(),
            b"idna/__init__.py,,\nidna-99.1.dist-info/METADATA,,\nidna-99.1.dist-info/WHEEL,,\nidna-99.1.dist-info/RECORD,,\n".to_vec(),
        ),
    ]);
    let spec = "python: \"3.13\"\nrequirements: ops/prod.txt\ncopy: [main.py]\n";
    let project = project(spec, &[("ops/prod.txt", "--no-index\n--find-links ../wheels\nidna==99.1\n")]);
    let write = |wheel: &[u8]| {
        fs::create_dir_all(project.path("wheels")).expect("our own folder can be written to");
        fs::write(project.path("wheels/idna-99.1-py3-none-any.whl"), wheel).expect("our own folder can be written to");
    };
    write(&wheel);
    let found = answer(engine, &project);
    assert!(found.ends_with("[\"idna==99.1\"]"), "{found}");
    // PyPI has this one.
    project.write("ops/prod.txt", "--no-index\n--find-links ../wheels\nidna==3.10\n");
    refused(engine, &project, &["idna==3.10", "no version"]);
}
