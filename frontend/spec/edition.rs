//! Editions: variants of one service, each a target of the build. What an edition says wins over what the spec says.

use crate::diag::Sink;
use crate::names::Word;
use crate::target::Target;
use crate::yaml::{Argv, At, Decode, Node, Shape, Table, Value, keys};

use super::Spec;
use super::diet::{Check, LayerItem, Size};
use super::requirements::Requirements;
use super::types::{Apt, Base, BeforeStart, Runtime, Torch};

/// Declares the keys of an edition, which are keys of the spec, and how they are put over the spec's.
macro_rules! edition {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident as $what:literal {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty = $key:literal, $example:literal; )*
        }
    ) => {
        keys! {
            $(#[doc = $doc])*
            $vis struct $name as $what {
                $( $(#[doc = $field_doc])* $field : $type = $key, $example; )*
            }
        }

        impl $name {
            /// Puts what is said here over what the spec says.
            fn over(self, spec: &mut Spec) {
                $( if let Some(new) = self.$field {
                    spec.$field = Some(new.over(spec.$field.take()));
                } )*
            }
        }
    };
}

edition! {
    /// What an edition says otherwise than the spec.
    pub struct EditionKeys as "an edition" {
        /// Extras of the project, in the place of the spec's.
        extras: Option<Vec<At<Word>>> = "extras", "[ml, science]";
        /// Dependency groups, in the place of the spec's.
        groups: Option<Vec<At<Word>>> = "groups", "[worker]";
        /// What pip installs, in the place of the spec's.
        requirements: Option<At<Requirements>> = "requirements", "requirements/full.txt";
        /// Which build of PyTorch.
        torch: Option<At<Torch>> = "torch", "cpu";
        /// What it runs on.
        runtime: Option<At<Runtime>> = "runtime", "slim";
        /// Images to build in and to run on.
        base: Option<At<Base>> = "base", "{runtime: registry.example.org/base:1}";
        /// Debian packages, in the place of the spec's.
        apt: Option<At<Apt>> = "apt", "{runtime: [libgomp1]}";
        /// Environment variables, on top of the spec's.
        env: Option<Table<At<String>>> = "env", "{EDITION: full}";
        /// The command, in the place of the spec's.
        command: Option<At<Argv>> = "command", "[worker]";
        /// The entry point, in the place of the spec's.
        entrypoint: Option<At<Argv>> = "entrypoint", "[python, -m]";
        /// The commands that run before the service, in the place of the spec's.
        before_start: Option<At<BeforeStart>> = "before-start", "[]";
        /// The size that the image may have.
        budget: Option<At<Size>> = "budget", "200MB";
        /// What must hold in the image, in the place of the spec's.
        check: Option<At<Check>> = "check", "{imports: [shop.science]}";
        /// Packages that get layers of their own, in the place of the spec's.
        layers: Option<At<Vec<LayerItem>>> = "layers", "[torch]";
        /// Labels, on top of the spec's.
        labels: Option<Table<At<String>>> = "labels", "{edition: full}";
        /// Inputs of the recipe, on top of the spec's.
        options: Option<Table<At<String>>> = "options", "{workers: \"8\"}";
    }
}

/// One edition. Written as nothing, it is the spec as it stands.
#[derive(Clone, Debug, Default)]
pub struct Edition(pub EditionKeys);

impl Decode for Edition {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        if matches!(node.value, Value::Null) {
            return Some(Self::default());
        }
        EditionKeys::decode(node, sink).map(Self)
    }

    fn shape() -> Shape {
        EditionKeys::shape()
    }
}

impl Spec {
    /// Every target; the first is the default.
    pub(crate) fn targets(&self) -> Vec<Target> {
        Target::all(self.editions.0.iter().map(|(name, _)| name.value.as_str()))
    }

    /// What the image of a target runs on.
    pub(crate) fn runtime_of(&self, target: &Target) -> String {
        let edition = self.editions.0.iter().find(|(name, _)| Some(&name.value) == target.edition.as_ref());
        let own = edition.and_then(|(_, edition)| edition.value.0.runtime.as_ref());
        own.or(self.runtime.as_ref()).map_or("distroless".to_owned(), |runtime| match &runtime.value {
            Runtime::Image(image) => image.to_string(),
            other => other.word().to_owned(),
        })
    }

    /// The spec as an edition has it.
    #[must_use]
    pub fn with(&self, target: &Target) -> Self {
        let mut spec = self.clone();
        let chosen = self.editions.0.iter().find(|(name, _)| Some(&name.value) == target.edition.as_ref());
        let Some((_, At { value: Edition(keys), .. })) = chosen else { return spec };
        keys.clone().over(&mut spec);
        spec
    }
}

/// What an edition says of a key, and what the spec said before.
trait Over: Sized {
    /// The value that holds.
    fn over(self, old: Option<Self>) -> Self;
}

impl<T> Over for At<T> {
    fn over(self, _: Option<Self>) -> Self {
        self
    }
}

impl<T> Over for Vec<T> {
    fn over(self, _: Option<Self>) -> Self {
        self
    }
}

/// Entries are added to those of the spec; one of the same name takes its place.
impl Over for Table<At<String>> {
    fn over(self, old: Option<Self>) -> Self {
        let mut table = old.unwrap_or_default();
        for (name, value) in self.0 {
            match table.0.iter_mut().find(|(known, _)| known.value == name.value) {
                Some(entry) => *entry = (name, value),
                None => table.0.push((name, value)),
            }
        }
        table
    }
}
