//! A package whose install script nothing allows or forbids.

use crate::diag::Diagnostic;
use crate::node::codes;
use crate::node::facts::Facts;
use crate::node::inputs::allowed;
use crate::node::locks::Allowed;
use crate::spec::Spec;

/// Finds them among what the running service has.
pub(super) fn find(spec: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    let lock = &facts.lock.production;
    let allowed = allowed(spec, lock);
    let unsaid = lock.scripts.iter().filter(|script| script.allowed == Allowed::Unsaid && !allowed.contains_key(&script.name));
    let said = unsaid.map(|script| {
        let message = format!("the install script of `{}` does not run, and nothing says whether it may", script.name);
        let found = Diagnostic::new(codes::SCRIPT_NOT_RUN, message).at(script.place, "");
        found
            .help(format!("where it builds what the package needs, write `scripts: [{}]` in the spec", yaml(&script.name)))
            .help(format!("where the package works without, say so in package.json: `\"allowScripts\": {{ \"{}\": false }}`", script.name))
    });
    said.collect()
}

/// A package's name as YAML has it.
fn yaml(name: &str) -> String {
    if name.starts_with('@') { format!("\"{name}\"") } else { name.to_owned() }
}
