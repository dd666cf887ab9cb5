//! distil turns a small YAML spec of a service into a small, safe, reproducible container image.
//!
//! One direction, no way back, every arrow a pure function; only the two ends do I/O:
//!
//! ```text
//! distil.yaml ─spec─▶ Spec ─facts─▶ Facts ─recipe, plan─▶ Plan ─emit─▶ LLB, JSON, tree
//!                      └── files read by gateway (BuildKit) or cli (disk) ──┘
//! ```
//!
//! - [`diag`], [`names`], [`shell`], [`yaml`]: leaves that know nothing of the product;
//! - [`spec`]: what the user wrote; [`facts`]: what the project's files say;
//! - [`recipe`]: templates that yield stages; [`plan`]: the resolved build, where spec, facts and recipe meet;
//! - [`emit`]: the plan as LLB and image config; sees nothing before the plan;
//! - [`gateway`]: one build inside BuildKit; [`cli`]: the same compiler on files from disk.

pub mod diag;
pub mod names;
pub mod shell;
pub mod yaml;

pub mod spec;

pub mod facts;

pub mod recipe;

pub mod plan;

pub mod emit;

pub mod gateway;

pub mod cli;
