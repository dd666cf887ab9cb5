//! The two ways in which a recipe's structure depends on inputs: `when:` conditions, and `when`/`each` inside lists.

use std::collections::BTreeMap;

use crate::diag::{Place, Sink};
use crate::yaml::decode::wrong;
use crate::yaml::{At, Decode, Node, Shape, Value, keys};

use super::known::Input;
use super::leaf::Leaf;
use super::render::Given;

/// Terms that must all hold; none of them always does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition(pub(crate) Vec<Term>);

/// One term of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The input.
    pub(super) input: String,
    /// The values of which it must be one; none of them means that it must be true or not empty.
    pub(super) values: Vec<String>,
    /// Whether the opposite must hold.
    pub(super) not: bool,
    /// Where it stands.
    pub(super) place: Place,
}

impl Condition {
    /// Whether all of its terms hold with these values.
    pub(super) fn holds(&self, given: &BTreeMap<String, Given>) -> bool {
        self.0.iter().all(|term| {
            let Some(given) = given.get(&term.input) else { return false };
            let holds = match &given.input {
                // `input: true` reads better beside other terms, and means what the name alone does.
                input if term.values.is_empty() || term.values == ["true"] => input.holds(),
                Input::Text(text) => term.values.contains(text),
                Input::Flag(flag) => term.values.contains(&flag.to_string()),
                Input::List(items) => items.iter().any(|i| term.values.contains(i)),
                Input::Pairs(_) => false,
            };
            holds != term.not
        })
    }
}

impl Decode for Condition {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let term = |name: &str, values, place| match name.strip_prefix('!') {
            Some(name) => Term { input: name.trim().to_owned(), values, not: true, place },
            None => Term { input: name.to_owned(), values, not: false, place },
        };
        match &node.value {
            Value::Scalar { text, .. } => Some(Self(vec![term(text, vec![], node.place)])),
            Value::Map(entries) => {
                let read = entries.iter().map(|(key, value)| {
                    let values = match &value.value {
                        Value::List(_) => Vec::<String>::decode(value, sink)?,
                        _ => vec![String::decode(value, sink)?],
                    };
                    Some(term(&key.name, values, key.place))
                });
                read.collect::<Option<Vec<_>>>().map(Self)
            }
            _ => wrong(node, sink, "the name of an input, or `input: value`"),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, Shape::Table(Box::new(Shape::Text))])
    }
}

/// A list of leaves, some of them conditional or repeated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Items(pub(crate) Vec<Item>);

/// One entry of such a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A string.
    Leaf(Leaf),
    /// Entries that are there when a condition holds.
    When(Condition, Items),
    /// Entries that are there once for each item of a list input, which they name as `item`.
    Each(At<String>, Items),
}

keys! {
    /// A conditional or repeated entry.
    pub(super) struct Spliced as "a conditional entry" {
        /// The entries are there when this holds.
        when: Option<Condition> = "when", "package";
        /// The entries are there once for each item of this input.
        each: Option<At<String>> = "each", "extras";
        /// The entries.
        then: Items = "then", "[--extra, \"{{item}}\"]";
    }
}

impl Decode for Items {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::List(nodes) = &node.value else { return wrong(node, sink, "a list") };
        let read: Vec<Option<Item>> = nodes.iter().map(|n| item(n, sink)).collect();
        read.into_iter().collect::<Option<Vec<_>>>().map(Self)
    }

    fn shape() -> Shape {
        Shape::List(Box::new(Shape::Text))
    }
}

fn item(node: &Node, sink: &mut Sink) -> Option<Item> {
    if !matches!(node.value, Value::Map(_)) {
        return Leaf::decode(node, sink).map(Item::Leaf);
    }
    let spliced = Spliced::decode(node, sink)?;
    match (spliced.when, spliced.each) {
        (Some(when), None) => Some(Item::When(when, spliced.then)),
        (None, Some(each)) => Some(Item::Each(each, spliced.then)),
        _ => wrong(node, sink, "`when: …, then: […]` or `each: …, then: […]`"),
    }
}
