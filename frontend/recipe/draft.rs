//! A recipe as it is written: every key with its place, and nothing of it checked. The `keys!` tables are the language; what
//! they read becomes a recipe that can be rendered by the check alone (`check`, `checked`).

use crate::ecosystem::kind::Ecosystem;
use crate::yaml::{At, Table, Texts, keys};

use super::image::Template;
use super::items::{Condition, Items};
use super::leaf::{Leaf, Script};
use super::refine::{Refined, With};
use super::refuse::Refusal;
use super::{Kind, Mode, Read};

keys! {
    /// A recipe's file.
    pub(super) struct Recipe as "a recipe" {
        /// What it builds, in one line.
        summary: String = "summary", "A Python service from uv.lock";
        /// What is read of the project before the recipe is used: `python`, or nothing.
        facts: Option<At<Ecosystem>> = "facts", "python";
        /// The inputs it takes; leaves and conditions may name these and nothing else.
        inputs: Table<Declared> = "inputs", "{python: {type: string, help: The Python series}}";
        /// What is read of the project's files; each is an input of that name.
        reads: Table<At<Read>> = "reads", "{node: {json: package.json, at: /engines/node, default: \"22\"}}";
        /// The recipe that this one changes: the name of one that comes with distil, or a file beside this one.
        extends: Option<At<String>> = "extends", "python/uv";
        /// The oldest distil that knows all that the recipe says.
        requires: Option<At<String>> = "requires", "\"0.1\"";
        /// What it does not build, whatever the spec says.
        refuse: Vec<At<Refusal>> = "refuse", "[{when: {uid: \"0\"}, say: a service of ours never runs as root}]";
        /// What it says of the image where a spec says nothing, in the spec's own keys.
        image: Option<At<Template>> = "image", "{command: [/app/server], labels: {org.example.team: \"{{team}}\"}}";
        /// Its stages. One with the name of a stage of the extended recipe changes that one.
        stages: Vec<At<Stage>> = "stages", "[{stage: runtime, from: \"{{runtime-image}}\"}]";
        /// What happens to phases of the extended recipe, by `phase` or `stage.phase`.
        phases: Table<At<Change>> = "phases", "{runtime.system: {after: [{mkdir: /srv}]}}";
        /// The stage that becomes the image. Default: the last that is no proof.
        result: Option<At<String>> = "result", "runtime";
        /// The stage whose files are the report of the image. Without one distil makes its own.
        report: Option<At<String>> = "report", "report";
    }
}

keys! {
    /// A change to a phase of the extended recipe.
    pub(super) struct Change as "a change" {
        /// Steps to put before it.
        before: Vec<At<Step>> = "before", "[{run: [echo, before]}]";
        /// Steps to put after it.
        after: Vec<At<Step>> = "after", "[{run: [echo, after]}]";
        /// Steps to put in its place.
        replace: Option<Vec<At<Step>>> = "replace", "[{run: [echo, instead]}]";
        /// Whether to leave it out.
        drop: bool = "drop", "true";
    }
}

keys! {
    /// One input of a recipe.
    pub struct Declared as "an input" {
        /// What it holds.
        kind: Option<At<Kind>> = "type", "string";
        /// What it is for.
        help: Option<String> = "help", "The Python series, as 3.13";
        /// Whether a spec must set it under `options`.
        option: bool = "option", "true";
        /// Its value when nothing else is given, of its type; with one, a spec may set it under `options`.
        default: Option<At<Texts>> = "default", "0.13.8";
        /// The words that it may be; for a list, that each of its items may be.
        one_of: Vec<At<String>> = "one-of", "[gold, silver]";
    }
}

keys! {
    /// A stage of a recipe.
    pub(super) struct Stage as "a stage" {
        /// Its name.
        name: Option<At<String>> = "stage", "builder";
        /// A stage of this recipe, an image, or `scratch`.
        from: Option<Leaf> = "from", "\"{{builder-image}}\"";
        /// The stage is there only when this holds.
        when: Condition = "when", "package";
        /// Whether its steps are checks of the stage that it starts from: each has to succeed by itself, as the service's user, with
        /// nothing but `/tmp` to write to, and nothing of it is kept.
        proof: bool = "proof", "true";
        /// The directory that its steps run in.
        workdir: Option<Leaf> = "workdir", "/app";
        /// Its environment, which stages that start from it inherit.
        env: Table<Leaf> = "env", "{LANG: C.UTF-8}";
        /// Its steps, in order.
        steps: Vec<At<Step>> = "steps", "[{phase: install, run: [uv, sync]}]";
    }
}

