//! A value that is one text, or a list of them.

use crate::diag::{Place, Sink};

use super::decode::{Decode, Shape, wrong};
use super::node::{Node, Value};
use super::values::At;

/// One text, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Texts {
    /// One.
    One(At<String>),
    /// Those of a list.
    Several(Vec<At<String>>),
}

impl Texts {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[At<String>] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Several(texts) => texts,
        }
    }

    /// All of them, to be changed.
    pub fn all_mut(&mut self) -> &mut [At<String>] {
        match self {
            Self::One(text) => std::slice::from_mut(text),
            Self::Several(texts) => texts,
        }
    }

    /// The one that it is, where it is no list.
    #[must_use]
    pub fn one(&self) -> Option<&str> {
        match self {
            Self::One(text) => Some(&text.value),
            Self::Several(_) => None,
        }
    }

    /// The places of all of them.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        self.all().iter().map(|text| text.place).collect()
    }
}

impl std::fmt::Display for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(text) => f.write_str(&text.value),
            Self::Several(texts) => {
                write!(f, "[{}]", texts.iter().map(|text| text.value.as_str()).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl Decode for Texts {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { .. } => At::decode(node, sink).map(Self::One),
            Value::List(_) => Vec::decode(node, sink).map(Self::Several),
            Value::Map(_) | Value::Null => wrong(node, sink, "a string or a list of strings"),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, Shape::List(Box::new(Shape::Text))])
    }
}
