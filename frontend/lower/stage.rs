//! A stage that a target names, to look into: it is exported in the place of the image, as it is when the image is built.

use crate::diag::{Diagnostic, codes, nearest};
use crate::names::User;
use crate::plan::{Image, Plan};
use crate::yaml::decode::list;

/// Exports a stage of a plan. What is looked into is not proven, and has neither a report nor the service's own settings.
pub(crate) fn show(plan: &mut Plan, name: &str) -> Result<(), Diagnostic> {
    let names: Vec<&str> = plan.stages.iter().filter(|stage| !stage.proof).map(|stage| stage.name.as_str()).collect();
    let Some(stage) = plan.stages.iter().find(|stage| stage.name == name && !stage.proof) else {
        let near = nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let found = Diagnostic::new(codes::NO_TARGET, format!("`{}` has no stage `{name}`", plan.target)).help_if(near);
        return Err(found.help(format!("its stages are {}", list(&names))));
    };
    plan.image = Image {
        user: User::ROOT,
        workdir: if stage.workdir.is_empty() { "/".to_owned() } else { stage.workdir.clone() },
        env: vec![],
        entrypoint: vec![],
        command: vec!["/bin/sh".to_owned()],
        expose: vec![],
        volumes: vec![],
        labels: vec![("distil.target".to_owned(), format!("{}/stage:{name}", plan.target))],
        healthcheck: None,
        stop_signal: None,
    };
    plan.stage = Some(name.to_owned());
    plan.stages.retain(|stage| !stage.proof);
    (plan.report, plan.sbom, plan.tries_start) = (None, None, true);
    Ok(())
}
