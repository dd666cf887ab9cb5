//! Which Python: the spec's, else `.python-version`, else what `requires-python` allows; and that they agree.

use crate::diag::{Diagnostic, Place, Sink, Sources};
use crate::names::PythonVersion;
use crate::spec::Spec;

use super::files::{Files, join, upward};
use super::project::Project;
use super::specifier::Specifier;

/// The version taken when the project's files leave a choice: current, and every large package has wheels for it.
const PREFERRED: u32 = 13;

/// A Python version and where it came from.
#[derive(Clone, Debug)]
pub struct Python {
    /// The version.
    pub version: PythonVersion,
    /// Where it came from, as `requires-python in pyproject.toml:5`.
    pub from: String,
    /// The place that says so.
    pub place: Option<Place>,
}

/// Decides. `None` when nothing fits; the sink says why.
pub(super) fn resolve(spec: &Spec, project: &Project, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Python> {
    let required = match project.requires_python.as_ref().map(|text| (text, text.value.parse::<Specifier>())) {
        Some((text, Ok(specifier))) => Some((text, specifier)),
        Some((text, Err(problem))) => {
            sink.push(Diagnostic::error("bad-value", format!("`requires-python` cannot be read: {problem}")).at(text.place, ""));
            return None;
        }
        None => None,
    };
    let named = match &spec.python {
        Some(python) => Some((python.value, format!("`python` in {}", sources.cite_line(python.place)), python.place)),
        None => match builder(spec) {
            Some((version, place)) => Some((version, format!("`base` in {}", sources.cite_line(place)), place)),
            None => pinned(&project.folder, files, sources, sink).ok()?.map(|(version, place)| (version, sources.cite_line(place), place)),
        },
    };
    if let Some((version, from, place)) = named {
        if let Some((text, specifier)) = required.as_ref().filter(|(_, s)| !s.allows(version)) {
            let message = format!("Python {version} is not what the project allows");
            let found = Diagnostic::error("python-mismatch", message).at(place, "asked for here").at(text.place, "allowed here");
            sink.push(
                found.help_if(
                    best(specifier).map(|minor| format!("write `python: \"3.{minor}\"` in the spec, or change `requires-python`")),
                ),
            );
            return None;
        }
        return Some(Python { version, from, place: Some(place) });
    }
    let Some((text, specifier)) = required else {
        let found = Diagnostic::error("no-python", "nothing says which Python to use");
        sink.push(found.help(format!("write `python: \"3.{PREFERRED}\"` in the spec, or `requires-python` in pyproject.toml")));
        return None;
    };
    let Some(minor) = best(&specifier) else {
        let message = format!(
            "no Python from 3.{} to 3.{} is allowed",
            PythonVersion::KNOWN[0],
            PythonVersion::KNOWN[PythonVersion::KNOWN.len() - 1]
        );
        sink.push(Diagnostic::error("python-mismatch", message).at(text.place, "by this"));
        return None;
    };
    let from = format!("`requires-python` in {}", sources.cite_line(text.place));
    Some(Python { version: PythonVersion { minor, patch: None }, from, place: Some(text.place) })
}

/// The version of the builder that the spec names, where its tag tells one: `python:3.11-slim-bookworm`.
fn builder(spec: &Spec) -> Option<(PythonVersion, Place)> {
    let image = spec.base.as_ref()?.value.builder.as_ref()?;
    let name = image.value.as_str().split('@').next()?.rsplit('/').next()?;
    let version = name.strip_prefix("python:")?.split('-').next()?.parse().ok()?;
    Some((version, image.place))
}

/// The preferred version where it is allowed, else the newest that is.
fn best(specifier: &Specifier) -> Option<u32> {
    let allowed = |minor: u32| specifier.allows(PythonVersion { minor, patch: None });
    if allowed(PREFERRED) { Some(PREFERRED) } else { PythonVersion::KNOWN.into_iter().rev().find(|m| allowed(*m)) }
}

/// A file that cannot be used, of which the sink knows why.
struct Unusable;

/// What `.python-version` says.
fn pinned(folder: &str, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Result<Option<(PythonVersion, Place)>, Unusable> {
    let mut paths = upward(folder).into_iter().map(|f| join(&f, ".python-version"));
    let Some((path, text)) = paths.find_map(|p| files.text(&p).map(|text| (p, text))) else { return Ok(None) };
    let Some(line) = text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#')) else { return Ok(None) };
    let file = sources.add(&path, "Text", text);
    let start = text.find(line).unwrap_or(0);
    let place = Place { file, start, end: start + line.len() };
    // pyenv and uv both allow the implementation before the version: `cpython-3.13.2-linux-…`, `cpython@3.13`.
    let bare = ["cpython", "python"].iter().find_map(|p| line.strip_prefix(p)).unwrap_or(line).trim_start_matches(['-', '@']);
    let bare = bare.split('-').next().unwrap_or(bare);
    match bare.parse() {
        Ok(version) => Ok(Some((version, place))),
        Err(refused) => {
            let (message, help): (String, Option<String>) = crate::names::Refused::into(refused);
            sink.push(
                Diagnostic::error("bad-value", message)
                    .at(place, "")
                    .help_if(help)
                    .help("or say `python:` in the spec, which wins over this file"),
            );
            Err(Unusable)
        }
    }
}
