//! Which source files a service reads when it starts, and what became of each import on the way: its modules are imported, and
//! nothing is run. What fails is no mistake here, as there may be neither database nor settings: all that was read until then
//! counts.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::Python;
use super::imports::unable;
use super::outcome::Result;
use super::session::{Next, Session};
use crate::python::refine::start::{self, Load};

/// What a start reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The source files, the standard library's included, sorted; what is frozen into the interpreter is not read.
    pub files: Vec<PathBuf>,
    /// What was imported, or was to be, in order, each once.
    pub tried: Vec<Tried>,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tried {
    /// A module as `shop.api`, with a name of it as `shop.api:app`, a statement as `from shop import api`, or a file that is run.
    pub what: String,
    /// Whether the command itself asks for it, so that the service does not start without it.
    pub own: bool,
    /// How it went.
    pub result: Result,
    /// Whether what went wrong does so wherever it is tried: a module that is not there, or no Python.
    pub lasting: bool,
    /// Names that the module has in the place of the one that it lacks.
    pub near: Vec<String>,
}

/// How long an import may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// One of a module that is made to be imported.
    pub import: Duration,
    /// One that may turn out to run the service.
    pub run: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { import: Duration::from_secs(120), run: Duration::from_secs(20) }
    }
}

impl Limits {
    /// No less than so long for one import.
    #[must_use]
    pub(crate) fn at_least(self, import: Duration) -> Self {
        Self { import: self.import.max(import), ..self }
    }

    /// Twice as long.
    #[must_use]
    pub(crate) fn doubled(self) -> Self {
        Self { import: self.import * 2, run: self.run * 2 }
    }
}

/// Imports what a start loads, but what `skip` names. An error means that the interpreter itself does not start.
pub(crate) fn trace(python: &Python, loads: &[Load], skip: &[String], limits: Limits) -> io::Result<Trace> {
    let asked = |load: &&Load| match load {
        Load::Named(name, _) | Load::Object(name) | Load::Main(name) => !skip.contains(name),
        Load::Script(path) => !skip.contains(path),
        _ => true,
    };
    let loads: Vec<Load> = loads.iter().filter(asked).cloned().collect();
    let input = start::lines(&loads, &python.workdir.display().to_string());
    let mut session = Session::start(python.command(include_str!("trace.py")), input.into_bytes())?;
    if !matches!(session.next(limits.import), Next::Frame(_)) {
        return Err(unable(python, session));
    }
    let mut heard = Heard::default();
    loop {
        let limit = if heard.open.as_ref().is_some_and(|open| open.2) { limits.run } else { limits.import };
        match session.next(limit) {
            Next::Frame(frame) => heard.hear(&String::from_utf8_lossy(&frame)),
            Next::Late => {
                heard.close(Result::Hung, false, vec![]);
                break;
            }
            Next::End => {
                if !heard.ended {
                    let (status, said) = session.finish();
                    heard.close(Result::ended(status, said), false, vec![]);
                }
                break;
            }
        }
    }
    Ok(Trace { files: heard.files.into_iter().collect(), tried: heard.tried })
}

/// What the script said so far.
#[derive(Default)]
struct Heard {
    files: BTreeSet<PathBuf>,
    tried: Vec<Tried>,
    /// The import under way: what, whether the command asks for it, whether it may run for ever.
    open: Option<(String, bool, bool)>,
    ended: bool,
}

impl Heard {
    fn hear(&mut self, text: &str) {
        let parts: Vec<&str> = text.split('\0').collect();
        match parts[..] {
            ["file", path] => _ = self.files.insert(PathBuf::from(path)),
            ["begin", what, own, lazy] => self.open = Some((what.to_owned(), !own.is_empty(), !lazy.is_empty())),
            ["ok", _] => self.close(Result::Ok, false, vec![]),
            ["lacks", _, module, name, near] => {
                let said = format!("module '{module}' has no attribute '{name}'");
                self.close(Result::error("AttributeError", &said, ""), true, near.split(',').map(str::to_owned).collect());
            }
            ["failed", _, kind, said, full, lasting] => self.close(Result::error(kind, said, full), !lasting.is_empty(), vec![]),
            ["end"] => self.ended = true,
            _ => {}
        }
    }

    /// The import under way has come to an end. What is asked for twice counts once, and as the command's where it is that.
    fn close(&mut self, result: Result, lasting: bool, near: Vec<String>) {
        let Some((what, own, _)) = self.open.take() else { return };
        match self.tried.iter_mut().find(|tried| tried.what == what) {
            Some(known) => known.own |= own,
            None => self.tried.push(Tried { what, own, result, lasting, near }),
        }
    }
}

#[cfg(test)]
impl Trace {
    /// The first import that the command asks for and that went wrong.
    #[must_use]
    pub(crate) fn failed(&self) -> Option<&Tried> {
        self.tried.iter().find(|tried| tried.own && tried.result != Result::Ok)
    }
}

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
