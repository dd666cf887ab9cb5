//! What can be wrong in a recipe's file is found here, when it is loaded: a step that says two things, an input that is
//! used but not declared or declared but not used, a stage that is named twice. Rendering can then only fail on values.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, FileId, Place, Sink, codes, nearest};
use crate::plan;
use crate::refine::requests;
use crate::yaml::At;
use crate::yaml::decode::list;

use super::checked::Recipe;
use super::draft::{self, Mount, Stage, Step};
use super::items::{Condition, Item, Items};
use super::leaf::Leaf;
use super::refine::{Given, Refined};
use super::{CONTEXT, DISTIL, Kind, RECIPE, SCRATCH};
use super::{connect, image};

/// The recipe of a draft; `None` where anything is wrong with it, or was before. The sink says what.
pub(super) fn check(draft: draft::Recipe, own_file: FileId, sink: &mut Sink) -> Option<Recipe> {
    say(&draft, own_file, sink);
    connect::check(&draft, sink);
    image::check(&draft, sink);
    if sink.has_errors() { None } else { Recipe::of(draft) }
}

/// Says everything that is wrong in a recipe.
fn say(recipe: &draft::Recipe, own_file: FileId, sink: &mut Sink) {
    let mut checker = Checker { recipe, used: BTreeSet::new(), sink };
    for (name, input) in &recipe.inputs.0 {
        if input.kind.is_none() {
            checker.say(codes::MISSING_KEY, format!("the input `{}` has no `type`", name.value), name.place);
        }
        let kind = input.kind.as_ref().map(|kind| kind.value);
        if input.option && kind == Some(Kind::Pairs) {
            checker.say(codes::MISPLACED_KEY, "an input of the type `pairs` cannot be an option".into(), name.place);
        }
        if let Some(one) = input.one_of.first().filter(|_| !matches!(kind, None | Some(Kind::String | Kind::List))) {
            checker.say(codes::MISPLACED_KEY, "`one-of` is for an input of the type `string` or `list`".into(), one.place);
        }
        if let Some(found) = input.default.as_ref().and_then(|default| input.unfit(&format!("the input `{}`", name.value), default)) {
            checker.sink.push(found);
        }
        if let Some(problem) = input.other_kind(&name.value) {
            checker.say(codes::WRONG_TYPE, problem, name.place);
        }
    }
    let mut names = BTreeSet::new();
    for stage in &recipe.stages {
        checker.stage(&stage.value, stage.place, &mut names);
    }
    for At { value: refusal, place } in &recipe.refuse {
        if refusal.say.is_none() || refusal.when.0.is_empty() {
            checker.say(codes::MISSING_KEY, "a refusal has a `when` and says why: `say`".into(), *place);
        }
        checker.condition(&refusal.when);
        checker.leaves(refusal.say.iter().chain(&refusal.help), None);
    }
    checker.leaves(recipe.image.iter().flat_map(|image| image.value.leaves()), None);
    let used = checker.used;
    // An input of the extended recipe may lose its use when a phase is dropped; that is no mistake of either.
    let own = |name: &At<String>| recipe.stages.is_empty() || name.place.file == own_file;
    for (name, _) in recipe.inputs.0.iter().filter(|(n, _)| own(n) && !used.contains(&n.value)) {
        sink.push(Diagnostic::new(codes::UNUSED_INPUT, format!("the input `{}` is never used", name.value)).at(name.place, ""));
    }
}

/// A step that only names its phase marks where steps can be added.
fn is_anchor(step: &Step) -> bool {
    let Step { run, script, refine, copy, write, mkdir, remove, name, when, each, mounts, env, .. } = step;
    let acts =
        run.is_some() || script.is_some() || refine.is_some() || copy.is_some() || write.is_some() || mkdir.is_some() || remove.is_some();
    step.phase.is_some() && !acts && name.is_none() && when.0.is_empty() && each.is_none() && mounts.is_empty() && env.0.is_empty()
}

struct Checker<'a> {
    recipe: &'a draft::Recipe,
    used: BTreeSet<String>,
    sink: &'a mut Sink,
}

