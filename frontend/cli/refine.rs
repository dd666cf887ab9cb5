//! Steps that builds run by themselves, with the program mounted from its own image. Not for typing; recipes name them.

use anyhow::anyhow;

use crate::diag::{codes, plain};
use crate::ecosystem;
use crate::python::refine::install;
use crate::python::refine::steps::{application, before, environment, library, needs, prove as python};
use crate::refine::proof::Finding;
use crate::refine::requests::Request;
use crate::refine::steps::{Problem, command, gather, prove, report};

use super::run::{Stop, say};

/// Runs a step. What it has to say goes to standard error, which the build's output shows; modules and files have a say in that,
/// so nothing of it reaches a terminal raw.
pub(super) fn refine(words: &[String]) -> Result<(), Stop> {
    match outcome(words) {
        Ok(lines) => {
            for line in lines {
                say(&format!("{}\n", plain(&line)));
            }
            Ok(())
        }
        Err(Problem::Wrong(findings)) => {
            findings.iter().for_each(complain);
            Err(Stop::Refused)
        }
        Err(Problem::Failed(known)) => {
            known.iter().for_each(complain);
            Err(Stop::Refused)
        }
        Err(Problem::Io(error)) => Err(anyhow!("{}", plain(&error.to_string())).into()),
    }
}

fn complain(finding: &Finding) {
    say(&format!("{}\n", plain(&finding.to_string())));
}

fn outcome(words: &[String]) -> Result<Vec<String>, Problem> {
    let request = Request::read(words).map_err(|refused| {
        let help = refused.help.map_or_else(String::new, |help| format!("\n  help: {help}"));
        Finding::new(codes::BAD_STEP, "", refused.message + &help)
    })?;
    match &request {
        Request::Install(asked) => install::install(asked),
        Request::Environment(asked) => environment::refine(asked),
        Request::Needs(asked) => needs::needs(asked),
        Request::Application(asked) => application::finish(asked),
        Request::Library(asked) => library::library(asked),
        Request::Gather(asked) => gather::gather(asked),
        Request::Hygiene(asked) => prove::hygiene(asked, ecosystem::language()),
        Request::ProvePackages(asked) => python::packages(asked),
        Request::ProveImage(asked) => python::image(asked),
        Request::ProveBefore(asked) => before::before(asked),
        Request::ProveCommand(asked) => command::command(&asked.command.0),
        Request::Imports(asked) => python::imports(asked),
        Request::Run(asked) => prove::run(asked),
        Request::Start(asked) => prove::start(asked, ecosystem::language()),
        Request::File(asked) => prove::file(asked),
        Request::Budget(asked) => prove::budget(asked),
        Request::Report(asked) => report::report(asked, ecosystem::language()),
    }
}
