//! A step that failed, told by what the user wrote. By itself BuildKit marks all lines of the recipe that the step comes from, and repeats
//! its command word by word, so that what the step said is no longer on the screen.

use buildkit_proto::{pb, rpc};
use prost::Message;

use super::Compiled;
use super::failure::Failure;
use crate::diag::{Diagnostic, codes};
use crate::emit::{Settings, llb};
use crate::plan::{Action, Plan, Supplied};
use crate::refine::requests;
use crate::refine::steps::blamed;

/// The exit code of the program for what is not the user's mistake: a file, a disk, a connection.
const WORLD: u8 = 74;
/// That of a program which was killed.
const KILLED: u8 = 137;

/// A failure of a step of the plan in words of ours; any other as it is.
pub(super) fn explained(
    failure: Failure,
    (compiled, plan): (&Compiled, &Plan),
    settings: &Settings,
    definition: &pb::Definition,
) -> Failure {
    let Failure::Call(status) = &failure else { return failure };
    let Ok(original) = rpc::Status::decode(status.details()) else { return failure };
    let vertex = original.details.iter().find_map(vertex);
    let name = vertex.and_then(|digest| definition.metadata.get(&digest)?.description.get("llb.customname").cloned());
    let steps = plan.stages.iter().flat_map(|stage| (0..stage.steps.len()).map(move |index| (stage, index)));
    let Some((stage, index)) = steps.into_iter().find(|(stage, index)| name.as_ref() == Some(&llb::label(settings, stage, *index))) else {
        return failure;
    };
    let step = &stage.steps[index];
    let blamed = failed_over(plan, &step.action, status.message());
    if let Some(first) = blamed.first() {
        let names: Vec<String> = blamed.iter().map(|package| format!("`{}`", package.name)).collect();
        let one_of = if names.len() > 1 { "one of " } else { "" };
        let found =
            Diagnostic::new(codes::FAILED_STEP, format!("`{}` failed over {one_of}{}", step.name, names.join(", "))).at(first.place, "");
        let found = blamed.iter().skip(1).fold(found, |found, package| found.at(package.place, ""));
        let found =
            found.help(format!("what the index has of it is not what the lock says; its words stand above ({})", step.origin.cited));
        return Failure::Step(Box::new(found), compiled.sources.clone(), without_places(original.details));
    }
    let (what, help) = told(status.message());
    let found = Diagnostic::new(codes::FAILED_STEP, format!("`{}` {what}", step.name));
    let own = step.origin.places.iter().find(|place| compiled.is_users(**place)).copied();
    let place = own.or_else(|| plan.asked.get(&(stage.name.clone(), index)).copied()).or(step.origin.places.first().copied());
    let found = place.into_iter().fold(found, |found, place| found.at(place, ""));
    let found = found.help_if(help).help(format!("its last words stand above ({})", step.origin.cited));
    Failure::Step(Box::new(found), compiled.sources.clone(), without_places(original.details))
}

/// What BuildKit tells of a failure beside the lines that it comes from.
fn without_places(details: Vec<prost_types::Any>) -> Vec<prost_types::Any> {
    details.into_iter().filter(|detail| !detail.type_url.contains("errdefs.Source")).collect()
}

/// The packages of the lock that a step of the program may have failed over, by the number that it ended with.
fn failed_over<'p>(plan: &'p Plan, action: &Action, message: &str) -> Vec<&'p Supplied> {
    let is_ours = matches!(action, Action::Run(run) if requests::named(&run.argv).is_some());
    let Some(code) = exit_code(message).filter(|code| is_ours && blamed::is_one(*code)) else { return vec![] };
    plan.supplies.packages.iter().filter(|package| blamed::code(&package.name) == code).collect()
}

fn exit_code(message: &str) -> Option<u8> {
    message.rsplit_once("exit code: ").and_then(|(_, code)| code.trim().parse().ok())
}

/// The digest of the op that an error is about.
fn vertex(detail: &prost_types::Any) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(&detail.value).ok().filter(|_| detail.type_url.contains("errdefs.Vertex"))?;
    Some(value["digest"].as_str()?.to_owned())
}

/// How a step ended, and what helps where that is all that is known.
fn told(message: &str) -> (String, Option<String>) {
    let code = exit_code(message);
    let full = message.to_ascii_lowercase().contains("no space left on device");
    let help = match code {
        _ if full => {
            Some("the disk of the engine is full: make room with `docker buildx prune`, and look at `docker system df`".to_owned())
        }
        Some(WORLD) => {
            Some("a file could not be read or written, as when the disk of the engine is full: see `docker system df`".to_owned())
        }
        Some(KILLED) => Some("it was killed, as for want of memory".to_owned()),
        _ => None,
    };
    if let Some(code) = code {
        return (format!("failed with exit code {code}"), help);
    }
    // The command itself, which nobody needs to read again, stands before the reason.
    let reason = message.rsplit_once("did not complete successfully: ").map_or(message, |(_, reason)| reason);
    (format!("failed: {reason}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_without_the_command() {
        let said = |message: &str| told(message);
        let process = "process \"/run/distil refine install --site=/app -- uv sync\" did not complete successfully: exit code: ";
        assert_eq!(said(&format!("{process}2")), ("failed with exit code 2".to_owned(), None));
        let (ended, help) = said(&format!("{process}74"));
        assert!(ended.ends_with("exit code 74") && help.is_some_and(|help| help.contains("the disk of the engine is full")));
        assert!(said(&format!("{process}137")).1.is_some_and(|help| help.contains("memory")));
        let (ended, help) = said("failed to copy: write /x: no space left on device");
        assert_eq!(ended, "failed: failed to copy: write /x: no space left on device");
        assert!(help.is_some_and(|help| help.contains("docker buildx prune")));
    }
}
