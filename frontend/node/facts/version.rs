//! Which Node: the spec's, else what a version file says, else what `package.json` allows; and that they agree.

use crate::diag::{Diagnostic, Place, Sink, Sources};
use crate::facts::{Files, join, upward};
use crate::names::Refused;
use crate::node::codes;

use crate::node::version::{NodeVersion, Range};
use crate::spec::Spec;
use crate::yaml::Node;

use super::project::Project;
use super::value::{as_text, get, items};

/// Files that hold nothing but a version.
pub(super) const VERSION_FILES: &[&str] = &[".nvmrc", ".node-version"];
/// The file of asdf and mise, with a tool to a line.
pub(super) const TOOL_VERSIONS: &str = ".tool-versions";

/// A version of Node and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    /// The version.
    pub(crate) version: NodeVersion,
    /// Where it came from, as `engines in package.json:5`.
    pub(crate) from: String,
    /// The place that says so.
    pub(crate) place: Option<Place>,
}

/// A version that something names.
struct Named {
    version: NodeVersion,
    from: String,
    place: Place,
}

/// Decides. `None` when nothing fits; the sink says why.
pub(super) fn resolve(spec: &Spec, project: &Project, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Chosen> {
    let range = allowed(&project.document);
    let named = match &spec.node().node {
        Some(node) => Some(Named { version: node.value, from: format!("`node` in {}", sources.cite_line(node.place)), place: node.place }),
        None => match builder(spec) {
            Some((version, place)) => Some(Named { version, from: format!("`base` in {}", sources.cite_line(place)), place }),
            None => of_files(project, files, sources, sink).ok()?,
        },
    };
    if let Some(Named { version, from, place }) = named {
        if let Some((range, said, key)) = range.as_ref().filter(|(range, ..)| !range.allows(version)) {
            let found = Diagnostic::new(codes::NODE_MISMATCH, format!("Node {version} is not what the project allows"));
            let found = found.at(place, "asked for here").at(*said, "allowed here");
            let fits = NodeVersion::KNOWN.into_iter().find(|major| range.allows(NodeVersion::of(*major)));
            sink.push(found.help_if(fits.map(|major| format!("write `node: \"{major}\"` in the spec, or change `{key}`"))));
            return None;
        }
        return Some(Chosen { version, from, place: Some(place) });
    }
    let Some((range, said, key)) = range else {
        return Some(Chosen { version: NodeVersion::of(NodeVersion::KNOWN[0]), from: "default".to_owned(), place: None });
    };
    let Some(major) = NodeVersion::KNOWN.into_iter().find(|major| range.allows(NodeVersion::of(*major))) else {
        let found = Diagnostic::new(codes::NODE_MISMATCH, "no Node that has an official image on Debian 13 is allowed");
        sink.push(found.at(said, "by this").help("say `node: …` in the spec once it is allowed"));
        return None;
    };
    Some(Chosen { version: NodeVersion::of(major), from: format!("`{key}` in {}", sources.cite_line(said)), place: Some(said) })
}

/// What the project allows, where that stands, and the key. What cannot be read allows all, as the manager has it.
fn allowed(document: &Node) -> Option<(Range, Place, &'static str)> {
    let runtime = get(document, "devEngines").and_then(|engines| get(engines, "runtime"));
    let is_node = |one: &&Node| get(one, "name").and_then(as_text) == Some("node");
    let listed = runtime.into_iter().flat_map(|one| items(one).iter().chain([one])).find(is_node);
    let developed = listed.and_then(|one| get(one, "version")).map(|version| (version, "devEngines"));
    let engines = get(document, "engines").and_then(|engines| get(engines, "node")).map(|node| (node, "engines"));
    let (node, key) = engines.or(developed)?;
    Some((Range::read(as_text(node)?)?, node.place, key))
}

/// The version of the builder that the spec names, where its tag tells one: `node:24-trixie-slim`.
fn builder(spec: &Spec) -> Option<(NodeVersion, Place)> {
    let image = spec.base.as_ref()?.value.builder.as_ref()?;
    let name = image.value.as_str().split('@').next()?.rsplit('/').next()?;
    Some((name.strip_prefix("node:")?.split('-').next()?.parse().ok()?, image.place))
}

/// A file that cannot be used, of which the sink knows why.
struct Unusable;

/// What version files say, and what Volta is told; two that differ are refused.
fn of_files(project: &Project, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Result<Option<Named>, Unusable> {
    let mut said: Vec<(String, Place)> = vec![];
    for folder in upward(&project.folder) {
        for name in VERSION_FILES.iter().chain([&TOOL_VERSIONS]) {
            let path = join(&folder, name);
            if let Some(found) = files.refusal(&path) {
                sink.push(found.help("or say `node:` in the spec, which wins over this file"));
                return Err(Unusable);
            }
            let Some((text, start)) = files.text(&path).and_then(|text| line(text, *name == TOOL_VERSIONS)) else { continue };
            let (text, file) = (text.to_owned(), sources.add(&path, "Text", files.text(&path).unwrap_or_default()));
            let end = start + text.len();
            said.push((text, Place { file, start, end }));
        }
        if !said.is_empty() {
            break;
        }
    }
    let volta = get(&project.document, "volta").and_then(|volta| get(volta, "node"));
    said.extend(volta.and_then(|node| Some((as_text(node)?.to_owned(), node.place))));
    let mut named: Vec<Named> = vec![];
    for (text, place) in said {
        match text.parse::<NodeVersion>() {
            Ok(version) => named.push(Named { version, from: sources.cite_line(place), place }),
            Err(Refused { message, help }) => {
                let found = Diagnostic::new(codes::BAD_NODE, message).at(place, "").help_if(help);
                sink.push(found.help("or say `node:` in the spec, which wins over this file"));
                return Err(Unusable);
            }
        }
    }
    if let [first, others @ ..] = &named[..]
        && let Some(other) = others.iter().find(|other| other.version.major != first.version.major)
    {
        let message = format!("one file asks for Node {}, and another for {}", first.version, other.version);
        let found = Diagnostic::new(codes::NODE_MISMATCH, message).at(first.place, "").at(other.place, "");
        sink.push(found.help("remove one of them, or say `node:` in the spec, which wins over both"));
        return Err(Unusable);
    }
    Ok(named.into_iter().next())
}

/// The version in a file's text, with the byte that it begins at.
fn line(text: &str, of_tools: bool) -> Option<(&str, usize)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let said = line.split('#').next().unwrap_or_default();
        let mut words = said.split_whitespace();
        let word = match words.next() {
            Some("nodejs" | "node") if of_tools => words.next(),
            first if !of_tools => first,
            _ => None,
        };
        if let Some(word) = word {
            return Some((word, at + said.find(word)?));
        }
        at += line.len();
    }
    None
}
