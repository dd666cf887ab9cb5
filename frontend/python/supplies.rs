//! Where the packages of a Python project come from, and which of them run code of their own while they are installed.

use std::fmt::Display;

use toml_span::Value;

use crate::diag::Sink;
use crate::plan::{Runs, Supplied, Supplier, Supplies};
use crate::python::facts::Facts;
use crate::python::toml;
use crate::refine::sbom::without_login;
use crate::spec::{Runtime, Spec};

use super::inputs::{default_index, install_set, torch};
use super::keys::Manager;
use super::locks::{Package, Source};
use super::wheels::is_for_some;

/// The index that builds of `PyTorch` for the processor are on.
const TORCH: &str = "https://download.pytorch.org/whl/cpu";

/// All of it; nothing where the lock cannot be used, of which the build has told already.
pub(crate) fn supplies(spec: &Spec, facts: &Facts) -> Supplies {
    let Some(set) = install_set(spec, facts, torch(spec), &mut Sink::default()) else { return Supplies::default() };
    let option = spec.options.iter().flat_map(|options| &options.0).find(|(name, _)| name.value == "torch-index");
    let torch = or_usual(option.map(|(_, url)| &url.value));
    let apart = set.missing.torch.iter().map(|package| Supplied {
        from: Supplier::Index(without_login(&torch)),
        is_held: false,
        runs: Runs::Never,
        ..supplied(package, spec, facts)
    });
    let is_here = |package: &&Package| ["x86_64", "aarch64"].iter().any(|machine| package.is_for(facts.python.version, machine));
    let mut packages: Vec<Supplied> =
        set.packages.iter().filter(is_here).map(|package| supplied(package, spec, facts)).chain(apart).collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Supplies { packages, tools: tools(facts), folders: vec![] }
}

/// The index that is asked for, else the usual one.
fn or_usual(asked: Option<&impl Display>) -> String {
    asked.map_or_else(|| TORCH.to_owned(), ToString::to_string)
}

fn supplied(package: &Package, spec: &Spec, facts: &Facts) -> Supplied {
    let index = |url: &Option<String>| match url {
        Some(url) => without_login(url),
        None if facts.lock.manager == Manager::Pip => {
            without_login(default_index(spec).split_once('=').map_or(&*default_index(spec), |(_, url)| url))
        }
        None => without_login(super::locked::INDEX),
    };
    let (from, is_commit) = match &package.source {
        Source::Index(url) => (Supplier::Index(index(url)), false),
        Source::Git { url, commit, .. } => {
            let commit = commit.clone().unwrap_or_default();
            let is_commit = commit.len() >= 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            (Supplier::Git { url: without_login(url), commit }, is_commit)
        }
        Source::Url(url) => (Supplier::Address(without_login(url)), false),
        Source::Archive(path) => (Supplier::File(path.clone()), true),
    };
    let name = package.name.clone();
    Supplied {
        name,
        version: package.version.clone(),
        from,
        is_held: is_commit || !package.archives.is_empty(),
        runs: runs(package, spec, facts),
        place: package.place,
    }
}

/// A wheel is unpacked; all else is built by what it brings.
fn runs(package: &Package, spec: &Spec, facts: &Facts) -> Runs {
    if matches!(package.source, Source::Git { .. }) {
        return Runs::Always("it is built from a repository".to_owned());
    }
    let alpine = spec.runtime.as_ref().is_some_and(|runtime| runtime.value == Runtime::Alpine);
    if package.has_sdist == Some(false) || package.wheels.iter().any(|wheel| is_for_some(&wheel.file, facts.python.version.minor, alpine)) {
        return Runs::Never;
    }
    match package.has_sdist {
        Some(_) => Runs::Always(format!("no wheel is for Python {} here, so it is built from source", facts.python.version.series())),
        None => Runs::Perhaps(format!("{} does not say whether there is a wheel", facts.lock.name)),
    }
}

/// What the project says that it is built with.
fn tools(facts: &Facts) -> Vec<(String, crate::diag::Place)> {
    let Some(file) = facts.project.file.as_ref().filter(|_| facts.project.is_package) else { return vec![] };
    let requires = file.root().pointer("/build-system/requires").and_then(Value::as_array);
    requires.into_iter().flatten().filter_map(|one| Some((one.as_str()?.to_owned(), toml::place(file.file, one.span)))).collect()
}
