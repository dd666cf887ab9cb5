//! Steps that builds run by themselves, with the program mounted from its own image. Not for typing; recipes name them.

use anyhow::anyhow;

use crate::diag::plain;
use crate::ecosystem;
use crate::refine::proof::Finding;
use crate::refine::steps::{Problem, blamed};

use super::run::{Stop, say};

/// Runs a step. What it has to say goes to standard error, which the build's output shows; modules and files have a say in that,
/// so nothing of it reaches a terminal raw.
pub(super) fn refine(words: &[String]) -> Result<(), Stop> {
    match ecosystem::run(words) {
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
            let package = known.map(|known| known.about).filter(|package| !package.is_empty());
            Err(package.map_or(Stop::Refused, |package| Stop::Blamed(blamed::code(&package))))
        }
        Err(Problem::Io(error)) => {
            let full = error.kind() == std::io::ErrorKind::StorageFull;
            let help = if full { "\nhelp: the disk of the engine is full: make room with `docker buildx prune`" } else { "" };
            Err(anyhow!("{}{help}", plain(&error.to_string())).into())
        }
    }
}

fn complain(finding: &Finding) {
    say(&format!("{}\n", plain(&finding.to_string())));
}
