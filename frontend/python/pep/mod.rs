//! The standards that packages of Python are named and asked for by, each read in one place: names, versions, markers, requirements.
//! Knows no lock and no manager; what a marker says in every environment of an image at once is a view on it (`grid`).

mod name;
pub mod version;

pub(crate) use name::normalized;
