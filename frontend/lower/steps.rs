//! The spec's own `steps`: a change of the recipe, before it is rendered. They stand at its phases, and what they ship is copied
//! into the image.

use std::collections::BTreeMap;

use crate::diag::{Place, Sink};
use crate::recipe::{Action, Condition, Given, Item, Items, Leaf, Mount, Mounted, Recipe, Script, Setting, Step};
use crate::spec::{Spec, StepItem};
use crate::yaml::At;

/// Puts the spec's steps at their phases.
pub(super) fn add(spec: &Spec, recipe: &mut Recipe, given: &BTreeMap<String, Given>, sink: &mut Sink) {
    let mut shipped = vec![];
    for At { value: item, place } in spec.steps.iter().flatten() {
        let Some(phase) = &item.phase else { continue };
        let Some(stage) = recipe.add(phase, step(item, spec, *place), given, sink) else { continue };
        let leaf = |text: &str| Leaf::literal(text, *place);
        for path in item.ships.iter().flatten() {
            let path = path.value.as_str();
            let copy = Action::Copy { from: leaf(&stage), path: leaf(path), to: leaf(path), exclude: vec![] };
            shipped.push(one(&format!("Add {path}"), copy, *place));
        }
    }
    recipe.ship(shipped, given);
}

fn step(item: &StepItem, spec: &Spec, place: Place) -> Step {
    let leaf = |text: &str| Leaf::literal(text, place);
    let env = [&spec.env, &item.env].into_iter().flatten().flat_map(|t| &t.0).map(|(n, v)| (n.value.clone(), leaf(&v.value)));
    let setting = Setting { mounts: secrets(spec, place), env: env.collect(), workdir: None, network: item.network };
    let (usual, action) = match (&item.run, &item.script) {
        (Some(run), _) => {
            let words = run.value.0.iter().map(|word| Item::Leaf(leaf(word))).collect();
            (crate::shell::join(&run.value.0), Action::Run(Items(words), setting))
        }
        (None, script) => {
            let text = script.as_ref().map_or("", |script| script.value.as_str());
            (text.lines().next().unwrap_or_default().to_owned(), Action::Script(Script(leaf(text)), setting))
        }
    };
    one(&item.name.as_ref().map_or_else(|| short(usual), |name| name.value.clone()), action, place)
}

fn one(name: &str, action: Action, place: Place) -> Step {
    let name = Some(Leaf::literal(name, place));
    Step { phase: String::new(), place, name, when: Condition::default(), each: None, action }
}

/// The spec's secrets, which every step of its own has.
fn secrets(spec: &Spec, place: Place) -> Vec<Mount> {
    let leaf = |text: &str| Leaf::literal(text, place);
    let mounted = spec.secrets.iter().flatten().map(|secret| match &secret.value.env {
        Some(name) => Mounted::SecretEnv { id: leaf(&secret.value.id), name: leaf(name), required: true },
        None => Mounted::Secret { id: leaf(&secret.value.id), to: leaf(&format!("/run/secrets/{}", secret.value.id)), required: true },
    });
    mounted.map(|what| Mount { what, each: None, when: Condition::default() }).collect()
}

/// A name for a step that has none: the command itself, or a script's first line.
fn short(text: String) -> String {
    if text.chars().count() > 60 { text.chars().take(59).chain(['…']).collect() } else { text }
}
