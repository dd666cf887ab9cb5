//! What a project's lock says of the packages that are installed, for the image's bill of materials. No address keeps a login.

use crate::refine::sbom::{locked, without_login};

use super::facts::Facts;
use super::locks::{Package, Source};

/// The registry of a lock that names none.
pub(super) const REGISTRY: &str = "https://registry.npmjs.org";

/// What the lock says.
pub(crate) fn locked(facts: &Facts) -> locked::Locked {
    locked::Locked { lock: facts.lock.name.clone(), packages: facts.lock.production.packages.iter().map(told).collect() }
}

fn told(package: &Package) -> locked::Package {
    let (from, commit) = match &package.from {
        Source::Registry(address) => (without_login(address.as_deref().unwrap_or(REGISTRY)), None),
        Source::Git { url, commit } => (without_login(url), commit.clone()),
        Source::Tarball(url) => (without_login(url), None),
        Source::Archive(path) | Source::Folder(path) => (path.clone(), None),
        Source::Bundled => (String::new(), None),
    };
    let archives = package.integrity.iter().map(|hash| locked::Archive { hash: hash.clone(), ..locked::Archive::default() });
    locked::Package {
        name: package.name.clone(),
        version: package.version.clone(),
        from,
        commit: commit.unwrap_or_default(),
        archives: archives.collect(),
    }
}
