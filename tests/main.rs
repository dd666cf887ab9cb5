//! Every test that is larger than a room: one binary, a module for each way of looking at the product.
//! `engine` needs a Docker engine and is ignored by a plain `cargo test`; `make test` sets one up and runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod cli;
mod engine;
mod errors;
mod gateway;
mod golden;
mod props;
mod tidy;
