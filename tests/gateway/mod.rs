//! The gateway against an engine that answers from a script, over a connection in memory: what reaches the engine, what
//! comes back to the user, and what happens when either goes wrong. Nothing is built here.

mod before_start;
mod build;
mod fake;
mod folder;
mod graph;
mod script;

mod checks;
mod contexts;
mod copies;
mod crossing;
mod daemons;
mod good;
mod health;
mod ignore;
mod layers;
mod mistakes;
mod options;
mod own;
mod places;
mod platforms;
mod process;
mod proofs;
mod recipes;
mod remote;
mod report;
mod requests;
mod sbom;
mod warnings;
