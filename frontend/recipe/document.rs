//! Values of a project's files by their address in JSON, TOML, YAML or text, each with the range that it stands at.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::dates::undated;
use crate::diag::{Diagnostic, FileId, Place, Sink, Sources, codes};
use crate::yaml::{self, Node};

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
    /// Text, without the white space around it.
    Text,
}

impl Form {
    /// Its name, for messages and for the marks beside lines.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
            Self::Text => "text",
        }
    }
}

/// The value at a pointer, with its place; `None` where there is none. The sink says why a file cannot be read.
pub(super) fn at(form: Form, sources: &Sources, file: FileId, pointer: &str, sink: &mut Sink) -> Option<(Value, Place)> {
    let text = sources.file(file).text.as_str();
    let place = |range: Range<usize>| Place { file, start: range.start, end: range.end };
    match form {
        Form::Text => {
            let start = text.len() - text.trim_start().len();
            let trimmed = text.trim();
            (!trimmed.is_empty()).then(|| (trimmed.into(), place(start..start + trimmed.len())))
        }
        Form::Json => match json(text, pointer) {
            Ok(found) => found.map(|(value, range)| (value, place(range))),
            Err(error) => {
                let start = offset(text, error.line(), error.column());
                sink.push(unreadable(form, &error.to_string(), place(start..start)));
                None
            }
        },
        Form::Toml => {
            let dateless = undated(text);
            match toml_span::parse(&dateless) {
                Ok(document) => {
                    let found = tokens(pointer).try_fold(&document, |value, token| match value.as_array() {
                        Some(items) => items.get(token.parse::<usize>().ok()?),
                        None => value.as_table()?.get(token.as_str()),
                    })?;
                    Some((of_toml(found), place(found.span.start..found.span.end)))
                }
                Err(error) => {
                    sink.push(unreadable(form, &error.to_string(), place(error.span.start..error.span.end)));
                    None
                }
            }
        }
        Form::Yaml => {
            let document = yaml::parse(sources, file, sink)?;
            let found = tokens(pointer).try_fold(&document, |node, token| match &node.value {
                yaml::Value::List(items) => items.get(token.parse::<usize>().ok()?),
                yaml::Value::Map(entries) => entries.iter().find(|(key, _)| key.name == token).map(|(_, value)| value),
                _ => None,
            })?;
            Some((of_yaml(found), found.place))
        }
    }
}

/// A value without what lies at some pointers, in which `*` stands for every key.
pub(super) fn without(mut value: Value, pointers: &[String]) -> Value {
    for pointer in pointers {
        drop_at(&mut value, &tokens(pointer).collect::<Vec<_>>());
    }
    value
}

fn drop_at(value: &mut Value, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    match value {
        Value::Object(entries) if rest.is_empty() && first == "*" => entries.clear(),
        Value::Object(entries) if rest.is_empty() => drop(entries.remove(first)),
        Value::Object(entries) => entries.iter_mut().filter(|(key, _)| first == "*" || *key == first).for_each(|(_, v)| drop_at(v, rest)),
        Value::Array(items) if !rest.is_empty() => {
            let chosen = |index: usize| first == "*" || first.parse() == Ok(index);
            items.iter_mut().enumerate().filter(|(index, _)| chosen(*index)).for_each(|(_, item)| drop_at(item, rest));
        }
        _ => {}
    }
}

/// The parts of a JSON pointer (RFC 6901).
fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

fn json(text: &str, pointer: &str) -> Result<Option<(Value, Range<usize>)>, serde_json::Error> {
    // The whole is read once, so that a mistake anywhere in it is found, and it nests no deeper than the library allows.
    serde_json::from_str::<Value>(text)?;
    let mut found: &RawValue = serde_json::from_str(text)?;
    for token in tokens(pointer) {
        let next = match serde_json::from_str::<BTreeMap<String, &RawValue>>(found.get()) {
            Ok(entries) => entries.get(&token).copied(),
            Err(_) => token.parse::<usize>().ok().and_then(|index| {
                let items: Vec<&RawValue> = serde_json::from_str(found.get()).ok()?;
                items.get(index).copied()
            }),
        };
        let Some(next) = next else { return Ok(None) };
        found = next;
    }
    let start = found.get().as_ptr() as usize - text.as_ptr() as usize;
    Ok(Some((serde_json::from_str(found.get())?, start..start + found.get().len())))
}

