//! npm's `package-lock.json`, versions 2 and 3: a map of places in the tree of folders that npm makes, each with the package that lies
//! there. Who gets what is Node's own rule: the nearest `node_modules` above.

mod lock;
mod settings;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Sink, Sources};
use crate::json::{self, Form};
use crate::node::codes;

use super::manifest::{Manifest, needs, sections};
use super::model::{Answer, Ask, Member, Package, Reduced, Script};
use super::read::Beside;
use lock::Lock;
pub(super) use lock::registry;
use settings::Settings;
use walk::Walk;

/// What is installed of a lock of npm.
pub(super) fn reduce(ask: &Ask<'_>, sources: &Sources, sink: &mut Sink) -> Option<Answer> {
    let document = json::parse(sources, ask.lock, Form::Strict, sink)?;
    let lock = Lock::read(&document, ask.lock, sink)?;
    let mut beside = Beside::new(ask, sources);
    let settings = Settings::read(beside.text(".npmrc"));
    let walk = Walk { lock: &lock, development: ask.development, peers: !settings.legacy_peers };
    let mut starts = vec![lock.member(ask.project, sink)?];
    if ask.development || settings.with_root {
        starts.extend(lock.packages.get("").map(|entry| entry.key));
    }
    let mut kept = walk.all(&starts, sink);
    lock.add_links(&mut kept);
    let installed = walk.on(&starts, &kept, ask.target, sink);
    let root = beside.manifest("", sink);
    let folders = kept.keys().copied().filter(|key| !key.is_empty() && lock::is_member(key));
    let mut manifests: Vec<Manifest> = folders.filter_map(|folder| beside.manifest(folder, sink)).collect();
    let root = root.filter(|_| beside.wanted.files.is_empty());
    if sink.has_errors() {
        return None;
    }
    let Some(root) = root else { return Some(Answer::Wanted(beside.wanted)) };
    manifests.insert(0, root);
    for manifest in manifests.iter().filter(|manifest| kept.contains_key(manifest.folder.as_str())) {
        compare(manifest, &lock, ask.development, sink);
    }
    if sink.has_errors() {
        return None;
    }
    let mut packages = BTreeMap::new();
    for key in &installed {
        if let Some(package) = lock.packages[key].package(kept[key]) {
            packages.entry((package.name.clone(), package.version.clone())).or_insert(package);
        }
    }
    let packages: Vec<Package> = packages.into_values().collect();
    let of_kept = |manifest: &&Manifest| kept.contains_key(manifest.folder.as_str());
    Some(Answer::Reduced(Box::new(Reduced {
        scripts: packages.iter().filter(|package| package.script == Some(true)).map(|package| script(package, &manifests[0])).collect(),
        members: manifests.iter().filter(of_kept).map(member).collect(),
        own_scripts: manifests.iter().flat_map(Manifest::own_scripts).collect(),
        copies: copies(&packages),
        files: write::files(&lock, &kept, &manifests, &settings, ask, sources),
        packages,
    })))
}

fn member(manifest: &Manifest) -> Member {
    Member { folder: manifest.folder.clone(), name: manifest.name().map(str::to_owned) }
}

fn copies(packages: &[Package]) -> Vec<String> {
    let archives = packages.iter().filter_map(|package| match &package.from {
        super::Source::Archive(path) => Some(path.clone()),
        _ => None,
    });
    archives.collect::<BTreeSet<_>>().into_iter().collect()
}

fn script(package: &Package, root: &Manifest) -> Script {
    let allowed = settings::allowed(&root.node, package);
    Script { name: package.name.clone(), version: package.version.clone(), allowed, place: package.place }
}

/// Says where a manifest asks for something else than it did when the lock was written.
fn compare(manifest: &Manifest, lock: &Lock, development: bool, sink: &mut Sink) {
    let Some(entry) = lock.packages.get(manifest.folder.as_str()) else { return };
    let (now, then) = (needs(&manifest.node, sections(development)), needs(entry.node, sections(development)));
    let path = manifest.path();
    let way_out = "run `npm install`, and commit `package-lock.json` together with `package.json`";
    for (name, need) in &now {
        let found = match then.get(name) {
            None => Diagnostic::new(codes::NODE_LOCK_STALE, format!("`{path}` asks for `{name}`, and the lock has nothing of it"))
                .at(need.place, "asked for here")
                .at(entry.place, "the lock's entry of this folder"),
            Some(locked) if locked.spec != need.spec => {
                let message = format!("`{path}` asks for `{name}` {}, and the lock was made for {}", need.spec, locked.spec);
                Diagnostic::new(codes::NODE_LOCK_STALE, message).at(need.place, "asked for here").at(locked.place, "the lock")
            }
            Some(_) => continue,
        };
        sink.push(found.help(way_out));
    }
    for locked in then.values().filter(|locked| !now.contains_key(locked.name)) {
        let message = format!("the lock was made for a `{path}` that asked for `{}`", locked.name);
        sink.push(Diagnostic::new(codes::NODE_LOCK_STALE, message).at(locked.place, "").help(way_out));
    }
}
