//! From a graph to a definition: bytes, digests, metadata and capabilities.
//!
//! Knows how the wire wants things, and nothing of what an op means.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use buildkit_proto::caps::llb as caps;
use buildkit_proto::pb;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::graph::{Body, Graph, Node, Output};
use crate::origin::SourceMap;

/// The digest under which an encoded op is known: `sha256:` and 64 hex digits.
#[must_use]
pub fn digest(op: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(op) {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

impl Graph {
    /// Encodes what one output needs, ending in that output. Equal ops become one; what the output
    /// does not need is left out. The same calls give the same bytes.
    #[must_use]
    pub fn finish(&self, result: Output) -> pb::Definition {
        let mut definition = pb::Definition::default();
        let mut sources = SourceMap::default();
        // By node; empty for those that are left out.
        let mut digests = vec![String::new(); self.nodes.len()];
        for (position, node) in self.needed(result) {
            let bytes = encode(node, &digests);
            let digest = digest(&bytes);
            if !definition.metadata.contains_key(&digest) {
                definition.def.push(bytes);
            }
            let metadata = definition.metadata.entry(digest.clone()).or_default();
            node.info.add_to(metadata);
            let caps = node.all_caps().into_iter();
            metadata.caps.extend(caps.map(|cap| (cap.to_owned(), true)));
            sources.add(&digest, &node.info.origins);
            digests[position] = digest;
        }
        let head = pb::Op { inputs: vec![input(result, &digests)], ..pb::Op::default() };
        let terminal = canonical(&head, None);
        let metadata = pb::OpMetadata { caps: terminal_caps(definition.metadata.values()), ..pb::OpMetadata::default() };
        definition.metadata.insert(digest(&terminal), metadata);
        definition.def.push(terminal);
        definition.source = sources.finish(&self.files);
        definition
    }

    /// The ids of the capabilities that the daemon must have to build one output, to be checked
    /// against those it reports. An op taken from another definition counts with the ids that this
    /// crate knows.
    #[must_use]
    pub fn caps(&self, result: Output) -> BTreeSet<&'static str> {
        let definition = self.finish(result);
        let used: BTreeSet<&String> = definition.metadata.values().flat_map(|metadata| metadata.caps.keys()).collect();
        let known = caps::ALL.iter().copied();
        known.filter(|id| used.iter().any(|cap| cap == id)).collect()
    }

    /// The nodes that one output needs, itself included, in the order they were added.
    fn needed(&self, result: Output) -> impl Iterator<Item = (usize, &Node)> {
        let mut needed = vec![false; self.nodes.len()];
        needed[result.node] = true;
        // Inputs come before their users, so one way back finds them all.
        for (position, node) in self.nodes.iter().enumerate().rev() {
            if needed[position] {
                for input in &node.inputs {
                    needed[input.node] = true;
                }
            }
        }
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(move |(position, _)| needed[*position])
    }
}

impl Node {
    fn all_caps(&self) -> BTreeSet<&str> {
        let mut all: BTreeSet<&str> = self.caps.iter().copied().collect();
        match &self.body {
            Body::Own { op, .. } => {
                let limited = self.info.linux_resources.is_some();
                if limited && matches!(**op, pb::op::Op::Exec(_)) {
                    all.insert(caps::EXEC_META_LINUX_RESOURCES);
                }
            }
            Body::Foreign { caps, .. } => all.extend(caps.iter().map(String::as_str)),
        }
        all
    }
}

fn encode(node: &Node, digests: &[String]) -> Vec<u8> {
    match &node.body {
        Body::Own { op, platform } => {
            let inputs = node.inputs.iter().map(|output| input(*output, digests));
            let head = pb::Op {
                inputs: inputs.collect(),
                platform: platform.clone(),
                // Empty, and written all the same: with it an op has the digest that Go programs give it, so that a tree
                // which another frontend has read already is not read again.
                constraints: Some(pb::WorkerConstraints::default()),
                op: None,
            };
            canonical(&head, Some((**op).clone()))
        }
        Body::Foreign { bytes, .. } => bytes.clone(),
    }
}

/// Encodes an op as Go does: the fields outside the oneof first, although their numbers are
/// higher. Prost would put the oneof in between.
fn canonical(head: &pb::Op, op: Option<pb::op::Op>) -> Vec<u8> {
    let tail = pb::Op { op, ..pb::Op::default() };
    let mut bytes = head.encode_to_vec();
    bytes.extend(tail.encode_to_vec());
    bytes
}

fn input(output: Output, digests: &[String]) -> pb::Input {
    let digest = digests[output.node].clone();
    debug_assert!(!digest.is_empty(), "inputs are encoded before their users");
    pb::Input { digest, index: output.index.into() }
}

fn terminal_caps<'a>(all: impl Iterator<Item = &'a pb::OpMetadata>) -> BTreeMap<String, bool> {
    let mut ids = BTreeSet::from([caps::CONSTRAINTS, caps::PLATFORM]);
    for metadata in all {
        if metadata.ignore_cache {
            ids.insert(caps::META_IGNORE_CACHE);
        }
        if !metadata.description.is_empty() {
            ids.insert(caps::META_DESCRIPTION);
        }
        if metadata.export_cache.is_some() {
            ids.insert(caps::META_EXPORT_CACHE);
        }
    }
    ids.into_iter().map(|id| (id.to_owned(), true)).collect()
}
