//! The shared libraries of an image: which are needed, where they come from, which are missing or too old.
//!
//! [`close()`] searches as the loader does and never guesses in the image's favour: a library counts as found when the loader
//! finds it, or when the same distribution or venv ships one of its name, since wheels load such members beforehand.
//! What is nowhere is brought from the builder, under the folder it has there and with its soname as name, and so is what that
//! needs. Which missing library is no harm is for the caller to say: every one lists who needs it.
//! [`cache()`] writes the loader's cache of the result, [`owners()`] says which Debian packages the brought files come from.

mod cache;
mod close;
mod folders;
mod openers;
mod owners;
mod rules;
mod world;

#[cfg(test)]
mod tests;

pub use cache::cache;
pub use close::close;
pub use openers::{Opener, openers};
pub use owners::{Owners, owners};
pub use rules::Rules;

use crate::tree::{Entry, Kind, Tree};

/// What the closure is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'t> {
    /// Everything that is added to the runtime: venv, project, copied files, interpreter, Debian packages.
    pub shipped: &'t Tree,
    /// The runtime image's own files; empty for an image made from nothing.
    pub runtime: &'t Tree,
    /// Where libraries can be brought from; its library folders, `/etc/ld.so.conf*` and `/var/lib/dpkg` matter.
    pub builder: &'t Tree,
    /// The Debian release of the builder, as `trixie`, for the names of packages.
    pub release: Option<&'t str>,
    /// What files do not say.
    pub rules: &'t Rules,
    /// Packages that open libraries by name.
    pub openers: &'t [Opener],
    /// Folders of packages, each as the part of a path after which a package's name stands.
    pub package_folders: &'t [&'t str],
}

/// What is needed beyond what ships, sorted by path or name.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    /// The files to bring from the builder.
    pub brought: Vec<Brought>,
    /// Further files that brought libraries read.
    pub data: Vec<(String, Entry)>,
    /// Links to make, with their targets, so that the loader itself is where programs name it.
    pub links: Vec<(String, String)>,
    /// The libraries that are neither in the image nor in the builder.
    pub missing: Vec<Missing>,
    /// Files that need newer versions of symbols than the image's libraries have.
    pub too_new: Vec<TooNew>,
    /// ELF files that cannot be read, and why.
    pub unreadable: Vec<(String, String)>,
    /// ELF files for another machine than most, which are left out.
    pub foreign: Vec<String>,
    /// The folders that the loader has to search, in order; those of a cache.
    pub folders: Vec<String>,
    /// The image with what is brought.
    pub image: Tree,
}

/// A library that is brought from the builder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Where it goes.
    pub path: String,
    /// Where it is in the builder, links followed.
    pub from: String,
    /// The file.
    pub entry: Entry,
    /// The files that need it.
    pub needed_by: Vec<String>,
    /// Why it is brought when no file names it.
    pub why: Option<String>,
}

/// A library that is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its soname, or the path of a loader.
    pub library: String,
    /// The Debian package that has it, when known.
    pub package: Option<String>,
    /// The files that need it.
    pub needed_by: Vec<Needer>,
}

/// A file that needs a missing library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needer {
    /// The file.
    pub path: String,
    /// Why it works without, when a rule says so.
    pub optional: Option<String>,
}

/// A file that needs a newer library than the one it would get.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TooNew {
    /// The file.
    pub path: String,
    /// The library's soname.
    pub library: String,
    /// Where it is in the image.
    pub found: String,
    /// The version that is wanted.
    pub wanted: String,
    /// The newest of its kind that is there.
    pub newest: Option<String>,
}

impl Closure {
    /// The files and links to add to what ships.
    #[must_use]
    pub fn tree(&self) -> Tree {
        let mut tree = Tree::default();
        for brought in &self.brought {
            tree.insert(&brought.path, brought.entry.clone());
        }
        for (path, entry) in &self.data {
            tree.insert(path, entry.clone());
        }
        for (path, target) in &self.links {
            let disk = std::path::PathBuf::new();
            tree.insert(path, Entry { kind: Kind::Link { target: target.clone() }, mode: 0o777, disk });
        }
        tree
    }
}

#[cfg(test)]
impl Missing {
    /// Whether every file that needs it works without.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.needed_by.iter().all(|needer| needer.optional.is_some())
    }
}
