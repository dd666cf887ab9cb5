//! Short ways into what was read of JSON and YAML. Whatever is absent or of another kind is simply not there.

use serde_json::Value as Json;

use crate::yaml::{Key, Node, Value};

/// The entries of a mapping.
pub(super) fn entries(node: &Node) -> &[(Key, Node)] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

/// The value of a key.
pub(super) fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entries(node).iter().find(|(known, _)| known.name == key).map(|(_, value)| value)
}

/// A key with its value.
pub(super) fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n (Key, Node)> {
    entries(node).iter().find(|(known, _)| known.name == key)
}

/// The entries of the mapping of a key.
pub(super) fn table<'n>(node: &'n Node, key: &str) -> &'n [(Key, Node)] {
    get(node, key).map_or(&[], entries)
}

/// The text of a scalar.
pub(super) fn as_text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// The text of a key.
pub(super) fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    as_text(get(node, key)?)
}

/// Whether a key holds `true`.
pub(super) fn flag(node: &Node, key: &str) -> bool {
    get(node, key).and_then(truth) == Some(true)
}

/// A truth value.
pub(super) fn truth(node: &Node) -> Option<bool> {
    match &node.value {
        Value::Scalar { text, quoted: false } => text.parse().ok(),
        _ => None,
    }
}

/// The items of a list.
pub(super) fn items(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        _ => &[],
    }
}

/// The texts of a key, which holds one or a list of them.
pub(super) fn texts(node: &Node, key: &str) -> Vec<String> {
    let Some(node) = get(node, key) else { return vec![] };
    match as_text(node) {
        Some(text) => vec![text.to_owned()],
        None => items(node).iter().filter_map(as_text).map(str::to_owned).collect(),
    }
}

/// The same as JSON, in which the order of keys is that of the alphabet.
pub(super) fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Scalar { text, quoted: false } => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        Value::Scalar { text, .. } => text.as_str().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => Json::Object(entries.iter().map(|(key, value)| (key.name.clone(), json(value))).collect()),
    }
}
