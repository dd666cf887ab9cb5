//! What steps tell the steps after them, and in the end the reader: notes, as JSON. What only the steps of one
//! language tell is with them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Its file in a step's output.
pub const FILE: &str = "notes.json";

/// What one rule left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Pruned {
    /// What that is.
    pub what: String,
    /// The word by which a spec turns the rule off; none for what the spec itself names.
    pub switch: String,
    /// How many files.
    pub files: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// Which: a folder of which nothing stays stands for all of it.
    pub paths: Vec<String>,
}

/// What stays although a rule names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The file or folder.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// Why it stays.
    pub why: String,
}

/// What stripping came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StrippedFiles {
    /// How many files became smaller.
    pub files: u64,
    /// By how many bytes together.
    pub bytes: u64,
    /// Those that were left alone, and why.
    pub left: BTreeMap<String, String>,
}

/// A shared library that came from the builder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BroughtLibrary {
    /// Where it is in the image.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
    /// The Debian package that it comes from.
    pub package: Option<String>,
    /// That package's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Files that need it.
    pub needed_by: Vec<String>,
}

/// A library that nothing in the image can do without.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AbsentLibrary {
    /// Its name.
    pub library: String,
    /// Who asks for it, and why that works without.
    pub asked_by: BTreeMap<String, String>,
}

/// What the report of an image looks at of the notes of the step that gathered installed packages, whatever else that step tells.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Packaged {
    /// What rules left out, by rule.
    pub pruned: BTreeMap<String, Pruned>,
    /// What stripping came to.
    pub stripped: StrippedFiles,
    /// The modules that were imported before anything was left out.
    pub modules: Vec<String>,
    /// Those that were not, and why.
    pub failing: BTreeMap<String, String>,
}

/// What became of files of any kind that were gathered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gathered {
    /// Which layer the files at and below each place of the image are in.
    pub parts: BTreeMap<String, String>,
    /// What was left out, by the rule or the pattern that names it.
    pub pruned: BTreeMap<String, Pruned>,
    /// What stripping came to.
    pub stripped: StrippedFiles,
    /// Shared libraries that came from the builder.
    pub brought: Vec<BroughtLibrary>,
    /// Libraries that only parts which work without them ask for.
    pub absent: Vec<AbsentLibrary>,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// Something that the project may have, and that is not in the image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacks {
    /// Names that it may have at the project's top.
    pub names: Vec<String>,
    /// Whether it was looked for beside the installed packages, where no `copy` puts anything.
    pub installed: bool,
}

/// What whoever builds the image should know although it is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A short name, in kebab case.
    pub code: String,
    /// The key of the spec that it is about.
    pub about: String,
    /// What is so.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// What is missing, and may be something that the project has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<Lacks>,
}

impl Gathered {
    /// Adds what became of other files of the same image.
    pub fn add(&mut self, other: Self) {
        self.parts.extend(other.parts);
        for (rule, pruned) in other.pruned {
            match self.pruned.entry(rule) {
                Entry::Vacant(entry) => _ = entry.insert(pruned),
                Entry::Occupied(mut entry) => {
                    let known = entry.get_mut();
                    known.files += pruned.files;
                    known.bytes += pruned.bytes;
                    known.paths.extend(pruned.paths);
                }
            }
        }
        self.stripped.files += other.stripped.files;
        self.stripped.bytes += other.stripped.bytes;
        self.stripped.left.extend(other.stripped.left);
        for library in other.brought {
            match self.brought.iter_mut().find(|known| known.path == library.path) {
                Some(known) => known.needed_by.extend(library.needed_by),
                None => self.brought.push(library),
            }
        }
        for library in other.absent {
            match self.absent.iter_mut().find(|known| known.library == library.library) {
                Some(known) => known.asked_by.extend(library.asked_by),
                None => self.absent.push(library),
            }
        }
        self.warnings.extend(other.warnings);
    }
}

/// Writes notes into a step's output.
pub fn write<T: Serialize>(folder: &Path, notes: &T) -> io::Result<()> {
    let path = folder.join(FILE);
    let text = serde_json::to_string_pretty(notes).map_err(io::Error::other)?;
    std::fs::write(&path, text + "\n").map_err(|e| super::output::about(&path, &e))
}

/// Reads the notes of a step before.
pub fn read<T: for<'d> Deserialize<'d>>(folder: &Path) -> io::Result<T> {
    let path = folder.join(FILE);
    let bytes = std::fs::read(&path).map_err(|e| super::output::about(&path, &e))?;
    serde_json::from_slice(&bytes).map_err(|e| io::Error::other(format!("{}: {e}", path.display())))
}

/// Bytes as people say them.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
