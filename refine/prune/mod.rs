//! Deciding what a service does not need of its environment and interpreter. Nothing is removed here: the decision is a value,
//! with what each rule takes, what stays although a rule would take it, and who needs it.
//!
//! The order of precedence: a user's `keep`; a user's `drop`; what no rule may touch; the rules, with their exceptions; and then
//! whatever kept code, the project's included, imports stays after all.

pub mod glob;
mod guard;
pub mod rules;
mod select;
pub mod sets;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, codes, nearest};

use super::inventory::Inventory;
use super::language::Language;
use super::tree::{Kind, Tree};

pub use rules::{Rules, Where, read};
pub use select::File;

/// What the user says about pruning.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Switches turned on or off, by name.
    pub switches: BTreeMap<String, bool>,
    /// Patterns of what stays, from a site folder, or from the image's root where they start with `/`.
    pub keep: Vec<String>,
    /// Patterns of what goes.
    pub drop: Vec<String>,
    /// The AWS services that the service uses; `None` keeps the data of all.
    pub aws: Option<Vec<String>>,
    /// Packages that the project itself requires, by their normalised names.
    pub required: BTreeSet<String>,
    /// Modules that the project's own code imports.
    pub imported: BTreeSet<String>,
}

/// What a rule removes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// The rule's name; `drop` for what the user named.
    pub rule: String,
    /// What it is about, in one line.
    pub what: String,
    /// How many files and links.
    pub files: usize,
    /// The bytes of the files.
    pub bytes: u64,
    /// Their paths, sorted.
    pub paths: Vec<String>,
}

/// What stays although a rule fits it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// The file, or the directory with all below.
    pub path: String,
    /// The rule that fits it.
    pub rule: String,
    /// Who needs it, or why it stays.
    pub why: String,
}

/// The decision.
#[derive(Clone, Debug, Default)]
pub struct Pruned {
    /// What goes, in the order of the rules; those that remove nothing are left out.
    pub removed: Vec<Removed>,
    /// What stays although a rule fits it, sorted.
    pub kept: Vec<Kept>,
    /// Mistakes in the settings, and patterns that name nothing.
    pub problems: Vec<Diagnostic>,
}

impl Pruned {
    /// Every path that goes.
    #[must_use]
    pub fn paths(&self) -> BTreeSet<&str> {
        self.removed.iter().flat_map(|r| r.paths.iter().map(String::as_str)).collect()
    }

    /// Takes what goes out of the tree, and the directories that are empty then.
    pub fn apply(&self, tree: &mut Tree) {
        let gone = self.paths();
        for path in &gone {
            tree.remove(path);
        }
        for path in &gone {
            let mut above = *path;
            while let Some((folder, _)) = above.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
                if tree.below(folder).next().is_some() {
                    break;
                }
                tree.remove(folder);
                above = folder;
            }
        }
    }
}

/// Decides what goes of a tree with packages of a language.
#[must_use]
pub fn prune(tree: &Tree, inventory: &Inventory, language: &dyn Language, rules: &Rules, settings: &Settings) -> Pruned {
    let mut problems = vec![];
    switches(rules, settings, &mut problems);
    let chosen = select::select(tree, inventory, language, rules, settings, &mut problems);
    let (needed, unread) = guard::needed(tree, inventory, language, rules, settings, &chosen);
    problems.extend(unread.into_iter().map(|error| Diagnostic::new(codes::UNREADABLE, error)));
    let mut pruned = Pruned { removed: vec![], kept: chosen.kept.into_iter().collect(), problems };
    let mut by_rule: BTreeMap<usize, Removed> = BTreeMap::new();
    for (index, unit) in chosen.units.iter().enumerate() {
        let (name, what) = rules.rules.get(unit.rule).map_or(("drop", "named under `drop`"), |r| (r.name.as_str(), r.what.as_str()));
        if let Some(why) = needed.get(&index) {
            pruned.kept.push(Kept { path: unit.root.clone(), rule: name.to_owned(), why: why.clone() });
            continue;
        }
        let removed = by_rule.entry(unit.rule).or_default();
        (removed.rule, removed.what) = (name.to_owned(), what.to_owned());
        for path in &unit.files {
            let Some(entry) = tree.get(path).filter(|entry| entry.kind != Kind::Directory) else { continue };
            removed.files += 1;
            removed.bytes += entry.size();
            removed.paths.push((*path).to_owned());
        }
    }
    pruned.removed = by_rule.into_values().filter(|r| r.files > 0).collect();
    pruned.removed.iter_mut().for_each(|r| r.paths.sort());
    pruned.kept.sort();
    pruned.kept.dedup();
    pruned
}

/// Says which switches do not exist.
fn switches(rules: &Rules, settings: &Settings, problems: &mut Vec<Diagnostic>) {
    let known: Vec<&str> = rules.switches().into_iter().map(|(name, _)| name).collect();
    for name in settings.switches.keys().filter(|name| !known.contains(&name.as_str())) {
        let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| format!("the switches are {}", crate::yaml::decode::list(&known)));
        problems.push(Diagnostic::new(codes::UNKNOWN_KEY, format!("`prune` has no switch `{name}`")).help(help));
    }
}
