//! The values of a spec that are more than a word: runtimes, packages, indexes, secrets, checks, steps.

use crate::diag::{Diagnostic, Sink, codes};
use crate::names::{AbsPath, ImageRef, Refused, RelPath, Word};

pub use crate::names::Seconds;
use crate::yaml::decode::{not_one_of, wrong};
use crate::yaml::{Argv, At, Decode, Node, Shape, Table, Value, keys, scalar};

/// What the service runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// No shell, no package manager; the interpreter comes from the builder.
    Distroless,
    /// Nothing but the interpreter and the libraries that it and the packages need.
    Minimal,
    /// Debian with Python, a shell and little else.
    Slim,
    /// Alpine Linux with musl.
    Alpine,
    /// Any image; the interpreter comes from the builder.
    Image(ImageRef),
}

impl Runtime {
    pub(crate) const WORDS: &[&str] = &["distroless", "minimal", "slim", "alpine"];

    /// Its kind, as recipes ask for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Distroless => Self::WORDS[0],
            Self::Minimal => Self::WORDS[1],
            Self::Slim => Self::WORDS[2],
            Self::Alpine => Self::WORDS[3],
            Self::Image(_) => "image",
        }
    }
}

impl Decode for Runtime {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let word = String::decode(node, sink)?;
        match word.as_str() {
            "distroless" => Some(Self::Distroless),
            "minimal" => Some(Self::Minimal),
            "slim" => Some(Self::Slim),
            "alpine" => Some(Self::Alpine),
            // An image of one's own has a tag, a digest or a folder in its name; anything else is a typo.
            image if image.contains([':', '/', '@']) => ImageRef::decode(node, sink).map(Self::Image),
            _ => not_one_of(node, &word, Self::WORDS, sink),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Choice(Self::WORDS), Shape::Text])
    }
}

keys! {
    /// Images in the place of those that the recipe would take.
    pub struct Base as "`base`" {
        /// What to build in; it needs a shell and Python.
        builder: Option<At<ImageRef>> = "builder", "python:3.13-slim-bookworm";
        /// What to run on.
        runtime: Option<At<ImageRef>> = "runtime", "gcr.io/distroless/cc-debian12:nonroot";
    }
}

keys! {
    /// Debian packages.
    pub struct Apt as "`apt`" {
        /// For steps that install and build.
        build: Vec<At<Package>> = "build", "[gcc, libpq-dev]";
        /// For the running service.
        runtime: Vec<At<Package>> = "runtime", "[libpq5]";
    }
}

/// The name of a Debian package, with a version after `=` where one is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package(pub String);

impl std::str::FromStr for Package {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let name = text.split(['=', ':']).next().unwrap_or_default();
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c);
        let whole = |c: char| c.is_ascii_alphanumeric() || "+-.=:~".contains(c);
        if name.len() < 2 || !name.chars().all(good) || name.starts_with(['+', '-', '.']) || !text.chars().all(whole) {
            return Err(Refused { message: format!("`{text}` is not a Debian package"), help: None });
        }
        Ok(Self(text.to_owned()))
    }
}

scalar!(Package, "a Debian package", codes::BAD_NAME);

keys! {
    /// A package index.
    pub struct Index as "an index" {
        /// Its name, as in the project's own settings where it is named there.
        name: Option<At<Word>> = "name", "corp";
        /// Its address, without a password.
        url: Option<At<String>> = "url", "https://pypi.example.org/simple";
        /// The secret that holds `user:password`, or a token.
        secret: Option<At<Word>> = "secret", "corp-login";
    }
}

/// A secret for steps: its name, or its name and the variable that it appears as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretItem {
    /// The name under which the client has it.
    pub id: String,
    /// The environment variable; without one it is a file, `/run/secrets/ID`.
    pub env: Option<String>,
}

keys! {
    /// A secret's name and variable.
    pub(super) struct SecretKeys as "a secret" {
        /// The name under which the client has it.
        id: Option<At<Word>> = "id", "npm";
        /// The environment variable that it appears as.
        env: Option<At<crate::names::EnvName>> = "env", "NPM_TOKEN";
    }
}

