//! The proofs of a Python service: packages, modules and the project import in the finished image as they did before, and the
//! command finds all that it loads.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::python::codes;
use crate::python::refine::PythonCode;
use crate::python::refine::interpreter::{self as python, Broken, Limits, Outcome, Python, trace};
use crate::python::refine::proof as python_proof;
use crate::python::steps::{Imports, ProveImage, ProvePackages};
use crate::refine::proof::{self, Finding};
use crate::refine::steps::prove::{environment, errors, unwanted};

use super::{Problem, VENV, all_right, blame, notes, program, release, started};

/// Every package imports as it did before anything was left out, from the bytecode that ships, where there is any.
pub(crate) fn packages(request: &ProvePackages) -> Result<Vec<String>, Problem> {
    let notes: notes::Environment = notes::read(&request.environment)?;
    let finds = request.bytecode.exists().then(|| request.bytecode.to_path_buf());
    let limits = limits(request.seconds, Some(&notes));
    let broken = broken(&Python { finds, ..python() }, &notes.modules, &limits)?;
    all_right(said(&broken, Some(&notes), &limits))?;
    Ok(vec![format!("{} modules import", notes.modules.len())])
}

/// Modules that the user names import.
pub(crate) fn imports(request: &Imports) -> Result<Vec<String>, Problem> {
    let limits = limits(request.seconds, None);
    let broken = broken(&Python { program: request.python.clone(), ..python() }, &request.command.0, &limits)?;
    all_right(said(&broken, None, &limits))?;
    Ok(vec![])
}

/// The project imports, its command is there with all that it loads, and nothing is in the image that should not be. The three know
/// nothing of each other, and whoever edits a line waits for all of them, so they run at the same time.
pub(crate) fn image(request: &ProveImage) -> Result<Vec<String>, Problem> {
    let notes: notes::Application = notes::read(&request.application)?;
    let python = python();
    let limits = limits(request.seconds, None);
    let (imported, started, left) = thread::scope(|scope| {
        let started = scope.spawn(|| starts(request, &python, &notes, &limits));
        let left = scope.spawn(|| left_over(request));
        (broken(&python, &notes.modules, &limits), started.join(), left.join())
    });
    let ended = |_| Finding::new(codes::BUG, "", "a proof of the image ended early; this is a bug of distil");
    let mut said = self::said(&imported?, None, &limits);
    said.extend(started.map_err(ended)??);
    said.extend(left.map_err(ended)??);
    all_right(said)?;
    Ok(vec![])
}

/// What is wrong with the command, and with what it loads.
fn starts(request: &ProveImage, python: &Python, notes: &notes::Application, limits: &Limits) -> Result<Vec<Finding>, Problem> {
    let start = &request.command.0;
    if start.is_empty() {
        // Another spec takes files of the image, and nobody starts it.
        return Ok(vec![]);
    }
    let path = std::env::var("PATH").ok();
    let workdir = python.workdir.display().to_string();
    if let Err(finding) = proof::entry(Path::new("/"), start, path.as_deref(), &workdir, proof::User::own()) {
        return Ok(vec![finding]);
    }
    let environment: Option<notes::Environment> = notes::read(&request.environment).ok();
    let hung = notes.start.iter().filter(|import| import.hung).map(|import| import.what.clone());
    let skip: Vec<String> = request.skip.iter().cloned().chain(hung).collect();
    let asked = Followed { command: start, skip: &skip, strict: request.strict, environment: environment.as_ref(), limits };
    loads(&asked, python, notes)
}

/// What is in the image and should not be: bytecode that is not of the source beside it, installers, compilers, keys.
fn left_over(request: &ProveImage) -> Result<Vec<Finding>, Problem> {
    let mut said = errors(python_proof::bytecode(Path::new("/")));
    // What the lock installs, and no rule left out, is asked for; and Debian packages may bring those of other languages.
    said.extend(unwanted(request.runtime, &[proof::Kind::PackageManager], &PythonCode)?.into_iter().filter(|f| !f.about.starts_with(VENV)));
    Ok(said)
}

/// A command, and how it is followed.
#[derive(Clone, Copy)]
pub(super) struct Followed<'f> {
    /// Its words.
    pub(super) command: &'f [String],
    /// Modules that are not imported.
    pub(super) skip: &'f [String],
    /// Whether what raises for want of what comes at run time is refused.
    pub(super) strict: bool,
    /// What became of the packages.
    pub(super) environment: Option<&'f notes::Environment>,
    /// How long an import may take.
    pub(super) limits: &'f Limits,
}

