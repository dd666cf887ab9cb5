//! The search itself: every ELF file that ships, what it needs, what that needs, and whether the versions fit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use crate::elf::{Elf, Kind, Target};
use crate::tree::{Entry, Tree};

use super::folders::{expand, folders, musl};
use super::world::{Files, overlay, settle};
use super::{Brought, Closure, Input, Missing, Needer, TooNew};

/// A file of the image whose needs are followed.
struct Object {
    path: String,
    elf: Rc<Elf>,
    /// Where its needs were found, by their names.
    found: BTreeMap<String, String>,
}

/// The names that musl's loader answers to itself, whatever follows them.
const MUSL: &[&str] = &["libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet."];

struct Search<'t> {
    input: Input<'t>,
    /// The path of musl's loader, where that is the one.
    musl: Option<String>,
    target: Target,
    files: Files,
    image: Tree,
    folders: Vec<String>,
    objects: Vec<Object>,
    /// The objects that need a name, and the paths of shipped files that have one.
    loaders: BTreeMap<String, Vec<usize>>,
    shipped: BTreeMap<String, BTreeSet<String>>,
    brought: BTreeMap<String, Brought>,
    links: BTreeMap<String, String>,
    data: BTreeMap<String, Entry>,
    missing: BTreeMap<String, BTreeSet<String>>,
}

/// Finds what the shipped files need beyond themselves and the runtime.
#[must_use]
pub fn close(input: &Input<'_>) -> Closure {
    let mut image = input.runtime.clone();
    overlay(&mut image, input.shipped);
    let mut files = Files::default();
    let (mut closure, mut elves) = (Closure::default(), vec![]);
    for (path, elf) in files.read_all(input.shipped) {
        match elf {
            Ok(elf) => elves.push((path, elf)),
            Err(error) => closure.unreadable.push((path, error.to_string())),
        }
    }
    let mut counts = BTreeMap::<Target, usize>::new();
    for (_, elf) in elves.iter().filter(|(_, elf)| matches!(elf.kind, Kind::Program | Kind::Shared)) {
        *counts.entry(elf.target).or_default() += 1;
    }
    // Of equal counts the first target wins, so that the order is not the map's last word.
    let most = counts.iter().rev().max_by_key(|(_, count)| **count).map(|(target, _)| *target);
    // Packages without any such file may open libraries all the same.
    let Some(target) = most.or_else(|| if input.openers.is_empty() { None } else { files.machine(input.builder) }) else {
        closure.image = image;
        return closure;
    };
    let folders = folders(&[&image, input.builder], target);
    let mut search = Search {
        input: *input,
        musl: musl(&image).or_else(|| musl(input.builder)),
        target,
        files,
        image,
        folders,
        objects: vec![],
        loaders: BTreeMap::new(),
        shipped: BTreeMap::new(),
        brought: BTreeMap::new(),
        links: BTreeMap::new(),
        data: BTreeMap::new(),
        missing: BTreeMap::new(),
    };
    for (path, elf) in elves {
        if elf.target != target {
            closure.foreign.push(path);
        } else if matches!(elf.kind, Kind::Program | Kind::Shared) {
            let path = settle(&mut search.image, &path);
            for name in names(&path, &elf) {
                search.shipped.entry(name.to_owned()).or_default().insert(path.clone());
            }
            search.add(path, elf);
        }
    }
    search.openers();
    search.run();
    search.finish(closure)
}

