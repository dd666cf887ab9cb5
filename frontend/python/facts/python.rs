//! Which Python: the spec's, else `.python-version`, else what `requires-python` allows; and that they agree.

use crate::diag::{Diagnostic, Place, Sink, Sources};
use crate::python::codes;
use crate::python::version::PythonVersion;
use crate::spec::Spec;

use super::project::Project;
use super::specifier::Specifier;
use crate::facts::{Files, join, upward};

/// The newest version that is taken where the project's files leave a choice: the newest that every test of this program runs
/// on. It moves with a release, so that neither a new Python nor a lock that was written anew moves a service to one.
const NEWEST_DEFAULT: u32 = 13;

/// A Python version and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    /// The version.
    pub version: PythonVersion,
    /// Where it came from, as `requires-python in pyproject.toml:5`.
    pub from: String,
    /// The place that says so.
    pub place: Option<Place>,
    /// The series that the project allows, the first of them the one to take if nothing else decides.
    pub allowed: Vec<u32>,
    /// Whether one of those was named; otherwise another of them may be taken as well.
    pub is_named: bool,
}

/// Decides. `None` when nothing fits; the sink says why.
pub(super) fn resolve(spec: &Spec, project: &Project, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<Python> {
    let read = if project.poetry_grammar { Specifier::poetry } else { Specifier::standard };
    let required = match project.requires_python.as_ref().map(|text| (text, read(&text.value))) {
        Some((text, Ok(specifier))) => Some((text, specifier)),
        Some((text, Err(problem))) => {
            let message = format!("`{}` cannot be read: {problem}", project.python_key);
            // The spec's own version needs no other.
            let found = match &spec.python().python {
                Some(_) => Diagnostic::new(codes::UNREAD_PYTHON, message).into_warning(),
                None => Diagnostic::new(codes::UNREAD_PYTHON, message).help("write it as in `>=3.11,<4`, or say `python:` in the spec"),
            };
            sink.push(found.at(text.place, ""));
            spec.python().python.as_ref()?;
            None
        }
        None => None,
    };
    let named = match &spec.python().python {
        Some(python) => Some((python.value, format!("`python` in {}", sources.cite_line(python.place)), python.place)),
        None => match builder(spec) {
            Some((version, place)) => Some((version, format!("`base` in {}", sources.cite_line(place)), place)),
            None => pinned(&project.folder, files, sources, sink).ok()?.map(|(version, place)| (version, sources.cite_line(place), place)),
        },
    };
    if let Some((version, from, place)) = named {
        if let Some((text, specifier)) = required.as_ref().filter(|(_, s)| !s.allows(version)) {
            let message = format!("Python {version} is not what the project allows");
            let found = Diagnostic::new(codes::PYTHON_MISMATCH, message).at(place, "asked for here").at(text.place, "allowed here");
            sink.push(found.help_if(
                allowed(specifier).first().map(|minor| format!("write `python: \"3.{minor}\"` in the spec, or change `requires-python`")),
            ));
            return None;
        }
        let allowed = required.as_ref().map_or_else(|| PythonVersion::KNOWN.to_vec(), |(_, specifier)| allowed(specifier));
        return Some(Python { version, from, place: Some(place), allowed, is_named: true });
    }
    let Some((text, specifier)) = required else {
        let found = Diagnostic::new(codes::NO_PYTHON, "nothing says which Python to use");
        sink.push(found.help(format!("write `python: \"3.{NEWEST_DEFAULT}\"` in the spec, or `requires-python` in pyproject.toml")));
        return None;
    };
    let allowed = allowed(&specifier);
    let Some(minor) = allowed.first().copied() else {
        let message = format!(
            "no Python from 3.{} to 3.{} is allowed",
            PythonVersion::KNOWN[0],
            PythonVersion::KNOWN[PythonVersion::KNOWN.len() - 1]
        );
        sink.push(Diagnostic::new(codes::PYTHON_MISMATCH, message).at(text.place, "by this"));
        return None;
    };
    let from = format!("`{}` in {}", project.python_key, sources.cite_line(text.place));
    Some(Python { version: PythonVersion { minor, patch: None }, from, place: Some(text.place), allowed, is_named: false })
}

/// The version of the builder that the spec names, where its tag tells one: `python:3.11-slim-bookworm`.
fn builder(spec: &Spec) -> Option<(PythonVersion, Place)> {
    let image = spec.base.as_ref()?.value.builder.as_ref()?;
    let name = image.value.as_str().split('@').next()?.rsplit('/').next()?;
    let version = name.strip_prefix("python:")?.split('-').next()?.parse().ok()?;
    Some((version, image.place))
}

/// The series that are allowed, newest first; those newer than the default ones come last.
fn allowed(specifier: &Specifier) -> Vec<u32> {
    let (mut usual, newer): (Vec<u32>, Vec<u32>) = PythonVersion::KNOWN.into_iter().partition(|minor| *minor <= NEWEST_DEFAULT);
    usual.reverse();
    usual.into_iter().chain(newer).filter(|minor| specifier.allows(PythonVersion { minor: *minor, patch: None })).collect()
}

/// A file that cannot be used, of which the sink knows why.
struct Unusable;

/// What `.python-version` says.
fn pinned(folder: &str, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Result<Option<(PythonVersion, Place)>, Unusable> {
    let mut paths = upward(folder).into_iter().map(|f| join(&f, ".python-version"));
    let Some(path) = paths.find(|p| files.is_there(p)) else { return Ok(None) };
    if let Some(found) = files.refusal(&path) {
        sink.push(found.help("or say `python:` in the spec, which wins over this file"));
        return Err(Unusable);
    }
    let text = files.text(&path).unwrap_or_default();
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
                Diagnostic::new(codes::BAD_PYTHON, message)
                    .at(place, "")
                    .help_if(help)
                    .help("or say `python:` in the spec, which wins over this file"),
            );
            Err(Unusable)
        }
    }
}
