//! The plan as a person reads it: what was decided and why, then stages and steps as a tree.

use std::fmt::Write;

use super::{Action, Base, Mount, Plan, Step};

/// Draws it.
#[must_use]
pub fn tree(plan: &Plan) -> String {
    let target = if plan.target.is_usual() { String::new() } else { format!(", target {}", plan.target) };
    let mut text = format!("{} (recipe {}{target})\n", plan.name, plan.recipe);
    let about = plan.decisions.iter().map(|d| d.about.len()).max().unwrap_or(0);
    let value = plan.decisions.iter().map(|d| d.value.chars().count()).max().unwrap_or(0);
    for decision in &plan.decisions {
        line(&mut text, format_args!("  {:about$}  {:value$}  {}", decision.about, decision.value, decision.from));
    }
    for stage in &plan.stages {
        let base = base(&stage.base);
        let arrow = if stage.proof { "checks" } else { "←" };
        line(&mut text, format_args!("\n{} {arrow} {base}", stage.name));
        for (i, step) in stage.steps.iter().enumerate() {
            let last = i + 1 == stage.steps.len();
            line(&mut text, format_args!("{} {}  [{}]", if last { "└─" } else { "├─" }, step.name, step.origin.cited));
            for detail in details(step) {
                line(&mut text, format_args!("{}  {detail}", if last { "  " } else { "│ " }));
            }
        }
    }
    let image = &plan.image;
    line(&mut text, format_args!("\nimage"));
    line(&mut text, format_args!("  runs   {}", crate::shell::join(&[image.entrypoint.clone(), image.command.clone()].concat())));
    line(&mut text, format_args!("  as     {}", image.user));
    line(&mut text, format_args!("  in     {}", image.workdir));
    if !image.expose.is_empty() {
        line(&mut text, format_args!("  ports  {}", image.expose.join(", ")));
    }
    text
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    writeln!(text, "{what}").expect("writing to a string cannot fail");
}

/// What a stage starts from, by its name.
pub(crate) fn base(base: &Base) -> &str {
    match base {
        Base::Image(image) => image,
        Base::Stage(name) => name,
        Base::Scratch => "scratch",
    }
}

/// What a step does, a line for each part of it.
pub(crate) fn details(step: &Step) -> Vec<String> {
    match &step.action {
        Action::Run(run) if run.script => vec![format!("script of {} lines", run.argv.last().map_or(0, |s| s.lines().count()))],
        Action::Run(run) => {
            let caches = run.mounts.iter().filter_map(|m| match m {
                Mount::Cache { id, .. } => Some(format!("cache {id}")),
                Mount::Secret { id, .. } | Mount::SecretEnv { id, .. } if id != "ca" => Some(format!("secret {id}")),
                Mount::Ssh { id, .. } => Some(format!("ssh {id}")),
                Mount::Bind { .. } | Mount::Secret { .. } | Mount::SecretEnv { .. } | Mount::Tmpfs { .. } => None,
            });
            [crate::shell::join(&run.argv)].into_iter().chain(caches).collect()
        }
        Action::Copy(copy) => vec![format!("{}:{} → {}", copy.from, copy.path, copy.to)],
        Action::Write(write) => vec![write.path.clone()],
        Action::Mkdir(mkdir) => vec![mkdir.path.clone()],
        Action::Remove(paths) => vec![paths.join(" ")],
    }
}
