//! Every folder in tests/corpus/ builds on `distroless` and on `minimal`, starts with nothing to write to, and answers as its
//! `expect.toml` says. A project is data: a folder there, and its name in the list below, which a test compares with the folders.

mod expect;
mod faults;

use std::fs;
use std::path::{Path, PathBuf};

use super::docker::{Engine, Service};
use crate::golden;
use crate::project::Project;
use expect::Start;

pub(super) fn corpus() -> PathBuf {
    crate::checkout().join("tests/corpus")
}

/// Both are editions of every project's spec.
const RUNTIMES: [&str; 2] = ["distroless", "minimal"];
/// Where the list of shapes begins in the README.
const TABLE: &str = "| project | its shape |\n| --- | --- |\n";

/// Makes a test of each project, and for some a second one on the other image store.
macro_rules! projects {
    (any: $($name:ident),+; classic: $($other:ident),+ $(,)?) => {
        const LISTED: &[&str] = &[$(stringify!($name)),+];

        mod any {
            $(
                #[test]
                #[ignore = "needs a Docker engine; make test sets one up"]
                fn $name() {
                    super::works(&$crate::engine::docker::Engine::any(), stringify!($name));
                }
            )+
        }

        mod classic {
            $(
                #[test]
                #[ignore = "needs a Docker engine; make test sets one up"]
                fn $other() {
                    if let Some(engine) = $crate::engine::docker::Engine::of($crate::engine::docker::Store::Classic) {
                        super::works(&engine, stringify!($other));
                    }
                }
            )+
        }
    };
}

projects! {
    any:
        aiohttp_server,
        alembic,
        c_extension,
        celery_worker,
        cli,
        django_env,
        django_locale,
        dynamic_version,
        fastapi_lifespan,
        fastapi_run,
        flask_factory,
        gettext,
        grpc_server,
        gunicorn_conf,
        hatch_dot,
        lock_per_service,
        magic,
        namespace,
        pkg_resources,
        plugins,
        poetry_path,
        processes,
        psycopg_pure,
        pylock,
        requirements_folder,
        resources,
        script,
        setuptools_data,
        streamlit_app,
        terminal,
        volume,
        websocket;
    classic: django_env, flask_factory, namespace
}

/// Builds a project for each runtime, and starts it.
fn works(engine: &Engine, name: &str) {
    let folder = corpus().join(name.replace('_', "-"));
    let starts = expect::read(&folder).unwrap_or_else(|e| panic!("{e}"));
    for runtime in RUNTIMES {
        let built = engine.build(&folder, &["--target", runtime, "."]).good();
        for start in &starts {
            answers(engine, &built.image, start);
        }
    }
}

/// Starts a container, and finds in it what is expected.
fn answers(engine: &Engine, image: &str, start: &Start) {
    let env = start.env.iter().flat_map(|pair| ["--env", pair]);
    let tmpfs = start.tmpfs.iter().flat_map(|folder| ["--tmpfs", folder]);
    let options: Vec<&str> = env.chain(tmpfs).collect();
    let service = engine.start(image, start.port, &options, &words(&start.words));
    for get in &start.get {
        let path = &get.words[0];
        has(&service, &format!("GET {path}"), &service.get_with(path, &get.headers), &get.has);
    }
    if let Some(code) = start.exit {
        assert_eq!(service.wait(), code, "the code that it ended with; it said:\n{}", service.log());
    }
    for text in &start.says {
        service.says(text);
    }
    for ask in &start.ask {
        let answer = engine.docker(&[&["exec", &service.name], &words(&ask.words)[..]].concat());
        has(&service, &ask.words.join(" "), &answer, &ask.has);
    }
    let log = service.log();
    assert!(!log.contains("Traceback"), "an exception was not caught:\n{log}");
}

#[track_caller]
fn has(service: &Service<'_>, question: &str, answer: &str, texts: &[String]) {
    for text in texts {
        assert!(answer.contains(text), "`{text}` is not in the answer to `{question}`:\n{answer}\nthe service said:\n{}", service.log());
    }
}

fn words(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

/// The corpus' folders.
fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(corpus()).unwrap().map(|e| e.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn name(folder: &Path) -> &str {
    folder.file_name().and_then(|n| n.to_str()).expect("folders of the corpus have plain names")
}

/// The second line of a project's spec says its shape.
fn shape(folder: &Path) -> String {
    let spec = fs::read_to_string(folder.join("distil.yaml")).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let comment = spec.lines().nth(1).and_then(|l| l.strip_prefix("# "));
    comment.unwrap_or_else(|| panic!("the second line of {}/distil.yaml is no comment that says its shape", folder.display())).to_owned()
}

#[test]
fn every_folder_is_tested() {
    for folder in folders() {
        let name = name(&folder);
        assert!(LISTED.contains(&&*name.replace('-', "_")), "tests/corpus/{name} is not in the list of tests/engine/corpus/mod.rs");
        let starts = expect::read(&folder).unwrap_or_else(|e| panic!("{e}"));
        assert!(!starts.is_empty(), "tests/corpus/{name} starts nothing");
    }
    assert_eq!(folders().len(), LISTED.len(), "tests/engine/corpus/mod.rs lists a project that is not in tests/corpus");
}

#[test]
fn every_project_has_a_plan_for_each_runtime() {
    for folder in folders() {
        let project = Project::read(&folder);
        for runtime in RUNTIMES {
            let outcome = project.compile(runtime);
            assert!(outcome.result.is_ok(), "{} for `{runtime}`: {}", folder.display(), outcome.said());
        }
    }
}

#[test]
fn the_readme_lists_every_shape() {
    let file = corpus().join("README.md");
    let text = fs::read_to_string(&file).unwrap();
    let (introduction, _) = text.split_once(TABLE).expect("the README ends with the table of shapes");
    let rows = folders().iter().fold(String::new(), |rows, f| rows + &format!("| [{0}]({0}) | {1} |\n", name(f), shape(f)));
    golden::check(&file, &format!("{introduction}{TABLE}{rows}"));
}
