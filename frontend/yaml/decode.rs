//! From a `Node` to a typed value, naming every mistake on the way; and the `keys!` macro, by which a struct's
//! fields, their documentation, their examples and their decoding are written down once.
//! Decoding never stops at the first mistake: what can still be read is read, and the sink holds all of them.

use crate::diag::{Diagnostic, Sink, codes, nearest};

use super::node::{Key, Node, Value};

/// A type that can be read from YAML.
pub trait Decode: Sized {
    /// Reads it; `None` when it is wrong, and then the sink says why.
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self>;
    /// What it accepts, for the schema.
    fn shape() -> Shape;
    /// What to write where a list of these is expected and a mapping was found; `None` where no item can be meant by it.
    #[must_use]
    fn listed(_mapping: &[(Key, Node)]) -> Option<String> {
        None
    }
}

/// What a value may look like.
#[derive(Clone, Debug)]
#[expect(clippy::use_self, reason = "`Box<Shape>` is plainer than `Box<Self>` in a recursive declaration")]
pub enum Shape {
    /// Any scalar, as text.
    Text,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of one shape.
    List(Box<Shape>),
    /// A mapping with the user's own keys.
    Table(Box<Shape>),
    /// Any of several shapes.
    AnyOf(Vec<Shape>),
    /// A mapping with these keys.
    Keys(Vec<Field>),
}

/// One key of a mapping.
#[derive(Clone, Debug)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What it is for: the doc comment of its field, one string a line.
    pub doc: Vec<&'static str>,
    /// An example value, in YAML.
    pub example: &'static str,
    /// What it accepts.
    pub shape: Shape,
}

/// Says that something else was expected here.
pub fn wrong<T>(node: &Node, sink: &mut Sink, expected: &str) -> Option<T> {
    let message = format!("expected {expected}, found {}", node.kind());
    sink.push(Diagnostic::new(codes::WRONG_TYPE, message).at(node.place, ""));
    None
}

/// Says that a key is unknown, with the nearest of those that exist.
pub fn unknown(key: &Key, what: &str, known: &[&str], sink: &mut Sink) {
    let found = Diagnostic::new(codes::UNKNOWN_KEY, format!("{what} has no key `{}`", key.name));
    sink.push(match nearest(&key.name, known.iter().copied()) {
        Some(near) => found.at(key.place, format!("did you mean `{near}`?")),
        None => found.at(key.place, "").help(format!("the keys are {}", list(known))),
    });
}

/// Says that a word is none of those allowed.
pub fn not_one_of<T>(node: &Node, word: &str, known: &[&str], sink: &mut Sink) -> Option<T> {
    let found = Diagnostic::new(codes::UNKNOWN_VALUE, format!("`{word}` is none of {}", list(known)));
    sink.push(match nearest(word, known.iter().copied()) {
        Some(near) => found.at(node.place, format!("did you mean `{near}`?")),
        None => found.at(node.place, ""),
    });
    None
}

/// Words in backticks with commas between.
#[must_use]
pub fn list<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|w| format!("`{}`", w.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The entries of a mapping, or a message.
pub fn entries<'n>(node: &'n Node, what: &str, sink: &mut Sink) -> Option<&'n [(Key, Node)]> {
    match &node.value {
        Value::Map(entries) => Some(entries),
        _ => wrong(node, sink, &format!("{what} with `key: value` lines")),
    }
}

/// Declares a struct that is read from a mapping.
///
/// Every field names its key and an example; its type says the rest. Fields need a `Default`, and an absent key leaves it.
macro_rules! keys {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident as $what:literal {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty = $key:literal, $example:literal; )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default)]
        $vis struct $name {
            $( $(#[doc = $field_doc])* pub $field: $type, )*
        }

        impl $crate::yaml::Decode for $name {
            fn decode(node: &$crate::yaml::Node, sink: &mut $crate::diag::Sink) -> Option<Self> {
                const KNOWN: &[&str] = &[$($key),*];
                let entries = $crate::yaml::decode::entries(node, $what, sink)?;
                let mut read = Self::default();
                let mut good = true;
                for (key, value) in entries {
                    match key.name.as_str() {
                        $( $key => match <$type as $crate::yaml::Decode>::decode(value, sink) {
                            Some(value) => read.$field = value,
                            None => good = false,
                        }, )*
                        _ => {
                            $crate::yaml::decode::unknown(key, $what, KNOWN, sink);
                            good = false;
                        }
                    }
                }
                good.then_some(read)
            }

            fn shape() -> $crate::yaml::Shape {
                $crate::yaml::Shape::Keys(vec![
                    $( $crate::yaml::Field {
                        key: $key,
                        doc: vec![$($field_doc),*],
                        example: $example,
                        shape: <$type as $crate::yaml::Decode>::shape(),
                    } ),*
                ])
            }
        }
    };
}
pub(crate) use keys;
