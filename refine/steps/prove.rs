//! The proofs: each runs in the finished image, whose root cannot be written to, as the user that the service runs as. What
//! does not hold is said with the rule or file behind it and a way out, and the build ends there.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::diag::codes;
use crate::language::Language;
use crate::proof::{self, Finding, Kind, Severity};
use crate::requests::{Budget, File, Hygiene, Run, Runtime, Start};

use super::notes::megabytes;
use super::{Problem, all_right};

/// How many seconds a command, or a service that starts, may take where nothing is said.
const SECONDS: u64 = 60;
/// How long a service may take to end once it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Nothing is in the image that should not be.
pub fn hygiene(request: &Hygiene, language: &dyn Language) -> Result<Vec<String>, Problem> {
    all_right(unwanted(request.runtime, &request.allow, language)?)?;
    Ok(vec![])
}

/// What has no place in the image.
pub fn unwanted(runtime: Runtime, allow: &[Kind], language: &dyn Language) -> Result<Vec<Finding>, Problem> {
    // A base with a system of its own has that one's programs; all others have nothing but what is put there.
    let own = if runtime.has_own_system() { &[Kind::PackageManager, Kind::Compiler, Kind::SetId, Kind::Cache, Kind::Key][..] } else { &[] };
    let allow: BTreeSet<Kind> = own.iter().chain(allow).copied().collect();
    let hygiene = proof::hygiene(Path::new("/"), &["/run/distil"], &allow, language)?;
    Ok(errors(hygiene.findings.into_iter().map(|(_, finding)| finding).collect()))
}

/// A command ends as it should.
pub fn run(request: &Run) -> Result<Vec<String>, Problem> {
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
pub fn start(request: &Start, language: &dyn Language) -> Result<Vec<String>, Problem> {
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
pub fn file(request: &File) -> Result<Vec<String>, Problem> {
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
#[must_use]
pub fn errors(findings: Vec<Finding>) -> Vec<Finding> {
    findings.into_iter().filter(|f| f.severity == Severity::Error).collect()
}

/// The image's files are together no larger than that, as its report has it. What is said of one that is larger has ten lines
/// at the most, since Docker repeats no more of a step that fails.
pub fn budget(request: &Budget) -> Result<Vec<String>, Problem> {
    let (report, limit): (&Path, u64) = (&request.report, request.limit);
    let report: Value =
        serde_json::from_slice(&std::fs::read(report).map_err(|e| super::output::about(report, &e))?).map_err(std::io::Error::other)?;
    let size = report["size"].as_u64().ok_or_else(|| Finding::new(codes::BUG, "", "the report of the image does not tell its size"))?;
    if size <= limit {
        return Ok(vec![format!("{} of {}", megabytes(size), megabytes(limit))]);
    }
    Err(Finding::new(codes::OVER_BUDGET, "", over_budget(&report, size, limit)).into())
}

/// What is said of an image that is larger than it may be: what it is made of, and what would make it smaller.
fn over_budget(report: &Value, size: u64, limit: u64) -> String {
    let over = megabytes(size - limit);
    let parts = report["components"].as_object().into_iter().flatten();
    let mut parts: Vec<(&str, u64)> = parts.filter_map(|(name, bytes)| Some((name.as_str(), bytes.as_u64().filter(|b| *b > 0)?))).collect();
    parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let of = |part: &str| parts.iter().find(|(name, _)| *name == part).map_or(0, |(_, bytes)| *bytes);
    let listed: Vec<String> = parts.iter().map(|(name, bytes)| format!("{name} {}", megabytes(*bytes))).collect();
    let mut said = vec![
        format!("the image's files are {}, {over} over the budget of {}", megabytes(size), megabytes(limit)),
        format!("  {}", listed.join(", ")),
    ];
    let packages = report["packages"].as_array().into_iter().flatten();
    let weights = packages.filter_map(|p| Some((p["name"].as_str()?, p["bytes"].as_u64().filter(|bytes| *bytes > 0)?)));
    said.extend(weights.take(3).map(|(name, bytes)| format!("  {:>10}  {name}", megabytes(bytes))));
    // What is not worth a tenth of what is too much helps nobody.
    let worth = |bytes: u64| bytes > 0 && bytes >= (size - limit) / 10;
    let (base, bytecode) = (of("base"), of("bytecode"));
    let helps = [
        (worth(base), format!("`runtime: minimal` has no base image, which is {} of this one", megabytes(base))),
        (worth(bytecode), format!("`prune: {{ bytecode: none }}` saves {}, and the service starts slower", megabytes(bytecode))),
    ];
    said.extend(helps.into_iter().filter(|(worth, _)| *worth).map(|(_, help)| format!("  help: {help}")));
    let advice = report["advice"].as_array().into_iter().flatten().filter_map(Value::as_str);
    said.extend(advice.take(2).map(|advice| format!("  help: {advice}")));
    said.push("  help: `--target EDITION/report` with `-o FOLDER` exports the whole report".to_owned());
    said.join("\n")
}

/// The variables that the image gives.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_that_is_too_large_is_told_by_what_makes_it_so() {
        let report = serde_json::json!({
            "components": {"base": 26_800_000, "interpreter": 19_000_000, "bytecode": 8_200_000, "system": 0},
            "packages": [{"name": "a", "bytes": 3_000_000}, {"name": "b", "bytes": 2}, {"name": "c", "bytes": 1}, {"name": "d", "bytes": 1}],
            "advice": ["one", "two", "three"],
        });
        let said = over_budget(&report, 66_900_000, 40_000_000);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(
            lines[..2],
            ["the image's files are 66.9 MB, 26.9 MB over the budget of 40.0 MB", "  base 26.8 MB, interpreter 19.0 MB, bytecode 8.2 MB"]
        );
        assert!(said.contains("`runtime: minimal` has no base image, which is 26.8 MB") && said.contains("bytecode: none }` saves 8.2 MB"));
        assert!(lines.len() <= 10, "Docker repeats no more of a step that fails: {said}");
        let small = over_budget(&serde_json::json!({"components": {"base": 1}}), 66_900_000, 40_000_000);
        assert!(!small.contains("runtime: minimal"), "{small}");
    }
}
