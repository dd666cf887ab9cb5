//! The project's files as far as they were read, and those that are still wanted: what every ecosystem finds its facts in.

mod files;
pub(crate) mod folder;
mod ignore;

pub use files::{Files, LARGE, LIMIT, Paths, Shapes, Wanted, too_large};
pub(crate) use files::{join, under, upward};
pub(crate) use ignore::Fate;
pub use ignore::{IGNORE, Ignore, leaves_out, lies_in};
