//! Volumes are the service's own to write to, whatever the recipe: one that makes no folder for them gets it made.

use crate::diag::Sources;
use crate::plan::{Action, Mkdir, Origin, Step};
use crate::recipe::Rendered;
use crate::spec::Spec;

/// Makes the folder of each volume that no step of the image makes. What the image has there already stays as it is.
pub(super) fn complete(spec: &Spec, rendered: &mut Rendered, sources: &Sources) {
    let user = spec.user.as_ref().map_or(crate::names::User::NONROOT, |u| u.value);
    for volume in spec.volumes.iter().flatten() {
        let path = volume.value.to_string();
        let makes = |step: &Step| matches!(&step.action, Action::Mkdir(made) if made.path.trim_end_matches('/') == path);
        if rendered.lineage().iter().flat_map(|stage| &stage.steps).any(makes) {
            continue;
        }
        let origin = Origin { cited: sources.cite_line(volume.place), places: vec![volume.place] };
        let mkdir = Mkdir { path: path.clone(), mode: 0o755, owner: user };
        let step = Step { name: format!("Make {path}"), phase: "volumes".into(), action: Action::Mkdir(mkdir), origin };
        let result = rendered.result.clone();
        if let Some(stage) = rendered.stages.iter_mut().find(|s| s.name == result) {
            stage.steps.push(step);
        }
    }
}
