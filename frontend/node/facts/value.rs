//! Short ways into what was read of `package.json`. Whatever is absent or of another kind is simply not there.

use crate::yaml::{Node, Value};

/// The value of a key.
pub(super) fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Map(entries) => entries.iter().find(|(known, _)| known.name == key).map(|(_, value)| value),
        _ => None,
    }
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

/// The items of a list.
pub(super) fn items(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        _ => &[],
    }
}
