//! What must hold of the finished image whatever the recipe: that its command is there, and what the spec asks for, which is
//! commands, files, modules and the budget. Each is a step of its own, so that they run side by side and a failure points at the line that asked for it.

use crate::diag::{Place, Sink, Sources};
use crate::ecosystem::{self, Project};
use crate::plan::{Action, Base, Mount, Origin, Run, Source, Stage, Step};
use crate::recipe::Rendered;
use crate::refine::requests::{self, Command, Folder, PROGRAM, REPORT};
use crate::spec::{CheckFile, CheckRun, Size, Spec};
use crate::target::Product;
use crate::yaml::At;

use super::start;
use super::starter;

/// How long a command may take where the spec does not say.
const SECONDS: u64 = 60;

/// The proof that what runs is there: the command, for a recipe whose own proofs do not look for it, and what runs before it.
pub(super) fn complete(spec: &Spec, start: &[String], rendered: &mut Rendered, sources: &Sources) {
    let looks = |s: &Step| matches!(&s.action, Action::Run(run) if requests::named(&run.argv).is_some_and(ecosystem::proves_command));
    let looked = rendered.stages.iter().filter(|s| s.proof).flat_map(|s| &s.steps).any(looks);
    let Some(result) = rendered.stages.iter().find(|s| s.name == rendered.result) else { return };
    let at = |place: Option<Place>| {
        place.map_or_else(|| result.origin.clone(), |place| Origin { cited: sources.cite_line(place), places: vec![place] })
    };
    let find = |name: &str, command: &[String], origin| {
        let asked = requests::ProveCommand { command: Command(command.to_vec()) };
        Step { phase: "proof".into(), ..step(name, asked.argv(), vec![], origin) }
    };
    let mut steps = vec![];
    if !looked && !start.is_empty() {
        steps.push(find("Find the command", start, at(spec.entrypoint.as_ref().or(spec.command.as_ref()).map(|words| words.place))));
    }
    for command in starter::commands(spec) {
        let name = format!("Find {}", crate::shell::join(&command.value.0));
        let mut found = find(&name, &command.value.0, at(Some(command.place)));
        if let (Some((argv, mounts)), Action::Run(run)) = (before(rendered, &command.value.0), &mut found.action) {
            (run.argv, run.mounts) = (argv, mounts);
        }
        steps.push(found);
    }
    let Some(origin) = steps.first().map(|s| s.origin.clone()) else { return };
    let base = Base::Stage(rendered.result.clone());
    rendered.stages.push(Stage { name: "command-proof".into(), base, workdir: String::new(), env: vec![], steps, proof: true, origin });
}

/// How a command that runs before the service is proven, and with which mounts, in a recipe that follows the service's own: as that is.
fn before(rendered: &Rendered, command: &[String]) -> Option<(Vec<String>, Vec<Mount>)> {
    rendered.stages.iter().filter(|s| s.proof).flat_map(|s| &s.steps).find_map(|step| {
        let Action::Run(run) = &step.action else { return None };
        Some((ecosystem::prove_before(&run.argv, command)?, run.mounts.clone()))
    })
}

/// What is known of a build when its proof is made.
#[derive(Clone, Copy)]
pub(super) struct Given<'g> {
    /// The stage that becomes the image.
    pub(super) result: &'g str,
    /// The stage with the report of the image.
    pub(super) report: Option<&'g str>,
    /// The size that the image may have.
    pub(super) budget: Option<&'g At<Size>>,
    /// The project.
    pub(super) project: &'g Project,
    /// What the service runs.
    pub(super) start: &'g [String],
    /// Where that is said.
    pub(super) place: Option<Place>,
    /// What is built.
    pub(super) product: Product,
}

/// The proof of what the spec asks for; nothing where it asks for nothing. `cite`
/// names a place for the reader.
pub(super) fn stage(spec: &Spec, given: &Given, cite: impl Fn(Place) -> String, sink: &mut Sink) -> Option<Stage> {
    let Given { result, report, budget, project, .. } = *given;
    let origin = |place: Place| Origin { cited: cite(place), places: vec![place] };
    let mut steps = vec![];
    if let Some(At { value: check, .. }) = &spec.check {
        if let Some((asked, place)) = project.imports(check) {
            steps.push(step("Import what the spec names", asked, vec![], origin(place)));
        }
        for run in &check.run {
            steps.push(command(&run.value, origin(run.place)));
        }
        for file in &check.files {
            steps.extend(files(&file.value, origin(file.place)));
        }
    }
    let begun =
        start::check(spec, given, sink).map(|(argv, env, place)| step("Start the service, and wait for it", argv, env, origin(place)));
    steps.extend(begun);
    if let (Some(At { value: budget, place }), Some(report)) = (budget, report) {
        // The user of a proof may not read all of the image, so it is weighed by the report, which is made by one who may.
        let asked = requests::Budget { report: Folder::mounted(&REPORT), limit: budget.0 };
        let mut weigh = step("Weigh the image", asked.argv(), vec![], origin(*place));
        if let Action::Run(run) = &mut weigh.action {
            let from = Source::Stage(report.to_owned());
            run.mounts.push(Mount::Bind { from, path: REPORT.from.into(), to: REPORT.to.into(), writable: false, content: false });
        }
        steps.push(weigh);
    }
    let origin = steps.first().map(|s| s.origin.clone())?;
    let base = Base::Stage(result.to_owned());
    Some(Stage { name: "check".into(), base, workdir: String::new(), env: vec![], steps, proof: true, origin })
}

fn command(CheckRun(keys): &CheckRun, origin: Origin) -> Step {
    let run = keys.run.as_ref().map(|r| r.value.0.clone()).unwrap_or_default();
    let asked = requests::Run {
        seconds: Some(keys.timeout.as_ref().map_or(SECONDS, |s| s.value.0)),
        exit: keys.exit.as_ref().map(|exit| exit.value.0.into()),
        matches: keys.matches.as_ref().map(|text| text.value.clone()),
        command: Command(run.clone()),
    };
    let name = format!("Run {}", crate::shell::join(&run));
    let env = keys.env.iter().flat_map(|t| &t.0).map(|(name, value)| (name.value.clone(), value.value.clone()));
    step(&name, asked.argv(), env.collect(), origin)
}

fn files(CheckFile(keys): &CheckFile, origin: Origin) -> Option<Step> {
    let path = &keys.path.as_ref()?.value;
    let asked = requests::File {
        absent: keys.absent,
        mode: keys.mode.as_ref().map(|mode| requests::Mode(mode.value.0)),
        owner: keys.owner.as_ref().map(|owner| owner.value),
        path: path.to_string(),
    };
    Some(step(&format!("Look at {path}"), asked.argv(), vec![], origin))
}

/// What runs when all proofs have succeeded.
pub(super) fn hold() -> Run {
    run(vec![PROGRAM.1.into(), "hold".into()], vec![])
}

/// A step that runs the program.
fn step(name: &str, argv: Vec<String>, env: Vec<(String, String)>, origin: Origin) -> Step {
    Step { name: name.to_owned(), phase: "check".into(), action: Action::Run(run(argv, env)), origin }
}

fn run(argv: Vec<String>, env: Vec<(String, String)>) -> Run {
    let program = Mount::Bind { from: Source::Distil, path: PROGRAM.0.into(), to: PROGRAM.1.into(), writable: false, content: false };
    Run { argv, script: false, env, workdir: None, mounts: vec![program], network: false }
}
