//! The plan: what will be built, resolved to the last default. Data and no behaviour beyond its JSON form.
//! Everything downstream (LLB, Dockerfile, tree) reads only this; nothing here is ever read back.

mod crossing;
pub(crate) mod sizes;
mod supplies;
pub mod tree;

use std::collections::BTreeMap;

use serde::Serialize;

pub use crossing::{Crossing, NATIVE, bare, native_address};

use crate::diag::Place;
use crate::names::User;
use crate::target::Target;

pub use sizes::Weight;
pub use supplies::{Runs, Supplied, Supplier, Supplies};

/// A whole build: stages in an order in which each comes after those it needs.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The service's name.
    pub name: String,
    /// The recipe that the stages come from.
    pub recipe: String,
    /// The target that it is for.
    #[serde(flatten)]
    pub target: Target,
    /// What was decided on the user's behalf, and why.
    pub decisions: Vec<Decision>,
    /// Whether a proof starts the service, so that nothing else has to be said of its start.
    #[serde(skip)]
    pub tries_start: bool,
    /// Patterns of files of the context that no step sees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// The program that steps mount as `distil`, by the image that holds it.
    pub distil: String,
    /// Whether an image for another platform than the build's is built by programs of that platform, although it need not be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub emulate: bool,
    /// How it is made on the platform of the build, where it is for another one; `None` where every step runs programs of the image's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crossing: Option<Crossing>,
    /// The stages.
    pub stages: Vec<Stage>,
    /// The stage that becomes the image.
    pub result: String,
    /// The stage that the target names, which is exported in the place of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The stage whose files are the report of the image, where the recipe has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// The stage whose files are the bill of materials of the image, where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sbom: Option<String>,
    /// A run of the program that does nothing. It is what holds the image back until its proofs have succeeded.
    #[serde(skip)]
    pub hold: Run,
    /// Other specs that are built as parts of this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What the image says of itself.
    pub image: Image,
    /// What the service is written in, where that is known.
    #[serde(skip)]
    pub language: Option<String>,
    /// Where the command comes from: the spec's, or the project's script.
    #[serde(skip)]
    pub command: Option<Place>,
    /// Where the user's own files ask for what a step does that comes from the recipe, by its stage and its number there.
    #[serde(skip)]
    pub asked: BTreeMap<(String, usize), Place>,
    /// Folders and archives of the context that are installed as packages, with where a lock names them.
    #[serde(skip)]
    pub locals: Vec<(String, Place)>,
    /// The packages that are installed.
    #[serde(skip)]
    pub packages: Vec<Weight>,
    /// Where they come from, and those of its parts.
    #[serde(skip)]
    pub supplies: Supplies,
}

/// One thing that the project's files or a default decided.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    /// What it is about.
    pub about: &'static str,
    /// What was decided.
    pub value: String,
    /// Where that came from.
    pub from: String,
}

/// Another spec whose image files are copied from.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// Its name; those of its stages begin with it and a slash.
    pub name: String,
    /// The path of its spec in the context.
    pub spec: String,
    /// The recipe that its stages come from.
    pub recipe: String,
    /// The stage that is its image.
    pub result: String,
    /// What its image says of itself.
    pub image: Image,
}

/// A file system that is built in steps.
#[derive(Clone, Debug, Serialize)]
pub struct Stage {
    /// Its name, unique in the plan.
    pub name: String,
    /// What it starts from.
    pub base: Base,
    /// The directory its steps run in.
    pub workdir: String,
    /// Its environment, on top of its base's, in order.
    pub env: Vec<(String, String)>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Whether it is a proof: each step by itself has to succeed on what the stage starts from, with nothing to write to but
    /// `/tmp`, as the user that the image runs as. Nothing of it is kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub proof: bool,
    /// What caused it.
    pub origin: Origin,
}

/// What a stage starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Base {
    /// An image from a registry.
    Image(String),
    /// Another stage.
    Stage(String),
    /// Nothing.
    Scratch,
}

/// One step of a stage.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What the progress display calls it.
    pub name: String,
    /// The recipe's phase that it belongs to.
    pub phase: String,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
    /// What caused it.
    pub origin: Origin,
}

/// What a step does.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Runs a program.
    Run(Run),
    /// Copies files in.
    Copy(Copy),
    /// Writes a file.
    Write(Write),
    /// Makes a directory.
    Mkdir(Mkdir),
    /// Removes files by pattern; what does not match is no error.
    Remove(Vec<String>),
}

