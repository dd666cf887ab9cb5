//! A recipe and its inputs become stages of the plan: conditions decided, lists spelled out, leaves filled.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, Sink, Sources};
use crate::names::User;
use crate::plan;
use crate::yaml::At;

use super::check::is_anchor;
use super::items::{Condition, Item, Items};
use super::leaf::{Leaf, Script};
use super::{CONTEXT, DISTIL, Mount, Recipe, SCRATCH, Stage, Step};

/// A value given to a recipe, with the place in the spec that gave it.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value.
    pub input: Input,
    /// For a list, the place of each item that has one.
    pub places: Vec<Place>,
}

/// A value given to a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A string.
    Text(String),
    /// True or false.
    Flag(bool),
    /// Strings.
    List(Vec<String>),
    /// `from` and `to`.
    Pairs(Vec<(String, String)>),
}

impl Input {
    fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Flag(flag) => (*flag).into(),
            Self::List(items) => items.clone().into(),
            Self::Pairs(pairs) => pairs.iter().map(|(from, to)| serde_json::json!({"from": from, "to": to})).collect(),
        }
    }

    fn holds(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Flag(flag) => *flag,
            Self::List(items) => !items.is_empty(),
            Self::Pairs(pairs) => !pairs.is_empty(),
        }
    }
}

/// A recipe with its values.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The stages that are there.
    pub stages: Vec<plan::Stage>,
    /// The stage that becomes the image.
    pub result: String,
    /// The stage whose files are the account of the image.
    pub report: Option<String>,
    /// Where each phase ends: stage, phase, and the number of steps up to there.
    pub phases: Vec<(String, String, usize)>,
}

/// Makes the stages. `None` when an input is missing or a value makes no sense; the sink says which.
pub fn render(recipe: &Recipe, given: &BTreeMap<&str, Given>, sources: &Sources, sink: &mut Sink) -> Option<Rendered> {
    let mut values = serde_json::Map::new();
    let mut inputs = BTreeMap::new();
    for (name, declared) in &recipe.inputs.0 {
        let default = || declared.default.as_ref().map(|d| Given { input: Input::Text(d.value.clone()), places: vec![] });
        let Some(value) = given.get(name.value.as_str()).cloned().or_else(default) else {
            sink.push(
                Diagnostic::error("missing-input", format!("nothing gives the recipe its input `{}`", name.value)).at(name.place, ""),
            );
            return None;
        };
        values.insert(name.value.clone(), value.input.json());
        inputs.insert(name.value.as_str(), value);
    }
    let there: Vec<_> = recipe.stages.iter().map(|s| s.value.stage.as_ref().map_or("", |n| n.value.as_str())).collect();
    let renderer = Renderer { inputs, stages: there, sources };
    let mut scope = Scope { values: serde_json::Value::Object(values), place: None };
    let mut rendered = Rendered { stages: vec![], result: String::new(), report: None, phases: vec![] };
    for stage in recipe.stages.iter().filter(|s| renderer.holds(&s.value.when)) {
        if let Err(problem) = renderer.stage(&stage.value, stage.place, &mut scope, &mut rendered) {
            sink.push(*problem);
            return None;
        }
    }
    rendered.report = recipe.report.as_ref().map(|r| r.value.clone());
    let ships = |s: &&plan::Stage| !s.proof && Some(&s.name) != rendered.report.as_ref();
    let last = rendered.stages.iter().rfind(ships).map(|s| s.name.clone());
    rendered.result = recipe.result.as_ref().map(|r| r.value.clone()).or(last).unwrap_or_default();
    Some(rendered)
}

struct Renderer<'r> {
    inputs: BTreeMap<&'r str, Given>,
    stages: Vec<&'r str>,
    sources: &'r Sources,
}

/// The values in sight, and the place in the spec that the current item of an `each` came from.
struct Scope {
    values: serde_json::Value,
    place: Option<Place>,
}

type Filled<T> = Result<T, Box<Diagnostic>>;

