//! Files of the project that a spec copies and the context has not, as far as its listings tell: the engine would say so late, and
//! without the line or the ignore file.

use crate::diag::{Diagnostic, Sink, codes, nearest};
use crate::ecosystem::Project;
use crate::facts::{Fate, Files, join};
use crate::spec::{OwnCopy, Spec};

/// Says what of the copies is not there. A path that is deeper than what was listed is not judged.
pub(super) fn check(spec: &Spec, project: &Project, files: &Files, sink: &mut Sink) {
    if project.makes_files(spec) {
        return;
    }
    for copy in spec.own_copies() {
        if let Some(found) = missing(copy, files) {
            sink.push(found);
        }
    }
}

fn missing(copy: &OwnCopy, files: &Files) -> Option<Diagnostic> {
    let mut folder = ".".to_owned();
    for name in copy.from.as_str().split('/').filter(|_| copy.from.as_str() != ".") {
        let path = join(&folder, name);
        // An empty listing is one that could not be made.
        if let Some(names) = files.names(&folder).filter(|names| !names.is_empty() && !names.contains(name)) {
            let near = || nearest(name, names.iter().map(String::as_str)).map(|near| join(&folder, near));
            let near = files.folder_with(name).map(|folder| join(folder, name)).or_else(near);
            return said(copy, (&folder, &path), near.as_deref(), files);
        }
        folder = path;
    }
    None
}

fn said(copy: &OwnCopy, (folder, path): (&str, &str), near: Option<&str>, files: &Files) -> Option<Diagnostic> {
    let ignore = files.ignore();
    let whole = ignore.whole(path);
    let fate = match folder {
        "." => ignore.fate(path),
        _ if ignore.takes_back() => Fate::Partly,
        _ => Fate::Sent,
    };
    let found = match fate {
        Fate::Partly => return None,
        Fate::Out(Some(line)) => {
            let message = format!("`{}:{line}` leaves `{whole}` out of the build, and the spec copies it", ignore.name());
            let help = format!("take that line out of `{0}`, or add `!{whole}` at the end of it", ignore.name());
            Diagnostic::new(codes::NOT_IN_CONTEXT, message).at(copy.place, "").help(help)
        }
        Fate::Out(None) => {
            let message = format!("`{whole}` is left out of every build, and the spec copies it");
            let help = format!("a line `!{whole}` in `{}` lets it in", ignore.name());
            Diagnostic::new(codes::NOT_IN_CONTEXT, message).at(copy.place, "").help(help)
        }
        Fate::Sent => {
            let message = format!("there is no `{whole}` in the build's context");
            let near = near.map(|near| format!("did you mean `{near}`?"));
            let help = "paths of `copy` count from the folder that the build is given, as the `.` of `docker buildx build .`";
            Diagnostic::new(codes::NOT_IN_CONTEXT, message).at(copy.place, near.unwrap_or_default()).help(help)
        }
    };
    Some(found)
}
