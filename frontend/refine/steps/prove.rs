//! The proofs: each runs in the finished image, whose root cannot be written to, as the user that the service runs as. What
//! does not hold is said with the rule or file behind it and a way out, and the build ends there.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::refine::proof::{self, Finding, Kind, Severity};
use crate::refine::python::{self, Broken, Limits, Missing, Outcome, Python, start};

use super::account::{self, megabytes};
use super::{Problem, VENV, program};

/// Every package imports as it did before anything was left out.
pub fn packages(environment: &Path) -> Result<Vec<String>, Problem> {
    let account: account::Environment = account::read(environment)?;
    let broken = broken(&python(), &account.modules)?;
    if broken.is_empty() {
        return Ok(vec![format!("{} modules import", account.modules.len())]);
    }
    Err(Problem::Wrong(said(&broken, Some(&account))))
}

/// Modules that the user names import.
pub fn imports(program: &Path, modules: &[String]) -> Result<Vec<String>, Problem> {
    let broken = broken(&Python { program: program.to_owned(), ..python() }, modules)?;
    if broken.is_empty() { Ok(vec![]) } else { Err(Problem::Wrong(said(&broken, None))) }
}

/// The project imports, its command is there, and nothing is in the image that should not be.
pub fn image(runtime: &str, application: &Path, start: &[String]) -> Result<Vec<String>, Problem> {
    let account: account::Application = account::read(application)?;
    let python = python();
    let broken = broken(&python, &account.modules)?;
    let mut said: Vec<String> = if broken.is_empty() { vec![] } else { vec![self::said(&broken, None)] };
    let path = std::env::var("PATH").ok();
    let workdir = python.workdir.display().to_string();
    if let Err(finding) = proof::entry(Path::new("/"), start, path.as_deref(), &workdir, user()) {
        said.push(finding.message);
    } else {
        let folders = path.unwrap_or_default();
        let script = |program: &str| folders.split(':').find_map(|folder| std::fs::read_to_string(format!("{folder}/{program}")).ok());
        let loads = start::start(start, &python.env, &|program| start::console(&script(program)?));
        said.extend(errors(proof::modules(&python, &loads)?));
    }
    // A base with a system of its own has that one's programs; all others have nothing but what is put there.
    let own_system = ["slim", "alpine", "image"].contains(&runtime);
    let allow = if own_system { BTreeSet::from([Kind::Compiler, Kind::SetId, Kind::Cache, Kind::Key]) } else { BTreeSet::new() };
    let hygiene = proof::hygiene(Path::new("/"), &["/run/distil"], &allow)?;
    // What the lock installs, and no rule left out, is asked for.
    let findings = hygiene.findings.into_iter().map(|(_, finding)| finding).filter(|f| !f.about.starts_with(VENV));
    said.extend(errors(findings.collect()));
    if said.is_empty() { Ok(vec![]) } else { Err(Problem::Wrong(said.join("\n"))) }
}

/// A command ends as it should.
pub fn run(command: &[String], limit: Duration, exit: i32, matches: Option<&str>) -> Result<Vec<String>, Problem> {
    let workdir = std::env::current_dir().map_or_else(|_| "/".to_owned(), |d| d.display().to_string());
    let matches = matches.map(str::to_owned);
    let answer = proof::run(&proof::Run { argv: command.to_vec(), env: python().env, workdir, exit, matches, limit });
    match answer.finding {
        None => Ok(vec![]),
        Some(finding) => Err(Problem::Wrong(finding.message)),
    }
}

/// A file is as it should be.
pub fn file(path: &str, absent: bool, mode: Option<u32>, owner: Option<crate::names::User>) -> Result<Vec<String>, Problem> {
    let check = proof::FileCheck { path: path.to_owned(), absent, mode, owner: owner.map(|o| (o.uid, o.gid)), kind: None };
    match proof::file_check(Path::new("/"), &check) {
        None => Ok(vec![]),
        Some(finding) => Err(Problem::Wrong(finding.message)),
    }
}

/// Who this runs as, which is who the service runs as.
fn user() -> proof::User {
    let of = |name: &str| std::fs::metadata(name).map(|meta| (meta.uid(), meta.gid()));
    let (uid, gid) = of("/proc/self").unwrap_or((0, 0));
    proof::User { uid, gid }
}

fn errors(findings: Vec<Finding>) -> Vec<String> {
    findings.into_iter().filter(|f| f.severity == Severity::Error).map(|f| f.message).collect()
}

/// The image's files are together no larger than that, as its account has it. What is said of one that is larger has ten lines
/// at the most, since Docker repeats no more of a step that fails.
pub fn budget(account: &Path, limit: u64) -> Result<Vec<String>, Problem> {
    let report: Value = serde_json::from_slice(&std::fs::read(account)?).map_err(std::io::Error::other)?;
    let size = report["size"].as_u64().ok_or_else(|| Problem::Wrong("the account of the image does not tell its size".into()))?;
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
    Err(Problem::Wrong(said.join("\n")))
}

