//! An image for another platform than the one that it is built on: whether it can be made without running a program of that platform, and the
//! stages that it takes. Those of the build's own platform come along, since what they tried holds for the other as well.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Sources, codes};
use crate::ecosystem::Project;
use crate::plan::{Action, Base, Crossing, NATIVE, Plan, Source, Stage, Step};
use crate::recipe::{Rendered, input};
use crate::refine::requests;
use crate::spec::{CopySource, Runtime, Spec};

/// A plan for another platform.
#[derive(Debug)]
pub enum Elsewhere {
    /// It is made on the platform of the build.
    Crossed(Box<Plan>),
    /// It is made by programs of its own; what forces that, unless the spec asks for it.
    Emulated(Option<Diagnostic>),
}

impl Elsewhere {
    /// Its plan, where it has one of its own.
    pub(crate) fn plan_mut(&mut self) -> Option<&mut Plan> {
        if let Self::Crossed(plan) = self { Some(plan) } else { None }
    }
}

/// What a plan is made for, where that is another platform than the build's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct To<'p> {
    /// The architecture, as `arm64`.
    pub architecture: &'p str,
    /// What installers call it.
    pub called: &'p str,
    /// The plan for the platform of the build.
    pub native: &'p Plan,
}

/// What installers call the platform, where nothing of the spec has to run there. The error is what has to.
pub(super) fn called(spec: &Spec, project: &Project, architecture: &str, debian: &str, sources: &Sources) -> Result<String, Diagnostic> {
    let because =
        |why: String| Diagnostic::new(codes::EMULATED_PLATFORM, format!("the image for linux/{architecture} is built by emulation: {why}"));
    if let Some(recipe) = spec.recipe.as_ref().filter(|recipe| recipe.value != project.recipe()) {
        return Err(because(format!("`{}` is a recipe whose steps may run what they install", recipe.value)).at(recipe.place, ""));
    }
    if let Some(copy) = spec.other_copies().find(|copy| matches!(copy.from.value, CopySource::Spec(..))) {
        return Err(because("the steps of the other spec may run what they install".to_owned()).at(copy.from.place, ""));
    }
    if let Some(step) = spec.steps.iter().flatten().next() {
        return Err(because("the spec's own `steps` may run what is installed".to_owned()).at(step.place, ""));
    }
    if let Some(runtime) = spec.runtime.as_ref().filter(|runtime| runtime.value == Runtime::Alpine) {
        return Err(because("`runtime: alpine` is".to_owned()).at(runtime.place, ""));
    }
    if let Some(package) = spec.apt.iter().flat_map(|apt| &apt.value.runtime).next() {
        let why = format!("the Debian package `{}` is installed by tools of that platform", package.value.0);
        return Err(because(why).at(package.place, "").help("a package that brings its libraries along may do without it"));
    }
    project.crosses(spec, architecture, debian, sources).map_err(|(why, place)| {
        let found = because(why);
        place.into_iter().fold(found, |found, place| found.at(place, ""))
    })
}

/// Adds the stages of the build's own platform, under names of their own.
pub(super) fn add(native: &Plan, rendered: &mut Rendered) {
    let renamed = |name: &String| format!("{NATIVE}{name}");
    for stage in &native.stages {
        let mut stage = stage.clone();
        stage.name = renamed(&stage.name);
        if let Base::Stage(name) = &mut stage.base {
            *name = renamed(name);
        }
        for source in stage.steps.iter_mut().flat_map(sources_of) {
            if let Source::Stage(name) = source {
                *name = renamed(name);
            }
        }
        rendered.stages.push(stage);
    }
}

fn sources_of(step: &mut Step) -> Vec<&mut Source> {
    match &mut step.action {
        Action::Copy(copy) => vec![&mut copy.from],
        Action::Run(run) => run.mounts.iter_mut().filter_map(crate::plan::Mount::source_mut).collect(),
        Action::Write(_) | Action::Mkdir(_) | Action::Remove(_) => vec![],
    }
}

/// The stages of the build's own platform among these: those under names of their own, those that run programs, and those that such a stage
/// starts from. A proof runs what is in the image, and makes nothing.
pub(super) fn crossing(architecture: &str, stages: &[Stage]) -> Crossing {
    let runs = |stage: &Stage| !stage.proof && stage.steps.iter().any(|step| matches!(step.action, Action::Run(_)));
    let mut native: BTreeSet<String> =
        stages.iter().filter(|stage| stage.name.starts_with(NATIVE) || runs(stage)).map(|stage| stage.name.clone()).collect();
    // Each stage comes after the one that it starts from.
    for stage in stages.iter().rev() {
        if let (Base::Stage(below), true) = (&stage.base, native.contains(&stage.name)) {
            native.insert(below.clone());
        }
    }
    let proofs = stages.iter().filter(|stage| stage.proof && !stage.name.starts_with(NATIVE));
    let runs_of_image = |step: &Step| matches!(&step.action, Action::Run(run) if !looks(&run.argv));
    let foreign = proofs.flat_map(|stage| {
        let found = stage.steps.iter().enumerate().filter(|(_, step)| runs_of_image(step));
        found.map(|(index, _)| (stage.name.clone(), index)).collect::<Vec<_>>()
    });
    Crossing { architecture: architecture.to_owned(), native, foreign: foreign.collect() }
}

/// Whether a proof looks at the files of the image and runs none.
fn looks(argv: &[String]) -> bool {
    const LOOK: [&str; 3] = [requests::Hygiene::STEP.name, requests::File::STEP.name, requests::Budget::STEP.name];
    requests::named(argv).is_some_and(|step| LOOK.contains(&step))
}

/// What of a plan runs in the image itself, so that it has to be of its platform.
pub(super) fn runs_in_image(plan: &Plan) -> Option<Diagnostic> {
    let lineage = plan.lineage(plan.result()).1;
    let step = lineage.into_iter().flat_map(|stage| &stage.steps).find(|step| matches!(step.action, Action::Run(_)))?;
    let architecture = plan.crossing.as_ref().map_or("", |crossing| crossing.architecture.as_str());
    let message = format!("the image for linux/{architecture} is built by emulation: \"{}\" runs in it", step.name);
    let found = Diagnostic::new(codes::EMULATED_PLATFORM, message);
    Some(step.origin.places.first().into_iter().fold(found, |found, place| found.at(*place, "")))
}

/// Tells a recipe what installers call the platform.
pub(super) fn tell(to: Option<To<'_>>, inputs: &mut input::Inputs) {
    inputs.set(input::CROSS, to.map_or_else(String::new, |to| to.called.to_owned()));
}
