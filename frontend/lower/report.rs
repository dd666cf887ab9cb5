//! The report of the image: a recipe that makes none of its own gets one that walks the finished image.

use std::collections::BTreeSet;

use crate::plan::{Action, Base, Copy, Mount, Run, Source, Stage, Step};
use crate::recipe::Rendered;
use crate::refine::requests::{self, Folder, Folders, GATHERED, IMAGE, OUT_REPORT, Out, PROGRAM, WEIGHED_BASE};

use super::order::needs;

const NAME: &str = "report";
const WORK: &str = "measure";

/// Gives the build a stage with the report, unless the recipe has one.
pub(super) fn complete(rendered: &mut Rendered) {
    let named = rendered.report.clone();
    if named.is_some_and(|name| rendered.stages.iter().any(|s| s.name == name)) {
        return;
    }
    let Some(result) = rendered.stages.iter().find(|s| s.name == rendered.result) else { return };
    let origin = result.origin.clone();
    // What was gathered is told by the steps that did it.
    let gathers = |s: &Step| matches!(&s.action, Action::Run(run) if requests::named(&run.argv) == Some(requests::Gather::STEP.name));
    let needed = reached(&rendered.stages, &rendered.result);
    let gathered = rendered.stages.iter().filter(|stage| needed.contains(stage.name.as_str()) && stage.steps.iter().any(gathers));
    let gathered: Vec<String> = gathered.map(|stage| stage.name.clone()).collect();
    let base = rendered.lineage().first().and_then(|stage| match &stage.base {
        Base::Image(image) => Some(Source::Image(image.clone())),
        Base::Stage(_) | Base::Scratch => None,
    });
    let bind = |from, path: &str, to: &str| Mount::Bind { from, path: path.into(), to: to.into(), writable: false, content: false };
    let image = Source::Stage(rendered.result.clone());
    let asked = requests::Report {
        image: Folder::mounted(&IMAGE),
        base: base.as_ref().map_or_else(Folder::none, |_| Folder::mounted(&WEIGHED_BASE)),
        environment: Folder::none(),
        application: Folder::none(),
        tree: Folders::mounted(&GATHERED, gathered.len()),
        out: Out(OUT_REPORT.into()),
    };
    let mut mounts = vec![bind(Source::Distil, PROGRAM.0, PROGRAM.1), bind(image, IMAGE.from, IMAGE.to)];
    mounts.extend(base.map(|image| bind(image, WEIGHED_BASE.from, WEIGHED_BASE.to)));
    mounts.extend(gathered.into_iter().enumerate().map(|(index, stage)| bind(Source::Stage(stage), GATHERED.from, &GATHERED.nth(index).0)));
    let run = Run { argv: asked.argv(), script: false, env: vec![], workdir: None, mounts, network: false };
    let copy = Copy { from: Source::Stage(WORK.into()), path: OUT_REPORT.into(), to: "/".into(), exclude: vec![] };
    let step = |name: &str, action| Step { name: name.into(), phase: NAME.into(), action, origin: origin.clone() };
    let stage = |name: &str, step| Stage {
        name: name.into(),
        base: Base::Scratch,
        workdir: String::new(),
        env: vec![],
        steps: vec![step],
        proof: false,
        origin: origin.clone(),
    };
    let stages = [stage(WORK, step("Measure the image", Action::Run(run))), stage(NAME, step("Take the report out", Action::Copy(copy)))];
    rendered.stages.extend(stages);
    rendered.report = Some(NAME.into());
}

/// The stages that one is made of, itself among them.
fn reached<'s>(stages: &'s [Stage], name: &'s str) -> BTreeSet<&'s str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![name]);
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(stages.iter().filter(|stage| stage.name == name).flat_map(needs));
        }
    }
    found
}
