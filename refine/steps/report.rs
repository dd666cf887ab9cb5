//! The report of the finished image: its size, what that is made of, what was left out, brought along and checked. Made from
//! the image's own files, so that it is true of any recipe.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::inventory::Inventory;
use crate::language::{Language, Part};
use crate::requests::Report;
use crate::tree::{Entry, Tree};

use super::notes::{self, megabytes};
use super::weights::{again, weights};
use super::{Problem, read};

/// What an image is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Components {
    /// The image that it is put on.
    pub base: u64,
    /// The interpreter and its standard library.
    pub interpreter: u64,
    /// Shared libraries and system files.
    pub system: u64,
    /// Installed packages.
    pub packages: u64,
    /// Compiled modules of all of them.
    pub bytecode: u64,
    /// The project.
    pub application: u64,
    /// Layers of their own of what was gathered, by name.
    #[serde(flatten)]
    pub layers: BTreeMap<String, u64>,
    /// Whether the interpreter is one that was gathered, and so not Python.
    #[serde(skip)]
    other_interpreter: bool,
}

/// The lines of the report for people; the report is written to `request.out`.
pub fn report(request: &Report, language: &dyn Language) -> Result<Vec<String>, Problem> {
    let mut image = Tree::read(&request.image, "/")?;
    once(&mut image);
    let base = read(&request.base.display().to_string(), "/")?;
    let inventory = language.inventory(&image);
    let gathered = gathered(&request.tree.0);
    let components = components(&image, &base, &inventory, &gathered, language);
    let mut environment: Option<Value> = notes::read(&request.environment).ok();
    // What a machine took for it is not the image's.
    environment.iter_mut().filter_map(Value::as_object_mut).for_each(|told| drop(told.remove("slow")));
    let application: Option<Value> = notes::read(&request.application).ok();
    let packaged = environment.as_ref().and_then(|told| notes::Packaged::deserialize(told).ok());
    let weights = weights(&image, &inventory);
    let warnings = application.as_ref().map(|application| language.warnings(application)).unwrap_or_default();
    let mut summary = summary(&image, &parts(&components, language), &weights, packaged.as_ref(), &gathered);
    // A warning is shown by itself, at the line that it is about.
    summary.extend(warnings.first().map(|_| "not proven: that the service starts".to_owned()));
    let version = |name: &str| inventory.named(name).map(|d| d.version.clone()).unwrap_or_default();
    let listed: Vec<Value> = weights.iter().map(|(name, bytes)| json!({"name": name, "version": version(name), "bytes": bytes})).collect();
    let mut advice = language.advice(&image, &weights);
    advice.extend(again(&image));
    let value = json!({
        "size": image.size(),
        "files": image.iter().filter(|(_, entry)| entry.is_file()).count(),
        "components": components,
        "packages": listed,
        "environment": environment,
        "application": application,
        "gathered": gathered,
        "advice": advice,
        "warnings": warnings,
        "summary": summary,
    });
    std::fs::create_dir_all(&request.out)?;
    let text = serde_json::to_string_pretty(&value).map_err(std::io::Error::other)?;
    std::fs::write(request.out.join("report.json"), text + "\n")?;
    std::fs::write(request.out.join("report.txt"), page(&parts(&components, language), &weights, &value))?;
    Ok(summary)
}

/// What the steps tell that gathered files of any kind, together.
fn gathered(folders: &[PathBuf]) -> notes::Gathered {
    let mut all = notes::Gathered::default();
    folders.iter().filter_map(|folder| notes::read(folder).ok()).for_each(|one| all.add(one));
    all
}

/// Leaves of files that have several names the first one, as they take their space once.
fn once(image: &mut Tree) {
    let mut seen = BTreeSet::new();
    let mut again = |entry: &Entry| {
        let meta = entry.disk.symlink_metadata().ok().filter(|meta| entry.is_file() && meta.nlink() > 1);
        meta.is_some_and(|meta| !seen.insert((meta.dev(), meta.ino())))
    };
    let further: Vec<String> = image.iter().filter(|(_, entry)| again(entry)).map(|(path, _)| path.to_owned()).collect();
    for path in further {
        image.remove(&path);
    }
}

fn components(image: &Tree, base: &Tree, inventory: &Inventory, gathered: &notes::Gathered, language: &dyn Language) -> Components {
    let mut sizes = Components::default();
    for (path, entry) in image.iter() {
        if base.get(path).is_some_and(|old| old.size() == entry.size()) {
            sizes.base += entry.size();
        } else {
            let size = match gathered.part(path) {
                Some(layer) => sizes.of_layer(layer),
                None => place(&mut sizes, path, inventory, language),
            };
            *size += entry.size();
        }
    }
    sizes
}

impl Components {
    /// The size of a layer that was gathered: of a part that every image has, or of one of its own.
    fn of_layer(&mut self, layer: &str) -> &mut u64 {
        match layer {
            "system" => &mut self.system,
            "application" => &mut self.application,
            "interpreter" => {
                self.other_interpreter = true;
                &mut self.interpreter
            }
            "packages" => &mut self.packages,
            own => {
                self.layers.entry(if ["base", "bytecode"].contains(&own) { format!("{own}-layer") } else { own.to_owned() }).or_default()
            }
        }
    }
}

fn place<'c>(sizes: &'c mut Components, path: &str, inventory: &Inventory, language: &dyn Language) -> &'c mut u64 {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let is_packages = || !inventory.owners(path).is_empty();
    match language.part(path) {
        Some(Part::Bytecode) => &mut sizes.bytecode,
        Some(Part::Packages) => &mut sizes.packages,
        Some(Part::Interpreter) | None if is_packages() => &mut sizes.packages,
        Some(Part::Interpreter) => &mut sizes.interpreter,
        None if ["/usr", "/lib", "/lib64", "/etc", "/var", "/bin", "/sbin"].into_iter().any(below) => &mut sizes.system,
        Some(Part::Application) | None => &mut sizes.application,
    }
}