/// A program to run.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The words, or for a script `sh -euc TEXT`.
    pub argv: Vec<String>,
    /// Whether it is a script, which a Dockerfile prints as one.
    pub script: bool,
    /// Environment of this step alone.
    pub env: Vec<(String, String)>,
    /// Directory of this step alone.
    pub workdir: Option<String>,
    /// What is mounted while it runs.
    pub mounts: Vec<Mount>,
    /// Whether it has a network.
    pub network: bool,
}

/// Where files come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The project, as far as the ignore file lets it through.
    Context,
    /// A stage of this plan.
    Stage(String),
    /// An image.
    Image(String),
    /// What the client names with `--build-context NAME=…`.
    Named(String),
    /// The image that the program itself comes in.
    Distil,
}

/// Something mounted during a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mount {
    /// Files of another place.
    Bind {
        /// Whose files.
        from: Source,
        /// Which of them.
        path: String,
        /// Where they appear.
        to: String,
        /// Whether the step may write there; what it writes is dropped.
        writable: bool,
        /// Whether the step is known by what these files hold, and not by how they were made.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        content: bool,
    },
    /// A directory kept between builds.
    Cache {
        /// Names it across builds.
        id: String,
        /// Where it appears.
        to: String,
        /// Whether only one build at a time may use it.
        locked: bool,
    },
    /// A secret of the session.
    Secret {
        /// The secret's name.
        id: String,
        /// The file it appears as.
        to: String,
        /// Whether the build fails without it.
        required: bool,
    },
    /// A secret of the session as an environment variable.
    SecretEnv {
        /// The secret's name.
        id: String,
        /// The variable.
        name: String,
        /// Whether the build fails without it.
        required: bool,
    },
    /// The client's ssh agent.
    Ssh {
        /// The agent's name.
        id: String,
        /// The socket it appears as.
        to: String,
        /// Whether the build fails without it.
        required: bool,
    },
    /// Memory.
    Tmpfs {
        /// Where it appears.
        to: String,
    },
}

/// Files to copy. Owner is root unless said otherwise, so that a service cannot rewrite its own code.
#[derive(Clone, Debug, Serialize)]
pub struct Copy {
    /// Whose files.
    pub from: Source,
    /// Which of them; a directory stands for its content.
    pub path: String,
    /// Where they go.
    pub to: String,
    /// Patterns below `path` that stay behind.
    pub exclude: Vec<String>,
}

/// A file to write.
#[derive(Clone, Debug, Serialize)]
pub struct Write {
    /// Where.
    pub path: String,
    /// Its content.
    pub text: String,
    /// Its permission bits.
    pub mode: u32,
    /// The file of the project that it is made from, so that a reader is spared a long text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
}

/// A directory to make, with its parents.
#[derive(Clone, Debug, Serialize)]
pub struct Mkdir {
    /// Where.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Who owns it.
    #[serde(serialize_with = "display")]
    pub owner: User,
}

/// What the image says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct Image {
    /// Who runs it.
    #[serde(serialize_with = "display")]
    pub user: User,
    /// Where it starts.
    pub workdir: String,
    /// Environment on top of the last stage's, in order.
    pub env: Vec<(String, String)>,
    /// What always runs first.
    pub entrypoint: Vec<String>,
    /// What it runs, or the arguments of the entry point.
    pub command: Vec<String>,
    /// Ports, as `8000/tcp`.
    pub expose: Vec<String>,
    /// Directories for data that outlives a container.
    pub volumes: Vec<String>,
    /// Labels, in order.
    pub labels: Vec<(String, String)>,
    /// How the engine asks whether it is well.
    pub healthcheck: Option<Healthcheck>,
    /// The signal that asks it to stop.
    pub stop_signal: Option<String>,
}

/// How the engine asks whether a container is well. Times are in seconds.
#[derive(Clone, Debug, Serialize)]
pub struct Healthcheck {
    /// A program that ends with 0.
    pub command: Vec<String>,
    /// Time between two checks.
    pub interval: Option<u64>,
    /// Time that a check may take.
    pub timeout: Option<u64>,
    /// Time in which failures do not count.
    pub start_period: Option<u64>,
    /// Failures in a row that make it unhealthy.
    pub retries: Option<u32>,
}

/// What caused a stage or a step.
#[derive(Clone, Debug, Serialize)]
pub struct Origin {
    /// The recipe's or the spec's line, as `python/uv.yaml:12`.
    pub cited: String,
    /// The places: the spec's where it asked for this, then the recipe's.
    #[serde(skip)]
    pub places: Vec<Place>,
}

