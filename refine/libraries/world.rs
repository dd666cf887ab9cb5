//! The image as it will be: runtime, what ships and what is brought, in one tree, with every ELF file read once.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::elf::{self, Elf, Malformed, Target};
use crate::tree::{Entry, Kind, Tree};

/// Files that are read, by where they are on this disk; `None` for what is no ELF file or cannot be read.
#[derive(Debug, Default)]
pub(super) struct Files {
    read: BTreeMap<PathBuf, Option<Rc<Elf>>>,
}

impl Files {
    pub(super) fn elf(&mut self, disk: &Path) -> Option<Rc<Elf>> {
        if let Some(known) = self.read.get(disk) {
            return known.clone();
        }
        let elf = probe(disk).ok().flatten().map(Rc::new);
        self.read.insert(disk.to_owned(), elf.clone());
        elf
    }

    /// What kind of machine a tree's libraries are for.
    pub(super) fn machine(&mut self, tree: &Tree) -> Option<Target> {
        let libraries = tree.iter().filter(|(path, entry)| entry.is_file() && path.contains(".so"));
        libraries.into_iter().find_map(|(_, entry)| self.elf(&entry.disk).filter(|elf| elf.kind == elf::Kind::Shared)).map(|elf| elf.target)
    }

    /// The library of a name in a folder of a tree: its path with links followed.
    pub(super) fn find(&mut self, tree: &Tree, folder: &str, name: &str, target: Target) -> Option<String> {
        let real = tree.follow(&format!("{folder}/{name}"))?;
        let entry = tree.get(&real).filter(|e| e.is_file())?;
        self.elf(&entry.disk).filter(|elf| elf.target == target && elf.kind == elf::Kind::Shared)?;
        Some(real)
    }

    /// Reads the ELF files of a tree on all processors, by their paths in order.
    pub(super) fn read_all(&mut self, tree: &Tree) -> Vec<(String, Result<Rc<Elf>, Malformed>)> {
        let files: Vec<_> = tree.iter().filter(|(_, e)| e.size() >= 52).collect();
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let share = files.len().div_ceil(workers).max(1);
        let read: Vec<_> = std::thread::scope(|scope| {
            let probe = |(path, entry): &(&str, &Entry)| ((*path).to_owned(), entry.disk.clone(), probe(&entry.disk));
            let chunks = files.chunks(share).map(|chunk| scope.spawn(move || chunk.iter().map(probe).collect::<Vec<_>>()));
            let chunks: Vec<_> = chunks.collect();
            chunks.into_iter().flat_map(|chunk| chunk.join().expect("reading a file does not panic")).collect()
        });
        let mut elves = vec![];
        for (path, disk, result) in read {
            match result {
                Ok(Some(elf)) => {
                    let elf = Rc::new(elf);
                    self.read.insert(disk, Some(Rc::clone(&elf)));
                    elves.push((path, Ok(elf)));
                }
                Ok(None) => {}
                Err(error) => elves.push((path, Err(error))),
            }
        }
        elves
    }
}

fn probe(disk: &Path) -> Result<Option<Elf>, Malformed> {
    elf::read(&File::open(disk)?)
}

/// Adds a tree over another as copying into an image does: what it has below a link to a folder goes to where that leads.
pub(super) fn overlay(image: &mut Tree, over: &Tree) {
    for (path, entry) in over.iter() {
        let is_link = matches!(image.get(path), Some(Entry { kind: Kind::Link { .. }, .. }));
        if entry.kind == Kind::Directory && is_link && image.follow(path).is_some() {
            continue;
        }
        let path = settle(image, path);
        image.insert(&path, entry.clone());
    }
}

/// Where a file comes to lie when it is copied to a path: links of its folders are followed, folders that are not there are made.
pub(super) fn settle(image: &mut Tree, path: &str) -> String {
    let Some((folder, name)) = path.rsplit_once('/') else { return path.to_owned() };
    if folder.is_empty() {
        return path.to_owned();
    }
    if let Some(real) = image.follow(folder) {
        return if real == "/" { path.to_owned() } else { format!("{real}/{name}") };
    }
    let folder = settle(image, folder);
    // A link that leads nowhere stays what it is.
    if image.get(&folder).is_none() {
        image.insert(&folder, Entry { kind: Kind::Directory, mode: 0o755, disk: PathBuf::new() });
    }
    format!("{folder}/{name}")
}
