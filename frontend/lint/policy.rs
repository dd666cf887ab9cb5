//! What becomes of each warning: it is said, left unsaid, or an error. The spec's `lint` says so, and as Docker's users know it the
//! comment `# check=skip=NAME,NAME;error=true` at the spec's head, or the build argument `BUILDKIT_DOCKERFILE_CHECK` in its place.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::codes::Code;
use crate::diag::{Diagnostic, FileId, Place, Severity, Sink, Sources, codes};
use crate::names::Refused;
use crate::spec::{Named, Spec, warning};

/// Which warnings are left unsaid, which are errors, and which are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    skipped: BTreeSet<&'static str>,
    /// Why a warning is allowed, where the spec says so.
    reasons: BTreeMap<&'static str, String>,
    skips_all: bool,
    denied: BTreeSet<&'static str>,
    denies_all: bool,
    asked: BTreeSet<&'static str>,
}

/// What a comment or an argument in Docker's form says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checks {
    skipped: BTreeSet<&'static str>,
    skips_all: bool,
    denies_all: bool,
}

impl Policy {
    /// The policy of a spec, and of what stands in Docker's form beside it.
    pub(crate) fn new(spec: &Spec, checks: &Checks) -> Self {
        let mut policy =
            Self { skipped: checks.skipped.clone(), skips_all: checks.skips_all, denies_all: checks.denies_all, ..Self::default() };
        let Some(lint) = &spec.lint else { return policy };
        for (name, reason) in &lint.value.allow.0 {
            let Ok(code) = warning(&name.value) else { continue };
            policy.skipped.insert(code.name());
            policy.reasons.insert(code.name(), reason.value.trim().to_owned());
        }
        for (named, denied) in lint.value.deny.iter().map(|n| (n, true)).chain(lint.value.warn.iter().map(|n| (n, false))) {
            match named.value {
                Named::All if denied => policy.denies_all = true,
                Named::All => {}
                Named::One(code) => {
                    policy.asked.insert(code.name());
                    if denied {
                        policy.denied.insert(code.name());
                    }
                }
            }
        }
        policy
    }

    /// Whether advice that is only given where it is asked for is.
    pub(crate) fn asks(&self, code: Code) -> bool {
        self.asked.contains(code.name())
    }

    /// Why a finding is left unsaid, in words; nothing where it is said.
    pub(crate) fn silences(&self, found: &Diagnostic) -> Option<String> {
        self.judge(found.clone()).is_none().then(|| match self.reasons.get(found.code.name()) {
            Some(reason) => reason.clone(),
            None => "skipped by a check, without a reason".to_owned(),
        })
    }

    /// What is said of a finding; nothing where it is allowed.
    pub(crate) fn judge(&self, mut found: Diagnostic) -> Option<Diagnostic> {
        let name = found.code.name();
        if found.severity == Severity::Error {
            return Some(found);
        }
        let is_denied = self.denied.contains(name);
        if self.skipped.contains(name) || (self.skips_all && !is_denied) {
            return None;
        }
        if is_denied || self.denies_all {
            found.severity = Severity::Error;
            let by = if is_denied { format!("`lint: {{ deny: [{name}] }}`") } else { "the check of all warnings".to_owned() };
            found = found.help(format!("{by} makes it an error; `lint: {{ allow: {{ {name}: REASON }} }}` lets it pass"));
        }
        Some(found)
    }
}

impl Checks {
    /// Reads the comment at the head of a spec, where it has one; the sink says what is wrong in it.
    pub(crate) fn of_spec(file: FileId, sources: &Sources, sink: &mut Sink) -> Self {
        let mut start = 0;
        for line in sources.file(file).text.split_inclusive('\n').take_while(|line| line.starts_with('#')) {
            if let Some((before, value)) = said(line) {
                let at = start + before;
                return Self::parse(value, true).unwrap_or_else(|refused| {
                    let place = Place { file, start: at, end: at + value.len() };
                    sink.push(Diagnostic::new(codes::UNKNOWN_VALUE, refused.message).at(place, "").help_if(refused.help));
                    Self::default()
                });
            }
            start += line.len();
        }
        Self::default()
    }

