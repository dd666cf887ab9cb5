//! What each manager's recipe is given on top: the lock in the form that is installed, and the local packages that it needs.

pub(crate) mod locals;
mod requirements;

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Place, Sink};
use crate::ecosystem::answers::{self, Weight};
use crate::names::Word;
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::given;
use crate::python::keys::{Manager, Torch};
use crate::python::locks::uv::{self as lock, InstallSet, Package, Selection, SelectionError};
use crate::python::pep::normalized;
use crate::python::sizes::known;
use crate::recipe::input::Inputs;
use crate::spec::{Runtime, Spec};
use crate::yaml::At;

use locals::{Local, Locals};

/// What is installed, for all that looks at it beside the manager's own inputs.
struct Installed {
    /// The packages.
    packages: Vec<Weight>,
    /// The folders and archives of the context.
    locals: Locals,
    /// Debian packages that installing needs.
    tools: &'static [&'static str],
    /// Package indexes that the lock names beside the spec's.
    indexes: Vec<(String, String)>,
}

/// The recipe for a project's manager.
pub(crate) fn recipe(facts: &Facts) -> &'static str {
    match facts.lock.manager {
        Manager::Uv => "python/uv",
        Manager::Poetry => "python/poetry",
        Manager::Pip => "python/pip",
    }
}

/// Fills the inputs of a Python project, and tells what is installed. `None` when lock and spec do not fit; the sink says how.
pub(crate) fn install(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<answers::Installed> {
    inputs.set(given::PYTHON, facts.python.version);
    inputs.set(given::LOOSE, !facts.project.is_package);
    let Installed { packages, locals, tools, indexes } = add(spec, facts, inputs, sink)?;
    // What a lock installs the project asks for, or what it asks for does.
    let rules = crate::python::refine::rules();
    let taken = |name: &String| rules.rules.iter().any(|rule| rule.distributions.contains(name));
    inputs.set(given::REQUIRED, packages.iter().map(|p| p.name.clone()).filter(taken).collect());
    let named = locals.named();
    inputs.set(given::OWN, locals.own);
    inputs.set(given::PACKAGE, !locals.paths.is_empty());
    inputs.set_at(given::LOCALS, locals.paths, locals.places);
    Some(answers::Installed { packages, locals: named, tools, indexes, named: normalized })
}

/// To a project that uv locks an index named `torch` is not for everything: it is where the CPU builds of PyTorch come from.
pub(crate) fn own_indexes<'s>(spec: &'s Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> BTreeSet<&'s str> {
    let named = spec.indexes.iter().flatten().filter_map(|i| Some((i.value.name.as_ref()?, &i.value)));
    let is_torch = |name: &At<Word>| facts.lock.manager == Manager::Uv && name.value.as_str() == "torch";
    let torch: Vec<_> = named.filter(|(name, _)| is_torch(name)).collect();
    let cpu = |torch: &Option<At<Torch>>| torch.as_ref().is_some_and(|torch| torch.value == Torch::Cpu);
    let any_cpu = cpu(&spec.python().torch) || spec.python_of_editions().any(|keys| cpu(&keys.torch));
    for (name, _) in torch.iter().filter(|_| !any_cpu) {
        let message = "the index `torch` is where `torch: cpu` finds its builds, and nothing says `torch: cpu`";
        let found = Diagnostic::new(codes::MISPLACED_KEY, message).at(name.place, "");
        sink.push(found.help("add `torch: cpu`, or give the index another name"));
    }
    if let Some(url) = torch.first().and_then(|(_, index)| index.url.as_ref()) {
        inputs.set(given::TORCH_INDEX, url.value.clone());
    }
    torch.into_iter().map(|(name, _)| name.value.as_str()).collect()
}

/// Why a key is of no use for a project's manager. An edition that says otherwise what is installed may have another one.
pub(crate) fn refuses(spec: &Spec, facts: &Facts, key: &str) -> Option<String> {
    let other = spec.python_of_editions().any(|keys| keys.requirements.is_some());
    let is_poetry = facts.lock.manager == Manager::Poetry || other;
    (key == "poetry" && !is_poetry).then(|| format!("`poetry` is for projects that Poetry locks, and this one has {}", facts.lock.name))
}

