//! What a spec says of the image of a Python service: which modules are compiled, which data stay, what must import.

use crate::diag::Sink;
use crate::names::{Seconds, Word};
use crate::yaml::{At, Decode, Node, Shape, Value, keys, words};

words! {
    /// Which modules are compiled beforehand.
    Bytecode {
        /// Those that the service loads when it starts.
        Used = "used",
        /// Every one.
        All = "all",
        /// None.
        None = "none",
    }
}

keys! {
    /// What is compiled, and what of the packages is left out.
    pub struct PruneKeys as "`prune`" {
        /// What is compiled beforehand: `used` is what the service loads when it starts, `all` every module, `none` nothing.
        /// Default: `used`.
        bytecode: Option<At<Bytecode>> = "bytecode", "all";
        /// The AWS services whose data botocore keeps. Default: all of them.
        aws: Option<At<Vec<At<Word>>>> = "aws", "[s3, sqs]";
    }
}

keys! {
    /// What must import in the finished image.
    pub struct CheckKeys as "`check`" {
        /// Modules that must import, on top of those of every installed package. `strict` asks that what the command loads imports
        /// without anything that comes at run time; `{strict: true, modules: […]}` says both.
        imports: Imports = "imports", "[shop.api, shop.worker]";
        /// Modules that are not imported for the check.
        skip: Vec<At<String>> = "skip", "[pkg_that_needs_a_gpu]";
        /// Time that one import may take by itself: while it waits for a busy machine the clock stands still. Default: `60s`, and ten
        /// times what it took in the builder where that is more.
        timeout: Option<At<Seconds>> = "timeout", "180s";
    }
}

keys! {
    /// What must import.
    pub struct ImportsKeys as "`imports`" {
        /// Whether what the command loads must import without anything that comes at run time.
        strict: bool = "strict", "true";
        /// Modules that must import.
        modules: Vec<At<String>> = "modules", "[shop.worker]";
    }
}

/// What must import: a list of modules, the word `strict`, or keys that say both.
#[derive(Clone, Debug, Default)]
pub struct Imports(pub ImportsKeys);

impl Decode for Imports {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { text, .. } if text == "strict" => Some(Self(ImportsKeys { strict: true, modules: vec![] })),
            Value::Map(_) => ImportsKeys::decode(node, sink).map(Self),
            _ => Vec::decode(node, sink).map(|modules| Self(ImportsKeys { strict: false, modules })),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![ImportsKeys::shape(), Shape::Choice(&["strict"]), Shape::List(Box::new(Shape::Text))])
    }
}
