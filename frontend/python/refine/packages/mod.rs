//! The installed distributions: what they are called, which files are theirs, what they let one import and what they ask for.
//! Read from the tree alone, without Python. Odd or missing metadata makes a distribution poorer, never an error.

pub(crate) mod about;
mod metadata;
pub(crate) mod modules;
pub(crate) mod record;

use std::collections::{BTreeMap, BTreeSet};

use crate::python::pep::normalized;
use crate::refine::inventory::{Distribution, Inventory, inside};
use crate::refine::tree::{Entry, Kind, Tree};

pub(crate) use record::record_without;

/// The file of a distribution's metadata that names what others may load of it.
const ENTRY_POINTS: &str = "entry_points.txt";

/// Reads the distributions of some site folders. Only files that are in the tree count, so the inventory of a pruned tree
/// names what can still be imported.
#[must_use]
pub(crate) fn inventory(tree: &Tree, folders: &[&str]) -> Inventory {
    let mut all = Inventory { folders: folders.iter().map(|f| f.trim_end_matches('/').to_owned()).collect(), ..Inventory::default() };
    for site in &all.folders {
        for (path, entry) in tree.below(site) {
            let Some(name) = inside(path, site).filter(|rest| !rest.contains('/')) else { continue };
            let is_info = name.ends_with(".dist-info") && !entry.is_file() || name.ends_with(".egg-info");
            if is_info {
                all.distributions.push(distribution(tree, site, path));
            }
        }
    }
    share(tree, &mut all);
    for one in &mut all.distributions {
        one.files.sort();
        one.files.dedup();
        one.modules = modules::modules(one.files.iter().filter_map(|file| inside(file, &one.site)));
    }
    all
}

fn text(tree: &Tree, path: &str) -> Option<String> {
    let bytes = tree.get(path)?.bytes().ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// One distribution with the files that it names itself.
fn distribution(tree: &Tree, site: &str, info: &str) -> Distribution {
    let of = |name: &str| text(tree, &format!("{info}/{name}"));
    let is_file = tree.get(info).is_some_and(Entry::is_file);
    let headers = if is_file { text(tree, info) } else { of("METADATA").or_else(|| of("PKG-INFO")) };
    let mut headers = metadata::metadata(&headers.unwrap_or_default());
    headers.requires.extend(of("requires.txt").iter().flat_map(|text| metadata::requires_txt(text)));
    let stem = info.rsplit('/').next().unwrap_or_default().trim_end_matches(".dist-info").trim_end_matches(".egg-info");
    let mut words = stem.split('-');
    let (stem_name, stem_version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let points = metadata::entry_points(&of(ENTRY_POINTS).unwrap_or_default());
    let scripts = points.iter().filter(|(section, ..)| section == "console_scripts").map(|(_, n, o)| (n.clone(), o.clone())).collect();
    let entry_modules = points.iter().map(|(.., object)| object.split(':').next().unwrap_or_default().trim().to_owned()).collect();
    let mut files: Vec<String> = tree.below(info).map(|(path, _)| path.to_owned()).collect();
    if let Some(record) = of("RECORD") {
        files.extend(record::paths(&record, site));
    } else {
        for top in of("top_level.txt").unwrap_or_else(|| stem_name.to_owned()).split_whitespace() {
            let folder = record::join(site, top);
            files.extend(tree.below(&folder).map(|(path, _)| path.to_owned()));
            files.push(format!("{folder}.py"));
        }
    }
    if is_file {
        files.push(info.to_owned());
    }
    files.retain(|file| tree.get(file).is_some_and(|entry| !matches!(entry.kind, Kind::Directory)));
    Distribution {
        name: headers.name.unwrap_or_else(|| normalized(stem_name)),
        version: headers.version.unwrap_or_else(|| stem_version.to_owned()),
        site: site.to_owned(),
        info: info.to_owned(),
        files,
        modules: vec![],
        requires: headers.requires,
        scripts,
        entry_modules,
        entry_file: format!("{info}/{ENTRY_POINTS}"),
    }
}

/// Notes whose every file is, and hands out files that no `RECORD` names to who owns the nearest folder above.
fn share(tree: &Tree, all: &mut Inventory) {
    let mut folders: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (index, one) in all.distributions.iter().enumerate() {
        for file in &one.files {
            let owners = all.owners.entry(file.clone()).or_default();
            if !owners.contains(&index) {
                owners.push(index);
            }
            let mut above = file.as_str();
            while let Some((folder, _)) = above.rsplit_once('/').filter(|(folder, _)| inside(folder, &one.site).is_some()) {
                folders.entry(folder).or_default().insert(index);
                above = folder;
            }
        }
    }
    let mut extra = vec![];
    for site in &all.folders {
        for (path, entry) in tree.below(site) {
            if matches!(entry.kind, Kind::Directory) || all.owners.contains_key(path) {
                continue;
            }
            let mut above = path;
            while let Some((folder, _)) = above.rsplit_once('/').filter(|(folder, _)| folder.len() > site.len()) {
                if let Some(owners) = folders.get(folder) {
                    extra.push((path.to_owned(), owners.iter().copied().collect::<Vec<_>>()));
                    break;
                }
                above = folder;
            }
        }
    }
    for (path, owners) in extra {
        for index in &owners {
            all.distributions[*index].files.push(path.clone());
        }
        all.owners.insert(path, owners);
    }
}

#[cfg(test)]
mod tests;
