//! What each manager's recipe is given on top: the lock in the form that is installed, and the local packages that it needs.

mod checks;
pub(crate) mod locals;
mod requirements;
mod selected;

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Sink};
use crate::ecosystem::answers::{self, Weight};
use crate::names::Word;
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::given;
use crate::python::keys::{Manager, Torch};
use crate::python::locks::{Files, Missing, uv as lock};
use crate::python::pep::normalized;
use crate::python::sizes::known;
use crate::recipe::input::Inputs;
use crate::spec::Spec;
use crate::yaml::At;

use locals::{Local, Locals};
pub(crate) use requirements::default_index;
pub(crate) use selected::{install_set, torch};

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
    inputs.set(given::PROJECT_PLACE, locals::mounted(&facts.project.folder));
    let (archives, editable): (Vec<String>, Vec<String>) = locals.paths.iter().cloned().partition(|path| locals::is_archive(path));
    let own = &facts.project.folder;
    let beside = locals.paths.iter().filter(|path| own != "." && *path != own && !path.starts_with(&format!("{own}/")));
    inputs.set(given::DEV_FOLDERS, [own].into_iter().chain(beside).cloned().collect());
    inputs.set(given::EDITABLE, editable);
    inputs.set(given::ARCHIVES, archives);
    inputs.set(given::PACKAGE, !locals.paths.is_empty());
    inputs.set_at(given::LOCALS, locals.paths, locals.places);
    Some(answers::Installed { packages, locals: named, tools, indexes, named: normalized })
}

/// An index named `torch` is not for everything: it is where the CPU builds of PyTorch come from. Where uv locks the project it is for
/// nothing else; files of the others may name one so as well.
pub(crate) fn own_indexes<'s>(spec: &'s Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> BTreeSet<&'s str> {
    let named = spec.indexes.iter().flatten().filter_map(|i| Some((i.value.name.as_ref()?, &i.value)));
    let cpu = |torch: &Option<At<Torch>>| torch.as_ref().is_some_and(|torch| torch.value == Torch::Cpu);
    let any_cpu = cpu(&spec.python().torch) || spec.python_of_editions().any(|keys| cpu(&keys.torch));
    let is_torch = |name: &At<Word>| (facts.lock.manager == Manager::Uv || any_cpu) && name.value.as_str() == "torch";
    let torch: Vec<_> = named.filter(|(name, _)| is_torch(name)).collect();
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

/// Fills the inputs of the project's manager, and tells what is installed. `None` when lock and spec do not fit; the sink says how.
fn add(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Installed> {
    match facts.lock.manager {
        Manager::Uv => check_uv(facts, sink)?,
        Manager::Pip => requirements::check_pip(spec, facts, sink)?,
        Manager::Poetry => {}
    }
    let set = install_set(spec, facts, selected::torch(spec), sink)?;
    inputs.set(given::TORCH, set.missing.builds());
    let tools = checks::git(spec, &set, sink);
    checks::pytorch(spec, facts, &set, sink);
    checks::musl(spec, &set, sink);
    let only_groups = spec.python().only_groups.iter().flatten().next().is_some();
    // uv's lock names the project among the packages; the others do not.
    let project = facts.lock.manager != Manager::Uv && facts.project.is_buildable && !only_groups;
    let built = set.locals.iter().filter(|local| local.kind.is_package());
    let built = built.map(|l| Local { name: l.name.clone(), path: l.path.clone(), place: l.place });
    let locals = locals::find(spec, built, project, facts, sink);
    let weight = |name: &str, bytes: Option<u64>| Weight { name: name.to_owned(), bytes: bytes.unwrap_or_else(|| known(name)) };
    let packages = set.packages.iter().map(|package| weight(&package.name, package.bytes()));
    let packages = packages.chain(set.missing.torch.iter().map(|package| weight(&package.name, None))).collect();
    let indexes = match set.files {
        Files::Lock(lock) => uv(lock, &set.missing, spec, facts, inputs)?,
        Files::Requirements(files) => requirements::fill(files, spec, inputs),
    };
    Some(Installed { packages, locals, tools, indexes })
}

/// Says where a lock of uv is not of this project any more. `None` where there is none.
fn check_uv(facts: &Facts, sink: &mut Sink) -> Option<()> {
    let (found, locked) = (&facts.lock, facts.lock.uv.as_deref()?);
    let project = facts.project.file.iter();
    let stale = project.flat_map(|project| lock::stale(locked, project, &facts.project.name, found.project.as_ref().unwrap_or(project)));
    let manifest = found.project.iter().flat_map(|root| lock::stale_manifest(locked, root));
    for problem in stale.chain(manifest) {
        sink.push(problem);
    }
    Some(())
}

/// uv: the lock, reduced to what is installed.
fn uv(text: String, missing: &Missing, spec: &Spec, facts: &Facts, inputs: &mut Inputs) -> Option<Vec<(String, String)>> {
    let settings = lock::canonical_project(facts.lock.project.as_ref()?, &facts.project.name);
    inputs.set(given::LOCK_FILES, vec![("pyproject.toml".to_owned(), settings), ("uv.lock".to_owned(), text)]);
    inputs.set(given::LOCK_FOLDER, facts.lock.folder.clone());
    inputs.set(given::LOCK_PLACE, locals::mounted(&facts.lock.folder));
    inputs.set(given::LOCK_PACKAGE, facts.project.name.clone());
    let places = |words: Option<&Vec<At<Word>>>| words.into_iter().flatten().map(|word| word.place).collect();
    for (input, words) in
        [(given::EXTRAS, &spec.python().extras), (given::GROUPS, &spec.python().groups), (given::ONLY_GROUPS, &spec.python().only_groups)]
    {
        inputs.set_at(input, selected::texts(words.as_ref()), places(words.as_ref()));
    }
    inputs.set(given::WITHOUT, missing.names().into_iter().collect());
    Some(vec![])
}
