//! A recipe and its inputs become stages of the plan: conditions decided, lists spelled out, leaves filled.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, Sink, Sources, codes};
use crate::names::{Refused, User};
use crate::plan;
use crate::refine::requests::{Key, Kind, PROGRAM, TMP, Value};
use crate::yaml::At;

use super::check::is_anchor;
use super::items::{Condition, Item, Items};
use super::leaf::{Leaf, Script};
use super::refine::{Given as Asked, Refined, bad};
use super::{CONTEXT, DISTIL, Mount, Recipe, SCRATCH, Stage, Step};

/// How many lines of a step are shown, when it fails, before all but its first are a burden.
const SHOWN: usize = 8;

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

impl Rendered {
    /// The stage that becomes the image and those that it starts from, the first of them first.
    #[must_use]
    pub fn lineage(&self) -> Vec<&plan::Stage> {
        let find = |name: &str| self.stages.iter().find(|s| s.name == name);
        let mut line: Vec<&plan::Stage> = find(&self.result).into_iter().collect();
        while let Some(plan::Base::Stage(below)) = line.first().map(|s| &s.base) {
            // A stage that needs itself is refused later on.
            match find(below).filter(|_| line.len() <= self.stages.len()) {
                Some(below) => line.insert(0, below),
                None => break,
            }
        }
        line
    }
}

