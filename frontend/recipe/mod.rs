//! A recipe: a typed file that turns inputs into stages. Handlebars only in its string leaves (`leaf`), structure only
//! by `when:` and `each:`; every mistake in one is reported with the recipe's own file and line when it is loaded.
//! Knows nothing of specs and projects: it is handed inputs by name.

mod check;
mod document;
mod extend;
pub(crate) mod input;
mod items;
mod leaf;
mod library;
mod page;
mod reads;
mod refine;
mod render;

pub use items::{Condition, Items};
pub use leaf::{Leaf, Script};
pub use library::{Library, names};
pub use page::inputs_page;
pub use reads::{Found, Read, Source};
pub use refine::{Refined, With};
pub use render::{Given, Input, Rendered, render};

use crate::diag::Sink;
use crate::diag::codes;
use crate::yaml::decode::not_one_of;
use crate::yaml::{At, Decode, Node, Shape, Table, keys};

/// What `from` says for the project's own files.
pub const CONTEXT: &str = "context";
/// What `from` says for the image that the program itself comes in.
pub const DISTIL: &str = "distil";
/// What `from` says for nothing.
pub const SCRATCH: &str = "scratch";

keys! {
    /// A recipe's file.
    pub struct Recipe as "a recipe" {
        /// What it builds, in one line.
        summary: String = "summary", "A Python service from uv.lock";
        /// What is read of the project before the recipe is used: `python`, or nothing.
        facts: Option<At<FactsOf>> = "facts", "python";
        /// The inputs it takes; leaves and conditions may name these and nothing else.
        inputs: Table<Declared> = "inputs", "{python: {type: string, help: The Python series}}";
        /// What is read of the project's files; each is an input of that name.
        reads: Table<At<Read>> = "reads", "{node: {json: package.json, at: /engines/node, default: \"22\"}}";
        /// The recipe that this one changes: the name of one that comes with distil, or a file beside this one.
        extends: Option<At<String>> = "extends", "python/uv";
        /// Its stages. One with the name of a stage of the extended recipe changes that one.
        stages: Vec<At<Stage>> = "stages", "[{stage: runtime, from: \"{{runtime-image}}\"}]";
        /// What happens to phases of the extended recipe, by `phase` or `stage.phase`.
        phases: Table<At<Change>> = "phases", "{runtime.system: {after: [{mkdir: /srv}]}}";
        /// The stage that becomes the image. Default: the last that is no proof.
        result: Option<At<String>> = "result", "runtime";
        /// The stage whose files are the account of the image. Without one distil makes its own.
        report: Option<At<String>> = "report", "report";
    }
}

keys! {
    /// A change to a phase of the extended recipe.
    pub struct Change as "a change" {
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
        /// Its value when nothing else is given; with one, a spec may set it under `options`.
        default: Option<At<String>> = "default", "0.13.8";
    }
}

keys! {
    /// A stage of a recipe.
    pub struct Stage as "a stage" {
        /// Its name.
        stage: Option<At<String>> = "stage", "builder";
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
    pub struct Step as "a step" {
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
        /// Whose files: `context` for the project's own, a stage or an image.
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
    pub struct Mount as "a mount" {
        /// Files of `from`.
        bind: Option<Leaf> = "bind", "uv.lock";
        /// Whose files: `context` for the project's own, a stage, an image, or `distil` for the program itself.
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

/// What is read of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactsOf {
    /// Its lock, its `pyproject.toml`, and which Python it wants.
    Python,
}

impl Decode for FactsOf {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let word = String::decode(node, sink)?;
        if word == "python" { Some(Self::Python) } else { not_one_of(node, &word, &["python"], sink) }
    }

    fn shape() -> Shape {
        Shape::Choice(&["python"])
    }
}

/// What an input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    String,
    /// True or false.
    Flag,
    /// A list of strings.
    List,
    /// A list of `from` and `to`.
    Pairs,
}

impl Decode for Kind {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let word = String::decode(node, sink)?;
        match word.as_str() {
            "string" => Some(Self::String),
            "flag" => Some(Self::Flag),
            "list" => Some(Self::List),
            "pairs" => Some(Self::Pairs),
            _ => not_one_of(node, &word, Self::WORDS, sink),
        }
    }

    fn shape() -> Shape {
        Shape::Choice(Self::WORDS)
    }
}

impl Kind {
    const WORDS: &[&str] = &["string", "flag", "list", "pairs"];

    /// Its word in a recipe.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
}

/// Permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(pub u32);

impl std::str::FromStr for Mode {
    type Err = crate::names::Refused;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match u32::from_str_radix(text, 8) {
            // BuildKit makes files and folders under the usual mask, which takes these bits away.
            Ok(mode) if mode & !0o755 != 0 => Err(crate::names::Refused {
                message: format!("the mode `{text}` lets others write, or changes who runs a program, and BuildKit drops such bits"),
                help: Some("set them in a `script`, where they are really meant".into()),
            }),
            Ok(mode) if text.len() <= 5 => Ok(Self(mode)),
            _ => Err(crate::names::Refused {
                message: format!("`{text}` is not a mode"),
                help: Some("write octal digits such as `\"0755\"`".into()),
            }),
        }
    }
}

crate::yaml::scalar!(Mode, "permission bits in octal", codes::BAD_VALUE);
