//! Spec and facts become a plan: every default resolved, every image named, the recipe's stages rendered and ordered.
//! The one place where spec, facts and recipes meet.

mod absent;
mod asked;
mod copies;
mod crossing;
mod debug;
mod dev;
mod images;
mod inputs;
mod layers;
mod order;
mod probe;
mod proofs;
mod refused;
mod report;
mod sbom;
mod serve;
mod stage;
mod start;
mod starter;
mod steps;
mod taken;
mod volumes;

pub(crate) use copies::Parts;
pub use crossing::Elsewhere;
pub(crate) use crossing::To;
pub(crate) use inputs::left_out;
pub(crate) use order::needs;
pub use sbom::Attested;
pub(crate) use stage::show;

use crate::diag::{Diagnostic, Place, Severity, Sink, Sources, codes};
use crate::ecosystem::Project;
use crate::facts::Files;
use crate::names::{Endpoint, User};
use crate::plan::{Base, Decision, Healthcheck, Image, Plan, Stage};
use crate::recipe::input::Inputs;
use crate::recipe::{self, Found, Library, Rendered};
use crate::spec::Spec;
use crate::target::{Product, Target};
use crate::yaml::written::Written;
use crate::yaml::{At, Table};

use images::Chosen;
use inputs::workdir;
use order::order;

/// The image that the program comes in, where a spec's first line does not say.
const DISTIL: &str = "distil/distil:1";

/// The recipe that a spec asks for.
#[must_use]
pub fn asked_recipe(spec: &Spec) -> Option<String> {
    let own = spec.recipe.as_ref().map(|r| r.value.trim_start_matches("./").to_owned());
    own.or_else(|| spec.serve.as_ref().map(|_| serve::RECIPE.to_owned()))
}

/// A file of the project, for a recipe that reads it.
fn found<'f>(files: &'f Files, path: &str) -> Found<'f> {
    match (files.text(path), files.refusal(path)) {
        (Some(text), _) => Found::Text(text),
        (None, Some(refused)) => Found::Refused(refused),
        (None, None) => Found::Absent,
    }
}

/// How the image for another architecture than that of a plan comes about.
pub(crate) fn elsewhere(
    (spec, written): (&Spec, &[Written]),
    (native, architecture, attested, files_only): (&Plan, &str, Attested, bool),
    project: &Project,
    known: (&Library, &Files, &Parts),
    sources: &mut Sources,
) -> Elsewhere {
    if native.emulate {
        return Elsewhere::Emulated(None);
    }
    // What is said of the spec was said when the plan was made.
    let mut sink = Sink::default();
    let settled = project.settled(spec, &mut sink);
    let debian = images::choose(spec, &settled, &mut sink).debian;
    let called = match crossing::called(spec, &settled, architecture, &debian, sources) {
        Ok(called) => called,
        Err(found) => return Elsewhere::Emulated(Some(found)),
    };
    let to = To { architecture, called: &called, native };
    let asked = Asked { target: &native.target, attested, to: Some(to), files_only };
    let Some(plan) = lower((spec, written), asked, project, known, sources, &mut sink) else {
        return Elsewhere::Emulated(sink.into_sorted().into_iter().find(|found| found.severity == Severity::Error));
    };
    match crossing::runs_in_image(&plan) {
        Some(found) => Elsewhere::Emulated(Some(found)),
        None => Elsewhere::Crossed(Box::new(plan)),
    }
}

