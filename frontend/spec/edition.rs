//! Editions: variants of one service, each a target of the build. What an edition says wins over what the spec says.

use crate::diag::Sink;
use crate::ecosystem::keys as ecosystem;
use crate::target::Target;
use crate::yaml::{Argv, At, Decode, Node, Shape, Table, Texts, Value, over};

use super::Spec;
use super::size_and_proof::{Check, LayerItem, Size};
use super::types::{Apt, Base, BeforeStart, Runtime};

over! {
    /// What an edition says otherwise than the spec.
    pub struct EditionKeys over Spec as "an edition" {
        ..
        /// The keys of single ecosystems.
        ecosystems: ecosystem::EditionKeys;
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
        options: Option<Table<At<Texts>>> = "options", "{workers: \"8\"}";
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
