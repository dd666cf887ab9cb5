//! What is installed, and nothing else: the lock and the project's file in a canonical form that a layer is keyed on.
//! A bumped version of the project, a comment, a tool's settings, an unused extra, group or workspace member leave that
//! text as it is; a change of what is installed changes it. The command line that installs from it also works with the
//! user's own files in place, so extras and groups stay extras and groups of their package.
//! Pure: texts in, texts and plain values out. Knows neither spec nor recipe.

mod canonical;
mod compare;
mod error;
mod item;
mod manifest;
mod project;
mod read;
mod set;
mod stale;
mod torch;
mod walk;

#[cfg(test)]
mod tests;

pub use error::SelectionError;
pub use manifest::stale_manifest;
pub use project::canonical_project;
pub use read::{UvLock, parse};
pub use stale::stale;

/// What to install of a lock.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    /// The project, by its name.
    pub package: &'a str,
    /// Extras of it.
    pub extras: &'a [String],
    /// Dependency groups of it, besides its dependencies.
    pub groups: &'a [String],
    /// Dependency groups without the project and its dependencies. uv takes them with neither extras nor groups.
    pub only_groups: &'a [String],
}
