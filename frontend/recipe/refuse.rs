//! What a recipe does not build, whatever the spec says: each with its condition and the reason that a person reads.

use std::collections::BTreeMap;

use crate::diag::Place;
use crate::yaml::{At, keys};

use super::Recipe;
use super::items::Condition;
use super::leaf::Leaf;
use super::render::Given;

keys! {
    /// Something that a recipe does not build.
    pub(super) struct Refusal as "a refusal" {
        /// It is refused when this holds.
        when: Condition = "when", "{uid: \"0\"}";
        /// Why, as the message says it.
        say: Option<Leaf> = "say", "a service of ours never runs as root";
        /// What to do about it.
        help: Option<Leaf> = "help", "leave `user` out";
    }
}

/// A refusal whose condition holds.
pub(crate) struct Refused<'r> {
    /// Why.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// Where the recipe says so.
    pub(crate) place: Place,
    /// The inputs of its condition.
    pub(crate) inputs: Vec<&'r str>,
}

impl Recipe {
    /// What the recipe refuses of these values.
    pub(crate) fn refused(&self, given: &BTreeMap<String, Given>) -> Vec<Refused<'_>> {
        let values: serde_json::Map<_, _> = given.iter().map(|(name, value)| (name.clone(), value.input.json())).collect();
        let values = serde_json::Value::Object(values);
        let holding = self.refuse.iter().filter(|refusal| refusal.value.when.holds(given));
        let told = holding.filter_map(|At { value: refusal, place }| {
            // An input without a value is told of where the recipe is rendered.
            let message = refusal.say.as_ref()?.fill(&values).ok()?;
            let help = refusal.help.as_ref().and_then(|help| help.fill(&values).ok());
            let inputs = refusal.when.0.iter().map(|term| term.input.as_str()).collect();
            Some(Refused { message, help, place: *place, inputs })
        });
        told.collect()
    }
}
