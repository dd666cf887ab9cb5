//! Whether what was installed is what the packages' own lists (`RECORD`) say. Two packages may bring the same file; then either's
//! word for it is good. Files are read once, by all processors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use crate::python::pep::normalized;
use crate::python::refine::packages::record;

/// A file that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wrong {
    /// The package that lists it; empty where none can be named.
    pub package: String,
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// It is not there, or no regular file.
    Missing,
    /// It has this hash, which nobody lists.
    Differs(String),
    /// It is code that nobody lists.
    Unlisted,
}

/// The names in a site folder: what is there before an installation is not looked at afterwards.
pub(super) fn listed(site: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let entries = match fs::read_dir(site) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        entries => entries?,
    };
    entries.map(|entry| Ok(entry?.path())).collect()
}

/// What is wrong with the packages of a site folder whose list was not there before, in the order of packages and paths.
pub(crate) fn verify(site: &Path, before: &BTreeSet<PathBuf>) -> io::Result<Vec<Wrong>> {
    let mut files: BTreeMap<String, Vec<(String, Option<String>)>> = BTreeMap::new();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let base = site.display().to_string();
    for info in listed(site)?.into_iter().filter(|path| !before.contains(path)) {
        let Some(package) = info.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".dist-info")) else { continue };
        let package = normalized(package.split('-').next().unwrap_or(package));
        let Ok(text) = fs::read(info.join("RECORD")) else { continue };
        for (path, hash) in record::hashes(&String::from_utf8_lossy(&text), &base) {
            if let Some(top) = path.strip_prefix(&base).and_then(|rest| rest.split('/').nth(1)) {
                owners.entry(top.to_owned()).or_insert_with(|| package.clone());
            }
            files.entry(path).or_default().push((package.clone(), hash));
        }
    }
    let mut wrong = compare(&files)?;
    if !files.is_empty() {
        wrong.extend(unlisted(site, before, &files, &owners)?);
    }
    wrong.sort_by(|a, b| (a.package.is_empty(), a).cmp(&(b.package.is_empty(), b)));
    Ok(wrong)
}

/// A file and what each package that lists it says of it.
type Listed<'f> = (&'f String, &'f Vec<(String, Option<String>)>);

