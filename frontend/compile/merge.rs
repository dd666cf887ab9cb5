//! The plan of another spec becomes a part of the plan that copies from it: its stages under names of their own, its paths below its
//! folder, its places in the files of the whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::args::Filled;
use crate::diag::{Diagnostic, FileId, Place, Sources};
use crate::facts::under;
use crate::lower::needs;
use crate::plan::{Action, Base, Decision, Mount, Origin, Part, Plan, Source, Stage};

use super::parts::Done;

/// Where the files of a part are among those of the whole.
#[derive(Debug, Default)]
pub(super) struct Moved {
    files: BTreeMap<FileId, FileId>,
    /// Files by the names that they had, with those that they have now.
    names: Vec<(String, String)>,
}

impl Moved {
    /// Adds a file.
    pub(super) fn add(&mut self, old: FileId, new: FileId, (name, now): (&str, &str)) {
        self.files.insert(old, new);
        if name != now {
            self.names.push((name.to_owned(), now.to_owned()));
        }
    }

    fn place(&self, place: Place) -> Place {
        Place { file: self.files.get(&place.file).copied().unwrap_or(place.file), ..place }
    }

    fn origin(&self, origin: &mut Origin) {
        origin.places.iter_mut().for_each(|place| *place = self.place(*place));
        let renamed = self.names.iter().find_map(|(name, now)| Some((now, origin.cited.strip_prefix(name)?.strip_prefix(':')?)));
        if let Some((now, line)) = renamed {
            origin.cited = format!("{now}:{line}");
        }
    }

    /// What was said of a part; where it has no place, at the one that asks for the part.
    pub(super) fn diagnostic(&self, mut found: Diagnostic, asked: Place) -> Diagnostic {
        if found.labels.is_empty() {
            return found.at(asked, "");
        }
        found.labels.iter_mut().for_each(|label| label.place = self.place(label.place));
        found
    }

    /// The args of a part.
    pub(super) fn args(&self, args: &mut [Filled]) {
        for arg in args {
            arg.name.place = self.place(arg.name.place);
        }
    }

    /// The plan of a part: its stages are called by its name, and its paths of the project lie in its folder.
    pub(super) fn plan(&self, plan: &mut Plan, name: &str, folder: &str) {
        let named = |stage: &str| format!("{name}/{stage}");
        let own = |from: &mut Source, path: Option<&mut String>| match (from, path) {
            (Source::Stage(stage), _) => *stage = named(stage),
            (Source::Context, Some(path)) => *path = under(folder, path.trim_start_matches('/')),
            _ => {}
        };
        for stage in &mut plan.stages {
            stage.name = named(&stage.name);
            if let Base::Stage(base) = &mut stage.base {
                *base = named(base);
            }
            self.origin(&mut stage.origin);
            for step in &mut stage.steps {
                self.origin(&mut step.origin);
                match &mut step.action {
                    Action::Copy(copy) => own(&mut copy.from, Some(&mut copy.path)),
                    Action::Run(run) => {
                        for mount in &mut run.mounts {
                            if let Mount::Bind { from, path, .. } = mount {
                                own(from, Some(path));
                            }
                        }
                    }
                    Action::Write(write) => write.instead_of.iter_mut().for_each(|file| *file = under(folder, file)),
                    Action::Mkdir(_) | Action::Remove(_) => {}
                }
            }
        }
        for recipe in plan.parts.iter_mut().map(|part| &mut part.recipe).chain([&mut plan.recipe]) {
            if let Some((_, now)) = self.names.iter().find(|(name, _)| name == recipe) {
                recipe.clone_from(now);
            }
        }
        plan.result = named(&plan.result);
        plan.report = plan.report.as_deref().map(named);
        let asked = std::mem::take(&mut plan.asked);
        plan.asked = asked.into_iter().map(|((stage, index), place)| ((named(&stage), index), self.place(place))).collect();
        for pattern in &mut plan.exclude {
            let (bang, rest) = pattern.strip_prefix('!').map_or(("", pattern.as_str()), |rest| ("!", rest));
            *pattern = format!("{bang}{}", under(folder, rest.trim_start_matches('/')));
        }
        let supplies = &mut plan.supplies;
        supplies.packages.iter_mut().for_each(|package| package.place = self.place(package.place));
        supplies.tools.iter_mut().for_each(|(_, place)| *place = self.place(*place));
        supplies.folders.iter_mut().for_each(|path| *path = under(folder, path));
        for part in &mut plan.parts {
            (part.name, part.result, part.spec) = (named(&part.name), named(&part.result), under(folder, &part.spec));
        }
    }
}

/// Takes a part into a plan.
pub(super) fn merge(plan: &mut Plan, done: Done, sources: &Sources) {
    let Plan { stages, parts, exclude, asked, recipe, image, result, decisions, supplies, .. } = done.compiled.plan;
    // A shell and tools are what such an image is for, whatever becomes of its proofs.
    let proven = plan.target.product.is_proven();
    let runtime = decisions.iter().find(|decision| decision.about == "runtime").map_or("", |decision| decision.value.as_str());
    let edition = done.edition.as_ref().map_or(String::new(), |edition| format!(", edition {edition}"));
    plan.decisions.push(Decision {
        about: "copy",
        value: format!("{} (recipe {recipe} on {runtime}{edition})", done.path),
        from: sources.cite_line(done.place),
    });
    let stages = needed(stages, &result, proven);
    plan.stages.splice(0..0, stages);
    plan.exclude.extend(exclude);
    plan.supplies.packages.extend(supplies.packages);
    plan.supplies.tools.extend(supplies.tools);
    plan.supplies.folders.extend(supplies.folders);
    plan.asked.extend(asked);
    plan.parts.extend(parts);
    plan.parts.push(Part { name: done.name, spec: done.path.to_string(), recipe, result, image });
}

/// The stages that the image of a part needs, and its proofs where they are run; in their order.
fn needed(stages: Vec<Stage>, result: &str, proven: bool) -> Vec<Stage> {
    let mut wanted: BTreeSet<String> = BTreeSet::from([result.to_owned()]);
    let mut kept = vec![];
    // Each comes after those that it needs.
    for stage in stages.into_iter().rev() {
        if wanted.contains(&stage.name) || (proven && stage.proof) {
            wanted.extend(needs(&stage).into_iter().map(str::to_owned));
            kept.push(stage);
        }
    }
    kept.reverse();
    kept
}
