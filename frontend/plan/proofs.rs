//! What the spec asks of the finished image, as steps of a proof: commands, files, modules and the budget. Each is a step of its
//! own, so that they run side by side and a failure points at the line that asked for it.

use crate::diag::Place;
use crate::spec::{CheckFile, CheckRun, Spec};
use crate::yaml::At;

use super::{Action, Base, Mount, Origin, Run, Source, Stage, Step};

/// Where steps find the program.
const PROGRAM: &str = "/run/distil";
/// Where the account of the image is, for a step that weighs it.
const ACCOUNT: &str = "/run/report.json";
/// How long a command may take where the spec does not say.
const SECONDS: u64 = 60;

/// The proof of what the spec asks for; nothing where it asks for nothing. `report` is the stage that has the account of the
/// image, `cite` names a place for the reader.
pub(super) fn stage(spec: &Spec, result: &str, report: Option<&str>, has_python: bool, cite: impl Fn(Place) -> String) -> Option<Stage> {
    let origin = |place: Place| Origin { cited: cite(place), places: vec![place] };
    let mut steps = vec![];
    if let Some(At { value: check, place }) = &spec.check {
        if let (Some(first), true) = (check.imports.first(), has_python) {
            let modules = check.imports.iter().map(|m| m.value.clone());
            let argv = words(&["imports", "--python", "/app/.venv/bin/python", "--"]).chain(modules).collect();
            let place = Place { start: first.place.start, ..check.imports.last().map_or(*place, |m| m.place) };
            steps.push(step("Import what the spec names", argv, vec![], origin(place)));
        }
        for run in &check.run {
            steps.push(command(&run.value, origin(run.place)));
        }
        for file in &check.files {
            steps.extend(files(&file.value, origin(file.place)));
        }
    }
    if let (Some(At { value: budget, place }), Some(report)) = (&spec.budget, report) {
        // The user of a proof may not read all of the image, so it is weighed by the account, which is made by one who may.
        let argv = words(&["budget", "--account", ACCOUNT, "--limit"]).chain([budget.0.to_string()]).collect();
        let mut weigh = step("Weigh the image", argv, vec![], origin(*place));
        if let Action::Run(run) = &mut weigh.action {
            let from = Source::Stage(report.to_owned());
            run.mounts.push(Mount::Bind { from, path: "/report.json".into(), to: ACCOUNT.into(), writable: false });
        }
        steps.push(weigh);
    }
    let origin = steps.first().map(|s| s.origin.clone())?;
    let base = Base::Stage(result.to_owned());
    Some(Stage { name: "check".into(), base, workdir: String::new(), env: vec![], steps, proof: true, origin })
}

fn words(words: &[&str]) -> impl Iterator<Item = String> {
    words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>().into_iter()
}

fn command(CheckRun(keys): &CheckRun, origin: Origin) -> Step {
    let run = keys.run.as_ref().map(|r| r.value.0.clone()).unwrap_or_default();
    let seconds = keys.timeout.as_ref().map_or(SECONDS, |s| s.value.0);
    let mut argv = vec!["run".to_owned(), "--seconds".into(), seconds.to_string()];
    if let Some(exit) = &keys.exit {
        argv.extend(["--exit".to_owned(), exit.value.0.to_string()]);
    }
    if let Some(text) = &keys.matches {
        argv.extend(["--matches".to_owned(), text.value.clone()]);
    }
    argv.push("--".into());
    let name = format!("Run {}", crate::shell::join(&run));
    argv.extend(run);
    let env = keys.env.iter().flat_map(|t| &t.0).map(|(name, value)| (name.value.clone(), value.value.clone()));
    step(&name, argv, env.collect(), origin)
}

fn files(CheckFile(keys): &CheckFile, origin: Origin) -> Option<Step> {
    let path = &keys.path.as_ref()?.value;
    let mut argv = vec!["file".to_owned()];
    if keys.absent {
        argv.push("--absent".into());
    }
    if let Some(mode) = &keys.mode {
        argv.extend(["--mode".to_owned(), format!("{:04o}", mode.value.0)]);
    }
    if let Some(owner) = &keys.owner {
        argv.extend(["--owner".to_owned(), owner.value.to_string()]);
    }
    argv.push(path.to_string());
    Some(step(&format!("Look at {path}"), argv, vec![], origin))
}

/// A step that runs the program; the first word says which of its checks.
fn step(name: &str, argv: Vec<String>, env: Vec<(String, String)>, origin: Origin) -> Step {
    let program = Mount::Bind { from: Source::Distil, path: "/distil".into(), to: PROGRAM.into(), writable: false };
    let argv = [PROGRAM.to_owned(), "refine".into()].into_iter().chain(argv).collect();
    let run = Run { argv, script: false, env, workdir: None, mounts: vec![program], network: false };
    Step { name: name.to_owned(), phase: "check".into(), action: Action::Run(run), origin }
}
