//! What a recipe is given: the spec's wishes and the project's facts as named inputs, and what the manager adds.

use crate::diag::{Diagnostic, Place, Sink, codes, nearest};
use crate::ecosystem::{self, Project, Ships};
use crate::plan::Weight;
use crate::recipe::input::{self, Inputs};
use crate::spec::{Prune, Runtime, Spec};
use crate::target::{Product, Target};
use crate::yaml::At;
use crate::yaml::decode::list as list_of;

use super::images::Chosen;

/// What is installed.
#[derive(Debug, Default)]
pub(super) struct Packages {
    /// What of the context, with where a lock names it.
    pub(super) locals: Vec<(String, Place)>,
    /// All packages, with their sizes.
    pub(super) all: Vec<Weight>,
}

/// Gathers them, and tells what is installed. `None` when the lock and the spec do not fit; the sink says how.
pub(super) fn gather(
    spec: &Spec,
    target: &Target,
    project: &Project,
    images: &Chosen,
    start: &[String],
    sink: &mut Sink,
) -> Option<(Inputs, Packages)> {
    let mut inputs = Inputs::default();
    let user = spec.user.as_ref().map_or(crate::names::User::NONROOT, |u| u.value);
    inputs.set(input::DEBIAN, images.debian.clone());
    inputs.set(input::BUILDER_IMAGE, images.builder.clone());
    inputs.set(input::RUNTIME_IMAGE, images.runtime.clone());
    inputs.set(input::DEBUG_IMAGE, images.debug.clone());
    inputs.set(input::RUNTIME, images.kind.word().to_owned());
    inputs.set(input::PROJECT, name(spec, project));
    inputs.set(input::WORKDIR, workdir(spec));
    inputs.set(input::UID, user.uid);
    inputs.set(input::GID, user.gid);
    inputs.set(input::CA, spec.ca.as_ref().map_or("ca".to_owned(), |c| c.value.to_string()));
    inputs.set(input::CA_REQUIRED, spec.ca.is_some());
    inputs.set(input::DEBUG, target.product == Product::Debug);
    inputs.set(input::DEV, target.product == Product::Dev);
    let env = spec.env.iter().flat_map(|t| &t.0).map(|(name, value)| (name.value.clone(), value.value.clone()));
    inputs.set(input::ENV, env.collect());
    inputs.set(input::START, start.to_vec());
    size_and_proof(spec, project, &mut inputs, sink);
    let (copies, places) = copies(spec, project.ships());
    inputs.set(input::BESIDE, !copies.is_empty() || spec.other_copies().next().is_some());
    inputs.set_at(input::COPIES, copies, places);
    inputs.set(input::VOLUMES, spec.volumes.iter().flatten().map(|v| v.value.to_string()).collect());
    let (files, variables): (Vec<_>, Vec<_>) = spec.secrets.iter().flatten().map(|s| &s.value).partition(|s| s.env.is_none());
    inputs.set(input::SECRET_FILES, files.into_iter().map(|s| s.id.clone()).collect());
    inputs.set(input::SECRET_VARIABLES, variables.into_iter().filter_map(|s| Some((s.id.clone(), s.env.clone()?))).collect());
    inputs.set(input::SSH, spec.ssh.is_some());
    let hosts = spec.ssh.as_ref().and_then(|s| s.value.known_hosts.as_ref());
    inputs.set(input::KNOWN_HOSTS, hosts.map_or(String::new(), |h| h.value.to_string()));
    super::serve::fill(spec, &mut inputs);
    ecosystem::fill(spec, &mut inputs, sink);
    let apt = spec.apt.as_ref().map(|a| a.value.clone()).unwrap_or_default();
    let names = |packages: &[At<crate::spec::Package>]| packages.iter().map(|p| p.value.0.clone()).collect::<Vec<_>>();
    let (mut apt_build, apt_runtime) = (names(&apt.build), names(&apt.runtime));
    let mut indexes = index_inputs(spec, project, &mut inputs, sink);
    let mut packages = Packages::default();
    if let Some(installed) = project.install(spec, &mut inputs, sink).ok()? {
        super::layers::add(spec, &installed, &mut inputs, sink);
        packages.all = installed.packages.into_iter().map(|package| (package.name, package.bytes)).collect();
        packages.locals = installed.locals;
        for tool in installed.tools {
            if !apt_build.iter().any(|package| package == tool) {
                apt_build.push((*tool).to_owned());
            }
        }
        indexes.extend(installed.indexes);
    }
    check_alpine(spec, images, apt_build.iter().chain(&apt_runtime).next(), sink);
    inputs.set(input::APT_BUILD, apt_build);
    inputs.set(input::APT_RUNTIME, apt_runtime);
    inputs.set(input::INDEXES, indexes);
    options(spec, &mut inputs);
    Some((inputs, packages))
}

/// Sets what the spec says of the recipe's own inputs.
pub(super) fn options(spec: &Spec, inputs: &mut Inputs) {
    for (name, value) in spec.options.iter().flat_map(|o| &o.0) {
        inputs.option(&name.value, &value.value);
    }
}