/// Completes a spec by what its recipe says of the image, as far as the spec says nothing of it. `None` where something of that is wrong; the
/// sink says what.
pub(crate) fn complete(spec: &mut Spec, library: &Library, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Option<()> {
    let Some(name) = asked_recipe(spec).filter(|name| library.says_of_image(name)) else { return Some(()) };
    let recipe = library.load(&name, spec.recipe.as_ref().map(|r| r.place), sources, sink)?;
    let mut given = Inputs::default();
    inputs::options(spec, &mut given);
    given.read(&recipe, &|path| found(files, path), sources, sink)?;
    match recipe.image(&given.of(&recipe), sink) {
        Some(image) => spec.complete(&image, sink),
        None => (!sink.has_errors()).then_some(()),
    }
}

/// Makes the plan of a spec and the keys that were written in it. `None` when something is wrong; the sink says what.
pub(crate) fn lower(
    (spec, written): (&Spec, &[Written]),
    Asked { target, attested, to, files_only }: Asked<'_>,
    project: &Project,
    (library, files, parts): (&Library, &Files, &Parts),
    sources: &mut Sources,
    sink: &mut Sink,
) -> Option<Plan> {
    let project = &project.settled(spec, sink);
    let images = images::choose(spec, project, sink);
    let product = target.product;
    let own = (product == Product::Dev).then(|| dev::spec(spec, project));
    let spec = own.as_ref().unwrap_or(spec);
    let command = said_command(spec, project, files_only, sources, sink);
    let name = asked_recipe(spec).unwrap_or_else(|| project.recipe().to_owned());
    let mut recipe = library.load(&name, spec.recipe.as_ref().map(|r| r.place), sources, sink)?;
    if product == Product::Dev {
        dev::check(&recipe, &name, target, sink)?;
    }
    check_options(spec, &recipe, sink);
    taken::check(written, spec, (&recipe, &name), project, sink);
    absent::check(spec, project, files, sink);
    let entrypoint = spec.entrypoint.as_ref().map(|e| e.value.0.clone()).unwrap_or_default();
    let start: Vec<String> = entrypoint.iter().chain(command.iter().flat_map(|c| &c.0)).cloned().collect();
    if product.is_proven() && !start.is_empty() {
        project.check_command(spec, &start, command.as_ref().and_then(|c| c.2), &workdir(spec), sink);
    }
    let (mut given, packages) = inputs::gather(spec, target, project, &images, &start, sink)?;
    crossing::tell(to, &mut given);
    given.read(&recipe, &|path| found(files, path), sources, sink)?;
    let given = given.of(&recipe);
    refused::check(&recipe, &given, written, sink);
    steps::add(spec, &mut recipe, &given, sink);
    let mut rendered = recipe::render(&recipe, &given, sources, sink)?;
    copies::add(spec, parts, &mut rendered, sources, sink);
    if !build_env(spec, &images, &mut rendered)
        && let Some(key) = written.iter().find(|key| key.path == "build-env")
    {
        let message = format!("no stage of the recipe `{name}` is built in `builder-image`, and `build-env` is for those");
        sink.push(Diagnostic::new(codes::MISPLACED_KEY, message).at(key.place, "").help("set the variables where they are needed"));
    }
    volumes::complete(spec, &mut rendered, sources);
    starter::add(spec, &mut rendered, sources);
    probe::add(spec, project.ecosystem().is_some(), &mut rendered, sources);
    let debug = product == Product::Debug;
    if product.is_proven() {
        report::complete(&mut rendered);
        prove(spec, target, project, (&start, command.as_ref()), &mut rendered, sources, sink);
    } else {
        unproven(product, &images, &mut rendered);
    }
    if attested.sbom || target.product == Product::Sbom {
        sbom::add(&inputs::name(spec, project), project.locked(spec).as_ref(), attested.epoch, &mut rendered);
    }
    let (result, report, sbom) = (rendered.result.clone(), rendered.report.clone(), rendered.sbom.clone());
    if let Some(to) = to {
        crossing::add(to.native, &mut rendered);
    }
    let stages = connect(rendered, sink)?;
    let command = command?;
    let user = spec.user.as_ref().map_or(User::NONROOT, |u| u.value);
    let (command, cited, place) = command;
    let command = (command, cited);
    let mut plan = Plan {
        asked: asked::places(spec, project, place, &stages, sources),
        command: place,
        supplies: crate::plan::Supplies {
            folders: packages.locals.iter().map(|(path, _)| path.clone()).collect(),
            ..project.supplies(spec)
        },
        locals: packages.locals,
        packages: packages.all,
        parts: vec![],
        name: inputs::name(spec, project),
        language: project.title(),
        recipe: name,
        target: target.clone(),
        decisions: decisions(spec, project, &images, user, &command, sources),
        tries_start: start::is_tried(spec, target.product),
        exclude: spec.exclude.iter().flatten().map(|p| p.value.clone()).collect(),
        distil: distil(sources),
        emulate: spec.emulate.as_ref().is_some_and(|emulate| emulate.value),
        crossing: to.map(|to| crossing::crossing(to.architecture, &stages)),
        stages,
        result,
        report,
        sbom,
        stage: None,
        hold: proofs::hold(),
        image: Image {
            user,
            workdir: workdir(spec),
            env: if debug { debug::with_tools(texts(spec.env.as_ref())) } else { texts(spec.env.as_ref()) },
            entrypoint: if debug { vec![debug::SHELL.into()] } else { starter::entrypoint(spec, entrypoint) },
            command: if debug { vec![] } else { command.0 },
            expose: spec.expose.iter().flatten().map(|p| p.value.to_string()).collect(),
            volumes: spec.volumes.iter().flatten().map(|v| v.value.to_string()).collect(),
            labels: labels(spec, project),
            healthcheck: healthcheck(spec, project, sink),
            stop_signal: spec.stop_signal.as_ref().map(|s| s.value.to_string()),
        },
    };
    start_elsewhere(spec, product, &mut plan);
    if product == Product::Dev {
        dev::say(&mut plan);
    }
    Some(plan)
}

/// A recipe of its own kind may start its program elsewhere than a spec does that says nothing.
fn start_elsewhere(spec: &Spec, product: Product, plan: &mut Plan) {
    let stays = spec.workdir.is_some() && product != Product::Dev;
    let own = plan.lineage(plan.result()).1.iter().rev().map(|s| s.workdir.clone()).find(|w| !w.is_empty());
    if let Some(own) = own.filter(|_| !stays) {
        plan.image.workdir = own;
    }
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) target: &'a Target,
    pub(crate) attested: Attested,
    /// The platform that it is for, where that is not the build's.
    pub(crate) to: Option<To<'a>>,
    /// Whether another spec copies files of it, and nobody starts it.
    pub(crate) files_only: bool,
}

