//! The installed distributions: what they are called, which files are theirs, what they let one import and what they ask for.
//! Read from the tree alone, without Python. Odd or missing metadata makes a distribution poorer, never an error.

mod metadata;
pub mod modules;
pub mod record;

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;

pub use metadata::normalised;
pub use record::record_without;

/// Where the official images keep their interpreter.
pub const INTERPRETER: &str = "/usr/local";

/// One installed distribution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Its name, normalised.
    pub name: String,
    /// Its version; empty where nothing says it.
    pub version: String,
    /// The site folder it is installed in.
    pub site: String,
    /// Its `.dist-info` folder, or its `.egg-info` folder or file.
    pub info: String,
    /// Its files and links that are in the tree, as absolute paths, sorted.
    pub files: Vec<String>,
    /// The names to import, sorted.
    pub modules: Vec<String>,
    /// Names of the distributions that it requires without an extra.
    pub requires: Vec<String>,
    /// Its console scripts, and the object that each calls.
    pub scripts: Vec<(String, String)>,
    /// The modules that its entry points of any kind name.
    pub entry_modules: Vec<String>,
}

/// Whose a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A distribution's, by its place in the inventory; the first of several that share the file.
    Distribution(usize),
    /// The interpreter's and its library's.
    Interpreter,
    /// The application's, or the system's.
    Other,
}

/// All installed distributions of some site folders.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The distributions, in the order of folders and names.
    pub distributions: Vec<Distribution>,
    /// The site folders.
    pub folders: Vec<String>,
    owners: BTreeMap<String, Vec<usize>>,
}

impl Inventory {
    /// The distributions that a path belongs to; several may share a file.
    #[must_use]
    pub fn owners(&self, path: &str) -> &[usize] {
        self.owners.get(path).map_or(&[], Vec::as_slice)
    }

    /// Whose a path is.
    #[must_use]
    pub fn owner(&self, path: &str) -> Owner {
        match self.owners(path).first() {
            Some(index) => Owner::Distribution(*index),
            None if self.site_of(path).is_none() && inside(path, INTERPRETER).is_some() => Owner::Interpreter,
            None => Owner::Other,
        }
    }

    /// A distribution by its normalised name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Distribution> {
        self.distributions.iter().find(|d| d.name == name)
    }

    /// The site folder that a path is in, and the path from there.
    #[must_use]
    pub fn site_of<'p>(&self, path: &'p str) -> Option<(&str, &'p str)> {
        let found = self.folders.iter().filter_map(|folder| Some((folder.as_str(), inside(path, folder)?)));
        found.max_by_key(|(folder, _)| folder.len())
    }
}

/// The rest of a path below a folder.
pub(super) fn inside<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    path.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/')
}

/// Reads the distributions of some site folders. Only files that are in the tree count, so the inventory of a pruned tree
/// names what can still be imported.
#[must_use]
pub fn inventory(tree: &Tree, folders: &[&str]) -> Inventory {
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
    let is_file = tree.get(info).is_some_and(super::tree::Entry::is_file);
    let headers = if is_file { text(tree, info) } else { of("METADATA").or_else(|| of("PKG-INFO")) };
    let mut headers = metadata::metadata(&headers.unwrap_or_default());
    headers.requires.extend(of("requires.txt").iter().flat_map(|text| metadata::requires_txt(text)));
    let stem = info.rsplit('/').next().unwrap_or_default().trim_end_matches(".dist-info").trim_end_matches(".egg-info");
    let mut words = stem.split('-');
    let (stem_name, stem_version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let points = metadata::entry_points(&of("entry_points.txt").unwrap_or_default());
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
    files.retain(|file| tree.get(file).is_some_and(|entry| !matches!(entry.kind, super::tree::Kind::Directory)));
    Distribution {
        name: headers.name.unwrap_or_else(|| normalised(stem_name)),
        version: headers.version.unwrap_or_else(|| stem_version.to_owned()),
        site: site.to_owned(),
        info: info.to_owned(),
        files,
        modules: vec![],
        requires: headers.requires,
        scripts,
        entry_modules,
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
            if matches!(entry.kind, super::tree::Kind::Directory) || all.owners.contains_key(path) {
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
