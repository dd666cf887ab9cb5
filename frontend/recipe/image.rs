//! What a recipe says of the image where a spec says nothing: keys of a spec, in whose texts inputs of the recipe's own can stand.
//! It is handed on as written text with its places, since a recipe knows no spec.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Sink, codes, nearest};
use crate::yaml::decode::{list, wrong};
use crate::yaml::{Decode, Key, Node, Shape, Value};

use super::Recipe;
use super::draft;
use super::leaf::Leaf;
use super::render::Given;

/// The keys of a spec that a recipe can answer.
pub(crate) const KEYS: &[&str] =
    &["command", "entrypoint", "before-start", "user", "expose", "volumes", "labels", "healthcheck", "stop-signal", "budget", "check"];

/// A mapping whose texts may name inputs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template(Vec<(Key, Part)>);

#[derive(Clone, Debug)]
enum Part {
    /// What holds no text with an input in it.
    Fixed(Node),
    /// A text with inputs, and whether it was quoted.
    Text(Leaf, bool),
    List(Node, Vec<Self>),
    Map(Node, Vec<(Key, Self)>),
}

impl Decode for Template {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::Map(entries) = &node.value else { return wrong(node, sink, "a mapping of keys of a spec") };
        for (key, _) in entries.iter().filter(|(key, _)| !KEYS.contains(&key.name.as_str())) {
            let near = nearest(&key.name, KEYS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let found = Diagnostic::new(codes::UNKNOWN_KEY, format!("a recipe's `image` has no key `{}`", key.name));
            sink.push(found.at(key.place, near.unwrap_or_default()).help(format!("the keys are {}", list(KEYS))));
        }
        map(entries, sink).map(Self)
    }

    fn shape() -> Shape {
        Shape::Table(Box::new(Shape::Text))
    }
}

fn map(entries: &[(Key, Node)], sink: &mut Sink) -> Option<Vec<(Key, Part)>> {
    entries.iter().map(|(key, value)| Some((key.clone(), part(value, sink)?))).collect()
}

fn part(node: &Node, sink: &mut Sink) -> Option<Part> {
    Some(match &node.value {
        Value::Scalar { text, quoted } if text.contains("{{") => Part::Text(Leaf::decode(node, sink)?, *quoted),
        Value::Scalar { .. } | Value::Null => Part::Fixed(node.clone()),
        Value::List(items) => Part::List(node.clone(), items.iter().map(|item| part(item, sink)).collect::<Option<_>>()?),
        Value::Map(entries) => Part::Map(node.clone(), map(entries, sink)?),
    })
}

impl Part {
    fn leaves<'p>(&'p self, found: &mut Vec<&'p Leaf>) {
        match self {
            Self::Fixed(_) => {}
            Self::Text(leaf, _) => found.push(leaf),
            Self::List(_, parts) => parts.iter().for_each(|part| part.leaves(found)),
            Self::Map(_, entries) => entries.iter().for_each(|(_, part)| part.leaves(found)),
        }
    }

    fn fill(&self, values: &serde_json::Value) -> Result<Node, String> {
        Ok(match self {
            Self::Fixed(node) => node.clone(),
            Self::Text(leaf, quoted) => Node { place: leaf.place, value: Value::Scalar { text: leaf.fill(values)?, quoted: *quoted } },
            Self::List(node, parts) => {
                Node { value: Value::List(parts.iter().map(|part| part.fill(values)).collect::<Result<_, _>>()?), ..node.clone() }
            }
            Self::Map(node, entries) => Node { value: Value::Map(filled(entries, values)?), ..node.clone() },
        })
    }
}

fn filled(entries: &[(Key, Part)], values: &serde_json::Value) -> Result<Vec<(Key, Node)>, String> {
    entries.iter().map(|(key, part)| Ok((key.clone(), part.fill(values)?))).collect()
}

impl Template {
    /// Every text in it that names inputs.
    pub(super) fn leaves(&self) -> Vec<&Leaf> {
        let mut found = vec![];
        self.0.iter().for_each(|(_, part)| part.leaves(&mut found));
        found
    }

    /// The keys of both; one that the other has as well is said by this one.
    pub(super) fn over(self, mut other: Self) -> Self {
        for (key, part) in self.0 {
            match other.0.iter_mut().find(|(known, _)| known.name == key.name) {
                Some(entry) => *entry = (key, part),
                None => other.0.push((key, part)),
            }
        }
        other
    }
}

/// Says which texts name an input that the program fills: it comes from the spec that is to be completed.
pub(super) fn check(recipe: &draft::Recipe, sink: &mut Sink) {
    for leaf in recipe.image.iter().flat_map(|image| image.value.leaves()) {
        for name in &leaf.names {
            let declared = recipe.inputs.0.iter().find(|(known, _)| known.value == *name);
            if declared.is_some_and(|(_, declared)| declared.filled_by(name).is_some()) {
                let found = Diagnostic::new(codes::MISPLACED_KEY, format!("`{name}` comes from the spec that `image` completes"));
                sink.push(found.at(leaf.place, "").help("options of the recipe, and what it `reads`, can stand here"));
            }
        }
    }
}

impl Recipe {
    /// What it says of the image, as keys of a spec; nothing where it says nothing. The sink says which option has no value.
    pub(crate) fn image(&self, given: &BTreeMap<String, Given>, sink: &mut Sink) -> Option<Node> {
        let (template, place) = self.image.as_ref().map(|image| (&image.value, image.place))?;
        let values: serde_json::Map<_, _> = given.iter().map(|(name, value)| (name.clone(), value.input.json())).collect();
        let missing = |leaf: &&Leaf| leaf.names.iter().any(|name| !values.contains_key(name));
        if template.leaves().iter().any(missing) {
            // The recipe cannot be rendered either, and that tells which input has none.
            return None;
        }
        match filled(&template.0, &serde_json::Value::Object(values)) {
            Ok(entries) => Some(Node { place, value: Value::Map(entries) }),
            Err(problem) => {
                sink.push(Diagnostic::new(codes::BAD_TEMPLATE, problem).at(place, ""));
                None
            }
        }
    }
}
