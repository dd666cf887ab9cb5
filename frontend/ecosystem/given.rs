//! The inputs that single ecosystems fill.

use crate::node::given as node;
use crate::python::given as python;
use crate::recipe::known::Row;

/// A table for each ecosystem.
pub(crate) const TABLES: &[&[Row]] = &[python::TABLE, node::TABLE];
