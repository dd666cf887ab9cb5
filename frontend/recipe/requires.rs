//! The oldest distil that a recipe is for, looked at before anything else in it: what follows may be said in words of that one.

use crate::diag::{Diagnostic, Sink, codes};
use crate::yaml::{Node, Value};

/// Our own version.
const OWN: &str = env!("CARGO_PKG_VERSION");

/// Goes on where this distil is new enough for a recipe; else the sink says that it is not.
pub(super) fn check(recipe: &Node, sink: &mut Sink) -> Option<()> {
    let Value::Map(entries) = &recipe.value else { return Some(()) };
    let Some((_, asked)) = entries.iter().find(|(key, _)| key.name == "requires") else { return Some(()) };
    // Another form is refused where the keys are read.
    let Value::Scalar { text, .. } = &asked.value else { return Some(()) };
    let Some(version) = numbers(text) else {
        let found = Diagnostic::new(codes::BAD_VALUE, format!("`{text}` is not a version of distil"));
        sink.push(found.at(asked.place, "").help(format!("write numbers, as in `requires: \"{OWN}\"`")));
        return None;
    };
    if numbers(OWN).is_some_and(|own| own < version) {
        let found = Diagnostic::new(codes::TOO_OLD, format!("the recipe needs distil {text}, and this is {OWN}")).at(asked.place, "");
        sink.push(found.help("take a newer frontend image in the spec's first line, or an older version of the recipe"));
        return None;
    }
    Some(())
}

/// The numbers of a version; what is not said is zero.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    for (index, part) in version.trim().split('.').enumerate() {
        *numbers.get_mut(index)? = part.parse().ok()?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(numbers("0.1"), Some([0, 1, 0]));
        assert_eq!(numbers("1.20.3"), Some([1, 20, 3]));
        assert!(numbers("0.9") < numbers("0.10"));
        for bad in ["", "v1", "1.2.3.4", "1..2", ">=1"] {
            assert_eq!(numbers(bad), None, "{bad}");
        }
    }
}
