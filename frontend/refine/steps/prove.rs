//! The proofs: each runs in the finished image, whose root cannot be written to, as the user that the service runs as. What
//! does not hold is said with the rule or file behind it and a way out, and the build ends there.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::diag::codes;
use crate::refine::language::Language;
use crate::refine::proof::{self, Finding, Kind, Severity};
use crate::refine::requests::{Budget, File, Hygiene, Run, Runtime, Start};

use super::account::megabytes;
use super::{Problem, all_right};

/// How many seconds a command, or a service that starts, may take where nothing is said.
const SECONDS: u64 = 60;
/// How long a service may take to end once it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Nothing is in the image that should not be.
pub(crate) fn hygiene(request: &Hygiene, language: &dyn Language) -> Result<Vec<String>, Problem> {
    all_right(unwanted(request.runtime, &request.allow, language)?)?;
    Ok(vec![])
}

/// What has no place in the image.
pub(crate) fn unwanted(runtime: Runtime, allow: &[Kind], language: &dyn Language) -> Result<Vec<Finding>, Problem> {
    // A base with a system of its own has that one's programs; all others have nothing but what is put there.
    let own = if runtime.has_own_system() { &[Kind::PackageManager, Kind::Compiler, Kind::SetId, Kind::Cache, Kind::Key][..] } else { &[] };
    let allow: BTreeSet<Kind> = own.iter().chain(allow).copied().collect();
    let hygiene = proof::hygiene(Path::new("/"), &["/run/distil"], &allow, language)?;
    Ok(errors(hygiene.findings.into_iter().map(|(_, finding)| finding).collect()))
}

/// A command ends as it should.
pub(crate) fn run(request: &Run) -> Result<Vec<String>, Problem> {
    let workdir = std::env::current_dir().map_or_else(|_| "/".to_owned(), |d| d.display().to_string());
    let answer = proof::run(&proof::Run {
        argv: request.command.0.clone(),
        env: environment(),
        workdir,
        exit: request.exit.unwrap_or(0),
        matches: request.matches.clone(),
        limit: Duration::from_secs(request.seconds.unwrap_or(SECONDS)),
    });
    match answer {
        None => Ok(vec![]),
        Some(finding) => Err(finding.into()),
    }
}

/// The service starts as it will run, answers, and ends when it is asked to.
pub(crate) fn start(request: &Start, language: &dyn Language) -> Result<Vec<String>, Problem> {
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
        env: environment(),
        within: Duration::from_secs(request.seconds.unwrap_or(SECONDS)),
        asks,
        stays: Duration::from_secs(request.stays.unwrap_or(0)),
        signal: request.signal.clone().unwrap_or_else(|| "SIGTERM".to_owned()),
        patience: STOP_LIMIT,
    };
    proof::serves(&service, &|words| language.missed(words)).map_err(|message| Finding::new(codes::FAILED_START, "", message).into())
}

/// A file is as it should be.
pub(crate) fn file(request: &File) -> Result<Vec<String>, Problem> {
    let check = proof::FileCheck {
        path: request.path.clone(),
        absent: request.absent,
        mode: request.mode.map(|mode| mode.0),
        owner: request.owner.map(|owner| (owner.uid, owner.gid)),
    };
    match proof::file_check(Path::new("/"), &check) {
        None => Ok(vec![]),
        Some(finding) => Err(finding.into()),
    }
}

/// Those of some findings that the image is refused for.
pub(crate) fn errors(findings: Vec<Finding>) -> Vec<Finding> {
    findings.into_iter().filter(|f| f.severity == Severity::Error).collect()
}

/// The image's files are together no larger than that, as its account has it. What is said of one that is larger has ten lines
/// at the most, since Docker repeats no more of a step that fails.
pub(crate) fn budget(request: &Budget) -> Result<Vec<String>, Problem> {
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

/// The variables that the image gives.
pub(crate) fn environment() -> Vec<(String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}
