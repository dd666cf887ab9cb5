//! Other specs whose images a spec copies from: each compiled by a compiler of its own, to which the folder that its spec lies in is
//! all there is. What it asks for is asked of the same reader, below that folder.

use std::collections::BTreeMap;

use crate::args::Filled;
use crate::diag::{Diagnostic, Place, Sink, Sources, codes, nearest};
use crate::facts::{Files, Wanted, under};
use crate::names::{RelPath, Word};
use crate::spec::{CopySource, Spec};
use crate::target::Product;
use crate::yaml::At;
use crate::yaml::decode::list;

use super::merge::Moved;
use super::{Compiled, Compiler, Progress};

/// A spec that a compiler has begun with: its path from the context, and its text.
pub(super) type Begun = (String, String);

/// Another spec of which files are copied.
#[derive(Debug)]
pub(super) struct Part {
    /// Its path, from the root of whoever copies.
    path: RelPath,
    edition: Option<At<Word>>,
    /// Where it is asked for.
    place: Place,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Its text was not read yet.
    New,
    /// It is compiled.
    Open(Box<Open>),
    Done(Box<Done>),
    Refused,
}

#[derive(Debug)]
struct Open {
    compiler: Compiler,
    /// What it waits for, and the answers that its asker had until then.
    waits: Option<Files>,
    /// Recipes that were asked for, by their addresses for whoever reads, with those for the compiler.
    recipes: BTreeMap<String, String>,
}

/// A spec that was compiled.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) compiled: Compiled,
    pub(super) place: Place,
    pub(super) path: RelPath,
    pub(super) edition: Option<String>,
    /// Its name in the names of stages.
    pub(super) name: String,
}

/// The parts that a spec has, each spec and edition once.
pub(super) fn of(spec: &Spec) -> Vec<Part> {
    let mut parts: Vec<Part> = vec![];
    for copy in spec.other_copies() {
        let CopySource::Spec(path, edition) = &copy.from.value else { continue };
        let same = |part: &Part| part.path == *path && word(part.edition.as_ref()) == word(edition.as_ref());
        if !parts.iter().any(same) {
            parts.push(Part { path: path.clone(), edition: edition.clone(), place: copy.from.place, state: State::New });
        }
    }
    parts
}

fn word(edition: Option<&At<Word>>) -> Option<&str> {
    edition.map(|edition| edition.value.as_str())
}

/// What a part is given of its asker.
pub(super) struct Asker<'a> {
    pub(super) files: &'a mut Files,
    pub(super) sources: &'a mut Sources,
    pub(super) sink: &'a mut Sink,
    pub(super) given: &'a BTreeMap<String, String>,
    /// The asker's own folder, from the context.
    pub(super) root: &'a str,
    /// The specs that lead here, the asker's last.
    pub(super) chain: &'a [Begun],
}

impl Part {
    /// What it has come to.
    pub(super) fn done(&self) -> Option<&Done> {
        if let State::Done(done) = &self.state { Some(done) } else { None }
    }

    /// What it has come to, to keep.
    pub(super) fn into_done(self) -> Option<Done> {
        if let State::Done(done) = self.state { Some(*done) } else { None }
    }

    /// Takes in the text of a recipe, and tells whether it had asked for it.
    pub(super) fn recipe(&mut self, address: &str, text: Option<&String>) -> bool {
        let State::Open(open) = &mut self.state else { return false };
        let Some(own) = open.recipes.get(address).cloned() else { return false };
        open.compiler.recipe(&own, text.cloned());
        true
    }

    /// Goes on as far as the answers reach; returns what is wanted.
    pub(super) fn step(&mut self, asker: &mut Asker<'_>) -> Option<Progress> {
        if matches!(self.state, State::New) {
            let path = self.path.as_str();
            if !asker.files.was_asked(path) {
                return Some(Progress::Wanted(Wanted::files([path.to_owned()].into())));
            }
            self.state = self.begin(asker).map_or(State::Refused, State::Open);
        }
        let folder = self.folder();
        let State::Open(open) = &mut self.state else { return None };
        if let Some(kept) = open.waits.take() {
            let answers = std::mem::replace(asker.files, kept);
            open.compiler.files.take_in(answers, &folder);
        }
        loop {
            match open.compiler.step() {
                Progress::Wanted(wanted) => {
                    if wanted.spec {
                        open.compiler.files.found_spec(vec![".".to_owned()]);
                    }
                    let wanted = wanted.below(&folder);
                    if !wanted.is_empty() {
                        open.waits = Some(std::mem::take(asker.files));
                        return Some(Progress::Wanted(wanted));
                    }
                }
                Progress::Recipe(own) => {
                    let is_file = !own.contains("://") && !own.contains('@');
                    let address = if is_file { under(&folder, &own) } else { own.clone() };
                    open.recipes.insert(address.clone(), own);
                    return Some(Progress::Recipe(address));
                }
                Progress::Compiled(compiled) => {
                    let moved = open.moved(&folder, asker.sources);
                    let mut compiled = *compiled;
                    for warning in std::mem::take(&mut compiled.warnings) {
                        asker.sink.push(moved.diagnostic(warning, self.place));
                    }
                    let silenced = std::mem::take(&mut compiled.silenced).into_iter();
                    compiled.silenced = silenced.map(|(found, reason)| (moved.diagnostic(found, self.place), reason)).collect();
                    moved.args(&mut compiled.args);
                    let name = self.name();
                    moved.plan(&mut compiled.plan, &name, &folder);
                    let edition = word(self.edition.as_ref()).map(str::to_owned);
                    let done = Done { compiled, place: self.place, path: self.path.clone(), edition, name };
                    self.state = State::Done(Box::new(done));
                    return None;
                }
                Progress::Refused(found) => {
                    let moved = open.moved(&folder, asker.sources);
                    for found in found {
                        asker.sink.push(moved.diagnostic(found, self.place));
                    }
                    self.state = State::Refused;
                    return None;
                }
            }
        }
    }

