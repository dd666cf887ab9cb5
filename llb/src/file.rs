//! File operations as plain data.
//!
//! How a chain of them becomes a message is the business of lower/file.rs.

use crate::graph::Output;

/// One file operation. Paths are absolute and count from the root of the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum FileAction {
    /// Copies from another tree, or from the same one.
    Copy(FileCopy),
    /// Makes a folder.
    Mkdir(MakeDir),
    /// Writes a file.
    Mkfile(MakeFile),
    /// Removes.
    Rm(Remove),
    /// Makes a symbolic link.
    Symlink(Symlink),
}

/// Copies a file or a folder.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct FileCopy {
    /// The tree to copy from. `None` is the tree that the chain of operations starts from, as it
    /// was before them.
    pub from: Option<Output>,
    /// What to copy.
    pub src: String,
    /// Where to. With a `/` at the end it is a folder to copy into.
    pub dest: String,
    /// The new owner; `None` keeps it.
    pub owner: Option<Owner>,
    /// The new mode.
    pub mode: CopyMode,
    /// The new times.
    pub timestamp: Timestamp,
    /// Whether a link at `src` is followed.
    pub follow_symlink: bool,
    /// Whether a folder is copied as its content rather than as itself.
    pub dir_copy_contents: bool,
    /// Whether a tar archive is unpacked rather than copied.
    pub attempt_unpack: bool,
    /// Whether missing folders on the way to `dest` are made.
    pub create_dest_path: bool,
    /// Whether `src` is a pattern.
    pub allow_wildcard: bool,
    /// Whether a pattern may match nothing.
    pub allow_empty_wildcard: bool,
    /// Copies only what matches one of these, if there are any.
    pub include_patterns: Vec<String>,
    /// Leaves out what matches one of these.
    pub exclude_patterns: Vec<String>,
    /// Paths that must be among what `include_patterns` let in.
    pub required_paths: Vec<String>,
    /// Whether a file may take the place of a folder, and the other way round.
    pub always_replace_existing_dest_paths: bool,
}

/// Makes a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct MakeDir {
    /// Where.
    pub path: String,
    /// Permission bits up to 0777.
    pub mode: u32,
    /// Whether missing parents are made. A folder that is there already is no error either way.
    pub make_parents: bool,
    /// The owner; `None` is root.
    pub owner: Option<Owner>,
    /// The times.
    pub timestamp: Timestamp,
}

/// Writes a file.
#[derive(Clone, Debug, PartialEq)]
pub struct MakeFile {
    /// Where.
    pub path: String,
    /// Permission bits up to 0777.
    pub mode: u32,
    /// The content; a message of more than 16 MiB is refused.
    pub data: Vec<u8>,
    /// The owner; `None` is root.
    pub owner: Option<Owner>,
    /// The times.
    pub timestamp: Timestamp,
}

/// Removes a file, or a folder with all that is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remove {
    /// What.
    pub path: String,
    /// Whether it may be missing.
    pub allow_not_found: bool,
    /// Whether `path` is a pattern.
    pub allow_wildcard: bool,
}

/// Makes a symbolic link.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Symlink {
    /// What the link says, as it is.
    pub target: String,
    /// Where the link is.
    pub path: String,
    /// The owner; `None` is root.
    pub owner: Option<Owner>,
    /// The times.
    pub timestamp: Timestamp,
}

/// The mode of copied files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CopyMode {
    /// What it is in the source.
    #[default]
    Keep,
    /// These permission bits, those above 0777 included, for files and folders alike.
    Bits(u32),
    /// Changed as `chmod` does for a text such as `u=rwX,go=rX`. From `BuildKit` 0.17; an older
    /// daemon has no capability to be asked for it and clears all bits.
    Symbolic(String),
}

/// The times of what is written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Timestamp {
    /// For a copy the times of the source, else the time of the build.
    #[default]
    Keep,
    /// Nanoseconds since 1970.
    At(i64),
}

/// The owner of what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user; `None` is root.
    pub user: Option<User>,
    /// The group; `None` is that of the user: the one in `/etc/passwd` for a name, the same number
    /// for a number.
    pub group: Option<User>,
}

/// A user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// By number.
    Id(u32),
    /// By name, as the tree that the chain of operations starts from has it; there must be such a
    /// tree. A name that is not found there is root.
    Name(String),
}

impl FileCopy {
    /// Makes a copy that keeps owner, mode and times and takes nothing as a pattern. Folders on the
    /// way are made.
    pub fn new(from: Option<Output>, src: impl Into<String>, dest: impl Into<String>) -> Self {
        Self { from, src: src.into(), dest: dest.into(), create_dest_path: true, ..Self::default() }
    }
}

impl MakeDir {
    /// Makes a folder and its parents, with mode 0755 and owned by root.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), mode: 0o755, make_parents: true, owner: None, timestamp: Timestamp::Keep }
    }
}

impl MakeFile {
    /// Makes a file with mode 0644 and owned by root.
    pub fn new(path: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), mode: 0o644, data: data.into(), owner: None, timestamp: Timestamp::Keep }
    }
}

impl Owner {
    /// Makes an owner of two numbers.
    #[must_use]
    pub fn ids(user: u32, group: u32) -> Self {
        Self { user: Some(User::Id(user)), group: Some(User::Id(group)) }
    }
}
