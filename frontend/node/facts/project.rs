//! What `package.json` says of the project: its name, its version, its scripts, its entry.

use crate::diag::{Diagnostic, Place, Sink, Sources};
use crate::facts::{Files, join};
use crate::json;
use crate::node::codes;

use crate::shell;
use crate::spec::Spec;
use crate::yaml::Node;

use super::value::{as_text, get, text};

/// What a project's `package.json` says.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// Its folder, relative to the context.
    pub(crate) folder: String,
    /// Its name; that of its folder where it has none.
    pub(crate) name: String,
    /// What it tells of itself, as an image's labels.
    pub(crate) about: Vec<(&'static str, String)>,
    /// What that holds.
    pub(crate) document: Node,
    /// What the service runs where the spec does not say, what says so, and where.
    pub(crate) command: Option<(Vec<String>, &'static str, Place)>,
    /// Where it has a script named `build`.
    pub(crate) build: Option<Place>,
}

/// Reads it. `None` where there is none, or it cannot be read; the sink says so.
pub(super) fn read(spec: &Spec, folder: &str, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Project> {
    let path = join(folder, "package.json");
    if let Some(found) = files.refusal(&path) {
        sink.push(found);
        return None;
    }
    let Some(content) = files.text(&path) else {
        let found = Diagnostic::new(codes::NO_NODE_PROJECT, format!("there is no `{path}` in the context"));
        let found = spec.project.iter().fold(found, |found, place| found.at(place.place, "the project's folder"));
        let found = spec.ecosystems.manager.iter().fold(found, |found, manager| found.at(manager.place, "asked for here"));
        sink.push(found.help("run the build in the project's folder, and see that .dockerignore does not leave the file out"));
        return None;
    };
    let file = sources.add(&path, "JSON", content);
    let document = json::parse(sources, file, json::Form::Strict, sink)?;
    let last = folder.rsplit('/').next().filter(|name| *name != ".").unwrap_or("service");
    let fallback = || spec.name.as_ref().map_or_else(|| last.to_owned(), |name| name.value.to_string());
    let name = text(&document, "name").map_or_else(fallback, |name| name.rsplit('/').next().unwrap_or(name).to_owned());
    let script = |name: &str| get(get(&document, "scripts")?, name);
    Some(Project {
        folder: folder.to_owned(),
        name,
        about: about(&document),
        command: start(&document),
        build: script("build").map(|node| node.place),
        document,
    })
}

/// Scripts that start a service, each with how it is shown. Where `start` is for developing, frameworks write one of the others.
const STARTS: [(&str, &str); 3] = [("start", "`start`"), ("start:prod", "`start:prod`"), ("start:production", "`start:production`")];

/// The command of the first script that starts the service by one line of node's, else what `main` names.
fn start(document: &Node) -> Option<(Vec<String>, &'static str, Place)> {
    let scripts = get(document, "scripts");
    let by_script = STARTS.iter().find_map(|(name, shown)| {
        let line = get(scripts?, name)?;
        let words = shell::split(as_text(line)?).ok()?;
        words.first().is_some_and(|word| word == "node").then_some((words, *shown, line.place))
    });
    by_script.or_else(|| {
        let main = get(document, "main")?;
        Some((vec!["node".to_owned(), as_text(main)?.to_owned()], "`main`", main.place))
    })
}

impl Project {
    /// Where the script `start` stands, which is no single line of node's where nothing else says what the service runs.
    pub(crate) fn start_script(&self) -> Option<Place> {
        get(get(&self.document, "scripts")?, "start").map(|line| line.place)
    }
}

/// What a project tells of itself, under the names of the image specification's labels.
fn about(document: &Node) -> Vec<(&'static str, String)> {
    let source = get(document, "repository").and_then(|one| text(one, "url").or_else(|| as_text(one)));
    let source = source.map(|url| url.trim_start_matches("git+").trim_end_matches(".git"));
    let told = [
        ("org.opencontainers.image.title", text(document, "name")),
        ("org.opencontainers.image.description", text(document, "description")),
        ("org.opencontainers.image.version", text(document, "version")),
        ("org.opencontainers.image.licenses", text(document, "license")),
        ("org.opencontainers.image.source", source.filter(|url| url.contains("://"))),
        ("org.opencontainers.image.url", text(document, "homepage")),
    ];
    told.into_iter().filter_map(|(label, text)| Some((label, text.filter(|text| !text.is_empty())?.to_owned()))).collect()
}
