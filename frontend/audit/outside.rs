//! What comes from outside of the project's folder: images, indexes, repositories, addresses, and what the client hands in.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::{Plan, Source, Supplier};

use super::image_below;

/// An image that the build takes.
#[derive(Debug, Serialize)]
pub(crate) struct FromImage {
    pub(crate) name: String,
    /// Whether its name has a digest, so that it is the same image tomorrow.
    pub(crate) pinned: bool,
    /// Whether its layers are those of the image that is built.
    pub(crate) ships: bool,
    /// What it is there for.
    pub(crate) uses: Vec<String>,
}

/// A place that packages or files come from.
#[derive(Debug, Serialize)]
pub(crate) struct Supply {
    /// `index`, `git`, `address` or `context`.
    pub(crate) kind: &'static str,
    /// Its address, without a login; for a repository with the commit.
    pub(crate) address: String,
    /// Whether nobody on the way can change what it sends.
    pub(crate) encrypted: bool,
    /// How many packages come from there.
    pub(crate) packages: usize,
}

/// The images, those first that ship.
pub(super) fn images(plan: &Plan) -> Vec<FromImage> {
    let (below, _) = plan.lineage(plan.result());
    let names = plan.images().into_iter().chain(plan.native_images());
    let mut images: Vec<FromImage> = vec![];
    for name in names {
        if images.iter().any(|known| known.name == name) {
            continue;
        }
        let stages =
            plan.stages.iter().filter(|stage| image_below(&stage.base) == Some(&name)).map(|stage| format!("stage {}", stage.name));
        let steps = plan.stages.iter().flat_map(|stage| &stage.steps);
        let takes = steps.filter(|step| step.sources().iter().any(|source| matches!(source, Source::Image(image) if *image == name)));
        let mut uses: Vec<String> = stages.chain(takes.map(|step| step.name.clone())).collect();
        uses.dedup();
        images.push(FromImage { pinned: name.contains('@'), ships: below == Some(name.as_str()), uses, name });
    }
    images.sort_by_key(|image| !image.ships);
    let takes = |step: &crate::plan::Step| step.sources().iter().any(|source| matches!(source, Source::Distil));
    if plan.stages.iter().flat_map(|stage| &stage.steps).any(takes) {
        let name = plan.distil.clone();
        images.push(FromImage {
            pinned: name.contains('@'),
            ships: false,
            uses: vec!["this frontend, and the steps that it runs".into()],
            name,
        });
    }
    images
}

/// Where packages and named contexts come from.
pub(super) fn supplies(plan: &Plan) -> Vec<Supply> {
    let mut found: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    for package in &plan.supplies.packages {
        let from = match &package.from {
            Supplier::Index(url) => ("index", url.clone()),
            Supplier::Git { url, commit } if commit.is_empty() => ("git", url.clone()),
            Supplier::Git { url, commit } => ("git", format!("{url}@{commit}")),
            Supplier::Address(url) => ("address", url.clone()),
            Supplier::File(_) => continue,
        };
        *found.entry(from).or_default() += 1;
    }
    for name in plan.contexts().keys() {
        found.entry(("context", (*name).to_owned())).or_default();
    }
    let encrypted = |address: &str| !["http://", "git://", "ftp://"].iter().any(|scheme| address.starts_with(scheme));
    let supply =
        |((kind, address), packages): ((&'static str, String), usize)| Supply { kind, encrypted: encrypted(&address), address, packages };
    found.into_iter().map(supply).collect()
}
