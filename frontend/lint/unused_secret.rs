//! A secret that a spec declares and no step is given is a leftover, or a name that was mistyped elsewhere.

use super::Subject;
use crate::diag::{Diagnostic, codes};
use crate::plan::{Action, Mount};

/// Finds secrets of the spec that no step mounts.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let steps = || subject.plan.iter().flat_map(|plan| &plan.stages).flat_map(|stage| &stage.steps);
    let mounts = || steps().filter_map(|step| if let Action::Run(run) = &step.action { Some(&run.mounts) } else { None }).flatten();
    let mounted = |name: &str| mounts().any(|mount| matches!(mount, Mount::Secret { id, .. } | Mount::SecretEnv { id, .. } if id == name));
    let unused = subject.spec.secrets.iter().flatten().filter(|secret| !mounted(&secret.value.id));
    let said = unused.map(|secret| {
        let message =
            format!("no step of `{}` is given the secret `{}`", subject.plan.map_or("", |plan| plan.recipe.as_str()), secret.value.id);
        let found = Diagnostic::new(codes::UNUSED_SECRET, message).at(secret.place, "");
        found.help("leave it out, so that nobody hands it in for nothing; what the service reads when it runs is given to the container")
    });
    said.collect()
}
