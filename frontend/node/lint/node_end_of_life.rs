//! A Node that gets no security fixes any more.

use crate::diag::Diagnostic;
use crate::node::codes;
use crate::node::facts::Facts;
use crate::node::version::NodeVersion;
use crate::spec::Spec;

/// Majors whose support has ended, and when.
const ENDED: &[(u32, &str)] = &[(20, "April 2026")];

/// Finds one.
pub(super) fn find(_: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    let version = facts.node.version;
    let ended = ENDED.iter().find(|(major, _)| *major == version.major);
    let said = ended.map(|(major, when)| {
        let found = Diagnostic::new(codes::NODE_END_OF_LIFE, format!("Node {major} gets no security fixes since {when}"));
        let found = facts.node.place.into_iter().fold(found, |found, place| found.at(place, ""));
        found.help(format!("take a newer one, such as `node: \"{}\"`", NodeVersion::KNOWN[0]))
    });
    said.into_iter().collect()
}