/// How long imports may take in the image: what they took in the builder, many times over; and one that is late all the same is tried
/// again, so that no good image is refused for what else the machine had to do. `seconds` is what the spec asks for.
pub(super) fn limits(seconds: Option<u64>, notes: Option<&notes::Environment>) -> Limits {
    let slow = notes.iter().flat_map(|notes| &notes.slow);
    let before = slow.map(|(module, seconds)| (module.clone(), Duration::from_secs(*seconds))).collect();
    let usual = Limits { before, again: true, ..Limits::default() };
    Limits { module: seconds.map_or(usual.module, Duration::from_secs), ..usual }
}

/// What is wrong with what a command loads. Modules are looked for before any is imported, since what is not there is said best
/// by itself.
pub(super) fn loads(asked: &Followed<'_>, python: &Python, notes: &notes::Application) -> Result<Vec<Finding>, Problem> {
    let start = started::follow(asked.command, &python.env, &python.workdir);
    let workdir = python.workdir.display().to_string();
    let mut said = errors(python_proof::needed(Path::new("/"), &start.files, &workdir, proof::User::own()));
    said.extend(errors(python_proof::modules(python, &start.loads)?));
    if said.is_empty() {
        let limits = trace::Limits::default().at_least(asked.limits.module);
        let mut trace = trace::trace(python, &start.loads, asked.skip, limits)?;
        let came_back = |what: &str| notes.start.iter().any(|import| import.what == what && import.failed.is_none());
        if trace.tried.iter().any(|tried| tried.result == python::Result::Hung && came_back(&tried.what)) {
            trace = trace::trace(python, &start.loads, asked.skip, limits.doubled())?;
        }
        said.extend(started::wrong(&trace, notes, asked.environment, asked.strict));
    }
    Ok(said)
}

/// The environment's Python with what the image gives it.
pub(super) fn python() -> Python {
    let workdir = std::env::current_dir().unwrap_or_else(|_| "/".into());
    Python { program: program(), env: environment(), workdir, finds: None, user: None }
}

fn broken(python: &Python, modules: &[String], limits: &Limits) -> Result<Vec<Broken>, Problem> {
    let good = |module: &String| Outcome { module: module.clone(), result: python::Result::Ok, took: Duration::ZERO };
    let before: Vec<Outcome> = modules.iter().map(good).collect();
    let after = python::imports(python, modules, limits)?;
    Ok(python::compare(&before, &after))
}

/// What is said of an import that did not come back, twice.
fn late(module: &str, limits: &Limits) -> String {
    let twice = limits.of(module).as_secs() * 2;
    let before = limits
        .before
        .get(module)
        .map_or("it was quick in the builder".to_owned(), |before| format!("it took {} s in the builder", before.as_secs()));
    format!(
        "`import {module}` took longer than {twice} s in the image, and {before}; time without a processor does not count\n  \
         help: where it waits for what no build has, as a network, let it ask for that when it is used and not when it is imported\n  \
         help: `check: {{ timeout: {twice}s }}` gives it more time"
    )
}

/// What is broken, each with what is behind it, as far as that can be told.
fn said(broken: &[Broken], notes: Option<&notes::Environment>, limits: &Limits) -> Vec<Finding> {
    let said_of = |one: &Broken| {
        if one.result == Some(python::Result::Hung) {
            return Finding::new(codes::BROKEN_IMPORT, &one.module, late(&one.module, limits));
        }
        let mut said = vec![];
        let what = one.result.as_ref().map_or("was not tried".to_owned(), python::Result::describe);
        said.push(format!("`{}` does not import in the image: it {what}", one.module));
        if let Some(rule) = notes.and_then(|notes| blame::rule(&one.missing, notes)) {
            said.push(rule);
        } else if notes.is_some() {
            said.push(format!("  help: {}", blame::help(one.missing.first(), release().as_deref())));
        }
        let full: Vec<&str> = one.result.as_ref().map_or("", python::Result::text).trim_end().lines().collect();
        if !full.is_empty() {
            said.push("  it said:".to_owned());
            said.extend(full[full.len().saturating_sub(12)..].iter().map(|line| format!("    {line}")));
        }
        Finding::new(codes::BROKEN_IMPORT, &one.module, said.join("\n"))
    };
    broken.iter().map(said_of).collect()
}
