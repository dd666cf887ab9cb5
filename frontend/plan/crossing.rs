//! What a plan says of an image that is made on another platform than its own.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Action, Mount, Plan, Source, Stage, Step};

/// An image that is made without running a program of its platform.
#[derive(Clone, Debug, Serialize)]
pub struct Crossing {
    /// The architecture that it is for, as `arm64`.
    pub architecture: String,
    /// The stages that are of the platform of the build: those that run programs, and those that such a stage starts from.
    pub native: BTreeSet<String>,
    /// The proofs that run programs of the image, by stage and number of the step: they take emulation.
    pub foreign: BTreeSet<(String, usize)>,
}

/// What stands before a stage's name for that stage as it is on the platform of the build, where the image is for another one.
pub const NATIVE: &str = "native.";

/// The name of a stage without the word for the platform of the build.
#[must_use]
pub fn bare(name: &str) -> &str {
    name.strip_prefix(NATIVE).unwrap_or(name)
}

/// How the emitters' table of what was resolved calls an image of the build's own platform, where another one is built for.
#[must_use]
pub fn native_address(name: &str) -> String {
    format!("native://{name}")
}

impl Plan {
    /// Whether steps see the program's own image for the platform that is built for: where nothing of that is run, only what ships of it.
    #[must_use]
    pub fn sees_distil(&self) -> bool {
        let steps = self.stages.iter().flat_map(|stage| stage.steps.iter().map(move |step| (stage, step)));
        steps.into_iter().any(|(stage, step)| !self.sees_native(stage, step) && step.sources().contains(&&Source::Distil))
    }

    /// Whether a stage is of the build's own platform, where the plan is for another one.
    #[must_use]
    pub fn is_native(&self, stage: &Stage) -> bool {
        self.crossing.as_ref().is_some_and(|crossing| crossing.native.contains(&stage.name))
    }

    /// Whether the images and programs that a step names are those of the build's own platform, where the plan is for another one: what
    /// it runs is, and what it copies is of the stage's.
    #[must_use]
    pub fn sees_native(&self, stage: &Stage, step: &Step) -> bool {
        self.is_native(stage) || self.crossing.is_some() && matches!(step.action, Action::Run(_))
    }
}

impl Mount {
    /// Whose files it shows, for whoever changes a plan.
    pub(crate) fn source_mut(&mut self) -> Option<&mut Source> {
        match self {
            Self::Bind { from, .. } => Some(from),
            Self::Cache { .. } | Self::Secret { .. } | Self::SecretEnv { .. } | Self::Ssh { .. } | Self::Tmpfs { .. } => None,
        }
    }
}
