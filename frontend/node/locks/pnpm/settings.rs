//! What a project says of an install with pnpm: in `pnpm-workspace.yaml`, in `.npmrc`, and under `pnpm` in the root's manifest. Newer
//! versions read the first, older ones the others.

use serde_json::{Map, Value as Json, json as value};

use crate::yaml::{Key, Node};

use super::super::manifest::Manifest;
use super::super::model::{Allowed, Package, Script};
use super::super::npmrc;
use super::super::tree::{as_text, entries, get, items, json, truth};

/// The settings of a project.
pub(super) struct Settings<'a> {
    /// `pnpm-workspace.yaml`.
    pub(super) workspace: Option<Node>,
    /// The root's manifest.
    pub(super) root: Manifest,
    /// The text of `.npmrc`.
    pub(super) npmrc: &'a str,
}

/// Settings that say how packages are laid out and where they come from. All else is in the lock, or changes nothing of an install from it.
const LAYOUT: &[&str] = &[
    "autoInstallPeers",
    "dangerouslyAllowAllBuilds",
    "dedupeDirectDeps",
    "dedupeInjectedDeps",
    "dedupePeerDependents",
    "disallowWorkspaceCycles",
    "enableGlobalVirtualStore",
    "engineStrict",
    "excludeLinksFromLockfile",
    "extendNodePath",
    "hoist",
    "hoistPattern",
    "hoistWorkspacePackages",
    "hoistingLimits",
    "injectWorkspacePackages",
    "linkWorkspacePackages",
    "nodeLinker",
    "peersSuffixMaxLength",
    "preferSymlinkedExecutables",
    "publicHoistPattern",
    "registries",
    "registry",
    "shamefullyHoist",
    "sharedWorkspaceLockfile",
    "strictDepBuilds",
    "strictPeerDependencies",
    "strictStorePkgContentCheck",
    "supportedArchitectures",
    "symlink",
    "virtualStoreDirMaxLength",
];

/// Lists of packages whose install scripts may run, or may not.
const LISTS: &[(&str, bool)] = &[("onlyBuiltDependencies", true), ("neverBuiltDependencies", false), ("ignoredBuiltDependencies", false)];

impl Settings<'_> {
    /// A setting of the workspace's file, or else of the root's manifest.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let workspace = self.workspace.as_ref().and_then(|workspace| get(workspace, name));
        workspace.or_else(|| get(get(&self.root.node, "pnpm")?, name))
    }

    /// Whether a setting is switched on, in any of the files.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.get(name).map_or_else(|| npmrc::is_on(self.npmrc, &kebab(name)), |node| truth(node) == Some(true))
    }

    /// How packages are laid out.
    pub(super) fn layout(&self) -> Map<String, Json> {
        LAYOUT.iter().filter_map(|name| Some(((*name).to_owned(), json(self.get(name)?)))).collect()
    }

    /// The settings about install scripts, as far as they are about packages that are installed.
    pub(super) fn builds(&self, is_kept: &dyn Fn(&str) -> bool) -> Map<String, Json> {
        let mut found = Map::new();
        for (name, _) in LISTS {
            let list: Vec<&str> =
                self.get(name).map_or(&[][..], items).iter().filter_map(as_text).filter(|item| is_kept(bare(item))).collect();
            // A list that is there and empty allows nothing, and the older default without one was to allow all.
            if self.get(name).is_some() {
                found.insert((*name).to_owned(), value!(list));
            }
        }
        if let Some(all) = self.get("allowBuilds") {
            let kept = entries(all).iter().filter(|(key, _)| is_kept(bare(&key.name)));
            found.insert("allowBuilds".to_owned(), kept.map(|(key, node)| (key.name.clone(), json(node))).collect::<Map<_, _>>().into());
        }
        found
    }

    /// The install script of a package: of one that has one, where the lock says so, or that the project says something of.
    pub(super) fn script(&self, package: &Package) -> Option<Script> {
        let allowed = self.allowed(package);
        let is_known = package.script == Some(true) || (package.script.is_none() && allowed != Allowed::Unsaid);
        is_known.then(|| Script { name: package.name.clone(), version: package.version.clone(), allowed, place: package.place })
    }

    fn allowed(&self, package: &Package) -> Allowed {
        let version = package.version.as_deref().unwrap_or_default();
        let fits = |written: &str| {
            let name = bare(written);
            let versions = written[name.len()..].strip_prefix('@');
            name == package.name && versions.is_none_or(|list| list.split("||").any(|one| one.trim() == version))
        };
        if let Some((key, node)) =
            self.get("allowBuilds").and_then(|all| entries(all).iter().find(|(key, _): &&(Key, Node)| fits(&key.name)))
        {
            return if truth(node) == Some(true) { Allowed::Yes(key.place) } else { Allowed::No(key.place) };
        }
        for (name, allows) in LISTS {
            let item = self.get(name).and_then(|list| items(list).iter().find(|item| as_text(item).is_some_and(&fits)));
            if let Some(item) = item {
                return if *allows { Allowed::Yes(item.place) } else { Allowed::No(item.place) };
            }
        }
        match self.get("dangerouslyAllowAllBuilds").filter(|all| truth(all) == Some(true)) {
            Some(all) => Allowed::Yes(all.place),
            None => Allowed::Unsaid,
        }
    }
}

/// The name in `name@version`.
pub(super) fn bare(written: &str) -> &str {
    written.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(written, |(at, _)| &written[..at])
}

/// A setting's name as `.npmrc` has it.
pub(super) fn kebab(name: &str) -> String {
    name.chars().flat_map(|c| if c.is_ascii_uppercase() { vec!['-', c.to_ascii_lowercase()] } else { vec![c] }).collect()
}
