//! What the recipes of Poetry and pip are given: requirement files worked out from their locks.

use crate::diag::{Diagnostic, Sink};
use crate::python::codes;
use crate::python::facts::{Facts, Specifier};
use crate::python::given;
use crate::python::locks::pip::Locked;
use crate::python::locks::{Index, Requirements};
use crate::recipe::input::Inputs;
use crate::spec::Spec;
use crate::yaml::At;

/// Where packages come from that no other index is named for.
const PYPI: &str = "https://pypi.org/simple";

/// Fills the inputs for requirement files, and returns the further indexes that they name.
pub(super) fn fill(files: Requirements, spec: &Spec, inputs: &mut Inputs) -> Vec<(String, String)> {
    let (mut texts, mut hashed, mut plain) = (vec![], vec![], vec![]);
    for list in files.lists {
        let index = match list.index {
            Index::Default => default_index(spec),
            Index::Named { name, url } => format!("{name}={url}"),
            Index::At(url) => url,
        };
        if list.is_hashed { &mut hashed } else { &mut plain }.push((list.name.clone(), index));
        texts.push((list.name, list.text));
    }
    if !files.constraints.is_empty() {
        texts.push(("constraints.txt".to_owned(), files.constraints));
    }
    inputs.set(given::LOCK_FILES, texts);
    inputs.set(given::HASHED, hashed);
    inputs.set(given::PLAIN, plain);
    inputs.set(given::WHEEL_FOLDERS, files.folders);
    inputs.set(given::COMPLETE, files.is_complete);
    files.indexes.into_iter().enumerate().map(|(number, url)| (format!("extra-{number}"), url)).collect()
}

/// Says what of a spec pip's files cannot answer. `None` where nothing can be installed.
pub(super) fn check_pip(spec: &Spec, facts: &Facts, sink: &mut Sink) -> Option<()> {
    for (key, values) in [("extras", &spec.python().extras), ("groups", &spec.python().groups), ("only-groups", &spec.python().only_groups)]
    {
        if let Some(first) = values.iter().flatten().next() {
            let found = Diagnostic::new(codes::NO_GROUPS, format!("pip's files know no {key}: they list what is installed"));
            sink.push(
                found
                    .at(first.place, "")
                    .help("lock with uv or Poetry to choose, or write a file for each edition, and name it there: `requirements: …`"),
            );
            return None;
        }
    }
    check_python(facts.lock.pip.as_deref()?, facts, sink);
    Some(())
}

/// A lock for other Pythons than the image's may lack what this one needs.
fn check_python(locked: &Locked, facts: &Facts, sink: &mut Sink) {
    let Some(required) = &locked.requires_python else { return };
    let version = facts.python.version;
    if Specifier::standard(&required.value).is_ok_and(|specifier| !specifier.allows(version)) {
        let message = format!("Python {version} is not what {} is for", facts.lock.name);
        let found = Diagnostic::new(codes::PYTHON_MISMATCH, message).at(required.place, "allowed here");
        let found = facts.python.place.iter().fold(found, |found, place| found.at(*place, "asked for here"));
        sink.push(found.help(format!("write the lock for Python {version}, or take one that it allows: `python:` in the spec")));
    }
}

/// PyPI, or the index of the spec that takes its place.
pub(crate) fn default_index(spec: &Spec) -> String {
    let named = |name: &str| spec.indexes.iter().flatten().find(|i| i.value.name.as_ref().is_some_and(|n| n.value.as_str() == name));
    let url = named("pypi").and_then(|i| i.value.url.as_ref());
    url.map_or(PYPI.to_owned(), |At { value, .. }| format!("pypi={value}"))
}
