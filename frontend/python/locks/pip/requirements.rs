//! `requirements.txt` with all that it includes: whether it is a lock, and the one text it comes down to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::python::codes;
use crate::python::locks::Source;

use super::compile::{Asked, Compile, For, is_written_by_tool};
use super::line::{Line, Requirement, What, lines};
use super::{Local, Locked, Lookup, Pinned, Read, git, refuse_credentials};

/// Reads requirement files in their order, and what they include. Call it again once the files it wants were read.
pub fn requirements<'a>(asked: &[Asked], project: &For, lookup: &dyn Fn(&str) -> Lookup<'a>, sink: &mut Sink) -> Read {
    let mut reader = Reader::new(lookup, sink);
    reader.all(asked);
    if !reader.wanted.is_empty() {
        return Read::Wanted(reader.wanted);
    }
    let compile = Compile::of(asked, project, &reader.locked.indexes);
    reader.finish(compile)
}

/// The command that pins what some files ask for, whatever they pin by themselves. The error is what is still to be read.
pub fn compile<'a>(asked: &[Asked], project: &For, lookup: &dyn Fn(&str) -> Lookup<'a>) -> Result<Compile, BTreeSet<String>> {
    let mut sink = Sink::default();
    let mut reader = Reader::new(lookup, &mut sink);
    reader.all(asked);
    if reader.wanted.is_empty() { Ok(Compile::of(asked, project, &reader.locked.indexes)) } else { Err(reader.wanted) }
}

struct Reader<'r, 'a> {
    lookup: &'r dyn Fn(&str) -> Lookup<'a>,
    sink: &'r mut Sink,
    wanted: BTreeSet<String>,
    seen: BTreeSet<(String, bool)>,
    found: Vec<Found>,
    /// What constraint files pin.
    pins: BTreeMap<String, String>,
    /// What they say, line by line.
    constraints: BTreeSet<String>,
    locked: Locked,
}

/// A package that is asked for.
struct Found {
    requirement: Requirement,
    place: Place,
    /// Whether the file was written by a tool, which names all that it needs.
    compiled: bool,
}

/// A file that is being read: its path, its place among the sources, what it is for, and the lines that are left.
struct Open {
    path: String,
    file: FileId,
    constrains: bool,
    compiled: bool,
    lines: std::vec::IntoIter<Line>,
}

impl<'r, 'a> Reader<'r, 'a> {
    fn new(lookup: &'r dyn Fn(&str) -> Lookup<'a>, sink: &'r mut Sink) -> Self {
        Reader {
            lookup,
            sink,
            wanted: BTreeSet::new(),
            seen: BTreeSet::new(),
            found: vec![],
            pins: BTreeMap::new(),
            constraints: BTreeSet::new(),
            locked: Locked::default(),
        }
    }

    fn all(&mut self, asked: &[Asked]) {
        for item in asked {
            match item {
                Asked::File { path, constrains, place } => match (self.lookup)(path) {
                    Lookup::Text(text, file) => self.read(path, text, file, *constrains),
                    Lookup::Unasked => drop(self.wanted.insert(path.clone())),
                    Lookup::Absent => {
                        let found = Diagnostic::new(codes::NO_FILE, format!("there is no `{path}`"));
                        self.sink.push(place.iter().fold(found, |found, place| found.at(*place, "")));
                    }
                },
                Asked::Line { text, place } => {
                    for line in lines(text) {
                        self.line(line.what, "", *place, (false, false));
                    }
                }
            }
        }
    }

    /// Reads a file, and each that it includes where it does so. Files may include each other as deep as they like.
    fn read(&mut self, path: &str, text: &str, file: FileId, constrains: bool) {
        let mut stack: Vec<Open> = self.open(path, text, file, constrains).into_iter().collect();
        while let Some(top) = stack.last_mut() {
            let (Some(line), path, file, kind) = (top.lines.next(), top.path.clone(), top.file, (top.constrains, top.compiled)) else {
                stack.pop();
                continue;
            };
            let place = Place { file, start: line.range.start, end: line.range.end };
            stack.extend(self.line(line.what, &path, place, kind));
        }
    }

