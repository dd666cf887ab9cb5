//! From files of pip's to what is installed: the text without what is left out, and the packages as every manager has them.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Sink};
use crate::python::codes;
use crate::python::cuda;
use crate::python::locks::left_out::{self, Askers};
use crate::python::locks::set::{is_wheel, series};
use crate::python::locks::{
    Archive, Files, Index, InstallSet, List, LocalKind, LocalPackage, Missing, Package, Repository, Requirements, Source, Torch, Wheel,
};
use crate::python::pep::grid::Grid;
use crate::python::pep::{Marker, normalized};

use super::{Local, Locked, Pinned};

impl Locked {
    /// What is installed. `None` when that cannot be said; the sink says why.
    pub fn install_set(&self, torch: Torch, sink: &mut Sink) -> Option<InstallSet> {
        let mut packages: Vec<Package> = self.packages.iter().map(|pinned| self.package(pinned)).collect();
        let has_torch = packages.iter().any(Package::is_torch);
        let missing = match torch {
            Torch::Cpu => left_out::take(&mut packages, &|name| self.askers(name)),
            Torch::Keep => Missing::default(),
        };
        let is_standard = self.compile.is_none();
        let mut text = self.without(&missing.names(), sink)?;
        if is_standard && packages.is_empty() {
            // uv takes no lock without packages.
            text.clear();
        }
        let is_complete = self.is_compiled || self.is_hashed;
        if !is_complete {
            // What is installed before holds for what is resolved here, as long as it is named.
            text.extend(missing.builds().into_iter().map(|build| build + "\n"));
        }
        let prefix = if self.constraints.is_empty() { "" } else { "-c constraints.txt\n" };
        let list = List {
            name: if is_standard { "pylock.toml" } else { "requirements.txt" }.to_owned(),
            text: format!("{prefix}{text}"),
            index: self.indexes.main.clone().map_or(Index::Default, Index::At),
            // A pylock.toml carries its hashes with every file, and uv always checks them.
            is_hashed: self.is_hashed && !is_standard,
        };
        let files = Files::Requirements(Requirements {
            lists: vec![list].into_iter().filter(|list| !list.text.trim().is_empty()).collect(),
            constraints: self.constraints.clone(),
            folders: self.indexes.folders.clone(),
            indexes: self.indexes.extra.clone(),
            is_complete,
        });
        let git = Repository::of(&packages);
        Some(InstallSet { packages, locals: self.locals.iter().map(Local::package).collect(), git, files, missing, has_torch })
    }

    fn package(&self, pinned: &Pinned) -> Package {
        let source = match &pinned.source {
            Source::Index(None) => Source::Index(self.index()),
            other => other.clone(),
        };
        let is_told = !pinned.files.is_empty();
        let wheels = pinned.files.iter().filter(|(name, _)| is_wheel(name)).map(|(name, size)| Wheel::at(name, *size));
        let marker = pinned.marker.as_deref().map(Marker::read);
        let archives = if pinned.archives.is_empty() { self.hashes(pinned) } else { pinned.archives.clone() };
        Package {
            name: pinned.name.clone(),
            version: pinned.version.clone(),
            wheels: wheels.filter(Wheel::is_for_linux).collect(),
            has_sdist: match &source {
                Source::Git { .. } => Some(true),
                _ => is_told.then(|| pinned.files.iter().any(|(name, _)| !is_wheel(name))),
            },
            source,
            archives: archives.into_iter().filter(Archive::is_for_linux).collect(),
            grid: marker.map_or(Grid::ALL, |marker| series(|minor| marker.may_hold(minor))),
            marker: pinned.marker.clone(),
            place: pinned.place,
        }
    }

    /// The hashes that a requirement file has of a package, which say nothing of the archives that they are of.
    fn hashes(&self, pinned: &Pinned) -> Vec<Archive> {
        let lines = self.text.get(pinned.lines.clone()).unwrap_or_default();
        let words = lines.split_whitespace().filter_map(|word| word.strip_prefix("--hash="));
        words.map(|hash| Archive { hash: hash.to_owned(), ..Archive::default() }).collect()
    }

    /// The index that a package comes from of which nothing is said: of several the one that has builds for the processor, since
    /// further ones go before the main one.
    fn index(&self) -> Option<String> {
        let all = || self.indexes.extra.iter().chain(&self.indexes.main);
        all().find(|url| cuda::is_for_cpu(None, Some(url))).or(self.indexes.main.as_ref()).cloned()
    }

    /// Who asks for a package, as the tool that wrote the file notes.
    fn askers(&self, name: &str) -> Askers {
        let notes: Vec<&String> = self.packages.iter().filter(|pinned| pinned.name == name).flat_map(|pinned| &pinned.via).collect();
        let is_project = |note: &&&String| note.contains(char::is_whitespace) && !note.starts_with("-c");
        match notes.iter().find(is_project) {
            _ if notes.is_empty() => Askers::Unknown,
            Some(_) => Askers::Project,
            None => Askers::Packages(notes.iter().filter(|note| !note.starts_with('-')).map(|note| normalized(note)).collect()),
        }
    }

    /// The text without some packages.
    fn without(&self, names: &BTreeSet<String>, sink: &mut Sink) -> Option<String> {
        let gone: Vec<&Pinned> = self.packages.iter().filter(|pinned| names.contains(&pinned.name)).collect();
        if let Some(pinned) = gone.iter().find(|pinned| pinned.lines.is_empty()) {
            let message = format!("`{}` cannot be taken out of the file, since it is no table of its own", pinned.name);
            let found = Diagnostic::new(codes::UNREADABLE_PACKAGE, message).at(pinned.place, "");
            sink.push(found.help("let a tool write the file, as in `uv export --format pylock.toml`"));
            return None;
        }
        Some(super::cut(&self.text, &mut gone.iter().map(|pinned| pinned.lines.clone()).collect::<Vec<_>>()))
    }
}

impl Local {
    fn package(&self) -> LocalPackage {
        let is_archive = [".whl", ".tar.gz", ".zip"].iter().any(|end| self.path.ends_with(end));
        let kind = if is_archive { LocalKind::Archive } else { LocalKind::Directory };
        LocalPackage { name: self.path.clone(), path: self.path.clone(), kind, place: self.place }
    }
}
