//! What the steps of a Python service tell the steps after them, beside what those of any service do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::python::refine::interpreter::{Outcome, Result};

pub(crate) use crate::refine::steps::notes::*;

/// What became of the environment.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Environment {
    /// The interpreter's version, as `3.13`.
    pub python: String,
    /// What rules left out, by rule.
    pub pruned: BTreeMap<String, Pruned>,
    /// What a rule would have left out and did not.
    pub kept: Vec<Kept>,
    /// What stripping came to.
    pub stripped: StrippedFiles,
    /// Shared libraries that came from the builder.
    pub brought: Vec<BroughtLibrary>,
    /// Libraries that only parts which work without them ask for.
    pub absent: Vec<AbsentLibrary>,
    /// Extension modules of the interpreter that a library was missing for.
    pub dropped: Vec<String>,
    /// The modules that were imported before anything was left out.
    pub modules: Vec<String>,
    /// Those that were not, and why.
    pub failing: BTreeMap<String, String>,
    /// How many seconds modules took that took more than one: the proof gives them time by that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slow: BTreeMap<String, u64>,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// Lists of files that are written anew, on their way to the layers.
    #[serde(skip)]
    pub records: BTreeMap<String, String>,
}

/// What became of the project.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Application {
    /// Which modules are compiled.
    pub policy: String,
    /// How many files of bytecode there are.
    pub compiled: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// What the service imports when it starts, in order.
    pub start: Vec<Import>,
    /// Modules of the project that were imported in the builder.
    pub modules: Vec<String>,
    /// Those that were not, and why.
    pub failing: BTreeMap<String, String>,
    /// Shared libraries that came from the builder for the project's own files.
    pub brought: Vec<BroughtLibrary>,
    /// What stripping came to.
    pub stripped: StrippedFiles,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// One import of the service's start, as it went in the builder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Import {
    /// A module, a name of a module, a statement, or a file that is run.
    pub what: String,
    /// Whether the command asks for it.
    pub own: bool,
    /// How it went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// Whether it did not come back.
    pub hung: bool,
    /// What it looked for in the project and did not find.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<Lacks>,
    /// The folder or file that it was not allowed to write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied: Option<String>,
}

/// What came of importing modules before anything was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tried {
    /// Those that imported.
    pub modules: Vec<String>,
    /// Those that did not, and why.
    pub failing: BTreeMap<String, String>,
    /// The seconds of those that took more than one.
    pub slow: BTreeMap<String, u64>,
}

impl Tried {
    /// The same of outcomes.
    pub(crate) fn of(outcomes: &[Outcome]) -> Self {
        let mut tried = Self::default();
        for outcome in outcomes {
            match &outcome.result {
                Result::Ok => {
                    tried.modules.push(outcome.module.clone());
                    // A machine is not as fast as it was to a part of a second.
                    let seconds = outcome.took.as_secs() + u64::from(outcome.took.subsec_nanos() > 0);
                    if seconds > 1 {
                        tried.slow.insert(outcome.module.clone(), seconds);
                    }
                }
                other => _ = tried.failing.insert(outcome.module.clone(), other.describe()),
            }
        }
        tried
    }
}

impl Environment {
    /// Notes what came of importing the modules that are still there.
    pub(crate) fn note(&mut self, tried: Tried, is_there: impl Fn(&String) -> bool) {
        self.modules.extend(tried.modules.into_iter().filter(|module| is_there(module)));
        self.failing.extend(tried.failing.into_iter().filter(|(module, _)| is_there(module)));
        self.slow.extend(tried.slow.into_iter().filter(|(module, _)| is_there(module)));
    }

    /// The rule that left a file out.
    #[must_use]
    pub(crate) fn rule_for(&self, path: &str) -> Option<(&str, &Pruned)> {
        let holds = |known: &String| path == known || path.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.pruned.iter().find(|(_, pruned)| pruned.paths.iter().any(holds)).map(|(rule, pruned)| (rule.as_str(), pruned))
    }
}
