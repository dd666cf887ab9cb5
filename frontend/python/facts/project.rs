//! What `pyproject.toml` says, and which packages and modules a project without a build system has.

use std::collections::BTreeSet;

use toml_span::Value;

use crate::diag::{Diagnostic, FileId, Place, Sink, Sources};
use crate::ecosystem::answers::Script;
use crate::python::codes;
use crate::python::keys::Manager;
use crate::python::pep::Requirement;
use crate::python::toml::Document;
use crate::spec::Spec;
use crate::yaml::At;

use super::lock::Lock;
use crate::facts::{Files, join};

/// The key in which the standard says which versions of Python a project runs on.
const REQUIRES_PYTHON: &str = "requires-python";

/// The project itself.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// The folder that it stands in, relative to the context.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// Its version, description, licence and address, as labels have them.
    pub about: Vec<(&'static str, String)>,
    /// The versions of Python that it says it runs on.
    pub requires_python: Option<At<String>>,
    /// The key that says so.
    pub python_key: &'static str,
    /// Whether Poetry reads it, in whose grammar it is then.
    pub poetry_grammar: bool,
    /// Its console scripts.
    pub scripts: Vec<Script>,
    /// Whether it is installed as a package: it can be, and the spec does not say otherwise.
    pub is_package: bool,
    /// Whether it can be: it has a build system, and its manager is not told otherwise.
    pub is_buildable: bool,
    /// What of the build system asks git for the version.
    pub version_from_git: Option<Place>,
    /// Its `pyproject.toml`, where there is one.
    pub file: Option<Document>,
}

