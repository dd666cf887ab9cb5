//! Commands that run before the service: the program that runs them is put into the image, and is its entry point.

use crate::diag::Sources;
use crate::plan::{Action, Base, Copy, Origin, Source, Stage, Step};
use crate::recipe::Rendered;
use crate::spec::Spec;
use crate::yaml::{Argv, At};

/// Where the program is in the image that distil comes in, and in the service's.
const FROM: &str = "/distil-start";
const PROGRAM: &str = "/usr/bin/before-start";
/// The stage that has it at its place, below this folder, so that it is a layer of its own that nothing else changes.
const STAGE: &str = "starter";
const FOLDER: &str = "/start";

/// The commands that a spec asks for.
pub(super) fn commands(spec: &Spec) -> &[At<Argv>] {
    spec.before_start.as_ref().map_or(&[], |asked| &asked.value.0)
}

/// Puts the program into the image, where the spec asks for anything to run.
pub(super) fn add(spec: &Spec, rendered: &mut Rendered, sources: &Sources) {
    let Some(asked) = spec.before_start.as_ref().filter(|asked| !asked.value.0.is_empty()) else { return };
    let origin = Origin { cited: sources.cite_line(asked.place), places: vec![asked.place] };
    let step = |phase: &str, from, path: &str, to: &str| Step {
        name: "Add what runs before the service".into(),
        phase: phase.into(),
        action: Action::Copy(Copy { from, path: path.into(), to: to.into(), exclude: vec![] }),
        origin: origin.clone(),
    };
    let result = rendered.result.clone();
    if let Some(stage) = rendered.stages.iter_mut().find(|s| s.name == result) {
        // What changes least comes first.
        stage.steps.insert(0, step(STAGE, Source::Stage(STAGE.into()), FOLDER, "/"));
    }
    rendered.stages.push(Stage {
        name: STAGE.into(),
        base: Base::Scratch,
        workdir: String::new(),
        env: vec![],
        steps: vec![step(STAGE, Source::Distil, FROM, &format!("{FOLDER}{PROGRAM}"))],
        proof: false,
        origin,
    });
}

/// The image's entry point: each command after the number of its words, and behind `--` what would run without any.
pub(super) fn entrypoint(spec: &Spec, entrypoint: Vec<String>) -> Vec<String> {
    let commands = commands(spec);
    if commands.is_empty() {
        return entrypoint;
    }
    let counted = commands.iter().flat_map(|c| [c.value.0.len().to_string()].into_iter().chain(c.value.0.iter().cloned()));
    [PROGRAM.to_owned()].into_iter().chain(counted).chain(["--".to_owned()]).chain(entrypoint).collect()
}
