//! What recipes are given of a Node project: the files that are installed from, whose scripts run, what builds it, what ships.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, Sink, nearest};
use crate::ecosystem::answers::{Installed, Weight};
use crate::node::codes;
use crate::recipe::input::Inputs;
use crate::spec::Spec;

use super::asked;
use super::facts::Facts;
use super::given;
use super::keys::Manager;
use super::locks::{Allowed, Reduced};

/// Where a spec that says nothing puts the service.
const WORKDIR: &str = "/app";

/// The recipe for a project's manager.
pub(crate) fn recipe(facts: &Facts) -> &'static str {
    match facts.lock.manager {
        Manager::Npm | Manager::Pnpm | Manager::Yarn | Manager::Bun => "node/npm",
    }
}

/// Fills the inputs of a Node project, and tells what is installed.
pub(crate) fn install(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Installed {
    let lock = &facts.lock;
    check_scripts(spec, facts, sink);
    let inside = |folder: &str| below(&workdir(spec), folder);
    let within = |path: &str| within(facts, path);
    let reads = |path: &String| (join(&lock.folder, path), path.clone());
    let build = asked::build(spec, facts);
    inputs.set(given::NODE, facts.node.version.to_string());
    inputs.set(given::PLACE, inside(&within(&facts.project.folder)));
    inputs.set(given::LOCKED_FOLDER, lock.folder.clone());
    inputs.set(given::INSTALLED, lock.production.files.clone());
    inputs.set(given::INSTALLED_TO_BUILD, if build.is_empty() { vec![] } else { lock.development.files.clone() });
    inputs.set(given::INSTALL_READS, lock.development.copies.iter().map(reads).collect());
    inputs.set(given::SCRIPTS, allowed(spec, &lock.production).into_keys().collect());
    inputs.set(given::SCRIPTS_TO_BUILD, allowed(spec, &lock.development).into_keys().collect());
    inputs.set(given::BUILD_PLACE, inside(&asked::build_folder(spec, facts)));
    inputs.set(given::BUILD, build);
    let own = within(&facts.project.folder);
    let members = lock.production.members.iter().map(|member| member.folder.as_str()).filter(|folder| !folder.is_empty() && *folder != own);
    inputs.set(given::MEMBERS, members.map(inside).collect());
    let copies = spec.own_copies().map(|copy| (inside(&within(copy.from.as_str())), inside(copy.to.as_str())));
    inputs.set(given::SHIPPED, if spec.names_own_copies() { copies.collect() } else { vec![] });
    let packages = lock.production.packages.iter().map(|package| Weight { name: package.name.clone(), bytes: 0 }).collect();
    Installed { packages, locals: vec![], tools: &[], indexes: vec![], named: str::to_owned }
}

/// The packages of a lock whose install scripts run, each with the place that says so.
pub(super) fn allowed(spec: &Spec, lock: &Reduced) -> BTreeMap<String, Place> {
    let asked = |name: &str| spec.node().scripts.iter().flatten().find(|asked| asked.value == name).map(|asked| asked.place);
    let own = lock.scripts.iter().filter_map(|script| match script.allowed {
        Allowed::Yes(place) => Some((script.name.clone(), asked(&script.name).unwrap_or(place))),
        Allowed::No(_) | Allowed::Unsaid => Some((script.name.clone(), asked(&script.name)?)),
    });
    own.collect()
}

/// Says which packages that the spec allows a script are not installed.
fn check_scripts(spec: &Spec, facts: &Facts, sink: &mut Sink) {
    let known: Vec<&str> = facts.lock.development.packages.iter().map(|package| package.name.as_str()).collect();
    for asked in spec.node().scripts.iter().flatten().filter(|asked| !known.contains(&asked.value.as_str())) {
        let near = nearest(&asked.value, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let found = Diagnostic::new(codes::NO_PACKAGE, format!("`{}` is not among the packages that are installed", asked.value));
        sink.push(found.at(asked.place, near.unwrap_or_default()));
    }
}

/// A path of the context from the lock's folder.
pub(super) fn within(facts: &Facts, path: &str) -> String {
    relative(&facts.lock.folder, path).unwrap_or(path).to_owned()
}

fn workdir(spec: &Spec) -> String {
    spec.workdir.as_ref().map_or_else(|| WORKDIR.to_owned(), |workdir| workdir.value.to_string())
}

/// A path in a folder of the image.
fn below(workdir: &str, folder: &str) -> String {
    if folder.is_empty() || folder == "." { workdir.to_owned() } else { format!("{}/{folder}", workdir.trim_end_matches('/')) }
}

/// A path of the context from the lock's folder; none where it lies elsewhere.
fn relative<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    match folder {
        "." => Some(path),
        _ if path == folder => Some("."),
        _ => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

fn join(folder: &str, path: &str) -> String {
    if folder == "." { path.to_owned() } else { format!("{folder}/{path}") }
}
