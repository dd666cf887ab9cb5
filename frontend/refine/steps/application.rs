//! The project as it ships: its packages and files, the libraries that they need, and the bytecode of what the service loads
//! when it starts. Bytecode of layers that seldom change has a layer of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::refine::packages;
use crate::refine::python::bytecode::{self, Policy, Source};
use crate::refine::python::cached::Names;
use crate::refine::python::{self, Limits, Python, start, trace};
use crate::refine::tree::{Kind, Tree, has_extension};

use super::account::{self, megabytes};
use super::environment::{close, count, describe_brought};
use super::output::Output;
use super::{Ground, NAMES, PROJECT, Problem, builder, found, kept, program, read, sources};

/// The layer of the project.
const LAYER: &str = "application";
/// The layer of bytecode that seldom changes.
const BYTECODE: &str = "bytecode";
/// How long a start may take to load.
const START: Duration = Duration::from_secs(120);

/// What the step is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The interpreter's series, as `3.13`.
    pub python: String,
    /// What the image is put on.
    pub ground: Ground,
    /// Which modules are compiled.
    pub policy: Policy,
    /// The layers of the environment whose bytecode seldom changes.
    pub stable: Vec<String>,
    /// What the environment's step left: a folder of layers with an account.
    pub environment: PathBuf,
    /// The runtime image's files, where there are any.
    pub runtime: PathBuf,
    /// The folder of files that ship beside the packages, where there are any.
    pub copied: PathBuf,
    /// The directory that the service starts in.
    pub workdir: PathBuf,
    /// The environment of the running service.
    pub env: Vec<(String, String)>,
    /// What the service runs.
    pub start: Vec<String>,
    /// Whether programs and libraries lose their symbols.
    pub strip: bool,
    /// Modules that are not imported.
    pub skip: Vec<String>,
    /// Where the layers go.
    pub out: PathBuf,
}

