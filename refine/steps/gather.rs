//! Files of any kind of service as they ship: at their places in the image, without what is left out, stripped, with the shared
//! libraries that they need, in layers, and with notes of all that. Knows no language.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::diag::codes;
use crate::language::Language;
use crate::libraries;
use crate::proof::Finding;
use crate::requests::{Gather, Runtime};
use crate::tree::{Kind, Tree};

use super::closure::{self, count, describe_brought};
use super::notes::{self, Gathered, megabytes};
use super::output::Output;
use super::{Problem, builder, left_out, progress, read, system};

/// The layer of everything that no key puts elsewhere.
const APPLICATION: &str = "application";
/// Permission bits that no file of a service needs: to run as somebody else, and to be written by everybody.
const SETUID_OR_WORLD_WRITABLE: u32 = 0o6002;
/// The loader of musl, which has no cache.
const MUSL: &str = "/lib/ld-musl-";

pub use super::left_out::Judged;

/// The lines that a person should know; the layers and the notes of them are written to `request.out`.
pub fn gather(request: &Gather, language: &dyn Language) -> Result<Vec<String>, Problem> {
    gather_judged(request, &Judged::nothing(), language)
}

/// The same, by whoever knows what the files are.
pub fn gather_judged(request: &Gather, judged: &Judged<'_>, language: &dyn Language) -> Result<Vec<String>, Problem> {
    let builder = if request.libraries.0 { builder()? } else { Tree::default() };
    gather_from(request, judged, &builder, language)
}

/// The same, with libraries from this tree.
fn gather_from(request: &Gather, judged: &Judged<'_>, builder: &Tree, language: &dyn Language) -> Result<Vec<String>, Problem> {
    check(request)?;
    let output = Output::new(&request.out)?;
    let base = read(&request.base.display().to_string(), "/")?;
    let mut notes = Gathered::default();
    let mut shipped = read(&request.added.display().to_string(), "/")?;
    let added: BTreeSet<String> = shipped.iter().map(|(path, _)| path.to_owned()).collect();
    for (from, to) in &request.files {
        shipped.extend(taken(from, to)?);
    }
    if request.prune.0 {
        left_out::leave_out(request, judged, &added, &mut shipped, &mut notes);
    }
    let mut taken = Tree::default();
    if request.minimal {
        taken = system::ground(&output, Runtime::Minimal)?;
    }
    let mut brought = BTreeSet::new();
    if request.libraries.0 {
        progress(shipped.size(), &format!("looking for the shared libraries of {}", megabytes(shipped.size())));
        let closure = closure::find(&shipped, &base, builder, &[], language);
        closure::check(&closure)?;
        let data = closure.data.iter().map(|(path, _)| path.as_str());
        let paths: Vec<&str> = closure.brought.iter().map(|b| b.from.as_str()).chain(data).chain(taken.iter().map(|(p, _)| p)).collect();
        let owners = system::records(&output, builder, &base, &paths)?;
        notes.brought = describe_brought(&closure, &owners);
        notes.absent = closure::absent(&closure);
        notes.warnings.extend(closure::unreadable(&closure));
        let libraries = closure.tree();
        brought.extend(libraries.iter().map(|(path, _)| path.to_owned()));
        shipped.extend(libraries);
        if !closure.brought.is_empty() && !closure.image.iter().any(|(path, _)| path.starts_with(MUSL)) {
            output.text(system::LAYER, "/etc/ld.so.cache", &libraries::cache(&closure.image, &closure.folders))?;
        }
    }
    let is_system = |path: &str| brought.contains(path) || added.contains(path);
    let layer_of = |path: &str| match deepest(request.layer.iter().map(|(path, layer)| (path.as_str(), layer.as_str())), path) {
        _ if is_system(path) => system::LAYER.to_owned(),
        Some(layer) => layer.to_owned(),
        None => APPLICATION.to_owned(),
    };
    for layer in [APPLICATION, system::LAYER].into_iter().chain(request.layer.iter().map(|(_, layer)| layer.as_str())) {
        output.layer(layer)?;
    }
    notes.stripped = count(output.write(&shipped, &layer_of, request.strip.0)?);
    if let Some(user) = request.user {
        system::users(&output, &base, user, request.home.as_deref().unwrap_or("/"))?;
    }
    notes.parts = parts(request, &brought, &added, &layer_of);
    notes::write(&request.out, &notes)?;
    Ok(lines(&notes))
}