/// The lines that the build's output shows.
fn summary(
    image: &Tree,
    parts: &[(&str, u64)],
    weights: &[(String, u64)],
    packaged: Option<&notes::Packaged>,
    gathered: &notes::Gathered,
) -> Vec<String> {
    let sized = |(name, bytes): (&str, u64)| (bytes > 0).then(|| format!("{name} {}", megabytes(bytes)));
    let parts: Vec<String> = parts.iter().copied().filter_map(sized).collect();
    let mut lines = listed(&format!("{} in all", megabytes(image.size())), &parts);
    let top: Vec<String> = weights.iter().take(5).filter_map(|(name, bytes)| sized((name, *bytes))).collect();
    if !top.is_empty() {
        lines.extend(listed("largest packages", &top));
    }
    let mut left: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let pruned = || packaged.iter().flat_map(|told| &told.pruned).chain(&gathered.pruned);
    for (rule, pruned) in pruned().filter(|(_, p)| p.bytes > 0) {
        left.entry(pruned.bytes).or_default().push(format!("{rule} {}", megabytes(pruned.bytes)));
    }
    let symbols = packaged.map_or(0, |told| told.stripped.bytes) + gathered.stripped.bytes;
    if symbols > 0 {
        left.entry(symbols).or_default().push(format!("symbols {}", megabytes(symbols)));
    }
    let all: u64 = pruned().map(|(_, p)| p.bytes).sum::<u64>() + symbols;
    let shown: Vec<String> = left.into_values().rev().flatten().take(4).collect();
    if all > 0 {
        lines.extend(listed(&format!("left out {}", megabytes(all)), &shown));
    }
    let Some(packaged) = packaged else { return lines };
    lines.push(format!("{} modules are checked to import in the image", packaged.modules.len()));
    let failing = packaged.failing.len();
    if failing > 0 {
        lines.push(format!("{failing} are not, as they did not import before either"));
    }
    lines
}

/// The longest line in characters: with what stands before it Docker cuts longer ones off on a terminal of 80 columns.
const WIDTH: usize = 55;

/// A list behind what it is of, in as many lines as it takes.
fn listed(of: &str, items: &[String]) -> Vec<String> {
    let mut lines = vec![format!("{of}:")];
    for (number, item) in items.iter().enumerate() {
        let end = if number + 1 < items.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + item.chars().count() + end.len() <= WIDTH => {
                line.extend([" ", item, end]);
            }
            _ => lines.push(format!("  {item}{end}")),
        }
    }
    lines
}

fn parts<'c>(sizes: &'c Components, language: &dyn Language) -> Vec<(&'c str, u64)> {
    let own = sizes.layers.iter().map(|(name, bytes)| (name.as_str(), *bytes));
    let all = [
        ("base", sizes.base),
        (if sizes.other_interpreter { "interpreter" } else { language.name() }, sizes.interpreter),
        ("system", sizes.system),
        ("packages", sizes.packages),
        ("bytecode", sizes.bytecode),
        ("application", sizes.application),
    ];
    all.into_iter().chain(own).collect()
}

/// The report as a page of text.
fn page(parts: &[(&str, u64)], weights: &[(String, u64)], value: &Value) -> String {
    let mut text = String::new();
    let mut line = |words: String| {
        text.push_str(&words);
        text.push('\n');
    };
    for (name, bytes) in parts {
        line(format!("{name:<24}{:>12}", megabytes(*bytes)));
    }
    line(String::new());
    for (name, bytes) in weights.iter().filter(|(_, bytes)| *bytes > 0) {
        line(format!("{name:<24}{:>12}", megabytes(*bytes)));
    }
    for key in ["summary", "advice"] {
        let lines: Vec<&str> = value[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !lines.is_empty() {
            line(String::new());
            for words in lines {
                line(words.to_owned());
            }
        }
    }
    let warnings = value["warnings"].as_array().into_iter().flatten();
    for warning in warnings.filter_map(|warning| Some((warning["message"].as_str()?, warning["help"].as_str()?))) {
        line(String::new());
        line(format!("{}: {}", warning.0, warning.1));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_in_lines_that_no_terminal_cuts_off() {
        let items: Vec<String> = ["base 26.8 MB", "python 19.0 MB", "packages 10.7 MB", "bytecode 8.2 MB"].map(str::to_owned).into();
        let lines = listed("66.9 MB in all", &items);
        assert_eq!(lines, ["66.9 MB in all: base 26.8 MB, python 19.0 MB,", "  packages 10.7 MB, bytecode 8.2 MB"]);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(listed("left out 1 B", &["x".repeat(80)]), ["left out 1 B:".to_owned(), format!("  {}", "x".repeat(80))]);
    }

    #[test]
    fn a_file_with_two_names_counts_once() {
        let disk = tempfile::tempdir().unwrap();
        std::fs::write(disk.path().join("perl"), "12345").unwrap();
        std::fs::hard_link(disk.path().join("perl"), disk.path().join("perl5")).unwrap();
        std::fs::write(disk.path().join("other"), "67").unwrap();
        let mut image = Tree::read(disk.path(), "/").unwrap();
        assert_eq!(image.size(), 12);
        once(&mut image);
        assert_eq!(image.iter().filter(|(_, e)| e.is_file()).map(|(path, _)| path).collect::<Vec<_>>(), ["/other", "/perl"]);
        assert_eq!(image.size(), 7);
    }
}