    fn open(&mut self, path: &str, text: &str, file: FileId, constrains: bool) -> Option<Open> {
        let is_new = self.seen.insert((path.to_owned(), constrains));
        let compiled = is_written_by_tool(text);
        is_new.then(|| Open { path: path.to_owned(), file, constrains, compiled, lines: lines(text).into_iter() })
    }

    /// Takes a line in; one that includes a file opens it.
    fn line(&mut self, what: What, path: &str, place: Place, (constrains, compiled): (bool, bool)) -> Option<Open> {
        match what {
            What::Include(other) => return self.include(path, &other, place, constrains),
            What::Constrain(other) => return self.include(path, &other, place, true),
            What::Index(url) => {
                refuse_credentials(&url, place, self.sink);
                self.locked.indexes.main = Some(url);
            }
            What::ExtraIndex(url) => {
                refuse_credentials(&url, place, self.sink);
                push_once(&mut self.locked.indexes.extra, url);
            }
            What::FindLinks(from) => self.find_links(from, path, place),
            What::NoIndex => self.locked.indexes.none = true,
            What::Harmless => {}
            What::StrayHash => {
                let found = Diagnostic::new(codes::STRAY_HASH, "this hash belongs to no package, and pip drops it").at(place, "");
                self.sink.push(found.help("end the line before it with `\\`; a comment in between ends the package's line"));
            }
            What::Unknown(option) => {
                let found = Diagnostic::new(codes::UNKNOWN_OPTION, format!("`{option}` is no option of a requirement file")).at(place, "");
                self.sink.push(found.help("remove the line; options of the build belong in the spec"));
            }
            What::Package(requirement) if constrains => {
                if let (Some(name), Some(version)) = (&requirement.name, pin(&requirement)) {
                    self.pins.insert(name.clone(), version.to_owned());
                }
                if let (Some(name), false) = (&requirement.name, requirement.specifier.is_empty()) {
                    let marker = requirement.marker.as_ref().map_or(String::new(), |marker| format!(" ; {marker}"));
                    self.constraints.insert(format!("{name}{}{marker}\n", requirement.specifier));
                }
            }
            What::Package(requirement) => self.found.push(Found { requirement, place, compiled }),
        }
        None
    }

    /// Takes in where files of packages lie: a page, or a folder of the project beside the file that names it.
    fn find_links(&mut self, from: String, path: &str, place: Place) {
        refuse_credentials(&from, place, self.sink);
        if from.contains("://") && !from.starts_with("file:") {
            push_once(&mut self.locked.indexes.find_links, from);
            return;
        }
        if let Some(folder) = beside(path, &from).filter(|folder| !folder.is_empty()) {
            push_once(&mut self.locked.indexes.folders, folder);
            return;
        }
        let found = Diagnostic::new(codes::BAD_PATH, format!("`{from}` is not a folder of the project")).at(place, "");
        let help = "put the files into a folder of the project, and name it beside this file, as in `--find-links ./wheels`";
        self.sink.push(found.help(help));
    }

    fn include(&mut self, from: &str, other: &str, place: Place, constrains: bool) -> Option<Open> {
        let Some(path) = beside(from, other) else {
            let found = Diagnostic::new(codes::BAD_PATH, format!("`{other}` is not a file of the project")).at(place, "");
            self.sink.push(found.help("include files by a path inside the project"));
            return None;
        };
        match (self.lookup)(&path) {
            Lookup::Text(text, file) => return self.open(&path, text, file, constrains),
            Lookup::Unasked => drop(self.wanted.insert(path)),
            Lookup::Absent => {
                let found = Diagnostic::new(codes::NO_FILE, format!("there is no `{path}`")).at(place, "included here");
                self.sink.push(found.help("add it, and see that .dockerignore does not leave it out"));
            }
        }
        None
    }

