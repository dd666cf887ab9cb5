//! A member's `package.json`: what it asks for, and what of it is written before the manager runs.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::diag::Place;
use crate::yaml::Node;

use super::model::OwnScript;
use super::read::{below, joined};
use super::tree::{as_text, entry, get, json, table, text};

/// A `package.json`.
pub(super) struct Manifest {
    /// Its folder.
    pub(super) folder: String,
    /// What it says.
    pub(super) node: Node,
}

/// Something that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need<'n> {
    /// The name that it is asked for by.
    pub(super) name: &'n str,
    /// Which of it.
    pub(super) spec: &'n str,
    /// The section that it stands in.
    pub(super) section: &'static str,
    /// Where.
    pub(super) place: Place,
}

/// The sections that are installed for a service.
pub(super) const PRODUCTION: &[&str] = &["dependencies", "optionalDependencies"];
/// Those that are installed to build it.
pub(super) const DEVELOPMENT: &[&str] = &["dependencies", "optionalDependencies", "devDependencies"];

/// The sections that are installed.
pub(super) fn sections(development: bool) -> &'static [&'static str] {
    if development { DEVELOPMENT } else { PRODUCTION }
}

/// Scripts that a manager runs when it installs the folder that they are of.
const AT_INSTALL: &[&str] = &["preinstall", "install", "postinstall", "prepare"];

/// What a manifest, or the entry of one in a lock, asks for. What is asked for twice is asked for by the last of the sections, except that
/// development asks for nothing that stands elsewhere.
pub(super) fn needs<'n>(node: &'n Node, sections: &[&'static str]) -> BTreeMap<&'n str, Need<'n>> {
    let mut found = BTreeMap::new();
    for section in sections {
        for (key, value) in table(node, section) {
            let need = Need { name: &key.name, spec: as_text(value).unwrap_or_default(), section, place: key.place };
            if *section == "devDependencies" {
                found.entry(need.name).or_insert(need);
            } else {
                found.insert(need.name, need);
            }
        }
    }
    found
}

impl Manifest {
    /// Its path.
    pub(super) fn path(&self) -> String {
        below(&self.folder, "package.json")
    }

    /// Its own name.
    pub(super) fn name(&self) -> Option<&str> {
        text(&self.node, "name")
    }

    /// The files that its commands are, by path.
    pub(super) fn commands(&self) -> Vec<String> {
        let Some(bin) = get(&self.node, "bin") else { return vec![] };
        let targets = as_text(bin).into_iter().chain(table(&self.node, "bin").iter().filter_map(|(_, target)| as_text(target)));
        let inside = |target: &str| joined(&self.folder, target).filter(|path| path.starts_with(&self.folder) && !path.is_empty());
        targets.filter_map(inside).collect()
    }

    /// The scripts that its manager would run at each install.
    pub(super) fn own_scripts(&self) -> Vec<OwnScript> {
        let scripts = get(&self.node, "scripts");
        let one = |name: &&str| {
            let (key, command) = entry(scripts?, name)?;
            let command = as_text(command)?.to_owned();
            Some(OwnScript { folder: self.folder.clone(), name: (*name).to_owned(), command, place: key.place })
        };
        AT_INSTALL.iter().filter_map(one).collect()
    }

    /// What is written of it: what an install asks of a manifest, and nothing else. A version that nobody compares is not in it.
    pub(super) fn reduced(&self, development: bool, version: Option<&str>) -> Map<String, Json> {
        let kept = ["name", "peerDependencies", "peerDependenciesMeta", "dependenciesMeta", "bin", "os", "cpu", "libc"];
        let mut written: Map<String, Json> = Map::new();
        for key in kept.iter().chain(sections(development)) {
            if let Some(value) = get(&self.node, key) {
                written.insert((*key).to_owned(), json(value));
            }
        }
        for section in sections(development) {
            if written.get(*section).and_then(Json::as_object).is_some_and(Map::is_empty) {
                written.remove(*section);
            }
        }
        written.insert("version".to_owned(), json!(version.unwrap_or("0.0.0")));
        written.insert("private".to_owned(), json!(true));
        written
    }
}

/// A file of JSON as it is written.
pub(super) fn written(value: &Json) -> String {
    format!("{value:#}\n")
}
