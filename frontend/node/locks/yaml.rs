//! Values as YAML that any reader takes: blocks, with every text in quotes.

use serde_json::Value;

/// The longest key that stands before its colon on one line; YAML allows 1,024 characters.
const LONGEST: usize = 1_000;

/// A value as a document.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let indent = |text: &mut String| text.extend(std::iter::repeat_n("  ", depth));
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                indent(text);
                let key = self::key(key);
                if key.chars().count() > LONGEST {
                    text.push_str("? ");
                    text.push_str(&key);
                    text.push('\n');
                    indent(text);
                } else {
                    text.push_str(&key);
                }
                text.push(':');
                behind(value, depth, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(text);
                text.push('-');
                behind(item, depth, text);
            }
        }
        other => {
            text.push_str(&other.to_string());
            text.push('\n');
        }
    }
}

/// What stands behind a colon or a dash: a scalar on the same line, or a block below.
fn behind(value: &Value, depth: usize, text: &mut String) {
    let is_block = value.as_object().is_some_and(|map| !map.is_empty()) || value.as_array().is_some_and(|list| !list.is_empty());
    text.push(if is_block { '\n' } else { ' ' });
    write(value, depth + 1, text);
}

/// A key: in quotes, unless it is a plain word.
fn key(key: &str) -> String {
    let is_word = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_taken = matches!(key, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if is_word && !is_taken { key.to_owned() } else { Value::from(key).to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::tree::json;
    use super::*;
    use crate::diag::{Sink, Sources};

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let long = "k".repeat(1_200);
        let value = serde_json::json!({ "a": { "@s/x@1": { "v": "1.0", "n": 1, "t": true, "e": {}, "l": ["x: y", "it's"] } }, "b": [], "no": "#", long: { "x": "\"é\n" } });
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let text = document(&value);
        let file = sources.add("f.yaml", "YAML", &text);
        let read = crate::yaml::parse(&sources, file, &mut sink).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(json(&read), value, "{text}");
    }
}
