//! A tree of files as it is or will be in an image: absolute paths there, and the place on this disk where the bytes are now.

use std::collections::BTreeMap;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Files by their absolute path in the image, sorted.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

/// One file, link or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its permission bits, the special ones included.
    pub mode: u32,
    /// Where it is on this disk.
    pub disk: PathBuf,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File {
        /// Its length in bytes.
        size: u64,
    },
    /// A symbolic link.
    Link {
        /// What it points to, as written.
        target: String,
    },
    /// A directory.
    Directory,
}

impl Tree {
    /// Reads everything below a directory of this disk; `at` is the absolute path that the directory has in the image.
    /// A single file is a tree of one. Directories that are mounted below (`/proc`, `/sys` …) are left out, and so are
    /// sockets and devices. Names that are not UTF-8 are an error that says which.
    pub fn read(disk: &Path, at: &str) -> io::Result<Self> {
        let mut tree = Self::default();
        // The way to it, so that links can be followed from the root.
        for (end, _) in at.match_indices('/').filter(|(end, _)| *end > 0) {
            let above = Entry { kind: Kind::Directory, mode: 0o755, disk: PathBuf::new() };
            tree.entries.insert(at[..end].to_owned(), above);
        }
        let device = fs::symlink_metadata(disk).map_err(|e| named(disk, &e))?.dev();
        let mut open = vec![(disk.to_owned(), if at == "/" { String::new() } else { at.to_owned() })];
        while let Some((disk, path)) = open.pop() {
            let meta = fs::symlink_metadata(&disk).map_err(|e| named(&disk, &e))?;
            let kind = meta.file_type();
            // Only a directory's device tells: an overlay gives each layer's files one of their own.
            if kind.is_dir() && meta.dev() != device {
                continue;
            }
            let kind = if kind.is_dir() {
                for child in fs::read_dir(&disk).map_err(|e| named(&disk, &e))? {
                    let child = child.map_err(|e| named(&disk, &e))?;
                    let name = child.file_name().into_string().map_err(|_| {
                        io::Error::new(io::ErrorKind::InvalidData, format!("{} has a name that is not UTF-8", child.path().display()))
                    })?;
                    open.push((child.path(), format!("{path}/{name}")));
                }
                Kind::Directory
            } else if kind.is_symlink() {
                let target = fs::read_link(&disk).map_err(|e| named(&disk, &e))?;
                Kind::Link { target: target.to_string_lossy().into_owned() }
            } else if kind.is_socket() || kind.is_fifo() || kind.is_block_device() || kind.is_char_device() {
                continue;
            } else {
                Kind::File { size: meta.len() }
            };
            let mode = meta.permissions().mode() & 0o7777;
            tree.entries.insert(if path.is_empty() { "/".into() } else { path }, Entry { kind, mode, disk });
        }
        Ok(tree)
    }

    /// What is at a path, links not followed.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Adds or replaces an entry.
    pub fn insert(&mut self, path: &str, entry: Entry) {
        self.entries.insert(path.to_owned(), entry);
    }

    /// Takes an entry out; what is below a directory stays.
    pub fn remove(&mut self, path: &str) -> Option<Entry> {
        self.entries.remove(path)
    }

    /// Adds everything of another tree, which wins where both have a path.
    pub fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    /// Every entry with its path, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// Every entry below a directory, itself left out.
    pub fn below<'t>(&'t self, folder: &str) -> impl Iterator<Item = (&'t str, &'t Entry)> {
        let prefix = if folder == "/" { "/".to_owned() } else { format!("{folder}/") };
        let inside = prefix.clone();
        let from = self.entries.range::<String, _>(prefix..);
        from.take_while(move |(path, _)| path.starts_with(&inside)).map(|(path, entry)| (path.as_str(), entry)).filter(|(p, _)| *p != "/")
    }

    /// The path that a path leads to when every link on the way is followed; `None` when that is nowhere or a circle.
    #[must_use]
    pub fn follow(&self, path: &str) -> Option<String> {
        self.walk(path, |_, _| {})
    }

    /// The links that are followed on the way of a path, with what each points to.
    #[must_use]
    pub fn links_on(&self, path: &str) -> Vec<(String, String)> {
        let mut links = vec![];
        self.walk(path, |link, target| links.push((link.to_owned(), target.to_owned())));
        links
    }

    fn walk(&self, path: &str, mut passed: impl FnMut(&str, &str)) -> Option<String> {
        let mut budget = 40;
        let mut open: Vec<String> = path.split('/').rev().filter(|p| !p.is_empty()).map(str::to_owned).collect();
        let mut at = String::new();
        while let Some(part) = open.pop() {
            match part.as_str() {
                "." => continue,
                ".." => {
                    at.truncate(at.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            let next = format!("{at}/{part}");
            match self.entries.get(&next).map(|e| &e.kind) {
                Some(Kind::Link { target }) => {
                    budget -= 1;
                    if budget == 0 {
                        return None;
                    }
                    passed(&next, target);
                    if target.starts_with('/') {
                        at.clear();
                    }
                    open.extend(target.split('/').rev().filter(|p| !p.is_empty()).map(str::to_owned));
                }
                Some(_) => at = next,
                None => return None,
            }
        }
        Some(if at.is_empty() { "/".into() } else { at })
    }

    /// Bytes of all regular files.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.entries.values().map(Entry::size).sum()
    }
}

impl Entry {
    /// Bytes, when it is a regular file.
    #[must_use]
    pub const fn size(&self) -> u64 {
        match self.kind {
            Kind::File { size } => size,
            Kind::Link { .. } | Kind::Directory => 0,
        }
    }

    /// Whether it is a regular file.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File { .. })
    }

    /// The content of a regular file.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.disk).map_err(|e| named(&self.disk, &e))
    }
}

/// Whether a path ends with an extension, as `py`.
#[must_use]
pub fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|e| e == extension)
}

/// An error that says which file it is about.
fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_with_its_links_and_followed() {
        let disk = tempfile::tempdir().unwrap();
        fs::create_dir_all(disk.path().join("usr/lib/x")).unwrap();
        fs::write(disk.path().join("usr/lib/x/a.so.1"), b"12345").unwrap();
        std::os::unix::fs::symlink("usr/lib", disk.path().join("lib")).unwrap();
        std::os::unix::fs::symlink("a.so.1", disk.path().join("usr/lib/x/a.so")).unwrap();
        std::os::unix::fs::symlink("loop", disk.path().join("loop")).unwrap();
        let tree = Tree::read(disk.path(), "/").unwrap();
        assert_eq!(tree.size(), 5);
        assert_eq!(tree.follow("/lib/x/a.so").as_deref(), Some("/usr/lib/x/a.so.1"));
        assert_eq!(tree.follow("/lib/../lib/x/./a.so.1").as_deref(), Some("/usr/lib/x/a.so.1"));
        assert_eq!(tree.follow("/loop"), None);
        assert_eq!(tree.follow("/nowhere"), None);
        assert_eq!(tree.below("/usr/lib").map(|(p, _)| p).collect::<Vec<_>>(), ["/usr/lib/x", "/usr/lib/x/a.so", "/usr/lib/x/a.so.1"]);
        let one = Tree::read(&disk.path().join("usr/lib/x/a.so.1"), "/opt/a").unwrap();
        assert_eq!(one.iter().map(|(p, e)| (p, e.size())).collect::<Vec<_>>(), [("/opt", 0), ("/opt/a", 5)]);
    }
}
