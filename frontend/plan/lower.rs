//! Spec and facts become a plan: every default resolved, every image named, the recipe's stages rendered and ordered.
//! The one place where spec, facts and recipes meet.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, Sink, Sources};
use crate::facts::Facts;
use crate::names::{RelPath, User};
use crate::recipe::{self, Given, Input};
use crate::spec::{Runtime, Spec};

use super::order::{needs, order};
use super::{Decision, Image, Plan, Stage};

/// The Debian release that builder and runtime share.
const DEBIAN: (&str, u32) = ("trixie", 13);
const RECIPE: &str = "python/uv";

/// Makes the plan. `None` when something is wrong; the sink says what.
pub fn lower(spec: &Spec, facts: &Facts, sources: &mut Sources, sink: &mut Sink) -> Option<Plan> {
    let choice = Choice::new(spec, facts);
    let command = command(spec, facts, sources, sink);
    let recipe = recipe::load(RECIPE, sources, sink)?;
    let copies = copies(spec, facts);
    let given = choice.inputs(facts, &copies);
    let stages = recipe::render(&recipe, &given, sources, sink)?;
    let stages = connect(stages, sink)?;
    let command = command?;
    Some(Plan {
        name: facts.project.name.clone(),
        recipe: RECIPE.to_owned(),
        decisions: choice.decisions(facts, &command, sources, spec),
        stages,
        image: Image {
            user: choice.user,
            workdir: choice.workdir,
            env: spec.env.iter().flat_map(|e| &e.0).map(|(n, v)| (n.value.clone(), v.value.clone())).collect(),
            entrypoint: spec.entrypoint.as_ref().map(|e| e.value.0.clone()).unwrap_or_default(),
            command: command.0,
            expose: spec.expose.iter().flatten().map(|p| p.value.to_string()).collect(),
            labels: spec.labels.iter().flat_map(|l| &l.0).map(|(n, v)| (n.value.clone(), v.value.clone())).collect(),
        },
    })
}

/// What the spec leaves open, decided.
struct Choice {
    runtime: Runtime,
    runtime_from: Option<Place>,
    builder_image: String,
    runtime_image: String,
    workdir: String,
    user: User,
}

impl Choice {
    fn new(spec: &Spec, facts: &Facts) -> Self {
        let (release, number) = DEBIAN;
        let builder_image = format!("python:{}-slim-{release}", facts.python.version);
        let runtime = spec.runtime.as_ref().map_or(Runtime::Distroless, |r| r.value);
        let runtime_image = match runtime {
            Runtime::Distroless => format!("gcr.io/distroless/cc-debian{number}:nonroot"),
            Runtime::Slim => builder_image.clone(),
        };
        Self {
            runtime,
            runtime_from: spec.runtime.as_ref().map(|r| r.place),
            builder_image,
            runtime_image,
            workdir: spec.workdir.as_ref().map_or("/app".to_owned(), |w| w.value.to_string()),
            user: spec.user.as_ref().map_or(User::NONROOT, |u| u.value),
        }
    }

    fn inputs(&self, facts: &Facts, copies: &[(RelPath, RelPath, Option<Place>)]) -> BTreeMap<&'static str, Given> {
        let text = |value: &str| Given { input: Input::Text(value.to_owned()), places: vec![] };
        let pairs = copies.iter().map(|(from, to, _)| (from.to_string(), to.to_string())).collect();
        BTreeMap::from([
            ("python", text(&facts.python.version.series())),
            ("builder-image", text(&self.builder_image)),
            ("runtime-image", text(&self.runtime_image)),
            ("runtime", text(self.runtime.word())),
            ("package", Given { input: Input::Flag(facts.project.is_package), places: vec![] }),
            ("project", text(&facts.project.name)),
            ("workdir", text(&self.workdir)),
            ("uid", text(&self.user.uid.to_string())),
            ("gid", text(&self.user.gid.to_string())),
            ("copies", Given { input: Input::Pairs(pairs), places: copies.iter().filter_map(|c| c.2).collect() }),
        ])
    }

    fn decisions(&self, facts: &Facts, command: &(Vec<String>, String), sources: &Sources, spec: &Spec) -> Vec<Decision> {
        let said = |place: Option<Place>| place.map_or("default".to_owned(), |p| sources.cite_line(p));
        let (command, command_from) = command;
        let mut decisions = vec![
            Decision { about: "python", value: facts.python.version.to_string(), from: facts.python.from.clone() },
            Decision { about: "manager", value: "uv".into(), from: "uv.lock".into() },
            Decision { about: "runtime", value: self.runtime.word().into(), from: said(self.runtime_from) },
            Decision { about: "user", value: self.user.to_string(), from: said(spec.user.as_ref().map(|u| u.place)) },
            Decision { about: "command", value: crate::shell::join(command), from: command_from.clone() },
        ];
        decisions.retain(|d| !d.value.is_empty());
        decisions
    }
}

/// The spec's command, else the project's only script.
fn command(spec: &Spec, facts: &Facts, sources: &Sources, sink: &mut Sink) -> Option<(Vec<String>, String)> {
    if let Some(command) = &spec.command {
        return Some((command.value.0.clone(), sources.cite_line(command.place)));
    }
    if spec.entrypoint.is_some() {
        return Some((vec![], String::new()));
    }
    let scripts = &facts.project.scripts;
    match &scripts[..] {
        [only] if facts.project.is_package => {
            Some((vec![only.name.clone()], format!("the only script, {}", sources.cite_line(only.place))))
        }
        [] => {
            let found = Diagnostic::error("no-command", "nothing says what the service runs");
            sink.push(found.help("add a command to the spec, such as `command: [uvicorn, \"api:app\", --host, 0.0.0.0]`"));
            None
        }
        scripts => {
            let names: Vec<_> = scripts.iter().map(|s| s.name.as_str()).collect();
            let mut found = Diagnostic::error("no-command", "nothing says which of the project's scripts the service runs");
            for script in scripts {
                found = found.at(script.place, "");
            }
            sink.push(found.help(format!("add `command: [{}]` to the spec", names[0])));
            None
        }
    }
}

/// The spec's `copy`, else the packages and modules of a project that is not installed.
fn copies(spec: &Spec, facts: &Facts) -> Vec<(RelPath, RelPath, Option<Place>)> {
    match &spec.copy {
        Some(copy) => copy.value.iter().map(|c| (c.from.clone(), c.to.clone(), Some(c.place))).collect(),
        None => facts.modules.iter().filter_map(|m| m.parse().ok()).map(|path: RelPath| (path.clone(), path, None)).collect(),
    }
}

/// Orders the stages, and refuses names that lead nowhere.
pub fn connect(stages: Vec<Stage>, sink: &mut Sink) -> Option<Vec<Stage>> {
    for stage in &stages {
        for name in needs(stage) {
            if !stages.iter().any(|s| s.name == name) {
                let place = stage.origin.places[0];
                let message = format!("the stage `{}` needs the stage `{name}`, which is not there for these inputs", stage.name);
                sink.push(Diagnostic::error("no-such-stage", message).at(place, ""));
                return None;
            }
        }
    }
    let Some(result) = stages.last().map(|s| s.name.clone()) else {
        sink.push(Diagnostic::error("no-stages", "the recipe has no stage for these inputs"));
        return None;
    };
    match order(stages, &result) {
        Ok(stages) => Some(stages),
        Err(cycle) => {
            sink.push(Diagnostic::error("stage-cycle", format!("stages need each other in a circle: {}", cycle.join(" → "))));
            None
        }
    }
}
