//! Locks of Node's managers: what is installed of one for a service, and the reduced lock with its manifests that the manager accepts
//! as it is. Nothing stands in those files that does not change what is installed, so that they are the key of that layer.

mod berry;
mod globs;
mod manifest;
mod members;
mod model;
mod npm;
mod npmrc;
mod platform;
mod pnpm;
mod read;
#[cfg(test)]
mod testing;
mod tree;
mod yaml;
mod yarn1;

pub use model::{Allowed, Answer, Ask, Kind, Libc, Member, OwnScript, Package, Reduced, Script, Source, Target, Wanted};

use crate::diag::{Sink, Sources};

/// What is installed of a lock, or which files have to be read before that is known. `None` where something is wrong; the sink says what.
pub fn reduce(ask: &Ask<'_>, sources: &Sources, sink: &mut Sink) -> Option<Answer> {
    match ask.kind {
        Kind::Npm => npm::reduce(ask, sources, sink),
        Kind::Pnpm => pnpm::reduce(ask, sources, sink),
        Kind::Yarn1 => yarn1::reduce(ask, sources, sink),
        Kind::Berry => berry::reduce(ask, sources, sink),
        Kind::Bun => None,
    }
}