/// Refuses places and layers that cannot be meant.
fn check(request: &Gather) -> Result<(), Problem> {
    let bad = |message: String| Err(Finding::new(codes::BAD_STEP, "", message).into());
    for to in request.files.iter().map(|(_, to)| to).chain(request.layer.iter().map(|(path, _)| path)) {
        let parts: Vec<&str> = to.split('/').collect();
        if !to.starts_with('/') || parts.len() < 2 || parts[1..].iter().any(|part| part.is_empty() || [".", ".."].contains(part)) {
            return bad(format!("`{to}` is not a place in the image: write the whole path, as `/app`, without a slash at its end"));
        }
    }
    for (_, layer) in &request.layer {
        if layer.is_empty() || layer.starts_with('-') || !layer.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return bad(format!("`{layer}` is not the name of a layer: write small letters, digits and `-`"));
        }
    }
    Ok(())
}

/// A file or folder of this stage at its place in the image, without bits that nothing of a service needs.
fn taken(from: &str, to: &str) -> Result<Tree, Problem> {
    let disk = match std::fs::canonicalize(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = format!(
                "there is no `{from}` in this stage, and `{to}` is to be made of it\n  help: see where the step before leaves it, and name \
                 that path under `files`"
            );
            return Err(Finding::new(codes::NOTHING_TO_GATHER, from, message).into());
        }
        found => found.map_err(|error| super::output::about(from.as_ref(), &error))?,
    };
    let mut tree = Tree::default();
    for (path, entry) in Tree::read(&disk, to)?.iter() {
        let mode = if entry.kind == Kind::Directory || entry.is_file() { entry.mode & !SETUID_OR_WORLD_WRITABLE } else { entry.mode };
        tree.insert(path, crate::tree::Entry { mode, ..entry.clone() });
    }
    Ok(tree)
}

/// What belongs to the innermost of these places that a path is at or below.
fn deepest<'p>(places: impl Iterator<Item = (&'p str, &'p str)>, path: &str) -> Option<&'p str> {
    let holds = |place: &str| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    places.filter(|(place, _)| holds(place)).max_by_key(|(place, _)| place.len()).map(|(_, what)| what)
}

/// Which layer the files at and below each place are in.
fn parts(
    request: &Gather,
    brought: &BTreeSet<String>,
    added: &BTreeSet<String>,
    layer_of: &dyn Fn(&str) -> String,
) -> BTreeMap<String, String> {
    let places = request.files.iter().map(|(_, to)| to).chain(request.layer.iter().map(|(path, _)| path)).chain(brought);
    let mut parts: BTreeMap<String, String> = places.map(|place| (place.clone(), layer_of(place))).collect();
    parts.extend(added.iter().filter(|path| path.as_str() != "/").map(|path| (path.clone(), system::LAYER.to_owned())));
    parts
}

fn lines(notes: &Gathered) -> Vec<String> {
    let mut lines = vec![];
    for (name, pruned) in notes.pruned.iter().filter(|(_, pruned)| pruned.bytes > 0) {
        let what = if pruned.switch.is_empty() { format!("`{name}`") } else { format!("{} (`{name}`)", pruned.what) };
        lines.push(format!("{what}: {} files, {}", pruned.files, megabytes(pruned.bytes)));
    }
    lines.extend(closure::lines(&notes.stripped, &notes.brought));
    lines.extend(notes.warnings.iter().cloned());
    lines
}

impl Gathered {
    /// The layer that a file of the image is of, where it was gathered.
    #[must_use]
    pub fn part(&self, path: &str) -> Option<&str> {
        deepest(self.parts.iter().map(|(place, layer)| (place.as_str(), layer.as_str())), path)
    }
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
