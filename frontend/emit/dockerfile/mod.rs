//! The plan as a Dockerfile that reads as if a careful person had written it, and builds the same image without
//! the frontend: its steps take the program from the image that it comes in.
//! It sees the plan alone: no base image is asked for, so what is known of them is in `base`.

mod base;
mod run;
mod stage;
mod words;

use std::collections::BTreeMap;

use super::context::DEFAULT_IGNORES;
use crate::plan::{Action, Base, Mount, Plan};

use stage::{State, Writer, comment};
pub use words::Unsayable;

/// Emits a plan. `command` is what the user typed to have it printed.
pub fn emit(plan: &Plan, command: &str) -> Result<String, Unsayable> {
    let names = Names::of(plan);
    let mut text = header(plan, command);
    let mut done: BTreeMap<&str, State> = BTreeMap::new();
    let proofs: Vec<&str> = plan.proofs().map(|s| s.name.as_str()).collect();
    for stage in &plan.stages {
        let parent = match &stage.base {
            Base::Stage(name) => done.get(name.as_str()),
            Base::Image(_) | Base::Scratch => None,
        };
        let mut writer = Writer::start(stage, parent, &names)?;
        if stage.proof {
            // The last one asks for the others, so that one target stands for all.
            let others = proofs.split_last().filter(|(last, _)| **last == stage.name).map_or(&[][..], |(_, others)| others);
            writer.proof(stage, plan.image_of(stage), others)?;
        } else {
            writer.steps(stage)?;
        }
        let alone = plan.stages.len() == 1;
        if alone {
            writer.image(stage, &plan.image)?;
        }
        let (lines, state) = writer.finish();
        text.push('\n');
        text.push_str(&lines);
        done.insert(&stage.name, state);
        if alone {
            return Ok(text);
        }
    }
    // What is built when no target is named comes last.
    let result = plan.result();
    let mut writer = Writer::again(result, done.get(result.name.as_str()), &names);
    writer.image(result, &plan.image)?;
    text.push('\n');
    text.push_str(&writer.finish().0);
    Ok(text)
}

fn header(plan: &Plan, command: &str) -> String {
    let mut lines = vec![
        "# syntax=docker/dockerfile:1".to_owned(),
        String::new(),
        format!("# {} without the frontend: this builds the image that distil builds. Made with", comment(&plan.name)),
        format!("#     {}", comment(command)),
    ];
    let secrets = secrets(plan);
    if !secrets.is_empty() {
        lines.push("# Secrets that steps read, given as `docker buildx build --secret id=NAME,src=FILE .`:".to_owned());
        let optional = |required: bool| if required { "" } else { " (optional)" };
        lines.extend(secrets.iter().map(|(id, required)| format!("#     {}{}", comment(id), optional(*required))));
    }
    let contexts = plan.contexts();
    if !contexts.is_empty() {
        lines.push("# Build contexts that it copies from, given as `docker buildx build --build-context NAME=FOLDER .`:".to_owned());
        lines.extend(contexts.keys().map(|name| format!("#     {}", comment(name))));
    }
    if let Some(last) = plan.proofs().last() {
        let target = Names::of(plan).stage(&last.name);
        lines.push(format!("# The checks of the image are a target: `docker buildx build --target {target} .`"));
    }
    lines.push("# A .dockerignore beside this file should begin with what distil leaves out by itself:".to_owned());
    let patterns = DEFAULT_IGNORES.iter().copied().chain(plan.exclude.iter().map(String::as_str));
    lines.extend(patterns.map(|pattern| format!("#     {pattern}")));
    lines.join("\n") + "\n"
}

/// The secrets that steps read, and whether one cannot do without.
fn secrets(plan: &Plan) -> BTreeMap<&str, bool> {
    let mut found: BTreeMap<&str, bool> = BTreeMap::new();
    for step in plan.stages.iter().flat_map(|s| &s.steps) {
        let Action::Run(run) = &step.action else { continue };
        for mount in &run.mounts {
            if let Mount::Secret { id, required, .. } | Mount::SecretEnv { id, required, .. } = mount {
                *found.entry(id).or_default() |= required;
            }
        }
    }
    found
}

/// Stages' names as a Dockerfile allows them, and images' names where they would be taken for a stage's.
#[derive(Default)]
struct Names {
    stages: BTreeMap<String, String>,
    /// The image that the program comes in.
    distil: String,
}

/// The name of the stage that nothing but the image's own words are added in.
const IMAGE: &str = "image";

impl Names {
    fn of(plan: &Plan) -> Self {
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for stage in &plan.stages {
            let good = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c.to_ascii_lowercase() } else { '-' };
            let mut name: String = stage.name.chars().map(good).collect();
            if !name.starts_with(|c: char| c.is_ascii_lowercase()) || ["context", "scratch", IMAGE].contains(&name.as_str()) {
                name.insert_str(0, "stage-");
            }
            while names.values().any(|n| *n == name) {
                name.push('x');
            }
            names.insert(stage.name.clone(), name);
        }
        Self { stages: names, distil: plan.distil.clone() }
    }

    fn stage(&self, name: &str) -> String {
        self.stages.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    fn image(&self, name: &str) -> String {
        let is_index = name.chars().all(|c| c.is_ascii_digit());
        if is_index || self.stages.values().any(|stage| stage.eq_ignore_ascii_case(name)) {
            // Such a name has neither host nor tag, because a stage's has no `/` and no `:`.
            return format!("docker.io/library/{name}:latest");
        }
        name.to_owned()
    }
}
