//! A folder of built files as a server of static sites wants it: without what only developers need, packed, typed, with validators from
//! content. Knows nothing of who built them.

pub mod maps;
pub mod names;
pub mod pack;
pub mod types;
