//! The bill of materials of the finished image, as SPDX and as `CycloneDX`: made from the image's own files and records, what the steps before
//! tell of libraries that they copied, and what the lock says.

use std::path::Path;

use serde::Deserialize;

use crate::language::Language;
use crate::requests::Sbom;
use crate::sbom::debian::{self, System};
use crate::sbom::{Bill, Component, Kind, Locked, Subject, TOOL, alpine, cyclonedx, spdx};
use crate::tree::Tree;

use super::notes::{self, BroughtLibrary};
use super::{Problem, read};

/// The document in the form of SPDX.
const SPDX: &str = "sbom.spdx.json";
/// The document in the form of `CycloneDX`.
const CYCLONEDX: &str = "sbom.cdx.json";
/// When an image was made whose build was not told: the time that its files have.
const CREATED: u64 = 315_532_800;
/// Programs of distil's own that ship where a spec asks for what they do.
const OWN: [&str; 2] = ["/usr/bin/before-start", "/usr/bin/health-check"];

/// What the bill looks at of what a step tells.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    brought: Vec<BroughtLibrary>,
}

/// The line of it for people; the documents are written to `request.out`.
pub(super) fn sbom(request: &Sbom, language: &dyn Language) -> Result<Vec<String>, Problem> {
    let image = Tree::read(&request.image, "/")?;
    let base = read(&request.base.display().to_string(), "/")?;
    let locked: Locked = if request.locked.exists() {
        let text = std::fs::read(&request.locked)?;
        serde_json::from_slice(&text).map_err(std::io::Error::other)?
    } else {
        Locked::default()
    };
    let told = [&*request.environment, &*request.application].into_iter().chain(request.tree.0.iter().map(AsRef::as_ref));
    let brought: Vec<BroughtLibrary> =
        told.filter_map(|folder: &Path| notes::read::<Told>(folder).ok()).flat_map(|told| told.brought).collect();
    let base_name = request.base_name.clone().unwrap_or_default();
    let subject = Subject { image: &image, base: &base, base_name: &base_name, locked: &locked };
    let bill = Bill::new(&request.name, request.created.unwrap_or(CREATED), components(&subject, &brought, language));
    std::fs::create_dir_all(&request.out)?;
    for (name, document) in [(SPDX, spdx::document(&bill)), (CYCLONEDX, cyclonedx::document(&bill))] {
        let text = serde_json::to_string_pretty(&document).map_err(std::io::Error::other)?;
        std::fs::write(request.out.join(name), text + "\n")?;
    }
    Ok(vec![format!("{} parts of the image are told of in {SPDX} and {CYCLONEDX}", bill.components.len())])
}

/// All parts of an image.
fn components(subject: &Subject<'_>, brought: &[BroughtLibrary], language: &dyn Language) -> Vec<Component> {
    let system = System::of(subject);
    let mut all: Vec<Component> = system.component().into_iter().collect();
    all.extend(debian::components(subject, &system));
    all.extend(alpine::components(subject, &system));
    for library in brought.iter().filter(|library| subject.image.get(&library.path).is_some()) {
        if let Some(package) = &library.package
            && !all.iter().any(|one| one.key == debian::key(package))
        {
            all.push(debian::copied(package, library.version.as_deref().unwrap_or_default(), &system));
        }
        all.push(copied(subject, library));
    }
    let of_brought = |key: &str| brought.iter().filter_map(|library| library.package.as_deref()).any(|package| debian::key(package) == key);
    for one in all.iter_mut().filter(|one| of_brought(&one.key) && one.paths.iter().all(|path| subject.base.get(path).is_none())) {
        one.origin = debian::COPIED.into();
    }
    all.extend(
        OWN.into_iter().filter(|path| subject.image.get(path).is_some() && subject.base.get(path).is_none()).map(|path| own(subject, path)),
    );
    all.extend(language.bill(subject));
    all
}

/// A library that was copied from the builder.
fn copied(subject: &Subject<'_>, library: &BroughtLibrary) -> Component {
    let needed = library.needed_by.first().map_or_else(String::new, |path| format!(", since {path} needs it"));
    Component {
        key: format!("file{}", library.path),
        kind: Kind::File,
        name: library.path.rsplit('/').next().unwrap_or_default().to_owned(),
        version: library.version.clone().unwrap_or_default(),
        hashes: subject.hash(&library.path),
        origin: format!("copied from the builder{needed}"),
        paths: vec![library.path.clone()],
        within: library.package.as_deref().map(debian::key).unwrap_or_default(),
        ..Component::default()
    }
}

/// A program of distil's own.
fn own(subject: &Subject<'_>, path: &str) -> Component {
    Component {
        key: format!("program{path}"),
        kind: Kind::Program,
        name: format!("{}-{}", TOOL.0, path.rsplit('/').next().unwrap_or_default()),
        version: TOOL.1.to_owned(),
        hashes: subject.hash(path),
        origin: "a program of distil's own, for what the spec asks of the start or of health".into(),
        paths: vec![path.to_owned()],
        ..Component::default()
    }
}