/// Reads it. `None` when it is not there or cannot be read; the sink says so.
pub(super) fn read(
    spec: &Spec,
    folder: &str,
    manager: Option<Manager>,
    lock: Option<&Lock>,
    files: &Files,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Project> {
    let path = join(folder, "pyproject.toml");
    if let Some(found) = files.refusal(&path) {
        sink.push(found);
        return None;
    }
    if files.text(&path).is_none() {
        return without(spec, folder, manager, &path, sink);
    }
    let beside = lock.filter(|lock| lock.folder == folder).and_then(|lock| lock.project.clone());
    let parsed = beside.or_else(|| document(&path, files, sources, sink))?;
    let (file, document) = (parsed.file, parsed.root());
    let named = ["/project/name", "/tool/poetry/name"].iter().find_map(|p| document.pointer(p)).and_then(Value::as_str);
    let name = match (named, manager) {
        (Some(name), _) => name.to_owned(),
        // Poetry needs no name where nothing is packaged, and pip needs no project at all.
        (None, Some(Manager::Poetry | Manager::Pip)) => fallback_name(spec, folder),
        (None, _) => {
            let found = Diagnostic::new(codes::NO_PROJECT, format!("{path} has no `[project]` table with a `name`"));
            let members = document.pointer("/tool/uv/workspace/members").and_then(Value::as_array);
            let help = match members.and_then(|m| m.first()).and_then(|m| m.as_str()) {
                Some(member) => format!("it is a workspace's root; say which member the service is, such as `project: {member}`"),
                None => "run `uv init --bare`, which writes one".to_owned(),
            };
            sink.push(found.at(Place { file, start: 0, end: 0 }, "").help(help));
            return None;
        }
    };
    let is_wanted = spec.python().install_project.as_ref().is_none_or(|install| install.value);
    let is_buildable = is_buildable(document, manager);
    let (requires_python, python_key, poetry_grammar) = requires_python(document, manager, file);
    Some(Project {
        folder: folder.to_owned(),
        name,
        about: about(document),
        requires_python,
        python_key,
        poetry_grammar,
        scripts: scripts(document, file),
        is_package: is_buildable && is_wanted,
        is_buildable,
        version_from_git: version_from_git(document, file),
        file: Some(parsed.clone()),
    })
}

/// Parses a TOML file of the context. `None` where it is not there or cannot be read; the sink says so.
pub(super) fn document(path: &str, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Document> {
    let text = files.text(path)?;
    let file = sources.add(path, "TOML", text);
    Document::read(text, path, file).map_err(|found| sink.push(found)).ok()
}

/// A project of which only the lock is known, as pip's may be.
fn without(spec: &Spec, folder: &str, manager: Option<Manager>, path: &str, sink: &mut Sink) -> Option<Project> {
    if manager != Some(Manager::Pip) {
        let found = Diagnostic::new(codes::NO_PROJECT, format!("there is no `{path}` in the context"));
        let found = spec.project.iter().fold(found, |found, p| found.at(p.place, "the project's folder"));
        sink.push(found.help("run the build in the project's folder, and see that .dockerignore does not leave the file out"));
        return None;
    }
    Some(Project {
        folder: folder.to_owned(),
        name: fallback_name(spec, folder),
        about: vec![],
        requires_python: None,
        python_key: REQUIRES_PYTHON,
        poetry_grammar: false,
        scripts: vec![],
        is_package: false,
        is_buildable: false,
        version_from_git: None,
        file: None,
    })
}

fn fallback_name(spec: &Spec, folder: &str) -> String {
    let last = folder.rsplit('/').next().filter(|f| *f != ".").unwrap_or("service");
    spec.name.as_ref().map_or_else(|| last.to_owned(), |n| n.value.to_string())
}

fn is_buildable(document: &Value<'_>, manager: Option<Manager>) -> bool {
    let flag = |path: &str| document.pointer(path).and_then(Value::as_bool);
    let built = document.pointer("/build-system").is_some();
    match manager {
        Some(Manager::Uv) | None => flag("/tool/uv/package").unwrap_or(built),
        Some(Manager::Poetry) => built && flag("/tool/poetry/package-mode").unwrap_or(true),
        Some(Manager::Pip) => built,
    }
}

/// The tool of the build system that asks git for the version.
fn version_from_git(document: &Value<'_>, file: FileId) -> Option<Place> {
    const TOOLS: &[&str] = &["hatch-vcs", "setuptools-scm", "uv-dynamic-versioning", "poetry-dynamic-versioning", "versioningit"];
    let requires = document.pointer("/build-system/requires").and_then(Value::as_array);
    let is_one = |text: &str| Requirement::parse(text).is_some_and(|tool| TOOLS.contains(&tool.name.as_str()));
    let tool = requires.into_iter().flatten().find(|r| r.as_str().is_some_and(is_one))?;
    Some(Place { file, start: tool.span.start, end: tool.span.end })
}

/// What pyproject.toml tells about the project, under the names of the image specification's labels.
fn about(document: &Value<'_>) -> Vec<(&'static str, String)> {
    const LABELS: &[(&str, &[&str])] = &[
        ("org.opencontainers.image.title", &["/project/name", "/tool/poetry/name"]),
        ("org.opencontainers.image.description", &["/project/description", "/tool/poetry/description"]),
        ("org.opencontainers.image.version", &["/project/version", "/tool/poetry/version"]),
        ("org.opencontainers.image.licenses", &["/project/license", "/project/license/text", "/tool/poetry/license"]),
        (
            "org.opencontainers.image.source",
            &[
                "/project/urls/Source",
                "/project/urls/source",
                "/project/urls/Repository",
                "/project/urls/repository",
                "/tool/poetry/repository",
            ],
        ),
        ("org.opencontainers.image.url", &["/project/urls/Homepage", "/project/urls/homepage", "/tool/poetry/homepage"]),
    ];
    let text = |paths: &[&str]| paths.iter().find_map(|p| document.pointer(p).and_then(Value::as_str)).filter(|t| !t.is_empty());
    LABELS.iter().filter_map(|(label, paths)| Some((*label, text(paths)?.to_owned()))).collect()
}

/// What the project says of Python, under which key, and whether in Poetry's grammar.
fn requires_python(document: &Value<'_>, manager: Option<Manager>, file: FileId) -> (Option<At<String>>, &'static str, bool) {
    let text = |path: &str| {
        let value = document.pointer(path)?;
        let place = Place { file, start: value.span.start, end: value.span.end };
        value.as_str().map(|text| At { value: text.to_owned(), place })
    };
    match text("/project/requires-python") {
        Some(standard) => (Some(standard), REQUIRES_PYTHON, manager == Some(Manager::Poetry)),
        // Projects of Poetry's may lock with pip as well.
        None => (text("/tool/poetry/dependencies/python").or_else(|| text("/tool/poetry/dependencies/python/version")), "python", true),
    }
}

fn scripts(document: &Value<'_>, file: FileId) -> Vec<Script> {
    let tables = ["/project/scripts", "/tool/poetry/scripts"].iter().filter_map(|p| document.pointer(p)?.as_table());
    let mut scripts: Vec<_> = tables
        .flatten()
        .map(|(key, _)| Script { name: key.name.to_string(), place: Place { file, start: key.span.start, end: key.span.end } })
        .collect();
    scripts.sort_by_key(|s| s.place);
    scripts
}

/// Top-level packages and modules among the Python files that were found; tests and tooling do not ship.
pub(super) fn modules(folder: &str, found: &BTreeSet<String>) -> Vec<String> {
    const TOOLING: &[&str] =
        &["setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py", "tests", "test", "docs", "examples", "scripts"];
    let names = found.iter().map(|path| path.strip_suffix("/__init__.py").unwrap_or(path));
    names
        .filter(|name| !TOOLING.contains(name) && !name.starts_with('.') && !name.starts_with("test_"))
        .map(|name| join(folder, name))
        .collect()
}
