//! The project's files from disk, as facts ask for them.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use crate::emit::context::DEFAULT_IGNORES;
use crate::facts::{Files, IGNORE, Ignore, LIMIT, Shapes, Wanted, join, leaves_out, too_large};

/// Reads what facts want to know of a folder and of a spec. The error names the file.
pub(super) fn read(folder: &Path, spec: &Path, wanted: &Wanted, files: &mut Files) -> anyhow::Result<()> {
    for path in &wanted.read {
        files.answer(path, content(&folder.join(path))?);
    }
    if let (Some(part), Some(shapes)) = (&wanted.modules_of, wanted.shapes) {
        let found = modules(&folder.join(part), shapes).with_context(|| format!("the folder `{}` cannot be read", folder.display()))?;
        files.found_modules(found);
    }
    if let Some(part) = &wanted.names_of {
        let there = folder.join(part);
        let names = names(&there).with_context(|| format!("the folder `{}` cannot be read", there.display()))?;
        let ignore = ignore(folder, spec)?;
        let large = names.iter().filter_map(|name| Some((name, std::fs::symlink_metadata(there.join(name)).ok()?)));
        let large = large.filter(|(_, about)| about.is_file()).map(|(name, about)| (join(part, name), about.len()));
        let out = ignore.patterns();
        files.found_large(&BTreeSet::new(), large.filter(|(path, _)| !leaves_out(out.iter().map(String::as_str), path)));
        files.found_names(part, if part == "." { ignore.sent(names) } else { names });
        files.found_ignore(ignore);
    }
    if !wanted.sizes_of.0.is_empty() {
        let ignore = ignore(folder, spec)?;
        let out: Vec<String> = DEFAULT_IGNORES.iter().map(|pattern| (*pattern).to_owned()).chain(ignore.patterns()).collect();
        files.found_large(&wanted.sizes_of.0, wanted.sizes_of.0.iter().flat_map(|part| sizes(folder, part, &out)));
    }
    if !wanted.near.is_empty() {
        files.found_near(wanted.near.iter().flat_map(|part| files_in(folder, part)).collect());
    }
    Ok(())
}

/// The bytes of the files below a part of the project's folder, without what is left out. What cannot be looked at has none.
fn sizes(folder: &Path, part: &str, out: &[String]) -> Vec<(String, u64)> {
    let (mut open, mut found) = (vec![part.to_owned()], vec![]);
    while let Some(path) = open.pop() {
        if path != "." && leaves_out(out.iter().map(String::as_str), &path) {
            continue;
        }
        let there = if path == "." { folder.to_owned() } else { folder.join(&path) };
        let Ok(about) = std::fs::symlink_metadata(&there) else { continue };
        if about.is_file() {
            found.push((path, about.len()));
        } else if about.is_dir() {
            open.extend(
                names(&there).unwrap_or_default().into_iter().map(|name| if path == "." { name } else { format!("{path}/{name}") }),
            );
        }
    }
    found
}

/// The names of what lies in a folder; none where there is no such folder.
fn names(folder: &Path) -> io::Result<BTreeSet<String>> {
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        found => found?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect(),
    }
}

/// What a build leaves out: the spec's own ignore file, else the context's.
fn ignore(folder: &Path, spec: &Path) -> anyhow::Result<Ignore> {
    let own = format!("{}{IGNORE}", spec.file_name().unwrap_or_default().to_string_lossy());
    let (name, text) = match content(&spec.with_file_name(&own))? {
        Some(text) => (own, text),
        None => (IGNORE.to_owned(), content(&folder.join(IGNORE))?.unwrap_or_default()),
    };
    Ok(Ignore::read(&name, &String::from_utf8_lossy(&text), DEFAULT_IGNORES))
}

/// The folder of the context that holds the spec, from the context; none, where the spec lies elsewhere.
pub(super) fn folder_of_spec(context: &Path, spec: &Path) -> Option<String> {
    let (context, spec) = (context.canonicalize().ok()?, spec.canonicalize().ok()?);
    let folder = spec.parent()?.strip_prefix(context).ok()?.to_str()?.replace(std::path::MAIN_SEPARATOR, "/");
    Some(if folder.is_empty() { ".".to_owned() } else { folder })
}

/// Reads a recipe of the project's, or of a folder that has a name; `None` when there is none.
pub(super) fn recipe(folder: &Path, address: &str, named: &[(String, PathBuf)]) -> anyhow::Result<Option<String>> {
    let path = match address.split_once("://") {
        None => folder.join(address),
        Some(("context", rest)) => {
            let (name, file) = rest.split_once('/').unwrap_or((rest, ""));
            let folder = named.iter().find(|(known, _)| known == name).map(|(_, folder)| folder);
            let folder = folder.ok_or_else(|| {
                anyhow!("nothing says where the recipe {address} is: add `--build-context {name}=FOLDER`, as the build has it")
            })?;
            folder.join(file)
        }
        Some(_) => {
            let copied = "copy the file, and put `context://NAME/FILE` into the spec with `--build-context NAME=FOLDER`";
            return Err(anyhow!("the recipe {address} can be fetched in a build only; to look at it here, {copied}"));
        }
    };
    let text = content(&path)?.map(String::from_utf8).transpose();
    text.with_context(|| format!("`{}` cannot be read", path.display()))
}

/// What a file holds; `None` when it is not there. As in a build, one that is too large is not read.
fn content(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let absent = |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let size = match std::fs::metadata(path) {
        Err(error) if absent(&error) => return Ok(None),
        found => found.map_or(0, |about| about.len()),
    };
    if size > LIMIT {
        return Err(anyhow!("{}", too_large(&path.display().to_string(), size)));
    }
    std::fs::read(path).map(Some).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// The files in a part of the project's folder, by their paths in the project; none where it is not there.
fn files_in(folder: &Path, part: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join(part)) else { return vec![] };
    let names = entries.filter_map(Result::ok).filter(|e| e.path().is_file()).filter_map(|e| e.file_name().into_string().ok());
    names.map(|name| if part == "." { name } else { format!("{part}/{name}") }).collect()
}

/// Modules in a folder, and in folders of it the files that make them modules.
fn modules(folder: &Path, Shapes { extension, marker, .. }: &Shapes) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if entry.path().join(marker).is_file() {
            found.insert(format!("{name}/{marker}"));
        } else if entry.path().is_file() && Path::new(&name).extension().is_some_and(|e| e == *extension) {
            found.insert(name);
        }
    }
    Ok(found)
}
