//! What the recipes of Poetry and pip are given: requirement files worked out from their locks.

use crate::diag::{Diagnostic, Sink};
use crate::facts::Facts;
use crate::poetry;
use crate::spec::Spec;
use crate::yaml::At;

use super::inputs::{Inputs, flag, list, pairs};
use super::layers::Weight;
use super::manager::{add_tools, inside, words_at};

/// Where packages come from that no other index is named for.
const PYPI: &str = "https://pypi.org/simple";

/// Poetry: a file for each index that the lock names.
pub(super) fn poetry(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Vec<Weight>> {
    refuse_torch(spec, facts, sink);
    compare_poetry(spec, facts, sink);
    let (project, file) = facts.lock.project.as_ref()?;
    let (extras, groups) = (words_at(spec.extras.as_ref()), words_at(spec.groups.as_ref()));
    let only_groups = words_at(spec.only_groups.as_ref());
    let selection = poetry::Selection { extras: &extras, groups: &groups, only_groups: &only_groups };
    let set = poetry::install_set(&facts.lock.text, facts.lock.file, project, *file, selection, sink)?;
    let mut files = Files::default();
    for (index, batch) in set.batches.iter().enumerate() {
        let source = batch.index.as_ref().map_or_else(|| default_index(spec), |i| format!("{}={}", i.name, i.url));
        let name = if index == 0 { "requirements.txt".to_owned() } else { format!("requirements-{index}.txt") };
        files.add(&name, &batch.requirements, batch.is_hashed, source);
    }
    let git = set.batches.iter().any(|b| b.requirements.contains("git+"));
    let mut paths: Vec<String> = set.locals.iter().map(|l| l.path.clone()).collect();
    if facts.project.is_package && only_groups.is_empty() {
        paths.push(".".to_owned());
    }
    files.give(true, inputs);
    locals(paths, facts, inputs, sink);
    add_tools(if git { &["git"] } else { &[] }, inputs);
    Some(set.batches.iter().flat_map(|b| b.requirements.lines()).filter_map(named).collect())
}

/// pip: the one file, without what does not change what is installed.
pub(super) fn pip(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Vec<Weight>> {
    refuse_torch(spec, facts, sink);
    for (key, values) in [("extras", &spec.extras), ("groups", &spec.groups), ("only-groups", &spec.only_groups)] {
        if let Some(first) = values.iter().flatten().next() {
            let found = Diagnostic::error("no-groups", format!("pip's files know no {key}: they list what is installed"));
            sink.push(found.at(first.place, "").help("lock with uv or Poetry to choose, or write a file for each edition"));
            return None;
        }
    }
    let locked = facts.lock.pip.as_deref()?;
    let name = if facts.lock.name == "pylock.toml" { "pylock.toml" } else { "requirements.txt" };
    let mut files = Files::default();
    let source = locked.indexes.main.clone().unwrap_or_else(|| default_index(spec));
    // A pylock.toml carries its hashes with every file, and uv always checks them.
    files.add(name, &locked.text, locked.is_hashed && name != "pylock.toml", source);
    if !locked.is_compiled && !locked.is_hashed {
        let message = format!("{} pins some packages and not what they need, which may change from build to build", facts.lock.name);
        let found = Diagnostic::warning("not-complete", message).at(locked.packages.first().map_or_else(|| whole(facts), |p| p.place), "");
        sink.push(found.help("let a tool write it: `uv pip compile requirements.in --generate-hashes -o requirements.txt`"));
    }
    files.give(locked.is_compiled || locked.is_hashed, inputs);
    let extra = locked.indexes.extra.iter().enumerate().map(|(i, url)| (format!("extra-{i}"), url.clone()));
    if let Some(crate::recipe::Input::Pairs(indexes)) = inputs.get_mut("indexes").map(|g| &mut g.input) {
        indexes.extend(extra);
    }
    let mut paths: Vec<String> = locked.locals.iter().map(|l| l.path.clone()).collect();
    if facts.project.is_package && !paths.iter().any(|p| p == ".") {
        paths.push(".".to_owned());
    }
    locals(paths, facts, inputs, sink);
    add_tools(if locked.text.contains("git+") { &["git"] } else { &[] }, inputs);
    Some(locked.packages.iter().map(|p| Weight { name: crate::lock::normalized(&p.name), bytes: None }).collect())
}

/// The package that a line of a requirement file names.
fn named(line: &str) -> Option<Weight> {
    let name = line.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).next()?;
    (!name.is_empty() && !name.starts_with('-')).then(|| Weight { name: crate::lock::normalized(name), bytes: None })
}

/// Every Poetry names itself in the first line of the lock that it writes.
fn compare_poetry(spec: &Spec, facts: &Facts, sink: &mut Sink) {
    let first = facts.lock.text.lines().next().unwrap_or_default();
    let wrote = first.split_once("by Poetry ").and_then(|(_, rest)| rest.split(' ').next());
    let (Some(asked), Some(wrote)) = (&spec.poetry, wrote) else { return };
    let asked_for = asked.value.as_str();
    if wrote != asked_for && !wrote.starts_with(&format!("{asked_for}.")) {
        let found = Diagnostic::warning("other-poetry", format!("Poetry {wrote} wrote the lock, and the spec says {asked_for}"));
        sink.push(found.at(asked.place, "").at(whole(facts), "").help("write the lock with that version, or change the spec"));
    }
}

/// Only uv's lock says which packages are there for CUDA alone.
fn refuse_torch(spec: &Spec, facts: &Facts, sink: &mut Sink) {
    if let Some(torch) = spec.torch.as_ref().filter(|t| t.value == crate::spec::Torch::Cpu) {
        let message = format!("`torch: cpu` needs a uv.lock, and the project has {}", facts.lock.name);
        let found = Diagnostic::error("torch-needs-uv", message).at(torch.place, "");
        sink.push(found.help("lock PyTorch from the index https://download.pytorch.org/whl/cpu, or lock with uv"));
    }
}

fn whole(facts: &Facts) -> crate::diag::Place {
    crate::diag::Place { file: facts.lock.file, start: 0, end: 0 }
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
        inputs.insert("lock-files".into(), pairs(self.texts));
        inputs.insert("hashed".into(), pairs(self.hashed));
        inputs.insert("plain".into(), pairs(self.plain));
        inputs.insert("complete".into(), flag(complete));
    }
}

/// The folders and archives of the context that are installed as packages.
fn locals(paths: Vec<String>, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) {
    let mut found = vec![];
    for path in paths {
        match inside(&facts.lock.folder, &path) {
            Some(path) => found.push(path),
            None => sink.push(super::manager::outside(&path, &path)),
        }
    }
    inputs.insert("package".into(), flag(!found.is_empty()));
    inputs.insert("locals".into(), list(found));
}