/// Does it. The account is written beside the layers, and what a person should know is returned in lines.
pub fn finish(request: &Request) -> Result<Vec<String>, Problem> {
    let mut account = account::Application::default();
    let output = Output::new(&request.out)?;
    output.layer(LAYER)?;
    output.layer(BYTECODE)?;
    let project = read(PROJECT, PROJECT)?;
    let inventory = packages::inventory(&project, &[PROJECT]);
    let mut application = project.clone();
    application.extend(read(&request.copied.display().to_string(), "/")?);
    let records = tidy(&mut application)?;

    let env = [("PATH".to_owned(), std::env::var("PATH").unwrap_or_default())].into_iter().chain(request.env.iter().cloned());
    let mut names = Names::read(&request.environment.join(NAMES))?;
    names.add(sources(&project))?;
    let python = Python { program: program(), env: env.collect(), workdir: request.workdir.clone(), finds: None };
    let python = found(python, &names)?;
    let modules: BTreeSet<String> = inventory.distributions.iter().flat_map(|d| d.modules.iter().cloned()).collect();
    let modules: Vec<String> = modules.into_iter().filter(|m| !request.skip.contains(m)).collect();
    // The project is imported and its start is followed at the same time.
    let (outcomes, used) = std::thread::scope(|scope| {
        let trial = scope.spawn(|| python::imports(&python, &modules, Limits::default()));
        let used = loaded(request, &python, &mut account);
        (trial.join(), used)
    });
    let ended = |_| Problem::Wrong("the trial of the project ended early; this is a bug of distil".into());
    for outcome in outcomes.map_err(ended)?? {
        match &outcome.result {
            python::Result::Ok => account.modules.push(outcome.module.clone()),
            other => _ = account.failing.insert(outcome.module.clone(), other.describe()),
        }
    }
    let used = used?;

    let layers = layers(request)?;
    if is_native(&application)? {
        libraries(request, &mut application, &layers, &mut account)?;
    }
    let written = output.write(&application, &|_| LAYER.to_owned(), request.strip)?;
    account.stripped = count(written);
    for (path, text) in &records {
        output.text(LAYER, path, text.as_bytes())?;
    }
    compile(request, &python, &names, &application, &layers, &used, &mut account)?;
    account::write(&request.out, &account)?;
    Ok(lines(&account))
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
fn layers(request: &Request) -> Result<BTreeMap<String, Tree>, Problem> {
    let mut layers = BTreeMap::new();
    for found in std::fs::read_dir(&request.environment)? {
        let found = found?;
        if found.file_type()?.is_dir() {
            layers.insert(found.file_name().to_string_lossy().into_owned(), Tree::read(&found.path(), "/")?);
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
    request: &Request,
    application: &mut Tree,
    layers: &BTreeMap<String, Tree>,
    account: &mut account::Application,
) -> Result<(), Problem> {
    let mut below = read(&request.runtime.display().to_string(), "/")?;
    for layer in layers.values() {
        below.extend(layer.clone());
    }
    let builder = builder()?;
    let mut noted = account::Environment::default();
    let closure = close(application, &below, &builder, &mut noted)?;
    account.brought = describe_brought(&closure, &BTreeMap::new());
    account.warnings.extend(noted.warnings);
    application.extend(closure.tree());
    Ok(())
}

/// The source files that the service loads when it starts.
fn loaded(request: &Request, python: &Python, account: &mut account::Application) -> Result<BTreeSet<String>, Problem> {
    if request.policy != Policy::Used {
        return Ok(BTreeSet::new());
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let script = |program: &str| path.split(':').find_map(|folder| std::fs::read_to_string(format!("{folder}/{program}")).ok());
    let loads = start::start(&request.start, &request.env, &|program| start::console(&script(program)?));
    let trace = trace::trace(python, &loads, START)?;
    account.start_failed = trace.failed.map(|(module, result)| {
        let what = if module.is_empty() { "the start".to_owned() } else { format!("`{module}`") };
        format!("{what} {}", result.describe())
    });
    Ok(trace.files.iter().map(|f| f.display().to_string()).collect())
}

/// Compiles what the policy asks for.
fn compile(
    request: &Request,
    python: &Python,
    names: &Names,
    application: &Tree,
    layers: &BTreeMap<String, Tree>,
    used: &BTreeSet<String>,
    account: &mut account::Application,
) -> Result<(), Problem> {
    let library = if request.ground == Ground::Python { standard_library(request)? } else { Tree::default() };
    let trees = layers.iter().map(|(name, tree)| (name.as_str(), tree)).chain([("interpreter", &library), (LAYER, application)]);
    let mut sources = vec![];
    for (name, tree) in trees {
        let stable = name == "interpreter" || request.stable.iter().any(|s| s == name);
        let layer = request.out.join(if stable { BYTECODE } else { LAYER });
        for (path, entry) in tree.iter().filter(|(path, entry)| entry.is_file() && request.policy.wants(path, used)) {
            let output = layer.join(bytecode::place(path, &names.tag).trim_start_matches('/'));
            // Nothing is put in the place of what the project brings along.
            if application.get(&bytecode::place(path, &names.tag)).is_none() {
                sources.push(Source { disk: entry.disk.clone(), image: path.to_owned(), output });
            }
        }
    }
    sources.sort_by(|a, b| a.image.cmp(&b.image));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let report = names.compile(python, &sources, workers, kept().as_deref())?;
    word(request.policy).clone_into(&mut account.policy);
    account.compiled = report.compiled as u64;
    account.bytes = report.bytes;
    Ok(())
}

/// The standard library of a runtime that has Python, as far as the builder's is the same: bytecode that is not checked against
/// its source must be made of that source.
fn standard_library(request: &Request) -> Result<Tree, Problem> {
    let folder = format!("/usr/local/lib/python{}", request.python);
    let mut tree = read(&format!("{}{folder}", request.runtime.display()), &folder)?;
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

fn lines(account: &account::Application) -> Vec<String> {
    let mut lines = vec![];
    if account.compiled > 0 {
        lines.push(format!("bytecode ({}): {} files, {}", account.policy, account.compiled, megabytes(account.bytes)));
    }
    if let Some(why) = &account.start_failed {
        lines.push(format!("the start could not be followed to its end, so some bytecode may be missing: {why}"));
    }
    for (module, why) in &account.failing {
        lines.push(format!("`{module}` is not checked, because it does not import while the image is built: {why}"));
    }
    lines.extend(account.warnings.iter().cloned());
    lines
}