    /// A compiler of its text.
    fn begin(&self, asker: &mut Asker<'_>) -> Option<Box<Open>> {
        let path = self.path.as_str();
        let Some(text) = asker.files.text(path) else {
            let absent = || {
                let found = Diagnostic::new(codes::NOT_IN_CONTEXT, format!("there is no `{path}` in the build's context"));
                found.help("`spec` is the path of another spec, from the folder that the build is given")
            };
            asker.sink.push(asker.files.refusal(path).unwrap_or_else(absent).at(self.place, ""));
            return None;
        };
        let whole = under(asker.root, path);
        if let Some(start) = asker.chain.iter().position(|(known, begun)| *known == whole || begun == text) {
            let names: Vec<&str> = asker.chain[start..].iter().map(|(name, _)| name.as_str()).chain([whole.as_str()]).collect();
            let what = if names.len() == 2 { "a spec cannot copy from its own image" } else { "specs copy from each other in a circle" };
            let found = Diagnostic::new(codes::SPEC_CYCLE, format!("{what}: {}", names.join(" → "))).at(self.place, "");
            asker.sink.push(found.help("`from: STAGE` copies from a stage of the same spec's recipe"));
            return None;
        }
        let mut compiler = Compiler::new(&whole, text, word(self.edition.as_ref()).unwrap_or_default());
        let is_image = compiler.target.as_ref().is_some_and(|target| target.product == Product::Image);
        if let (Some(spec), Some(edition), false) = (&compiler.spec, &self.edition, is_image) {
            let known: Vec<&str> = spec.editions.0.iter().map(|(name, _)| name.value.as_str()).collect();
            let near = nearest(edition.value.as_str(), known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let found = Diagnostic::new(codes::NO_TARGET, format!("`{whole}` has no edition `{}`", edition.value));
            let help = if known.is_empty() { "it has none: leave `edition` out".to_owned() } else { format!("it has {}", list(&known)) };
            asker.sink.push(found.at(edition.place, near.unwrap_or_default()).help(help));
            return None;
        }
        compiler.given.clone_from(asker.given);
        compiler.root = folder_of(&whole);
        compiler.chain = asker.chain.iter().cloned().chain([(whole, text.to_owned())]).collect();
        Some(Box::new(Open { compiler, waits: None, recipes: BTreeMap::new() }))
    }

    /// The folder that it lies in, from the root of whoever asks.
    fn folder(&self) -> String {
        folder_of(self.path.as_str())
    }

    /// Its name in the names of stages: its folder, or its own where it has another than specs have by themselves.
    fn name(&self) -> String {
        let path = self.path.as_str();
        let stem = path.strip_suffix("/distil.yaml").unwrap_or_else(|| path.strip_suffix(".yaml").unwrap_or(path));
        word(self.edition.as_ref()).map_or(stem.to_owned(), |edition| format!("{stem}.{edition}"))
    }
}

impl Open {
    /// Takes its files into those of its asker, with their paths there.
    fn moved(&self, folder: &str, sources: &mut Sources) -> Moved {
        let own = |name: &str| self.compiler.files.was_asked(name) || self.recipes.values().any(|address| address == name);
        let mut moved = Moved::default();
        for (id, file) in self.compiler.sources.iter() {
            let name = if own(&file.name) && !file.name.contains("://") { under(folder, &file.name) } else { file.name.clone() };
            moved.add(id, sources.add(&name, file.language, &file.text), (&file.name, &name));
        }
        moved
    }
}

/// The args that parts declare.
pub(super) fn args(parts: &[Part]) -> impl Iterator<Item = &Filled> {
    parts.iter().filter_map(Part::done).flat_map(|done| &done.compiled.args)
}

fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned()
}
