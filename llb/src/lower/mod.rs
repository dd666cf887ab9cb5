//! From the plain data of the public types to the messages of ops, with inputs still as handles.
//!
//! The one place that knows how the wire means its fields. Must not know digests or encoding.

mod exec;
mod file;
mod source;

use std::collections::BTreeSet;

use buildkit_proto::pb;

pub(crate) use self::exec::{Root, lower as exec};
pub(crate) use self::file::lower as file;
pub(crate) use self::source::lower as source;
use crate::graph::Output;

/// No input, no output, an empty tree, or no change, as the wire has it.
const NONE: i64 = -1;

/// An op on its way into the graph.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) op: pb::op::Op,
    pub(crate) platform: Option<pb::Platform>,
    pub(crate) inputs: Vec<Output>,
    pub(crate) caps: BTreeSet<&'static str>,
}

/// The number of an input in the list of an op, where equal ones are listed once.
fn input_number(inputs: &mut Vec<Output>, input: Output) -> i64 {
    let known = inputs.iter().position(|other| *other == input);
    number(known.unwrap_or_else(|| {
        inputs.push(input);
        inputs.len() - 1
    }))
}

/// A position as the wire has it.
pub(crate) fn number(position: usize) -> i64 {
    i64::try_from(position).expect("no list in memory is longer than i64::MAX")
}
