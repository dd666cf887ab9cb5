//! Files that a spec copies from images, named build contexts, stages and other specs: put beside those of the project, where the recipe
//! has a place for them, else straight into the image.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Sink, Sources, codes, nearest};
use crate::plan::{Action, Copy, Origin, Source, Step};
use crate::recipe::Rendered;
use crate::spec::{CopySource, OtherCopy, Spec};
use crate::yaml::decode::list;

use super::inputs::workdir;
use super::order::needs;

/// The stage, and its phase, that gathers what ships beside the packages.
const COPIED_FILES_STAGE: &str = "source";
/// The phase that puts the service's files together.
const APPLICATION: &str = "application";

/// The stages that other specs' images are, by their paths and editions.
pub(crate) type Parts = BTreeMap<(String, Option<String>), String>;

/// Adds them.
pub(super) fn add(spec: &Spec, parts: &Parts, rendered: &mut Rendered, sources: &Sources, sink: &mut Sink) {
    for item in spec.other_copies() {
        let Some(from) = source(item, parts, rendered, sink) else { continue };
        let origin = Origin { cited: sources.cite_line(item.place), places: vec![item.place] };
        let whose = if let CopySource::Spec(path, _) = &item.from.value { path.to_string() } else { from.to_string() };
        let name = if item.path.as_str() == "/" { format!("Add all of {whose}") } else { format!("Add {} of {whose}", item.path) };
        let reaches = |to: &str| matches!(&from, Source::Stage(name) if is_part(rendered, to, name));
        // What is made of the project's files already cannot be gathered with them.
        let gathered = rendered.phases.iter().any(|(stage, phase)| stage == COPIED_FILES_STAGE && phase == COPIED_FILES_STAGE)
            && !reaches(COPIED_FILES_STAGE);
        if reaches(&rendered.result) {
            let found = Diagnostic::new(codes::STAGE_CYCLE, format!("`{from}` is the image that this is copied into, or made of it"));
            sink.push(found.at(item.from.place, "").help("name a stage that comes before it"));
            continue;
        }
        let copy = Copy { from, path: item.path.to_string(), to: item.to.path(&workdir(spec)), exclude: vec![] };
        let step = |phase: &str| Step { name, phase: phase.into(), action: Action::Copy(copy), origin };
        if !gathered {
            ship(step(APPLICATION), rendered);
        } else if let Some(stage) = rendered.stages.iter_mut().find(|s| s.name == COPIED_FILES_STAGE) {
            stage.steps.push(step(COPIED_FILES_STAGE));
        }
    }
}

/// Puts a step at the end of the stage that the service's files are put together in.
fn ship(step: Step, rendered: &mut Rendered) {
    let stage = rendered.phases.iter().find(|(_, phase)| phase == APPLICATION).map_or(&rendered.result, |(stage, _)| stage).clone();
    if let Some(stage) = rendered.stages.iter_mut().find(|s| s.name == stage) {
        stage.steps.push(step);
    }
}

/// What a spec's word means in this recipe.
fn source(item: &OtherCopy, parts: &Parts, rendered: &mut Rendered, sink: &mut Sink) -> Option<Source> {
    let name = match &item.from.value {
        CopySource::Image(image) => return Some(Source::Image(image.to_string())),
        CopySource::Context(name) => return Some(Source::Named(name.to_string())),
        CopySource::Spec(path, edition) => {
            // What is wrong with that spec was said.
            let part = parts.get(&(path.to_string(), edition.as_ref().map(|edition| edition.value.to_string())))?;
            rendered.outside.push(part.clone());
            return Some(Source::Stage(part.clone()));
        }
        CopySource::Stage(name) => name.as_str(),
    };
    let stages: Vec<&str> = rendered.stages.iter().filter(|s| !s.proof).map(|s| s.name.as_str()).collect();
    if stages.contains(&name) {
        return Some(Source::Stage(name.to_owned()));
    }
    let near = nearest(name, stages.iter().copied()).map(|n| format!("did you mean `{n}`?"));
    let found = Diagnostic::new(codes::NO_SUCH_STAGE, format!("the recipe has no stage `{name}`"));
    let help = format!("the stages are {}; an image has a tag, as `{name}:1`, and a build context is `context://{name}`", list(&stages));
    sink.push(found.at(item.from.place, near.unwrap_or_default()).help(help));
    None
}

/// Whether a stage is another one, or is made of it.
fn is_part(rendered: &Rendered, part: &str, of: &str) -> bool {
    let (mut open, mut seen) = (vec![of], vec![]);
    while let Some(name) = open.pop() {
        if name == part {
            return true;
        }
        if let Some(stage) = rendered.stages.iter().find(|s| s.name == name).filter(|_| !seen.contains(&name)) {
            seen.push(name);
            open.extend(needs(stage));
        }
    }
    false
}
