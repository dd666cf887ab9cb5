//! The steps that run something: with a network or without, in what ships or beside it, and who sees which secret.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::{Action, Mount, Plan, Run, Stage, Step};

/// A step that runs something. All of them run as root, in containers of the build; proofs are not among them.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the answer")]
pub(crate) struct Ran {
    pub(crate) stage: String,
    pub(crate) name: String,
    pub(crate) network: bool,
    /// Whether what it changes is a layer of the image; else only files that are copied are.
    pub(crate) ships: bool,
    /// Whether it is not of a recipe that comes with the program.
    pub(crate) own: bool,
    /// Whether it is a shell's script.
    pub(crate) script: bool,
    pub(crate) at: String,
}

/// A secret or an ssh agent, and who sees it.
#[derive(Debug, Serialize)]
pub(crate) struct Mounted {
    pub(crate) id: String,
    /// `file`, `variable` or `ssh`.
    pub(crate) kind: &'static str,
    pub(crate) required: bool,
    /// The steps that see it.
    pub(crate) steps: Vec<Sees>,
}

/// A step that sees a secret.
#[derive(Debug, Serialize)]
pub(crate) struct Sees {
    pub(crate) stage: String,
    pub(crate) name: String,
    pub(crate) ships: bool,
    pub(crate) own: bool,
    pub(crate) network: bool,
    pub(crate) at: String,
}

/// The stages that are not proofs, with whether they are layers of the image.
fn stages(plan: &Plan) -> impl Iterator<Item = (&Stage, bool)> {
    let (_, line) = plan.lineage(plan.result());
    plan.stages.iter().filter(|stage| !stage.proof).map(move |stage| (stage, line.iter().any(|one| one.name == stage.name)))
}

fn runs(plan: &Plan) -> impl Iterator<Item = (&Stage, bool, &Step, &Run)> {
    let steps = stages(plan).flat_map(|(stage, ships)| stage.steps.iter().map(move |step| (stage, ships, step)));
    steps.filter_map(|(stage, ships, step)| if let Action::Run(run) = &step.action { Some((stage, ships, step, run)) } else { None })
}

/// Whether a place is not in a recipe that comes with the program, which is named as one.
fn is_own(cited: &str) -> bool {
    !cited.starts_with("recipe ")
}

/// The steps that run something.
pub(super) fn ran(plan: &Plan) -> Vec<Ran> {
    let ran = runs(plan).map(|(stage, ships, step, run)| Ran {
        stage: stage.name.clone(),
        name: step.name.clone(),
        network: run.network,
        ships,
        own: is_own(&step.origin.cited),
        script: run.script,
        at: step.origin.cited.clone(),
    });
    ran.collect()
}

/// The secrets and agents, those that a build has to be given first.
pub(super) fn mounted(plan: &Plan) -> Vec<Mounted> {
    let mut found: BTreeMap<(&'static str, &str), Mounted> = BTreeMap::new();
    for (stage, ships, step, run) in runs(plan) {
        for mount in &run.mounts {
            let (kind, id, required) = match mount {
                Mount::Secret { id, required, .. } => ("file", id, *required),
                Mount::SecretEnv { id, required, .. } => ("variable", id, *required),
                Mount::Ssh { id, required, .. } => ("ssh", id, *required),
                Mount::Bind { .. } | Mount::Cache { .. } | Mount::Tmpfs { .. } => continue,
            };
            let one = found.entry((kind, id)).or_insert_with(|| Mounted { id: id.clone(), kind, required: false, steps: vec![] });
            one.required |= required;
            one.steps.push(Sees {
                stage: stage.name.clone(),
                name: step.name.clone(),
                ships,
                own: is_own(&step.origin.cited),
                network: run.network,
                at: step.origin.cited.clone(),
            });
        }
    }
    let mut all: Vec<Mounted> = found.into_values().collect();
    all.sort_by_key(|one| !one.required);
    all
}
