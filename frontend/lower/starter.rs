//! Commands that run before the service: the program that runs them is put into the image, and is its entry point.

use crate::diag::{Place, Sources};
use crate::plan::{Action, Base, Copy, Origin, Source, Stage, Step};
use crate::recipe::Rendered;
use crate::spec::Spec;
use crate::yaml::{Argv, At};

/// A program of distil's own that ships in images.
pub(super) struct Own {
    /// Where it is in the image that distil comes in.
    pub(super) from: &'static str,
    /// Where it is in the service's.
    pub(super) to: &'static str,
    /// The stage that has it at its place, below this folder, so that it is a layer of its own that nothing else changes.
    pub(super) stage: &'static str,
    pub(super) folder: &'static str,
    /// What the progress display says of it.
    pub(super) name: &'static str,
}

const STARTER: Own = Own {
    from: "/distil-start",
    to: "/usr/bin/before-start",
    stage: "starter",
    folder: "/start",
    name: "Add what runs before the service",
};

/// The commands that a spec asks for.
pub(super) fn commands(spec: &Spec) -> &[At<Argv>] {
    spec.before_start.as_ref().map_or(&[], |asked| &asked.value.0)
}

/// Puts the program into the image, where the spec asks for anything to run.
pub(super) fn add(spec: &Spec, rendered: &mut Rendered, sources: &Sources) {
    if let Some(asked) = spec.before_start.as_ref().filter(|asked| !asked.value.0.is_empty()) {
        bring(&STARTER, asked.place, rendered, sources);
    }
}

/// Puts a program of distil's own into the image; `asked` is where the spec asks for it.
pub(super) fn bring(own: &Own, asked: Place, rendered: &mut Rendered, sources: &Sources) {
    let origin = Origin { cited: sources.cite_line(asked), places: vec![asked] };
    let step = |from, path: &str, to: &str| Step {
        name: own.name.into(),
        phase: own.stage.into(),
        action: Action::Copy(Copy { from, path: path.into(), to: to.into(), exclude: vec![] }),
        origin: origin.clone(),
    };
    let result = rendered.result.clone();
    if let Some(stage) = rendered.stages.iter_mut().find(|s| s.name == result) {
        // What changes least comes first.
        stage.steps.insert(0, step(Source::Stage(own.stage.into()), own.folder, "/"));
    }
    rendered.stages.push(Stage {
        name: own.stage.into(),
        base: Base::Scratch,
        workdir: String::new(),
        env: vec![],
        steps: vec![step(Source::Distil, own.from, &format!("{}{}", own.folder, own.to))],
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
    [STARTER.to.to_owned()].into_iter().chain(counted).chain(["--".to_owned()]).chain(entrypoint).collect()
}
