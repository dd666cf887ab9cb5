//! What a project's lock says of the packages that are installed, for the image's bill of materials: where each comes from, and the hashes
//! of the archives that it may be installed from. No address keeps a login.

use crate::diag::Sink;
use crate::refine::sbom::{locked, without_login};
use crate::spec::Spec;

use super::facts::Facts;
use super::inputs::{install_set, torch};
use super::keys::Manager;
use super::locks::{Archive, Package, Source};
use super::wheels;

/// The index of a lock that names none.
pub(super) const INDEX: &str = "https://pypi.org/simple";

/// What the lock says; `None` where it says nothing that can be used, of which the build has told already.
pub(crate) fn locked(spec: &Spec, facts: &Facts) -> Option<locked::Locked> {
    let set = install_set(spec, facts, torch(spec), &mut Sink::default())?;
    let minor = facts.python.version.minor;
    let packages = set.packages.iter().map(|package| told(package, minor, facts.lock.manager)).collect();
    Some(locked::Locked { lock: facts.lock.name.clone(), packages })
}

fn told(package: &Package, minor: u32, manager: Manager) -> locked::Package {
    let (from, commit) = match &package.source {
        // Files of pip leave it to those who install which index that is.
        Source::Index(None) if manager == Manager::Pip => (String::new(), String::new()),
        Source::Index(url) => (without_login(url.as_deref().unwrap_or(INDEX)), String::new()),
        Source::Git { url, commit, .. } => (without_login(url), commit.clone().unwrap_or_default()),
        Source::Url(url) => (without_login(url), String::new()),
        Source::Archive(path) => (path.clone(), String::new()),
    };
    let here = |archive: &&Archive| wheels::is_for(&archive.file, minor);
    let archive = |archive: &Archive| locked::Archive {
        file: archive.file.clone(),
        address: if archive.address.contains("://") { without_login(&archive.address) } else { String::new() },
        hash: archive.hash.clone(),
    };
    let mut archives: Vec<locked::Archive> = package.archives.iter().filter(here).map(archive).collect();
    if let (Source::Url(_), [only]) = (&package.source, archives.as_mut_slice())
        && only.address.is_empty()
    {
        only.address.clone_from(&from);
    }
    locked::Package { name: package.name.clone(), version: package.version.clone(), from, commit, archives }
}