/// Adds the proofs of an image.
fn prove(
    spec: &Spec,
    target: &Target,
    project: &Project,
    (start, command): (&[String], Option<&SaidCommand>),
    rendered: &mut Rendered,
    sources: &Sources,
    sink: &mut Sink,
) {
    proofs::complete(spec, start, rendered, sources);
    // An image over its budget is reported on all the same: the report says what is so large.
    let entrypoint = spec.entrypoint.as_ref().map(|e| e.value.0.clone()).unwrap_or_default();
    let run: Vec<String> =
        starter::entrypoint(spec, entrypoint).into_iter().chain(command.into_iter().flat_map(|c| &c.0).cloned()).collect();
    let given = proofs::Given {
        result: &rendered.result,
        report: rendered.report.as_deref(),
        budget: spec.budget.as_ref().filter(|_| target.product != Product::Report),
        project,
        start: &run,
        place: command.and_then(|c| c.2),
        product: target.product,
    };
    let asked = proofs::stage(spec, &given, |place| sources.cite_line(place), sink);
    rendered.stages.extend(asked);
}

/// Completes an image that is not proven: a shell and tools are what it is for, and what the proof is there to keep out.
fn unproven(product: Product, images: &Chosen, rendered: &mut Rendered) {
    rendered.stages.retain(|s| !s.proof);
    if product == Product::Debug {
        report::complete(rendered);
        debug::complete(&images.debug, rendered);
    } else {
        rendered.report = None;
    }
}

/// The image that the spec's first line names, which is the one that the program comes in.
fn distil(sources: &Sources) -> String {
    let spec = sources.iter().next();
    let first = spec.and_then(|(_, file)| file.text.lines().next()).unwrap_or_default();
    let directive = first.trim_start_matches('\u{feff}').strip_prefix('#').and_then(|rest| rest.trim_start().strip_prefix("syntax"));
    let image = directive.and_then(|rest| rest.trim_start().strip_prefix('=')).and_then(|rest| rest.split_whitespace().next());
    image.unwrap_or(DISTIL).to_owned()
}

