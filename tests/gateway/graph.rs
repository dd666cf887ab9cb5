//! A definition as tests look at it: its ops with their metadata, by kind and by name.

use buildkit_proto::pb::{self, op};

use super::script::decode;

/// A definition, decoded.
#[derive(Debug)]
pub(super) struct Graph {
    pub ops: Vec<(pb::Op, pb::OpMetadata)>,
    pub source: pb::Source,
}

impl Graph {
    pub(super) fn new(definition: &pb::Definition) -> Self {
        let ops = decode(definition).expect("ops").into_iter();
        let ops = ops.map(|(id, op)| (op, definition.metadata.get(&id).cloned().expect("metadata for every op"))).collect();
        Self { ops, source: definition.source.clone().unwrap_or_default() }
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &pb::SourceOp> {
        self.ops.iter().filter_map(|(op, _)| match &op.op {
            Some(op::Op::Source(source)) => Some(source),
            _ => None,
        })
    }

    /// Identifiers of sources, in order.
    pub(super) fn identifiers(&self) -> Vec<&str> {
        let mut all: Vec<_> = self.sources().map(|s| s.identifier.as_str()).collect();
        all.sort_unstable();
        all
    }

    /// The only source whose identifier starts like this.
    pub(super) fn source(&self, start: &str) -> &pb::SourceOp {
        let found: Vec<_> = self.sources().filter(|s| s.identifier.starts_with(start)).collect();
        let [one] = found[..] else { panic!("{} sources start with {start}: {:?}", found.len(), self.identifiers()) };
        one
    }

    pub(super) fn execs(&self) -> Vec<(&pb::ExecOp, &pb::OpMetadata)> {
        let found = self.ops.iter().filter_map(|(op, metadata)| match &op.op {
            Some(op::Op::Exec(exec)) => Some((exec, metadata)),
            _ => None,
        });
        found.collect()
    }

    /// Names of steps that are to run anew.
    pub(super) fn uncached(&self) -> Vec<&str> {
        self.ops.iter().filter(|(_, metadata)| metadata.ignore_cache).map(|(_, metadata)| name(metadata)).collect()
    }

    /// Names of steps, in order.
    pub(super) fn names(&self) -> Vec<&str> {
        self.ops.iter().map(|(_, metadata)| name(metadata)).filter(|name| !name.is_empty()).collect()
    }
}

/// The name of a step, as progress shows it.
pub(super) fn name(metadata: &pb::OpMetadata) -> &str {
    metadata.description.get("llb.customname").map_or("", String::as_str)
}