impl Search<'_> {
    fn add(&mut self, path: String, elf: Rc<Elf>) {
        for name in &elf.needed {
            self.loaders.entry(name.clone()).or_default().push(self.objects.len());
        }
        self.objects.push(Object { path, elf, found: BTreeMap::new() });
    }

    /// Finds or brings what packages open by name.
    fn openers(&mut self) {
        let (rules, release) = (self.input.rules, self.input.release);
        for opener in self.input.openers {
            for names in &opener.libraries {
                let there = names.iter().any(|name| self.is_there(name));
                if there || names.iter().any(|name| self.bring(name, &opener.by, None).is_some()) || opener.is_optional {
                    continue;
                }
                if let Some(name) = rules.preferred(names, release) {
                    self.missing.entry(name.clone()).or_default().insert(opener.by.clone());
                }
            }
        }
    }

    /// Whether the loader finds a library by its name alone.
    fn is_there(&mut self, name: &str) -> bool {
        self.folders.iter().any(|folder| self.files.find(&self.image, folder, name, self.target).is_some())
    }

    /// Follows the needs of every object; those that are brought on the way come behind the others.
    fn run(&mut self) {
        let mut at = 0;
        while at < self.objects.len() {
            let elf = Rc::clone(&self.objects[at].elf);
            let path = self.objects[at].path.clone();
            if let Some(loader) = &elf.interpreter {
                self.loader(loader, &path);
            }
            for name in &elf.needed {
                match self.find(at, name).or_else(|| self.bring(name, &path, None)).or_else(|| self.anywhere(name, &path)) {
                    Some(found) => {
                        if let Some(brought) = self.brought.get_mut(&found) {
                            brought.needed_by.push(path.clone());
                        }
                        self.objects[at].found.insert(name.clone(), found);
                    }
                    None => {
                        self.missing.entry(name.clone()).or_default().insert(path.clone());
                    }
                }
            }
            self.opened(&path, &elf);
            self.read_by(&path, &elf);
            at += 1;
        }
    }

    /// The library that the loader finds for an object in the image.
    fn find(&mut self, at: usize, name: &str) -> Option<String> {
        let (path, elf) = (self.objects[at].path.clone(), Rc::clone(&self.objects[at].elf));
        if name.contains('/') {
            let real = expand(name, &path, self.target).iter().find_map(|p| self.image.follow(p));
            return real.filter(|real| self.image.get(real).is_some_and(Entry::is_file));
        }
        if self.musl.is_some() && MUSL.iter().any(|own| name.starts_with(own)) {
            return self.musl.clone();
        }
        let own = if elf.runpath.is_empty() { &elf.rpath } else { &elf.runpath };
        if let Some(found) = self.find_in(own, &path, name) {
            return Some(found);
        }
        let defaults = self.folders.iter();
        if let Some(found) = defaults.clone().find_map(|folder| self.files.find(&self.image, folder, name, self.target)) {
            return Some(found);
        }
        if elf.runpath.is_empty()
            && let Some(found) = self.find_by_loaders(at, name)
        {
            return Some(found);
        }
        let package = |path: &str| package(path, self.input.package_folders);
        let own = package(&path)?;
        self.shipped.get(name)?.iter().find(|other| package(other).is_some_and(|other| other == own)).cloned()
    }

    fn find_in(&mut self, entries: &[String], path: &str, name: &str) -> Option<String> {
        let folders = entries.iter().flat_map(|entry| expand(entry, path, self.target));
        folders.into_iter().find_map(|folder| self.files.find(&self.image, &folder, name, self.target))
    }

    /// Searches the `DT_RPATH` of all that may load an object, near and far, as the loader does for one without a run path.
    fn find_by_loaders(&mut self, at: usize, name: &str) -> Option<String> {
        let (mut seen, mut open) = (BTreeSet::from([at]), vec![at]);
        while let Some(object) = open.pop() {
            let (path, elf) = (self.objects[object].path.clone(), Rc::clone(&self.objects[object].elf));
            if object != at
                && elf.runpath.is_empty()
                && let Some(found) = self.find_in(&elf.rpath, &path, name)
            {
                return Some(found);
            }
            let above = names(&path, &elf).into_iter().filter_map(|name| self.loaders.get(name)).flatten();
            open.extend(above.copied().filter(|loader| seen.insert(*loader)));
        }
        None
    }

    /// A file of that name somewhere else in what ships, the nearest one.
    fn anywhere(&self, name: &str, path: &str) -> Option<String> {
        let near = |other: &&String| path.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
        self.shipped.get(name)?.iter().rev().max_by_key(near).cloned()
    }

    /// Brings a library from the builder's folders, to the same folder of the image.
    fn bring(&mut self, name: &str, path: &str, why: Option<&str>) -> Option<String> {
        let found = |s: &mut Self, folder: &String| Some((folder.clone(), s.files.find(s.input.builder, folder, name, s.target)?));
        let (folder, from) = self.folders.clone().iter().find_map(|folder| found(self, folder))?;
        let folder = self.input.builder.follow(&folder)?;
        self.place(&format!("{folder}/{name}"), &from, path, why)
    }

    /// Puts a file of the builder into the image; what is there already stays.
    fn place(&mut self, to: &str, from: &str, path: &str, why: Option<&str>) -> Option<String> {
        let entry = self.input.builder.get(from)?.clone();
        let to = settle(&mut self.image, to);
        if self.image.get(&to).is_some() {
            return Some(to);
        }
        let elf = self.files.elf(&entry.disk)?;
        self.image.insert(&to, entry.clone());
        let why = why.map(str::to_owned);
        self.brought.insert(to.clone(), Brought { path: to.clone(), from: from.to_owned(), entry, needed_by: vec![path.to_owned()], why });
        self.add(to.clone(), elf);
        Some(to)
    }

    /// Makes sure that the loader is where a program names it, with the links that lead there in the builder.
    fn loader(&mut self, loader: &str, path: &str) {
        if let Some(real) = self.image.follow(loader) {
            if let Some(brought) = self.brought.get_mut(&real) {
                brought.needed_by.push(path.to_owned());
            }
            return;
        }
        let Some(real) = self.input.builder.follow(loader) else {
            self.missing.entry(loader.to_owned()).or_default().insert(path.to_owned());
            return;
        };
        for (link, target) in self.input.builder.links_on(loader) {
            if self.image.get(&link).is_none() {
                let link = settle(&mut self.image, &link);
                let kind = crate::tree::Kind::Link { target: target.clone() };
                self.image.insert(&link, Entry { kind, mode: 0o777, disk: PathBuf::new() });
                self.links.insert(link, target);
            }
        }
        if self.place(&real, &real, path, None).is_none() {
            self.missing.entry(loader.to_owned()).or_default().insert(path.to_owned());
        } else if self.image.follow(loader).is_none() {
            self.place(loader, &real, path, None);
        }
    }

    /// Brings what a library opens by name, where the builder has it.
    fn opened(&mut self, path: &str, elf: &Elf) {
        let names = names(path, elf);
        let rules = self.input.rules;
        for rule in rules.opens.iter().filter(|rule| names.contains(&rule.by.as_str())) {
            for name in &rule.libraries {
                if name.contains('/') {
                    let Some(from) = self.brought.get(path).map(|b| b.from.clone()) else { continue };
                    let beside = |path: &str| path.rsplit_once('/').map(|(folder, _)| format!("{folder}/{name}"));
                    let (Some(to), Some(from)) = (beside(path), beside(&from)) else { continue };
                    if let Some(real) = self.input.builder.follow(&from) {
                        self.place(&to, &real, path, Some(&rule.why));
                    }
                } else if !self.is_there(name) {
                    self.bring(name, path, Some(&rule.why));
                }
            }
        }
    }

    /// Brings the files that a library reads which is brought itself.
    fn read_by(&mut self, path: &str, elf: &Elf) {
        if !self.brought.contains_key(path) {
            return;
        }
        let names = names(path, elf);
        let (rules, builder) = (self.input.rules, self.input.builder);
        for file in rules.reads.iter().filter(|rule| names.contains(&rule.by.as_str())).flat_map(|rule| &rule.files) {
            // The files go where the rule says, whatever links lead to their folder in the builder.
            let Some((folder, name)) = file.rsplit_once('/') else { continue };
            let Some(real) = builder.follow(folder).map(|folder| format!("{}/{name}", folder.trim_end_matches('/'))) else { continue };
            let itself = builder.get(&real).map(|entry| (real.as_str(), entry));
            for (path, entry) in itself.into_iter().chain(builder.below(&real)).filter(|(_, entry)| !is_folder(entry)) {
                let path = format!("{file}{}", path.strip_prefix(&real).unwrap_or_default());
                if self.image.follow(&path).is_none() {
                    let path = settle(&mut self.image, &path);
                    self.image.insert(&path, entry.clone());
                    self.data.insert(path, entry.clone());
                }
            }
        }
    }

    fn finish(mut self, mut closure: Closure) -> Closure {
        closure.too_new = self.too_new();
        let rules = self.input.rules;
        for (library, files) in self.missing {
            let optional = |path: &str| rules.optional(&library, path).map(str::to_owned);
            let needed_by = files.into_iter().map(|path| Needer { optional: optional(&path), path }).collect();
            closure.missing.push(Missing { package: rules.package(&library, self.input.release), library, needed_by });
        }
        closure.brought = self.brought.into_values().collect();
        for brought in &mut closure.brought {
            brought.needed_by.sort();
            brought.needed_by.dedup();
        }
        closure.links = self.links.into_iter().collect();
        closure.data = self.data.into_iter().collect();
        closure.folders = self.folders;
        closure.image = self.image;
        closure
    }

    /// The versions that a file wants and the library that it gets does not have; of each kind the newest.
    fn too_new(&mut self) -> Vec<TooNew> {
        let mut found = vec![];
        for object in &self.objects {
            for wanted in &object.elf.wanted {
                let Some(path) = object.found.get(&wanted.library) else { continue };
                let Some(library) = self.image.get(path).and_then(|entry| self.files.elf(&entry.disk)) else { continue };
                // The loader only warns about a library without any versions.
                if library.defined.is_empty() {
                    continue;
                }
                let mut newest = BTreeMap::<&str, &String>::new();
                for version in wanted.versions.iter().filter(|v| !library.defined.contains(v)) {
                    let best = newest.entry(kind(version)).or_insert(version);
                    if number(version) > number(best) {
                        *best = version;
                    }
                }
                found.extend(newest.into_values().map(|version| TooNew {
                    path: object.path.clone(),
                    library: wanted.library.clone(),
                    found: path.clone(),
                    wanted: version.clone(),
                    newest: library.defined.iter().filter(|d| kind(d) == kind(version)).max_by_key(|d| number(d)).cloned(),
                }));
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

fn is_folder(entry: &Entry) -> bool {
    entry.kind == crate::tree::Kind::Directory
}

/// What a version counts: `GLIBC` of `GLIBC_2.36`.
fn kind(version: &str) -> &str {
    version.rsplit_once('_').map_or(version, |(kind, _)| kind)
}

fn number(version: &str) -> Vec<u32> {
    version.rsplit('_').next().unwrap_or_default().split('.').map_while(|part| part.parse().ok()).collect()
}

/// The names by which others need a file.
fn names<'o>(path: &'o str, elf: &'o Elf) -> Vec<&'o str> {
    let file = path.rsplit('/').next().unwrap_or_default();
    match elf.soname.as_deref() {
        Some(soname) if soname != file => vec![soname, file],
        _ => vec![file],
    }
}

/// The package that a file below one of these folders belongs to, by its own folder there; `numpy.libs` belongs to `numpy`.
fn package(path: &str, folders: &[&str]) -> Option<String> {
    let at = folders.iter().find_map(|folder| Some((path.find(folder)?, folder.len())))?;
    let (root, rest) = path.split_at(at.0 + at.1);
    let first = rest.split('/').next()?;
    let first = first.strip_suffix(".libs").unwrap_or(first).to_lowercase().replace('-', "_");
    Some(format!("{root}{first}"))
}
