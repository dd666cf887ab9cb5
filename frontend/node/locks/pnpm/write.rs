//! The reduced lock of pnpm with its manifests and settings, as `pnpm install --frozen-lockfile` accepts them. Manifests are written from
//! what the lock says of their folder, so that both agree whatever an override or a hook made of it; settings that the lock repeats are
//! written from it to where pnpm 9, and where newer versions look for them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json as value};

use super::super::manifest::{Manifest, sections, written};
use super::super::model::Ask;
use super::super::npmrc;
use super::super::read::joined;
use super::super::tree::{as_text, entries, flag, get, json, table, text};
use super::super::yaml::document;
use super::lock::{Form, Lock, overridden, without_peers};
use super::settings::{Settings, bare, kebab};
use super::walk::Kept;

/// What is written.
pub(super) struct Written<'w, 'n> {
    pub(super) lock: &'w Lock<'n>,
    pub(super) kept: &'w Kept<'n>,
    pub(super) settings: &'w Settings<'w>,
    /// The manifests of members, without the root's.
    pub(super) manifests: &'w [Manifest],
    pub(super) ask: &'w Ask<'w>,
}

/// What of a package is read when it is installed; the rest may change without a new version.
const OF_PACKAGES: &[&str] = &[
    "bundledDependencies",
    "cpu",
    "engines",
    "hasBin",
    "id",
    "libc",
    "name",
    "os",
    "patched",
    "peerDependencies",
    "peerDependenciesMeta",
    "requiresBuild",
    "resolution",
    "version",
];
/// What of a package that was given its peers is.
const OF_SNAPSHOTS: &[&str] = &["dependencies", "optionalDependencies", "transitivePeerDependencies"];