impl Renderer<'_> {
    fn holds(&self, condition: &Condition) -> bool {
        condition.0.iter().all(|term| {
            let Some(given) = self.inputs.get(term.input.as_str()) else { return false };
            let holds = match &given.input {
                // `input: true` reads better beside other terms, and means what the name alone does.
                input if term.values.is_empty() || term.values == ["true"] => input.holds(),
                Input::Text(text) => term.values.contains(text),
                Input::Flag(flag) => term.values.contains(&flag.to_string()),
                Input::List(items) => items.iter().any(|i| term.values.contains(i)),
                Input::Pairs(_) => false,
            };
            holds != term.not
        })
    }

    fn stage(&self, stage: &Stage, place: Place, scope: &mut Scope, rendered: &mut Rendered) -> Filled<()> {
        let from = filled(stage.from.as_ref(), scope)?.unwrap_or_default();
        let base = match from.as_str() {
            SCRATCH => plan::Base::Scratch,
            name if self.stages.contains(&name) => plan::Base::Stage(from),
            _ => plan::Base::Image(from),
        };
        let mut steps = vec![];
        for step in &stage.steps {
            if !is_anchor(&step.value) && self.holds(&step.value.when) {
                self.step(&step.value, step.place, scope, &mut steps)?;
            }
            let (stage, phase) = (stage.name().to_owned(), step.value.phase().to_owned());
            rendered.phases.retain(|(s, p, _)| *s != stage || *p != phase);
            rendered.phases.push((stage, phase, steps.len()));
        }
        rendered.stages.push(plan::Stage {
            name: stage.name().to_owned(),
            base,
            workdir: filled(stage.workdir.as_ref(), scope)?.unwrap_or_default(),
            env: env(&stage.env.0, scope)?,
            steps,
            proof: stage.proof,
            origin: self.origin(place, scope),
        });
        Ok(())
    }

    fn step(&self, step: &Step, place: Place, scope: &mut Scope, steps: &mut Vec<plan::Step>) -> Filled<()> {
        let Some(each) = &step.each else {
            steps.push(self.one(step, place, scope)?);
            return Ok(());
        };
        for (item, from) in self.items_of(&each.value) {
            let outer = scope.place;
            scope.place = from.or(outer);
            scope.values["item"] = item;
            steps.push(self.one(step, place, scope)?);
            scope.place = outer;
        }
        Ok(())
    }

    fn items_of(&self, input: &str) -> Vec<(serde_json::Value, Option<Place>)> {
        let Some(given) = self.inputs.get(input) else { return vec![] };
        let serde_json::Value::Array(items) = given.input.json() else { return vec![] };
        items.into_iter().enumerate().map(|(i, item)| (item, given.places.get(i).copied())).collect()
    }

    fn one(&self, step: &Step, place: Place, scope: &mut Scope) -> Filled<plan::Step> {
        let action = self.action(step, scope)?;
        let phase = step.phase.as_ref().map(|p| p.value.clone()).unwrap_or_default();
        let name = filled(step.name.as_ref(), scope)?.unwrap_or_else(|| phase.clone());
        Ok(plan::Step { name, phase, action, origin: self.origin(place, scope) })
    }

    fn action(&self, step: &Step, scope: &mut Scope) -> Filled<plan::Action> {
        if let Some(run) = &step.run {
            let mut argv = vec![];
            self.spell(&run.value, scope, &mut argv)?;
            return self.run(step, argv, false, scope);
        }
        if let Some(script) = &step.script {
            let text = script_text(&script.value, scope)?;
            return self.run(step, vec!["/bin/sh".into(), "-euc".into(), text], true, scope);
        }
        let mode = |default| step.mode.as_ref().map_or(default, |m| m.value.0);
        if let Some(path) = filled(step.copy.as_ref(), scope)? {
            let from = self.source(step.from.as_ref(), scope)?;
            let exclude = step.exclude.iter().map(|l| fill(l, scope)).collect::<Filled<_>>()?;
            return Ok(plan::Action::Copy(plan::Copy { from, path, to: filled(step.to.as_ref(), scope)?.unwrap_or_default(), exclude }));
        }
        if let Some(path) = filled(step.write.as_ref(), scope)? {
            let text = filled(step.text.as_ref(), scope)?.unwrap_or_default();
            let instead_of = filled(step.instead_of.as_ref(), scope)?;
            return Ok(plan::Action::Write(plan::Write { path, text, mode: mode(0o644), instead_of }));
        }
        if let Some(path) = filled(step.mkdir.as_ref(), scope)? {
            let owner = filled(step.owner.as_ref(), scope)?.map(|text| text.parse::<User>());
            let owner = match owner {
                None => User { uid: 0, gid: 0 },
                Some(Ok(user)) => user,
                Some(Err(refused)) => return Err(Box::new(Diagnostic::error("bad-value", refused.message).help_if(refused.help))),
            };
            return Ok(plan::Action::Mkdir(plan::Mkdir { path, mode: mode(0o755), owner }));
        }
        let paths = step.remove.iter().flatten().map(|l| fill(l, scope)).collect::<Filled<_>>()?;
        Ok(plan::Action::Remove(paths))
    }

    fn run(&self, step: &Step, argv: Vec<String>, script: bool, scope: &mut Scope) -> Filled<plan::Action> {
        let mut mounts = vec![];
        for mount in step.mounts.iter().filter(|m| self.holds(&m.value.when)) {
            let Some(each) = &mount.value.each else {
                mounts.push(self.mount(&mount.value, scope)?);
                continue;
            };
            for (item, _) in self.items_of(&each.value) {
                scope.values["item"] = item;
                mounts.push(self.mount(&mount.value, scope)?);
            }
        }
        Ok(plan::Action::Run(plan::Run {
            argv,
            script,
            env: env(&step.env.0, scope)?,
            workdir: filled(step.workdir.as_ref(), scope)?,
            mounts,
            network: step.network.unwrap_or(true),
        }))
    }

    fn mount(&self, mount: &Mount, scope: &mut Scope) -> Filled<plan::Mount> {
        let to = filled(mount.to.as_ref(), scope)?.unwrap_or_default();
        if let Some(path) = filled(mount.bind.as_ref(), scope)? {
            return Ok(plan::Mount::Bind { from: self.source(mount.from.as_ref(), scope)?, path, to, writable: mount.writable });
        }
        if let Some(id) = filled(mount.cache.as_ref(), scope)? {
            return Ok(plan::Mount::Cache { id, to, locked: mount.locked });
        }
        if let Some(id) = filled(mount.ssh.as_ref(), scope)? {
            return Ok(plan::Mount::Ssh { id, to, required: mount.required });
        }
        if let Some(id) = filled(mount.secret.as_ref(), scope)? {
            if let Some(name) = filled(mount.env.as_ref(), scope)? {
                return Ok(plan::Mount::SecretEnv { id, name, required: mount.required });
            }
            return Ok(plan::Mount::Secret { id, to, required: mount.required });
        }
        Ok(plan::Mount::Tmpfs { to: filled(mount.tmpfs.as_ref(), scope)?.unwrap_or_default() })
    }

    fn source(&self, from: Option<&Leaf>, scope: &Scope) -> Filled<plan::Source> {
        let name = filled(from, scope)?.unwrap_or_default();
        Ok(match name.as_str() {
            CONTEXT => plan::Source::Context,
            DISTIL => plan::Source::Distil,
            stage if self.stages.contains(&stage) => plan::Source::Stage(name),
            _ => plan::Source::Image(name),
        })
    }

    fn spell(&self, items: &Items, scope: &mut Scope, words: &mut Vec<String>) -> Filled<()> {
        for item in &items.0 {
            match item {
                Item::Leaf(leaf) => words.push(fill(leaf, scope)?),
                Item::When(condition, then) if self.holds(condition) => self.spell(then, scope, words)?,
                Item::When(..) => {}
                Item::Each(input, then) => {
                    for (value, _) in self.items_of(&input.value) {
                        scope.values["item"] = value;
                        self.spell(then, scope, words)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn origin(&self, place: Place, scope: &Scope) -> plan::Origin {
        let places: Vec<_> = scope.place.into_iter().chain([place]).collect();
        plan::Origin { cited: self.sources.cite_line(places[0]), places }
    }
}

fn env(table: &[(At<String>, Leaf)], scope: &Scope) -> Filled<Vec<(String, String)>> {
    table.iter().map(|(name, leaf)| Ok((name.value.clone(), fill(leaf, scope)?))).collect()
}

fn filled(leaf: Option<&Leaf>, scope: &Scope) -> Filled<Option<String>> {
    leaf.map(|l| fill(l, scope)).transpose()
}

fn fill(leaf: &Leaf, scope: &Scope) -> Filled<String> {
    Ok(leaf.fill(&scope.values).map_err(|problem| failed(problem, leaf.place))?)
}

fn script_text(script: &Script, scope: &Scope) -> Filled<String> {
    Ok(script.fill(&scope.values).map_err(|problem| failed(problem, script.0.place))?)
}

fn failed(problem: String, place: Place) -> Diagnostic {
    Diagnostic::error("bad-template", problem).at(place, "")
}
