//! Which Python in the end: where the project leaves a choice, the newest that every locked package with wheels has one for;
//! and what is built from source when that is not so.

use crate::diag::{Diagnostic, Sink};
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::keys::{Manager, Torch};
use crate::python::locks::poetry;
use crate::python::locks::uv as lock;
use crate::python::pep::Marker;
use crate::python::version::PythonVersion;
use crate::spec::{Runtime, Spec};

use super::inputs::words_at;
use super::wheels::{Libc, is_wheel, lacks};

/// Machines whose packages count; a lock that is for one of them alone is rare.
const MACHINES: [&str; 2] = ["x86_64", "aarch64"];

/// Each package that is installed, with the names of its files.
type Packages = Vec<(String, Vec<String>)>;

/// The facts with the Python that is taken, which may be another than they had where nobody named one.
pub(crate) fn settle(spec: &Spec, facts: &Facts, sink: &mut Sink) -> Facts {
    let known = facts;
    let mut facts = facts.clone();
    let libc = if spec.runtime.as_ref().is_some_and(|r| r.value == Runtime::Alpine) { Libc::Musl } else { Libc::Glibc };
    let Some(locked) = Locked::read(spec, known) else { return facts };
    let lacking = |minor: u32| -> Option<Vec<String>> {
        let packages = locked.packages(minor)?;
        let mut names: Vec<_> = packages.into_iter().filter(|(_, files)| lacks(files, minor, libc)).map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        Some(names)
    };
    let asked = facts.python.version.minor;
    let tells = |(_, files): &(String, Vec<String>)| files.iter().any(|file| is_wheel(file));
    if !locked.packages(asked).is_some_and(|packages| packages.iter().any(tells)) {
        return facts;
    }
    let Some(without) = lacking(asked) else { return facts };
    let best = facts.python.allowed.iter().copied().find(|minor| lacking(*minor).is_some_and(|names| names.is_empty()));
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

/// A lock that tells the files of its packages. What is wrong with it is said where it is installed from.
enum Locked<'a> {
    Uv(&'a lock::UvLock, &'a Spec, &'a str),
    Poetry(Box<poetry::InstallSet>),
    Pip(Vec<crate::python::locks::pip::Pinned>),
}

impl<'a> Locked<'a> {
    fn read(spec: &'a Spec, facts: &'a Facts) -> Option<Self> {
        let (mut sink, found) = (Sink::default(), &facts.lock);
        match found.manager {
            Manager::Uv => Some(Self::Uv(found.uv.as_deref()?, spec, &facts.project.name)),
            Manager::Poetry => {
                let project = found.project.as_ref()?;
                let (extras, groups) = (words_at(spec.python().extras.as_ref()), words_at(spec.python().groups.as_ref()));
                let only_groups = words_at(spec.python().only_groups.as_ref());
                let selection = poetry::Selection { extras: &extras, groups: &groups, only_groups: &only_groups };
                let set = poetry::install_set(&found.text, found.file, project, selection, &mut sink)?;
                Some(Self::Poetry(Box::new(set)))
            }
            Manager::Pip => Some(Self::Pip(found.pip.as_ref()?.packages.clone())),
        }
    }

    /// What is installed with a series of Python; `None` when that cannot be said.
    fn packages(&self, minor: u32) -> Option<Packages> {
        match self {
            Self::Uv(locked, spec, package) => {
                let texts = |values: Option<&Vec<crate::yaml::At<crate::names::Word>>>| {
                    values.into_iter().flatten().map(|w| w.value.to_string()).collect::<Vec<_>>()
                };
                let (extras, groups) = (texts(spec.python().extras.as_ref()), texts(spec.python().groups.as_ref()));
                let only_groups = texts(spec.python().only_groups.as_ref());
                let selection = lock::Selection { package, extras: &extras, groups: &groups, only_groups: &only_groups };
                let cpu = spec.python().torch.as_ref().is_some_and(|t| t.value == Torch::Cpu);
                locked.wheels(&selection, if cpu { lock::Torch::Cpu } else { lock::Torch::Keep }, minor).ok()
            }
            Self::Poetry(set) => {
                let python = PythonVersion { minor, patch: None };
                let here = set.packages.iter().filter(|p| MACHINES.iter().any(|machine| p.is_for(python, machine)));
                Some(here.map(|p| (p.name.clone(), p.files.clone())).collect())
            }
            Self::Pip(packages) => {
                let here = packages.iter().filter(|p| p.marker.as_ref().is_none_or(|m| Marker::read(m).may_hold(minor)));
                Some(here.map(|p| (p.name.clone(), p.files.clone())).collect())
            }
        }
    }
}
