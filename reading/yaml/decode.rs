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

/// Words of Dockerfiles and compose files, and the key that says the same.
const ALIASES: &[(&str, &str)] = &[
    ("arg", "args"),
    ("build-args", "args"),
    ("cmd", "command"),
    ("dockerignore", "exclude"),
    ("env-file", "env"),
    ("environment", "env"),
    ("from", "base"),
    ("health", "healthcheck"),
    ("ignore", "exclude"),
    ("image", "runtime"),
    ("packages", "apt"),
    ("port", "expose"),
    ("ports", "expose"),
    ("run", "command"),
    ("system-packages", "apt"),
    ("targets", "editions"),
    ("tests", "check"),
    ("working-dir", "workdir"),
];
/// More keys than this are not listed in one line: nobody reads it.
const FEW: usize = 12;

/// Says that a key is unknown, with the one that is meant as far as that can be told.
pub fn unknown(key: &Key, what: &str, known: &[&str], sink: &mut Sink) {
    let found = Diagnostic::new(codes::UNKNOWN_KEY, format!("{what} has no key `{}`", key.name));
    let typed = key.name.to_lowercase().replace('_', "-");
    let alias = ALIASES.iter().find(|(word, own)| *word == typed && known.contains(own)).map(|(_, own)| *own);
    sink.push(match alias.or_else(|| nearest(&key.name, known.iter().copied())) {
        Some(near) => found.at(key.place, format!("did you mean `{near}`?")),
        None if known.len() <= FEW => found.at(key.place, "").help(format!("the keys are {}", list(known))),
        None => {
            found.at(key.place, "").help(format!("docs/spec.md tells of all {}, and `distil schema --markdown` prints it", known.len()))
        }
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

/// A table of keys: those of a mapping, or some of them that another table takes in.
pub trait Keys: Default {
    /// Reads the value of a key, and returns whether it is good; `None` where the table has no such key.
    fn take(&mut self, key: &Key, value: &Node, sink: &mut Sink) -> Option<bool>;
    /// Every key, in the order of the documentation.
    fn fields() -> Vec<Field>;
}

/// Reads a mapping by its table; `what` is what messages call it.
pub fn mapping<T: Keys>(node: &Node, what: &str, sink: &mut Sink) -> Option<T> {
    let entries = entries(node, what, sink)?;
    let mut read = T::default();
    let mut good = true;
    for (key, value) in entries {
        good &= read.take(key, value, sink).unwrap_or_else(|| {
            let known: Vec<&str> = T::fields().iter().map(|field| field.key).collect();
            unknown(key, what, &known, sink);
            false
        });
    }
    good.then_some(read)
}

/// Reads one value into its field; returns whether it is good.
pub fn into<T: Decode>(field: &mut T, node: &Node, sink: &mut Sink) -> bool {
    T::decode(node, sink).map(|value| *field = value).is_some()
}

/// Declares a struct that is read from a mapping.
///
/// Every field names its key and an example; its type says the rest. Fields need a `Default`, and an absent key leaves it.
/// A field after `..` is a table of its own, whose keys are keys of this mapping.
#[macro_export]
macro_rules! keys {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident as $what:literal {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty = $key:literal, $example:literal; )*
            $(
                .. $(#[doc = $table_doc:literal])* $table:ident : $table_type:ty;
                $( $(#[doc = $more_doc:literal])* $more:ident : $more_type:ty = $more_key:literal, $more_example:literal; )*
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default)]
        $vis struct $name {
            $( $(#[doc = $field_doc])* pub $field: $type, )*
            $(
                $(#[doc = $table_doc])* pub $table: $table_type,
                $( $(#[doc = $more_doc])* pub $more: $more_type, )*
            )*
        }

        impl $crate::yaml::decode::Keys for $name {
            fn take(&mut self, key: &$crate::yaml::Key, value: &$crate::yaml::Node, sink: &mut $crate::diag::Sink) -> Option<bool> {
                $( if key.name == $key {
                    return Some($crate::yaml::decode::into(&mut self.$field, value, sink));
                } )*
                $(
                    $( if key.name == $more_key {
                        return Some($crate::yaml::decode::into(&mut self.$more, value, sink));
                    } )*
                    if let Some(good) = $crate::yaml::decode::Keys::take(&mut self.$table, key, value, sink) {
                        return Some(good);
                    }
                )*
                None
            }

            fn fields() -> Vec<$crate::yaml::Field> {
                let own: Vec<$crate::yaml::Field> = vec![ $( $crate::yaml::Field {
                    key: $key,
                    doc: vec![$($field_doc),*],
                    example: $example,
                    shape: <$type as $crate::yaml::Decode>::shape(),
                } ),* ];
                [
                    own,
                    $(
                        <$table_type as $crate::yaml::decode::Keys>::fields(),
                        vec![ $( $crate::yaml::Field {
                            key: $more_key,
                            doc: vec![$($more_doc),*],
                            example: $more_example,
                            shape: <$more_type as $crate::yaml::Decode>::shape(),
                        } ),* ],
                    )*
                ]
                .concat()
            }
        }

        impl $crate::yaml::Decode for $name {
            fn decode(node: &$crate::yaml::Node, sink: &mut $crate::diag::Sink) -> Option<Self> {
                $crate::yaml::decode::mapping(node, $what, sink)
            }

            fn shape() -> $crate::yaml::Shape {
                $crate::yaml::Shape::Keys(<Self as $crate::yaml::decode::Keys>::fields())
            }
        }
    };
}
pub use keys;
