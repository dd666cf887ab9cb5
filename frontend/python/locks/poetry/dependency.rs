//! One dependency as Poetry writes it, in `pyproject.toml` and in the lock alike: a constraint, a table, or a list of them.
//! Says in which environments it counts and which locked packages it can mean; follows no edge itself.

use std::collections::BTreeMap;

use toml_span::Value;

use super::lock::{Locked, Source};
use crate::python::pep::grid::Grid;
use crate::python::pep::holds::{self, Asked};
use crate::python::pep::version::Constraint;
use crate::python::pep::{Marker, normalized};
use crate::python::toml::{flag, text, texts};

/// An edge of the dependency graph.
#[derive(Clone, Debug)]
pub(super) struct Dependency {
    /// The package's name in its standard form.
    pub name: String,
    /// Extras of that package.
    pub extras: Vec<String>,
    /// Whether it counts only when an extra asks for it.
    pub is_optional: bool,
    constraint: Option<Constraint>,
    origin: Origin,
    marker: Option<String>,
    limits: Grid,
}

/// Where a dependency has to come from.
#[derive(Clone, Debug)]
enum Origin {
    Anywhere,
    Index(String),
    Git,
    Path,
    Url,
}

/// Reads what stands behind a name. What cannot be read limits nothing.
pub(super) fn read(name: &str, value: &Value<'_>) -> Vec<Dependency> {
    value.as_array().map_or_else(|| vec![one(name, value)], |list| list.iter().map(|v| one(name, v)).collect())
}

fn one(name: &str, value: &Value<'_>) -> Dependency {
    let word = |key: &str| text(value, key);
    let python = word("python").and_then(holds::pythons).unwrap_or(Grid::ALL);
    let platform = word("platform").map_or(Grid::ALL, holds::platform);
    let has = |key: &str| word(key).is_some();
    let origin = match word("source") {
        _ if has("git") => Origin::Git,
        _ if has("path") || has("file") => Origin::Path,
        _ if has("url") => Origin::Url,
        Some(source) => Origin::Index(source.to_lowercase()),
        None => Origin::Anywhere,
    };
    Dependency {
        name: normalized(name),
        extras: texts(value, "extras").map(normalized).collect(),
        is_optional: flag(value, "optional").unwrap_or(false),
        constraint: value.as_str().or_else(|| word("version")).and_then(Constraint::parse),
        origin,
        marker: word("markers").map(str::to_owned),
        limits: python.and(platform),
    }
}

impl Dependency {
    /// The environments it counts in, given the extras asked for.
    pub(super) fn holds(&self, has_extra: &Asked<'_>) -> Grid {
        let marked = self.marker.as_ref().and_then(|m| Marker::read(m).holds(has_extra));
        marked.map_or(self.limits, |m| m.grid.and(self.limits))
    }

    /// The environments it counts in without any extra. What markers come to that were met before is looked up.
    pub(super) fn holds_without_extras<'d>(&'d self, known: &mut BTreeMap<&'d str, Grid>) -> Grid {
        let Some(text) = self.marker.as_deref() else { return self.limits };
        let grid = known.entry(text).or_insert_with(|| Marker::read(text).holds(&|_| false).map_or(Grid::ALL, |m| m.grid));
        grid.and(self.limits)
    }

    /// Whether its marker says which extra it belongs to.
    pub(super) fn names_extras(&self) -> bool {
        self.marker.as_deref().is_some_and(|text| Marker::read(text).names_extras())
    }

    /// Whether a locked package is one it can mean.
    pub(super) fn accepts(&self, package: &Locked) -> bool {
        let from = match (&self.origin, &package.source) {
            (Origin::Anywhere, _)
            | (Origin::Git, Source::Git { .. })
            | (Origin::Path, Source::Directory(_) | Source::Archive(_))
            | (Origin::Url, Source::Url { .. }) => true,
            (Origin::Index(wanted), Source::Index { name, .. }) => name.to_lowercase() == *wanted,
            (Origin::Index(wanted), Source::Pypi) => wanted == "pypi",
            _ => false,
        };
        from && self.constraint.as_ref().is_none_or(|c| c.allows(&package.parsed))
    }
}
