//! The project as it ships: its packages and files, the libraries that they need, and the bytecode of what the service loads
//! when it starts. Bytecode of layers that seldom change has a layer of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::python::codes;
use crate::python::refine::interpreter::bytecode::{self, Source};
use crate::python::refine::interpreter::store::{Store, workers};
use crate::python::refine::interpreter::{self as python, Limits, Python, processes, trace};
use crate::python::refine::packages;
use crate::python::steps::Application;
use crate::python::steps::Policy;
use crate::refine::inventory::Inventory;
use crate::refine::libraries;
use crate::refine::proof::Finding;
use crate::refine::tree::{Kind, Tree, has_extension};

use super::closure::{count, describe_brought};
use super::environment::close;
use super::notes::{self, megabytes};
use super::output::{Output, about};
use super::{PROJECT, Problem, STORE, VENV, beside, builder_at, foreign, program, read, started};

/// The layer of the project.
const LAYER: &str = "application";
/// The layer of bytecode that seldom changes.
const BYTECODE: &str = "bytecode";

/// The lines that a person should know; the layers and the notes of them are written to `request.out`.
pub(crate) fn finish(request: &Application) -> Result<Vec<String>, Problem> {
    processes::confine()?;
    processes::shut(&[Path::new(PROJECT)])?;
    // Never a folder that the packages are in or could be moved out of.
    let apart = |volume: &&PathBuf| [PROJECT, VENV].iter().all(|code| !volume.starts_with(code) && !Path::new(code).starts_with(volume));
    processes::open(&request.volume.iter().filter(apart).map(PathBuf::as_path).collect::<Vec<_>>())?;
    let mut notes = notes::Application::default();
    let output = Output::new(&request.out)?;
    output.layer(LAYER)?;
    output.layer(BYTECODE)?;
    let project = read(PROJECT, PROJECT)?;
    let inventory = packages::inventory(&project, &[PROJECT]);
    let mut application = project.clone();
    application.extend(read(&request.copied.display().to_string(), "/")?);
    let records = tidy(&mut application)?;

    // A base with a package manager has its Debian packages itself.
    let base = read(&request.base.display().to_string(), "/")?;
    let store = Store::open(&request.environment.join(STORE))?;
    let layers = layers(request)?;
    let used = if request.native.exists() {
        // What is for another machine is not run: what was tried is the same project on this one.
        foreign::project(&application, &builder_at(foreign::root(&request.foreign))?)?;
        notes = foreign::of_native(notes::read(&request.native)?);
        foreign::loaded(&request.native, store.tag(), layers.values().chain([&application, &standard_library(request)?]))
    } else {
        trial(request, &inventory, &base, &store, &mut notes)?
    };
    if is_native(&application)? {
        libraries(request, base, &mut application, &layers, &mut notes)?;
    }
    let written = output.write(&application, &|_| LAYER.to_owned(), request.strip.0)?;
    notes.stripped = count(written);
    for (path, text) in &records {
        output.text(LAYER, path, text.as_bytes())?;
    }
    compile(request, &store, &application, &layers, &used, &mut notes)?;
    notes::write(&request.out, &notes)?;
    Ok(lines(&notes))
}

/// Imports the project and follows its start, at the same time; returns the source files that the service loads.
fn trial(
    request: &Application,
    inventory: &Inventory,
    base: &Tree,
    store: &Store,
    notes: &mut notes::Application,
) -> Result<BTreeSet<String>, Problem> {
    let env = [("PATH".to_owned(), std::env::var("PATH").unwrap_or_default())].into_iter().chain(request.env.iter().cloned());
    let system = read(&request.environment.join("system").display().to_string(), "/")?;
    let beside = beside::beside(&[&system, base], &request.python)?;
    let (finds, user) = (Some(store.folder().to_owned()), Some(processes::NOBODY));
    let python = Python { program: program(), env: beside::with(env.collect(), beside), workdir: request.workdir.clone(), finds, user };
    let modules: BTreeSet<String> = inventory.distributions.iter().flat_map(|d| d.modules.iter().cloned()).collect();
    let modules: Vec<String> = modules.into_iter().filter(|m| !request.skip.contains(m)).collect();
    let (outcomes, used) = std::thread::scope(|scope| {
        let trial = scope.spawn(|| python::imports(&python, &modules, &Limits::default()));
        let used = loaded(request, &python, notes);
        (trial.join(), used)
    });
    processes::end_all()?;
    let ended = |_| Finding::new(codes::BUG, "", "the trial of the project ended early; this is a bug of distil");
    for outcome in outcomes.map_err(ended)?? {
        match &outcome.result {
            python::Result::Ok => notes.modules.push(outcome.module.clone()),
            other => _ = notes.failing.insert(outcome.module.clone(), other.describe()),
        }
    }
    used
}

/// Takes out what only tells when and from where the project was installed; the lists of files are rewritten without it.
fn tidy(application: &mut Tree) -> Result<Vec<(String, String)>, Problem> {
    let passing = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name == "uv_cache.json" || path == format!("{PROJECT}/.lock") || has_extension(path, "pyc") || name == "__pycache__"
    };
    let gone: BTreeSet<String> = application.iter().map(|(path, _)| path).filter(|p| passing(p)).map(str::to_owned).collect();
    let lists: Vec<String> = application.iter().map(|(p, _)| p).filter(|p| p.ends_with(".dist-info/RECORD")).map(str::to_owned).collect();
    let mut records = vec![];
    for list in lists {
        let Some(entry) = application.get(&list) else { continue };
        let text = String::from_utf8_lossy(&entry.bytes()?).into_owned();
        records.push((list.clone(), packages::record_without(&text, PROJECT, &gone.iter().map(String::as_str).collect())));
        application.remove(&list);
    }
    for path in &gone {
        application.remove(path);
    }
    Ok(records)
}

