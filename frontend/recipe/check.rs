//! What can be wrong in a recipe's file is found here, when it is loaded: a step that says two things, an input that is
//! used but not declared or declared but not used, a stage that is named twice. Rendering can then only fail on values.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, FileId, Place, Sink, nearest};
use crate::yaml::At;

use super::items::{Condition, Item, Items};
use super::leaf::Leaf;
use super::{CONTEXT, DISTIL, Kind, Mount, Recipe, SCRATCH, Stage, Step};

/// Says everything that is wrong in a recipe.
pub(super) fn check(recipe: &Recipe, own_file: FileId, sink: &mut Sink) {
    let mut checker = Checker { recipe, used: BTreeSet::new(), sink };
    for (name, input) in &recipe.inputs.0 {
        if input.kind.is_none() {
            checker.say("incomplete", format!("the input `{}` has no `type`", name.value), name.place);
        }
        if input.default.is_some() && !matches!(input.kind.as_ref().map(|k| k.value), Some(Kind::String)) {
            checker.say("incomplete", "only an input of the type `string` can have a default".into(), name.place);
        }
    }
    let mut names = BTreeSet::new();
    for stage in &recipe.stages {
        checker.stage(&stage.value, stage.place, &mut names);
    }
    let used = checker.used;
    // An input of the extended recipe may lose its use when a phase is dropped; that is no mistake of either.
    let own = |name: &At<String>| recipe.stages.is_empty() || name.place.file == own_file;
    for (name, _) in recipe.inputs.0.iter().filter(|(n, _)| own(n) && !used.contains(&n.value)) {
        sink.push(Diagnostic::error("unused-input", format!("the input `{}` is never used", name.value)).at(name.place, ""));
    }
}

/// A step that only names its phase marks where steps can be added.
pub(super) fn is_anchor(step: &Step) -> bool {
    let Step { run, script, copy, write, mkdir, remove, name, when, each, mounts, env, .. } = step;
    let acts = run.is_some() || script.is_some() || copy.is_some() || write.is_some() || mkdir.is_some() || remove.is_some();
    step.phase.is_some() && !acts && name.is_none() && when.0.is_empty() && each.is_none() && mounts.is_empty() && env.0.is_empty()
}

struct Checker<'a> {
    recipe: &'a Recipe,
    used: BTreeSet<String>,
    sink: &'a mut Sink,
}

