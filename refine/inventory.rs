//! What is installed, as a value: packages with their files, and whose a file is. Whoever knows a language reads it from a tree.

use std::collections::BTreeMap;

/// One installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Its name, normalised.
    pub name: String,
    /// Its version; empty where nothing says it.
    pub version: String,
    /// The folder of packages that it is installed in.
    pub site: String,
    /// The folder or file with what its installer notes of it.
    pub info: String,
    /// Its files and links that are in the tree, as absolute paths, sorted.
    pub files: Vec<String>,
    /// The names to import, sorted.
    pub modules: Vec<String>,
    /// Names of the packages that it always requires.
    pub requires: Vec<String>,
    /// Its scripts, and the object that each calls.
    pub scripts: Vec<(String, String)>,
    /// The modules that it names for others to load.
    pub entry_modules: Vec<String>,
    /// The file that names them.
    pub entry_file: String,
}

/// All packages that are installed in some folders.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The packages, in the order of folders and names.
    pub distributions: Vec<Distribution>,
    /// The folders of packages.
    pub folders: Vec<String>,
    /// The packages of every file, by their places in the list.
    pub owners: BTreeMap<String, Vec<usize>>,
}

impl Inventory {
    /// The packages that a path belongs to; several may share a file.
    #[must_use]
    pub fn owners(&self, path: &str) -> &[usize] {
        self.owners.get(path).map_or(&[], Vec::as_slice)
    }

    /// A package by its normalised name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Distribution> {
        self.distributions.iter().find(|d| d.name == name)
    }

    /// The folder of packages that a path is in, and the path from there.
    #[must_use]
    pub fn site_of<'p>(&self, path: &'p str) -> Option<(&str, &'p str)> {
        let found = self.folders.iter().filter_map(|folder| Some((folder.as_str(), inside(path, folder)?)));
        found.max_by_key(|(folder, _)| folder.len())
    }
}

/// The rest of a path below a folder.
#[must_use]
pub fn inside<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    path.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/')
}
