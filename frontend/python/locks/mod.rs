//! What is installed of a lock, and nothing else, for each manager that writes one: each reads its own (`uv`, `poetry`, `pip`), and
//! answers with the same [`InstallSet`].

mod left_out;
pub mod pip;
pub mod poetry;
mod set;
pub mod uv;

pub use set::{
    Archive, Files, Index, InstallSet, List, LocalKind, LocalPackage, Missing, Package, Repository, Requirements, Source, Torch, Wheel,
};
