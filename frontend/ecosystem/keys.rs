//! The keys of a spec that are one ecosystem's: each has its own table, and all of them are keys of the one language.

use crate::diag::Sink;
use crate::node::keys as node;
use crate::python::keys as python;
use crate::yaml::decode::{Keys as _, not_one_of};
use crate::yaml::{At, Decode, Node, Shape, keys, over};

use super::kind::Ecosystem;

/// Whose lock is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// A Python project's.
    Python(python::Manager),
    /// A Node project's.
    Node(node::Manager),
}

impl Manager {
    const ALL: &[Self] = &[
        Self::Python(python::Manager::Uv),
        Self::Python(python::Manager::Poetry),
        Self::Python(python::Manager::Pip),
        Self::Node(node::Manager::Npm),
        Self::Node(node::Manager::Pnpm),
        Self::Node(node::Manager::Yarn),
        Self::Node(node::Manager::Bun),
    ];
    const WORDS: &[&str] = &["uv", "poetry", "pip", "npm", "pnpm", "yarn", "bun"];

    /// Its word in a spec.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Python(manager) => manager.word(),
            Self::Node(manager) => manager.word(),
        }
    }

    /// The manager of a Python project that it is.
    pub(crate) fn python(self) -> Option<python::Manager> {
        match self {
            Self::Python(manager) => Some(manager),
            Self::Node(_) => None,
        }
    }

    /// The manager of a Node project that it is.
    pub(crate) fn node(self) -> Option<node::Manager> {
        match self {
            Self::Node(manager) => Some(manager),
            Self::Python(_) => None,
        }
    }
}

impl Decode for Manager {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let word = String::decode(node, sink)?;
        match Self::ALL.iter().find(|manager| manager.word() == word) {
            Some(manager) => Some(*manager),
            None => not_one_of(node, &word, Self::WORDS, sink),
        }
    }

    fn shape() -> Shape {
        Shape::Choice(Self::WORDS)
    }
}

keys! {
    /// What a spec says of the ecosystems that there are.
    pub struct Keys as "a spec" {
        /// Whose lock is installed: `uv`, `poetry` or `pip` of a Python project, `npm` of a Node project. Default: the one whose lock file is there.
        manager: Option<At<Manager>> = "manager", "uv";
        ..
        /// Python's.
        python: python::Keys;
        ..
        /// Node's.
        node: node::Keys;
    }
}

keys! {
    /// What a spec says under `prune` of the ecosystems that there are.
    pub struct PruneKeys as "`prune`" {
        ..
        /// Python's.
        python: python::PruneKeys;
    }
}

keys! {
    /// What a spec says under `check` of the ecosystems that there are.
    pub struct CheckKeys as "`check`" {
        ..
        /// Python's.
        python: python::CheckKeys;
    }
}

over! {
    /// What an edition says otherwise of them.
    pub struct EditionKeys over Keys as "an edition" {
        ..
        /// Python's.
        python: python::EditionKeys;
    }
}

/// The ecosystem whose table alone has a key of a spec.
pub(crate) fn owner(path: &str) -> Option<Ecosystem> {
    let top = path.split('.').next().unwrap_or(path);
    Ecosystem::ALL.iter().copied().find(|one| {
        let fields = match one {
            Ecosystem::Python => python::Keys::fields(),
            Ecosystem::Node => node::Keys::fields(),
        };
        fields.iter().any(|field| field.key == top)
    })
}

/// Says which keys of a spec, and of its editions, contradict each other.
pub(crate) fn check(keys: &Keys, editions: &[&EditionKeys], sink: &mut Sink) {
    let python = editions.iter().map(|edition| &edition.python);
    let manager = keys.manager.as_ref().and_then(|manager| Some(At { value: manager.value.python()?, place: manager.place }));
    python::check(&keys.python, manager, &python.collect::<Vec<_>>(), sink);
}
