//! The values that specs and recipes are made of: strings, numbers, lists, tables, command lines.
//! Each says what it accepts (`Shape`) beside how it is read, so that schema and messages cannot disagree.

use crate::diag::{Diagnostic, Place, Sink, codes};
use crate::shell;

use super::decode::{Decode, Shape, wrong};
use super::node::{Key, Node, Value};

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub place: Place,
}

impl<T: Decode> Decode for At<T> {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        T::decode(node, sink).map(|value| Self { value, place: node.place })
    }

    fn shape() -> Shape {
        T::shape()
    }

    fn listed(mapping: &[(Key, Node)]) -> Option<String> {
        T::listed(mapping)
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        T::decode(node, sink).map(Some)
    }

    fn shape() -> Shape {
        T::shape()
    }
}

impl Decode for String {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { text, .. } => Some(text.clone()),
            _ => wrong(node, sink, "a string"),
        }
    }

    fn shape() -> Shape {
        Shape::Text
    }
}

impl Decode for bool {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { text, quoted: false } if text == "true" => Some(true),
            Value::Scalar { text, quoted: false } if text == "false" => Some(false),
            _ => wrong(node, sink, "`true` or `false`"),
        }
    }

    fn shape() -> Shape {
        Shape::Bool
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::List(items) => {
                // Every item is read before any failure counts, so that one run names all the wrong ones.
                let read: Vec<Option<T>> = items.iter().map(|item| T::decode(item, sink)).collect();
                read.into_iter().collect()
            }
            Value::Scalar { text, .. } => {
                let help = format!("write `[{}]`", shell_free(text));
                let message = format!("expected a list, found {}", node.kind());
                sink.push(Diagnostic::new(codes::WRONG_TYPE, message).at(node.place, "").help(help));
                None
            }
            Value::Map(entries) => {
                let found = Diagnostic::new(codes::WRONG_TYPE, "expected a list, found a mapping").at(node.place, "");
                sink.push(found.help_if(T::listed(entries).map(|list| format!("write `{list}`"))));
                None
            }
            Value::Null => wrong(node, sink, "a list"),
        }
    }

    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }
}

/// A table whose keys are the user's own, in the order written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<T>(pub Vec<(At<String>, T)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(vec![])
    }
}

impl<T: Decode> Decode for Table<T> {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::Map(entries) = &node.value else { return wrong(node, sink, "a mapping of names to values") };
        let read: Vec<_> = entries
            .iter()
            .map(|(key, value)| T::decode(value, sink).map(|v| (At { value: key.name.clone(), place: key.place }, v)))
            .collect();
        read.into_iter().collect::<Option<Vec<_>>>().map(Self)
    }

    fn shape() -> Shape {
        Shape::Table(Box::new(T::shape()))
    }
}

/// A command: a list of words, or one line that needs no shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argv(pub Vec<String>);

impl Decode for Argv {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let words = match &node.value {
            Value::Scalar { text, .. } => match shell::split(text) {
                Ok(words) => words,
                Err(problem) => {
                    let (message, help) = unsplit(&problem, text);
                    sink.push(Diagnostic::new(codes::BAD_COMMAND, message).at(node.place, "").help(help));
                    return None;
                }
            },
            Value::List(_) => Vec::<String>::decode(node, sink)?,
            _ => return wrong(node, sink, "a command: a list of words, or one line"),
        };
        if words.first().is_none_or(String::is_empty) {
            let found = Diagnostic::new(codes::BAD_COMMAND, "a command needs at least one word").at(node.place, "");
            sink.push(found.help("leave the key out to have none"));
            return None;
        }
        Some(Self(words))
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::List(Box::new(Shape::Text)), Shape::Text])
    }
}

/// What to say of a line that only a shell could run.
fn unsplit(problem: &shell::SplitError, text: &str) -> (String, String) {
    use shell::SplitError;
    match problem {
        SplitError::NeedsShell(c) => (
            format!("`{c}` needs a shell, and commands run without one"),
            format!("write `[sh, -c, {}]` if the runtime has a shell, or a list of plain words", json(text)),
        ),
        SplitError::OpenQuote(c) => (format!("the quote {c} is not closed"), "close it, or write a list of words".into()),
        SplitError::Comment => (
            "`#` starts a comment in a shell, and here it would be a word".into(),
            "move the comment to a line above the key, or write `'#'` if it is a word".into(),
        ),
        SplitError::Home => (
            "`~` is a home only to a shell, and commands run without one".into(),
            "write the folder in full, or `'~'` if it is meant as it stands".into(),
        ),
        SplitError::Variable(name) => {
            (format!("only a shell sets a variable as in `{name}=… command`"), format!("set it under `env`, as in `env: {{ {name}: … }}`"))
        }
        SplitError::SecondLine => (
            "to a shell the next line is another command, and only one is run".into(),
            "if it is one command, write `>` in the place of `|`, or end the line with `\\`".into(),
        ),
    }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A text as it can stand in brackets.
#[must_use]
pub fn shell_free(text: &str) -> String {
    if text.contains([',', '[', ']', '{', '}', ':', '#', '"', '\'']) { json(text) } else { text.to_owned() }
}

/// Reads a scalar through its type's `FromStr`; the error is what the message of that code says.
#[macro_export]
macro_rules! scalar {
    ($type:ty, $what:literal, $code:expr) => {
        impl $crate::yaml::Decode for $type {
            fn decode(node: &$crate::yaml::Node, sink: &mut $crate::diag::Sink) -> Option<Self> {
                let $crate::yaml::Value::Scalar { text, .. } = &node.value else {
                    return $crate::yaml::decode::wrong(node, sink, $what);
                };
                match text.parse::<$type>() {
                    Ok(value) => Some(value),
                    Err(problem) => {
                        let (message, help): (String, Option<String>) = problem.into();
                        sink.push($crate::diag::Diagnostic::new($code, message).at(node.place, "").help_if(help));
                        None
                    }
                }
            }

            fn shape() -> $crate::yaml::Shape {
                $crate::yaml::Shape::Text
            }
        }
    };
}
pub use scalar;

/// Declares an enum of words.
#[macro_export]
macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $( $(#[doc = $word_doc:literal])* $variant:ident = $word:literal, )* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[doc = $word_doc])* $variant, )* }

        impl $name {
            const WORDS: &[&str] = &[$($word),*];

            /// Its word in a spec.
            #[must_use]
            pub fn word(self) -> &'static str {
                Self::WORDS[self as usize]
            }
        }

        impl $crate::yaml::Decode for $name {
            fn decode(node: &$crate::yaml::Node, sink: &mut $crate::diag::Sink) -> Option<Self> {
                let word = <String as $crate::yaml::Decode>::decode(node, sink)?;
                match word.as_str() {
                    $( $word => Some(Self::$variant), )*
                    _ => $crate::yaml::decode::not_one_of(node, &word, Self::WORDS, sink),
                }
            }

            fn shape() -> $crate::yaml::Shape {
                $crate::yaml::Shape::Choice(Self::WORDS)
            }
        }
    };
}
pub use words;
