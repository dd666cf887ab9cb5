//! Secrets and ssh agents that a build needs and the client did not pass on: BuildKit says which, and nothing of where it is asked
//! for or how it is given.

use super::Compiled;
use super::failure::Failure;
use crate::diag::{Diagnostic, FileId, Place, codes};
use crate::plan::{Action, Mount};

/// A failure of the engine, in words of ours where it is one of these.
pub(super) fn explained(failure: Failure, compiled: &Compiled) -> Failure {
    let Failure::Call(status) = &failure else { return failure };
    let said = status.message();
    let found = needed(compiled).into_iter().find_map(|(mount, origin)| {
        let (id, found) = match mount {
            Mount::Secret { id, .. } | Mount::SecretEnv { id, .. } if said.ends_with(&format!("secret {id}: not found")) => {
                let found = Diagnostic::new(codes::NO_SECRET, format!("the build needs the secret `{id}`, and none was passed on"));
                (id, found.help(format!("add `--secret id={id},src=FILE`, or `--secret id={id},env=VARIABLE`")))
            }
            Mount::Ssh { id, .. } if said.ends_with(&format!("unset ssh forward key {id}")) => {
                let found = Diagnostic::new(codes::NO_SSH, format!("the build uses your ssh agent as `{id}`, and none was passed on"));
                (id, found.help(format!("add `--ssh {id}`; `ssh-add -l` lists the keys that your agent has")))
            }
            _ => return None,
        };
        Some(compiled.named(id).or(origin).into_iter().fold(found, |found, place| found.at(place, "")))
    });
    match found {
        Some(found) => Failure::Refused(vec![found], compiled.sources.clone()),
        None => failure,
    }
}

/// What steps mount, and where each is asked for.
fn needed(compiled: &Compiled) -> Vec<(&Mount, Option<Place>)> {
    let steps = compiled.plan.stages.iter().flat_map(|stage| &stage.steps);
    let mounts = steps.filter_map(|step| match &step.action {
        Action::Run(run) => Some(run.mounts.iter().map(|mount| (mount, step.origin.places.first().copied()))),
        Action::Copy(_) | Action::Write(_) | Action::Mkdir(_) | Action::Remove(_) => None,
    });
    mounts.flatten().collect()
}

impl Compiled {
    /// Whether a place is in a file that the user wrote, and not in a recipe that comes with the program.
    pub(super) fn is_users(&self, place: Place) -> bool {
        let own = self.sources.iter().next().is_some_and(|(spec, _)| spec == place.file);
        own || self.plan.parts.iter().any(|part| part.spec == self.sources.file(place.file).name)
    }

    /// Where the spec names something, or another one that is a part of it; as a word of its own and not in a comment.
    fn named(&self, name: &str) -> Option<Place> {
        let is_part = |file: &str| self.plan.parts.iter().any(|part| part.spec == file);
        let specs = self.sources.iter().enumerate().filter(|(number, (_, source))| *number == 0 || is_part(&source.name));
        specs.into_iter().find_map(|(_, (file, source))| named_in(file, &source.text, name))
    }

    /// A failure that has no place of its own, at the name that the spec has of what it is about.
    pub(super) fn at_the_name(&self, failure: Failure, name: &str) -> Failure {
        match (failure, self.named(name)) {
            (Failure::Said(found), Some(place)) if found.labels.is_empty() => {
                Failure::Refused(vec![found.at(place, "")], self.sources.clone())
            }
            (failure, _) => failure,
        }
    }
}

/// Where a text names something.
fn named_in(file: FileId, text: &str, name: &str) -> Option<Place> {
    let part = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    let own = |at: &usize| !text[..*at].ends_with(part) && !text[at + name.len()..].starts_with(part);
    let commented = |at: &usize| text[..*at].rsplit('\n').next().is_some_and(|line| line.contains('#'));
    let start = text.match_indices(name).map(|(at, _)| at).find(|at| own(at) && !commented(at))?;
    Some(Place { file, start, end: start + name.len() })
}
