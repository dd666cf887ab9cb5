//! YAML with the place of every key and value: text to `Node`, `Node` to typed values.
//! Spec and recipe are both read through this room, so both get the same messages. It knows neither of them.

mod brackets;
pub mod decode;
pub mod node;
pub mod over;
pub mod schema;
mod texts;
pub mod values;
pub mod written;

pub use decode::keys;
pub use decode::{Decode, Field, Keys, Shape};
pub use node::{Key, Node, Value, parse, parse_last};
pub use over::over;
pub use texts::Texts;
pub use values::{Argv, At, Table};
pub use values::{scalar, shell_free, words};

#[cfg(test)]
mod tests;
