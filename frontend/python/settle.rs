//! Which Python in the end: where the project leaves a choice, the newest that every locked package with wheels has one for;
//! and what is built from source when that is not so.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Sink};
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::locks::Package;
use crate::python::version::PythonVersion;
use crate::spec::{Runtime, Spec};

use super::inputs::{install_set, torch};
use super::wheels::{Libc, lacks};

/// Machines whose packages count; a lock that is for one of them alone is rare.
const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

/// The facts with the Python that is taken, which may be another than they had where nobody named one.
pub(crate) fn settle(spec: &Spec, facts: &Facts, sink: &mut Sink) -> Facts {
    let mut facts = facts.clone();
    let libc = if spec.runtime.as_ref().is_some_and(|r| r.value == Runtime::Alpine) { Libc::Musl } else { Libc::Glibc };
    // What is wrong with the lock is said where it is installed from. Builds for the processor run on the same Pythons as those for CUDA.
    let Some(set) = install_set(spec, &facts, torch(spec), &mut Sink::default()) else { return facts };
    let all = || set.packages.iter().chain(&set.missing.torch);
    let is_here = |package: &Package, minor: u32| MACHINES.iter().any(|on| package.is_for(PythonVersion { minor, patch: None }, on));
    let lacking = |minor: u32| -> BTreeSet<String> {
        let wheels = |package: &Package| package.wheels.iter().map(|wheel| wheel.file.clone()).collect::<Vec<_>>();
        let lacks = |package: &&Package| is_here(package, minor) && lacks(&wheels(package), minor, libc);
        all().filter(lacks).map(|package| package.name.clone()).collect()
    };
    let asked = facts.python.version.minor;
    if !all().any(|package| is_here(package, asked) && !package.wheels.is_empty()) {
        return facts;
    }
    let without: Vec<String> = lacking(asked).into_iter().collect();
    let best = facts.python.allowed.iter().copied().find(|minor| lacking(*minor).is_empty());
    let name = facts.lock.name.clone();
    match best {
        _ if without.is_empty() => {
            if !facts.python.is_named {
                facts.python.from = format!("{} and the wheels of {name}", facts.python.from);
            }
        }
        Some(minor) if !facts.python.is_named => {
            facts.python.version = PythonVersion { minor, patch: None };
            facts.python.from = format!("the newest that every wheel of {name} is for (no {} for 3.{asked})", listed(&without));
        }
        best => warn(&facts, &without, best, sink),
    }
    facts
}

/// Says what has to be built from source.
fn warn(facts: &Facts, without: &[String], best: Option<u32>, sink: &mut Sink) {
    let version = facts.python.version.series();
    let message = format!("{} has no wheels of {} for Python {version}", facts.lock.name, listed(without));
    let found = Diagnostic::new(codes::NO_WHEELS, message);
    let found = facts.python.place.into_iter().fold(found, |found, place| found.at(place, ""));
    let found = found.help("they are built from source, for which a compiler may have to be under `apt.build`");
    sink.push(found.help(match best {
        Some(minor) => format!("the newest Python that the lock has all wheels for is 3.{minor}"),
        None => "no Python that the project allows has all wheels; newer versions of these packages may".to_owned(),
    }));
}

/// A few names, and how many more.
fn listed(names: &[String]) -> String {
    const MAX_NAMED: usize = 3;
    let shown = names.iter().take(MAX_NAMED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > MAX_NAMED { format!("{shown} and {} more", names.len() - MAX_NAMED) } else { shown }
}
