//! A folder that the working directory is named after is most often meant to be that directory; a package `app` that lies in the
//! usual `/app` is not.

use super::Subject;
use crate::diag::{Diagnostic, codes};

/// Finds folders that come to lie below the working directory and not in it.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let workdir = subject.spec.workdir.as_ref().map_or("/app", |w| w.value.as_str());
    let same = subject.spec.own_copies().filter(|item| workdir != "/app" && item.from == item.to && item.to.as_str() != ".");
    let below = same.filter(|item| workdir.ends_with(&format!("/{}", item.to)));
    let said = below.map(|item| {
        let found = Diagnostic::new(codes::COPIED_BELOW, format!("`{}` comes to lie at {workdir}/{}", item.from, item.to));
        found.at(item.place, "").help(format!("`copy: [{{ {}: . }}]` puts its content into {workdir} itself", item.from))
    });
    said.collect()
}
