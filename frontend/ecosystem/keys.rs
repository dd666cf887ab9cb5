//! The keys of a spec that are one ecosystem's: each has its own table, and all of them are keys of the one language.

use crate::diag::Sink;
use crate::python::keys as python;
use crate::yaml::{keys, over};

keys! {
    /// What a spec says of the ecosystems that there are.
    pub struct Keys as "a spec" {
        ..
        /// Python's.
        python: python::Keys;
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

/// Says which keys of a spec, and of its editions, contradict each other.
pub(crate) fn check(keys: &Keys, editions: &[&EditionKeys], sink: &mut Sink) {
    let python = editions.iter().map(|edition| &edition.python);
    python::check(&keys.python, &python.collect::<Vec<_>>(), sink);
}