impl Checker<'_> {
    fn say(&mut self, code: &'static str, message: String, place: Place) {
        self.sink.push(Diagnostic::error(code, message).at(place, ""));
    }

    fn stage(&mut self, stage: &Stage, place: Place, names: &mut BTreeSet<String>) {
        match &stage.stage {
            None => self.say("incomplete", "this stage has no name: `stage`".into(), place),
            Some(name) if !names.insert(name.value.clone()) => {
                self.say("duplicate-stage", format!("there are two stages named `{}`", name.value), name.place);
            }
            Some(name) if [CONTEXT, SCRATCH, DISTIL].contains(&name.value.as_str()) => {
                self.say(
                    "duplicate-stage",
                    format!("`{}` means something else in `from`, so no stage can have that name", name.value),
                    name.place,
                );
            }
            Some(_) => {}
        }
        if stage.from.is_none() {
            self.say("incomplete", "this stage starts from nothing: `from` names an image, a stage or `scratch`".into(), place);
        }
        self.condition(&stage.when);
        self.leaves([&stage.from, &stage.workdir].into_iter().flatten(), None);
        self.leaves(stage.env.0.iter().map(|(_, leaf)| leaf), None);
        for step in &stage.steps {
            self.step(&step.value, step.place);
        }
    }

    fn step(&mut self, step: &Step, place: Place) {
        let kinds = [
            ("run", step.run.is_some()),
            ("script", step.script.is_some()),
            ("copy", step.copy.is_some()),
            ("write", step.write.is_some()),
            ("mkdir", step.mkdir.is_some()),
            ("remove", step.remove.is_some()),
        ];
        let said: Vec<_> = kinds.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
        match said[..] {
            [kind] => self.belongs(step, kind, place),
            [] if is_anchor(step) => {}
            [] => self.say(
                "incomplete",
                "this step does nothing: it needs one of `run`, `script`, `copy`, `write`, `mkdir`, `remove`".into(),
                place,
            ),
            _ => self.say("two-actions", format!("this step does several things at once: `{}`", said.join("`, `")), place),
        }
        if step.phase.is_none() {
            self.say("incomplete", "this step has no `phase`".into(), place);
        }
        self.condition(&step.when);
        let each = self.each(step.each.as_ref());
        if let Some(run) = &step.run {
            self.items(&run.value, each);
        }
        let script = step.script.as_ref().map(|s| &s.value.0);
        let single = [
            &step.instead_of,
            &step.name,
            &step.copy,
            &step.from,
            &step.to,
            &step.write,
            &step.text,
            &step.mkdir,
            &step.owner,
            &step.workdir,
        ];
        self.leaves(single.into_iter().flatten().chain(script), each);
        self.leaves(step.exclude.iter().chain(step.remove.iter().flatten()), each);
        self.leaves(step.env.0.iter().map(|(_, leaf)| leaf), each);
        for mount in &step.mounts {
            self.mount(&mount.value, mount.place, each);
        }
    }

    /// Keys that mean nothing beside the step's action.
    fn belongs(&mut self, step: &Step, kind: &str, place: Place) {
        let run = matches!(kind, "run" | "script");
        let others = [
            ("from", step.from.is_some(), kind == "copy"),
            ("to", step.to.is_some(), kind == "copy"),
            ("exclude", !step.exclude.is_empty(), kind == "copy"),
            ("text", step.text.is_some(), kind == "write"),
            ("instead-of", step.instead_of.is_some(), kind == "write"),
            ("owner", step.owner.is_some(), kind == "mkdir"),
            ("mode", step.mode.is_some(), matches!(kind, "write" | "mkdir")),
            ("mounts", !step.mounts.is_empty(), run),
            ("env", !step.env.0.is_empty(), run),
            ("workdir", step.workdir.is_some(), run),
            ("network", step.network.is_some(), run),
        ];
        for (name, there, _) in others.into_iter().filter(|(_, there, fits)| *there && !fits) {
            debug_assert!(there);
            self.say("misplaced-key", format!("`{name}` means nothing beside `{kind}`"), place);
        }
        for (name, there) in [("from", step.from.is_some()), ("to", step.to.is_some())] {
            if kind == "copy" && !there {
                self.say("incomplete", format!("`copy` needs `{name}`"), place);
            }
        }
        if kind == "write" && step.text.is_none() {
            self.say("incomplete", "`write` needs `text`".into(), place);
        }
    }

    fn mount(&mut self, mount: &Mount, place: Place, each: Option<Kind>) {
        let kinds = [&mount.bind, &mount.cache, &mount.secret, &mount.ssh, &mount.tmpfs];
        if kinds.iter().filter(|k| k.is_some()).count() != 1 {
            self.say("two-actions", "a mount is exactly one of `bind`, `cache`, `secret`, `ssh`, `tmpfs`".into(), place);
        }
        if mount.bind.is_some() != mount.from.is_some() {
            self.say("incomplete", "`bind` and `from` go together".into(), place);
        }
        if mount.env.is_some() && mount.secret.is_none() {
            self.say("misplaced-key", "`env` means nothing without `secret`".into(), place);
        }
        if mount.to.is_none() && mount.tmpfs.is_none() && mount.env.is_none() {
            self.say("incomplete", "this mount appears nowhere: it needs `to`".into(), place);
        }
        self.condition(&mount.when);
        let each = self.each(mount.each.as_ref()).or(each);
        self.leaves(kinds.into_iter().chain([&mount.from, &mount.to, &mount.env]).flatten(), each);
    }

    fn items(&mut self, items: &Items, each: Option<Kind>) {
        for item in &items.0 {
            match item {
                Item::Leaf(leaf) => self.leaves([leaf], each),
                Item::When(condition, then) => {
                    self.condition(condition);
                    self.items(then, each);
                }
                Item::Each(input, then) => {
                    let inner = self.each(Some(input));
                    self.items(then, inner);
                }
            }
        }
    }

    fn condition(&mut self, condition: &Condition) {
        for term in &condition.0 {
            self.input(&term.input, term.place);
        }
    }

    fn each(&mut self, each: Option<&At<String>>) -> Option<Kind> {
        let each = each?;
        let kind = self.input(&each.value, each.place)?;
        if !matches!(kind, Kind::List | Kind::Pairs) {
            self.say("wrong-type", format!("`{}` is a {}, and `each` needs a list", each.value, kind.word()), each.place);
        }
        Some(kind)
    }

    fn leaves<'l>(&mut self, leaves: impl IntoIterator<Item = &'l Leaf>, each: Option<Kind>) {
        for leaf in leaves {
            for name in &leaf.names {
                match (each, name.as_str()) {
                    (Some(Kind::List), "item") | (Some(Kind::Pairs), "item.from" | "item.to") => {}
                    _ => _ = self.input(name, leaf.place),
                }
            }
        }
    }

    fn input(&mut self, name: &str, place: Place) -> Option<Kind> {
        self.used.insert(name.to_owned());
        let inputs = &self.recipe.inputs.0;
        if let Some((_, input)) = inputs.iter().find(|(n, _)| n.value == name) {
            return input.kind.as_ref().map(|k| k.value);
        }
        let near = nearest(name, inputs.iter().map(|(n, _)| n.value.as_str())).map(|n| format!("did you mean `{n}`?"));
        let found = Diagnostic::error("undeclared-input", format!("`{name}` is not an input of this recipe"));
        self.sink.push(found.at(place, near.unwrap_or_default()).help("declare it under `inputs`"));
        None
    }
}
