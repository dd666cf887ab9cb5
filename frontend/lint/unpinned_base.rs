//! A tag can be moved to another image; a digest cannot. Looked for only where that is asked for, since most teams want the
//! security updates that a moved tag brings.

use std::collections::BTreeSet;

use super::{Subject, images};
use crate::diag::{Diagnostic, codes};
use crate::plan::{Action, Base, Mount, Source};

/// Finds images without a digest: those that the spec names, and those that the recipe takes by itself.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let named: Vec<_> = images::named(subject).into_iter().filter(|named| !named.is_pinned()).collect();
    let is_named = |image: &str| named.iter().any(|one| one.image.normalized() == image || one.image.as_str() == image);
    let stages = || subject.plan.iter().flat_map(|plan| &plan.stages);
    let moves = |image: &&str| !image.contains('@') && !is_named(image);
    let bases: BTreeSet<&str> = stages().filter_map(|stage| image_below(&stage.base)).filter(moves).collect();
    let steps = stages().flat_map(|stage| &stage.steps);
    let tools: BTreeSet<&str> =
        steps.flat_map(|step| images_of(&step.action)).filter(|image| moves(image) && !bases.contains(image)).collect();
    let said = |image: &str| {
        let found = Diagnostic::new(codes::UNPINNED_BASE, format!("`{image}` has no digest, and may be another image tomorrow"));
        found.help(format!("`docker buildx imagetools inspect {image}` prints its digest"))
    };
    let by_spec = named.iter().map(|one| said(one.image.as_str()).at(one.place, "").help("write it as `NAME:TAG@sha256:…`"));
    let by_recipe = bases.iter().map(|image| said(image).help("name it under `base` as `NAME:TAG@sha256:…`"));
    let in_steps = tools.iter().map(|image| {
        said(image).help(format!(
            "files of it are copied or mounted: an option of the recipe that names it takes the digest too, or \
             `--build-context {image}=docker-image://{image}@sha256:…` says it for one build"
        ))
    });
    by_spec.chain(by_recipe).chain(in_steps).collect()
}

fn image_below(base: &Base) -> Option<&str> {
    match base {
        Base::Image(image) => Some(image),
        _ => None,
    }
}

/// The images that a step mounts or copies files of.
fn images_of(action: &Action) -> Vec<&str> {
    let sources: Vec<&Source> = match action {
        Action::Run(run) => {
            run.mounts.iter().filter_map(|mount| if let Mount::Bind { from, .. } = mount { Some(from) } else { None }).collect()
        }
        Action::Copy(copy) => vec![&copy.from],
        _ => vec![],
    };
    sources.into_iter().filter_map(|source| if let Source::Image(image) = source { Some(image.as_str()) } else { None }).collect()
}
