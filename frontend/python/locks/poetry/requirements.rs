//! The chosen packages as requirement files: one for each index, with hashes, and one for what has none.
//! The text depends on nothing but the packages, so that an edit that changes none of them leaves it as it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diag::{Diagnostic, Sink};
use crate::python::codes;
use crate::python::locks::set::is_wheel;
use crate::python::locks::{self, Index, List, LocalKind, LocalPackage, Package, Wheel, pip};
use crate::python::pep::grid::Grid;

use super::lock::{Lock, Locked, Source};

/// A package with the environments it is installed in.
pub(super) struct Chosen<'a> {
    pub package: &'a Locked,
    pub grid: Grid,
}

/// The packages that are installed in some environment, in the order of their names.
pub(super) fn chosen(lock: &Lock, grids: Vec<Grid>) -> Vec<Chosen<'_>> {
    let pairs = lock.packages.iter().zip(grids).filter(|(_, grid)| !grid.is_empty());
    let mut chosen: Vec<_> = pairs.map(|(package, grid)| Chosen { package, grid }).collect();
    chosen.sort_by(|a, b| {
        let (a, b) = (a.package, b.package);
        a.name.cmp(&b.name).then_with(|| a.parsed.cmp(&b.parsed)).then_with(|| a.source.cmp(&b.source))
    });
    chosen
}

