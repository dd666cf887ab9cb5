//! The spec's own `steps`: put at the recipe's named phases, and what they ship copied into the image.

use crate::diag::{Diagnostic, Sink, Sources, codes, nearest};
use crate::recipe::Rendered;
use crate::spec::{Spec, StepItem};
use crate::yaml::At;
use crate::yaml::decode::list;

use super::{Action, Copy, Mount, Origin, Run, Source, Step};

/// Puts the spec's steps at their phases.
pub(super) fn add(spec: &Spec, rendered: &mut Rendered, sources: &Sources, sink: &mut Sink) {
    let mut shipped = vec![];
    for item in spec.steps.iter().flatten() {
        let Some(phase) = &item.value.phase else { continue };
        let found: Vec<usize> = (0..rendered.phases.len()).filter(|i| matches(&rendered.phases[*i], &phase.value)).collect();
        let [index] = found[..] else {
            sink.push(unknown(phase, rendered, found.len()));
            continue;
        };
        let (stage, name, at) = rendered.phases[index].clone();
        let origin = Origin { cited: sources.cite_line(item.place), places: vec![item.place] };
        let proof = rendered.stages.iter().any(|s| s.name == stage && s.proof);
        let step = step(&item.value, spec, &name, proof, origin.clone());
        for path in item.value.ships.iter().flatten() {
            let copy =
                Copy { from: Source::Stage(stage.clone()), path: path.value.to_string(), to: path.value.to_string(), exclude: vec![] };
            let name = format!("Add {}", path.value);
            shipped.push(Step { name, phase: "application".into(), action: Action::Copy(copy), origin: origin.clone() });
        }
        if let Some(stage) = rendered.stages.iter_mut().find(|s| s.name == stage) {
            stage.steps.insert(at, step);
        }
        for (other, _, end) in &mut rendered.phases {
            if *other == stage && *end >= at {
                *end += 1;
            }
        }
    }
    ship(shipped, rendered);
}

/// What steps ship goes to the end of the stage that the service's files are put together in.
pub(super) fn ship(shipped: Vec<Step>, rendered: &mut Rendered) {
    let stage = rendered.phases.iter().find(|(_, phase, _)| phase == "application").map_or(&rendered.result, |(stage, ..)| stage).clone();
    if let Some(stage) = rendered.stages.iter_mut().find(|s| s.name == stage) {
        stage.steps.extend(shipped);
    }
}

fn matches((stage, phase, _): &(String, String, usize), asked: &str) -> bool {
    asked == phase || asked.split_once('.').is_some_and(|(s, p)| s == stage && p == phase)
}

fn step(item: &StepItem, spec: &Spec, phase: &str, proof: bool, origin: Origin) -> Step {
    let (argv, script) = match (&item.run, &item.script) {
        (Some(run), _) => (run.value.0.clone(), false),
        (None, script) => {
            let text = script.as_ref().map(|s| s.value.clone()).unwrap_or_default();
            (vec!["/bin/sh".to_owned(), "-euc".to_owned(), text], true)
        }
    };
    let secrets = spec.secrets.iter().flatten().map(|secret| match &secret.value.env {
        Some(name) => Mount::SecretEnv { id: secret.value.id.clone(), name: name.clone(), required: true },
        None => Mount::Secret { id: secret.value.id.clone(), to: format!("/run/secrets/{}", secret.value.id), required: true },
    });
    let env = [&spec.env, &item.env].into_iter().flatten().flat_map(|t| &t.0).map(|(n, v)| (n.value.clone(), v.value.clone()));
    let name = item.name.as_ref().map_or_else(|| short(&argv, script), |n| n.value.clone());
    let network = item.network.unwrap_or(!proof);
    let run = Run { env: env.collect(), workdir: None, mounts: secrets.collect(), network, argv, script };
    Step { name, phase: phase.to_owned(), action: Action::Run(run), origin }
}

/// A name for a step that has none: the command itself, or a script's first line.
fn short(argv: &[String], script: bool) -> String {
    let text = if script { argv.last().and_then(|s| s.lines().next()).unwrap_or_default().to_owned() } else { crate::shell::join(argv) };
    if text.chars().count() > 60 { text.chars().take(59).chain(['…']).collect() } else { text }
}

fn unknown(phase: &At<String>, rendered: &Rendered, found: usize) -> Diagnostic {
    let names: Vec<String> = rendered.phases.iter().map(|(stage, phase, _)| format!("{stage}.{phase}")).collect();
    let message = match found {
        0 => format!("the recipe has no phase `{}`", phase.value),
        _ => format!("the phase `{}` is in several stages", phase.value),
    };
    let bare = rendered.phases.iter().map(|(_, phase, _)| phase.as_str());
    let near = nearest(&phase.value, bare).map(|n| format!("did you mean `{n}`?"));
    let found = Diagnostic::new(codes::UNKNOWN_PHASE, message).at(phase.place, near.unwrap_or_default());
    found.help(format!("the phases are {}", list(&names)))
}
