//! What the recipe refuses of a spec, said at the key of the spec that asks for it.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, Sink, codes};
use crate::recipe::{Given, Recipe, input};
use crate::yaml::written::Written;

/// Says what the recipe does not build of what is asked for.
pub(super) fn check(recipe: &Recipe, given: &BTreeMap<String, Given>, written: &[Written], sink: &mut Sink) {
    for refused in recipe.refused(given) {
        let found = Diagnostic::new(codes::REFUSED_BY_RECIPE, refused.message);
        let found = match refused.inputs.iter().find_map(|name| asked(name, given, written)) {
            Some(place) => found.at(place, "").at(refused.place, "the recipe refuses it here"),
            None => found.at(refused.place, ""),
        };
        sink.push(found.help_if(refused.help));
    }
}

/// Where the spec says what an input holds.
fn asked(name: &str, given: &BTreeMap<String, Given>, written: &[Written]) -> Option<Place> {
    let own = given.get(name).and_then(|given| given.places.first().copied());
    let keys = input::row(name).map_or(&[][..], |row| row.keys);
    own.or_else(|| written.iter().find(|key| keys.contains(&key.path.strip_prefix("editions.").unwrap_or(&key.path))).map(|key| key.place))
}
