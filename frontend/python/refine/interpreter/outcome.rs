//! What became of importing a module, and how it is told.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// The longest that is quoted of an exception's text, in characters.
const MAX_MESSAGE: usize = 240;

/// What became of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Its name.
    pub module: String,
    /// How it went.
    pub result: Result,
    /// What that took: the processor's time, and what it waited for by itself.
    pub took: Duration,
}

/// How an import went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Result {
    /// It was imported.
    Ok,
    /// It raised an exception.
    Error {
        /// The exception's type, with its module where that is not `builtins`.
        kind: String,
        /// The first line of what it says.
        first: String,
        /// The traceback.
        full: String,
    },
    /// The process ended.
    Crashed {
        /// By this signal, or of its own will.
        signal: Option<i32>,
        /// The exit code, where there was no signal.
        code: Option<i32>,
        /// The end of what it said.
        said: String,
    },
    /// It did not come back in time.
    Hung,
}

impl Result {
    /// What happened, in a few words.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Ok => "imports".into(),
            Self::Error { kind, first, .. } if first.is_empty() => format!("raises {kind}"),
            Self::Error { kind, first, .. } => format!("raises {kind}: {first}"),
            Self::Crashed { signal: Some(signal), .. } => format!("ends the process by signal {signal}"),
            Self::Crashed { code, .. } => format!("ends the process with code {}", code.unwrap_or(-1)),
            Self::Hung => "does not come back in time".into(),
        }
    }

    /// All that it said.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Error { full, .. } => full,
            Self::Crashed { said, .. } => said,
            Self::Ok | Self::Hung => "",
        }
    }

    pub(in crate::python::refine) fn error(kind: &str, first: &str, full: &str) -> Self {
        let lines: Vec<&str> = first.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        // What is wrong with settings is told in the lines after the first.
        let first: String = lines[..lines.len().min(3)].join("; ").chars().take(MAX_MESSAGE).collect();
        Self::Error { kind: kind.into(), first, full: full.trim_end().into() }
    }

    pub(super) fn ended(status: Option<ExitStatus>, said: String) -> Self {
        Self::Crashed { signal: status.and_then(|s| s.signal()), code: status.and_then(|s| s.code()), said }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_wrong_are_told_with_their_names() {
        let said = Result::error("ValidationError", "1 validation error for Settings\nTOKEN\n  Field required [type=missing]\n    See", "");
        assert_eq!(said.describe(), "raises ValidationError: 1 validation error for Settings; TOKEN; Field required [type=missing]");
        assert!(Result::error("E", &"é".repeat(999), "").describe().chars().count() < 260);
    }
}
