//! Builds without cache: which steps are run although their results are known.

use super::llb::Emitter;
use crate::plan::{Action, Mount, Source, Step, bare};

impl Emitter<'_> {
    /// Whether a step of a stage is run although its result is known. Where all stages are named together, the steps that
    /// every build on an image has in common are not: BuildKit makes whoever asks for such a step at the same time wait for the one
    /// that is run anew, and run all that follows from it, so that one `--no-cache` would cost the whole engine its cache.
    pub(super) fn ignores_cache(&self, stage: &str, common: bool) -> bool {
        let named =
            |names: &Vec<String>| if names.is_empty() { !common } else { names.iter().any(|s| s.eq_ignore_ascii_case(bare(stage))) };
        self.settings.no_cache.as_ref().is_some_and(named)
    }

    /// Whether a step that stands on what is common makes something common: it sees nothing but the images, the program and what
    /// is common itself, and asks no network.
    pub(super) fn is_common(&self, step: &Step) -> bool {
        let common = |from: &Source| match from {
            Source::Image(_) | Source::Distil => true,
            Source::Stage(name) => self.built.get(name.as_str()).is_some_and(|stage| stage.common),
            Source::Context | Source::Named(_) => false,
        };
        let run = match &step.action {
            Action::Run(run) => run,
            Action::Copy(copy) => return common(&copy.from),
            Action::Write(_) | Action::Mkdir(_) | Action::Remove(_) => return true,
        };
        !run.network
            && run.mounts.iter().all(|mount| match mount {
                Mount::Bind { from, .. } => common(from),
                Mount::Tmpfs { .. } => true,
                Mount::Cache { .. } | Mount::Secret { .. } | Mount::SecretEnv { .. } | Mount::Ssh { .. } => false,
            })
    }
}

pub(super) fn has_cache(step: &Step) -> bool {
    matches!(&step.action, Action::Run(run) if run.mounts.iter().any(|mount| matches!(mount, Mount::Cache { .. })))
}
