//! The proofs: each runs in the finished image, whose root cannot be written to, as the user that the service runs as. What
//! does not hold is said with the rule or file behind it and a way out, and the build ends there.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::diag::codes;
use crate::refine::proof::{self, Finding, Kind, Severity};
use crate::refine::python::{self, Broken, Limits, Outcome, Python, trace};
use crate::refine::requests::{Budget, File, Hygiene, Imports, ProveImage, ProvePackages, Run, Runtime, Start};

use super::account::{self, megabytes};
use super::{Problem, VENV, all_right, blame, program, release, started};

/// How many seconds a command, or a service that starts, may take where nothing is said.
const SECONDS: u64 = 60;
/// How long a service may take to end once it is asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Every package imports as it did before anything was left out, from the bytecode that ships, where there is any.
pub fn packages(request: &ProvePackages) -> Result<Vec<String>, Problem> {
    let account: account::Environment = account::read(&request.environment)?;
    let finds = request.bytecode.exists().then(|| request.bytecode.to_path_buf());
    let broken = broken(&Python { finds, ..python() }, &account.modules)?;
    all_right(said(&broken, Some(&account)))?;
    Ok(vec![format!("{} modules import", account.modules.len())])
}

/// Modules that the user names import.
pub fn imports(request: &Imports) -> Result<Vec<String>, Problem> {
    let broken = broken(&Python { program: request.python.clone(), ..python() }, &request.command.0)?;
    all_right(said(&broken, None))?;
    Ok(vec![])
}

/// The project imports, its command is there with all that it loads, and nothing is in the image that should not be.
pub fn image(request: &ProveImage) -> Result<Vec<String>, Problem> {
    let start = &request.command.0;
    let account: account::Application = account::read(&request.application)?;
    let python = python();
    let broken = broken(&python, &account.modules)?;
    let mut said = self::said(&broken, None);
    let path = std::env::var("PATH").ok();
    let workdir = python.workdir.display().to_string();
    if let Err(finding) = proof::entry(Path::new("/"), start, path.as_deref(), &workdir, proof::User::own()) {
        said.push(finding);
    } else {
        said.extend(loads(request, &python, &account, &workdir)?);
    }
    said.extend(errors(proof::bytecode(Path::new("/"))));
    // What the lock installs, and no rule left out, is asked for.
    said.extend(unwanted(request.runtime, &[])?.into_iter().filter(|f| !f.about.starts_with(VENV)));
    all_right(said)?;
    Ok(vec![])
}

/// Nothing is in the image that should not be.
pub fn hygiene(request: &Hygiene) -> Result<Vec<String>, Problem> {
    all_right(unwanted(request.runtime, &request.allow)?)?;
    Ok(vec![])
}

/// What has no place in the image.
fn unwanted(runtime: Runtime, allow: &[Kind]) -> Result<Vec<Finding>, Problem> {
    // A base with a system of its own has that one's programs; all others have nothing but what is put there.
    let own = if runtime.has_own_system() { &[Kind::Compiler, Kind::SetId, Kind::Cache, Kind::Key][..] } else { &[] };
    let allow: BTreeSet<Kind> = own.iter().chain(allow).copied().collect();
    let hygiene = proof::hygiene(Path::new("/"), &["/run/distil"], &allow)?;
    Ok(errors(hygiene.findings.into_iter().map(|(_, finding)| finding).collect()))
}

/// What is wrong with what the command loads. Modules are looked for before any is imported, since what is not there is said best
/// by itself.
fn loads(request: &ProveImage, python: &Python, account: &account::Application, workdir: &str) -> Result<Vec<Finding>, Problem> {
    let start = started::follow(&request.command.0, &python.env, &python.workdir);
    let mut said = errors(proof::needed(Path::new("/"), &start.files, workdir, proof::User::own()));
    said.extend(errors(proof::modules(python, &start.loads)?));
    if said.is_empty() {
        let environment: Option<account::Environment> = account::read(&request.environment).ok();
        let hung = account.start.iter().filter(|import| import.hung).map(|import| import.what.clone());
        let skip: Vec<String> = request.skip.iter().cloned().chain(hung).collect();
        let trace = trace::trace(python, &start.loads, &skip, trace::Limits::default())?;
        said.extend(started::wrong(&trace, account, environment.as_ref(), request.strict));
    }
    Ok(said)
}

/// A command ends as it should.
pub fn run(request: &Run) -> Result<Vec<String>, Problem> {
    let workdir = std::env::current_dir().map_or_else(|_| "/".to_owned(), |d| d.display().to_string());
    let answer = proof::run(&proof::Run {
        argv: request.command.0.clone(),
        env: python().env,
        workdir,
        exit: request.exit.unwrap_or(0),
        matches: request.matches.clone(),
        limit: Duration::from_secs(request.seconds.unwrap_or(SECONDS)),
    });
    match answer.finding {
        None => Ok(vec![]),
        Some(finding) => Err(finding.into()),
    }
}