fn compare(files: &BTreeMap<String, Vec<(String, Option<String>)>>) -> io::Result<Vec<Wrong>> {
    let all: Vec<Listed<'_>> = files.iter().collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new((vec![], None)));
    let work = || {
        let mut buffer = vec![0; 1 << 18];
        while let Some(listed) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = compare_one(*listed, &mut buffer);
            let Ok(mut found) = found.lock() else { return };
            match outcome {
                Ok(wrong) => found.0.extend(wrong),
                Err(error) => found.1 = Some(error),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    match found.into_inner() {
        Ok((_, Some(error))) => Err(error),
        Ok((wrong, None)) => Ok(wrong),
        Err(_) => Err(io::Error::other("a thread ended early")),
    }
}

fn compare_one((path, said): Listed<'_>, buffer: &mut [u8]) -> io::Result<Option<Wrong>> {
    let path = PathBuf::from(path);
    let package = said[0].0.clone();
    match fs::symlink_metadata(&path) {
        Ok(about) if about.is_file() => {}
        // Bytecode is made when something is imported; nobody lists a hash of it.
        _ if said.iter().all(|(_, hash)| hash.is_none()) => return Ok(None),
        Ok(_) => return Ok(Some(Wrong { package, path, fault: Fault::Missing })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Wrong { package, path, fault: Fault::Missing })),
        Err(error) => return Err(error),
    }
    let hashes: Vec<&str> = said.iter().filter_map(|(_, hash)| hash.as_deref()?.strip_prefix("sha256=")).collect();
    if hashes.is_empty() {
        return Ok(None);
    }
    let hash = hash(&path, buffer).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    let is_right = hashes.iter().any(|listed| listed.trim_end_matches('=') == hash);
    Ok((!is_right).then_some(Wrong { package, path, fault: Fault::Differs(hash) }))
}

/// A file's SHA-256 as `RECORD` has it: base64 for addresses, without padding.
fn hash(path: &Path, buffer: &mut [u8]) -> io::Result<String> {
    let (mut file, mut digest) = (File::open(path)?, Sha256::new());
    loop {
        let length = file.read(buffer)?;
        if length == 0 {
            break;
        }
        digest.update(&buffer[..length]);
    }
    Ok(BASE64URL_NOPAD.encode(&digest.finalize()))
}

/// Code that came along and that nobody lists. It would be imported like any other.
fn unlisted(
    site: &Path,
    before: &BTreeSet<PathBuf>,
    files: &BTreeMap<String, Vec<(String, Option<String>)>>,
    owners: &BTreeMap<String, String>,
) -> io::Result<Vec<Wrong>> {
    let mut open: Vec<PathBuf> = listed(site)?.into_iter().filter(|path| !before.contains(path)).collect();
    let mut found = vec![];
    while let Some(path) = open.pop() {
        let kind = fs::symlink_metadata(&path)?.file_type();
        if kind.is_dir() {
            open.extend(listed(&path)?);
            continue;
        }
        let is_code = path.extension().and_then(|e| e.to_str()).is_some_and(|e| ["py", "pth", "so"].contains(&e));
        // The environment's own, which uv puts into every one.
        let own = path.parent() == Some(site) && path.file_stem().is_some_and(|stem| stem == "_virtualenv");
        if is_code && !own && !files.contains_key(&path.display().to_string()) {
            let top = path.strip_prefix(site).ok().and_then(|rest| rest.iter().next()?.to_str()).unwrap_or_default();
            found.push(Wrong { package: owners.get(top).cloned().unwrap_or_default(), path, fault: Fault::Unlisted });
        }
    }
    Ok(found)
}

/// One sentence about what is wrong: the first file, and how many more.
pub(super) fn said(wrong: &[Wrong]) -> String {
    let Some(first) = wrong.first() else { return String::new() };
    let path = first.path.display();
    let package = if first.package.is_empty() { "a package" } else { &first.package };
    let what = match &first.fault {
        Fault::Missing => format!("{package} lists {path}, which is not there"),
        Fault::Differs(_) => format!("{path} is not what {package} lists"),
        Fault::Unlisted => format!("{path} came with {package}, which does not list it"),
    };
    let more = match wrong.len() {
        1 => String::new(),
        2 => ", and one more file is wrong".to_owned(),
        count => format!(", and {} more files are wrong", count - 1),
    };
    format!("{what}{more}")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// A package of files and what its list says of them.
    fn package(site: &Path, name: &str, files: &[(&str, &str, &str)]) {
        let info = site.join(format!("{name}-1.0.dist-info"));
        fs::create_dir_all(&info).expect("a folder of the test's own");
        let mut record = format!("{name}-1.0.dist-info/RECORD,,\n");
        for (path, content, listed) in files {
            let disk = site.join(path);
            fs::create_dir_all(disk.parent().expect("it has one")).expect("a folder of the test's own");
            fs::write(disk, content).expect("a folder of the test's own");
            writeln!(record, "{path},{listed},1").expect("a string takes everything");
        }
        fs::write(info.join("RECORD"), record).expect("a folder of the test's own");
    }

    const ABC: &str = "sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";

    fn faults(site: &Path, before: &BTreeSet<PathBuf>) -> Vec<(String, String, String)> {
        let found = verify(site, before).expect("all can be read");
        let name = |w: &Wrong| w.path.strip_prefix(site).map_or_else(|_| w.path.display().to_string(), |p| p.display().to_string());
        let fault = |w: &Wrong| format!("{:?}", w.fault).split('(').next().unwrap_or_default().to_owned();
        found.iter().map(|w| (w.package.clone(), name(w), fault(w))).collect()
    }

    #[test]
    fn files_are_held_against_the_list() {
        let folder = tempfile::tempdir().expect("a folder");
        let site = folder.path();
        package(site, "Good_One", &[("a/b.py", "abc", ABC), ("a/data", "any", ""), ("../bin/tool", "abc", ABC)]);
        assert_eq!(faults(site, &BTreeSet::new()), []);
        fs::write(site.join("a/b.py"), "abd").expect("a folder of the test's own");
        let fault = |fault: &str| [("good-one".to_owned(), "a/b.py".to_owned(), fault.to_owned())];
        assert_eq!(faults(site, &BTreeSet::new()), fault("Differs"));
        fs::remove_file(site.join("a/b.py")).expect("it is there");
        assert_eq!(faults(site, &BTreeSet::new()), fault("Missing"));
        assert_eq!(faults(site, &listed(site).expect("it is there")), [], "what was there before is not this installation's");
    }

    #[test]
    fn a_file_of_two_packages_is_what_either_says() {
        let folder = tempfile::tempdir().expect("a folder");
        package(folder.path(), "one", &[("cv/x.py", "other", "sha256=AAAA")]);
        package(folder.path(), "two", &[("cv/x.py", "abc", ABC)]);
        assert_eq!(faults(folder.path(), &BTreeSet::new()), []);
    }

    #[test]
    fn code_that_nobody_lists_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let site = folder.path();
        package(site, "one", &[("one/x.py", "abc", ABC)]);
        for (file, content) in
            [("_virtualenv.py", ""), ("_virtualenv.pth", ""), ("evil.pth", "import os"), ("one/y.py", ""), ("one/z.txt", "")]
        {
            fs::write(site.join(file), content).expect("a folder of the test's own");
        }
        let unlisted = |package: &str, path: &str| (package.to_owned(), path.to_owned(), "Unlisted".to_owned());
        assert_eq!(faults(site, &BTreeSet::new()), [unlisted("one", "one/y.py"), unlisted("", "evil.pth")]);
    }

    #[test]
    fn nothing_installed_is_nothing_wrong() {
        assert_eq!(faults(Path::new("/no/such/folder"), &BTreeSet::new()), []);
    }
}
