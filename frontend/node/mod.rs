//! Everything that is Node's: its locks, what is installed of them, and the messages about that.

pub mod codes;
pub mod locks;
