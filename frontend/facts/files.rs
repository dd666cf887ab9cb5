//! The project's files as far as they were read, and the list of those still wanted.

use std::collections::{BTreeMap, BTreeSet};

/// What is read of every project before anything else is known.
pub(super) const FIRST: &[&str] = &["pyproject.toml", "uv.lock", "poetry.lock", "pylock.toml", "requirements.txt", ".python-version"];

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
    /// Files, by their path in the project.
    pub read: BTreeSet<String>,
    /// Patterns of files whose names are wanted, not their contents; the answer goes to [`Files::found_python`].
    pub find: Vec<&'static str>,
}

impl Wanted {
    pub(super) fn python() -> Self {
        Self { read: BTreeSet::new(), find: PYTHON.to_vec() }
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

    /// Takes in the names that match the wanted patterns.
    pub fn found_python(&mut self, paths: BTreeSet<String>) {
        self.python = Some(paths);
    }

    /// A file's text, when it was read and is there.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.known.get(path)?.as_ref()?.as_deref().ok()
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

    pub(super) fn missing(&self, paths: &[&str]) -> Option<Wanted> {
        let read: BTreeSet<_> = paths.iter().filter(|p| !self.known.contains_key(**p)).map(|p| (*p).to_owned()).collect();
        (!read.is_empty()).then_some(Wanted { read, find: vec![] })
    }
}
