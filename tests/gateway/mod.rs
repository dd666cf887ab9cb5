//! The gateway against an engine that answers from a script, over a connection in memory: what reaches the engine, what
//! comes back to the user, and what happens when either goes wrong. Nothing is built here.

mod build;
mod fake;
mod folder;
mod graph;
mod script;

mod contexts;
mod daemons;
mod good;
mod ignore;
mod mistakes;
mod options;
mod platforms;
mod process;
mod recipes;
mod remote;
mod requests;
mod warnings;
