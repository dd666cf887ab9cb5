//! The project's files as far as they were read, and the list of those still wanted. Paths are relative to the context.

use std::collections::{BTreeMap, BTreeSet};

use super::ignore::Ignore;
use crate::diag::{Diagnostic, codes};

/// The most that a file of the project may have, in bytes: what fits into one message of the engine. Locks of hundreds of packages
/// have one or two million.
pub const LIMIT: u64 = 16_000_000;

/// From how many bytes on a file is one that a person should know of.
pub const LARGE: u64 = 100_000_000;

/// What is said of a file that has more.
#[must_use]
pub fn too_large(path: &str, bytes: u64) -> String {
    let megabytes = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
    let (size, limit) = (megabytes(bytes), megabytes(LIMIT));
    format!(
        "`{path}` is {size}, and a file that says how to build is read up to {limit}\n  help: move what is data out of it, or see whether the right file has this name"
    )
}

/// Answers so far. A path that was looked for and is not there is an answer too.
#[derive(Clone, Debug, Default)]
pub struct Files {
    known: BTreeMap<String, Option<Result<String, String>>>,
    modules: Option<BTreeSet<String>>,
    names: BTreeMap<String, BTreeSet<String>>,
    ignore: Ignore,
    spec: Option<Vec<String>>,
    near: Option<BTreeSet<String>>,
    /// Files that are large, by their bytes.
    large: BTreeMap<String, u64>,
    /// The paths below which sizes were looked for.
    sized: BTreeSet<String>,
}

/// What has to be read before the facts are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Files, by their path in the context.
    pub read: BTreeSet<String>,
    /// A folder in which the names of modules are wanted; the answer goes to [`Files::found_modules`].
    pub modules_of: Option<String>,
    /// A folder whose names are wanted, without what is in it and without what the ignore file leaves out; the answer goes to
    /// [`Files::found_names`], and the ignore file to [`Files::found_ignore`].
    pub names_of: Option<String>,
    /// Whether it is wanted where in the context the spec lies; the answer goes to [`Files::found_spec`].
    pub spec: bool,
    /// Folders in which the names of files are wanted that may be meant in another's place; the answer goes to [`Files::found_near`].
    pub near: BTreeSet<String>,
    /// What the names of modules and of those files look like.
    pub shapes: Option<&'static Shapes>,
    /// Files and folders below which it is wanted which files are large; the answer goes to [`Files::found_large`].
    pub sizes_of: Box<Paths>,
}

/// Files and folders, by their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(pub BTreeSet<String>);

/// What names look like in an ecosystem.
#[derive(Debug, PartialEq, Eq)]
pub struct Shapes {
    /// The extension of a file that is a module.
    pub extension: &'static str,
    /// The file that makes the folder around it a module.
    pub marker: &'static str,
    /// Endings of files that may be meant in another's place.
    pub endings: &'static [&'static str],
}

impl Wanted {
    /// Files to read.
    #[must_use]
    pub fn files(read: BTreeSet<String>) -> Self {
        Self { read, ..Self::default() }
    }

    /// The names in a folder.
    pub(crate) fn names(folder: &str) -> Self {
        Self { names_of: Some(folder.to_owned()), ..Self::default() }
    }

    /// The modules in a folder.
    pub(crate) fn modules(folder: &str, shapes: &'static Shapes) -> Self {
        Self { modules_of: Some(folder.to_owned()), shapes: Some(shapes), ..Self::default() }
    }

    /// The names of files in some folders that may be meant in another's place.
    pub(crate) fn near(near: BTreeSet<String>, shapes: &'static Shapes) -> Self {
        Self { near, shapes: Some(shapes), ..Self::default() }
    }

    /// The same of a folder, for whoever counts paths from above it. Where the spec lies is known there.
    pub(crate) fn below(self, folder: &str) -> Self {
        let all = |paths: BTreeSet<String>| paths.iter().map(|path| under(folder, path)).collect();
        let one = |path: Option<String>| path.map(|path| under(folder, &path));
        let Self { read, modules_of, names_of, near, shapes, sizes_of, .. } = self;
        let sizes_of = Box::new(Paths(all(sizes_of.0)));
        Self { read: all(read), modules_of: one(modules_of), names_of: one(names_of), spec: false, near: all(near), shapes, sizes_of }
    }

