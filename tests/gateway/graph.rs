//! A definition as tests look at it: its ops with their metadata, by kind and by name.

use buildkit_proto::pb::{self, op};

use super::script::decode;

/// An op with what is known about it.
pub(super) type Step = (pb::Op, pb::OpMetadata);

/// A definition, decoded.
#[derive(Debug)]
pub(super) struct Graph {
    pub ops: Vec<Step>,
    /// The ops' digests, in the same order.
    pub ids: Vec<String>,
    pub source: pb::Source,
}

impl Graph {
    pub(super) fn new(definition: &pb::Definition) -> Self {
        let (ids, ops): (Vec<_>, Vec<_>) = decode(definition).expect("ops").into_iter().unzip();
        let metadata = |id: &String| definition.metadata.get(id).cloned().expect("metadata for every op");
        let ops = ops.into_iter().zip(&ids).map(|(op, id)| (op, metadata(id))).collect();
        Self { ops, ids, source: definition.source.clone().unwrap_or_default() }
    }

    /// The step that the whole definition stands for.
    pub(super) fn head(&self) -> &Step {
        let [head] = self.inputs(&self.ops.last().expect("ops").0)[..] else { panic!("the last op names no result") };
        head
    }

    /// What an op builds on, in the order of its inputs.
    pub(super) fn inputs(&self, op: &pb::Op) -> Vec<&Step> {
        let at = |digest: &String| self.ids.iter().position(|id| id == digest).expect("inputs are in the definition");
        op.inputs.iter().map(|input| &self.ops[at(&input.digest)]).collect()
    }

    /// The only step whose name ends like this with all that it builds on, and without a head.
    pub(super) fn below(&self, end: &str) -> Self {
        let mut needed: Vec<&Step> = vec![self.step(end)];
        let mut next = 0;
        while let Some(step) = needed.get(next) {
            let inputs = self.inputs(&step.0);
            needed.extend(inputs);
            next += 1;
        }
        let is_needed = |step: &Step| needed.iter().any(|other| std::ptr::eq(*other, step));
        let (ops, ids) = self.ops.iter().zip(&self.ids).filter(|(step, _)| is_needed(step)).map(|(s, id)| (s.clone(), id.clone())).unzip();
        Self { ops, ids, source: self.source.clone() }
    }

    /// The only step whose name ends like this.
    pub(super) fn step(&self, end: &str) -> &Step {
        let found: Vec<_> = self.ops.iter().filter(|(_, metadata)| name(metadata).ends_with(end)).collect();
        let [one] = found[..] else { panic!("{} steps end with {end}: {:?}", found.len(), self.names()) };
        one
    }

    /// The command of the only step whose name ends like this.
    pub(super) fn exec(&self, end: &str) -> &pb::ExecOp {
        let (op, metadata) = self.step(end);
        let Some(op::Op::Exec(exec)) = &op.op else { panic!("{} runs nothing", name(metadata)) };
        exec
    }

    /// The words of that command.
    pub(super) fn argv(&self, end: &str) -> Vec<&str> {
        self.exec(end).meta.iter().flat_map(|meta| &meta.args).map(String::as_str).collect()
    }

    /// What the only step whose name ends like this copies; a step that does nothing else.
    pub(super) fn copy(&self, end: &str) -> &pb::FileActionCopy {
        let Some(op::Op::File(file)) = &self.step(end).0.op else { panic!("{end} is no file operation") };
        match &file.actions[..] {
            [pb::FileAction { action: Some(pb::file_action::Action::Copy(copy)), .. }] => copy,
            actions => panic!("{end} has {} actions, or is no copy", actions.len()),
        }
    }

    /// The lines that a step comes from: file, first and last line.
    pub(super) fn lines(&self, end: &str) -> Vec<(&str, i32, i32)> {
        let step = self.step(end);
        let at = self.ops.iter().position(|other| std::ptr::eq(other, step)).expect("it is one of them");
        let line = |position: &Option<pb::Position>| position.as_ref().map_or(0, |p| p.line);
        let places = self.source.locations.get(&self.ids[at]).into_iter().flat_map(|l| &l.locations);
        let ranges = places.flat_map(|place| place.ranges.iter().map(|range| (place.source_index, range)));
        let file = |index: i32| self.source.infos[usize::try_from(index).expect("an index")].filename.as_str();
        ranges.map(|(index, range)| (file(index), line(&range.start), line(&range.end))).collect()
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