impl Checker<'_> {
    fn say(&mut self, code: codes::Code, message: String, place: Place) {
        self.sink.push(Diagnostic::new(code, message).at(place, ""));
    }

    fn stage(&mut self, stage: &Stage, place: Place, names: &mut BTreeSet<String>) {
        match &stage.name {
            None => self.say(codes::MISSING_KEY, "this stage has no name: `stage`".into(), place),
            Some(name) if !names.insert(name.value.clone()) => {
                self.say(codes::DUPLICATE_STAGE, format!("there are two stages named `{}`", name.value), name.place);
            }
            Some(name) if [CONTEXT, SCRATCH, DISTIL, RECIPE].contains(&name.value.as_str()) => {
                self.say(
                    codes::DUPLICATE_STAGE,
                    format!("`{}` means something else in `from`, so no stage can have that name", name.value),
                    name.place,
                );
            }
            Some(_) => {}
        }
        if stage.from.is_none() {
            self.say(codes::MISSING_KEY, "this stage starts from nothing: `from` names an image, a stage or `scratch`".into(), place);
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
            ("refine", step.refine.is_some()),
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
                codes::EXACTLY_ONE,
                "this step does nothing: it needs one of `run`, `script`, `refine`, `copy`, `write`, `mkdir`, `remove`".into(),
                place,
            ),
            _ => self.say(codes::EXACTLY_ONE, format!("this step does several things at once: `{}`", said.join("`, `")), place),
        }
        if step.phase.is_none() {
            self.say(codes::MISSING_KEY, "this step has no `phase`".into(), place);
        }
        self.condition(&step.when);
        let each = self.each(step.each.as_ref());
        if let Some(run) = &step.run {
            self.items(&run.value, each);
        }
        if let Some(refined) = &step.refine {
            self.refined(refined, step, each);
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
        let run = matches!(kind, "run" | "script" | "refine");
        let others = [
            ("from", step.from.is_some(), kind == "copy"),
            ("to", step.to.is_some(), kind == "copy"),
            ("exclude", !step.exclude.is_empty(), kind == "copy"),
            ("with", step.with.is_some(), kind == "refine"),
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
            self.say(codes::MISPLACED_KEY, format!("`{name}` means nothing beside `{kind}`"), place);
        }
        for (name, there) in [("from", step.from.is_some()), ("to", step.to.is_some())] {
            if kind == "copy" && !there {
                self.say(codes::MISSING_KEY, format!("`copy` needs `{name}`"), place);
            }
        }
        if kind == "write" && step.text.is_none() {
            self.say(codes::MISSING_KEY, "`write` needs `text`".into(), place);
        }
    }

    fn mount(&mut self, mount: &Mount, place: Place, each: Option<Kind>) {
        let kinds = [&mount.bind, &mount.cache, &mount.secret, &mount.ssh, &mount.tmpfs];
        if kinds.iter().filter(|k| k.is_some()).count() != 1 {
            self.say(codes::EXACTLY_ONE, "a mount is exactly one of `bind`, `cache`, `secret`, `ssh`, `tmpfs`".into(), place);
        }
        if mount.bind.is_some() != mount.from.is_some() {
            self.say(codes::MISSING_KEY, "`bind` and `from` go together".into(), place);
        }
        if mount.env.is_some() && mount.secret.is_none() {
            self.say(codes::MISPLACED_KEY, "`env` means nothing without `secret`".into(), place);
        }
        if mount.content && (mount.bind.is_none() || mount.writable) {
            self.say(codes::MISPLACED_KEY, "`content` is for a `bind` that the step only reads".into(), place);
        }
        if mount.to.is_none() && mount.tmpfs.is_none() && mount.env.is_none() {
            self.say(codes::MISSING_KEY, "this mount appears nowhere: it needs `to`".into(), place);
        }
        self.condition(&mount.when);
        let each = self.each(mount.each.as_ref()).or(each);
        self.leaves(kinds.into_iter().chain([&mount.from, &mount.to, &mount.env]).flatten(), each);
    }

    /// What a step of the program's own is asked for.
    fn refined(&mut self, refined: &At<Refined>, step: &Step, each: Option<Kind>) {
        for (key, given) in refined.value.given(step.with.as_ref(), refined.place, self.sink) {
            match given {
                Given::Text(leaf) => self.leaves([&leaf], each),
                Given::Stage(leaf, when) => self.stages(&[(leaf, when)], each),
                Given::Stages(stages) => self.stages(&stages, each),
                Given::When(condition) => self.condition(&condition),
                Given::Items(items) => self.items(&items, each),
                Given::Input(name) => {
                    let wanted = if matches!(key.kind, requests::Kind::Pairs) { Kind::Pairs } else { Kind::List };
                    let found = self.input(&name.value, name.place).filter(|found| *found != wanted);
                    if let Some(found) = found {
                        let message = format!(
                            "`{}` is of the type `{}`, and `{}` needs one of the type `{}`",
                            name.value,
                            found.word(),
                            key.name,
                            wanted.word()
                        );
                        self.say(codes::WRONG_TYPE, message, name.place);
                    }
                }
                Given::Fixed(_) => {}
            }
        }
    }

    /// Stages whose files are mounted, each where something holds.
    fn stages(&mut self, stages: &[(Leaf, Condition)], each: Option<Kind>) {
        for (leaf, when) in stages {
            self.leaves([leaf], each);
            self.stage_there(leaf);
            self.condition(when);
        }
    }

    /// A stage whose files are mounted is one of this recipe's.
    fn stage_there(&mut self, leaf: &Leaf) {
        let stages: Vec<&str> = self.recipe.stages.iter().map(|stage| stage.value.name()).collect();
        if leaf.names.is_empty() && !stages.contains(&plan::bare(&leaf.text)) {
            let near = nearest(&leaf.text, stages.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let found = Diagnostic::new(codes::NO_SUCH_STAGE, format!("there is no stage `{}`", leaf.text));
            self.sink.push(found.at(leaf.place, near.unwrap_or_default()).help(format!("the stages are {}", list(&stages))));
        }
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
            self.say(codes::WRONG_TYPE, format!("`{}` is a {}, and `each` needs a list", each.value, kind.word()), each.place);
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
        let found = Diagnostic::new(codes::UNDECLARED_INPUT, format!("`{name}` is not an input of this recipe"));
        self.sink.push(found.at(place, near.unwrap_or_default()).help("declare it under `inputs`"));
        None
    }
}