keys! {
    /// A step of a recipe's stage; exactly one of `run`, `script`, `refine`, `copy`, `write`, `mkdir` and `remove` says what it does.
    pub(super) struct Step as "a step" {
        /// The phase it belongs to.
        phase: Option<At<String>> = "phase", "dependencies";
        /// What the progress display calls it.
        name: Option<Leaf> = "name", "Install dependencies";
        /// The step is there only when this holds.
        when: Condition = "when", "{runtime: slim}";
        /// A list input: the step is there once for each item, which leaves name as `item`.
        each: Option<At<String>> = "each", "copies";
        /// A program and its arguments, run without a shell.
        run: Option<At<Items>> = "run", "[uv, sync, --locked]";
        /// A shell script; values put into it are quoted.
        script: Option<At<Script>> = "script", "mkdir -p {{folder}}";
        /// A step that the program runs itself, by its name; the program, its mounts and its paths come with it.
        refine: Option<At<Refined>> = "refine", "environment";
        /// What that step is asked for, by its keys.
        with: Option<At<With>> = "with", "{python: \"{{python}}\", strip: strip, skip: skip}";
        /// Files to copy; a directory stands for its content.
        copy: Option<Leaf> = "copy", "/app/.venv";
        /// Whose files: `context` for the project's own, `recipe` for those beside the recipe, a stage or an image.
        from: Option<Leaf> = "from", "builder";
        /// Where files go.
        to: Option<Leaf> = "to", "/app/.venv";
        /// Patterns that stay behind.
        exclude: Vec<Leaf> = "exclude", "[\"**/__pycache__\"]";
        /// A file to write.
        write: Option<Leaf> = "write", "/etc/motd";
        /// What to write.
        text: Option<Leaf> = "text", "hello";
        /// The file of the project that a written file stands for; a printed Dockerfile takes that one.
        instead_of: Option<Leaf> = "instead-of", "uv.lock";
        /// A directory to make.
        mkdir: Option<Leaf> = "mkdir", "/data";
        /// Who owns the directory, as `uid:gid`.
        owner: Option<Leaf> = "owner", "\"{{user}}\"";
        /// Permission bits, in octal.
        mode: Option<At<Mode>> = "mode", "\"0755\"";
        /// Patterns of files to remove.
        remove: Option<Vec<Leaf>> = "remove", "[/usr/local/bin/pip*]";
        /// What is mounted while the step runs.
        mounts: Vec<At<Mount>> = "mounts", "[{cache: uv, to: /root/.cache/uv}]";
        /// Environment of this step alone.
        env: Table<Leaf> = "env", "{CI: \"1\"}";
        /// Directory of this step alone.
        workdir: Option<Leaf> = "workdir", "/src";
        /// Whether the step has a network. Default: `true`, and `false` in a proof.
        network: Option<bool> = "network", "false";
    }
}

keys! {
    /// Something mounted during a step; exactly one of `bind`, `cache`, `secret`, `ssh` and `tmpfs` says what.
    pub(super) struct Mount as "a mount" {
        /// Files of `from`.
        bind: Option<Leaf> = "bind", "uv.lock";
        /// Whose files: `context` for the project's own, `recipe` for those beside the recipe, a stage, an image, or `distil` for the program itself.
        from: Option<Leaf> = "from", "context";
        /// A directory kept between builds, by its name.
        cache: Option<Leaf> = "cache", "uv";
        /// Whether only one build at a time may use the cache.
        locked: bool = "locked", "true";
        /// A secret of the session, by its name.
        secret: Option<Leaf> = "secret", "ca";
        /// The client's ssh agent, by its name, as the socket at `to`.
        ssh: Option<Leaf> = "ssh", "default";
        /// Whether the build fails without the secret or the agent.
        required: bool = "required", "true";
        /// The environment variable that the secret appears as, in the place of a file.
        env: Option<Leaf> = "env", "NPM_TOKEN";
        /// A list input: it is mounted once for each item, which leaves name as `item`.
        each: Option<At<String>> = "each", "locals";
        /// Memory, at this path.
        tmpfs: Option<Leaf> = "tmpfs", "/tmp";
        /// Where it appears.
        to: Option<Leaf> = "to", "/src/uv.lock";
        /// Whether the step may write to a `bind`; what it writes is dropped.
        writable: bool = "writable", "true";
        /// Whether the step counts as unchanged where a `bind` of a stage holds the bytes that it held before, even though the stage
        /// was built anew.
        content: bool = "content", "true";
        /// It is mounted only when this holds.
        when: Condition = "when", "package";
    }
}

impl Stage {
    /// Its name; empty where the check will say that there is none.
    pub(super) fn name(&self) -> &str {
        self.name.as_ref().map_or("", |n| n.value.as_str())
    }
}

impl Step {
    /// Its phase; empty where the check will say that there is none.
    pub(super) fn phase(&self) -> &str {
        self.phase.as_ref().map_or("", |p| p.value.as_str())
    }
}