impl Written<'_, '_> {
    /// Every file that is written.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let mut files = BTreeMap::new();
        files.insert("pnpm-lock.yaml".to_owned(), document(&self.lock().into()));
        let shared = self.shared();
        let mut workspace = self.settings.layout();
        workspace.extend(self.settings.builds(&|name| self.names().contains(name)));
        workspace.extend(shared.clone());
        workspace.extend(table(self.lock.document, "settings").iter().map(|(key, node)| (key.name.clone(), json(node))));
        let mut pnpm = shared;
        pnpm.extend(self.settings.builds(&|name| self.names().contains(name)));
        pnpm.remove("allowBuilds");
        pnpm.remove("catalogs");
        let folders: Vec<&str> = self.kept.members.iter().copied().filter(|folder| !folder.is_empty()).collect();
        workspace.insert("packages".to_owned(), if folders.is_empty() { value!(["."]) } else { value!(folders) });
        files.insert("pnpm-workspace.yaml".to_owned(), document(&workspace.into()));
        let mut npmrc = npmrc::without_logins(self.settings.npmrc);
        for (key, node) in table(self.lock.document, "settings") {
            let name = kebab(&key.name);
            if !npmrc::pairs(self.settings.npmrc).any(|(known, _)| known == name) {
                npmrc.extend([name.as_str(), "=", as_text(node).unwrap_or_default(), "\n"]);
            }
        }
        if !npmrc.is_empty() {
            files.insert(".npmrc".to_owned(), npmrc);
        }
        for manifest in [&self.settings.root].into_iter().chain(self.manifests) {
            let folder = manifest.folder.as_str();
            let mut node = self.manifest(manifest);
            if folder.is_empty() && !pnpm.is_empty() {
                node.insert("pnpm".to_owned(), pnpm.clone().into());
            }
            files.insert(manifest.path(), written(&node.into()));
            if folder != self.ask.project && !folder.is_empty() {
                files.extend(manifest.commands().into_iter().map(|command| (command, String::new())));
            }
        }
        files.into_iter().collect()
    }

    fn lock(&self) -> Map<String, Json> {
        let lock = self.lock;
        let mut written = Map::new();
        for key in ["lockfileVersion", "settings"] {
            written.extend(get(lock.document, key).map(|node| (key.to_owned(), json(node))));
        }
        let shared = self.shared();
        written.extend(shared.into_iter().filter(|(key, _)| key == "overrides"));
        let catalogs = self.catalogs();
        if !catalogs.is_empty() {
            written.insert("catalogs".to_owned(), catalogs.into());
        }
        let patches: Map<String, Json> = self.patches().into_iter().map(|(name, _, node)| (name, node)).collect();
        if !patches.is_empty() {
            written.insert("patchedDependencies".to_owned(), patches.into());
        }
        if get(lock.document, "importers").is_some() {
            let mut importers: Map<String, Json> = [(".".to_owned(), value!({}))].into_iter().collect();
            for folder in &self.kept.members {
                let key = if folder.is_empty() { "." } else { folder };
                importers.insert(key.to_owned(), self.importer(folder).into());
            }
            written.insert("importers".to_owned(), importers.into());
        } else {
            written.extend(self.importer(""));
        }
        let (mut packages, mut snapshots) = (Map::new(), Map::new());
        for (key, is_optional) in &self.kept.packages {
            if let Some((about, node)) = lock.about(key) {
                let mut fields = OF_PACKAGES.to_vec();
                if lock.form == Form::Six {
                    fields.extend(OF_SNAPSHOTS);
                }
                let mut fields = some(node, &fields);
                if lock.form == Form::Six {
                    fields.insert("dev".to_owned(), value!(false));
                    fields.extend(is_optional.then(|| ("optional".to_owned(), value!(true))));
                }
                packages.insert(about.name.clone(), fields.into());
            }
            if lock.form == Form::Nine {
                let mut fields = lock.snapshots.get(key).map(|(_, node)| some(node, OF_SNAPSHOTS)).unwrap_or_default();
                fields.extend(is_optional.then(|| ("optional".to_owned(), value!(true))));
                snapshots.insert((*key).to_owned(), fields.into());
            }
        }
        if !packages.is_empty() {
            written.insert("packages".to_owned(), packages.into());
        }
        if !snapshots.is_empty() {
            written.insert("snapshots".to_owned(), snapshots.into());
        }
        written
    }

    /// What the lock says of a member, without what is not installed of it. Who asks for a member asks for any version of it.
    fn importer(&self, folder: &str) -> Map<String, Json> {
        let (_, node) = self.lock.importers[folder];
        let mut written = Map::new();
        let mut asked = BTreeSet::new();
        for section in sections(self.ask.development) {
            let mut needs = Map::new();
            for (name, need) in table(node, section) {
                let version = text(need, "version").unwrap_or_default();
                if version.starts_with("runtime:") {
                    continue;
                }
                let mut fields = json(need);
                let is_member = version
                    .strip_prefix("link:")
                    .and_then(|path| joined(folder, path))
                    .is_some_and(|path| self.kept.members.contains(path.as_str()));
                let spec = text(need, "specifier").unwrap_or_default();
                let is_path = ["link:", "file:"].iter().any(|scheme| spec.starts_with(scheme));
                if (is_member && !is_path) || (version.starts_with("file:") && spec.starts_with("workspace:")) {
                    fields["specifier"] = "workspace:*".into();
                }
                asked.insert(name.name.as_str());
                needs.insert(name.name.clone(), fields);
            }
            if !needs.is_empty() {
                written.insert((*section).to_owned(), needs.into());
            }
        }
        let meta: Map<String, Json> = table(node, "dependenciesMeta")
            .iter()
            .filter(|(key, _)| asked.contains(key.name.as_str()))
            .map(|(key, node)| (key.name.clone(), json(node)))
            .collect();
        if !meta.is_empty() {
            written.insert("dependenciesMeta".to_owned(), meta.into());
        }
        written
    }

    fn manifest(&self, manifest: &Manifest) -> Map<String, Json> {
        let mut node = Map::new();
        node.extend(manifest.name().map(|name| ("name".to_owned(), value!(name))));
        node.insert("version".to_owned(), value!("0.0.0"));
        node.insert("private".to_owned(), value!(true));
        if !self.kept.members.contains(manifest.folder.as_str()) {
            return node;
        }
        node.extend(get(&manifest.node, "bin").map(|bin| ("bin".to_owned(), json(bin))));
        for (section, needs) in self.importer(&manifest.folder) {
            let needs: Map<String, Json> = match needs {
                Json::Object(needs) if section != "dependenciesMeta" => {
                    needs.into_iter().map(|(name, need)| (name, need["specifier"].clone())).collect()
                }
                Json::Object(needs) => needs,
                _ => continue,
            };
            node.insert(section, needs.into());
        }
        node
    }

    /// The names of what is installed.
    fn names(&self) -> BTreeSet<&str> {
        self.kept.packages.keys().map(|key| bare(without_peers(key).trim_start_matches('/'))).collect()
    }

    /// The settings that the lock repeats and pnpm compares, as far as they are about what is installed.
    fn shared(&self) -> Map<String, Json> {
        let names = self.names();
        let mut found = Map::new();
        let overrides: Map<String, Json> = table(self.lock.document, "overrides")
            .iter()
            .filter(|(key, _)| names.contains(overridden(&key.name)))
            .map(|(key, node)| (key.name.clone(), json(node)))
            .collect();
        if !overrides.is_empty() {
            found.insert("overrides".to_owned(), overrides.into());
        }
        let patches: Map<String, Json> = self.patches().into_iter().map(|(name, path, _)| (name, path.into())).collect();
        if !patches.is_empty() {
            found.insert("patchedDependencies".to_owned(), patches.into());
        }
        let catalogs: Map<String, Json> = self
            .catalogs()
            .into_iter()
            .map(|(name, list)| {
                let list = list.as_object().into_iter().flatten().map(|(name, entry)| (name.clone(), entry["specifier"].clone()));
                (name, list.collect::<Map<_, _>>().into())
            })
            .collect();
        if !catalogs.is_empty() {
            found.insert("catalogs".to_owned(), catalogs.into());
        }
        found
    }

    /// The entries of catalogs that members ask for.
    fn catalogs(&self) -> Map<String, Json> {
        let mut asked: BTreeSet<(&str, &str)> = BTreeSet::new();
        for folder in &self.kept.members {
            let (_, node) = self.lock.importers[*folder];
            for (name, need) in sections(self.ask.development).iter().flat_map(|section| table(node, section)) {
                if let Some(catalog) = text(need, "specifier").and_then(|spec| spec.strip_prefix("catalog:")) {
                    asked.insert((if catalog.is_empty() { "default" } else { catalog }, &name.name));
                }
            }
        }
        for (key, node) in table(self.lock.document, "overrides") {
            if let Some(catalog) = as_text(node).and_then(|spec| spec.strip_prefix("catalog:")) {
                asked.insert((if catalog.is_empty() { "default" } else { catalog }, overridden(&key.name)));
            }
        }
        let mut found = Map::new();
        for (catalog, list) in table(self.lock.document, "catalogs") {
            let list: Map<String, Json> = entries(list)
                .iter()
                .filter(|(name, _)| asked.contains(&(catalog.name.as_str(), name.name.as_str())))
                .map(|(name, node)| (name.name.clone(), json(node)))
                .collect();
            if !list.is_empty() {
                found.insert(catalog.name.clone(), list.into());
            }
        }
        found
    }

    /// The patches of what is installed: what each is for, its path, and its entry in the lock.
    pub(super) fn patches(&self) -> Vec<(String, String, Json)> {
        let mut found = vec![];
        for (key, node) in table(self.lock.document, "patchedDependencies") {
            let Some(hash) = as_text(node).or_else(|| text(node, "hash")) else { continue };
            let mark = format!("(patch_hash={hash})");
            if self.kept.packages.keys().any(|package| package.contains(&mark)) {
                let said = self.settings.get("patchedDependencies").and_then(|all| text(all, &key.name));
                let path = text(node, "path").or(said).unwrap_or_default().to_owned();
                found.push((key.name.clone(), path, json(node)));
            }
        }
        found
    }
}

/// Some keys of a mapping.
fn some(node: &crate::yaml::Node, keys: &[&str]) -> Map<String, Json> {
    let is_false = |key: &str, node| key == "requiresBuild" && !flag(node, key);
    keys.iter().filter(|key| !is_false(key, node)).filter_map(|key| Some(((*key).to_owned(), json(get(node, key)?)))).collect()
}
