//! A tag can be moved to another image; a digest cannot. Looked for only where that is asked for, since most teams want the
//! security updates that a moved tag brings.

use super::{Subject, images};
use crate::diag::{Diagnostic, codes};
use crate::plan::Base;

/// Finds images without a digest: those that the spec names, and those that the recipe takes by itself.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let named: Vec<_> = images::named(subject).into_iter().filter(|named| !named.is_pinned()).collect();
    let is_named = |image: &str| named.iter().any(|one| one.image.normalized() == image || one.image.as_str() == image);
    let own = subject.plan.iter().flat_map(|plan| &plan.stages).filter_map(|stage| match &stage.base {
        Base::Image(image) if !image.contains('@') && !is_named(image) => Some(image.as_str()),
        _ => None,
    });
    let mut own: Vec<&str> = own.collect();
    own.sort_unstable();
    own.dedup();
    let said = |image: &str| {
        let found = Diagnostic::new(codes::UNPINNED_BASE, format!("`{image}` has no digest, and may be another image tomorrow"));
        found.help(format!("`docker buildx imagetools inspect {image}` prints its digest"))
    };
    let by_spec = named.iter().map(|one| said(one.image.as_str()).at(one.place, "").help("write it as `NAME:TAG@sha256:…`"));
    let by_recipe = own.into_iter().map(|image| said(image).help("name it under `base` as `NAME:TAG@sha256:…`"));
    by_spec.chain(by_recipe).collect()
}
