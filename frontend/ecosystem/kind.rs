//! The ecosystems by their words: what a recipe asks the facts of, and which keys of a spec are whose.

use crate::yaml::written::Form;

/// An ecosystem whose projects have facts that a recipe can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ecosystem {
    /// Python, with a lock of uv, Poetry or pip.
    Python,
}

/// What tools leave beside a project and no image needs, whatever the project is; the ignore file can let it in again.
pub const DEFAULT_IGNORES: &[&str] = &[".git", "**/.venv", "**/__pycache__", "**/*.pyc", "**/node_modules"];

impl Ecosystem {
    /// Every one of them.
    pub(crate) const ALL: &[Self] = &[Self::Python];
    /// Their words in recipes.
    pub(crate) const WORDS: &[&str] = &["python"];
    /// The one that a spec without a recipe is for.
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

    /// The one whose key this is.
    pub(crate) fn owner(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.keys().contains(&key))
    }
}