fn texts(table: Option<&Table<At<String>>>) -> Vec<(String, String)> {
    table.into_iter().flat_map(|t| &t.0).map(|(n, v)| (n.value.clone(), v.value.clone())).collect()
}

/// What the project's files tell about it, and then the spec's own words.
fn labels(spec: &Spec, project: &Project) -> Vec<(String, String)> {
    let mut labels: Vec<(String, String)> = project.labels().iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
    for (name, value) in texts(spec.labels.as_ref()) {
        labels.retain(|(known, _)| *known != name);
        labels.push((name, value));
    }
    labels
}

/// Options are the recipe's own inputs; those that the project's facts fill are not for a spec to set.
fn check_options(spec: &Spec, recipe: &recipe::Recipe, sink: &mut Sink) {
    let Some(options) = &spec.options else { return };
    let known: Vec<&str> = recipe.inputs.0.iter().filter(|(_, i)| i.is_option()).map(|(n, _)| n.value.as_str()).collect();
    for (name, value) in &options.0 {
        let declared = recipe.inputs.0.iter().find(|(known, input)| known.value == name.value && input.is_option());
        declared
            .and_then(|(_, input)| input.unfit(&format!("the option `{}`", name.value), value))
            .into_iter()
            .for_each(|found| sink.push(found));
    }
    for (name, _) in options.0.iter().filter(|(n, _)| !known.contains(&n.value.as_str())) {
        let near = crate::diag::nearest(&name.value, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
        let found = Diagnostic::new(codes::UNKNOWN_OPTION, format!("the recipe has no option `{}`", name.value));
        let help = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", crate::yaml::decode::list(&known)) };
        sink.push(found.at(name.place, near.unwrap_or_default()).help(help));
    }
}

/// `build-env` holds for every stage that starts from the builder's image and does not ship; tells whether there is any.
fn build_env(spec: &Spec, images: &Chosen, rendered: &mut Rendered) -> bool {
    let env = texts(spec.build_env.as_ref());
    let builder = Base::Image(images.builder.clone());
    let mut found = false;
    for stage in rendered.stages.iter_mut().filter(|s| s.base == builder && s.name != rendered.result) {
        stage.env.extend(env.iter().cloned());
        found = true;
    }
    found
}

/// How the engine asks whether a container is well: by the interpreter of its language, else by a program that is put into the image.
fn healthcheck(spec: &Spec, project: &Project, sink: &mut Sink) -> Option<Healthcheck> {
    let At { value: check, place } = spec.healthcheck.as_ref()?;
    let endpoint = |address: &Option<At<String>>, path| Endpoint::parse(&address.as_ref()?.value, path);
    let asked = endpoint(&check.http, true).map(|e| (e, true)).or_else(|| Some((endpoint(&check.tcp, false)?, false)));
    let command = match asked {
        Some((endpoint, path)) => match project.asks(&endpoint, path) {
            Some(command) => command,
            None => probe::command(&endpoint, path, *place, sink)?,
        },
        None => check.command.as_ref()?.value.0.clone(),
    };
    Some(Healthcheck {
        command,
        interval: check.interval.as_ref().map(|s| s.value.0),
        timeout: check.timeout.as_ref().map(|s| s.value.0),
        start_period: check.start_period.as_ref().map(|s| s.value.0),
        retries: check.retries.as_ref().and_then(|r| r.value.parse().ok()),
    })
}

fn decisions(
    spec: &Spec,
    project: &Project,
    images: &Chosen,
    user: User,
    command: &(Vec<String>, String),
    sources: &Sources,
) -> Vec<Decision> {
    let said = |place: Option<crate::diag::Place>| place.map_or("default".to_owned(), |p| sources.cite_line(p));
    let mut decisions = project.decisions(spec, sources);
    if let Some(place) = project.stays_out(spec) {
        decisions.push(Decision { about: "project", value: "not installed".into(), from: sources.cite_line(place) });
    }
    let user_from = said(spec.user.as_ref().map(|u| u.place));
    decisions.push(Decision { about: "runtime", value: images.kind.word().into(), from: said(images.place) });
    decisions.push(Decision { about: "user", value: user.to_string(), from: user_from });
    decisions.push(Decision { about: "command", value: crate::shell::join(&command.0), from: command.1.clone() });
    decisions
}

/// A command, where it comes from in words, and its place.
type SaidCommand = (Vec<String>, String, Option<Place>);

/// The spec's command, else the project's only script. What only files are taken of needs none.
fn said_command(spec: &Spec, project: &Project, files_only: bool, sources: &Sources, sink: &mut Sink) -> Option<SaidCommand> {
    if let Some(command) = &spec.command {
        return Some((command.value.0.clone(), sources.cite_line(command.place), Some(command.place)));
    }
    if let Some(entrypoint) = &spec.entrypoint {
        return Some((vec![], sources.cite_line(entrypoint.place), Some(entrypoint.place)));
    }
    if let Some(site) = &spec.serve {
        return Some((vec![serve::COMMAND.to_owned()], sources.cite_line(site.place), Some(site.place)));
    }
    if let Some((words, key, place)) = project.command() {
        return Some((words, format!("{key} in {}", sources.cite_line(place)), Some(place)));
    }
    let scripts = project.scripts();
    match scripts.installed {
        [only] => Some((vec![only.name.clone()], format!("the only script, {}", sources.cite_line(only.place)), Some(only.place))),
        _ if files_only => Some((vec![], "another spec copies files of it".to_owned(), None)),
        [first, _, ..] => {
            let mut found = Diagnostic::new(codes::NO_COMMAND, "nothing says which of the project's scripts the service runs");
            for script in scripts.installed {
                found = found.at(script.place, "");
            }
            sink.push(found.help(format!("add `command: [{}]` to the spec", first.name)));
            None
        }
        _ => {
            let found = Diagnostic::new(codes::NO_COMMAND, "nothing says what the service runs");
            let left_out = project.stays_out(spec).filter(|_| scripts.any);
            let found = left_out.into_iter().fold(found, |found, place| found.at(place, "so its scripts are not there"));
            let found = project.other_start().into_iter().fold(found, |found, (place, why)| found.at(place, why));
            sink.push(found.help(format!("add a command to the spec, such as `command: {}`", project.example())));
            None
        }
    }
}

/// Orders the stages, and refuses names that lead nowhere.
pub fn connect(rendered: Rendered, sink: &mut Sink) -> Option<Vec<Stage>> {
    let Rendered { stages, result, report, sbom, outside, .. } = rendered;
    for stage in &stages {
        for name in needs(stage) {
            if !outside.iter().any(|part| part == name) && !stages.iter().any(|s| s.name == name) {
                let message = format!("the stage `{}` needs the stage `{name}`, which is not there for these inputs", stage.name);
                sink.push(Diagnostic::new(codes::NO_SUCH_STAGE, message).at(stage.origin.places[0], ""));
                return None;
            }
        }
    }
    if !stages.iter().any(|s| s.name == result) {
        sink.push(Diagnostic::new(codes::NO_STAGES, "the recipe has no stage for the image with these inputs"));
        return None;
    }
    let proofs: Vec<String> = stages.iter().filter(|s| s.proof).map(|s| s.name.clone()).collect();
    let wanted: Vec<&str> =
        [result.as_str()].into_iter().chain(proofs.iter().map(String::as_str)).chain(report.as_deref()).chain(sbom.as_deref()).collect();
    match order(stages, &wanted) {
        Ok(stages) => Some(stages),
        Err(cycle) => {
            sink.push(Diagnostic::new(codes::STAGE_CYCLE, format!("stages need each other in a circle: {}", cycle.join(" → "))));
            None
        }
    }
}

#[cfg(test)]
mod tests;
