//! Steps of a recipe that the program runs itself: `refine` names one and `with` says what it is asked for. The table of these
//! steps gives the keys, the arguments, the mounts and the paths, so that a recipe cannot misspell any.

use crate::diag::{Diagnostic, Place, Sink, codes};
use crate::ecosystem::steps;
use crate::names::Refused;
use crate::refine::requests::{Key, Kind, StepType};
use crate::yaml::decode::{entries, unknown, wrong};
use crate::yaml::{At, Decode, Node, Shape, Value};

use super::items::{Condition, Item, Items};
use super::leaf::Leaf;

/// The program's step that a recipe's step runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refined(pub(super) &'static StepType);

/// What the step is asked for: keys as they are written, until the step is known that they are meant for.
#[derive(Clone, Debug, Default)]
pub(super) struct With(pub(super) Vec<(At<String>, Node)>);

/// A value of a recipe for one key of a step.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// A text.
    Text(Leaf),
    /// On or off.
    Fixed(bool),
    /// On where this holds.
    When(Condition),
    /// The items of a list.
    Items(Items),
    /// The input that holds the list or the pairs.
    Input(At<String>),
    /// A stage whose files are mounted where this holds.
    Stage(Leaf, Condition),
    /// Several of them.
    Stages(Vec<(Leaf, Condition)>),
}

crate::yaml::keys! {
    /// A stage that is mounted only sometimes.
    struct Sometimes as "a stage that is mounted" {
        /// The stage.
        from: Option<Leaf> = "from", "system";
        /// It is mounted only when this holds.
        when: Condition = "when", "prune";
    }
}

impl Decode for Refined {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let word = String::decode(node, sink)?;
        let known: Vec<&str> = steps::all().map(|step| step.name).collect();
        match steps::all().find(|step| step.name == word) {
            Some(step) => Some(Self(step)),
            None => crate::yaml::decode::not_one_of(node, &word, &known, sink),
        }
    }

    fn shape() -> Shape {
        Shape::Text
    }
}

impl Decode for With {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let found = entries(node, "what a step is asked for", sink)?;
        Some(Self(found.iter().map(|(key, value)| (At { value: key.name.clone(), place: key.place }, value.clone())).collect()))
    }

    fn shape() -> Shape {
        Shape::Table(Box::new(Shape::Text))
    }
}

impl Refined {
    /// What the step is asked for, in the order of its keys. The sink says which keys it does not know, which it lacks, and what cannot be meant by them.
    pub(super) fn given(self, with: Option<&At<With>>, place: Place, sink: &mut Sink) -> Vec<(&'static Key, Given)> {
        let Self(step) = self;
        let said = |key: &Key| !matches!(key.kind, Kind::Out(_));
        let known: Vec<&str> = step.keys.iter().filter(|key| said(key)).map(|key| key.name).collect();
        let mut given = vec![];
        for (name, node) in with.iter().flat_map(|with| &with.value.0) {
            if let Some(key) = step.keys.iter().find(|key| key.name == name.value && said(key)) {
                given.extend(read(key, node, sink).map(|value| (key, value)));
            } else {
                let key = crate::yaml::Key { name: name.value.clone(), place: name.place };
                unknown(&key, &format!("the step `{}`", step.name), &known, sink);
            }
        }
        let there = |key: &Key| with.iter().flat_map(|with| &with.value.0).any(|(name, _)| name.value == key.name);
        for key in step.keys.iter().filter(|key| key.required && !there(key)) {
            let found = Diagnostic::new(codes::MISSING_KEY, format!("the step `{}` needs `{}` under `with`", step.name, key.name));
            sink.push(found.at(place, "").help(format!(
                "{}: `{}: {}`",
                key.doc.concat().trim().trim_end_matches('.'),
                key.name,
                key.example
            )));
        }
        given.sort_by_key(|(key, _)| step.keys.iter().position(|one| one.name == key.name));
        given
    }
}

/// One value, as its key wants it.
fn read(key: &Key, node: &Node, sink: &mut Sink) -> Option<Given> {
    match key.kind {
        Kind::Text => {
            let leaf = Leaf::decode(node, sink)?;
            if leaf.names.is_empty()
                && let Err(refused) = (key.check)(&leaf.text)
            {
                sink.push(bad(key, refused, leaf.place));
                return None;
            }
            Some(Given::Text(leaf))
        }
        Kind::Switch { .. } => match &node.value {
            Value::Scalar { text, .. } if ["true", "false"].contains(&text.as_str()) => Some(Given::Fixed(text == "true")),
            _ => Condition::decode(node, sink).map(Given::When),
        },
        Kind::List | Kind::Pairs | Kind::Command => match &node.value {
            Value::Scalar { text, .. } => Some(Given::Input(At { value: text.clone(), place: node.place })),
            Value::List(_) => {
                let items = Items::decode(node, sink)?;
                let fixed = items.0.iter().filter_map(|item| if let Item::Leaf(leaf) = item { Some(leaf) } else { None });
                let fixed = fixed.filter(|leaf| leaf.names.is_empty() && key.kind == Kind::List);
                let wrong: Vec<_> = fixed.filter_map(|leaf| Some(bad(key, (key.check)(&leaf.text).err()?, leaf.place))).collect();
                let good = wrong.is_empty();
                for found in wrong {
                    sink.push(found);
                }
                good.then_some(Given::Items(items))
            }
            _ => wrong(node, sink, "the name of an input, or a list"),
        },
        Kind::Folder(_) => stage(node, sink).map(|(from, when)| Given::Stage(from, when)),
        Kind::Folders(_) => {
            let nodes = if let Value::List(nodes) = &node.value { &nodes[..] } else { std::slice::from_ref(node) };
            let read: Vec<_> = nodes.iter().map(|node| stage(node, sink)).collect();
            read.into_iter().collect::<Option<_>>().map(Given::Stages)
        }
        Kind::Out(_) => None,
    }
}

/// A stage, and when it is mounted.
fn stage(node: &Node, sink: &mut Sink) -> Option<(Leaf, Condition)> {
    let Value::Map(_) = &node.value else {
        return Leaf::decode(node, sink).map(|leaf| (leaf, Condition::default()));
    };
    let sometimes = Sometimes::decode(node, sink)?;
    let Some(from) = sometimes.from else { return wrong(node, sink, "the name of a stage: `from`") };
    Some((from, sometimes.when))
}

/// A value that its step refuses.
pub(super) fn bad(key: &Key, refused: Refused, place: Place) -> Diagnostic {
    Diagnostic::new(codes::BAD_VALUE, format!("`{}`: {}", key.name, refused.message)).at(place, "").help_if(refused.help)
}