/// Fills the inputs of the project's manager, and tells what is installed. `None` when lock and spec do not fit; the sink says
/// how.
fn add(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Installed> {
    match facts.lock.manager {
        Manager::Uv => uv(spec, facts, inputs, sink),
        Manager::Poetry => requirements::poetry(spec, facts, inputs, sink),
        Manager::Pip => requirements::pip(spec, facts, inputs, sink),
    }
}

/// Returns what a lock of uv installs for a spec; `None` where the lock is not uv's.
pub(crate) fn uv_set(spec: &Spec, facts: &Facts) -> Option<Result<InstallSet, SelectionError>> {
    let (extras, groups, only_groups) =
        (texts(spec.python().extras.as_ref()), texts(spec.python().groups.as_ref()), texts(spec.python().only_groups.as_ref()));
    let selection = Selection { package: &facts.project.name, extras: &extras, groups: &groups, only_groups: &only_groups };
    let is_cpu = spec.python().torch.as_ref().is_some_and(|torch| torch.value == Torch::Cpu);
    Some(facts.lock.uv.as_deref()?.install_set(&selection, if is_cpu { lock::Torch::Cpu } else { lock::Torch::Keep }))
}

/// uv: the lock, reduced to what is installed.
fn uv(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Installed> {
    let found = &facts.lock;
    let locked = found.uv.as_deref()?;
    if let Some(project) = &facts.project.file {
        let root = found.project.as_ref().unwrap_or(project);
        for stale in lock::stale(locked, project, &facts.project.name, root) {
            sink.push(stale);
        }
    }
    if let Some(root) = &found.project {
        for stale in lock::stale_manifest(locked, root) {
            sink.push(stale);
        }
    }
    let (extras, groups, only_groups) =
        (texts(spec.python().extras.as_ref()), texts(spec.python().groups.as_ref()), texts(spec.python().only_groups.as_ref()));
    let set = match uv_set(spec, facts)? {
        Ok(set) => set,
        Err(problem) => {
            sink.push(problem.diagnostic(place(spec, &problem)));
            return None;
        }
    };
    let settings = lock::canonical_project(found.project.as_ref()?, &facts.project.name);
    inputs.set(given::LOCK_FILES, vec![("pyproject.toml".to_owned(), settings), ("uv.lock".to_owned(), set.lock.clone())]);
    inputs.set(given::LOCK_FOLDER, found.folder.clone());
    inputs.set(given::LOCK_PLACE, locals::mounted(&found.folder));
    inputs.set(given::LOCK_PACKAGE, facts.project.name.clone());
    let places = |words: Option<&Vec<At<Word>>>| words.into_iter().flatten().map(|word| word.place).collect();
    inputs.set_at(given::EXTRAS, extras, places(spec.python().extras.as_ref()));
    inputs.set_at(given::GROUPS, groups, places(spec.python().groups.as_ref()));
    inputs.set_at(given::ONLY_GROUPS, only_groups, places(spec.python().only_groups.as_ref()));
    inputs.set(given::WITHOUT, set.dropped.clone().into_iter().collect());
    inputs.set(given::TORCH, set.torch.iter().map(|(name, version)| format!("{name}=={version}")).collect());
    let built = set.locals.iter().filter(|l| l.is_package);
    let built = built.map(|l| Local { name: l.name.clone(), path: l.path.clone(), place: l.place });
    let locals = locals::find(spec, built, false, facts, sink);
    let tools = git(spec, set.git.iter().map(|url| (url.as_str(), None)), sink);
    if let Some(torch) = spec.python().torch.as_ref().filter(|_| !locked.has_torch()) {
        let message = format!("`torch` says which PyTorch is installed, and {} has none", facts.lock.name);
        sink.push(Diagnostic::new(codes::NEEDLESS_KEY, message).at(torch.place, "").help("leave the key out"));
    }
    if spec.runtime.as_ref().is_some_and(|r| r.value == Runtime::Alpine) {
        check_musl(spec, &set.packages, sink);
    }
    let largest = |package: &Package| package.wheels.iter().filter_map(|w| w.size).max();
    let packages = set.packages.iter().map(|p| Weight { name: p.name.clone(), bytes: largest(p).unwrap_or_else(|| known(&p.name)) });
    let packages = packages.chain(set.torch.iter().map(|(name, _)| Weight { name: name.clone(), bytes: known(name) })).collect();
    Some(Installed { packages, locals, tools, indexes: vec![] })
}

fn texts(values: Option<&Vec<At<Word>>>) -> Vec<String> {
    values.into_iter().flatten().map(|w| w.value.to_string()).collect()
}

/// Where the spec asks for what cannot be had.
fn place(spec: &Spec, problem: &SelectionError) -> Option<Place> {
    let named = |values: Option<&Vec<At<Word>>>, name: &str| values?.iter().find(|w| w.value.as_str() == name).map(|w| w.place);
    match problem {
        SelectionError::NoExtra { extra, .. } => named(spec.python().extras.as_ref(), extra),
        SelectionError::NoGroup { group, .. } => {
            named(spec.python().groups.as_ref(), group).or_else(|| named(spec.python().only_groups.as_ref(), group))
        }
        SelectionError::NoPackage { .. } => spec.project.as_ref().map(|p| p.place),
        SelectionError::Conflict { .. } => spec.python().extras.iter().chain(&spec.python().groups).flatten().next().map(|w| w.place),
        SelectionError::Broken { .. } => None,
    }
}

/// The Debian packages that dependencies from git need in the builder; and for ssh the client's agent is wanted. Each address comes
/// with where the lock has it, as far as that is known.
pub(crate) fn git<'a>(
    spec: &Spec,
    addresses: impl IntoIterator<Item = (&'a str, Option<Place>)>,
    sink: &mut Sink,
) -> &'static [&'static str] {
    let addresses: Vec<_> = addresses.into_iter().collect();
    // `git@host:path` has no scheme.
    let over_ssh = addresses.iter().find(|(url, _)| url.starts_with("ssh://") || url.starts_with("git+ssh://") || !url.contains("://"));
    if let (Some((url, place)), None) = (over_ssh, &spec.ssh) {
        let found = Diagnostic::new(codes::SSH_NEEDED, format!("a dependency comes over ssh: `{url}`"));
        let found = place.iter().fold(found, |found, place| found.at(*place, ""));
        sink.push(found.help("add `ssh: {}` to the spec, and build with `--ssh default`"));
    }
    match (addresses.is_empty(), over_ssh) {
        (true, _) => &[],
        (false, None) => &["git"],
        (false, Some(_)) => &["git", "openssh-client"],
    }
}

/// Words as text with their places.
pub(crate) fn words_at(values: Option<&Vec<At<Word>>>) -> Vec<At<String>> {
    values.into_iter().flatten().map(|w| At { value: w.value.to_string(), place: w.place }).collect()
}

/// Alpine's C library runs only wheels that were built for it.
fn check_musl(spec: &Spec, packages: &[Package], sink: &mut Sink) {
    let runs = |p: &Package| p.wheels.iter().any(|w| w.file.contains("musllinux") || w.file.ends_with("-none-any.whl"));
    let cannot: Vec<&str> = packages.iter().filter(|p| !runs(p) && (p.has_wheel || !p.has_sdist)).map(|p| p.name.as_str()).collect();
    if cannot.is_empty() {
        return;
    }
    let message = format!("these packages have no wheels for Alpine: {}", cannot.join(", "));
    let found = Diagnostic::new(codes::NO_MUSL_WHEELS, message);
    let found = spec.runtime.iter().fold(found, |found, r| found.at(r.place, ""));
    sink.push(found.help("take `runtime: distroless` or `runtime: slim`; they are built on Debian, where the locked wheels run"));
}
