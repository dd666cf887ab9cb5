//! The keys that a text has, in order, each with the path to it: for whoever has to know what was written, whatever became of it.

use crate::diag::Place;

use super::decode::Shape;
use super::node::{Node, Value};

/// A key that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The keys that lead to it, with dots between; items of lists and names of the user's own are no part of it.
    pub path: String,
    /// Where the key stands.
    pub place: Place,
    /// What stands behind it.
    pub form: Form,
}

/// What stands behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A word, or nothing.
    Word,
    /// A list.
    List,
    /// A mapping.
    Keys,
}

/// The keys of a text that has a shape. What does not fit the shape is left out: decoding reports that.
#[must_use]
pub fn written(node: &Node, shape: &Shape) -> Vec<Written> {
    let mut found = vec![];
    walk(node, shape, "", &mut found);
    found
}

fn walk(node: &Node, shape: &Shape, path: &str, found: &mut Vec<Written>) {
    match (&node.value, shape) {
        (_, Shape::AnyOf(shapes)) => shapes.iter().for_each(|shape| walk(node, shape, path, found)),
        (Value::List(items), Shape::List(shape)) => items.iter().for_each(|item| walk(item, shape, path, found)),
        (Value::Map(entries), Shape::Table(shape)) => entries.iter().for_each(|(_, value)| walk(value, shape, path, found)),
        (Value::Map(entries), Shape::Keys(fields)) => {
            for (key, value) in entries {
                let Some(field) = fields.iter().find(|field| field.key == key.name) else { continue };
                let path = below(path, field.key);
                let form = match &value.value {
                    Value::List(_) => Form::List,
                    Value::Map(_) => Form::Keys,
                    Value::Scalar { .. } | Value::Null => Form::Word,
                };
                found.push(Written { path: path.clone(), place: key.place, form });
                walk(value, &field.shape, &path, found);
            }
        }
        _ => {}
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The path to every key that a shape has.
#[must_use]
pub fn paths(shape: &Shape) -> Vec<String> {
    let mut found = vec![];
    collect(shape, "", &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(shape: &Shape, path: &str, found: &mut Vec<String>) {
    match shape {
        Shape::Text | Shape::Bool | Shape::Choice(_) => {}
        Shape::List(inner) | Shape::Table(inner) => collect(inner, path, found),
        Shape::AnyOf(shapes) => shapes.iter().for_each(|shape| collect(shape, path, found)),
        Shape::Keys(fields) => {
            for field in fields {
                let path = below(path, field.key);
                found.push(path.clone());
                collect(&field.shape, &path, found);
            }
        }
    }
}
