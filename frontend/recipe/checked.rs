//! A recipe that was found good: each stage has its name, and each step does one thing. Only the check makes one of what
//! was read (`draft`), so that the renderer cannot meet a step that says nothing, or two things at once.

use crate::diag::{Place, Sink};
use crate::refine::requests::{Key, StepType};
use crate::yaml::{At, Table};

use super::draft;
use super::image::Template;
use super::items::{Condition, Items};
use super::leaf::{Leaf, Script};
use super::refine::Given;
use super::refuse::Refusal;
use super::{Declared, Read};

/// A recipe that can be rendered.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// What it builds, in one line.
    pub(crate) summary: String,
    /// The inputs it takes, those among them that it reads.
    pub(crate) inputs: Table<Declared>,
    /// What is read of the project's files.
    pub(super) reads: Table<At<Read>>,
    /// What it says of the image.
    pub(super) image: Option<At<Template>>,
    /// What it does not build.
    pub(super) refuse: Vec<At<Refusal>>,
    /// Its stages.
    pub(crate) stages: Vec<Stage>,
    /// The stage that becomes the image, where it says which.
    pub(super) result: Option<String>,
    /// The stage whose files are the report of the image, where it has one.
    pub(super) report: Option<String>,
}

/// A stage.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) name: String,
    pub(super) place: Place,
    pub(super) from: Leaf,
    pub(super) when: Condition,
    pub(super) proof: bool,
    pub(super) workdir: Option<Leaf>,
    pub(super) env: Vec<(String, Leaf)>,
    pub(crate) steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) phase: String,
    pub(crate) place: Place,
    pub(crate) name: Option<Leaf>,
    pub(crate) when: Condition,
    /// The list of which it is there once for each item.
    pub(crate) each: Option<String>,
    pub(crate) action: Action,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Nothing: it marks where steps can be added.
    Anchor,
    /// Runs a program.
    Run(Items, Setting),
    /// Runs a script.
    Script(Script, Setting),
    /// Runs a step of the program's own.
    Refine(Refine, Setting),
    /// Copies files.
    Copy { from: Leaf, path: Leaf, to: Leaf, exclude: Vec<Leaf> },
    /// Writes a file.
    Write { path: Leaf, text: Leaf, mode: Option<u32>, instead_of: Option<Leaf> },
    /// Makes a directory.
    Mkdir { path: Leaf, mode: Option<u32>, owner: Option<Leaf> },
    /// Removes files.
    Remove(Vec<Leaf>),
}

/// A step of the program's own, and what it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Refine {
    pub(super) kind: &'static StepType,
    pub(super) given: Vec<(&'static Key, Given)>,
    pub(super) place: Place,
}

/// What a program runs in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setting {
    pub(crate) mounts: Vec<Mount>,
    pub(crate) env: Vec<(String, Leaf)>,
    pub(crate) workdir: Option<Leaf>,
    /// Whether it has a network, where the step says so.
    pub(crate) network: Option<bool>,
}

/// Something that is mounted.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) what: Mounted,
    /// The list of which it is there once for each item.
    pub(crate) each: Option<String>,
    pub(crate) when: Condition,
}

/// What is mounted.
#[derive(Clone, Debug)]
pub(crate) enum Mounted {
    Bind { from: Leaf, path: Leaf, to: Leaf, writable: bool, content: bool },
    Cache { id: Leaf, to: Leaf, locked: bool },
    Secret { id: Leaf, to: Leaf, required: bool },
    SecretEnv { id: Leaf, name: Leaf, required: bool },
    Ssh { id: Leaf, to: Leaf, required: bool },
    Tmpfs { to: Leaf },
}

impl Recipe {
    /// The recipe that was written; `None` where something is missing of which the check tells.
    pub(super) fn of(draft: draft::Recipe) -> Option<Self> {
        let draft::Recipe { summary, facts: _, inputs, reads, extends: _, requires: _, refuse, image, stages, phases: _, result, report } =
            draft;
        let stages = stages.into_iter().map(Stage::of).collect::<Option<_>>()?;
        Some(Self {
            summary,
            inputs,
            reads,
            image,
            refuse,
            stages,
            result: result.map(|name| name.value),
            report: report.map(|name| name.value),
        })
    }
}

impl Stage {
    fn of(At { value, place }: At<draft::Stage>) -> Option<Self> {
        let draft::Stage { name, from, when, proof, workdir, env, steps } = value;
        let steps = steps.into_iter().map(Step::of).collect::<Option<_>>()?;
        Some(Self { name: name?.value, place, from: from?, when, proof, workdir, env: named(env), steps })
    }
}

impl Step {
    fn of(At { value: mut step, place }: At<draft::Step>) -> Option<Self> {
        let (phase, name, each) = (step.phase.take()?.value, step.name.take(), step.each.take().map(|each| each.value));
        let when = std::mem::take(&mut step.when);
        Some(Self { phase, place, name, when, each, action: Action::of(step)? })
    }
}

impl Action {
    fn of(step: draft::Step) -> Option<Self> {
        let mode = step.mode.map(|mode| mode.value.0);
        let mounts = step.mounts.into_iter().map(|mount| Mount::of(mount.value)).collect::<Option<_>>()?;
        let setting = Setting { mounts, env: named(step.env), workdir: step.workdir, network: step.network };
        Some(if let Some(run) = step.run {
            Self::Run(run.value, setting)
        } else if let Some(script) = step.script {
            Self::Script(script.value, setting)
        } else if let Some(At { value: refined, place }) = step.refine {
            let given = refined.given(step.with.as_ref(), place, &mut Sink::default());
            Self::Refine(Refine { kind: refined.0, given, place }, setting)
        } else if let Some(path) = step.copy {
            Self::Copy { from: step.from?, path, to: step.to?, exclude: step.exclude }
        } else if let Some(path) = step.write {
            Self::Write { path, text: step.text?, mode, instead_of: step.instead_of }
        } else if let Some(path) = step.mkdir {
            Self::Mkdir { path, mode, owner: step.owner }
        } else if let Some(paths) = step.remove {
            Self::Remove(paths)
        } else {
            Self::Anchor
        })
    }
}

impl Mount {
    fn of(mount: draft::Mount) -> Option<Self> {
        let draft::Mount { bind, from, cache, locked, secret, ssh, required, env, each, tmpfs, to, writable, content, when } = mount;
        let what = if let Some(path) = bind {
            Mounted::Bind { from: from?, path, to: to?, writable, content }
        } else if let Some(id) = cache {
            Mounted::Cache { id, to: to?, locked }
        } else if let Some(id) = ssh {
            Mounted::Ssh { id, to: to?, required }
        } else if let Some(id) = secret {
            match env {
                Some(name) => Mounted::SecretEnv { id, name, required },
                None => Mounted::Secret { id, to: to?, required },
            }
        } else {
            Mounted::Tmpfs { to: tmpfs? }
        };
        Some(Self { what, each: each.map(|each| each.value), when })
    }
}

fn named(table: Table<Leaf>) -> Vec<(String, Leaf)> {
    table.0.into_iter().map(|(name, leaf)| (name.value, leaf)).collect()
}
