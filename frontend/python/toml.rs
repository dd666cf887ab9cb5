//! TOML files of a project: parsed in one place, each value with where it stands, and short ways into them.
//! Whatever is absent or of another kind is simply not there.

use std::borrow::Cow;
use std::sync::Arc;

use toml_span::value::{Key, ValueInner};
use toml_span::{Span, Value};

use crate::dates::undated;
use crate::diag::{Diagnostic, FileId, Place};
use crate::python::codes;

/// A file that was parsed, for all who look into it.
#[derive(Clone, Debug)]
pub struct Document {
    root: Arc<Value<'static>>,
    /// Its place among the sources.
    pub(crate) file: FileId,
}

impl Document {
    /// Parses a file. The error names it, and says what is wrong with it.
    pub fn read(text: &str, name: &str, file: FileId) -> Result<Self, Diagnostic> {
        let root = owned(parse(&undated(text), name, file)?);
        Ok(Self { root: Arc::new(root), file })
    }

    /// All of it.
    pub(crate) fn root(&self) -> &Value<'static> {
        &self.root
    }
}

/// Parses the text of a file, without its dates. The error names the file, and says what is wrong with it.
pub(crate) fn parse<'t>(dateless: &'t str, name: &str, file: FileId) -> Result<Value<'t>, Diagnostic> {
    toml_span::parse(dateless)
        .map_err(|error| Diagnostic::new(codes::BAD_TOML, format!("{name} cannot be read: {error}")).at(place(file, error.span), ""))
}

/// The value apart from the text that it was parsed from.
fn owned(mut value: Value<'_>) -> Value<'static> {
    let inner = match value.take() {
        ValueInner::String(text) => ValueInner::String(Cow::Owned(text.into_owned())),
        ValueInner::Integer(number) => ValueInner::Integer(number),
        ValueInner::Float(number) => ValueInner::Float(number),
        ValueInner::Boolean(flag) => ValueInner::Boolean(flag),
        ValueInner::Array(list) => ValueInner::Array(list.into_iter().map(owned).collect()),
        ValueInner::Table(table) => {
            let owned_key = |key: Key<'_>| Key { name: Cow::Owned(key.name.into_owned()), span: key.span };
            ValueInner::Table(table.into_iter().map(|(key, value)| (owned_key(key), owned(value))).collect())
        }
    };
    Value::with_span(inner, value.span)
}

/// Where a value stands.
pub(crate) fn place(file: FileId, span: Span) -> Place {
    Place { file, start: span.start, end: span.end }
}

/// The value of a key.
pub(crate) fn get<'a, 'de>(value: &'a Value<'de>, key: &str) -> Option<&'a Value<'de>> {
    value.as_table()?.get(key)
}

/// The value behind several keys.
pub(crate) fn at<'a, 'de>(value: &'a Value<'de>, path: &[&str]) -> Option<&'a Value<'de>> {
    path.iter().try_fold(value, |value, key| get(value, key))
}

/// The text of a key.
pub(crate) fn text<'a>(value: &'a Value<'_>, key: &str) -> Option<&'a str> {
    get(value, key)?.as_str()
}

/// The truth value of a key.
pub(crate) fn flag(value: &Value<'_>, key: &str) -> Option<bool> {
    get(value, key)?.as_bool()
}

/// The texts of a list.
pub(crate) fn texts<'a>(value: &'a Value<'_>, key: &str) -> impl Iterator<Item = &'a str> {
    items(value, key).iter().filter_map(Value::as_str)
}

/// The values of a list.
pub(crate) fn items<'a, 'de>(value: &'a Value<'de>, key: &str) -> &'a [Value<'de>] {
    get(value, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of a table, by name.
pub(crate) fn entries<'a, 'de>(value: Option<&'a Value<'de>>) -> impl Iterator<Item = (&'a str, &'a Value<'de>)> {
    value.and_then(Value::as_table).into_iter().flatten().map(|(key, value)| (key.name.as_ref(), value))
}
