//! The image with a shell and tools: a recipe that adds none gets them added, so that every debug target starts.

use crate::plan::{Action, Base, Copy, Source, Stage, Step};
use crate::recipe::Rendered;

/// Where the tools are, and the shell that such an image starts.
const TOOLS: &str = "/busybox";
pub(super) const SHELL: &str = "/busybox/sh";
const NAME: &str = "debug";
/// Where programs are looked for when the image says nothing.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Puts the tools of an image that has them on top of the result, unless the recipe has done so.
pub(super) fn complete(image: &str, rendered: &mut Rendered) {
    let lineage = rendered.lineage();
    let adds = |step: &Step| matches!(&step.action, Action::Copy(copy) if copy.to.trim_end_matches('/') == TOOLS);
    let Some(result) = lineage.last().filter(|_| !lineage.iter().flat_map(|s| &s.steps).any(adds)) else { return };
    let said = lineage.iter().flat_map(|s| &s.env).rev().find(|(name, _)| name == "PATH");
    let path = said.map_or(PATH, |(_, value)| value.as_str());
    let origin = result.origin.clone();
    let copy = Copy { from: Source::Image(image.to_owned()), path: TOOLS.into(), to: TOOLS.into(), exclude: vec![] };
    let step = Step { name: "Add a shell and tools".into(), phase: NAME.into(), action: Action::Copy(copy), origin: origin.clone() };
    let taken = rendered.stages.iter().any(|s| s.name == NAME);
    let stage = Stage {
        name: if taken { format!("{NAME}-tools") } else { NAME.to_owned() },
        base: Base::Stage(rendered.result.clone()),
        workdir: String::new(),
        env: with_tools(vec![("PATH".into(), path.into())]),
        steps: vec![step],
        proof: false,
        origin,
    };
    rendered.result.clone_from(&stage.name);
    rendered.stages.push(stage);
}

/// Variables with the tools on the `PATH`, where they name one.
pub(super) fn with_tools(mut env: Vec<(String, String)>) -> Vec<(String, String)> {
    for (_, value) in env.iter_mut().filter(|(name, value)| name == "PATH" && !value.split(':').any(|folder| folder == TOOLS)) {
        *value = format!("{value}:{TOOLS}");
    }
    env
}