/// The service starts as it will run, answers, and ends when it is asked to.
pub fn start(request: &Start) -> Result<Vec<String>, Problem> {
    let unreadable = |what: &str| Finding::new(codes::BAD_STEP, what, format!("`{what}` cannot be read as something to ask"));
    let mut asks = vec![];
    for text in &request.http {
        asks.push(proof::Ask::http(text).ok_or_else(|| unreadable(text))?);
    }
    for text in &request.tcp {
        asks.push(proof::Ask::tcp(text).ok_or_else(|| unreadable(text))?);
    }
    if let Some(text) = &request.health {
        asks.push(proof::Ask::Command(serde_json::from_str(text).map_err(|_| unreadable(text))?));
    }
    let service = proof::Service {
        argv: request.command.0.clone(),
        env: python().env,
        within: Duration::from_secs(request.seconds.unwrap_or(SECONDS)),
        asks,
        stays: Duration::from_secs(request.stays.unwrap_or(0)),
        signal: request.signal.clone().unwrap_or_else(|| "SIGTERM".to_owned()),
        patience: PATIENCE,
    };
    proof::serves(&service).map_err(|message| Finding::new(codes::FAILED_START, "", message).into())
}

/// A file is as it should be.
pub fn file(request: &File) -> Result<Vec<String>, Problem> {
    let check = proof::FileCheck {
        path: request.path.clone(),
        absent: request.absent,
        mode: request.mode.map(|mode| mode.0),
        owner: request.owner.map(|owner| (owner.uid, owner.gid)),
        kind: None,
    };
    match proof::file_check(Path::new("/"), &check) {
        None => Ok(vec![]),
        Some(finding) => Err(finding.into()),
    }
}

fn errors(findings: Vec<Finding>) -> Vec<Finding> {
    findings.into_iter().filter(|f| f.severity == Severity::Error).collect()
}

/// The image's files are together no larger than that, as its account has it. What is said of one that is larger has ten lines
/// at the most, since Docker repeats no more of a step that fails.
pub fn budget(request: &Budget) -> Result<Vec<String>, Problem> {
    let (account, limit): (&Path, u64) = (&request.account, request.limit);
    let report: Value =
        serde_json::from_slice(&std::fs::read(account).map_err(|e| super::output::about(account, &e))?).map_err(std::io::Error::other)?;
    let size = report["size"].as_u64().ok_or_else(|| Finding::new(codes::BUG, "", "the account of the image does not tell its size"))?;
    if size <= limit {
        return Ok(vec![format!("{} of {}", megabytes(size), megabytes(limit))]);
    }
    let over = megabytes(size - limit);
    let mut said = vec![format!("the image's files are {}, {over} over the budget of {}", megabytes(size), megabytes(limit))];
    let packages = report["packages"].as_array().into_iter().flatten();
    let weights = packages.filter_map(|p| Some((p["name"].as_str()?, p["bytes"].as_u64().filter(|bytes| *bytes > 0)?)));
    said.extend(weights.take(5).map(|(name, bytes)| format!("  {:>10}  {name}", megabytes(bytes))));
    let advice = report["advice"].as_array().into_iter().flatten().filter_map(Value::as_str);
    said.extend(advice.take(3).map(|advice| format!("  help: {advice}")));
    said.push("  help: `--target EDITION/report` with `-o FOLDER` exports the whole account".to_owned());
    Err(Finding::new(codes::OVER_BUDGET, "", said.join("\n")).into())
}

/// The environment's Python with what the image gives it.
fn python() -> Python {
    let workdir = std::env::current_dir().unwrap_or_else(|_| "/".into());
    let env = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Python { program: program(), env: env.collect(), workdir, finds: None, user: None }
}

fn broken(python: &Python, modules: &[String]) -> Result<Vec<Broken>, Problem> {
    let before: Vec<Outcome> = modules.iter().map(|module| Outcome { module: module.clone(), result: python::Result::Ok }).collect();
    let after = python::imports(python, modules, Limits::default())?;
    Ok(python::compare(&before, &after))
}

/// What is broken, each with what is behind it, as far as that can be told.
fn said(broken: &[Broken], account: Option<&account::Environment>) -> Vec<Finding> {
    let said_of = |one: &Broken| {
        let mut said = vec![];
        let what = one.result.as_ref().map_or("was not tried".to_owned(), python::Result::describe);
        said.push(format!("`{}` does not import in the image: it {what}", one.module));
        if let Some(rule) = account.and_then(|account| blame::rule(&one.missing, account)) {
            said.push(rule);
        } else if account.is_some() {
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
