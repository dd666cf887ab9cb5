//! The rules by which files of a Python service are left out: `templates/rules/prune.yaml`, inside the binary.

use crate::refine::prune::{Rules, read};

const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/rules/prune.yaml"));

/// The rules that come with distil.
#[must_use]
pub(crate) fn rules() -> Rules {
    read(TEXT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::refine::prune::rules::State;

    use super::*;

    #[test]
    fn the_embedded_rules_are_good_and_say_why() {
        let rules = read(TEXT).unwrap_or_else(|wrong| panic!("{wrong}"));
        let mut names = vec![];
        for rule in &rules.rules {
            let acts = !rule.paths.is_empty() || !rule.distributions.is_empty();
            assert!(acts && !rule.places.is_empty() && !rule.switch.is_empty(), "{}", rule.name);
            assert!(!rule.what.is_empty() && rule.why.len() > 20, "{} does not say why", rule.name);
            let exceptions = rule.keep.iter().chain(&rule.ignore);
            assert!(exceptions.clone().all(|k| k.why.len() > 10 && k.paths.len() + k.packages.len() > 0), "{}", rule.name);
            assert!(rule.distributions.iter().all(|name| rule.modules.contains(name)), "{} does not say its modules", rule.name);
            assert!(!names.contains(&rule.name), "{} is there twice", rule.name);
            names.push(rule.name.clone());
        }
        assert!(rules.keep.iter().all(|k| !k.why.is_empty()));
        let switches = rules.switches();
        assert!(switches.contains(&("tests", State::On)) && switches.contains(&("aws", State::On)));
    }
}
