//! TOML as values that own their text, and a writer that gives the same bytes for the same values.
//! Comments, spacing and the order of keys in the source are gone; a table's order is the order it was built in.
//! Knows nothing of locks. By hand: `toml_edit` keeps the order and the spelling of what it read, which is what has to go here.

use std::fmt::Write as _;

use toml_span::Value;
use toml_span::value::ValueInner;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Text(String),
    Number(i64),
    Float(f64),
    Flag(bool),
    List(Vec<Self>),
    Table(Table),
}

/// Keys and values in the order in which they are written.
pub(super) type Table = Vec<(String, Item)>;

impl From<&Value<'_>> for Item {
    /// Tables come out in the order of their keys, whatever the order in the source.
    fn from(value: &Value<'_>) -> Self {
        match value.as_ref() {
            ValueInner::String(text) => Self::Text(text.to_string()),
            ValueInner::Integer(number) => Self::Number(*number),
            ValueInner::Float(number) => Self::Float(*number),
            ValueInner::Boolean(flag) => Self::Flag(*flag),
            ValueInner::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            ValueInner::Table(table) => Self::Table(table.iter().map(|(k, v)| (k.name.to_string(), Self::from(v))).collect()),
        }
    }
}

impl Item {
    /// A list of texts.
    pub(super) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|t| Self::Text(t.into())).collect())
    }

    /// The text, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The members, if it is a list.
    pub(super) fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    /// What a table holds under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        if let Self::Table(table) = self { get(table, key) } else { None }
    }

    /// The text that a table holds under a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_text()
    }

    fn is_plain(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Table(_))
    }
}

/// What a table holds under a key.
pub(super) fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Item> {
    table.iter().find(|(k, _)| k == key).map(|(_, v)| v)
}

/// The value on one line.
pub(super) fn inline(item: &Item) -> String {
    match item {
        Item::Text(text) => quoted(text),
        Item::Number(number) => number.to_string(),
        Item::Float(number) => format!("{number:?}").to_lowercase(),
        Item::Flag(flag) => flag.to_string(),
        Item::List(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Item::Table(table) if table.is_empty() => "{}".to_owned(),
        Item::Table(table) => {
            let pairs: Vec<_> = table.iter().map(|(k, v)| format!("{} = {}", key(k), inline(v))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

/// The whole file.
pub(super) fn document(root: &Table) -> String {
    let mut text = String::new();
    section(&mut text, "", root);
    text.trim_start_matches('\n').to_owned()
}

/// Values first, then the tables below, because a header would take in whatever follows it.
fn section(text: &mut String, path: &str, table: &Table) {
    let is_top = path.is_empty();
    for (name, item) in table.iter().filter(|(_, item)| !has_header(item, is_top)) {
        let _ = writeln!(text, "{} = {}", key(name), value(item));
    }
    for (name, item) in table.iter().filter(|(_, item)| has_header(item, is_top)) {
        let path = if is_top { key(name) } else { format!("{path}.{}", key(name)) };
        match item {
            Item::Table(inner) => {
                // A table that holds nothing but tables with headers needs none of its own.
                if inner.is_empty() || inner.iter().any(|(_, item)| !has_header(item, false)) {
                    let _ = write!(text, "\n[{path}]\n");
                }
                section(text, &path, inner);
            }
            other => {
                for inner in other.as_list().unwrap_or_default() {
                    let _ = write!(text, "\n[[{path}]]\n");
                    if let Item::Table(inner) = inner {
                        section(text, &path, inner);
                    }
                }
            }
        }
    }
}

/// Whether a value is written below the others, under a header: at the top every table and list of tables, further down
/// tables that hold more than plain values.
fn has_header(item: &Item, is_top: bool) -> bool {
    match item {
        Item::Table(table) => is_top || table.iter().any(|(_, v)| !v.is_plain()),
        Item::List(list) => is_top && !list.is_empty() && list.iter().all(|i| matches!(i, Item::Table(_))),
        Item::Text(_) | Item::Number(_) | Item::Float(_) | Item::Flag(_) => false,
    }
}

/// A list of more than plain values gets a line for each.
fn value(item: &Item) -> String {
    match item {
        Item::List(list) if list.iter().any(|i| !i.is_plain()) => {
            list.iter().fold("[\n".to_owned(), |text, i| text + "    " + &inline(i) + ",\n") + "]"
        }
        other => inline(other),
    }
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let text = "b = 'x\"\\y'\na = [1, 2.5, true, -0.0]\n\"odd key\" = \"\"\"two\nlines\\u0000\\u007f \u{e9}\"\"\"\n\
            [t]\nd = { k = [ { x = 1 } ] }\n[t.\"u.v\"]\nempty = {}\nnone = []\n[[p]]\nn = 1\nl = [{ a = 1 }, { a = 2 }]\n[p.m]\ng = []\n[[p]]\n\
            [u.v.w]\nl = [1]\n[u.x]\ny = { z = 1 }\n";
        let read = |text: &str| Item::from(&toml_span::parse(text).unwrap());
        let Item::Table(root) = read(text) else { panic!("a document is a table") };
        let written = document(&root);
        assert_eq!(read(&written), Item::Table(root), "{written}");
        let Item::Table(again) = read(&written) else { panic!("a document is a table") };
        assert_eq!(document(&again), written);
    }
}
