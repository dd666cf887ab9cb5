//! Installing packages: the command of a build step that does it, run with its output passed through, watched while it compiles,
//! explained where it fails for a tool that is missing, and looked at afterwards. What it installed has to be what the packages'
//! own lists say: a cache that every build on the engine can write to is not believed.

mod causes;
mod command;
mod missing;
mod verify;
mod work;

use std::collections::BTreeSet;
use std::path::Path;

use crate::python::codes;
use crate::python::steps::Install;
use crate::refine::proof::Finding;
use crate::refine::steps::Problem;

pub(crate) use missing::Tools;
pub(crate) use verify::{Fault, verify};

/// How long uv waits for another build that makes the same package, in seconds. Its own five minutes are less than some compile.
const UV_LOCK_SECONDS: &str = "7200";

/// What should be said of an installation, which is run, compared with the packages' lists, and mended. The word `uv` in its
/// command starts what is run again to mend a package.
pub(crate) fn install(request: &Install) -> Result<Vec<String>, Problem> {
    let before = verify::listed(&request.site)?;
    run(&request.command.0, &[]).map_err(|problem| if request.project { with_way_out(problem) } else { problem })?;
    let found = verify(&request.site, &before)?;
    if found.is_empty() {
        return Ok(vec![]);
    }
    let mut names: BTreeSet<&str> = found.iter().map(|w| w.package.as_str()).collect();
    if names.remove("") {
        // Any of them may have brought it.
        names.clear();
    }
    let mut said = vec![altered(format!("{}; made anew", verify::said(&found))).into_warning().to_string()];
    let Some(again) = again(&request.command.0, &names) else {
        return Err(altered(verify::said(&found)).into());
    };
    // What is beside the lists would outlive the package that it came with.
    for wrong in found.iter().filter(|w| w.fault == Fault::Unlisted) {
        std::fs::remove_file(&wrong.path)?;
    }
    // A cache of its own holds nothing that anybody else wrote, and waits for nobody.
    let fresh = std::env::temp_dir().join("distil-install");
    let cache = [("UV_CACHE_DIR".to_owned(), fresh.display().to_string())];
    let mended = run(&again, &cache);
    let removed = std::fs::remove_dir_all(&fresh);
    mended?;
    removed?;
    let second = verify(&request.site, &before)?;
    // A file that comes out the same from the index itself is what was published, whatever the package's list says.
    let (published, wrong): (Vec<_>, Vec<_>) = second.into_iter().partition(|w| found.contains(w));
    if !wrong.is_empty() {
        return Err(altered(verify::said(&wrong)).into());
    }
    if !published.is_empty() {
        said = vec![altered(format!("{}; it is published like that", verify::said(&published))).into_warning().to_string()];
    }
    let mended: BTreeSet<&str> = found
        .iter()
        .map(|w| w.package.as_str())
        .filter(|name| !name.is_empty())
        .filter(|name| published.iter().all(|w| w.package != *name))
        .collect();
    if let Err(problem) = forget(&mended) {
        said.push(altered(format!("the cache still has it: {problem}")).into_warning().to_string());
    }
    Ok(said)
}

/// What is installed is not what was published.
fn altered(message: String) -> Finding {
    Finding::new(codes::ALTERED_PACKAGE, "", message)
}

/// Runs the command; one that fails is explained.
fn run(argv: &[String], env: &[(String, String)]) -> Result<(), Problem> {
    let ended = command::run(argv, env)?;
    if ended.good {
        return Ok(());
    }
    if let Some(cause) = causes::explain(&ended.tail) {
        return Err(Problem::Failed(Some(Finding::new(codes::FAILED_INSTALL, &cause.package, cause.said))));
    }
    let has = |program: &str| on_path(program);
    let help = Tools::embedded().explain(&ended.tail, &has, Path::new("/var/lib/dpkg").exists());
    Err(Problem::Failed(help.map(|help| Finding::new(codes::MISSING_BUILD_TOOL, "", help))))
}

