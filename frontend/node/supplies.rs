//! Where what is installed comes from, for whoever vouches for a build: by the lock, with those packages whose install scripts run.

use std::collections::BTreeMap;

use crate::diag::Place;
use crate::plan::{Runs, Supplied, Supplier, Supplies};
use crate::refine::sbom::without_login;
use crate::spec::Spec;

use super::asked;
use super::facts::Facts;
use super::inputs::allowed;
use super::locked::REGISTRY;
use super::locks::{Package, Source};

/// All of it: what ships, and what the service is built with where anything is.
pub(crate) fn supplies(spec: &Spec, facts: &Facts) -> Supplies {
    let lock = if asked::build(spec, facts).is_empty() { &facts.lock.production } else { &facts.lock.development };
    let allowed = allowed(spec, lock);
    let folder = |package: &Package| if let Source::Folder(path) = &package.from { Some(path.clone()) } else { None };
    let mut packages: Vec<Supplied> = lock.packages.iter().filter_map(|package| supplied(package, &allowed)).collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Supplies { packages, tools: vec![], folders: lock.packages.iter().filter_map(folder).collect() }
}

/// A package by others; nothing for one that comes inside of another, or is a folder of the project.
fn supplied(package: &Package, allowed: &BTreeMap<String, Place>) -> Option<Supplied> {
    let (from, is_commit) = match &package.from {
        Source::Registry(address) => (Supplier::Index(without_login(address.as_deref().unwrap_or(REGISTRY))), false),
        Source::Git { url, commit } => {
            let commit = commit.clone().unwrap_or_default();
            let is_commit = commit.len() >= 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            (Supplier::Git { url: without_login(url), commit }, is_commit)
        }
        Source::Tarball(url) => (Supplier::Address(without_login(url)), false),
        Source::Archive(path) => (Supplier::File(path.clone()), true),
        Source::Folder(_) | Source::Bundled => return None,
    };
    let may_run = allowed.contains_key(&package.name) && package.script != Some(false);
    let runs = if may_run { Runs::Always("its install script is allowed".to_owned()) } else { Runs::Never };
    let is_held = is_commit || package.integrity.is_some();
    Some(Supplied { name: package.name.clone(), version: package.version.clone(), from, is_held, runs, place: package.place })
}
