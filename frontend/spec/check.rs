//! Rules of a spec that need nothing but the spec: names that are no names, values that contradict each other.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Sink};
use crate::names::EnvName;

use super::Spec;

/// Says everything that is wrong with a spec in itself.
pub(super) fn check(spec: &Spec, sink: &mut Sink) {
    if let Some(env) = &spec.env {
        for (name, _) in &env.0 {
            if let Err(refused) = name.value.parse::<EnvName>() {
                sink.push(Diagnostic::error("bad-value", refused.message).at(name.place, "").help_if(refused.help));
            }
        }
    }
    if let Some(labels) = &spec.labels {
        for (name, _) in labels.0.iter().filter(|(n, _)| n.value.trim().is_empty() || n.value.contains(char::is_whitespace)) {
            sink.push(Diagnostic::error("bad-value", format!("`{}` cannot be the name of a label", name.value)).at(name.place, ""));
        }
    }
    if let Some(copy) = &spec.copy {
        let mut seen = BTreeMap::new();
        // Several folders may be poured into the working directory itself.
        for item in copy.value.iter().filter(|item| item.to.as_str() != ".") {
            if let Some(first) = seen.insert(item.to.as_str(), item.place) {
                let message = format!("two items are copied to `{}`", item.to);
                sink.push(Diagnostic::error("copied-twice", message).at(item.place, "again here").at(first, "first here"));
            }
        }
    }
}