impl Decode for SecretItem {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        if !matches!(node.value, Value::Map(_)) {
            return Word::decode(node, sink).map(|id| Self { id: id.to_string(), env: None });
        }
        let keys = SecretKeys::decode(node, sink)?;
        let Some(id) = keys.id else {
            sink.push(Diagnostic::new(codes::MISSING_KEY, "a secret needs an `id`").at(node.place, ""));
            return None;
        };
        Some(Self { id: id.value.to_string(), env: keys.env.map(|e| e.value.to_string()) })
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, SecretKeys::shape()])
    }
}

keys! {
    /// How steps use ssh.
    pub struct Ssh as "`ssh`" {
        /// A file of the project with the host keys to trust, as ssh writes them.
        /// Default: the published keys of GitHub, GitLab and Bitbucket.
        known_hosts: Option<At<RelPath>> = "known-hosts", "ops/known_hosts";
    }
}

keys! {
    /// How the engine asks whether the service is well; one of `http`, `tcp` and `command` says how.
    pub struct Healthcheck as "`healthcheck`" {
        /// A port and a path to get, as `:8000/healthz`; any answer below 400 is good.
        http: Option<At<String>> = "http", "\":8000/healthz\"";
        /// A port to connect to.
        tcp: Option<At<String>> = "tcp", "\":6379\"";
        /// A command that ends with 0.
        command: Option<At<Argv>> = "command", "[python, -m, shop.health]";
        /// Time between two checks.
        interval: Option<At<Seconds>> = "interval", "30s";
        /// Time that a check may take.
        timeout: Option<At<Seconds>> = "timeout", "5s";
        /// Time in which failures do not count.
        start_period: Option<At<Seconds>> = "start-period", "10s";
        /// Failures in a row that make it unhealthy.
        retries: Option<At<String>> = "retries", "3";
    }
}

keys! {
    /// A further step at a phase of the recipe; one of `run` and `script` says what it does.
    pub struct StepItem as "a step" {
        /// The recipe's phase that it comes after; `distil plan` shows them.
        phase: Option<At<String>> = "phase", "assets";
        /// What the progress display calls it.
        name: Option<At<String>> = "name", "Collect static files";
        /// A program and its arguments, run without a shell.
        run: Option<At<Argv>> = "run", "[python, manage.py, collectstatic, --noinput]";
        /// A shell script.
        script: Option<At<String>> = "script", "python -c 'import shop.models as m; m.download()'";
        /// Environment of this step alone.
        env: Option<Table<At<String>>> = "env", "{DJANGO_SETTINGS_MODULE: shop.settings}";
        /// Whether it has a network. Default: `true`, and `false` at a phase of a proof.
        network: Option<bool> = "network", "false";
        /// Paths in the image that the step writes and that ship.
        ships: Option<Vec<At<AbsPath>>> = "ships", "[/app/static]";
    }
}

/// Commands that run before the service.
#[derive(Clone, Debug, Default)]
pub struct BeforeStart(pub Vec<At<Argv>>);

impl Decode for BeforeStart {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let Value::List(items) = &node.value else { return wrong(node, sink, "a list of commands") };
        let word = |item: &Node| match &item.value {
            Value::Scalar { text, .. } if !text.contains(char::is_whitespace) => Some(text.clone()),
            _ => None,
        };
        // Each would be a command of its own, which nobody means.
        let words: Option<Vec<String>> = items.iter().map(word).collect();
        if let Some(words) = words.filter(|words| words.len() > 1) {
            let found = Diagnostic::new(codes::WRONG_TYPE, "`before-start` is a list of commands, and this reads like the words of one");
            sink.push(found.at(node.place, "").help(format!("write `[[{}]]`", words.join(", "))));
            return None;
        }
        Vec::decode(node, sink).map(Self)
    }

    fn shape() -> Shape {
        Shape::List(Box::new(Argv::shape()))
    }
}
