//! Values of the environment for pages, as a script.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A script that leaves these values in `window.ENV`, safe inside of a page as well.
#[must_use]
pub(crate) fn script(values: &BTreeMap<String, String>) -> String {
    let json = serde_json::to_string(values).unwrap_or_else(|_| "{}".into());
    let mut script = String::from("window.ENV = Object.freeze(");
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => _ = write!(script, "\\u{:04x}", u32::from(c)),
            other => script.push(other),
        }
    }
    script.push_str(");\n");
    script
}

/// The values of these variables, of those that are set and are text.
#[must_use]
pub(crate) fn values(names: &[String]) -> BTreeMap<String, String> {
    names.iter().filter_map(|name| Some((name.clone(), std::env::var(name).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_value_ends_the_script() {
        let values = BTreeMap::from([("A".to_owned(), "</script>\"'\u{2028}&\n".to_owned())]);
        assert_eq!(script(&values), "window.ENV = Object.freeze({\"A\":\"\\u003c/script\\u003e\\\"'\\u2028\\u0026\\n\"});\n");
        assert_eq!(script(&BTreeMap::new()), "window.ENV = Object.freeze({});\n");
    }

    proptest! {
        #[test]
        fn the_script_holds_the_value(value in ".{0,40}") {
            let values = BTreeMap::from([("A".to_owned(), value)]);
            let script = script(&values);
            let json = script.strip_prefix("window.ENV = Object.freeze(").and_then(|rest| rest.strip_suffix(");\n")).unwrap();
            let raw = json.contains(['<', '>', '&', '\u{2028}', '\u{2029}', '\n']);
            prop_assert!(!raw);
            prop_assert_eq!(serde_json::from_str::<BTreeMap<String, String>>(json).unwrap(), values);
        }
    }
}
