//! Where the user's own files ask for what a recipe's step does: what a reader of one that failed is shown.

use std::collections::BTreeMap;

use crate::diag::{Place, Sources};
use crate::ecosystem::Project;
use crate::plan::{Action, Stage};
use crate::refine::requests;
use crate::spec::Spec;

/// The places by stage and number of the step. `command` is where the service's command is said.
pub(super) fn places(
    spec: &Spec,
    project: &Project,
    command: Option<Place>,
    stages: &[Stage],
    sources: &Sources,
) -> BTreeMap<(String, usize), Place> {
    let packages = spec.apt.as_ref().map(|apt| apt.place);
    let mut places = BTreeMap::new();
    for stage in stages {
        for (index, step) in stage.steps.iter().enumerate() {
            let Action::Run(run) = &step.action else { continue };
            let place = if requests::named(&run.argv).is_some() {
                project.asks_for(&run.argv, sources).or(command)
            } else if run.script && run.argv.iter().any(|text| text.contains("apt-get ")) {
                packages
            } else {
                None
            };
            places.extend(place.map(|place| ((stage.name.clone(), index), place)));
        }
    }
    places
}
