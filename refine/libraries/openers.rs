//! Packages that open libraries by name when they are imported or used, so that no file of theirs lists what they need.

use crate::inventory::Inventory;

use super::rules::{Rules, matches};

/// A package that opens libraries by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opener {
    /// The package, as messages name it.
    pub by: String,
    /// What it opens: of each, the names of which one is enough.
    pub libraries: Vec<Vec<String>>,
    /// Whether it is of use without.
    pub is_optional: bool,
}

/// The installed packages that open libraries which they do not bring themselves. One whose modules are all in `skip` is not used.
#[must_use]
pub fn openers(inventory: &Inventory, rules: &Rules, skip: &[String]) -> Vec<Opener> {
    let mut found = vec![];
    for rule in &rules.loads {
        let Some(one) = inventory.named(&rule.package) else { continue };
        let brings = |pattern: &String| one.files.iter().any(|file| matches(pattern, file));
        let brought = rule.unless.iter().any(|name| inventory.named(name).is_some()) || rule.bundled.iter().any(brings);
        let skipped = !one.modules.is_empty() && one.modules.iter().all(|module| skip.contains(module));
        if brought || skipped {
            continue;
        }
        let names = |one: &String| one.split('|').map(|name| name.trim().to_owned()).collect();
        let libraries = rule.libraries.iter().map(names).collect();
        found.push(Opener { by: format!("the package {}", rule.package), libraries, is_optional: rule.optional });
    }
    found
}
