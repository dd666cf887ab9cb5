//! Whether the stages of a recipe lead anywhere, seen when it is loaded: a name that is nearly a stage's, an image that is none of
//! its stages, stages that need each other whatever the inputs are, a condition that no value of its input meets.

use crate::diag::{Diagnostic, Sink, codes, nearest};
use crate::plan;
use crate::yaml::At;
use crate::yaml::decode::list;

use super::draft::{Recipe, Stage, Step};
use super::input;
use super::items::{Condition, Item, Items};
use super::leaf::Leaf;
use super::{CONTEXT, DISTIL, RECIPE, SCRATCH};

/// Says what is wrong between the stages of a recipe.
pub(super) fn check(recipe: &Recipe, sink: &mut Sink) {
    let names: Vec<&str> = recipe.stages.iter().map(|stage| stage.value.name()).filter(|name| !name.is_empty()).collect();
    for leaf in recipe.stages.iter().flat_map(|stage| named(&stage.value)) {
        misspelt(leaf, &names, sink);
    }
    for (asked, key) in [(&recipe.result, "result"), (&recipe.report, "report")] {
        if let Some(At { value, place }) = asked.as_ref().filter(|asked| !names.contains(&asked.value.as_str())) {
            let near = nearest(value, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let found = Diagnostic::new(codes::NO_SUCH_STAGE, format!("`{key}` names the stage `{value}`, and there is none of that name"));
            sink.push(found.at(*place, near.unwrap_or_default()).help(format!("the stages are {}", list(&names))));
        }
    }
    circle(recipe, sink);
    recipe.refuse.iter().for_each(|refusal| can_hold(&refusal.value.when, recipe, sink));
    for stage in &recipe.stages {
        conditions(&stage.value).for_each(|condition| can_hold(condition, recipe, sink));
    }
}

/// What a stage starts, copies and mounts from.
fn named(stage: &Stage) -> impl Iterator<Item = &Leaf> {
    stage.from.iter().chain(stage.steps.iter().flat_map(|step| sources(&step.value)))
}

fn sources(step: &Step) -> impl Iterator<Item = &Leaf> {
    step.from.iter().chain(step.mounts.iter().filter_map(|mount| mount.value.from.as_ref()))
}

/// A single word that is no stage is an image's name, unless it is nearly one that the recipe knows.
fn misspelt(leaf: &Leaf, names: &[&str], sink: &mut Sink) {
    let name = plan::bare(&leaf.text);
    let is_image = !leaf.names.is_empty() || name.contains(['/', ':', '.', '@']);
    let own = [CONTEXT, DISTIL, RECIPE, SCRATCH];
    if is_image || names.contains(&name) || own.contains(&name) {
        return;
    }
    if let Some(near) = nearest(name, names.iter().copied().chain(own)) {
        let found = Diagnostic::new(codes::NO_SUCH_STAGE, format!("there is no stage `{name}`"));
        let found = found.at(leaf.place, format!("did you mean `{near}`?"));
        sink.push(found.help(format!("the stages are {}; an image of that name is `{name}:TAG`", list(names))));
    }
}

/// Says which stages need each other whatever the inputs are: those that are always there, by steps that always are.
fn circle(recipe: &Recipe, sink: &mut Sink) {
    let always: Vec<&Stage> = recipe.stages.iter().map(|stage| &stage.value).filter(|stage| stage.when.0.is_empty()).collect();
    let mut done: Vec<&str> = vec![];
    for stage in &always {
        let mut path: Vec<&Leaf> = vec![];
        if follow(&always, stage, &mut path, &mut done) {
            let names: Vec<&str> = path.iter().map(|leaf| leaf.text.as_str()).collect();
            let last = names.last().copied().unwrap_or_default();
            let found = Diagnostic::new(codes::STAGE_CYCLE, format!("stages need each other in a circle: {last} → {}", names.join(" → ")));
            sink.push(path.iter().fold(found, |found, leaf| found.at(leaf.place, "")));
            return;
        }
    }
}

/// Whether a stage leads back to itself; then the path is the names on the way.
fn follow<'r>(stages: &[&'r Stage], stage: &'r Stage, path: &mut Vec<&'r Leaf>, done: &mut Vec<&'r str>) -> bool {
    if let Some(start) = path.iter().rev().skip(1).position(|leaf| leaf.text == stage.name()) {
        path.drain(..path.len() - 1 - start);
        return true;
    }
    if done.contains(&stage.name()) {
        return false;
    }
    let steps = stage.steps.iter().map(|step| &step.value).filter(|step| step.when.0.is_empty() && step.each.is_none());
    let mounts = steps.clone().flat_map(|step| &step.mounts).map(|mount| &mount.value);
    let mounts = mounts.filter(|mount| mount.when.0.is_empty() && mount.each.is_none()).filter_map(|mount| mount.from.as_ref());
    for leaf in stage.from.iter().chain(steps.filter_map(|step| step.from.as_ref())).chain(mounts) {
        let Some(next) = stages.iter().find(|other| leaf.names.is_empty() && other.name() == leaf.text) else { continue };
        path.push(leaf);
        if follow(stages, next, path, done) {
            return true;
        }
        path.pop();
    }
    done.push(stage.name());
    false
}

/// Every condition of a stage.
fn conditions(stage: &Stage) -> impl Iterator<Item = &Condition> {
    let steps = stage.steps.iter().map(|step| &step.value);
    let inner = steps.clone().flat_map(|step| {
        let mut found: Vec<&Condition> = vec![&step.when];
        found.extend(step.mounts.iter().map(|mount| &mount.value.when));
        step.run.iter().for_each(|run| of_items(&run.value, &mut found));
        found
    });
    [&stage.when].into_iter().chain(inner)
}

fn of_items<'r>(items: &'r Items, found: &mut Vec<&'r Condition>) {
    for item in &items.0 {
        match item {
            Item::Leaf(_) => {}
            Item::When(condition, then) => {
                found.push(condition);
                of_items(then, found);
            }
            Item::Each(_, then) => of_items(then, found),
        }
    }
}

/// Says which values of a condition its input never has.
fn can_hold(condition: &Condition, recipe: &Recipe, sink: &mut Sink) {
    for term in &condition.0 {
        let declared = recipe.inputs.0.iter().find(|(name, _)| name.value == term.input);
        let Some(values) = declared.and_then(|(name, declared)| input::values(&name.value, declared)) else { continue };
        for value in term.values.iter().filter(|value| !values.contains(&value.as_str())) {
            let near = nearest(value, values.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let found = Diagnostic::new(codes::UNKNOWN_VALUE, format!("`{}` is never `{value}`", term.input));
            sink.push(found.at(term.place, near.unwrap_or_default()).help(format!("it is one of {}", list(&values))));
        }
    }
}