/// Makes the stages. `None` when an input is missing or a value makes no sense; the sink says which.
pub fn render(recipe: &Recipe, given: &BTreeMap<&str, Given>, sources: &Sources, sink: &mut Sink) -> Option<Rendered> {
    let mut values = serde_json::Map::new();
    let mut inputs = BTreeMap::new();
    for (name, declared) in &recipe.inputs.0 {
        let default = || declared.default.as_ref().map(|d| Given { input: Input::Text(d.value.clone()), places: vec![] });
        let Some(value) = given.get(name.value.as_str()).cloned().or_else(default) else {
            let found = Diagnostic::new(codes::MISSING_INPUT, format!("nothing gives the recipe its input `{}`", name.value));
            sink.push(found.at(name.place, "").help(declared.way(&name.value)));
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

impl Scope {
    /// What comes of some work for which `item` stands for this value. Afterwards `item` is what it was: an `each` may stand
    /// inside of another.
    fn for_item<T>(&mut self, item: serde_json::Value, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.values["item"], item);
        let done = work(self);
        self.values["item"] = outer;
        done
    }
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
                let first = steps.len();
                self.step(&step.value, step.place, scope, &mut steps)?;
                if stage.proof && step.value.network.is_none() {
                    steps[first..].iter_mut().for_each(cut_off);
                }
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
            let made = scope.for_item(item, |scope| self.one(step, place, scope));
            scope.place = outer;
            steps.push(made?);
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
        let place = self.shown(step, place);
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
        if let Some(refined) = &step.refine {
            return self.refined(step, refined, scope);
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
                Some(Err(refused)) => return Err(Box::new(Diagnostic::new(codes::BAD_VALUE, refused.message).help_if(refused.help))),
            };
            return Ok(plan::Action::Mkdir(plan::Mkdir { path, mode: mode(0o755), owner }));
        }
        let paths = step.remove.iter().flatten().map(|l| fill(l, scope)).collect::<Filled<_>>()?;
        Ok(plan::Action::Remove(paths))
    }

    /// A step of the program's own, with the program, the paths and the mounts that belong to it.
    fn refined(&self, step: &Step, refined: &At<Refined>, scope: &mut Scope) -> Filled<plan::Action> {
        let kind = refined.value.0;
        let bind =
            |from, path: &str, to: &str, content| plan::Mount::Bind { from, path: path.into(), to: to.into(), writable: false, content };
        let mut mounts = vec![bind(plan::Source::Distil, PROGRAM.0, PROGRAM.1, false)];
        mounts.extend(kind.tmp.then(|| plan::Mount::Tmpfs { to: TMP.into() }));
        let mut values = BTreeMap::new();
        // What is wrong with a key was said when the recipe was loaded.
        for (key, given) in refined.value.given(step.with.as_ref(), refined.place, &mut Sink::default()) {
            let value = match (&given, key.kind) {
                (Asked::Stage(from, when), Kind::Folder(mounted)) => {
                    if !self.holds(when) {
                        continue;
                    }
                    mounts.push(bind(self.source(Some(from), scope)?, mounted.from, mounted.to, mounted.content));
                    let Some(said) = mounted.said else { continue };
                    Value::Text(said.to_owned())
                }
                (Asked::Text(leaf), _) => {
                    let text = fill(leaf, scope)?;
                    if text.is_empty() && !key.required {
                        continue;
                    }
                    (key.check)(&text).map_err(|refused| bad(key, refused, leaf.place))?;
                    Value::Text(text)
                }
                (Asked::Fixed(on), _) => Value::Switch(*on),
                (Asked::When(condition), _) => Value::Switch(self.holds(condition)),
                (Asked::Items(items), kind) => {
                    let mut words = vec![];
                    self.spell(items, scope, &mut words)?;
                    listed(key, kind, words).map_err(|refused| bad(key, refused, refined.place))?
                }
                (Asked::Input(name), _) => match self.inputs.get(name.value.as_str()).map(|given| given.input.clone()) {
                    Some(Input::List(items)) => Value::List(items),
                    Some(Input::Pairs(pairs)) => Value::Pairs(pairs),
                    _ => continue,
                },
                (Asked::Stage(..), _) => continue,
            };
            values.insert(key.name, value);
        }
        let argv = [PROGRAM.1.to_owned(), "refine".to_owned()].into_iter().chain(kind.argv(&values)).collect();
        let mut action = self.run(step, argv, false, scope)?;
        if let plan::Action::Run(run) = &mut action {
            run.mounts.splice(0..0, mounts);
            run.network = step.network.unwrap_or(kind.network);
        }
        Ok(action)
    }

    fn run(&self, step: &Step, argv: Vec<String>, script: bool, scope: &mut Scope) -> Filled<plan::Action> {
        let mut mounts = vec![];
        for mount in step.mounts.iter().filter(|m| self.holds(&m.value.when)) {
            let Some(each) = &mount.value.each else {
                mounts.push(self.mount(&mount.value, scope)?);
                continue;
            };
            for (item, _) in self.items_of(&each.value) {
                mounts.push(scope.for_item(item, |scope| self.mount(&mount.value, scope))?);
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
            let from = self.source(mount.from.as_ref(), scope)?;
            return Ok(plan::Mount::Bind { from, path, to, writable: mount.writable, content: mount.content });
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
                        scope.for_item(value, |scope| self.spell(then, scope, words))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What is shown of a step that fails: all of a short one, and of a long one the lines until its name.
    fn shown(&self, step: &Step, place: Place) -> Place {
        let (first, last) = self.sources.lines(place);
        let name = step.name.as_ref().map(|name| name.place).filter(|name| name.file == place.file && name.start > place.start);
        Place { end: name.filter(|_| last - first >= SHOWN).map_or(place.end, |name| name.end), ..place }
    }

    fn origin(&self, place: Place, scope: &Scope) -> plan::Origin {
        let places: Vec<_> = scope.place.into_iter().chain([place]).collect();
        plan::Origin { cited: self.sources.cite_line(places[0]), places }
    }
}

/// The words of a list as a step takes them: each has to be of the key's type, and a pair has to be one.
fn listed(key: &Key, kind: Kind, words: Vec<String>) -> Result<Value, Refused> {
    if kind != Kind::Pairs {
        return words.iter().try_for_each(|word| (key.check)(word)).map(|()| Value::List(words));
    }
    let pair = |word: &String| {
        let (from, to) =
            word.split_once('=').ok_or_else(|| Refused { message: format!("`{word}` is no pair"), help: Some("write `a=b`".into()) })?;
        Ok((from.to_owned(), to.to_owned()))
    };
    words.iter().map(pair).collect::<Result<_, _>>().map(Value::Pairs)
}

/// A proof asks nothing of the world outside unless it says so.
fn cut_off(step: &mut plan::Step) {
    if let plan::Action::Run(run) = &mut step.action {
        run.network = false;
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
    Diagnostic::new(codes::BAD_TEMPLATE, problem).at(place, "")
}

#[cfg(test)]
mod tests {
    use super::super::Library;
    use super::*;

    const NESTED: &str = r#"
summary: One list inside of another
inputs:
  outer: { type: list, help: Files }
  inner: { type: list, help: Names }
stages:
  - stage: all
    from: scratch
    steps:
      - phase: all
        name: "Use {{item}}"
        each: outer
        run: [{ each: inner, then: ["{{item}}", { each: outer, then: ["<{{item}}>"] }, "{{item}}"] }, "{{item}}"]
        env: { AFTER: "{{item}}" }
        workdir: "/{{item}}"
        mounts:
          - { tmpfs: "/in/{{item}}", each: inner }
          - { tmpfs: "/out/{{item}}" }
"#;

    #[test]
    fn a_list_inside_of_another_leaves_the_outer_item_as_it_was() {
        let (mut sources, mut sink, mut library) = (Sources::default(), Sink::default(), Library::default());
        library.add("nested.yaml", Some(NESTED.to_owned()));
        let recipe = library.load("nested.yaml", None, &mut sources, &mut sink).expect("it is a good recipe");
        let list = |items: &[&str]| Given { input: Input::List(items.iter().map(|i| (*i).to_owned()).collect()), places: vec![] };
        let given = BTreeMap::from([("outer", list(&["a", "b"])), ("inner", list(&["x", "y"]))]);
        let rendered = render(&recipe, &given, &sources, &mut sink).expect("all inputs are there");
        let found: Vec<_> = rendered.stages[0].steps.iter().map(|step| (step.name.clone(), &step.action)).collect();
        for ((name, action), item) in found.iter().zip(["a", "b"]) {
            let plan::Action::Run(run) = action else { panic!("{action:?}") };
            assert_eq!(run.argv, ["x", "<a>", "<b>", "x", "y", "<a>", "<b>", "y", item]);
            assert_eq!((name.as_str(), run.workdir.as_deref()), (&*format!("Use {item}"), Some(&*format!("/{item}"))));
            assert_eq!(run.env, [("AFTER".to_owned(), item.to_owned())]);
            let places = run.mounts.iter().map(|m| if let plan::Mount::Tmpfs { to } = m { to.clone() } else { format!("{m:?}") });
            assert_eq!(places.collect::<Vec<_>>(), ["/in/x".to_owned(), "/in/y".to_owned(), format!("/out/{item}")]);
        }
        assert_eq!(found.len(), 2);
    }
}
