//! The images that a spec names, for the lints that look at them.

use super::Subject;
use crate::diag::Place;
use crate::names::ImageRef;
use crate::spec::{CopySource, Runtime};

/// An image that a spec names.
pub(super) struct Named<'s> {
    pub(super) image: &'s ImageRef,
    pub(super) place: Place,
}

impl Named<'_> {
    /// The tag that is written; nothing where a digest or the registry's default says which image is meant.
    pub(super) fn tag(&self) -> Option<&str> {
        let name = self.image.as_str().split('@').next().unwrap_or_default();
        name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag)
    }

    /// Whether it is the same image tomorrow.
    pub(super) fn is_pinned(&self) -> bool {
        self.image.as_str().contains('@')
    }
}

/// Returns every image that the spec names, in the order of its keys.
pub(super) fn named<'s>(subject: &Subject<'s>) -> Vec<Named<'s>> {
    let spec = subject.spec;
    let runtime = spec.runtime.iter().filter_map(|runtime| match &runtime.value {
        Runtime::Image(image) => Some(Named { image, place: runtime.place }),
        _ => None,
    });
    let base = spec.base.iter().flat_map(|base| [&base.value.builder, &base.value.runtime]).flatten();
    let base = base.map(|image| Named { image: &image.value, place: image.place });
    let copied = spec.other_copies().filter_map(|copy| match &copy.from.value {
        CopySource::Image(image) => Some(Named { image, place: copy.from.place }),
        _ => None,
    });
    runtime.chain(base).chain(copied).collect()
}
