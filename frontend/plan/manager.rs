//! What each manager's recipe is given on top: the lock in the form that is installed, and the local packages that it needs.

use crate::diag::{Diagnostic, Place, Sink};
use crate::facts::Facts;
use crate::lock::{self, InstallSet, LocalPackage, Package, Selection, SelectionError};
use crate::names::Word;
use crate::recipe::Input;
use crate::spec::{Manager, Runtime, Spec, Torch};
use crate::yaml::At;

use super::inputs::{Inputs, flag, list, pairs, text, words};
use super::layers::Weight;
use super::requirements;

/// Adds what the project's manager has to say, and tells which packages are installed. `None` when lock and spec do not fit;
/// the sink says how.
pub(super) fn add(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Vec<Weight>> {
    match facts.lock.manager {
        Manager::Uv => uv(spec, facts, inputs, sink),
        Manager::Poetry => requirements::poetry(spec, facts, inputs, sink),
        Manager::Pip => requirements::pip(spec, facts, inputs, sink),
    }
}

/// uv: the lock, reduced to what is installed.
fn uv(spec: &Spec, facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) -> Option<Vec<Weight>> {
    let found = &facts.lock;
    let locked = lock::parse(&found.text, found.file, sink)?;
    if let Some((project, file)) = &facts.project.file {
        for stale in lock::stale(&locked, project, *file, &facts.project.name) {
            sink.push(stale);
        }
    }
    let (extras, groups, only_groups) = (texts(spec.extras.as_ref()), texts(spec.groups.as_ref()), texts(spec.only_groups.as_ref()));
    let selection = Selection { package: &facts.project.name, extras: &extras, groups: &groups, only_groups: &only_groups };
    let torch = spec.torch.as_ref().map(|t| t.value);
    let keep = if torch == Some(Torch::Cpu) { lock::Torch::Cpu } else { lock::Torch::Keep };
    let set = match locked.install_set(&selection, keep) {
        Ok(set) => set,
        Err(problem) => {
            sink.push(problem.diagnostic(place(spec, &problem)));
            return None;
        }
    };
    let (project, file) = found.project.as_ref()?;
    let settings = lock::canonical_project(project, &facts.project.name, *file, sink)?;
    inputs.insert("lock-files".into(), pairs([("pyproject.toml".to_owned(), settings), ("uv.lock".to_owned(), set.lock.clone())]));
    inputs.insert("lock-folder".into(), text(&found.folder));
    inputs.insert("lock-package".into(), text(&facts.project.name));
    inputs.insert("extras".into(), words(spec.extras.as_ref()));
    inputs.insert("groups".into(), words(spec.groups.as_ref()));
    inputs.insert("only-groups".into(), words(spec.only_groups.as_ref()));
    inputs.insert("without".into(), list(set.dropped.iter().cloned()));
    inputs.insert("torch".into(), list(set.torch.iter().map(|(name, version)| format!("{name}=={version}"))));
    locals(&set.locals, facts, inputs, sink);
    git(spec, &set, inputs, sink);
    if torch.is_none() {
        warn_of_cuda(facts, &set, sink);
    }
    if spec.runtime.as_ref().is_some_and(|r| r.value == Runtime::Alpine) {
        check_musl(spec, &set.packages, sink);
    }
    let largest = |package: &Package| package.wheels.iter().filter_map(|w| w.size).max();
    let packages = set.packages.iter().map(|p| Weight { name: p.name.clone(), bytes: largest(p) });
    Some(packages.chain(set.torch.iter().map(|(name, _)| Weight { name: name.clone(), bytes: None })).collect())
}

fn texts(values: Option<&Vec<At<Word>>>) -> Vec<String> {
    values.into_iter().flatten().map(|w| w.value.to_string()).collect()
}

/// Where the spec asks for what cannot be had.
fn place(spec: &Spec, problem: &SelectionError) -> Option<Place> {
    let named = |values: Option<&Vec<At<Word>>>, name: &str| values?.iter().find(|w| w.value.as_str() == name).map(|w| w.place);
    match problem {
        SelectionError::NoExtra { extra, .. } => named(spec.extras.as_ref(), extra),
        SelectionError::NoGroup { group, .. } => named(spec.groups.as_ref(), group).or_else(|| named(spec.only_groups.as_ref(), group)),
        SelectionError::NoPackage { .. } => spec.project.as_ref().map(|p| p.place),
        SelectionError::Conflict { .. } => spec.extras.iter().chain(&spec.groups).flatten().next().map(|w| w.place),
        SelectionError::Broken { .. } => None,
    }
}

/// The folders that are built and installed, in an order in which each comes after those it needs.
fn locals(locals: &[LocalPackage], facts: &Facts, inputs: &mut Inputs, sink: &mut Sink) {
    let mut paths = vec![];
    for local in locals.iter().filter(|l| l.is_package) {
        if let Some(path) = inside(&facts.lock.folder, &local.path) {
            paths.push(path);
            continue;
        }
        sink.push(outside(&local.name, &local.path));
    }
    inputs.insert("package".into(), flag(!paths.is_empty()));
    inputs.insert("locals".into(), list(paths));
}

/// Says that a package cannot be reached.
pub(super) fn outside(name: &str, path: &str) -> Diagnostic {
    let found = Diagnostic::error("outside-context", format!("`{name}` lies at `{path}`, outside of the build's context"));
    found.help("build from a folder that holds both, and say `project:` in the spec")
}

/// A path of the context, from a folder of it and a path relative to that; `None` when it leads out.
pub(super) fn inside(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    for part in path.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// Dependencies from git need git in the builder, and for ssh the client's agent.
fn git(spec: &Spec, set: &InstallSet, inputs: &mut Inputs, sink: &mut Sink) {
    let over_ssh = set.git.iter().find(|url| url.starts_with("ssh://") || url.starts_with("git+ssh://") || !url.contains("://"));
    if let (Some(url), None) = (over_ssh, &spec.ssh) {
        let found = Diagnostic::error("ssh-needed", format!("a dependency comes over ssh: `{url}`"));
        sink.push(found.help("add `ssh: {}` to the spec, and build with `--ssh default`"));
    }
    let tools: &[&str] = match (set.git.is_empty(), over_ssh) {
        (true, _) => &[],
        (false, None) => &["git"],
        (false, Some(_)) => &["git", "openssh-client"],
    };
    add_tools(tools, inputs);
    inputs.insert("ssh".into(), flag(spec.ssh.is_some()));
    let hosts = spec.ssh.as_ref().and_then(|s| s.value.known_hosts.as_ref());
    inputs.insert("known-hosts".into(), text(hosts.map_or("", |h| h.value.as_str())));
}

/// Adds Debian packages that installing needs.
pub(super) fn add_tools(tools: &[&str], inputs: &mut Inputs) {
    let Some(Input::List(packages)) = inputs.get_mut("apt-build").map(|g| &mut g.input) else { return };
    for tool in tools {
        if !packages.iter().any(|p| p == tool) {
            packages.push((*tool).to_owned());
        }
    }
}

/// Words as text with their places.
pub(super) fn words_at(values: Option<&Vec<At<Word>>>) -> Vec<At<String>> {
    values.into_iter().flatten().map(|w| At { value: w.value.to_string(), place: w.place }).collect()
}

/// CUDA's packages are most of an image that has them, and a service without a GPU has no use for any.
fn warn_of_cuda(facts: &Facts, set: &InstallSet, sink: &mut Sink) {
    const MEGABYTE: u64 = 1_000_000;
    let count = set.packages.iter().filter(|p| p.name.starts_with("nvidia-") || p.name == "triton").count();
    if count == 0 {
        return;
    }
    let size = set.cuda_bytes.map_or(String::new(), |bytes| format!(", {} MB to download", bytes / MEGABYTE));
    let message = format!(
        "{} has PyTorch for CUDA: {count} package{} that only a GPU has use for{size}",
        facts.lock.name,
        if count == 1 { "" } else { "s" }
    );
    let place = Place { file: facts.lock.file, start: 0, end: 0 };
    let found = Diagnostic::warning("cuda-in-lock", message).at(place, "");
    sink.push(found.help("add `torch: cpu` to the spec, or `torch: cuda` if the service runs on a GPU"));
}

/// Alpine's C library runs only wheels that were built for it.
fn check_musl(spec: &Spec, packages: &[Package], sink: &mut Sink) {
    let runs = |p: &Package| p.wheels.iter().any(|w| w.file.contains("musllinux") || w.file.ends_with("-none-any.whl"));
    let cannot: Vec<&str> = packages.iter().filter(|p| !runs(p) && (p.has_wheel || !p.has_sdist)).map(|p| p.name.as_str()).collect();
    if cannot.is_empty() {
        return;
    }
    let message = format!("these packages have no wheels for Alpine: {}", cannot.join(", "));
    let found = Diagnostic::error("no-musl-wheels", message);
    let found = spec.runtime.iter().fold(found, |found, r| found.at(r.place, ""));
    sink.push(found.help("take `runtime: distroless` or `runtime: slim`; they are built on Debian, where the locked wheels run"));
}
