//! The spec as the user wrote it: every key typed, with its place in the file, nothing resolved yet.
//! The `keys!` table below is the language: decoding, messages, schema and documentation all come from it.
//! Knows nothing of projects, recipes or BuildKit.

mod check;

use crate::diag::{FileId, Sink, Sources};
use crate::names::{AbsPath, Port, PythonVersion, RelPath, User};
use crate::yaml::decode::{list, not_one_of};
use crate::yaml::{Argv, At, Decode, Node, Shape, Table, Value, keys};

keys! {
    /// What a service needs beyond what its project's files say.
    pub struct Spec as "a spec" {
        /// The Python version, as `"3.13"` or with a patch release.
        /// Default: `.python-version`, else what `requires-python` in `pyproject.toml` allows.
        python: Option<At<PythonVersion>> = "python", "\"3.13\"";
        /// What the service runs on: `distroless` (no shell, no package manager) or `slim` (Debian).
        /// Default: `distroless`.
        runtime: Option<At<Runtime>> = "runtime", "slim";
        /// Files of the project that ship beside the installed packages, as paths or `from: to`, relative to `workdir`.
        /// Default: nothing for a project with a build system, which is installed; else its Python packages and modules.
        copy: Option<At<Vec<CopyItem>>> = "copy", "[assets, {config/prod.toml: config.toml}]";
        /// Environment variables of the running service.
        env: Option<Table<At<String>>> = "env", "{LOG_LEVEL: info}";
        /// The directory that the service starts in, and that `copy` copies to. Default: `/app`.
        workdir: Option<At<AbsPath>> = "workdir", "/srv";
        /// Who the service runs as: a number, `uid:gid`, `nonroot` or `root`. Default: `65532`.
        user: Option<At<User>> = "user", "65532";
        /// A program that always runs first, with `command` as its arguments.
        entrypoint: Option<At<Argv>> = "entrypoint", "[python, -m]";
        /// What the service runs: a list of words, or one line that needs no shell.
        /// Default: the project's script, when `[project.scripts]` has exactly one.
        command: Option<At<Argv>> = "command", "[uvicorn, \"api:app\", --host, 0.0.0.0]";
        /// Ports that the service listens on.
        expose: Option<Vec<At<Port>>> = "expose", "[8000]";
        /// Labels of the image.
        labels: Option<Table<At<String>>> = "labels", "{org.opencontainers.image.vendor: Example}";
    }
}

/// What the service runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Debian with Python, a shell and little else.
    Slim,
    /// No shell, no package manager; the interpreter comes from the builder.
    Distroless,
}

impl Runtime {
    const WORDS: &[&str] = &["distroless", "slim"];

    /// Its word in a spec.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Distroless => Self::WORDS[0],
            Self::Slim => Self::WORDS[1],
        }
    }
}

impl Decode for Runtime {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let word = String::decode(node, sink)?;
        match word.as_str() {
            "distroless" => Some(Self::Distroless),
            "slim" => Some(Self::Slim),
            _ => not_one_of(node, &word, Self::WORDS, sink),
        }
    }

    fn shape() -> Shape {
        Shape::Choice(Self::WORDS)
    }
}

/// One thing to copy from the project into the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyItem {
    /// Where it is in the project.
    pub from: RelPath,
    /// Where it goes, relative to the working directory.
    pub to: RelPath,
    /// Where that was written.
    pub place: crate::diag::Place,
}

impl Decode for CopyItem {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let (from, to) = match &node.value {
            Value::Map(entries) if entries.len() == 1 => {
                let (key, to) = &entries[0];
                let from = Node { place: key.place, value: Value::Scalar { text: key.name.clone(), quoted: true } };
                (RelPath::decode(&from, sink), RelPath::decode(to, sink))
            }
            Value::Map(entries) if entries.len() > 1 => {
                let words: Vec<_> = entries.iter().map(|(k, _)| format!("- {}: …", k.name)).collect();
                let found = crate::diag::Diagnostic::error("wrong-type", "each `from: to` is an item of its own");
                sink.push(found.at(node.place, "").help(format!("write {}", list(&words))));
                return None;
            }
            _ => {
                let path = RelPath::decode(node, sink);
                (path.clone(), path)
            }
        };
        Some(Self { from: from?, to: to?, place: node.place })
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, Shape::Table(Box::new(Shape::Text))])
    }
}

/// Reads a spec and checks what needs nothing but the spec. `None` when it cannot be used; the sink says why.
pub fn parse(sources: &Sources, file: FileId, sink: &mut Sink) -> Option<Spec> {
    let node = crate::yaml::parse(sources, file, sink)?;
    let spec = if matches!(node.value, Value::Null) { Spec::default() } else { Spec::decode(&node, sink)? };
    check::check(&spec, sink);
    (!sink.has_errors()).then_some(spec)
}
