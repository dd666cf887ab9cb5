//! What a table of inputs is made of: which values an input can hold, and what a row says of one. Who fills inputs has a table of
//! them, and sets them by its constants, so that a name that no recipe could declare, or a value of another kind, does not compile.

use std::marker::PhantomData;

use crate::diag::Sink;
use crate::ecosystem::kind::Ecosystem;
use crate::yaml::decode::not_one_of;
use crate::yaml::{Decode, Node, Shape};

/// What an input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    String,
    /// True or false.
    Flag,
    /// A list of strings.
    List,
    /// A list of `from` and `to`.
    Pairs,
    /// A whole number.
    Number,
}

impl Decode for Kind {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let word = String::decode(node, sink)?;
        match word.as_str() {
            "string" => Some(Self::String),
            "flag" => Some(Self::Flag),
            "list" => Some(Self::List),
            "pairs" => Some(Self::Pairs),
            "number" => Some(Self::Number),
            _ => not_one_of(node, &word, Self::WORDS, sink),
        }
    }

    fn shape() -> Shape {
        Shape::Choice(Self::WORDS)
    }
}

impl Kind {
    const WORDS: &[&str] = &["string", "flag", "list", "pairs", "number"];

    /// Its word in a recipe.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// A value given to a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A string.
    Text(String),
    /// True or false.
    Flag(bool),
    /// Strings.
    List(Vec<String>),
    /// `from` and `to`.
    Pairs(Vec<(String, String)>),
}

impl Input {
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Flag(flag) => (*flag).into(),
            Self::List(items) => items.clone().into(),
            Self::Pairs(pairs) => pairs.iter().map(|(from, to)| serde_json::json!({"from": from, "to": to})).collect(),
        }
    }

    pub(super) fn holds(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Flag(flag) => *flag,
            Self::List(items) => !items.is_empty(),
            Self::Pairs(pairs) => !pairs.is_empty(),
        }
    }
}

/// An input that the program fills with a value of this type.
#[derive(Debug)]
pub(crate) struct Known<T> {
    name: &'static str,
    holds: PhantomData<fn() -> T>,
}

impl<T> Clone for Known<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Known<T> {}

impl<T> Known<T> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, holds: PhantomData }
    }

    /// The input's name.
    pub(super) fn name(self) -> &'static str {
        self.name
    }
}

/// A type of values that a recipe can be given.
pub(crate) trait Holds {
    /// What a recipe declares it as.
    const KIND: Kind;
    /// The value as a recipe has it.
    fn input(self) -> Input;
}

impl Holds for String {
    const KIND: Kind = Kind::String;

    fn input(self) -> Input {
        Input::Text(self)
    }
}

impl Holds for u32 {
    const KIND: Kind = Kind::String;

    fn input(self) -> Input {
        Input::Text(self.to_string())
    }
}

impl Holds for bool {
    const KIND: Kind = Kind::Flag;

    fn input(self) -> Input {
        Input::Flag(self)
    }
}

impl Holds for Vec<String> {
    const KIND: Kind = Kind::List;

    fn input(self) -> Input {
        Input::List(self)
    }
}

impl Holds for Vec<(String, String)> {
    const KIND: Kind = Kind::Pairs;

    fn input(self) -> Input {
        Input::Pairs(self)
    }
}

/// When inputs are filled.
#[derive(Debug)]
pub(crate) struct By {
    /// The ecosystems whose projects fill them; none where every build does.
    pub(crate) of: &'static [Ecosystem],
    /// Which of these projects do, in words that go on from the key `facts`.
    pub(crate) when: &'static str,
    /// Where their values come from.
    pub(crate) from: &'static str,
}

impl By {
    /// The ecosystem whose projects fill them.
    pub(crate) fn ecosystem(&self) -> Option<Ecosystem> {
        self.of.first().copied()
    }

    /// Whether these are the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        (self.of, self.when) == (other.of, other.when)
    }

    /// What a recipe says under `facts` to get them.
    pub(super) fn facts(&self) -> String {
        self.of.iter().map(|one| format!("`facts: {}`", one.word())).collect::<Vec<_>>().join(" or ")
    }
}

/// Inputs that every build fills: from the spec, or by a default.
pub(crate) const ALWAYS: By = By { of: &[], when: "", from: "" };

/// One row of a table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The input's name.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// When it is filled.
    pub(crate) by: &'static By,
    /// The keys of the spec that it comes from, each as the path to it.
    pub(crate) keys: &'static [&'static str],
    /// What it is for, one string a line.
    pub(crate) help: &'static [&'static str],
}

/// Declares inputs: for each a constant by which it is set, and together their table.
macro_rules! inputs {
    ($( $(#[doc = $help:literal])* $constant:ident: $type:ty = $name:literal, $by:ident, [$($key:literal),*]; )*) => {
        $( $(#[doc = $help])* pub(crate) const $constant: $crate::recipe::known::Known<$type> = $crate::recipe::known::Known::new($name); )*

        /// Every one of these inputs.
        pub(crate) const TABLE: &[$crate::recipe::known::Row] = &[
            $( $crate::recipe::known::Row {
                name: $name,
                kind: <$type as $crate::recipe::known::Holds>::KIND,
                by: &$by,
                keys: &[$($key),*],
                help: &[$($help),*],
            } ),*
        ];
    };
}
pub(crate) use inputs;

/// Pairs of strings.
pub(crate) type Pairs = Vec<(String, String)>;
