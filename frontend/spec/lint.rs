//! What a spec says of warnings: which are not said and why, and which are errors.

use crate::diag::codes::Code;
use crate::diag::{Diagnostic, Severity, Sink, codes, nearest};
use crate::messages;
use crate::names::Refused;
use crate::yaml::{At, Table, keys, scalar};

keys! {
    /// What becomes of warnings, by the names that stand in brackets in them.
    pub struct LintKeys as "`lint`" {
        /// Warnings that are not said, each with the reason why it is right as it is.
        allow: Table<At<String>> = "allow", "{cuda-in-lock: the nodes that run it have GPUs}";
        /// Advice that is only given where it is asked for; [messages.md](messages.md) says which that is.
        warn: Vec<At<Named>> = "warn", "[unpinned-base]";
        /// Warnings that are errors, or `all`. What is only said where it is asked for is asked for by its name here.
        deny: Vec<At<Named>> = "deny", "[root-user, ships-secret]";
    }
}

/// A warning's name, or the word for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Every warning.
    All,
    /// The warning of this name.
    One(Code),
}

impl std::str::FromStr for Named {
    type Err = Refused;

    fn from_str(word: &str) -> Result<Self, Refused> {
        if word == "all" { Ok(Self::All) } else { warning(word).map(Self::One) }
    }
}

scalar!(Named, "the name of a warning, or `all`", codes::UNKNOWN_VALUE);

/// Warnings that a step of the build writes to its log, where neither is known what a spec allows.
const SAID_BY_STEPS: [Code; 5] =
    [codes::UNREADABLE_PROGRAM, codes::UNREADABLE, codes::PACKAGE_CACHE, codes::GIT_REPOSITORY, codes::PRIVATE_KEY];

/// Returns the warning of a name.
pub(crate) fn warning(name: &str) -> Result<Code, Refused> {
    match messages::find(name) {
        Some(code) if SAID_BY_STEPS.contains(&code) => {
            let refused = format!("`{name}` is found in the finished image and stands in the build's log alone");
            Err(Refused::new(refused, format!("`distil explain {name}` says how to mend it")))
        }
        Some(code) if code.severity() == Severity::Warning => Ok(code),
        Some(_) => Err(Refused::new(
            format!("`{name}` is an error, and what is wrong cannot be allowed"),
            format!("`distil explain {name}` says how to mend it"),
        )),
        None => {
            let known = messages::all().filter(|code| code.severity() == Severity::Warning && !SAID_BY_STEPS.contains(code));
            let near = nearest(name, known.map(Code::name)).map(|near| format!("did you mean `{near}`?"));
            let refused = Refused::new(format!("no warning has the name `{name}`"), "`distil explain` lists the names");
            Err(Refused { help: near.or(refused.help), ..refused })
        }
    }
}

/// Says which names are none, and which reasons are missing.
pub(super) fn check(lint: &LintKeys, sink: &mut Sink) {
    for (name, reason) in &lint.allow.0 {
        if let Err(refused) = warning(&name.value) {
            sink.push(Diagnostic::new(codes::UNKNOWN_VALUE, refused.message).at(name.place, "").help_if(refused.help));
        } else if reason.value.trim().is_empty() {
            let found = Diagnostic::new(codes::BAD_VALUE, format!("nothing says why `{}` is allowed", name.value));
            sink.push(found.at(reason.place, "").help("the next reader wants to know: write the reason as a sentence"));
        }
        let denied = lint.deny.iter().chain(&lint.warn).find(|named| matches!(named.value, Named::One(c) if c.name() == name.value));
        if let Some(denied) = denied {
            let found = Diagnostic::new(codes::CONTRADICTION, format!("`{}` is allowed here and asked for there", name.value));
            sink.push(found.at(name.place, "").at(denied.place, "").help("keep one of them"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steps_say_is_all_of_the_image_that_is_only_a_warning() {
        let (_, of_image) = codes::OF_ANY_SERVICE.last().unwrap();
        let warnings = of_image.iter().filter(|code| code.severity() == Severity::Warning && code.name() != "start-unproven");
        assert!(warnings.eq(&SAID_BY_STEPS));
    }
}