/// What is left out of the image, and what is not tried in its proof.
fn size_and_proof(spec: &Spec, project: &Project, inputs: &mut Inputs, sink: &mut Sink) {
    let off = spec.prune.as_ref().is_some_and(|p| matches!(p.value, Prune::Off));
    let keys = match spec.prune.as_ref().map(|p| &p.value) {
        Some(Prune::Keys(keys)) => (**keys).clone(),
        Some(Prune::Off) | None => crate::spec::PruneKeys::default(),
    };
    // The rules are read only for a spec that names some.
    let known = if keys.rules.0.is_empty() { vec![] } else { project.rules() };
    for (name, _) in keys.rules.0.iter().filter(|(name, _)| !known.contains(&name.value)) {
        let near = nearest(&name.value, known.iter().map(String::as_str)).map(|n| format!("did you mean `{n}`?"));
        let found = Diagnostic::new(codes::UNKNOWN_RULE, format!("there is no rule `{}`", name.value));
        sink.push(found.at(name.place, near.unwrap_or_default()).help(format!("the rules are {}", list_of(&known))));
    }
    let is = |key: &Option<At<bool>>, value| key.as_ref().is_some_and(|k| k.value == value);
    let rules = |on: bool| keys.rules.0.iter().filter(move |(_, rule)| rule.value == on).map(|(name, _)| name.value.clone());
    let tests = |on: bool| is(&keys.tests, on).then(|| "tests".to_owned());
    inputs.set(input::PRUNE, !off);
    inputs.set(input::STRIP, !off && !is(&keys.strip, false));
    inputs.set(input::RULES_ON, rules(true).chain(tests(true)).collect());
    inputs.set(input::RULES_OFF, rules(false).chain(tests(false)).collect());
    inputs.set(input::KEEP, keys.keep.iter().map(|k| k.value.clone()).collect());
    inputs.set(input::DROP, keys.drop.iter().map(|k| k.value.clone()).collect());
}

/// Debian's packages are of no use on Alpine, whatever asks for them.
fn check_alpine(spec: &Spec, images: &Chosen, wanted: Option<&String>, sink: &mut Sink) {
    let (Some(package), Runtime::Alpine) = (wanted, &images.kind) else { return };
    let found =
        Diagnostic::new(codes::APT_ON_ALPINE, format!("the build needs the Debian package `{package}`, and Alpine has none of those"));
    let found = spec.apt.iter().fold(found, |found, apt| found.at(apt.place, "asked for here"));
    let found = spec.runtime.iter().fold(found, |found, runtime| found.at(runtime.place, "built on Alpine"));
    sink.push(found.help("take `runtime: distroless` or `runtime: slim`"));
}

/// The service's name: the spec's, else the project's.
pub(super) fn name(spec: &Spec, project: &Project) -> String {
    let own = project.name().unwrap_or("service");
    spec.name.as_ref().map_or_else(|| own.to_owned(), |n| n.value.to_string())
}

/// The directory that the service starts in.
pub(super) fn workdir(spec: &Spec) -> String {
    spec.workdir.as_ref().map_or("/app".to_owned(), |w| w.value.to_string())
}

/// Names in the project's folder of which nothing puts all into the image.
#[must_use]
pub(crate) fn left_out(spec: &Spec, project: &Project) -> Vec<String> {
    let Ships { folder, modules, names } = project.ships();
    let folder = format!("{folder}/");
    let own: Vec<String> =
        if spec.names_own_copies() { spec.own_copies().map(|copy| copy.from.to_string()).collect() } else { modules.to_vec() };
    let ships = |name: &String| own.iter().any(|from| from == "." || from.strip_prefix(&folder).unwrap_or(from) == name);
    names.iter().filter(|name| !ships(name)).cloned().collect()
}

/// The spec's `copy` with its places, else the packages and modules of a project that is not installed.
fn copies(spec: &Spec, Ships { folder, modules, .. }: Ships<'_>) -> (Vec<(String, String)>, Vec<Place>) {
    let folder = format!("{folder}/");
    if spec.names_own_copies() {
        return spec.own_copies().map(|c| ((c.from.to_string(), c.to.to_string()), c.place)).unzip();
    }
    (modules.iter().map(|m| (m.clone(), m.strip_prefix(&folder).unwrap_or(m).to_owned())).collect(), vec![])
}

/// Fills what else the spec's indexes say, and returns the names and addresses of those that are for every package.
fn index_inputs(spec: &Spec, project: &Project, inputs: &mut Inputs, sink: &mut Sink) -> Vec<(String, String)> {
    let named = || spec.indexes.iter().flatten().filter_map(|i| Some((i.value.name.as_ref()?, &i.value)));
    let variable = |name: &str| name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let logins = named().filter_map(|(name, i)| Some((variable(name.value.as_str()), i.secret.as_ref()?.value.to_string())));
    inputs.set(input::LOGINS, logins.collect());
    let own = project.own_indexes(spec, inputs, sink);
    let shared = named().filter(|(name, _)| !own.contains(name.value.as_str()));
    shared.filter_map(|(name, i)| Some((name.value.to_string(), i.url.as_ref()?.value.clone()))).collect()
}
