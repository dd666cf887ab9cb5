//! A file of more than 100 MB that ships, or that each build is sent, is most often a dump, a model or an archive that lies there by chance.

use super::Subject;
use crate::diag::{Diagnostic, codes};
use crate::facts::{leaves_out, lies_in};
use crate::plan::{Action, Copy, Mount, Source, Step};

/// Finds such files as far as the project's listings tell: those that `copy` names, and those at the top of the folder.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let Some(plan) = subject.plan else { return vec![] };
    let mut said = vec![];
    let large = subject.files.large().iter().filter(|(path, _)| !leaves_out(plan.exclude.iter().map(String::as_str), path));
    for (path, bytes) in large {
        let megabytes = bytes / 1_000_000;
        if let Some(item) = subject.spec.own_copies().find(|item| lies_in(path, item.from.as_str())) {
            let found = Diagnostic::new(codes::LARGE_FILE, format!("`{path}` is {megabytes} MB, and ships")).at(item.place, "");
            let found = found.help(format!("leave it out with `exclude: [{path}]`, if it is there by chance"));
            said.push(
                found
                    .help("what a service needs that is so large is better fetched to a volume, or a layer of its own that seldom changes"),
            );
            continue;
        }
        let Some(step) = plan.stages.iter().flat_map(|stage| &stage.steps).find(|step| takes(step, path)) else { continue };
        let message = format!("`{path}` is {megabytes} MB, and is sent to the engine for `{}`", step.name);
        said.push(
            Diagnostic::new(codes::LARGE_FILE, message)
                .help(format!("leave it out: a line `{path}` in the ignore file, or `exclude: [{path}]` in the spec")),
        );
    }
    said
}

/// Whether a step is given a file of the context.
fn takes(step: &Step, file: &str) -> bool {
    let is_of = |from: &Source, path: &str| *from == Source::Context && lies_in(file, path.trim_matches('/'));
    match &step.action {
        Action::Copy(Copy { from, path, .. }) => is_of(from, path),
        Action::Run(run) => run.mounts.iter().any(|mount| matches!(mount, Mount::Bind { from, path, .. } if is_of(from, path))),
        Action::Write(_) | Action::Mkdir(_) | Action::Remove(_) => false,
    }
}
