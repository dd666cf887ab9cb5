//! The rules as data: what may be removed, why that is safe, and what has to stay. Whoever knows a language brings
//! those for its packages; a mistake in them is found by the tests.

use std::str::FromStr;

use crate::diag::{Sink, Sources, codes};
use crate::names::Refused;
use crate::yaml::{Decode, keys, scalar};

keys! {
    /// The file of rules.
    pub struct Rules as "a file of rules" {
        /// What no rule may touch; only a user's `drop` can.
        keep: Vec<Keep> = "keep", "[{paths: [django/test/], why: applications import it}]";
        /// The rules; the first that fits a file counts.
        rules: Vec<Rule> = "rules", "[{name: tests, paths: [\"**/tests/\"]}]";
    }
}

keys! {
    /// One rule. A file is removed when a path fits, the rule is on, and nothing says that the file has to stay.
    pub struct Rule as "a rule" {
        /// Its name in reports.
        name: String = "name", "source-maps";
        /// The name by which a spec turns it on and off; several rules may share one.
        switch: String = "switch", "maps";
        /// Whether it is on when nobody says.
        default: State = "default", "on";
        /// What it removes, in one line.
        what: String = "what", "maps from bundled to original JavaScript";
        /// Why that is safe.
        why: String = "why", "only a browser's debugger reads them";
        /// Where it applies: `packages`, paths from a site folder; `interpreter`, paths from `/usr/local`.
        places: Vec<Where> = "in", "[packages]";
        /// Patterns; one with a slash at its end means a directory and all below.
        paths: Vec<String> = "paths", "[\"**/*.js.map\"]";
        /// Patterns of which a folder has to hold a file, if it is to go.
        holds: Vec<String> = "holds", "[\"**/*.py\"]";
        /// Only files of these distributions.
        only: Vec<String> = "only", "[torch]";
        /// What stays, though a path fits.
        keep: Vec<Keep> = "keep", "[{packages: [numba], why: reads them at run time}]";
        /// Whether a module that kept code imports stays.
        guard: bool = "guard", "true";
        /// Files whose imports do not count for the guard, as they are not reached by a service.
        ignore: Vec<Keep> = "ignore", "[{paths: [numba/testing/], why: runs numba's own tests}]";
        /// Modules that open by name what the rule takes: where the project's own code imports one, all of it stays.
        reached_by: Vec<String> = "reached-by", "[dbm, shelve]";
        /// The rule is off when one of these is installed and another distribution requires it.
        unless_required: Vec<String> = "unless-required", "[lazy-loader]";
        /// Whole distributions, each of which goes when nothing requires or imports it.
        distributions: Vec<String> = "distributions", "[pip]";
        /// The modules by which those are imported.
        modules: Vec<String> = "modules", "[pip]";
        /// The paths are directories named after AWS services: it acts only when the spec names its services, and these stay too.
        services: Vec<String> = "services", "[s3, sts]";
    }
}

keys! {
    /// An exception.
    pub struct Keep as "an exception" {
        /// Distributions whose files it is about.
        packages: Vec<String> = "packages", "[numba, llvmlite]";
        /// Patterns as those of a rule; where packages are named too, either is enough.
        paths: Vec<String> = "paths", "[django/test/]";
        /// The evidence.
        why: String = "why", "numba compiles against them at run time";
    }
}

/// On or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// The rule acts.
    On,
    /// The rule does nothing.
    #[default]
    Off,
}

impl FromStr for State {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err(Refused { message: format!("`{text}` is neither `on` nor `off`"), help: None }),
        }
    }
}

scalar!(State, "`on` or `off`", codes::UNKNOWN_VALUE);

/// What a rule's paths are relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// A site folder.
    Packages,
    /// The interpreter's prefix.
    Interpreter,
}

impl FromStr for Where {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        match text {
            "packages" => Ok(Self::Packages),
            "interpreter" => Ok(Self::Interpreter),
            _ => Err(Refused { message: format!("`{text}` is neither `packages` nor `interpreter`"), help: None }),
        }
    }
}

scalar!(Where, "`packages` or `interpreter`", codes::UNKNOWN_VALUE);

impl Rules {
    /// The names of all switches with their defaults, sorted; a switch of several rules is on when one of them is.
    #[must_use]
    pub fn switches(&self) -> Vec<(&str, State)> {
        let mut found: Vec<(&str, State)> = self.rules.iter().map(|r| (r.switch.as_str(), r.default)).collect();
        found.sort_by_key(|(name, state)| (*name, *state == State::Off));
        found.dedup_by_key(|(name, _)| *name);
        found
    }
}

/// Reads rules; the error is what is wrong with them.
pub fn read(text: &str) -> Result<Rules, String> {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("rules/prune.yaml", "YAML", text);
    let rules = crate::yaml::parse(&sources, file, &mut sink).and_then(|node| Rules::decode(&node, &mut sink));
    let found = sink.into_sorted();
    match rules {
        Some(rules) if found.is_empty() => Ok(rules),
        _ => Err(found.iter().map(|d| crate::diag::render(d, &sources, false)).collect::<Vec<_>>().join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_rule_is_named_with_its_line() {
        let wrong = read("rules:\n  - name: x\n    defualt: on\n").map(|_| ()).unwrap_err();
        assert!(wrong.contains("did you mean `default`?") && wrong.contains("prune.yaml:3"), "{wrong}");
        assert!(read("rules:\n  - {name: x, in: [everywhere]}\n").is_err());
    }
}
