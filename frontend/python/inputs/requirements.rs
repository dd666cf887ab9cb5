//! What the recipes of Poetry and pip are given: requirement files worked out from their locks.

use crate::diag::{Diagnostic, Sink};
use crate::ecosystem::answers::Weight;
use crate::python::codes;
use crate::python::facts::{Facts, Specifier};
use crate::python::given;
use crate::python::locks::pip::Locked;
use crate::python::locks::poetry;
use crate::python::sizes::known;
use crate::recipe::input::Inputs;
use crate::spec::Spec;
use crate::yaml::At;

use super::locals::{self, Local};
use super::{Installed, git, words_at};

/// Where packages come from that no other index is named for.
const PYPI: &str = "https://pypi.org/simple";

/// Poetry: a file for each index that the lock names.
pub(super) fn poetry(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Installed> {
    refuse_torch(spec, facts, sink);
    let project = facts.lock.project.as_ref()?;
    let (extras, groups) = (words_at(spec.python().extras.as_ref()), words_at(spec.python().groups.as_ref()));
    let only_groups = words_at(spec.python().only_groups.as_ref());
    let selection = poetry::Selection { extras: &extras, groups: &groups, only_groups: &only_groups };
    let set = poetry::install_set(&facts.lock.text, facts.lock.file, project, selection, sink)?;
    let mut files = Files::default();
    for (index, batch) in set.batches.iter().enumerate() {
        let source = batch.index.as_ref().map_or_else(|| default_index(spec), |i| format!("{}={}", i.name, i.url));
        let name = if index == 0 { "requirements.txt".to_owned() } else { format!("requirements-{index}.txt") };
        files.add(&name, &batch.requirements, batch.is_hashed, source);
    }
    let from_git = set.packages.iter().filter_map(|package| match &package.source {
        poetry::Source::Git { url, .. } => Some((url.as_str(), Some(package.place))),
        _ => None,
    });
    let tools = git(spec, from_git, sink);
    let built = set.locals.iter().map(|l| Local { name: l.name.clone(), path: l.path.clone(), place: l.place });
    files.give(true, inputs);
    let locals = locals::find(spec, built, facts.project.is_buildable && only_groups.is_empty(), facts, sink);
    let packages = set.batches.iter().flat_map(|b| b.requirements.lines()).filter_map(named).collect();
    Some(Installed { packages, locals, tools, indexes: vec![] })
}

/// pip: the one file, without what does not change what is installed.
pub(super) fn pip(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Installed> {
    refuse_torch(spec, facts, sink);
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
    let locked = facts.lock.pip.as_deref()?;
    check_python(locked, facts, sink);
    // Only requirement files can be compiled.
    let name = if locked.compile.is_none() { "pylock.toml" } else { "requirements.txt" };
    let mut files = Files::default();
    let source = locked.indexes.main.clone().unwrap_or_else(|| default_index(spec));
    let constraints = if locked.constraints.is_empty() { "" } else { "-c constraints.txt\n" };
    // A pylock.toml carries its hashes with every file, and uv always checks them.
    files.add(name, &format!("{constraints}{}", locked.text), locked.is_hashed && locked.compile.is_some(), source);
    if !constraints.is_empty() {
        files.texts.push(("constraints.txt".to_owned(), locked.constraints.clone()));
    }
    files.folders.clone_from(&locked.indexes.folders);
    files.give(locked.is_compiled || locked.is_hashed, inputs);
    let indexes = locked.indexes.extra.iter().enumerate().map(|(i, url)| (format!("extra-{i}"), url.clone())).collect();
    let built = locked.locals.iter().map(|l| Local { name: l.path.clone(), path: l.path.clone(), place: l.place });
    let locals = locals::find(spec, built, facts.project.is_buildable, facts, sink);
    let packages = locked.packages.iter().map(|p| weight(&p.name)).collect();
    let from_git = locked.packages.iter().filter_map(|package| Some((package.url.as_deref()?.strip_prefix("git+")?, Some(package.place))));
    let tools = git(spec, from_git, sink);
    Some(Installed { packages, locals, tools, indexes })
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

/// The package that a line of a requirement file names.
fn named(line: &str) -> Option<Weight> {
    let name = line.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).next()?;
    (!name.is_empty() && !name.starts_with('-')).then(|| weight(name))
}

/// A package of which its lock tells no size.
fn weight(name: &str) -> Weight {
    let name = crate::python::pep::normalized(name);
    Weight { bytes: known(&name), name }
}

/// Only uv's lock says which packages are there for CUDA alone.
fn refuse_torch(spec: &Spec, facts: &Facts, sink: &mut Sink) {
    if let Some(torch) = spec.python().torch.as_ref().filter(|t| t.value == crate::python::keys::Torch::Cpu) {
        let message = format!("`torch: cpu` needs a uv.lock, and the project has {}", facts.lock.name);
        let found = Diagnostic::new(codes::TORCH_NEEDS_UV, message).at(torch.place, "");
        sink.push(found.help("lock PyTorch from the index https://download.pytorch.org/whl/cpu, or lock with uv"));
    }
}

/// PyPI, or the index of the spec that takes its place.
fn default_index(spec: &Spec) -> String {
    let named = |name: &str| spec.indexes.iter().flatten().find(|i| i.value.name.as_ref().is_some_and(|n| n.value.as_str() == name));
    let url = named("pypi").and_then(|i| i.value.url.as_ref());
    url.map_or(PYPI.to_owned(), |At { value, .. }| format!("pypi={value}"))
}

#[derive(Default)]
struct Files {
    texts: Vec<(String, String)>,
    hashed: Vec<(String, String)>,
    plain: Vec<(String, String)>,
    folders: Vec<String>,
}

impl Files {
    fn add(&mut self, name: &str, text: &str, is_hashed: bool, index: String) {
        if text.trim().is_empty() {
            return;
        }
        self.texts.push((name.to_owned(), text.to_owned()));
        if is_hashed { &mut self.hashed } else { &mut self.plain }.push((name.to_owned(), index));
    }

    fn give(self, complete: bool, inputs: &mut Inputs) {
        inputs.set(given::LOCK_FILES, self.texts);
        inputs.set(given::HASHED, self.hashed);
        inputs.set(given::PLAIN, self.plain);
        inputs.set(given::WHEEL_FOLDERS, self.folders);
        inputs.set(given::COMPLETE, complete);
    }
}
