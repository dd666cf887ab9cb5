//! The standards that packages of Python are named and asked for by, each read in one place: names, versions, markers, requirements.
//! Knows no lock and no manager. A marker is read once (`marker`), and asked in two ways: whether it certainly holds (`truth`), and
//! where it does (`holds`, a `grid` of environments).

pub(crate) mod grid;
pub(crate) mod holds;
pub(crate) mod marker;
mod name;
pub(crate) mod requirement;
pub(crate) mod truth;
pub mod version;

pub(crate) use marker::Marker;
pub(crate) use name::normalized;
pub(crate) use requirement::Requirement;
