//! What a spec asks of a static site, for the recipes that make one.

use crate::recipe::input::{self, Inputs};
use crate::spec::Spec;

/// The recipe of a spec that names none.
pub(super) const RECIPE: &str = "site/static";
/// What it runs where it does not say.
pub(super) const COMMAND: &str = "/usr/bin/serve";
/// The port where it does not say.
const PORT: u16 = 8080;

/// Fills the inputs; where the spec asks for no site they are empty.
pub(super) fn fill(spec: &Spec, inputs: &mut Inputs) {
    let keys = spec.serve.as_ref().map(|serve| serve.value.0.clone()).unwrap_or_default();
    let is = |key: Option<crate::yaml::At<bool>>| key.is_some_and(|key| key.value);
    inputs.set(input::SERVE, keys.dir.map_or_else(String::new, |dir| dir.value.to_string()));
    inputs.set(input::SERVE_SPA, is(keys.spa));
    inputs.set(input::SERVE_CLEAN_URLS, is(keys.clean_urls));
    inputs.set(input::SERVE_ENV, keys.env.iter().map(|name| name.value.to_string()).collect());
    let headers = keys.headers.iter().flat_map(|headers| &headers.0);
    inputs.set(input::SERVE_HEADERS, headers.map(|(name, value)| (name.value.clone(), value.value.clone())).collect());
    inputs.set(input::SERVE_IMMUTABLE, keys.immutable.iter().map(|pattern| pattern.value.clone()).collect());
    inputs.set(input::SERVE_MAPS, is(keys.maps));
    inputs.set(input::SERVE_PORT, keys.port.map_or(PORT, |port| port.value.0).to_string());
}
