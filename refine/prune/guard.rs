//! Who imports what the rules would remove. What kept code imports stays, and then what that imports, and so on.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::Inventory;
use crate::language::Language;
use crate::tree::Tree;

use super::Settings;
use super::rules::{Rules, Where};
use super::select::{Chosen, excepted, locate};

/// Who imports what the project's own code does.
const PROJECT: &str = "the project's code";

/// A unit and the file that names it.
type Edge<'t> = (usize, &'t str);

/// Units that stay, each with why; and the errors of files that could not be read.
pub(super) fn needed(
    tree: &Tree,
    inventory: &Inventory,
    language: &dyn Language,
    rules: &Rules,
    settings: &Settings,
    chosen: &Chosen<'_>,
) -> (BTreeMap<usize, String>, Vec<String>) {
    let mut modules: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut unit_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, unit) in chosen.units.iter().enumerate() {
        unit.modules.iter().for_each(|name| modules.entry(name).or_default().push(index));
        unit_of.extend(unit.files.iter().map(|path| (*path, index)));
    }
    if modules.is_empty() {
        return (BTreeMap::new(), vec![]);
    }
    let files: Vec<&str> = tree.iter().filter(|(path, entry)| entry.is_file() && language.is_code(path)).map(|(path, _)| path).collect();
    let scanned = Scan { tree, inventory, language, rules, chosen, modules: &modules }.all(&files);
    let mut open: Vec<(usize, String)> = vec![];
    let mut later: BTreeMap<usize, Vec<Edge<'_>>> = BTreeMap::new();
    for (unit, importer) in scanned.edges {
        match unit_of.get(importer) {
            // What goes with the same unit does not hold it.
            Some(own) if *own == unit => {}
            Some(own) => later.entry(*own).or_default().push((unit, importer)),
            None => open.push((unit, imports(importer))),
        }
    }
    for one in &inventory.distributions {
        let file = locate(&one.entry_file, inventory, language);
        for unit in one.entry_modules.iter().flat_map(|name| lookup(&modules, name)) {
            let taken = &chosen.units[unit];
            let ignore = rules.rules.get(taken.rule).is_some_and(|rule| rule.ignore.iter().any(|i| excepted(i, &file, inventory)));
            if taken.root != one.info && !ignore {
                open.push((unit, format!("{} names it", one.entry_file)));
            }
        }
    }
    for name in &settings.imported {
        let below = |module: &String| name.strip_prefix(module.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        let rule = |unit: &usize| rules.rules.get(chosen.units[*unit].rule);
        let reached = (0..chosen.units.len()).filter(|unit| rule(unit).is_some_and(|rule| rule.reached_by.iter().any(below)));
        open.extend(reached.chain(lookup(&modules, name)).map(|unit| (unit, imports(PROJECT))));
    }
    let mut needed = BTreeMap::new();
    while let Some((unit, why)) = open.pop() {
        if needed.contains_key(&unit) {
            continue;
        }
        needed.insert(unit, why);
        open.extend(later.remove(&unit).into_iter().flatten().map(|(unit, path)| (unit, imports(path))));
    }
    (needed, scanned.unread)
}

fn imports(importer: &str) -> String {
    format!("{importer} imports it")
}

/// The units of a module or of a package around it.
fn lookup(modules: &BTreeMap<&str, Vec<usize>>, name: &str) -> Vec<usize> {
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    ends.filter_map(|end| modules.get(&name[..end])).flatten().copied().collect()
}

#[derive(Default)]
struct Scanned<'t> {
    edges: BTreeSet<Edge<'t>>,
    unread: Vec<String>,
}

#[derive(Clone, Copy)]
struct Scan<'s, 'c> {
    tree: &'s Tree,
    inventory: &'s Inventory,
    language: &'s dyn Language,
    rules: &'s Rules,
    chosen: &'s Chosen<'c>,
    modules: &'s BTreeMap<&'s str, Vec<usize>>,
}

impl Scan<'_, '_> {
    /// Scans the files on all processors; the result does not depend on how many there are.
    fn all<'t>(self, files: &[&'t str]) -> Scanned<'t> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let mut all = Scanned::default();
        std::thread::scope(|scope| {
            let started: Vec<_> =
                files.chunks(files.len().div_ceil(threads).max(1)).map(|part| scope.spawn(move || self.some(part))).collect();
            for thread in started {
                match thread.join() {
                    Ok(part) => {
                        all.edges.extend(part.edges);
                        all.unread.extend(part.unread);
                    }
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        all
    }

    fn some<'t>(self, files: &[&'t str]) -> Scanned<'t> {
        let mut scanned = Scanned::default();
        for path in files {
            match self.tree.get(path).map(super::super::tree::Entry::bytes) {
                Some(Ok(bytes)) => self.one(path, &String::from_utf8_lossy(&bytes), &mut scanned),
                Some(Err(error)) => scanned.unread.push(error.to_string()),
                None => {}
            }
        }
        scanned
    }

    fn one<'t>(self, path: &'t str, text: &str, scanned: &mut Scanned<'t>) {
        let file = locate(path, self.inventory, self.language);
        let mut ignoring: BTreeMap<usize, bool> = BTreeMap::new();
        self.language.names(&file, text, &mut |name, in_text| {
            for unit in lookup(self.modules, name) {
                let Some(rule) = self.rules.rules.get(self.chosen.units[unit].rule) else { continue };
                // A short name in a text is a word like any other (`test.txt`); only a path of packages means a module.
                if in_text && rule.places.contains(&Where::Interpreter) {
                    continue;
                }
                let ignore = *ignoring
                    .entry(self.chosen.units[unit].rule)
                    .or_insert_with(|| rule.ignore.iter().any(|i| excepted(i, &file, self.inventory)));
                if !ignore {
                    scanned.edges.insert((unit, path));
                }
            }
        });
    }
}