/// The layers of the environment: the files of each at their paths in the image.
fn layers(request: &Application) -> Result<BTreeMap<String, Tree>, Problem> {
    let mut layers = BTreeMap::new();
    for found in std::fs::read_dir(&request.environment).map_err(|e| about(&request.environment, &e))? {
        let found = found?;
        let name = found.file_name().to_string_lossy().into_owned();
        if found.file_type()?.is_dir() && name != STORE {
            layers.insert(name, Tree::read(&found.path(), "/")?);
        }
    }
    Ok(layers)
}

fn is_native(tree: &Tree) -> Result<bool, Problem> {
    for (path, entry) in tree.iter() {
        let likely = entry.mode & 0o111 != 0 || path.contains(".so");
        if likely && entry.is_file() && entry.bytes()?.starts_with(b"\x7fELF") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Brings the libraries that the project's own files need and the environment has not.
fn libraries(
    request: &Application,
    mut below: Tree,
    application: &mut Tree,
    layers: &BTreeMap<String, Tree>,
    notes: &mut notes::Application,
) -> Result<(), Problem> {
    for layer in layers.values() {
        below.extend(layer.clone());
    }
    let builder = builder_at(foreign::root(&request.foreign))?;
    let mut noted = notes::Environment::default();
    let closure = close(application, &below, &builder, &[], &mut noted)?;
    let from: Vec<&str> = closure.brought.iter().map(|brought| brought.from.as_str()).collect();
    let owners = if from.is_empty() { libraries::Owners::default() } else { libraries::owners(&builder, &from)? };
    notes.brought = describe_brought(&closure, &owners);
    notes.warnings.extend(noted.warnings);
    application.extend(closure.tree());
    Ok(())
}

/// The source files that the service loads when it starts, as far as bytecode of them is wanted. What became of its imports is
/// kept for the proof.
fn loaded(request: &Application, python: &Python, notes: &mut notes::Application) -> Result<BTreeSet<String>, Problem> {
    let start = started::follow(&request.command.0, &request.env, &request.workdir);
    let trace = trace::trace(python, &start.loads, &request.skip, trace::Limits::default())?;
    notes.start = started::imports(&trace, &request.workdir);
    if request.bytecode != Policy::Used {
        return Ok(BTreeSet::new());
    }
    Ok(trace.files.iter().map(|f| beside::shipped(&f.display().to_string(), &request.python)).collect())
}

/// Compiles what the policy asks for.
fn compile(
    request: &Application,
    store: &Store,
    application: &Tree,
    layers: &BTreeMap<String, Tree>,
    used: &BTreeSet<String>,
    notes: &mut notes::Application,
) -> Result<(), Problem> {
    let library = if request.runtime.has_interpreter() { standard_library(request)? } else { Tree::default() };
    let trees = layers.iter().map(|(name, tree)| (name.as_str(), tree)).chain([("interpreter", &library), (LAYER, application)]);
    let mut sources = vec![];
    for (name, tree) in trees {
        let stable = name == "interpreter" || request.stable.iter().any(|s| s == name);
        let layer = request.out.join(if stable { BYTECODE } else { LAYER });
        for (path, entry) in tree.iter().filter(|(path, entry)| entry.is_file() && request.bytecode.wants(path, used)) {
            let output = layer.join(bytecode::place(path, store.tag()).trim_start_matches('/'));
            // Nothing is put in the place of what the project brings along.
            if application.get(&bytecode::place(path, store.tag())).is_none() {
                sources.push(Source { disk: entry.disk.clone(), image: path.to_owned(), output });
            }
        }
    }
    sources.sort_by(|a, b| a.image.cmp(&b.image));
    let report = store.give(&Python::new(&program()), &sources, workers())?;
    word(request.bytecode).clone_into(&mut notes.policy);
    notes.compiled = report.compiled as u64;
    notes.bytes = report.bytes;
    Ok(())
}

/// The standard library of a runtime that has Python, as far as the builder's is the same: bytecode that is not checked against
/// its source must be made of that source.
fn standard_library(request: &Application) -> Result<Tree, Problem> {
    let folder = format!("/usr/local/lib/python{}", request.python);
    let mut tree = read(&format!("{}{folder}", request.base.display()), &folder)?;
    let differs = |path: &str, disk: &Path| std::fs::read(path).ok() != std::fs::read(disk).ok();
    let gone: Vec<String> = tree
        .iter()
        .filter(|(path, entry)| !has_extension(path, "py") || entry.kind == Kind::Directory || path.contains("/site-packages/"))
        .map(|(path, _)| path.to_owned())
        .collect();
    for path in gone {
        tree.remove(&path);
    }
    let other: Vec<String> = tree.iter().filter(|(path, entry)| differs(path, &entry.disk)).map(|(path, _)| path.to_owned()).collect();
    for path in other {
        tree.remove(&path);
    }
    Ok(tree)
}

const fn word(policy: Policy) -> &'static str {
    match policy {
        Policy::None => "none",
        Policy::Used => "used",
        Policy::All => "all",
    }
}

fn lines(notes: &notes::Application) -> Vec<String> {
    let mut lines = vec![];
    if notes.compiled > 0 {
        lines.push(format!("bytecode ({}): {} files, {}", notes.policy, notes.compiled, megabytes(notes.bytes)));
    }
    lines.extend(
        started::warnings(notes).into_iter().map(|warning| format!("warning[{}]: {}\n  {}", warning.code, warning.message, warning.help)),
    );
    for (module, why) in &notes.failing {
        lines.push(format!("`{module}` is not checked, because it does not import while the image is built: {why}"));
    }
    lines.extend(notes.warnings.iter().cloned());
    lines
}
