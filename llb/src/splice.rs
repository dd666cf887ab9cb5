//! Takes the ops of another definition into a graph: an input of a frontend, or the graph behind
//! a result that a nested solve gave back.
//!
//! Reads of a foreign op only what it needs, its inputs; the bytes stay as they came.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message;

use crate::graph::{Body, Graph, Node, Output};
use crate::info::OpInfo;
use crate::marshal::digest;
use crate::origin::{FileId, Origin};

/// Why a definition cannot be taken into a graph.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// The bytes of an op are no op.
    #[error("op {position} of the definition cannot be decoded")]
    Decode {
        /// Its position in the definition.
        position: usize,
        /// What is wrong with the bytes.
        source: prost::DecodeError,
    },
    /// An op has an input that the definition does not have, or a number that cannot be one.
    #[error("the definition refers to output {index} of {digest}, which it does not have")]
    UnknownInput {
        /// The digest of the input.
        digest: String,
        /// The number of the output.
        index: i64,
    },
    /// The last op does something, where it should only name the result.
    #[error("the definition does not end in an op that names its result")]
    NoResult,
}

/// An op of the other definition on its way in.
struct Incoming<'a> {
    digest: String,
    bytes: &'a [u8],
    inputs: Vec<pb::Input>,
}

impl Graph {
    /// Takes over the ops of another definition that are there for its result, with their metadata
    /// and the places they come from, and returns the result. `None` is the empty tree, for which a
    /// definition has no ops. On an error the graph stays as it was, but for ops nothing refers to.
    pub fn splice(&mut self, definition: &pb::Definition) -> Result<Option<Output>, SpliceError> {
        let mut incoming = definition
            .def
            .iter()
            .enumerate()
            .map(|(position, bytes)| {
                let op = pb::Op::decode(bytes.as_slice()).map_err(|source| SpliceError::Decode { position, source })?;
                Ok((op, bytes.as_slice()))
            })
            .collect::<Result<Vec<_>, SpliceError>>()?;
        let Some((terminal, _)) = incoming.pop() else {
            return Ok(None);
        };
        let result = terminal.inputs.into_iter().next();
        let (Some(result), None) = (result, terminal.op) else {
            return Err(SpliceError::NoResult);
        };

        let files = self.splice_files(definition);
        let mut waiting: Vec<Incoming> =
            incoming.into_iter().map(|(op, bytes)| Incoming { digest: digest(bytes), bytes, inputs: op.inputs }).collect();
        // Ops may come in any order, but mostly each comes before its users.
        let mut known = BTreeMap::new();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut later = Vec::new();
            let mut missing = None;
            for op in waiting {
                match find_all(&op.inputs, &known) {
                    Ok(inputs) => {
                        let node = self.splice_op(&op, inputs, definition, &files);
                        known.insert(op.digest, node);
                    }
                    Err(error) => {
                        missing.get_or_insert(error);
                        later.push(op);
                    }
                }
            }
            if let Some(error) = missing
                && later.len() == before
            {
                return Err(error);
            }
            waiting = later;
        }
        find(&result, &known).map(Some)
    }

    /// Adds one op whose inputs are there.
    fn splice_op(&mut self, op: &Incoming, inputs: Vec<Output>, definition: &pb::Definition, files: &[FileId]) -> usize {
        let metadata = definition.metadata.get(&op.digest);
        let metadata = metadata.cloned().unwrap_or_default();
        let caps = metadata.caps.iter().filter(|(_, used)| **used);
        let caps = caps.map(|(id, _)| id.clone()).collect();
        let mut info = OpInfo::from_metadata(metadata);
        let source = definition.source.as_ref();
        let locations = source.and_then(|source| source.locations.get(&op.digest));
        for location in locations.iter().flat_map(|list| &list.locations) {
            let file = usize::try_from(location.source_index).ok();
            // A place in a file that is not there is of no use.
            if let Some(file) = file.and_then(|file| files.get(file)) {
                info.origins.push(Origin { file: *file, ranges: location.ranges.clone() });
            }
        }
        let bytes = op.bytes.to_vec();
        let node = Node { body: Body::Foreign { bytes, caps }, inputs, caps: [].into(), info };
        self.push_node(node).node
    }

    /// Adds the files of the other definition; the position in the list is their number there.
    fn splice_files(&mut self, definition: &pb::Definition) -> Vec<FileId> {
        let infos = definition.source.iter().flat_map(|source| &source.infos);
        infos.map(|info| self.files.add(info.clone())).collect()
    }
}

fn find_all(inputs: &[pb::Input], known: &BTreeMap<String, usize>) -> Result<Vec<Output>, SpliceError> {
    inputs.iter().map(|input| find(input, known)).collect()
}

fn find(input: &pb::Input, known: &BTreeMap<String, usize>) -> Result<Output, SpliceError> {
    let node = known.get(&input.digest);
    let index = u32::try_from(input.index).ok();
    let output = node.zip(index).map(|(node, index)| Output { node: *node, index });
    output.ok_or_else(|| SpliceError::UnknownInput { digest: input.digest.clone(), index: input.index })
}
