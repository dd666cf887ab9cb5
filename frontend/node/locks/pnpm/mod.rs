//! `pnpm-lock.yaml`, versions 6.0 and 9.0. Who needs what is resolved in it already, peers included: the key of a package names those that
//! it was given. The file may hold two documents, of which the last is the project's.

mod lock;
mod settings;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Sink, Sources};
use crate::node::codes;
use crate::yaml;

use super::manifest::{DEVELOPMENT, Manifest, needs, sections};
use super::model::{Answer, Ask, Member, Package, Reduced, Source};
use super::read::Beside;
use super::tree::{get, text};
use lock::Lock;
use settings::Settings;
use walk::Walk;

/// What is installed of a lock of pnpm.
pub(super) fn reduce(ask: &Ask<'_>, sources: &Sources, sink: &mut Sink) -> Option<Answer> {
    let document = yaml::parse_last(sources, ask.lock, sink)?;
    let lock = Lock::read(&document, ask.lock, sink)?;
    let mut beside = Beside::new(ask, sources);
    let npmrc = beside.text(".npmrc");
    let workspace = match beside.file("pnpm-workspace.yaml") {
        Some(file) => Some(yaml::parse_last(sources, file, sink)?),
        None => None,
    };
    let root = beside.manifest("", sink);
    if !beside.wanted.files.is_empty() {
        return Some(Answer::Wanted(beside.wanted));
    }
    let settings = Settings { workspace, root: root?, npmrc };
    let walk = Walk { lock: &lock, development: ask.development };
    let mut starts = vec![lock.member(ask.project, sink)?];
    if ask.development || settings.is_on("includeWorkspaceRoot") {
        starts.extend(lock.importers.get_key_value("").map(|(root, _)| *root));
    }
    let kept = walk.all(&starts, sink);
    let installed = walk.on(&starts, &kept, ask.target);
    let folders = kept.members.iter().filter(|folder| !folder.is_empty());
    let manifests: Vec<Manifest> = folders.filter_map(|folder| beside.manifest(folder, sink)).collect();
    if !beside.wanted.files.is_empty() {
        return Some(Answer::Wanted(beside.wanted));
    }
    let all = || [&settings.root].into_iter().filter(|_| kept.members.contains("")).chain(&manifests);
    all().for_each(|manifest| compare(manifest, &lock, ask.development, sink));
    if sink.has_errors() {
        return None;
    }
    let mut packages = BTreeMap::new();
    for key in &installed {
        let package = lock.package(key, kept.packages[key]);
        packages.entry((package.name.clone(), package.version.clone())).or_insert(package);
    }
    let packages: Vec<Package> = packages.into_values().collect();
    let written = write::Written { lock: &lock, kept: &kept, settings: &settings, manifests: &manifests, ask };
    Some(Answer::Reduced(Box::new(Reduced {
        scripts: packages.iter().filter_map(|package| settings.script(package)).collect(),
        members: all().map(|manifest| Member { folder: manifest.folder.clone(), name: manifest.name().map(str::to_owned) }).collect(),
        own_scripts: all().flat_map(Manifest::own_scripts).collect(),
        copies: copies(&packages, &written),
        files: written.files(),
        packages,
    })))
}

fn copies(packages: &[Package], written: &write::Written<'_, '_>) -> Vec<String> {
    let sources = packages.iter().filter_map(|package| match &package.from {
        Source::Archive(path) | Source::Folder(path) => Some(path.clone()),
        _ => None,
    });
    sources.chain(written.patches().into_iter().map(|(_, path, _)| path)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Says where a manifest asks for something else than it did when the lock was written. What is overridden stands in the lock as the
/// override has it, and what a member expects of others may stand there as its own.
fn compare(manifest: &Manifest, lock: &Lock<'_>, development: bool, sink: &mut Sink) {
    let Some((key, importer)) = lock.importers.get(manifest.folder.as_str()) else { return };
    let path = manifest.path();
    let way_out = "run `pnpm install`, and commit `pnpm-lock.yaml` together with `package.json`";
    let locked: BTreeMap<&str, _> = DEVELOPMENT
        .iter()
        .flat_map(|section| super::tree::table(importer, section))
        .map(|(key, value)| (key.name.as_str(), (key, value)))
        .collect();
    let now = needs(&manifest.node, sections(development));
    for (name, need) in now.iter().filter(|(name, _)| !lock.is_overridden(name)) {
        let found = match locked.get(name) {
            None => Diagnostic::new(codes::NODE_LOCK_STALE, format!("`{path}` asks for `{name}`, and the lock has nothing of it"))
                .at(need.place, "asked for here")
                .at(*key, "the lock's entry of this folder"),
            Some((_, value)) if text(value, "specifier").is_some_and(|then| then != need.spec) => {
                let then = text(value, "specifier").unwrap_or_default();
                let message = format!("`{path}` asks for `{name}` {}, and the lock was made for {then}", need.spec);
                let place = get(value, "specifier").map_or(*key, |specifier| specifier.place);
                Diagnostic::new(codes::NODE_LOCK_STALE, message).at(need.place, "asked for here").at(place, "the lock")
            }
            Some(_) => continue,
        };
        sink.push(found.help(way_out));
    }
    let known = needs(&manifest.node, &["dependencies", "optionalDependencies", "devDependencies", "peerDependencies"]);
    for section in sections(development) {
        for (key, _) in super::tree::table(importer, section).iter().filter(|(key, _)| !known.contains_key(key.name.as_str())) {
            let message = format!("the lock was made for a `{path}` that asked for `{}`", key.name);
            sink.push(Diagnostic::new(codes::NODE_LOCK_STALE, message).at(key.place, "").help(way_out));
        }
    }
}
