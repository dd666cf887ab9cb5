//! The project's files as far as they were read, and the list of those still wanted. Paths are relative to the context.

use std::collections::{BTreeMap, BTreeSet};

/// What is read of every project before anything else is known.
const FIRST: &[&str] = &["pyproject.toml", "uv.lock", "poetry.lock", "pylock.toml", "requirements.txt", ".python-version"];

/// Patterns of the files that tell a project's packages and modules.
const PYTHON: &[&str] = &["*.py", "*/__init__.py"];

/// Answers so far. A path that was looked for and is not there is an answer too.
#[derive(Clone, Debug, Default)]
pub struct Files {
    known: BTreeMap<String, Option<Result<String, String>>>,
    python: Option<BTreeSet<String>>,
}

/// What has to be read before the facts are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Files, by their path in the context.
    pub read: BTreeSet<String>,
    /// A folder in which the names of Python files are wanted; the answer goes to [`Files::found_python`].
    pub modules_of: Option<String>,
}

impl Wanted {
    pub(super) fn python(folder: &str) -> Self {
        Self { read: BTreeSet::new(), modules_of: Some(folder.to_owned()) }
    }

    /// Patterns of everything that is wanted.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        let modules = self.modules_of.iter().flat_map(|folder| PYTHON.iter().map(move |pattern| join(folder, pattern)));
        self.read.iter().cloned().chain(modules).collect()
    }
}

impl Files {
    /// Takes in what a path holds; `None` when there is no such file.
    pub fn answer(&mut self, path: &str, content: Option<Vec<u8>>) {
        let text = content.map(|bytes| {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(bytes);
            String::from_utf8(bytes).map_err(|e| format!("is not UTF-8 text (byte {})", e.utf8_error().valid_up_to() + 1))
        });
        self.known.insert(path.to_owned(), text);
    }

    /// Takes in the Python files of the wanted folder: modules in it, and `__init__.py` one folder below.
    /// Paths are relative to that folder.
    pub fn found_python(&mut self, paths: BTreeSet<String>) {
        self.python = Some(paths);
    }

    /// A file's text, when it was read and is there.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.known.get(path)?.as_ref()?.as_deref().ok()
    }

    /// Every text that was read.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.iter().filter_map(|(path, answer)| Some((path.as_str(), answer.as_ref()?.as_deref().ok()?)))
    }

    /// Whether a path was looked for.
    pub(super) fn was_asked(&self, path: &str) -> bool {
        self.known.contains_key(path)
    }

    pub(super) fn python(&self) -> Option<&BTreeSet<String>> {
        self.python.as_ref()
    }

    pub(super) fn unreadable(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.iter().filter_map(|(path, answer)| match answer {
            Some(Err(problem)) => Some((path.as_str(), problem.as_str())),
            _ => None,
        })
    }

    pub(super) fn missing(&self, paths: &[String]) -> Option<Wanted> {
        let read: BTreeSet<_> = paths.iter().filter(|p| !self.known.contains_key(*p)).cloned().collect();
        (!read.is_empty()).then_some(Wanted { read, modules_of: None })
    }
}

/// The files that are read first for a project in a folder of the context.
pub(super) fn first(folder: &str) -> Vec<String> {
    upward(folder).iter().flat_map(|folder| FIRST.iter().map(move |name| join(folder, name))).collect()
}

/// A folder and those above it, up to the context's root, which is `.`.
pub(super) fn upward(folder: &str) -> Vec<String> {
    let mut folders = vec![folder.to_owned()];
    while let Some(last) = folders.last().filter(|f| *f != ".") {
        let parent = last.rsplit_once('/').map_or(".", |(parent, _)| parent).to_owned();
        folders.push(parent);
    }
    folders
}

/// A path in a folder of the context.
#[must_use]
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}
