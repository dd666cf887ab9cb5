//! An image without a tag, or with the tag `latest`, is whatever was published last.

use super::{Subject, images};
use crate::diag::{Diagnostic, codes};

/// Finds images of the spec that another day are others, by their names.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let moving = images::named(subject).into_iter().filter(|named| !named.is_pinned() && matches!(named.tag(), None | Some("latest")));
    let said = moving.map(|named| {
        let found = Diagnostic::new(codes::LATEST_IMAGE, format!("`{}` is whatever was published last", named.image.as_str()));
        found.at(named.place, "").help("name a version as its tag, and for a release its digest")
    });
    said.collect()
}
