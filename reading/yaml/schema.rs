//! What a type accepts, as a JSON schema for editors and as tables for people. Both come from the same `Shape`, which is
//! what decodes, so neither can promise what is not read.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::decode::{Field, Shape};

/// The schema of a shape.
#[must_use]
pub fn schema(shape: &Shape) -> Value {
    match shape {
        // Numbers and truth values are read as the text they are written with.
        Shape::Text => json!({ "type": ["string", "number", "boolean"] }),
        Shape::Bool => json!({ "type": "boolean" }),
        Shape::Choice(words) => json!({ "enum": words }),
        Shape::List(item) => json!({ "type": "array", "items": schema(item) }),
        Shape::Table(value) => json!({ "type": "object", "additionalProperties": schema(value) }),
        Shape::AnyOf(shapes) => json!({ "anyOf": shapes.iter().map(schema).collect::<Vec<_>>() }),
        Shape::Keys(fields) => {
            let properties: Map<String, Value> = fields.iter().map(|f| (f.key.to_owned(), property(f))).collect();
            json!({ "type": "object", "properties": properties, "additionalProperties": false })
        }
    }
}

fn property(field: &Field) -> Value {
    let mut value = schema(&field.shape);
    value["description"] = text(field).into();
    value["examples"] = json!([field.example]);
    value
}

/// A field's documentation as one paragraph.
fn text(field: &Field) -> String {
    field.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// The keys of a shape as a Markdown section, and a section below for each key that has keys itself.
#[must_use]
pub fn markdown(title: &str, shape: &Shape) -> String {
    let mut page = String::new();
    section(title, shape, 2, &mut page);
    page
}

fn section(title: &str, shape: &Shape, depth: usize, page: &mut String) {
    let Some(fields) = keys(shape) else { return };
    let hashes = "#".repeat(depth);
    let mut rows = String::new();
    for field in fields {
        let row = format!("| `{}` | {} | {} | `{}` |", field.key, kind(&field.shape), text(field), field.example);
        writeln!(rows, "{}", row.replace("||", "| |")).expect("writing to a string cannot fail");
    }
    write!(page, "{hashes} {title}\n\n| key | value | what it says | example |\n| --- | --- | --- | --- |\n{rows}\n")
        .expect("writing to a string cannot fail");
    for field in fields {
        section(&format!("`{}`", field.key), &field.shape, depth + 1, page);
    }
}

/// The keys inside a shape, however it is wrapped.
fn keys(shape: &Shape) -> Option<&[Field]> {
    match shape {
        Shape::Keys(fields) => Some(fields),
        Shape::List(inner) | Shape::Table(inner) => keys(inner),
        Shape::AnyOf(shapes) => shapes.iter().find_map(keys),
        Shape::Text | Shape::Bool | Shape::Choice(_) => None,
    }
}

/// A shape in a few words.
fn kind(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".into(),
        Shape::Bool => "`true` or `false`".into(),
        Shape::Choice(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "),
        Shape::List(item) => match &**item {
            Shape::AnyOf(_) => format!("list; each item is {}", kind(item)),
            item => format!("list of {}", kind(item)),
        },
        Shape::Table(value) => format!("table of {}", kind(value)),
        Shape::AnyOf(shapes) => shapes.iter().map(kind).collect::<Vec<_>>().join(", or "),
        Shape::Keys(_) => "keys, below".into(),
    }
}
