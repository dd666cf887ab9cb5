//! A recipe and its inputs become stages of the plan: conditions decided, lists spelled out, leaves filled.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, Sink, Sources, codes};
use crate::names::{Refused, User};
use crate::plan;
use crate::refine::requests::{Key, Kind, PROGRAM, TMP, Value};

use super::checked::{Action, Mounted, Recipe, Refine, Setting, Stage, Step};
use super::items::{Condition, Item, Items};
use super::known::Input;
use super::leaf::{Leaf, Script};
use super::refine::{Given as Asked, bad};
use super::{CONTEXT, DISTIL, RECIPE, SCRATCH, beside};

/// How many lines of a step are shown, when it fails, before all but its first are a burden.
const MAX_SHOWN_LINES: usize = 8;
/// The permission bits of files and folders of which a step says nothing.
const FILE: u32 = 0o644;
const FOLDER: u32 = 0o755;

/// A value given to a recipe, with the place in the spec that gave it.
#[derive(Clone, Debug)]
pub struct Given {
    /// The value.
    pub input: Input,
    /// For a list, the place of each item that has one.
    pub places: Vec<Place>,
}

/// A recipe with its values.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The stages that are there.
    pub stages: Vec<plan::Stage>,
    /// The stage that becomes the image.
    pub result: String,
    /// The stage whose files are the report of the image.
    pub report: Option<String>,
    /// The stage whose files are the bill of materials of the image, where one is asked for.
    pub sbom: Option<String>,
    /// Each phase, as its stage and its name.
    pub phases: Vec<(String, String)>,
    /// Stages of other plans that steps copy from.
    pub outside: Vec<String>,
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
pub fn render(recipe: &Recipe, given: &BTreeMap<String, Given>, sources: &Sources, sink: &mut Sink) -> Option<Rendered> {
    let mut values = serde_json::Map::new();
    let mut inputs = BTreeMap::new();
    for (name, declared) in &recipe.inputs.0 {
        let Some(value) = given.get(&name.value).cloned().or_else(|| declared.otherwise()) else {
            let found = Diagnostic::new(codes::MISSING_INPUT, format!("nothing gives the recipe its input `{}`", name.value));
            sink.push(found.at(name.place, "").help(declared.way(&name.value)));
            continue;
        };
        values.insert(name.value.clone(), value.input.json());
        inputs.insert(name.value.clone(), value);
    }
    if inputs.len() < recipe.inputs.0.len() {
        return None;
    }
    let result = recipe.result(&inputs).to_owned();
    let stages = recipe.stages.iter().map(|s| s.name.as_str()).collect();
    let renderer = Renderer { inputs, stages, sources };
    let mut scope = Scope { values: serde_json::Value::Object(values), place: None, proof: false };
    let mut rendered = Rendered { stages: vec![], result, report: recipe.report.clone(), sbom: None, phases: vec![], outside: vec![] };
    for stage in recipe.there(&renderer.inputs) {
        if let Err(problem) = renderer.stage(stage, &mut scope, &mut rendered) {
            sink.push(*problem);
            return None;
        }
    }
    Some(rendered)
}

struct Renderer<'r> {
    inputs: BTreeMap<String, Given>,
    stages: Vec<&'r str>,
    sources: &'r Sources,
}

