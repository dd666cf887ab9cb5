//! Which files the rules and the user name, before anybody asks who imports them.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, codes, nearest};
use crate::inventory::{Inventory, inside};
use crate::language::Language;
use crate::tree::{Kind, Tree};

use super::rules::{Keep, Rule, Rules, State, Where};
use super::{Kept, Settings, glob};

/// Files that go or stay together.
#[derive(Clone, Debug)]
pub(super) struct Unit<'t> {
    /// The rule's place; past the last for what the user drops.
    pub(super) rule: usize,
    /// The directory or file that they are.
    pub(super) root: String,
    /// The modules whose import by kept code keeps them.
    pub(super) modules: Vec<String>,
    /// Their paths.
    pub(super) files: Vec<&'t str>,
}

/// What the rules and the user name.
#[derive(Clone, Debug, Default)]
pub(super) struct Chosen<'t> {
    pub(super) units: Vec<Unit<'t>>,
    pub(super) kept: BTreeSet<Kept>,
}

/// A file, and where it is for patterns.
#[derive(Clone, Copy, Debug)]
pub struct File<'t> {
    /// Its path in the image.
    pub path: &'t str,
    /// The kind of the place that it is in, if it is in any.
    pub place: Option<Where>,
    /// The folder that is that place, with a slash at its end.
    pub base: &'t str,
    /// Its path from there.
    pub rest: &'t str,
}

/// Where a file is: in the innermost folder of packages around it, else below the interpreter's prefix.
pub(super) fn locate<'t>(path: &'t str, inventory: &Inventory, language: &dyn Language) -> File<'t> {
    let (place, rest) = match inventory.site_of(path) {
        Some((_, rest)) => (Some(Where::Packages), rest),
        None => match inside(path, language.home()) {
            Some(rest) => (Some(Where::Interpreter), rest),
            None => (None, path),
        },
    };
    File { path, place, base: &path[..path.len() - rest.len()], rest }
}

/// The rules that act, and AWS services that stay.
struct Active<'r> {
    rules: Vec<(usize, &'r Rule)>,
    services: BTreeSet<String>,
}

pub(super) fn select<'t>(
    tree: &'t Tree,
    inventory: &'t Inventory,
    language: &dyn Language,
    rules: &Rules,
    settings: &Settings,
    problems: &mut Vec<Diagnostic>,
) -> Chosen<'t> {
    let mut chosen = Chosen::default();
    let active = active(tree, inventory, rules, settings, &mut chosen, problems);
    let mut units: BTreeMap<(usize, String), Unit<'t>> = BTreeMap::new();
    let mut hits = vec![0usize; settings.keep.len() + settings.drop.len()];
    let (keeps, drops) = hits.split_at_mut(settings.keep.len());
    for (path, entry) in tree.iter() {
        if entry.kind == Kind::Directory {
            continue;
        }
        let file = locate(path, inventory, language);
        let stays = user(&settings.keep, &file, keeps);
        let goes = user(&settings.drop, &file, drops);
        let found = match goes {
            Some(root) => Some((rules.rules.len(), root)),
            None if file.place.is_some() => fitting(&file, &active, inventory, language, rules, &mut chosen),
            None => None,
        };
        let Some((rule, root)) = found else { continue };
        if stays.is_some() {
            let name = rules.rules.get(rule).map_or("drop", |r| r.name.as_str());
            chosen.kept.insert(Kept { path: path.to_owned(), rule: name.to_owned(), why: "named under `keep`".into() });
            continue;
        }
        let guarded = rules.rules.get(rule).is_some_and(|r| r.guard);
        let unit = units.entry((rule, root.clone())).or_insert_with(|| {
            let rest = inside(&root, file.base.trim_end_matches('/')).unwrap_or(&root);
            let modules = file.place.filter(|_| guarded).and_then(|place| language.module(place, rest)).into_iter().collect();
            Unit { rule, root, modules, files: vec![] }
        });
        unit.files.push(path);
    }
    chosen.units = whole(inventory, language, &active, settings, &mut units, &mut chosen.kept);
    for unit in units.into_values().filter(|unit| !unit.files.is_empty()) {
        match rules.rules.get(unit.rule).filter(|rule| !holds(rule, &unit)) {
            None => chosen.units.push(unit),
            Some(rule) => {
                let why = format!("it holds no {}", rule.holds.join(" or "));
                chosen.kept.insert(Kept { path: unit.root, rule: rule.name.clone(), why });
            }
        }
    }
    for (index, _) in hits.iter().enumerate().filter(|(_, count)| **count == 0) {
        let (key, pattern) = match settings.keep.get(index) {
            Some(pattern) => ("keep", pattern),
            None => ("drop", &settings.drop[index - settings.keep.len()]),
        };
        let help = "patterns start at the site folder, as `numpy/tests`, or at the image's root with a `/`";
        problems.push(Diagnostic::new(codes::NO_MATCH, format!("`{pattern}` under `{key}` matches no file")).help(help));
    }
    chosen
}