/// The environment's Python with what the image gives it.
fn python() -> Python {
    let workdir = std::env::current_dir().unwrap_or_else(|_| "/".into());
    let env = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Python { program: program(), env: env.collect(), workdir, finds: None }
}

fn broken(python: &Python, modules: &[String]) -> Result<Vec<Broken>, Problem> {
    let before: Vec<Outcome> = modules.iter().map(|module| Outcome { module: module.clone(), result: python::Result::Ok }).collect();
    let after = python::imports(python, modules, Limits::default())?;
    Ok(python::compare(&before, &after))
}

/// What is broken, each with what is behind it, as far as that can be told.
fn said(broken: &[Broken], account: Option<&account::Environment>) -> String {
    let mut said = vec![];
    for one in broken {
        let what = one.result.as_ref().map_or("was not tried".to_owned(), python::Result::describe);
        said.push(format!("`{}` does not import in the image: it {what}", one.module));
        let rule = one.missing.iter().find_map(|missing| Some((missing, blame(missing, account?)?)));
        if let Some((missing, (rule, pruned))) = rule {
            let off = match pruned.switch.as_str() {
                "" => "take it out of `prune: { drop: […] }`".to_owned(),
                switch => {
                    format!("turn it off with `prune: {{ rules: {{ {switch}: false }} }}`, or keep the files with `prune: {{ keep: […] }}`")
                }
            };
            said.push(format!("  the rule `{rule}` left out what it needs: {}\n  help: {off}", words(missing)));
        } else if account.is_some() {
            said.push(format!("  help: `check: {{ skip: [{}] }}` does without this check", one.module));
        }
        let full: Vec<&str> = one.result.as_ref().map_or("", python::Result::text).trim_end().lines().collect();
        if !full.is_empty() {
            said.push("  it said:".to_owned());
            said.extend(full[full.len().saturating_sub(12)..].iter().map(|line| format!("    {line}")));
        }
    }
    said.join("\n")
}

/// The rule that left out what is missing.
fn blame<'a>(missing: &Missing, account: &'a account::Environment) -> Option<(&'a str, &'a account::Pruned)> {
    let ends = |tail: String| {
        let tails = [tail.clone(), format!("{tail}.py"), format!("{tail}/__init__.py")];
        let fits = |path: &String| tails.iter().any(|t| path.ends_with(t.as_str()) || t.starts_with(&below(path)));
        account.pruned.iter().find(|(_, p)| p.paths.iter().any(fits)).map(|(rule, pruned)| (rule.as_str(), pruned))
    };
    match missing {
        Missing::Module(name) => ends(format!("/{}", name.replace('.', "/"))),
        Missing::File(path) => account.rule_for(path).or_else(|| ends(format!("/{}", path.trim_start_matches('/')))),
        Missing::Library(name) | Missing::Data(name) => ends(format!("/{name}")),
        Missing::Distribution(_) => None,
    }
}

/// A removed folder as the start of what was in it, from the folder that packages are installed in.
fn below(path: &str) -> String {
    let inside = path.split_once("/site-packages/").map_or(path, |(_, rest)| rest);
    format!("/{}/", inside.trim_start_matches('/'))
}

fn words(missing: &Missing) -> String {
    match missing {
        Missing::Module(name) => format!("the module `{name}`"),
        Missing::Library(name) => format!("the library {name}"),
        Missing::File(path) => format!("the file {path}"),
        Missing::Data(name) => format!("the data `{name}`"),
        Missing::Distribution(name) => format!("the metadata of `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_rule_behind_a_failure_is_named() {
        let path = "/app/.venv/lib/python3.13/site-packages/numpy/_core/tests".to_owned();
        let pruned = account::Pruned { what: String::new(), switch: "tests".into(), files: 3, bytes: 9, paths: vec![path] };
        let account = account::Environment { pruned: BTreeMap::from([("tests".into(), pruned)]), ..Default::default() };
        let rule = |missing: &Missing, account| blame(missing, account).map(|(rule, _)| rule.to_owned());
        assert_eq!(rule(&Missing::Module("numpy._core.tests._natype".into()), &account), Some("tests".to_owned()));
        assert_eq!(rule(&Missing::Module("numpy._core.tests".into()), &account), Some("tests".to_owned()));
        assert_eq!(rule(&Missing::Module("numpy._core".into()), &account), None);
        let file = "/app/.venv/lib/python3.13/site-packages/numpy/_core/tests/data/x.csv";
        assert_eq!(rule(&Missing::File(file.into()), &account), Some("tests".to_owned()));
    }
}
