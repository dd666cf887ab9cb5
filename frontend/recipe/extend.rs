//! A recipe on top of another: inputs added, stages added or changed, steps put before, after or in the place of a phase.
//! The result is a recipe like any other; every step keeps the file and line that it was written at.

use crate::diag::Sink;
use crate::yaml::At;

use super::draft::{Change, Recipe, Stage, Step};
use super::phases::Phases;

/// Puts a recipe on top of the one it extends.
pub(super) fn extend(parent: Recipe, child: Recipe, sink: &mut Sink) -> Recipe {
    let mut inputs = parent.inputs;
    for (name, input) in child.inputs.0 {
        match inputs.0.iter_mut().find(|(known, _)| known.value == name.value) {
            Some((place, known)) => {
                *place = name;
                known.kind = input.kind.or(known.kind.take());
                known.option |= input.option;
                known.default = input.default.or(known.default.take());
                if !input.one_of.is_empty() {
                    known.one_of = input.one_of;
                }
                known.help = input.help.or(known.help.take());
            }
            None => inputs.0.push((name, input)),
        }
    }
    let mut reads = parent.reads;
    for (name, read) in child.reads.0 {
        match reads.0.iter_mut().find(|(known, _)| known.value == name.value) {
            Some(known) => *known = (name, read),
            None => reads.0.push((name, read)),
        }
    }
    let mut stages = parent.stages;
    for (target, change) in child.phases.0 {
        apply(&mut stages, &target, change, sink);
    }
    // New stages go first, so that the last stage stays the one that becomes the image.
    let mut new = vec![];
    for stage in child.stages {
        match stages.iter_mut().find(|s| s.value.name() == stage.value.name()) {
            Some(known) => merge(&mut known.value, stage.value),
            None => new.push(stage),
        }
    }
    stages.splice(0..0, new);
    let summary = if child.summary.is_empty() { parent.summary } else { child.summary };
    let image = match (child.image, parent.image) {
        (Some(At { value, place }), Some(below)) => Some(At { value: value.over(below.value), place }),
        (child, parent) => child.or(parent),
    };
    // What is refused below stays refused.
    let refuse = parent.refuse.into_iter().chain(child.refuse).collect();
    let result = child.result.or(parent.result);
    let facts = child.facts.or(parent.facts);
    let report = child.report.or(parent.report);
    Recipe {
        summary,
        inputs,
        reads,
        facts,
        extends: None,
        requires: None,
        refuse,
        image,
        stages,
        phases: crate::yaml::Table::default(),
        result,
        report,
    }
}

/// What a stage says again wins; its environment and steps are added.
fn merge(known: &mut Stage, stage: Stage) {
    known.from = stage.from.or(known.from.take());
    known.workdir = stage.workdir.or(known.workdir.take());
    known.proof |= stage.proof;
    if !stage.when.0.is_empty() {
        known.when = stage.when;
    }
    for (name, value) in stage.env.0 {
        match known.env.0.iter_mut().find(|(n, _)| n.value == name.value) {
            Some(entry) => *entry = (name, value),
            None => known.env.0.push((name, value)),
        }
    }
    known.steps.extend(stage.steps);
}

/// Changes a phase.
fn apply(stages: &mut [At<Stage>], target: &At<String>, change: At<Change>, sink: &mut Sink) {
    let all = stages.iter().enumerate();
    let phases = Phases::of(all.flat_map(|(at, s)| s.value.steps.iter().map(move |step| (at, s.value.name(), step.value.phase()))));
    let (index, phase) = match phases.find(target, "the extended recipe") {
        Ok((index, phase)) => (index, phase.to_owned()),
        Err(found) => return sink.push(*found),
    };
    let phase = phase.as_str();
    let steps = &mut stages[index].value.steps;
    let first = steps.iter().position(|s| s.value.phase() == phase).unwrap_or(0);
    let after_last = steps.iter().rposition(|s| s.value.phase() == phase).map_or(first, |i| i + 1);
    let Change { before, after, replace, drop } = change.value;
    let named = |step: At<Step>| name_phase(step, phase, target);
    let kept: Vec<At<Step>> = steps.drain(first..after_last).collect();
    let kept: Vec<At<Step>> = match replace {
        Some(replace) => kept.into_iter().filter(|s| s.value.phase() != phase).chain(replace.into_iter().map(named)).collect(),
        None if drop => kept.into_iter().filter(|s| s.value.phase() != phase).collect(),
        None => kept,
    };
    let new: Vec<_> = before.into_iter().map(named).chain(kept).chain(after.into_iter().map(named)).collect();
    steps.splice(first..first, new);
}

/// A step that is put at a phase belongs to it unless it says otherwise.
fn name_phase(mut step: At<Step>, phase: &str, target: &At<String>) -> At<Step> {
    step.value.phase.get_or_insert_with(|| At { value: phase.to_owned(), place: target.place });
    step
}