/// What a user's patterns match of a file: itself or a directory above, as an absolute path. Counts the matches of each.
fn user(patterns: &[String], file: &File<'_>, hits: &mut [usize]) -> Option<String> {
    let mut found = None;
    for (pattern, hits) in patterns.iter().zip(hits) {
        let whole = pattern.trim_end_matches('/');
        let covered = if pattern.starts_with('/') {
            glob::covers(whole, file.path).map(str::to_owned)
        } else if file.place == Some(Where::Packages) {
            glob::covers(whole, file.rest).map(|root| format!("{}{root}", file.base))
        } else {
            None
        };
        if covered.is_some() {
            *hits += 1;
            found = found.or(covered);
        }
    }
    found
}

/// The first rule that fits a file and has no exception for it, and the file or directory that fits.
fn fitting(
    file: &File<'_>,
    active: &Active<'_>,
    inventory: &Inventory,
    language: &dyn Language,
    rules: &Rules,
    chosen: &mut Chosen<'_>,
) -> Option<(usize, String)> {
    let is_note = file.place == Some(Where::Packages) && language.is_note(file.rest);
    for (index, rule) in &active.rules {
        if !file.place.is_some_and(|place| rule.places.contains(&place)) {
            continue;
        }
        // Metadata and licences stay; only a pattern that names such a folder means it.
        let mut patterns = rule.paths.iter().filter(|pattern| !is_note || language.means_notes(pattern));
        let Some(root) = patterns.find_map(|pattern| fits(pattern, file.rest)) else { continue };
        if !rule.only.is_empty() && !owned(file, &rule.only, inventory) {
            continue;
        }
        let service = root.rsplit('/').next().unwrap_or_default();
        if !rule.services.is_empty() && active.services.contains(service) {
            continue;
        }
        if let Some(keep) = rule.keep.iter().chain(&rules.keep).find(|keep| excepted(keep, file, inventory)) {
            // A package that keeps all of its files is reported once.
            let whole = owned(file, &keep.packages, inventory);
            let shown = if whole { file.rest.split('/').next().unwrap_or_default() } else { root };
            chosen.kept.insert(Kept { path: format!("{}{shown}", file.base), rule: rule.name.clone(), why: keep.why.clone() });
            continue;
        }
        return Some((*index, format!("{}{root}", file.base)));
    }
    None
}

/// Whether a folder holds what a rule wants of it: one named `tests` without any code is data.
fn holds(rule: &Rule, unit: &Unit<'_>) -> bool {
    let fits = |path: &&str| rule.holds.iter().any(|pattern| glob::matches(pattern, path.trim_start_matches('/')));
    rule.holds.is_empty() || unit.files.iter().any(fits)
}

/// Whether a rule's pattern fits: a file, or with a slash at its end a directory above it, which is returned.
fn fits<'p>(pattern: &str, rest: &'p str) -> Option<&'p str> {
    match pattern.strip_suffix('/') {
        Some(folder) => {
            let above = rest.rsplit_once('/')?.0;
            glob::covers(folder, above)
        }
        None => glob::matches(pattern, rest).then_some(rest),
    }
}