    fn finish(mut self, compile: Compile) -> Read {
        let mut entries = Entries::new();
        let mut unpinned: Option<Diagnostic> = None;
        let found = std::mem::take(&mut self.found);
        self.locked.loose = found.iter().find(|f| !f.compiled && !is_local(&f.requirement)).map(|f| f.place);
        self.locked.is_compiled = self.locked.loose.is_none();
        for Found { requirement, place, .. } in found {
            match &requirement.reference {
                Some(reference) if reference.starts_with('/') || reference.starts_with("file:///") => {
                    let message = format!("`{reference}` is on one machine, where no build sees it");
                    let found = Diagnostic::new(codes::OUTSIDE_CONTEXT, message).at(place, "");
                    self.sink.push(found.help("name it inside the project, as in `-e ./libs/common`"));
                }
                Some(reference) if is_local(&requirement) => self.locked.locals.push(Local {
                    path: reference.strip_prefix("file:").unwrap_or(reference).to_owned(),
                    extras: requirement.extras,
                    marker: requirement.marker,
                    place,
                }),
                Some(reference) => {
                    refuse_credentials(reference, place, self.sink);
                    let source = git(reference).unwrap_or_else(|| Source::Url(reference.clone()));
                    self.moving(&source, place);
                    let prefix = requirement.name.as_ref().map_or(String::new(), |n| format!("{n}{} @ ", bracketed(&requirement.extras)));
                    let subject = format!("{prefix}{reference}");
                    add(&mut entries, &subject, (None, source), requirement, place);
                }
                None => {
                    let Some(name) = requirement.name.clone() else {
                        let found = Diagnostic::new(codes::BAD_REQUIREMENT, "this line names no package and no file").at(place, "");
                        self.sink.push(found.help("write `name==version`, a path such as `./libs/common`, or `name @ https://…`"));
                        continue;
                    };
                    let own = pin(&requirement).map(str::to_owned);
                    let Some(version) = own.clone().or_else(|| self.pins.get(&name).cloned()) else {
                        unpinned = unpinned.or_else(|| Some(not_pinned(&compile, &name, place)));
                        continue;
                    };
                    // What a constraint pins has to be what the line asks for as well; the installer holds one against the other.
                    let also = Some(&requirement.specifier).filter(|asked| own.is_none() && !asked.is_empty());
                    let also = also.map_or(String::new(), |asked| format!("{asked},"));
                    let subject = format!("{name}{}{also}=={version}", bracketed(&requirement.extras));
                    add(&mut entries, &subject, (Some(version), Source::Index(None)), requirement, place);
                }
            }
        }
        if let Some(found) = unpinned {
            self.sink.push(found);
        }
        self.two_versions(&entries);
        if self.sink.has_errors() {
            return Read::Refused;
        }
        self.locked.is_hashed = entries.values().all(|(hashes, _)| !hashes.is_empty());
        let bare = entries.values().find(|(hashes, _)| hashes.is_empty());
        if let Some((_, pinned)) = bare.filter(|_| entries.values().any(|(hashes, _)| !hashes.is_empty())) {
            let found = Diagnostic::new(codes::MISSING_HASH, format!("`{}` has no hash, and other packages have", pinned.name));
            self.sink.push(found.at(pinned.place, "").help(format!("write a file with all of them: `{}`", compile.command())));
        }
        if !self.locked.is_compiled && !self.locked.is_hashed {
            self.locked.constraints = self.constraints.into_iter().collect();
        }
        self.locked.text = self.locked.indexes.lines();
        for (line, (hashes, mut pinned)) in entries {
            pinned.lines.start = self.locked.text.len();
            self.locked.text.push_str(&line);
            for hash in &hashes {
                let _ = write!(self.locked.text, " \\\n    --hash={hash}");
            }
            self.locked.text.push('\n');
            pinned.lines.end = self.locked.text.len();
            self.locked.packages.push(pinned);
        }
        self.locked.compile = Some(compile);
        Read::Locked(Box::new(self.locked))
    }

