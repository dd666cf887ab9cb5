//! YAML with the place of every key and value: text to `Node`, `Node` to typed values.
//! Spec and recipe are both read through this room, so both get the same messages. It knows neither of them.

pub mod decode;
pub mod node;
pub mod schema;
pub mod values;

pub(crate) use decode::keys;
pub use decode::{Decode, Field, Shape};
pub use node::{Node, Value, parse};
pub(crate) use values::scalar;
pub use values::{Argv, At, Table};