/// The values in sight, and the place in the spec that the current item of an `each` came from.
struct Scope {
    values: serde_json::Value,
    place: Option<Place>,
    /// Whether the stage is a proof, which asks nothing of the world outside unless it says so.
    proof: bool,
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
        condition.holds(&self.inputs)
    }

    fn stage(&self, stage: &Stage, scope: &mut Scope, rendered: &mut Rendered) -> Filled<()> {
        let from = fill(&stage.from, scope)?;
        let base = match from.as_str() {
            SCRATCH => plan::Base::Scratch,
            name if self.stages.contains(&plan::bare(name)) => plan::Base::Stage(from),
            _ => plan::Base::Image(from),
        };
        scope.proof = stage.proof;
        let mut steps = vec![];
        for step in &stage.steps {
            if self.holds(&step.when) {
                self.step(step, scope, &mut steps)?;
            }
            let phase = (stage.name.clone(), step.phase.clone());
            if !rendered.phases.contains(&phase) {
                rendered.phases.push(phase);
            }
        }
        rendered.stages.push(plan::Stage {
            name: stage.name.clone(),
            base,
            workdir: filled(stage.workdir.as_ref(), scope)?.unwrap_or_default(),
            env: env(&stage.env, scope)?,
            steps,
            proof: stage.proof,
            origin: self.origin(stage.place, scope),
        });
        Ok(())
    }

    fn step(&self, step: &Step, scope: &mut Scope, steps: &mut Vec<plan::Step>) -> Filled<()> {
        let Some(each) = &step.each else {
            steps.extend(self.one(step, scope)?);
            return Ok(());
        };
        for (item, from) in self.items_of(each) {
            let outer = scope.place;
            scope.place = from.or(outer);
            let made = scope.for_item(item, |scope| self.one(step, scope));
            scope.place = outer;
            steps.extend(made?);
        }
        Ok(())
    }

    fn items_of(&self, input: &str) -> Vec<(serde_json::Value, Option<Place>)> {
        let Some(given) = self.inputs.get(input) else { return vec![] };
        let serde_json::Value::Array(items) = given.input.json() else { return vec![] };
        items.into_iter().enumerate().map(|(i, item)| (item, given.places.get(i).copied())).collect()
    }

    /// The step of the plan; none for one that only marks a phase.
    fn one(&self, step: &Step, scope: &mut Scope) -> Filled<Option<plan::Step>> {
        let Some(action) = self.action(&step.action, scope)? else { return Ok(None) };
        let name = filled(step.name.as_ref(), scope)?.unwrap_or_else(|| step.phase.clone());
        let place = self.shown(step);
        Ok(Some(plan::Step { name, phase: step.phase.clone(), action, origin: self.origin(place, scope) }))
    }

    fn action(&self, action: &Action, scope: &mut Scope) -> Filled<Option<plan::Action>> {
        Ok(Some(match action {
            Action::Anchor => return Ok(None),
            Action::Run(items, setting) => {
                let mut argv = vec![];
                self.spell(items, scope, &mut argv)?;
                plan::Action::Run(self.run(setting, argv, true, scope)?)
            }
            Action::Script(script, setting) => {
                let argv = vec!["/bin/sh".into(), "-euc".into(), script_text(script, scope)?];
                plan::Action::Run(plan::Run { script: true, ..self.run(setting, argv, true, scope)? })
            }
            Action::Refine(refine, setting) => plan::Action::Run(self.refined(refine, setting, scope)?),
            Action::Copy { from, path, to, exclude } => {
                let (from, path) = self.files(from, path, scope)?;
                let exclude = exclude.iter().map(|l| fill(l, scope)).collect::<Filled<_>>()?;
                plan::Action::Copy(plan::Copy { from, path, to: fill(to, scope)?, exclude })
            }
            Action::Write { path, text, mode, instead_of } => plan::Action::Write(plan::Write {
                path: fill(path, scope)?,
                text: fill(text, scope)?,
                mode: mode.unwrap_or(FILE),
                instead_of: filled(instead_of.as_ref(), scope)?,
            }),
            Action::Mkdir { path, mode, owner } => {
                let owner = match filled(owner.as_ref(), scope)?.map(|text| text.parse::<User>()) {
                    None => User { uid: 0, gid: 0 },
                    Some(Ok(user)) => user,
                    Some(Err(refused)) => return Err(Box::new(Diagnostic::new(codes::BAD_VALUE, refused.message).help_if(refused.help))),
                };
                plan::Action::Mkdir(plan::Mkdir { path: fill(path, scope)?, mode: mode.unwrap_or(FOLDER), owner })
            }
            Action::Remove(paths) => plan::Action::Remove(paths.iter().map(|l| fill(l, scope)).collect::<Filled<_>>()?),
        }))
    }

    /// A step of the program's own, with the program, the paths and the mounts that belong to it.
    fn refined(&self, refine: &Refine, setting: &Setting, scope: &mut Scope) -> Filled<plan::Run> {
        let kind = refine.kind;
        let bind =
            |from, path: &str, to: &str, content| plan::Mount::Bind { from, path: path.into(), to: to.into(), writable: false, content };
        let mut mounts = vec![bind(plan::Source::Distil, PROGRAM.0, PROGRAM.1, false)];
        mounts.extend(kind.tmp.then(|| plan::Mount::Tmpfs { to: TMP.into() }));
        let mut values = BTreeMap::new();
        for (key, given) in &refine.given {
            let value = match (given, key.kind) {
                (Asked::Stage(from, when), Kind::Folder(mounted)) => {
                    if !self.holds(when) {
                        continue;
                    }
                    mounts.push(bind(self.source(from, scope)?, mounted.from, mounted.to, mounted.content));
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
                    listed(key, kind, words).map_err(|refused| bad(key, refused, refine.place))?
                }
                (Asked::Input(name), _) => match self.inputs.get(name.value.as_str()).map(|given| given.input.clone()) {
                    Some(Input::List(items)) => Value::List(items),
                    Some(Input::Pairs(pairs)) => Value::Pairs(pairs),
                    _ => continue,
                },
                (Asked::Stages(stages), Kind::Folders(mounted)) => {
                    let mut said = vec![];
                    for (from, _) in stages.iter().filter(|(_, when)| self.holds(when)) {
                        let (to, name) = mounted.nth(said.len());
                        mounts.push(bind(self.source(from, scope)?, mounted.from, &to, mounted.content));
                        said.push(name);
                    }
                    Value::List(said)
                }
                (Asked::Stage(..) | Asked::Stages(_), _) => continue,
            };
            values.insert(key.name, value);
        }
        let argv = [PROGRAM.1.to_owned(), "refine".to_owned()].into_iter().chain(kind.argv(&values)).collect();
        let mut run = self.run(setting, argv, kind.network, scope)?;
        run.mounts.splice(0..0, mounts);
        Ok(run)
    }

    /// A program in its setting; `network` is whether it has one where nothing says otherwise.
    fn run(&self, setting: &Setting, argv: Vec<String>, network: bool, scope: &mut Scope) -> Filled<plan::Run> {
        let mut mounts = vec![];
        for mount in setting.mounts.iter().filter(|m| self.holds(&m.when)) {
            let Some(each) = &mount.each else {
                mounts.push(self.mount(&mount.what, scope)?);
                continue;
            };
            for (item, _) in self.items_of(each) {
                mounts.push(scope.for_item(item, |scope| self.mount(&mount.what, scope))?);
            }
        }
        Ok(plan::Run {
            argv,
            script: false,
            env: env(&setting.env, scope)?,
            workdir: filled(setting.workdir.as_ref(), scope)?,
            mounts,
            network: setting.network.unwrap_or(network && !scope.proof),
        })
    }

    fn mount(&self, what: &Mounted, scope: &Scope) -> Filled<plan::Mount> {
        Ok(match what {
            Mounted::Bind { from, path, to, writable, content } => {
                let (from, path) = self.files(from, path, scope)?;
                plan::Mount::Bind { from, path, to: fill(to, scope)?, writable: *writable, content: *content }
            }
            Mounted::Cache { id, to, locked } => plan::Mount::Cache { id: fill(id, scope)?, to: fill(to, scope)?, locked: *locked },
            Mounted::Ssh { id, to, required } => plan::Mount::Ssh { id: fill(id, scope)?, to: fill(to, scope)?, required: *required },
            Mounted::Secret { id, to, required } => plan::Mount::Secret { id: fill(id, scope)?, to: fill(to, scope)?, required: *required },
            Mounted::SecretEnv { id, name, required } => {
                plan::Mount::SecretEnv { id: fill(id, scope)?, name: fill(name, scope)?, required: *required }
            }
            Mounted::Tmpfs { to } => plan::Mount::Tmpfs { to: fill(to, scope)? },
        })
    }

    /// Files of a place, and where they are in it.
    fn files(&self, from: &Leaf, path: &Leaf, scope: &Scope) -> Filled<(plan::Source, String)> {
        let text = fill(path, scope)?;
        if from.text != RECIPE {
            return Ok((self.source(from, scope)?, text));
        }
        match beside::of(&self.sources.file(from.place.file).name) {
            Ok((source, folder)) => Ok((source, beside::path(&folder, &text))),
            Err(problem) => Err(Box::new(Diagnostic::new(codes::NO_FILES_BESIDE, problem).at(from.place, ""))),
        }
    }

    fn source(&self, from: &Leaf, scope: &Scope) -> Filled<plan::Source> {
        let name = fill(from, scope)?;
        Ok(match name.as_str() {
            CONTEXT => plan::Source::Context,
            DISTIL => plan::Source::Distil,
            stage if self.stages.contains(&plan::bare(stage)) => plan::Source::Stage(name),
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
    fn shown(&self, step: &Step) -> Place {
        let place = step.place;
        let (first, last) = self.sources.lines(place);
        let name = step.name.as_ref().map(|name| name.place).filter(|name| name.file == place.file && name.start > place.start);
        Place { end: name.filter(|_| last - first >= MAX_SHOWN_LINES).map_or(place.end, |name| name.end), ..place }
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

fn env(table: &[(String, Leaf)], scope: &Scope) -> Filled<Vec<(String, String)>> {
    table.iter().map(|(name, leaf)| Ok((name.clone(), fill(leaf, scope)?))).collect()
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
        let given = BTreeMap::from([("outer".to_owned(), list(&["a", "b"])), ("inner".to_owned(), list(&["x", "y"]))]);
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
