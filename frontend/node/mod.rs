//! Everything that is Node's: its versions, what a project's files say, its locks, what recipes are given of them, and its half of what
//! runs inside build steps.

mod asked;
pub mod codes;
mod command;
pub(crate) mod facts;
pub(crate) mod given;
pub(crate) mod health;
pub(crate) mod inputs;
pub mod keys;
pub(crate) mod lint;
mod locked;
pub mod locks;
pub(crate) mod refine;
mod ships;
pub(crate) mod steps;
pub(crate) mod supplies;
pub mod version;

use crate::refine::prune::sets;
use crate::spec::Spec;

use facts::Facts;

pub(crate) use asked::{asks_for, decisions, locking};
pub(crate) use command::check as check_command;
pub(crate) use locked::locked;
pub(crate) use ships::ships;

/// Files that managers keep logins in.
pub(crate) const PRIVATE_FILES: &[&str] = &[".npmrc", ".yarnrc.yml"];

/// The official image of a project's Node, of a tag's end: `slim-trixie`, which Node's images have the other way round, or `alpine`.
pub(crate) fn image(facts: &Facts, tag: &str) -> String {
    let version = facts.node.version;
    match tag.strip_prefix("slim-") {
        Some(release) => format!("node:{version}-{release}-slim"),
        None => format!("node:{version}-{tag}"),
    }
}

/// The names of the rules that a spec can turn on and off.
pub(crate) fn rules() -> Vec<String> {
    sets::names().into_iter().chain(refine::OWN_RULES.iter().copied()).map(str::to_owned).collect()
}

/// Whether a build makes files of a project.
pub(crate) fn is_built(spec: &Spec, facts: &Facts) -> bool {
    !asked::build(spec, facts).is_empty()
}
