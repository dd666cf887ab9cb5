//! Every test that is larger than a room: one binary, a module for each way of looking at the product.
//! `engine` needs a Docker engine and is ignored by a plain `cargo test`; `make test` sets one up and runs it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod cli;
mod deny;
mod engine;
mod errors;
mod gateway;
mod golden;
mod imports;
mod keys;
mod kinds;
mod managers;
mod pages;
mod parts;
mod peers;
mod project;
mod props;
mod refine;
mod sbom;
mod tidy;

/// The checkout that is tested, which cargo says when the tests run: with a shared target folder they may have been compiled for
/// another one.
fn checkout() -> std::path::PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| std::env::current_dir().expect("there is a folder"), Into::into)
}
