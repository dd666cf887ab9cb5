//! Keys of a Python service that contradict each other, whatever the project is.

use crate::diag::{Diagnostic, Sink};
use crate::python::codes;
use crate::yaml::At;

use super::{EditionKeys, Keys, Manager};

/// Says what of a spec, and of its editions, contradicts itself.
pub(crate) fn check(keys: &Keys, manager: Option<At<Manager>>, editions: &[&EditionKeys], sink: &mut Sink) {
    only_groups(keys, editions, sink);
    let asked = editions.iter().map(|edition| &edition.requirements).chain([&keys.requirements]).flatten().next();
    if let (Some(manager), Some(requirements)) = (manager.filter(|m| m.value != Manager::Pip), asked) {
        let message = format!("`requirements` is what pip installs, and `manager: {}` installs its own lock", manager.value.word());
        let found = Diagnostic::new(codes::CONTRADICTION, message).at(requirements.place, "").at(manager.place, "");
        sink.push(found.help("keep one of them"));
    }
}

/// What is asked of the project while `only-groups` leaves the project out.
fn only_groups(keys: &Keys, editions: &[&EditionKeys], sink: &mut Sink) {
    let Some(only) = keys.only_groups.as_ref().and_then(|only| only.first()) else { return };
    let groups = editions.iter().map(|edition| &edition.groups).chain([&keys.groups]).flatten().flatten().next();
    let extras = editions.iter().map(|edition| &edition.extras).chain([&keys.extras]).flatten().flatten().next();
    for (asked, message) in [
        (groups, "`groups` adds to the project, and `only-groups` leaves it out"),
        (extras, "`extras` are the project's, and `only-groups` leaves it out"),
    ] {
        if let Some(asked) = asked {
            let found = Diagnostic::new(codes::CONTRADICTION, message).at(only.place, "").at(asked.place, "");
            sink.push(found.help("keep one of them"));
        }
    }
}
