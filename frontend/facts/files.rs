//! The project's files as far as they were read, and the list of those still wanted. Paths are relative to the context.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, codes};

/// What is read of every project before anything else is known.
const FIRST: &[&str] = &["pyproject.toml", "uv.lock", "poetry.lock", "pylock.toml", "requirements.txt", ".python-version"];

/// Patterns of the files that tell a project's packages and modules.
const PYTHON: &[&str] = &["*.py", "*/__init__.py"];

/// Endings of files that may be meant where one of pip's is named.
const PINS: &[&str] = &["txt", "in", "lock"];

/// The most that a file of the project may have, in bytes: what fits into one message of the engine. Locks of hundreds of packages
/// have one or two million.
pub const LIMIT: u64 = 16_000_000;

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
    python: Option<BTreeSet<String>>,
    names: BTreeMap<String, BTreeSet<String>>,
    spec: Option<Vec<String>>,
    near: Option<BTreeSet<String>>,
}

/// What has to be read before the facts are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Files, by their path in the context.
    pub read: BTreeSet<String>,
    /// A folder in which the names of Python files are wanted; the answer goes to [`Files::found_python`].
    pub modules_of: Option<String>,
    /// A folder whose names are wanted, without what is in it; the answer goes to [`Files::found_names`].
    pub names_of: Option<String>,
    /// Whether it is wanted where in the context the spec lies; the answer goes to [`Files::found_spec`].
    pub spec: bool,
    /// Folders in which the names of files are wanted that may be requirement files; the answer goes to [`Files::found_near`].
    pub near: BTreeSet<String>,
}

impl Wanted {
    /// Files to read.
    #[must_use]
    pub fn files(read: BTreeSet<String>) -> Self {
        Self { read, ..Self::default() }
    }

    pub(crate) fn python(folder: &str) -> Self {
        Self { modules_of: Some(folder.to_owned()), ..Self::default() }
    }

    /// The names of what may be requirement files in some folders.
    pub(crate) fn near(folders: BTreeSet<String>) -> Self {
        Self { near: folders, ..Self::default() }
    }

    /// Patterns of everything that is wanted.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        let modules = self.modules_of.iter().flat_map(|folder| PYTHON.iter().map(move |pattern| join(folder, pattern)));
        let near = self.near.iter().flat_map(|folder| PINS.iter().map(move |end| join(folder, &format!("*.{end}"))));
        self.read.iter().cloned().chain(modules).chain(near).collect()
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

    /// Takes in the Python files of the wanted folder: modules in it, and `__init__.py` one folder below.
    /// Paths are relative to that folder.
    pub fn found_python(&mut self, paths: BTreeSet<String>) {
        self.python = Some(paths);
    }

    /// Takes in the names of the files and folders that lie in a folder.
    pub fn found_names(&mut self, folder: &str, names: BTreeSet<String>) {
        self.names.insert(folder.to_owned(), names);
    }

    /// Takes in the folders of the context that hold the spec: none, where it is no part of it; several, where copies of it are.
    pub fn found_spec(&mut self, folders: Vec<String>) {
        self.spec = Some(folders);
    }

    /// Takes in the paths of all files in the wanted folders; those that are no requirement files by their names are dropped.
    pub fn found_near(&mut self, paths: BTreeSet<String>) {
        let fits = |path: &String| path.rsplit_once('.').is_some_and(|(_, end)| PINS.contains(&end));
        let locks = ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"];
        let other = |path: &String| locks.contains(&path.rsplit('/').next().unwrap_or_default());
        self.near = Some(paths.into_iter().filter(|path| fits(path) && !other(path)).collect());
    }

    pub(crate) fn near(&self) -> Option<&BTreeSet<String>> {
        self.near.as_ref()
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
        Some(
            found.help_if(
                wide.then(|| "PowerShell's `>` writes UTF-16: `pip freeze | Out-File -Encoding utf8 requirements.txt`".to_owned()),
            ),
        )
    }

    /// Whether a path was looked for.
    pub(crate) fn was_asked(&self, path: &str) -> bool {
        self.known.contains_key(path)
    }

    pub(crate) fn python(&self) -> Option<&BTreeSet<String>> {
        self.python.as_ref()
    }

    pub(crate) fn names(&self, folder: &str) -> Option<&BTreeSet<String>> {
        self.names.get(folder)
    }

    pub(crate) fn spec(&self) -> Option<&[String]> {
        self.spec.as_deref()
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

/// The files that are read first for a project in a folder of the context.
pub(crate) fn first(folder: &str) -> Vec<String> {
    upward(folder).iter().flat_map(|folder| FIRST.iter().map(move |name| join(folder, name))).collect()
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

/// A path in a folder of the context.
#[must_use]
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}