/// Not every project that names a build system is meant to be built.
fn with_way_out(problem: Problem) -> Problem {
    let Problem::Failed(known) = problem else { return problem };
    if known.as_ref().is_some_and(|known| known.code == codes::FAILED_INSTALL) {
        return Problem::Failed(known);
    }
    let reason = || Finding::new(codes::UNBUILDABLE_PROJECT, "", "the project cannot be built, for the reason above");
    let mut known = known.unwrap_or_else(reason);
    known.message.push_str(
        "\nhelp: if the service is only copied and never installed, say so: `install-project: false`,\nhelp: and name what ships, as in `copy: [shop]`",
    );
    Problem::Failed(Some(known))
}

/// The command that installs some packages again, or all where none is named; none where it is not uv that installs.
fn again(argv: &[String], names: &BTreeSet<&str>) -> Option<Vec<String>> {
    let uv = argv.iter().position(|word| word == "uv")?;
    let length = match argv.get(uv + 1..)? {
        [sync, ..] if sync == "sync" => 2,
        [pip, install, ..] if pip == "pip" && install == "install" => 3,
        _ => return None,
    };
    let (start, rest) = argv.split_at(uv + length);
    let all = ["--reinstall".to_owned()];
    let named: Vec<String> = names.iter().flat_map(|name| ["--reinstall-package".to_owned(), (*name).to_owned()]).collect();
    let words = if named.is_empty() { &all[..] } else { &named[..] };
    Some([start, words, rest].concat())
}

/// Takes packages out of uv's cache, so that the next build finds them good.
fn forget(names: &BTreeSet<&str>) -> Result<(), Problem> {
    if names.is_empty() {
        return Ok(());
    }
    let argv: Vec<String> = ["uv", "cache", "clean"].into_iter().chain(names.iter().copied()).map(str::to_owned).collect();
    run(&argv, &[])
}

fn on_path(program: &str) -> bool {
    let folders = std::env::var("PATH").unwrap_or_default();
    folders.split(':').any(|folder| Path::new(folder).join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_project_that_cannot_be_built_need_not_be() {
        let said = |known: Option<&str>| {
            with_way_out(Problem::Failed(known.map(|known| Finding::new(codes::MISSING_BUILD_TOOL, "", known)))).to_string()
        };
        assert!(said(None).starts_with("error[unbuildable-project]: the project cannot be built, for the reason above\nhelp: "));
        assert!(
            said(Some("`gcc` is missing\nhelp: add it"))
                .starts_with("error[missing-build-tool]: `gcc` is missing\nhelp: add it\nhelp: if the service is only copied")
        );
        assert!(said(None).contains("`install-project: false`"));
        // Who does not reach a server gains nothing by that.
        let known = Finding::new(codes::FAILED_INSTALL, "", "`pypi.org` cannot be reached");
        let said = with_way_out(Problem::Failed(Some(known))).to_string();
        assert_eq!(said, "error[failed-install]: `pypi.org` cannot be reached");
    }

    #[test]
    fn the_second_time_names_the_packages_where_uv_expects_them() {
        let names = BTreeSet::from(["bottle", "click"]);
        let again = |line: &str| again(&words(line), &names).map(|w| w.join(" "));
        let named = "--reinstall-package bottle --reinstall-package click";
        assert_eq!(again("uv sync --frozen").as_deref(), Some(&*format!("uv sync {named} --frozen")));
        let login = again("/bin/sh -euc x sh uv pip install -r uv");
        assert_eq!(login.as_deref(), Some(&*format!("/bin/sh -euc x sh uv pip install {named} -r uv")));
        assert_eq!(again("pip install x"), None);
        let all = super::again(&words("uv sync"), &BTreeSet::new()).unwrap_or_default();
        assert_eq!(all, ["uv", "sync", "--reinstall"]);
    }
}