/// Whether an exception is about a file.
pub(super) fn excepted(keep: &Keep, file: &File<'_>, inventory: &Inventory) -> bool {
    keep.paths.iter().any(|pattern| fits(pattern, file.rest).is_some()) || owned(file, &keep.packages, inventory)
}

fn owned(file: &File<'_>, packages: &[String], inventory: &Inventory) -> bool {
    !packages.is_empty() && inventory.owners(file.path).iter().any(|index| packages.contains(&inventory.distributions[*index].name))
}

fn active<'r>(
    tree: &Tree,
    inventory: &Inventory,
    rules: &'r Rules,
    settings: &Settings,
    chosen: &mut Chosen<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Active<'r> {
    let mut active = Active { rules: vec![], services: BTreeSet::new() };
    for (index, rule) in rules.rules.iter().enumerate() {
        if !settings.switches.get(&rule.switch).copied().unwrap_or(rule.default == State::On) {
            continue;
        }
        let requires = |name: &String| inventory.distributions.iter().find(|d| d.requires.contains(name));
        let reader = rule.unless_required.iter().filter(|name| inventory.named(name).is_some()).find_map(requires);
        if let Some(reader) = reader {
            let why = format!("{} reads such files when it is imported", reader.name);
            chosen.kept.insert(Kept { path: reader.site.clone(), rule: rule.name.clone(), why });
            continue;
        }
        if !rule.services.is_empty() {
            let Some(declared) = &settings.aws else { continue };
            let known = services(tree, inventory, rule);
            for name in declared.iter().filter(|name| !known.is_empty() && !known.contains(name.as_str())) {
                let found = Diagnostic::new(codes::UNKNOWN_SERVICE, format!("botocore has no data of an AWS service `{name}`"));
                problems.push(found.help_if(nearest(name, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))));
            }
            active.services.extend(declared.iter().chain(&rule.services).cloned());
        }
        active.rules.push((index, rule));
    }
    active
}

/// The names of the directories that a rule's patterns match.
fn services(tree: &Tree, inventory: &Inventory, rule: &Rule) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for pattern in &rule.paths {
        let Some(folder) = pattern.strip_suffix("/*/") else { continue };
        for site in &inventory.folders {
            let prefix = format!("{site}/{folder}");
            let below = tree.below(&prefix).filter(|(_, entry)| entry.kind == Kind::Directory);
            known.extend(below.filter_map(|(path, _)| inside(path, &prefix)).filter(|name| !name.contains('/')).map(str::to_owned));
        }
    }
    known
}

/// Packages that a rule removes whole, where neither the project nor another one requires them and the user keeps nothing of
/// them.
fn whole<'t>(
    inventory: &'t Inventory,
    language: &dyn Language,
    active: &Active<'_>,
    settings: &Settings,
    taken: &mut BTreeMap<(usize, String), Unit<'t>>,
    stay: &mut BTreeSet<Kept>,
) -> Vec<Unit<'t>> {
    let mut units = vec![];
    for (index, rule) in &active.rules {
        for one in inventory.distributions.iter().filter(|d| rule.distributions.contains(&d.name)) {
            if settings.required.contains(&one.name) {
                stay.insert(Kept { path: one.info.clone(), rule: rule.name.clone(), why: "the project requires it".into() });
                continue;
            }
            let required = inventory.distributions.iter().any(|d| d.requires.contains(&one.name) && !rule.distributions.contains(&d.name));
            let mut none = vec![0; settings.keep.len()];
            let kept = one.files.iter().any(|path| user(&settings.keep, &locate(path, inventory, language), &mut none).is_some());
            if required || kept {
                continue;
            }
            let files: BTreeSet<&str> = one.files.iter().map(String::as_str).filter(|path| inventory.owners(path).len() < 2).collect();
            for unit in taken.values_mut() {
                unit.files.retain(|path| !files.contains(path));
            }
            units.push(Unit { rule: *index, root: one.info.clone(), modules: language.modules(one), files: files.into_iter().collect() });
        }
    }
    units
}
