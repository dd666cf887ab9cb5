//! Python's parts of an image's bill of materials: the interpreter by the version that its own files hold, every distribution with what
//! it says of itself and what the lock says of it, distributions that are inside of others, libraries that their archives brought along.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::python::layout::PROJECT;
use crate::python::pep::normalized;
use crate::refine::inventory::{Distribution, Inventory};
use crate::refine::language::Language as _;
use crate::refine::sbom::locked::{Archive, Package};
use crate::refine::sbom::purl::purl;
use crate::refine::sbom::{Component, Hash, Kind, Licence, Subject, without_login};
use crate::refine::tree::{Entry, has_extension};

use super::language::PythonCode;
use super::packages::about::{About, about, direct, tags, tags_of};

/// The index that a package is from whose name says nothing else.
const INDEX: &str = "https://pypi.org/simple";
/// The largest file that is searched for an interpreter's version.
const LARGEST: u64 = 100_000_000;

/// The parts.
pub(crate) fn components(subject: &Subject<'_>) -> Vec<Component> {
    let inventory = PythonCode.inventory(subject.image);
    let mut all = interpreters(subject);
    for one in &inventory.distributions {
        let known = described(subject, &one.info).unwrap_or_default();
        let component = distribution(subject, one, &known);
        all.extend(libraries(subject, one, &inventory, &component.key));
        all.extend(embedded(subject, one, &component.key));
        all.push(component);
    }
    all.extend(nested(subject, &inventory));
    all
}

fn key(name: &str) -> String {
    format!("pypi/{name}")
}

/// Interpreters outside of the system's packages, by the version that the program or its library holds.
fn interpreters(subject: &Subject<'_>) -> Vec<Component> {
    let mut found: BTreeMap<String, Component> = BTreeMap::new();
    for (path, entry) in subject.image.iter().filter(|(_, entry)| entry.is_file() && entry.size() < LARGEST) {
        let name = path.rsplit('/').next().unwrap_or_default();
        let series = name.strip_prefix("libpython").and_then(|rest| rest.split(".so").next().filter(|_| rest.contains(".so")));
        let Some(series) = series.or_else(|| name.strip_prefix("python")).filter(|series| is_series(series)) else { continue };
        let Some(version) = entry.bytes().ok().and_then(|bytes| version(&bytes, series)) else { continue };
        let component = found.entry(version.clone()).or_insert_with(|| Component {
            key: format!("program/python-{version}"),
            kind: Kind::Program,
            name: "python".into(),
            purl: purl("generic", "", "python", &version, &[]),
            licences: Licence::read("PSF-2.0").into_iter().collect(),
            origin: subject.of_base(path).unwrap_or_else(|| "the interpreter of the builder's image, with its standard library".into()),
            supplier: "Python Software Foundation".into(),
            homepage: "https://www.python.org/".into(),
            hashes: subject.hash(path),
            version,
            ..Component::default()
        });
        component.paths.push(path.to_owned());
    }
    found.into_values().collect()
}