fn display<T: std::fmt::Display, S: serde::Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// How messages, and the emitters' table of what was resolved, call a named build context.
#[must_use]
pub fn context_address(name: &str) -> String {
    format!("context://{name}")
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Context => f.write_str("context"),
            Self::Distil => f.write_str("distil"),
            Self::Stage(name) | Self::Image(name) => f.write_str(name),
            Self::Named(name) => f.write_str(&context_address(name)),
        }
    }
}

impl Plan {
    /// The stage that becomes the image, or is exported in its place.
    #[must_use]
    pub fn result(&self) -> &Stage {
        let name = self.stage.as_ref().unwrap_or(&self.result);
        self.stages.iter().find(|s| s.name == *name).expect("a plan is lowered with the stage that it names as its result")
    }

    /// The image that a stage is about: that of the part which it is a stage of, else the plan's own.
    #[must_use]
    pub fn image_of(&self, stage: &Stage) -> &Image {
        let is_of = |part: &&Part| stage.name.strip_prefix(&part.name).is_some_and(|rest| rest.starts_with('/'));
        let part = self.parts.iter().filter(is_of).max_by_key(|part| part.name.len());
        part.map_or(&self.image, |part| &part.image)
    }

    /// The stages whose steps have to succeed.
    pub fn proofs(&self) -> impl Iterator<Item = &Stage> {
        self.stages.iter().filter(|s| s.proof)
    }

    /// A stage and those that it starts from, the first of them first; and the image below, where there is one.
    #[must_use]
    pub fn lineage<'p>(&'p self, stage: &'p Stage) -> (Option<&'p str>, Vec<&'p Stage>) {
        let mut line = vec![stage];
        loop {
            match &line[0].base {
                Base::Image(image) => return (Some(image), line),
                Base::Scratch => return (None, line),
                Base::Stage(name) => match self.stages.iter().find(|s| s.name == *name) {
                    Some(below) if line.len() <= self.stages.len() => line.insert(0, below),
                    _ => return (None, line),
                },
            }
        }
    }

    /// Every image that the stages name, each once, in order of appearance; without those of the build's own platform, where the plan is
    /// for another one.
    #[must_use]
    pub fn images(&self) -> Vec<String> {
        self.images_of(false)
    }

    /// The images of the build's own platform, where the plan is for another one.
    #[must_use]
    pub fn native_images(&self) -> Vec<String> {
        self.images_of(true)
    }

    fn images_of(&self, native: bool) -> Vec<String> {
        let mut images = vec![];
        for stage in &self.stages {
            let base = match &stage.base {
                Base::Image(image) => Some((image, self.is_native(stage))),
                Base::Stage(_) | Base::Scratch => None,
            };
            let sources = stage.steps.iter().flat_map(|step| {
                let of_step = self.sees_native(stage, step);
                step.sources().into_iter().map(move |source| (source, of_step))
            });
            let sources = sources.filter_map(|(source, native)| match source {
                Source::Image(image) => Some((image, native)),
                Source::Context | Source::Stage(_) | Source::Named(_) | Source::Distil => None,
            });
            for (image, _) in base.into_iter().chain(sources).filter(|(_, of)| *of == native) {
                if !images.contains(image) {
                    images.push(image.clone());
                }
            }
        }
        images
    }

    /// Every named build context that steps copy from, each once, with the paths that they use of it and the first step's place.
    #[must_use]
    pub fn contexts(&self) -> BTreeMap<&str, (Vec<&str>, &Origin)> {
        let mut contexts: BTreeMap<&str, (Vec<&str>, &Origin)> = BTreeMap::new();
        for step in self.stages.iter().flat_map(|s| &s.steps) {
            if let Action::Copy(Copy { from: Source::Named(name), path, .. }) = &step.action {
                contexts.entry(name).or_insert_with(|| (vec![], &step.origin)).0.push(path);
            }
        }
        contexts
    }

    /// The stable JSON form.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a plan holds only strings, numbers and lists")
    }
}

impl Step {
    /// Whose files this step needs.
    #[must_use]
    pub fn sources(&self) -> Vec<&Source> {
        match &self.action {
            Action::Copy(copy) => vec![&copy.from],
            Action::Run(run) => run
                .mounts
                .iter()
                .filter_map(|m| match m {
                    Mount::Bind { from, .. } => Some(from),
                    Mount::Cache { .. } | Mount::Secret { .. } | Mount::SecretEnv { .. } | Mount::Ssh { .. } | Mount::Tmpfs { .. } => None,
                })
                .collect(),
            Action::Write(_) | Action::Mkdir(_) | Action::Remove(_) => vec![],
        }
    }
}