/// The byte of a line and column, both counted from one.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut start = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    start
}

fn unreadable(form: Form, problem: &str, place: Place) -> Diagnostic {
    Diagnostic::new(codes::UNREADABLE_FILE, format!("this is no {}: {problem}", form.name())).at(place, "")
}

fn of_toml(value: &toml_span::Value<'_>) -> Value {
    use toml_span::value::ValueInner;
    match value.as_ref() {
        ValueInner::String(text) => text.as_ref().into(),
        ValueInner::Integer(number) => (*number).into(),
        ValueInner::Float(number) => (*number).into(),
        ValueInner::Boolean(flag) => (*flag).into(),
        ValueInner::Array(items) => items.iter().map(of_toml).collect(),
        ValueInner::Table(table) => Value::Object(table.iter().map(|(key, value)| (key.name.to_string(), of_toml(value))).collect()),
    }
}

fn of_yaml(node: &Node) -> Value {
    match &node.value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Scalar { text, quoted: false } if ["true", "false"].contains(&text.as_str()) => (text == "true").into(),
        yaml::Value::Scalar { text, .. } => text.as_str().into(),
        yaml::Value::List(items) => items.iter().map(of_yaml).collect(),
        yaml::Value::Map(entries) => Value::Object(entries.iter().map(|(key, value)| (key.name.clone(), of_yaml(value))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(form: Form, text: &str, pointer: &str) -> Option<(String, String)> {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("f", form.name(), text);
        let (value, place) = at(form, &sources, file, pointer, &mut sink)?;
        Some((value.to_string(), text[place.start..place.end].to_owned()))
    }

    #[test]
    fn values_are_found_with_their_places() {
        let json = "{\"a/b\": {\"c\": [1, {\"d\": \"x\"}]}, \"\": {\"v\": true}}";
        assert_eq!(found(Form::Json, json, "/a~1b/c/1/d"), Some(("\"x\"".into(), "\"x\"".into())));
        assert_eq!(found(Form::Json, json, "//v"), Some(("true".into(), "true".into())));
        assert_eq!(found(Form::Json, json, ""), Some((serde_json::from_str::<Value>(json).unwrap().to_string(), json.into())));
        assert_eq!(found(Form::Json, json, "/a~1b/c/2"), None);
        assert_eq!(found(Form::Json, json, "/nothing/here"), None);
        assert_eq!(found(Form::Toml, "[a]\nb = ['x', 2]\n", "/a/b/1"), Some(("2".into(), "2".into())));
        assert_eq!(found(Form::Yaml, "a:\n  - b: 3.10\n", "/a/0/b"), Some(("\"3.10\"".into(), "3.10".into())));
        assert_eq!(found(Form::Text, " v22.1\n", ""), Some(("\"v22.1\"".into(), "v22.1".into())));
        assert_eq!(found(Form::Text, "\n", ""), None);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_at_its_place() {
        for (form, text, at) in [(Form::Json, "{\n \"a\": ,\n}", "2:7"), (Form::Toml, "a = \n", "1:5"), (Form::Yaml, "a: [\n", "1:4")] {
            let (mut sources, mut sink) = (Sources::default(), Sink::default());
            let file = sources.add("f", form.name(), text);
            assert!(super::at(form, &sources, file, "/a", &mut sink).is_none());
            let said = sink.into_sorted();
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(crate::diag::render(&said[0], &sources, false).contains(&format!("f:{at}")), "{at}: {said:?}");
        }
    }

    #[test]
    fn deep_nesting_ends_in_words() {
        assert!(json(&"[".repeat(100_000), "").is_err());
    }

    #[test]
    fn what_is_dropped_is_gone_everywhere() {
        let value = serde_json::json!({"a": {"x": {"v": 1, "w": 2}, "y": {"v": 3}}, "b": [{"v": 4}, 5], "c": 6});
        let drop = ["/a/*/v", "/b/*/v", "/c", "/nothing/at/all"].map(str::to_owned);
        assert_eq!(without(value, &drop), serde_json::json!({"a": {"x": {"w": 2}, "y": {}}, "b": [{}, 5]}));
    }
}
