//! A project by its files, and what is installed of its lock: what the tests of all readers begin with.

use std::collections::BTreeMap;

use super::{Answer, Ask, Kind, Libc, Reduced, Target, reduce};
use crate::diag::{Sink, Sources, render};

/// What most images are for.
pub(super) const LINUX: Target = Target { os: "linux", cpu: "x64", libc: Libc::Glibc };

/// A project.
pub(super) struct Project<'t> {
    pub(super) kind: Kind,
    /// The lock's name.
    pub(super) lock: &'static str,
    /// Its files.
    pub(super) files: BTreeMap<&'t str, String>,
    /// The folder of the service.
    pub(super) folder: &'t str,
    pub(super) target: Target,
    pub(super) development: bool,
}

impl<'t> Project<'t> {
    pub(super) fn new(kind: Kind, lock: &'static str, files: &[(&'t str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        Self { kind, lock, files, folder: "", target: LINUX, development: false }
    }

    /// The same with another text in a file.
    pub(super) fn with(&self, path: &'t str, from: &str, to: &str) -> Self {
        let mut files = self.files.clone();
        let text = files.get_mut(path).unwrap();
        assert!(text.contains(from), "{path} has no `{from}`:\n{text}");
        *text = text.replace(from, to);
        Self { files, ..*self }
    }

    /// What is installed; or what is wrong, each mistake with its code and its place.
    pub(super) fn reduce(&self) -> Result<Reduced, String> {
        let (mut sources, mut files, mut folders) = (Sources::default(), BTreeMap::new(), BTreeMap::new());
        let lock = sources.add(self.lock, "text", &self.files[self.lock]);
        for _ in 0..10 {
            let mut sink = Sink::default();
            let ask = Ask {
                kind: self.kind,
                lock,
                files: &files,
                folders: &folders,
                project: self.folder,
                target: self.target,
                development: self.development,
            };
            let answer = reduce(&ask, &sources, &mut sink);
            let found = sink.into_sorted();
            let said: String = found.iter().map(|found| render(found, &sources, false)).collect();
            match answer {
                None => {
                    assert!(!found.is_empty(), "nothing was said");
                    return Err(said);
                }
                Some(Answer::Reduced(reduced)) => {
                    assert!(found.is_empty(), "{said}");
                    return Ok(*reduced);
                }
                Some(Answer::Wanted(wanted)) => {
                    assert!(!wanted.files.is_empty() || !wanted.folders.is_empty(), "nothing is wanted");
                    for path in wanted.files {
                        let known = self.files.get(path.as_str()).map(|text| sources.add(&path, "text", text));
                        assert!(files.insert(path.clone(), known).is_none(), "{path} was asked for twice");
                    }
                    for folder in wanted.folders {
                        let inside = self.files.keys().filter_map(|path| {
                            if folder.is_empty() { Some(*path) } else { path.strip_prefix(folder.as_str())?.strip_prefix('/') }
                        });
                        let names = inside.map(|path| path.split('/').next().unwrap().to_owned()).collect();
                        assert!(folders.insert(folder.clone(), names).is_none(), "{folder} was asked for twice");
                    }
                }
            }
        }
        panic!("it never ends");
    }

    /// What is installed.
    pub(super) fn reduced(&self) -> Reduced {
        self.reduce().unwrap_or_else(|said| panic!("{said}"))
    }

    /// What is wrong.
    pub(super) fn refused(&self) -> String {
        match self.reduce() {
            Err(said) => said,
            Ok(reduced) => panic!("{reduced:?}"),
        }
    }
}

/// The packages, each as `name@version`.
pub(super) fn names(reduced: &Reduced) -> Vec<String> {
    reduced.packages.iter().map(|package| format!("{}@{}", package.name, package.version.as_deref().unwrap_or("-"))).collect()
}

/// The text of a file that is written.
pub(super) fn file<'r>(reduced: &'r Reduced, path: &str) -> &'r str {
    let found = reduced.files.iter().find(|(known, _)| known == path);
    found.map_or_else(|| panic!("{path} is not written: {:?}", paths(reduced)), |(_, text)| text.as_str())
}

/// The paths of what is written.
pub(super) fn paths(reduced: &Reduced) -> Vec<&str> {
    reduced.files.iter().map(|(path, _)| path.as_str()).collect()
}