    /// Two versions of a package can never be installed together.
    fn two_versions(&mut self, entries: &Entries) {
        let mut always: BTreeMap<&str, &Pinned> = BTreeMap::new();
        for (_, pinned) in entries.values().filter(|(_, pinned)| pinned.marker.is_none()) {
            let Some(version) = &pinned.version else { continue };
            let Some(first) = always.insert(&pinned.name, pinned) else { continue };
            let same = |text: &str| text.trim_end_matches(".0").to_owned();
            let Some(other) = first.version.as_ref().filter(|other| same(other) != same(version)) else { continue };
            let mut both = [(first.place, other), (pinned.place, version)];
            both.sort();
            let [(first, other), (second, version)] = both;
            let found = Diagnostic::new(codes::TWO_VERSIONS, format!("`{}` is pinned to {other} and to {version}", pinned.name));
            self.sink.push(found.at(second, "").at(first, "").help("keep one of them"));
        }
    }

    /// A branch or a tag can move under a lock.
    fn moving(&mut self, source: &Source, place: Place) {
        let Source::Git { commit, .. } = source else { return };
        let commit = commit.as_deref().unwrap_or_default();
        if commit.len() < 40 || !commit.chars().all(|c| c.is_ascii_hexdigit()) {
            let found =
                Diagnostic::new(codes::MOVING_REFERENCE, "this does not name a commit, so the same lock may install something else");
            self.sink.push(found.at(place, "").help("write the commit's 40 digits behind `@`"));
        }
    }
}

/// A line's hashes and its package, by its text.
type Entries = BTreeMap<String, (Vec<String>, Pinned)>;

/// Takes a line in; one that is there already lends its hashes.
fn add(entries: &mut Entries, subject: &str, (version, source): (Option<String>, Source), requirement: Requirement, place: Place) {
    let Requirement { name, marker, hashes: more, via, .. } = requirement;
    let name = name.unwrap_or_else(|| subject.to_owned());
    let line = marker.as_ref().map_or_else(|| subject.to_owned(), |marker| format!("{subject} ; {marker}"));
    let pinned = || Pinned { name, version, source, marker, files: vec![], archives: vec![], via: vec![], lines: 0..0, place };
    let (hashes, known) = entries.entry(line).or_insert_with(|| (vec![], pinned()));
    known.via.extend(via);
    hashes.extend(more);
    hashes.sort();
    hashes.dedup();
}

fn not_pinned(compile: &Compile, name: &str, place: Place) -> Diagnostic {
    let found = Diagnostic::new(codes::NOT_PINNED, format!("`{name}` has no exact version, so nothing says what is installed"));
    found
        .at(place, "the first such line")
        .help(format!("pin everything: `{}`, or `distil lock`", compile.command()))
        .help(format!("and name that file in the spec: `requirements: {}`", compile.path()))
}

/// Whether it is a folder or an archive of the project.
fn is_local(requirement: &Requirement) -> bool {
    requirement.reference.as_ref().is_some_and(|reference| !reference.contains("://"))
}

/// The exact version that a specifier leaves.
fn pin(requirement: &Requirement) -> Option<&str> {
    let version = requirement.specifier.strip_prefix("===").or_else(|| requirement.specifier.strip_prefix("=="))?;
    let exact = !version.is_empty() && !version.contains([',', '*', '<', '>', '=', '~']);
    exact.then_some(version)
}

fn bracketed(extras: &[String]) -> String {
    if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) }
}

fn push_once(list: &mut Vec<String>, value: String) {
    if !list.contains(&value) {
        list.push(value);
    }
}

/// A path as the file that names it sees it; `None` when it leads out of the project.
pub(super) fn beside(from: &str, other: &str) -> Option<String> {
    if other.starts_with('/') || other.contains("://") || other.is_empty() {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in other.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
