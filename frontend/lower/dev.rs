//! The image to develop in: what is locked for that, the project's files as they lie, and a shell. It is on its recipe's builder, nothing
//! of it is made small or proven, and it says so.

use crate::diag::{Diagnostic, Sink, codes};
use crate::ecosystem::Project;
use crate::names::User;
use crate::plan::Plan;
use crate::recipe::Recipe;
use crate::spec::Spec;
use crate::target::Target;

/// The label that tells such an image from one that ships.
const LABEL: &str = "distil.target";
/// The input by which a recipe knows that it is asked for.
const INPUT: &str = "dev";
const SHELL: &str = "/bin/sh";

/// The spec without what is asked of an image that ships, and with what is locked for development.
pub(super) fn spec(spec: &Spec, project: &Project) -> Spec {
    let mut spec = spec.clone();
    (spec.before_start, spec.healthcheck, spec.check, spec.budget) = (None, None, None, None);
    project.develop(&mut spec);
    spec
}

/// Refuses a recipe that has no such image. `None` when it has none; the sink says so.
pub(super) fn check(recipe: &Recipe, name: &str, target: &Target, sink: &mut Sink) -> Option<()> {
    if recipe.inputs.0.iter().any(|(name, input)| name.value == INPUT && input.filled_by(INPUT).is_some()) {
        return Some(());
    }
    let found = Diagnostic::new(codes::NO_TARGET, format!("there is no `{target}`: the recipe `{name}` has no image to develop in"));
    sink.push(found.help("a recipe has one by an input `dev: { type: flag }`, and a last stage with `when: dev`"));
    None
}

/// What the image says of itself.
pub(super) fn say(plan: &mut Plan) {
    let image = &mut plan.image;
    // Files that are mounted or synced belong to whoever wrote them, and tools leave theirs beside them.
    image.user = User::ROOT;
    (image.entrypoint, image.command, image.stop_signal) = (vec![], vec![SHELL.into()], None);
    image.labels.retain(|(name, _)| name != LABEL);
    image.labels.push((LABEL.to_owned(), plan.target.to_string()));
    for decision in &mut plan.decisions {
        let value = match decision.about {
            "user" => plan.image.user.to_string(),
            "runtime" => "the builder".to_owned(),
            "command" => SHELL.to_owned(),
            _ => continue,
        };
        (decision.value, decision.from) = (value, "an image to develop in".to_owned());
    }
}
