//! The arena: ops in the order they were added, and handles to their outputs.
//!
//! Knows how ops hang together, not how they are encoded (marshal.rs) nor what the fields of an op
//! mean (source.rs, exec.rs, file.rs).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use buildkit_proto::caps::llb as caps;
use buildkit_proto::pb;

use crate::exec::{Exec, Executed};
use crate::file::FileAction;
use crate::info::OpInfo;
use crate::lower::{self, Lowered, Root, number};
use crate::origin::{FileId, Files, Origin};
use crate::source::Source;

/// One output of one op in a [`Graph`]: a tree of files that other ops can use.
///
/// Handles come from a graph and are of use in that graph only, or in a clone of it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Output {
    pub(crate) node: usize,
    pub(crate) index: u32,
}

/// A build graph that is being put together.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) files: Files,
}

/// An op with what is known about it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) body: Body,
    /// Invariant: each names an earlier node. For an op of our own, its numbers count in this list.
    pub(crate) inputs: Vec<Output>,
    /// What the daemon must know for an op of our own.
    pub(crate) caps: BTreeSet<&'static str>,
    pub(crate) info: OpInfo,
}

/// What an op does.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Own {
        op: Box<pb::op::Op>,
        platform: Option<pb::Platform>,
    },
    /// Taken from another definition. The bytes stay as they are, since they may hold fields that
    /// this crate does not know, and the digests inside them stay right.
    Foreign {
        bytes: Vec<u8>,
        caps: Vec<String>,
    },
}

impl Graph {
    /// Makes an empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tree that comes from outside.
    pub fn source(&mut self, source: impl Into<Source>) -> Output {
        self.push(lower::source(source.into()))
    }

    /// Adds a command. Without a mount at `/` its root is an empty tree.
    pub fn exec(&mut self, exec: Exec) -> Executed {
        let (lowered, outputs) = lower::exec(exec);
        let node = self.push(lowered).node;
        let root = match outputs.root {
            Root::Output(index) => Output { node, index },
            Root::Unchanged(Some(from)) => from,
            Root::Unchanged(None) => self.empty(),
        };
        let mounts = outputs.mounts.into_iter();
        let mounts = mounts.map(|index| index.map(|index| Output { node, index }));
        Executed::new(Output { node, index: 0 }, root, mounts.collect())
    }

    /// Adds file operations on `base`, each on the result of the one before; `None` starts from an
    /// empty tree. Without any action this is `base` itself.
    pub fn file(&mut self, base: Option<Output>, actions: Vec<FileAction>) -> Output {
        if actions.is_empty() {
            return base.unwrap_or_else(|| self.empty());
        }
        self.push(lower::file(base, actions))
    }

    /// Lays trees over each other, later ones on top, without copying any. One layer alone is
    /// returned as it is.
    pub fn merge(&mut self, layers: Vec<Output>) -> Output {
        match layers.as_slice() {
            [] => return self.empty(),
            [only] => return *only,
            [_, _, ..] => {}
        }
        let inputs = (0..).take(layers.len()).map(|input| pb::MergeInput { input });
        self.push(Lowered {
            op: pb::op::Op::Merge(pb::MergeOp { inputs: inputs.collect() }),
            platform: None,
            inputs: layers,
            caps: [caps::MERGE_OP].into(),
        })
    }

    /// Adds what `upper` has over `lower`, as a layer to merge elsewhere; `None` is an empty tree.
    /// The difference to nothing is `upper` itself.
    pub fn diff(&mut self, lower: Option<Output>, upper: Option<Output>) -> Output {
        if let (None, Some(upper)) = (lower, upper) {
            return upper;
        }
        let mut inputs = Vec::new();
        // The two are never one input, even if they are the same tree.
        let mut add = |tree: Option<Output>| {
            tree.map_or(-1, |tree| {
                inputs.push(tree);
                number(inputs.len() - 1)
            })
        };
        let lower = Some(pb::LowerDiffInput { input: add(lower) });
        let upper = Some(pb::UpperDiffInput { input: add(upper) });
        self.push(Lowered { op: pb::op::Op::Diff(pb::DiffOp { lower, upper }), platform: None, inputs, caps: [caps::DIFF_OP].into() })
    }

    /// Adds `through` unchanged, but to be had only when all of `requires` are done as well. The
    /// `id` must not be empty; it keeps apart what would otherwise be equal.
    pub fn passthrough(&mut self, id: &str, through: Output, requires: Vec<Output>) -> Output {
        let mut inputs = vec![through];
        inputs.extend(requires);
        self.push(Lowered {
            op: pb::op::Op::Passthrough(pb::PassthroughOp { id: id.to_owned(), outputs: vec![0] }),
            platform: None,
            inputs,
            caps: [caps::PASSTHROUGH_OP].into(),
        })
    }

    /// What is known about the op behind an output beside the op itself, to be added to.
    pub fn describe(&mut self, at: Output) -> &mut OpInfo {
        &mut self.nodes[at.node].info
    }

    /// Adds a file that people wrote, for [`Graph::at`] to point into. The language is a name as in
    /// linguist, such as `YAML`. An equal file is added only once.
    pub fn source_file(&mut self, filename: impl Into<String>, language: impl Into<String>, data: impl Into<Vec<u8>>) -> FileId {
        self.files.add(pb::SourceInfo { filename: filename.into(), language: language.into(), data: data.into(), definition: None })
    }

    /// Says which lines of a file the op behind an output comes from, counted from 1. Each call
    /// adds a place; for one place of several ranges add an [`Origin`] to [`OpInfo::origins`].
    pub fn at(&mut self, output: Output, file: FileId, lines: RangeInclusive<u32>) {
        self.describe(output).origins.push(Origin::new(file, lines));
    }

    /// The empty tree as an op: the difference between nothing and nothing.
    fn empty(&mut self) -> Output {
        self.diff(None, None)
    }

    fn push(&mut self, lowered: Lowered) -> Output {
        self.push_node(Node {
            body: Body::Own { op: Box::new(lowered.op), platform: lowered.platform },
            inputs: lowered.inputs,
            caps: lowered.caps,
            info: OpInfo::default(),
        })
    }

    pub(crate) fn push_node(&mut self, node: Node) -> Output {
        let known = self.nodes.len();
        debug_assert!(node.inputs.iter().all(|input| input.node < known), "an input comes from another graph");
        self.nodes.push(node);
        Output { node: known, index: 0 }
    }
}