    /// Reads `skip=NAME,NAME;error=true`. Names that only Docker's own check has, which are written with capitals, are of no
    /// meaning here and wrong where the text is `own`.
    pub(crate) fn parse(text: &str, own: bool) -> Result<Self, Refused> {
        let mut checks = Self::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').map_or((part, ""), |(key, value)| (key.trim(), value.trim()));
            match key {
                "skip" if value == "all" => checks.skips_all = true,
                "skip" => {
                    for name in value.split(',').map(str::trim).filter(|name| own || !name.contains(char::is_uppercase)) {
                        checks.skipped.insert(warning(name)?.name());
                    }
                }
                "error" if ["true", "false"].contains(&value) => checks.denies_all = value == "true",
                "error" => return Err(Refused::new(format!("`error` is `true` or `false`, and not `{value}`"), FORM)),
                "experimental" if !own => {}
                _ => return Err(Refused::new(format!("a check has no `{key}`"), FORM)),
            }
        }
        Ok(checks)
    }
}

const FORM: &str = "write `skip=NAME,NAME`, `skip=all` or `error=true`, with `;` between two of them";

/// What a comment says of checks, and how far into its line that stands.
fn said(line: &str) -> Option<(usize, &str)> {
    let (key, value) = line.split_once('=')?;
    let spaces = value.len() - value.trim_start().len();
    (key.trim_start_matches('#').trim() == "check").then(|| (key.len() + 1 + spaces, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, own: bool) -> Result<Checks, String> {
        Checks::parse(text, own).map_err(|refused| refused.message)
    }

    #[test]
    fn dockers_form_is_read() {
        let both = parse("skip=root-user, cuda-in-lock;error=true", true).unwrap();
        assert_eq!(both.skipped.iter().copied().collect::<Vec<_>>(), ["cuda-in-lock", "root-user"]);
        assert!(both.denies_all && !both.skips_all);
        assert!(parse("skip=all", true).unwrap().skips_all);
        assert_eq!(parse("error=yes", true).unwrap_err(), "`error` is `true` or `false`, and not `yes`");
        assert_eq!(parse("skipp=all", true).unwrap_err(), "a check has no `skipp`");
    }

    #[test]
    fn names_of_dockers_own_check_are_only_passed_over_where_they_may_be_meant_for_it() {
        assert_eq!(parse("skip=JSONArgsRecommended,root-user;experimental=all", false).unwrap().skipped.len(), 1);
        assert_eq!(parse("skip=JSONArgsRecommended", true).unwrap_err(), "no warning has the name `JSONArgsRecommended`");
        assert_eq!(parse("skip=no-lock", false).unwrap_err(), "`no-lock` is an error, and what is wrong cannot be allowed");
    }

    #[test]
    fn an_allowed_warning_is_not_said_and_a_denied_one_is_an_error() {
        let found = |code: Code| Diagnostic::new(code, "it is so");
        let policy = Policy { skipped: BTreeSet::from(["no-match"]), denied: BTreeSet::from(["root-user"]), ..Policy::default() };
        assert_eq!(policy.judge(found(codes::NO_MATCH)), None);
        assert_eq!(policy.judge(found(codes::ROOT_USER)).map(|d| d.severity), Some(Severity::Error));
        assert_eq!(policy.judge(found(codes::LATEST_IMAGE)).map(|d| d.severity), Some(Severity::Warning));
        let all = Policy { denies_all: true, ..policy };
        assert_eq!(all.judge(found(codes::NO_MATCH)), None);
        assert_eq!(all.judge(found(codes::LATEST_IMAGE)).map(|d| d.severity), Some(Severity::Error));
    }
}