    /// Whether nothing is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        let is_read = self.read.is_empty() && self.modules_of.is_none() && self.names_of.is_none();
        is_read && !self.spec && self.near.is_empty() && self.sizes_of.0.is_empty()
    }

    /// Patterns of everything that is wanted.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        let mut patterns: Vec<String> = self.read.iter().cloned().collect();
        if let Some(Shapes { extension, marker, endings }) = self.shapes {
            let modules =
                self.modules_of.iter().flat_map(|folder| [format!("*.{extension}"), format!("*/{marker}")].map(|p| join(folder, &p)));
            patterns.extend(modules);
            let near = self.near.iter().flat_map(|folder| endings.iter().map(move |end| join(folder, &format!("*.{end}"))));
            patterns.extend(near);
        }
        patterns
    }
}

impl Files {
    /// Takes in what a path holds; `None` when there is no such file.
    pub fn answer(&mut self, path: &str, content: Option<Vec<u8>>) {
        let text = content.map(|bytes| {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes);
            if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
                return Err("is UTF-16, and has to be UTF-8".to_owned());
            }
            String::from_utf8(bytes).map_err(|e| format!("is not UTF-8 text (byte {})", e.utf8_error().valid_up_to() + 1))
        });
        self.known.insert(path.to_owned(), text);
    }

    /// Takes in the modules of the wanted folder: files in it, and one folder below the files that make it a module.
    /// Paths are relative to that folder.
    pub fn found_modules(&mut self, paths: BTreeSet<String>) {
        self.modules = Some(paths);
    }

    /// Takes in the names of the files and folders that lie in a folder.
    pub fn found_names(&mut self, folder: &str, names: BTreeSet<String>) {
        self.names.insert(folder.to_owned(), names);
    }

    /// Takes in the context's ignore file. Without one, or where it holds for nothing, there is nothing to take in.
    pub fn found_ignore(&mut self, ignore: Ignore) {
        self.ignore = ignore;
    }

    /// Takes in the folders of the context that hold the spec: none, where it is no part of it; several, where copies of it are.
    pub fn found_spec(&mut self, folders: Vec<String>) {
        self.spec = Some(folders);
    }

    /// Takes in the paths of all files in the wanted folders.
    pub fn found_near(&mut self, paths: BTreeSet<String>) {
        self.near = Some(paths);
    }

    /// Takes in files with their bytes, of which those are kept that are large, and the paths below which they were looked for.
    pub fn found_large(&mut self, below: &BTreeSet<String>, files: impl IntoIterator<Item = (String, u64)>) {
        self.sized.extend(below.iter().cloned());
        self.large.extend(files.into_iter().filter(|(_, bytes)| *bytes > LARGE));
    }

    /// The files that are known to be large.
    pub(crate) fn large(&self) -> &BTreeMap<String, u64> {
        &self.large
    }

    /// Whether it is known what is large below a path.
    pub(crate) fn is_sized(&self, path: &str) -> bool {
        self.sized.contains(path)
    }

    pub(crate) fn near(&self) -> Option<&BTreeSet<String>> {
        self.near.as_ref()
    }

    /// Takes in the answers of whoever counts paths from above a folder, as far as they are about what is in it.
    pub(crate) fn take_in(&mut self, answers: Self, folder: &str) {
        let inside = |path: &str| within(folder, path);
        self.known.extend(answers.known.into_iter().filter_map(|(path, answer)| Some((inside(&path)?, answer))));
        let ignore = answers.ignore.within(folder);
        for (path, names) in answers.names {
            let Some(path) = inside(&path) else { continue };
            let names = if path == "." { ignore.sent(names) } else { names };
            self.names.insert(path, names);
            self.ignore = ignore.clone();
        }
        self.large.extend(answers.large.into_iter().filter_map(|(path, bytes)| Some((inside(&path)?, bytes))));
        self.sized.extend(answers.sized.iter().filter_map(|path| inside(path)));
        if let Some(modules) = answers.modules {
            self.modules = Some(modules);
        }
        if let Some(near) = answers.near {
            self.near = Some(near.iter().filter_map(|path| inside(path)).collect());
        }
    }

    /// A file's text, when it was read and is there.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.known.get(path)?.as_ref()?.as_deref().ok()
    }

    /// Every text that was read.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.iter().filter_map(|(path, answer)| Some((path.as_str(), answer.as_ref()?.as_deref().ok()?)))
    }

    /// Whether there is such a file, readable or not.
    pub(crate) fn is_there(&self, path: &str) -> bool {
        self.known.get(path).is_some_and(Option::is_some)
    }

    /// What is wrong with a file that is there and cannot be read.
    pub(crate) fn refusal(&self, path: &str) -> Option<Diagnostic> {
        let problem = self.known.get(path)?.as_ref()?.as_ref().err()?;
        let found = Diagnostic::new(codes::UNREADABLE_FILE, format!("`{path}` {problem}"));
        let wide = problem.contains("UTF-16");
        Some(found.help_if(wide.then(|| format!("PowerShell's `>` writes UTF-16; put `| Out-File -Encoding utf8 {path}` in its place"))))
    }

    /// Whether a path was looked for.
    pub(crate) fn was_asked(&self, path: &str) -> bool {
        self.known.contains_key(path)
    }

    pub(crate) fn modules(&self) -> Option<&BTreeSet<String>> {
        self.modules.as_ref()
    }

    pub(crate) fn names(&self, folder: &str) -> Option<&BTreeSet<String>> {
        self.names.get(folder)
    }

    /// A folder whose names are known and hold this one.
    pub(crate) fn folder_with(&self, name: &str) -> Option<&str> {
        self.names.iter().find(|(_, names)| names.contains(name)).map(|(folder, _)| folder.as_str())
    }

    /// The context's ignore file.
    pub(crate) fn ignore(&self) -> &Ignore {
        &self.ignore
    }

    pub(crate) fn spec(&self) -> Option<&[String]> {
        self.spec.as_deref()
    }

    /// What is known of the files below a folder, by their paths from there; nothing for one that is not there or cannot be read.
    pub(crate) fn all_below<'f>(&'f self, folder: &'f str) -> impl Iterator<Item = (String, Option<&'f str>)> {
        let text = |answer: &'f Option<Result<String, String>>| answer.as_ref()?.as_deref().ok();
        self.known.iter().filter_map(move |(path, answer)| Some((within(folder, path)?, text(answer))))
    }

    /// The folders below a folder whose names are known, by their paths from there.
    pub(crate) fn names_below<'f>(&'f self, folder: &'f str) -> impl Iterator<Item = (String, &'f BTreeSet<String>)> {
        self.names.iter().filter_map(move |(path, names)| Some((within(folder, path)?, names)))
    }

    /// The paths that were looked for.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    pub(crate) fn missing(&self, paths: &[String]) -> Option<Wanted> {
        let read: BTreeSet<_> = paths.iter().filter(|p| !self.known.contains_key(*p)).cloned().collect();
        (!read.is_empty()).then(|| Wanted::files(read))
    }
}

/// A folder and those above it, up to the context's root, which is `.`.
pub(crate) fn upward(folder: &str) -> Vec<String> {
    let mut folders = vec![folder.to_owned()];
    while let Some(last) = folders.last().filter(|f| *f != ".") {
        let parent = last.rsplit_once('/').map_or(".", |(parent, _)| parent).to_owned();
        folders.push(parent);
    }
    folders
}

/// A path that counts from a folder, from where the folder's own path counts; `.` is the folder.
#[must_use]
pub(crate) fn under(folder: &str, path: &str) -> String {
    if path.is_empty() || path == "." { folder.to_owned() } else { join(folder, path) }
}

/// A path from a folder that it is in; none where it lies elsewhere.
fn within(folder: &str, path: &str) -> Option<String> {
    if folder == "." {
        return Some(path.to_owned());
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(".".to_owned()) } else { rest.strip_prefix('/').map(str::to_owned) }
}

/// A path in a folder of the context.
#[must_use]
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}
