//! Which stages the result needs, and in which order; a stage that needs itself is a recipe's mistake.

use crate::plan::{Base, Source, Stage, Step};

/// Keeps the stages that any of `wanted` needs, each after those it needs itself. The error is a cycle's stages.
pub(super) fn order(stages: Vec<Stage>, wanted: &[&str]) -> Result<Vec<Stage>, Vec<String>> {
    let mut sorted: Vec<usize> = vec![];
    for name in wanted {
        visit(&stages, stages.iter().position(|s| s.name == *name), &mut sorted, &mut vec![])?;
    }
    let mut slots: Vec<Option<Stage>> = stages.into_iter().map(Some).collect();
    Ok(sorted.into_iter().filter_map(|i| slots[i].take()).collect())
}

fn visit(stages: &[Stage], at: Option<usize>, sorted: &mut Vec<usize>, path: &mut Vec<usize>) -> Result<(), Vec<String>> {
    // A name that is no stage was refused before the stages were ordered.
    let Some(at) = at else { return Ok(()) };
    if sorted.contains(&at) {
        return Ok(());
    }
    if path.contains(&at) {
        return Err(path.iter().chain([&at]).map(|i| stages[*i].name.clone()).collect());
    }
    path.push(at);
    for name in needs(&stages[at]) {
        visit(stages, stages.iter().position(|s| s.name == name), sorted, path)?;
    }
    path.pop();
    sorted.push(at);
    Ok(())
}

/// The stages that one stage names.
pub(crate) fn needs(stage: &Stage) -> Vec<&str> {
    let base = match &stage.base {
        Base::Stage(name) => Some(name.as_str()),
        Base::Image(_) | Base::Scratch => None,
    };
    let sources = stage.steps.iter().flat_map(Step::sources).filter_map(|s| match s {
        Source::Stage(name) => Some(name.as_str()),
        Source::Context | Source::Image(_) | Source::Named(_) | Source::Distil => None,
    });
    base.into_iter().chain(sources).collect()
}
