//! The ecosystems by their words: what a recipe asks the facts of, and which keys of a spec are whose.

use crate::yaml::written::Form;

/// An ecosystem whose projects have facts that a recipe can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ecosystem {
    /// Python, with a lock of uv, Poetry or pip.
    Python,
    /// Node, with a lock of npm.
    Node,
}

/// What tools leave beside a project and no image needs, whatever the project is; the ignore file can let it in again.
pub const DEFAULT_IGNORES: &[&str] = &[".git", "**/.venv", "**/__pycache__", "**/*.pyc", "**/node_modules"];

impl Ecosystem {
    /// Every one of them.
    pub(crate) const ALL: &[Self] = &[Self::Python, Self::Node];
    /// Their words in recipes.
    pub(crate) const WORDS: &[&str] = &["python", "node"];
    /// The one that a spec without a recipe is for where neither its keys nor the project's files tell.
    pub(crate) const DEFAULT: Self = Self::Python;

    /// The one with this word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }

    /// Its word in recipes.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// Its name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node",
        }
    }

    /// Keys of a spec that are taken where the recipe reads the facts of such a project.
    pub(crate) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Python => &[
                "project",
                "python",
                "manager",
                "requirements",
                "requirements.packages",
                "requirements.constraints",
                "poetry",
                "torch",
                "check.imports.modules",
            ],
            Self::Node => &["project", "manager", "node", "build", "scripts"],
        }
    }

    /// The key that a word or a list stands for behind another key, where an ecosystem's keys are written so for short.
    pub(crate) fn meant(key: &str, form: Form) -> Option<&'static str> {
        match (key, form) {
            ("check.imports", Form::Word) => Some("check.imports.strict"),
            ("check.imports", Form::List) => Some("check.imports.modules"),
            _ => None,
        }
    }

    /// Those whose key this is.
    pub(crate) fn owners(key: &str) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|one| one.keys().contains(&key)).collect()
    }
}
