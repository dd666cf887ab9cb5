//! Short ways into a TOML value. Whatever is absent or of another kind is simply not there.

use toml_span::Value;

/// The value of a key.
pub(super) fn get<'a, 'de>(value: &'a Value<'de>, key: &str) -> Option<&'a Value<'de>> {
    value.as_table()?.get(key)
}

/// The value behind several keys.
pub(super) fn at<'a, 'de>(value: &'a Value<'de>, path: &[&str]) -> Option<&'a Value<'de>> {
    path.iter().try_fold(value, |value, key| get(value, key))
}

/// The text of a key.
pub(super) fn text<'a>(value: &'a Value<'_>, key: &str) -> Option<&'a str> {
    get(value, key)?.as_str()
}

/// The truth value of a key.
pub(super) fn flag(value: &Value<'_>, key: &str) -> Option<bool> {
    get(value, key)?.as_bool()
}

/// The texts of a list.
pub(super) fn texts<'a>(value: &'a Value<'_>, key: &str) -> impl Iterator<Item = &'a str> {
    items(value, key).iter().filter_map(Value::as_str)
}

/// The values of a list.
pub(super) fn items<'a, 'de>(value: &'a Value<'de>, key: &str) -> &'a [Value<'de>] {
    get(value, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of a table, by name.
pub(super) fn entries<'a, 'de>(value: Option<&'a Value<'de>>) -> impl Iterator<Item = (&'a str, &'a Value<'de>)> {
    value.and_then(Value::as_table).into_iter().flatten().map(|(key, value)| (key.name.as_ref(), value))
}