/// Requirement files for everything that is not on the project's own disk.
pub(super) fn lists(chosen: &[Chosen<'_>], universe: Grid, sink: &mut Sink) -> Vec<List> {
    // The default index first, then the others by name, then what has no hashes.
    let mut texts: BTreeMap<(bool, Index), String> = BTreeMap::new();
    for Chosen { package, grid } in chosen {
        let index = match &package.source {
            Source::Index { name, url } => Index::Named { name: name.clone(), url: url.clone() },
            Source::Pypi | Source::Git { .. } | Source::Url { .. } => Index::Default,
            Source::Directory(_) | Source::Archive(_) => continue,
        };
        refuse_credentials(package, sink);
        let hashes = hashes(package);
        let text = texts.entry((hashes.is_empty(), index)).or_default();
        text.push_str(&subject(package));
        if let Some(marker) = grid.text(universe) {
            let _ = write!(text, " ; {marker}");
        }
        for hash in hashes {
            let _ = write!(text, " \\\n    --hash={hash}");
        }
        text.push('\n');
    }
    let name = |number: usize| if number == 0 { "requirements.txt".to_owned() } else { format!("requirements-{number}.txt") };
    let lists = texts.into_iter().enumerate();
    lists.map(|(number, ((unhashed, index), text))| List { name: name(number), text, index, is_hashed: !unhashed }).collect()
}

/// `name==version`, or a direct reference.
fn subject(package: &Locked) -> String {
    let fragment = |subdirectory: &Option<String>| subdirectory.as_ref().map_or(String::new(), |s| format!("#subdirectory={s}"));
    match &package.source {
        Source::Git { url, commit, subdirectory } => {
            format!("{} @ git+{}@{commit}{}", package.name, git_address(url), fragment(subdirectory))
        }
        Source::Url { url, subdirectory } => format!("{} @ {url}{}", package.name, fragment(subdirectory)),
        Source::Pypi | Source::Index { .. } | Source::Directory(_) | Source::Archive(_) => {
            format!("{}=={}", package.name, package.version)
        }
    }
}

/// `git@host:path`, which git alone understands, as an address.
fn git_address(url: &str) -> String {
    let host_and_path = url.split_once(':').filter(|(host, path)| !url.contains("://") && !host.contains('/') && !path.is_empty());
    match host_and_path {
        Some((host, path)) => format!("ssh://{host}/{}", path.trim_start_matches('/')),
        None if url.starts_with('/') => format!("file://{url}"),
        None => url.strip_prefix("git+").unwrap_or(url).to_owned(),
    }
}

/// Hashes in order, each once. A commit is its own proof and has none.
fn hashes(package: &Locked) -> Vec<&str> {
    if matches!(package.source, Source::Git { .. }) {
        return vec![];
    }
    let mut hashes: Vec<_> = package.files.iter().map(|f| f.hash.as_str()).filter(|hash| hash.contains(':')).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn refuse_credentials(package: &Locked, sink: &mut Sink) {
    let url = match &package.source {
        Source::Index { url, .. } | Source::Git { url, .. } | Source::Url { url, .. } => url,
        Source::Pypi | Source::Directory(_) | Source::Archive(_) => return,
    };
    if pip::has_credentials(url) {
        let found = Diagnostic::new(
            codes::PASSWORD_IN_URL,
            format!("poetry.lock holds credentials in the address that `{}` comes from", package.name),
        );
        sink.push(
            found
                .at(package.place, "this package")
                .help("take them out of `[[tool.poetry.source]]` and run `poetry lock`; then name the index under `indexes:` in the spec, with a `secret`"),
        );
    }
}

/// What lies on the project's own disk, each package after those it needs.
pub(super) fn locals(chosen: &[Chosen<'_>]) -> Vec<LocalPackage> {
    let mut left: Vec<&Chosen<'_>> =
        chosen.iter().filter(|c| matches!(c.package.source, Source::Directory(_) | Source::Archive(_))).collect();
    let mut ordered = vec![];
    while !left.is_empty() {
        let waits = |one: &Chosen<'_>| {
            let needs = |name: &str| one.package.dependencies.iter().any(|d| d.name == name);
            left.iter().any(|other| other.package.name != one.package.name && needs(&other.package.name))
        };
        // In a cycle nothing can be first, so the first by name is.
        let next = left.iter().position(|one| !waits(one)).unwrap_or(0);
        let package = left.remove(next).package;
        let (path, kind) = match &package.source {
            Source::Archive(path) => (path.clone(), LocalKind::Archive),
            Source::Directory(path) if package.develop => (path.clone(), LocalKind::Editable),
            Source::Directory(path) => (path.clone(), LocalKind::Directory),
            Source::Pypi | Source::Index { .. } | Source::Git { .. } | Source::Url { .. } => continue,
        };
        ordered.push(LocalPackage { name: package.name.clone(), path, kind, place: package.place });
    }
    ordered
}

/// Every package that is no folder of the context.
pub(super) fn packages(chosen: &[Chosen<'_>], universe: Grid) -> Vec<Package> {
    let package = |Chosen { package, grid }: &Chosen<'_>| {
        let source = match &package.source {
            Source::Pypi => locks::Source::Index(None),
            Source::Index { url, .. } => locks::Source::Index(Some(url.clone())),
            Source::Git { url, commit, subdirectory } => {
                locks::Source::Git { url: url.clone(), commit: Some(commit.clone()), subdirectory: subdirectory.clone() }
            }
            Source::Url { url, .. } => locks::Source::Url(url.clone()),
            Source::Archive(path) => locks::Source::Archive(path.clone()),
            Source::Directory(_) => return None,
        };
        let files = || package.files.iter().map(|file| file.name.as_str()).filter(|name| !name.is_empty());
        let wheels = files().filter(|name| is_wheel(name)).map(|name| Wheel::at(name, None)).filter(Wheel::is_for_linux);
        let has_sdist = match &package.source {
            Source::Git { .. } => Some(true),
            _ if files().next().is_none() => None,
            _ => Some(files().any(|name| !is_wheel(name))),
        };
        Some(Package {
            name: package.name.clone(),
            version: Some(package.version.clone()),
            source,
            wheels: wheels.collect(),
            has_sdist,
            archives: package.files.iter().map(archive).filter(locks::Archive::is_for_linux).collect(),
            marker: grid.text(universe),
            place: package.place,
            grid: *grid,
        })
    };
    chosen.iter().filter_map(package).collect()
}

fn archive(file: &super::File) -> locks::Archive {
    locks::Archive { file: file.name.clone(), hash: file.hash.clone(), ..locks::Archive::default() }
}
