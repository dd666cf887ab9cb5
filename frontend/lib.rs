//! distil turns a small YAML spec of a service into a small, safe, reproducible container image.
//!
//! One direction, no way back, every arrow a pure function; only the two ends do I/O:
//!
//! ```text
//! distil.yaml ─spec─▶ Spec ─facts─▶ Facts ─recipe, lower─▶ Plan ─emit─▶ LLB, Dockerfile, JSON, tree
//!                      └── files read by gateway (BuildKit) or cli (disk), as compile asks for them ──┘
//! ```
//!
//! - [`dates`], [`diag`], [`json`], [`names`], [`shell`], [`target`], [`yaml`]: leaves that know nothing of the product;
//! - [`spec`]: what the user wrote; [`facts`]: the project's files as far as they were read;
//! - [`python`]: all that is Python's: what those files say, what is installed of a lock, what recipes are given of that, and its half of
//!   what runs inside build steps;
//! - [`node`]: the same of Node;
//! - [`ecosystem`]: the one place that knows which ecosystems there are; whoever asks of a project asks here, and knows no language;
//! - [`messages`]: every message that can be said, with the page of all;
//! - [`plan`]: the resolved build, which is data alone; [`recipe`]: templates that yield its stages;
//! - [`lower`]: spec, facts, locks and recipe become the plan: the one place where they meet;
//! - `args`: build arguments take their places in the spec;
//! - `lint`: what a person should know of a build that would work; one file for each;
//! - [`compile`]: the whole way as one value that asks for files;
//! - `audit`: what a build takes, runs and ships, for whoever vouches for it;
//! - [`emit`]: the plan as LLB, image config and Dockerfile; sees nothing before the plan;
//! - [`refine`]: the program as it runs inside build steps, which make the image small and prove it;
//! - [`gateway`]: one build inside BuildKit; [`cli`]: the same compiler on files from disk.

#![allow(rustdoc::private_intra_doc_links, reason = "the page above is for those who work on it, and lists all rooms")]

pub use distil_reading::{diag, json, names, shell, yaml};
pub(crate) use distil_refine as refine;

pub(crate) mod dates;
pub(crate) mod target;

pub mod spec;

pub mod facts;

pub mod python;

pub mod node;

pub(crate) mod ecosystem;

pub mod messages;

pub mod plan;

pub mod recipe;

pub mod lower;

mod lint;

mod args;

pub mod compile;

mod audit;

pub mod emit;

pub mod gateway;

pub mod cli;

/// The page of the steps that recipes have of the program.
pub use ecosystem::steps::page as steps_page;
