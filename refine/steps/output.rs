//! The layers that a step leaves behind, each a folder that holds files at the paths that they have in the image.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::elf::{Stripped, strip};
use crate::tree::{Entry, Kind, Tree};

/// The folder that layers are written to.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    /// Directories that are there already.
    made: Mutex<BTreeSet<PathBuf>>,
}

/// What stripping came to.
#[derive(Clone, Debug, Default)]
pub struct StripCount {
    /// How many files became smaller.
    pub files: u64,
    /// By how many bytes together.
    pub bytes: u64,
    /// What was left as it is, and why.
    pub left: Vec<(String, String)>,
}

/// The first bytes of a program or library.
const ELF: &[u8] = b"\x7fELF";

impl Output {
    /// Starts anew in a folder.
    pub fn new(folder: &Path) -> io::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|e| about(folder, &e))?;
        }
        fs::create_dir_all(folder).map_err(|e| about(folder, &e))?;
        Ok(Self { folder: folder.to_owned(), made: Mutex::default() })
    }

    /// Makes a layer, which may stay empty.
    pub fn layer(&self, layer: &str) -> io::Result<()> {
        let folder = self.folder.join(layer);
        fs::create_dir_all(&folder).map_err(|e| about(&folder, &e))
    }

    /// Writes a tree, each entry into the layer that `layer_of` names. Directories come along where something is in them, and
    /// where they are empty in the tree itself. `stripped` says which programs and libraries lose their symbols.
    pub fn write(&self, tree: &Tree, layer_of: &(dyn Fn(&str) -> String + Sync), stripped: bool) -> io::Result<StripCount> {
        let entries: Vec<(&str, &Entry)> =
            tree.iter().filter(|(path, entry)| entry.kind != Kind::Directory || is_empty(tree, path)).collect();
        let next = AtomicUsize::new(0);
        let work = || -> io::Result<StripCount> {
            let mut count = StripCount::default();
            while let Some((path, entry)) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.entry(tree, &layer_of(path), path, entry, stripped, &mut count)?;
            }
            Ok(count)
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
        let counts: Vec<io::Result<StripCount>> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            running.into_iter().map(|t| t.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended early")))).collect()
        });
        let mut total = StripCount::default();
        for count in counts {
            let count = count?;
            total.files += count.files;
            total.bytes += count.bytes;
            total.left.extend(count.left);
        }
        total.left.sort();
        Ok(total)
    }

    /// Writes a file of our own.
    pub fn text(&self, layer: &str, path: &str, text: &[u8]) -> io::Result<()> {
        self.file(&Tree::default(), layer, path, text, 0o644)
    }

    /// Makes an empty directory.
    pub fn directory(&self, layer: &str, path: &str, mode: u32) -> io::Result<()> {
        let disk = self.place(&Tree::default(), layer, path)?;
        fs::create_dir_all(&disk).and_then(|()| fs::set_permissions(&disk, Permissions::from_mode(mode))).map_err(|e| about(&disk, &e))
    }

    fn made(&self) -> io::Result<MutexGuard<'_, BTreeSet<PathBuf>>> {
        self.made.lock().map_err(|_| io::Error::other("a thread ended early"))
    }

    fn entry(&self, tree: &Tree, layer: &str, path: &str, entry: &Entry, stripped: bool, count: &mut StripCount) -> io::Result<()> {
        match &entry.kind {
            Kind::Directory => {
                let disk = self.place(tree, layer, path)?;
                make(&disk, entry.mode)
            }
            Kind::Link { target } => {
                let disk = self.place(tree, layer, path)?;
                symlink(target, &disk).map_err(|e| about(&disk, &e))
            }
            Kind::File { .. } if stripped && is_elf(&entry.disk)? => {
                let bytes = entry.bytes()?;
                let kept = match strip(&bytes) {
                    Stripped::Smaller(smaller) => {
                        count.files += 1;
                        count.bytes += (bytes.len() - smaller.len()) as u64;
                        smaller
                    }
                    Stripped::Nothing => bytes,
                    Stripped::Unsafe(reason) => {
                        count.left.push((path.to_owned(), reason.to_string()));
                        bytes
                    }
                };
                self.file(tree, layer, path, &kept, entry.mode)
            }
            Kind::File { .. } => {
                let disk = self.place(tree, layer, path)?;
                fs::copy(&entry.disk, &disk).map_err(|e| about(&entry.disk, &e))?;
                fs::set_permissions(&disk, Permissions::from_mode(entry.mode)).map_err(|e| about(&disk, &e))
            }
        }
    }

    fn file(&self, tree: &Tree, layer: &str, path: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
        let disk = self.place(tree, layer, path)?;
        fs::write(&disk, bytes).and_then(|()| fs::set_permissions(&disk, Permissions::from_mode(mode))).map_err(|e| about(&disk, &e))
    }

    /// Where a path of a layer is on this disk, the directories above it made with the modes that they have in the tree.
    fn place(&self, tree: &Tree, layer: &str, path: &str) -> io::Result<PathBuf> {
        let mut disk = self.folder.join(layer);
        // The lock is held until the folder is there, or another thread would go on below it before it is.
        let mut made = self.made()?;
        if made.insert(disk.clone()) {
            make(&disk, 0o755)?;
        }
        drop(made);
        let mut at = String::new();
        let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
        let Some((name, above)) = parts.split_last() else { return Ok(disk) };
        for part in above {
            disk.push(part);
            at = format!("{at}/{part}");
            let mut made = self.made()?;
            if made.insert(disk.clone()) {
                let mode = tree.get(&at).filter(|e| e.kind == Kind::Directory).map_or(0o755, |e| e.mode);
                make(&disk, mode)?;
            }
        }
        disk.push(name);
        Ok(disk)
    }
}

fn make(disk: &Path, mode: u32) -> io::Result<()> {
    match fs::create_dir(disk) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(about(disk, &error)),
        _ => {}
    }
    fs::set_permissions(disk, Permissions::from_mode(mode)).map_err(|e| about(disk, &e))
}

fn is_empty(tree: &Tree, folder: &str) -> bool {
    folder != "/" && tree.below(folder).next().is_none()
}

fn is_elf(disk: &Path) -> io::Result<bool> {
    let mut start = [0; 4];
    let read = fs::File::open(disk).and_then(|mut file| file.read(&mut start)).map_err(|e| about(disk, &e))?;
    Ok(start[..read] == *ELF)
}

/// An error that says which file it is about.
#[must_use]
pub fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each file begins a layer, and all threads begin at once.
    #[test]
    fn layers_are_made_before_anything_is_put_into_them() {
        let disk = tempfile::tempdir().unwrap();
        for number in 0..16 {
            fs::write(disk.path().join(number.to_string()), "x").unwrap();
        }
        let tree = Tree::read(disk.path(), "/etc").unwrap();
        for _ in 0..40 {
            let output = Output::new(&disk.path().join("out")).unwrap();
            output.write(&tree, &|path| if path < "/etc/2" { "one".into() } else { "two".into() }, false).unwrap();
        }
    }
}
