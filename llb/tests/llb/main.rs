//! Tests of what the crate promises, through its public interface, with the bytes taken apart again.

mod canonical;
mod files;
mod json;
mod mounts;
mod origins;
mod other_ops;
mod sources;
mod splice;

use buildkit_llb::{Graph, Output, Platform, pb};
use prost::Message;

fn linux() -> Platform {
    Platform { os: "linux".to_owned(), architecture: "amd64".to_owned(), ..Platform::default() }
}

/// All ops of a definition, the terminal one included.
fn ops(definition: &pb::Definition) -> Vec<pb::Op> {
    let ops = definition.def.iter();
    ops.map(|bytes| pb::Op::decode(bytes.as_slice()).expect("ops decode")).collect()
}

/// The op that makes an output, without its inputs.
fn op_of(graph: &Graph, output: Output) -> pb::Op {
    let mut ops = ops(&graph.finish(output));
    ops.pop().expect("there is a terminal op");
    ops.pop().expect("there is an op before it")
}

/// The ids of the capabilities in the metadata of the op that makes an output.
fn caps_of(graph: &Graph, output: Output) -> Vec<String> {
    let definition = graph.finish(output);
    let bytes = &definition.def[definition.def.len() - 2];
    let metadata = &definition.metadata[&buildkit_llb::digest(bytes)];
    assert!(metadata.caps.values().all(|used| *used));
    metadata.caps.keys().cloned().collect()
}

/// The numbers of the fields of a message, in the order of its bytes.
fn fields(mut bytes: &[u8]) -> Vec<u64> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let (first, rest) = bytes.split_first().expect("a varint goes on");
            *bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                break;
            }
        }
        value
    }
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        numbers.push(tag >> 3);
        match tag & 7 {
            0 => _ = varint(&mut bytes),
            2 => {
                let length = usize::try_from(varint(&mut bytes)).expect("lengths are small");
                bytes = &bytes[length..];
            }
            other => panic!("no message here has the wire type {other}"),
        }
    }
    numbers
}