fn is_series(text: &str) -> bool {
    text.strip_prefix("3.").is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The version of a series that a program holds as a text by itself.
fn version(bytes: &[u8], series: &str) -> Option<String> {
    let start = format!("\0{series}.");
    let places = bytes.windows(start.len()).enumerate().filter(|(_, window)| *window == start.as_bytes());
    places.map(|(at, _)| &bytes[at + 1..]).find_map(|rest| {
        let text = rest.iter().take(24).take_while(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(byte)).count();
        (rest.get(text) == Some(&0) && text > series.len() + 1).then(|| String::from_utf8_lossy(&rest[..text]).into_owned())
    })
}

/// What the notes of an installer say of a distribution; `None` where there are none.
fn described(subject: &Subject<'_>, info: &str) -> Option<About> {
    let files = [format!("{info}/METADATA"), format!("{info}/PKG-INFO"), info.to_owned()];
    files.iter().find_map(|path| subject.text(path)).map(|text| about(&text))
}

fn distribution(subject: &Subject<'_>, one: &Distribution, known: &About) -> Component {
    let direct = subject.text(&format!("{}/direct_url.json", one.info)).map(|text| direct(&text));
    let mut component = Component {
        key: key(&one.name),
        name: one.name.clone(),
        version: one.version.clone(),
        purl: purl("pypi", "", &one.name, &one.version, &[]),
        licences: known.licences.iter().filter_map(|text| Licence::read(text)).collect(),
        origin: "installed by a step of the build".into(),
        supplier: known.author.clone(),
        homepage: known.homepage.clone(),
        paths: vec![one.info.clone()],
        requires: one.requires.iter().map(|name| key(name)).collect(),
        ..Component::default()
    };
    if let Some(origin) = subject.of_base(&one.info) {
        component.origin = origin;
    } else if let Some(locked) = subject.locked.find(&one.name, &one.version) {
        let built = subject.text(&format!("{}/WHEEL", one.info)).map(|text| tags(&text)).unwrap_or_default();
        by_lock(&mut component, locked, &subject.locked.lock, &built);
    } else if let Some(direct) = direct {
        let url = without_login(&direct.url);
        match direct.vcs_info {
            Some(commit) => {
                component.address = repository(&url, &commit.commit_id);
                component.origin = format!("built from the commit {} of {url}", commit.commit_id);
            }
            None if url.starts_with("file://") => of_project(&mut component),
            None => {
                component.origin = format!("installed from {url}");
                component.address = url;
            }
        }
    } else if one.site == PROJECT {
        of_project(&mut component);
    }
    component
}

/// A package that lies in the project: no index has it, whatever it has of its name.
fn of_project(component: &mut Component) {
    component.origin = "built from a folder or an archive of the project".into();
    component.purl = purl("generic", "", &component.name, &component.version, &[]);
}

/// Where the lock says that a package comes from, and the hash of the archive that was installed, as far as that can be told.
fn by_lock(component: &mut Component, locked: &Package, lock: &str, built: &BTreeSet<String>) {
    if !locked.commit.is_empty() {
        component.address = repository(&locked.from, &locked.commit);
        component.origin = format!("locked in {lock}, built from the commit {} of {}", locked.commit, locked.from);
        component.purl = purl("pypi", "", &component.name, &component.version, &[("vcs_url", &component.address)]);
        return;
    }
    let fits = |archive: &&Archive| !tags_of(&archive.file).is_disjoint(built);
    let named: Vec<&Archive> = locked.archives.iter().filter(fits).collect();
    let source = || locked.archives.iter().find(|archive| !archive.file.is_empty() && tags_of(&archive.file).is_empty());
    let same = named.iter().find(|archive| tags_of(&archive.file) == *built);
    let only = match locked.archives.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let chosen = same.or(named.first()).copied().or(only).or_else(source);
    let from = if locked.from.is_empty() { String::new() } else { format!(" from {}", locked.from) };
    component.origin = format!("locked in {lock}, installed{from}");
    if !locked.from.is_empty() && locked.from.trim_end_matches('/') != INDEX && locked.from.contains("/simple") {
        component.purl = purl("pypi", "", &component.name, &component.version, &[("repository_url", &locked.from)]);
    }
    let Some(archive) = chosen else {
        if !locked.archives.is_empty() {
            let _ = write!(component.origin, ", as one of {} archives that the lock has hashes of", locked.archives.len());
            component.allowed = locked.archives.iter().filter_map(|archive| Hash::read(&archive.hash)).collect();
        }
        return;
    };
    if !archive.file.is_empty() {
        let built = if tags_of(&archive.file).is_empty() { "built from" } else { "as" };
        let _ = write!(component.origin, ", {built} {}", archive.file);
    }
    component.hashes = Hash::read(&archive.hash).into_iter().collect();
    component.address.clone_from(&archive.address);
}

fn repository(url: &str, commit: &str) -> String {
    // An account on a host is written before it, as in `ssh://git@host`, and a path behind a colon there.
    let url = if url.contains("://") { url.to_owned() } else { format!("ssh://{}", url.replacen(':', "/", 1)) };
    if commit.is_empty() { format!("git+{url}") } else { format!("git+{url}@{commit}") }
}

/// Shared libraries that an archive brought along beside its own modules, as tools that build them copy them in.
fn libraries(subject: &Subject<'_>, one: &Distribution, inventory: &Inventory, within: &str) -> Vec<Component> {
    let is_library = |path: &&String| {
        let (folder, name) = path.rsplit_once('/').unwrap_or_default();
        let copied = has_extension(folder, "libs") || folder.ends_with("/lib") || folder.ends_with("/.libs");
        name.contains(".so.") || (copied && name.starts_with("lib") && name.contains(".so"))
    };
    let own = |path: &&String| inventory.owners(path).first().is_some_and(|index| inventory.distributions[*index].info == one.info);
    let is_file = |path: &&String| subject.image.get(path).is_some_and(Entry::is_file);
    let component = |path: &String| Component {
        key: format!("file{path}"),
        kind: Kind::File,
        name: path.rsplit('/').next().unwrap_or_default().to_owned(),
        hashes: subject.hash(path),
        origin: format!("in the archive of {}", one.name),
        paths: vec![path.clone()],
        within: within.to_owned(),
        ..Component::default()
    };
    one.files.iter().filter(is_library).filter(own).filter(is_file).map(component).collect()
}

/// What a distribution's own bills of materials tell of what is inside of it (PEP 770).
fn embedded(subject: &Subject<'_>, one: &Distribution, within: &str) -> Vec<Component> {
    let folder = format!("{}/sboms", one.info);
    let mut found = vec![];
    for (path, _) in subject.image.below(&folder).filter(|(path, entry)| entry.is_file() && has_extension(path, "json")) {
        let bill: Value = subject.text(path).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        for told in bill["components"].as_array().into_iter().flatten() {
            let text = |key: &str| told[key].as_str().unwrap_or_default().to_owned();
            let (name, version, purl) = (text("name"), text("version"), text("purl"));
            // The distribution itself may be told of as well.
            if name.is_empty() || normalized(&name) == one.name {
                continue;
            }
            let origin = format!("inside of {}, as its own bill of materials tells", one.name);
            let paths = vec![path.to_owned()];
            let key = format!("inside/{}/{name}-{version}", one.name);
            found.push(Component { key, name, version, purl, origin, paths, within: within.to_owned(), ..Component::default() });
        }
    }
    found
}

/// Distributions that lie inside of others, which nobody imports by their names.
fn nested(subject: &Subject<'_>, inventory: &Inventory) -> Vec<Component> {
    let known: BTreeSet<&str> = inventory.distributions.iter().map(|one| one.info.as_str()).collect();
    let ends = [".dist-info/METADATA", ".egg-info/PKG-INFO", ".egg-info"];
    let notes = subject.image.iter().filter(|(path, entry)| entry.is_file() && ends.iter().any(|end| path.ends_with(end)));
    let mut found = vec![];
    for (path, _) in notes {
        let info = path.strip_suffix("/METADATA").or_else(|| path.strip_suffix("/PKG-INFO")).unwrap_or(path);
        let Some(about) = described(subject, info).filter(|_| !known.contains(info)) else { continue };
        let (Some(name), version) = (about.name.clone(), about.version.clone().unwrap_or_default()) else { continue };
        let owner = inventory.owners(path).first().map(|index| &inventory.distributions[*index]);
        let inside = owner.map(|owner| format!("inside of {}", owner.name));
        found.push(Component {
            key: owner.map_or_else(|| key(&name), |owner| format!("inside/{}/{name}-{version}", owner.name)),
            purl: purl("pypi", "", &name, &version, &[]),
            licences: about.licences.iter().filter_map(|text| Licence::read(text)).collect(),
            origin: subject.of_base(info).or(inside).unwrap_or_else(|| "among the files of the image".into()),
            supplier: about.author.clone(),
            homepage: about.homepage.clone(),
            paths: vec![info.to_owned()],
            within: owner.map(|owner| key(&owner.name)).unwrap_or_default(),
            name,
            version,
            ..Component::default()
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_hashes_without_names_each_is_told() {
        let archive = |hash: &str| Archive { hash: hash.to_owned(), ..Archive::default() };
        let two = format!("sha256:{}", "a1".repeat(32));
        let locked = |hashes: &[&str]| Package { archives: hashes.iter().map(|hash| archive(hash)).collect(), ..Package::default() };
        let told = |hashes: &[&str]| {
            let mut component = Component::default();
            by_lock(&mut component, &locked(hashes), "requirements.txt", &BTreeSet::from(["py3-none-any".to_owned()]));
            component
        };
        let one = format!("sha256:{}", "00".repeat(32));
        let component = told(&[&one, &two]);
        assert!(component.hashes.is_empty() && component.origin.ends_with("as one of 2 archives that the lock has hashes of"));
        assert_eq!(component.allowed.iter().map(|hash| &*hash.hex).collect::<Vec<_>>(), ["00".repeat(32), "a1".repeat(32)]);
        let component = told(&[&one]);
        assert_eq!((component.hashes.len(), component.allowed.len()), (1, 0));
    }
}
