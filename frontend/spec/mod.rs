//! The spec as the user wrote it: every key typed, with its place in the file, nothing resolved yet.
//! The `keys!` table below is the language: decoding, messages, schema and documentation all come from it.
//! Knows nothing of projects, recipes or BuildKit.

mod args;
mod check;
mod copy;
mod edition;
mod image;
mod lint;
mod pattern;
pub mod schema;
mod serve;
mod size_and_proof;
mod start;
mod types;

pub use args::{Arg, ArgKeys, Pattern, is_built_in};
pub(crate) use args::{TAKE_ARGS, words};
pub use copy::{CopyItem, CopySource, OtherCopy, OwnCopy};
pub use edition::Edition;
pub(crate) use lint::warning;
pub use lint::{LintKeys, Named};
pub use serve::{Listens, Serve, ServeKeys};
pub use size_and_proof::{Check, CheckFile, CheckRun, LayerItem, Octal, Prune, PruneKeys, Size};
pub use start::{HttpCheck, StartCheck, StartKeys};
pub use types::{Apt, Base, BeforeStart, Healthcheck, Index, Package, Runtime, Seconds, SecretItem, Ssh, StepItem};

use crate::diag::{Diagnostic, FileId, Place, Sink, Sources, codes};
use crate::ecosystem::keys as ecosystem;
use crate::names::{AbsPath, Port, RelPath, User, Word};
use crate::yaml::written::{Written, written};
use crate::yaml::{Argv, At, Decode, Table, Texts, Value, keys};

keys! {
    /// What a service needs beyond what its project's files say.
    pub struct Spec as "a spec" {
        /// The service's name, for labels and messages. Default: the project's.
        name: Option<At<Word>> = "name", "shop-api";
        /// The recipe that builds it: the name of one that comes with distil, or a file of the project.
        /// Default: the one for the project's manager.
        recipe: Option<At<String>> = "recipe", "ops/recipe.yaml";
        /// The project's folder in the context. Default: the nearest folder at or above the spec's that has a `pyproject.toml` or
        /// a lock; the context itself, where the spec lies elsewhere.
        project: Option<At<RelPath>> = "project", "services/api";
        ..
        /// The keys of single ecosystems.
        ecosystems: ecosystem::Keys;
        /// What the service runs on: `distroless` (no shell, no package manager), `minimal` (nothing but what it needs),
        /// `slim` (Debian), `alpine`, or an image.
        /// Default: `distroless`.
        runtime: Option<At<Runtime>> = "runtime", "slim";
        /// Other images to build in and to run on; digests are welcome.
        base: Option<At<Base>> = "base", "{builder: registry.example.org/python:3.13-trixie}";
        /// Variants of the service. Each is a target, and the first is the default.
        editions: Table<At<Edition>> = "editions", "{simple: {}, full: {extras: [ml], runtime: slim}}";
        /// Build arguments, each with its default: what `--build-arg version=1.2` gives stands for `${version}` in the values of `env`,
        /// `labels`, `build-env` and `options`. `$${` is `${` there.
        args: Option<Table<At<Arg>>> = "args", "{version: dev, tier: {default: test, values: [test, live], help: where it runs}}";
        /// Debian packages for building and for running.
        apt: Option<At<Apt>> = "apt", "{build: [gcc, libpq-dev], runtime: [libpq5]}";
        /// What ships beside the installed packages: files and folders of the project, each at its own place below the working
        /// directory (`src` comes to lie at `/app/src`), or elsewhere below it: `{src: .}` pours what is in `src` into the working
        /// directory itself. Files of an image, of a named build context and of a stage are copied with `from`, `path` and `to`, those of
        /// another spec's image with `spec`.
        /// Default: the project's packages and modules, where it has no build system and nothing of it is named here.
        copy: Option<At<Vec<CopyItem>>> = "copy", "[assets, {src: .}, {from: context://front, path: dist, to: static}]";
        /// Patterns of files that neither reach the build nor the image, on top of the ignore file.
        exclude: Option<Vec<At<String>>> = "exclude", "[\"**/*.ipynb\", notebooks]";
        /// Package indexes besides PyPI. One named `torch` is where `torch: cpu` finds its builds.
        indexes: Option<Vec<At<Index>>> = "indexes", "[{name: corp, url: \"https://pypi.example.org/simple\", secret: corp-login}]";
        /// Secrets that steps which install or build may read, under `/run/secrets`.
        secrets: Option<Vec<At<SecretItem>>> = "secrets", "[license-key, {id: npm, env: NPM_TOKEN}]";
        /// Lets steps that install use the client's ssh agent, for dependencies from git.
        ssh: Option<At<Ssh>> = "ssh", "{known-hosts: ops/known_hosts}";
        /// A secret with the CA bundle that steps which download trust, where the network re-signs TLS.
        /// Without this key a secret named `ca` is used when the client has one.
        ca: Option<At<Word>> = "ca", "corp-ca";
        /// A static site: the folder that it is built in, and how distil's own server serves it. Without a `recipe` it is the one for
        /// sites, and without a `command` the server is what runs.
        serve: Option<At<Serve>> = "serve", "{dir: dist, spa: true, env: [API_URL]}";
        /// Environment variables of the running service.
        env: Option<Table<At<String>>> = "env", "{LOG_LEVEL: info}";
        /// Environment variables of steps that install and build: of the recipe's stages that start from the builder's image.
        build_env: Option<Table<At<String>>> = "build-env", "{SETUPTOOLS_SCM_PRETEND_VERSION: \"1.0\"}";
        /// The directory that the service starts in, and that `copy` copies to. Default: `/app`.
        workdir: Option<At<AbsPath>> = "workdir", "/srv";
        /// Who the service runs as: a number, `uid:gid`, `nonroot` or `root`. Default: `65532`.
        user: Option<At<User>> = "user", "65532";
        /// A program that always runs first, with `command` as its arguments.
        entrypoint: Option<At<Argv>> = "entrypoint", "[python, -m]";
        /// What the service runs: a list of words, or one line that needs no shell.
        /// Default: the project's script, when `[project.scripts]` has exactly one.
        command: Option<At<Argv>> = "command", "[uvicorn, \"api:app\", --host, 0.0.0.0]";
        /// Commands that run one after the other each time a container starts, before the service does, such as migrations: each
        /// a list of words, or a line that needs no shell. One that fails ends the container with its own status.
        before_start: Option<At<BeforeStart>> = "before-start", "[[alembic, upgrade, head]]";
        /// Ports that the service listens on.
        expose: Option<Vec<At<Port>>> = "expose", "[8000]";
        /// Directories for data that outlives a container; the service can write there.
        volumes: Option<Vec<At<AbsPath>>> = "volumes", "[/models]";
        /// How the engine asks whether the service is well; needs no curl and no shell in the image.
        healthcheck: Option<At<Healthcheck>> = "healthcheck", "{http: \":8000/healthz\"}";
        /// Labels of the image.
        labels: Option<Table<At<String>>> = "labels", "{org.opencontainers.image.vendor: Example}";
        /// The signal that asks the service to stop.
        stop_signal: Option<At<Word>> = "stop-signal", "SIGINT";
        /// What is left out of the image; `false` leaves everything in.
        prune: Option<At<Prune>> = "prune", "{tests: false, keep: [\"mypackage/data/**\"]}";
        /// What must hold in the finished image, on top of what always must: every package that imported while it was built
        /// imports, the command is there, and nothing of the build is left.
        check: Option<At<Check>> = "check", "{run: [[shop, --version]], files: [/app/static]}";
        /// The size that the image's files may have together; a larger image is not exported.
        budget: Option<At<Size>> = "budget", "120MB";
        /// Packages that get layers of their own, each alone or several together; all others share the last one.
        /// Default: by the sizes that the lock tells.
        layers: Option<At<Vec<LayerItem>>> = "layers", "[torch, [numpy, scipy]]";
        /// Builds an image for another platform than the engine's by programs of that platform, by emulation, although every package has a
        /// wheel for it. Default: `false`.
        emulate: Option<At<bool>> = "emulate", "true";
        /// Which warnings are left unsaid, and which are errors.
        lint: Option<At<LintKeys>> = "lint", "{allow: {root-user: it binds port 80}, deny: [ships-secret]}";
        /// Further steps at named phases of the recipe.
        steps: Option<Vec<At<StepItem>>> = "steps", "[{phase: assets, run: [python, manage.py, collectstatic], ships: [/app/static]}]";
        /// The recipe's own inputs, each a text or a list of them.
        options: Option<Table<At<Texts>>> = "options", "{workers: \"4\"}";
    }
}

impl Spec {
    /// What of the project's files is copied; nothing where the spec leaves that to the project.
    pub fn own_copies(&self) -> impl Iterator<Item = &OwnCopy> {
        self.copy.iter().flat_map(|c| &c.value).filter_map(|item| match item {
            CopyItem::Own(own) => Some(own),
            CopyItem::Other(_) => None,
        })
    }

    /// What is copied from elsewhere.
    pub fn other_copies(&self) -> impl Iterator<Item = &OtherCopy> {
        self.copy.iter().flat_map(|c| &c.value).filter_map(|item| match item {
            CopyItem::Other(other) => Some(other),
            CopyItem::Own(_) => None,
        })
    }

    /// Whether it says which of the project's files are copied: an empty list says that none are.
    #[must_use]
    pub fn names_own_copies(&self) -> bool {
        self.own_copies().next().is_some() || (self.copy.is_some() && self.other_copies().next().is_none())
    }
}

/// The first line of a Dockerfile: it begins with a base or an argument for one, which no spec does.
fn dockerfile(text: &str, file: FileId) -> Option<Place> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        if !words.is_empty() && !words.starts_with('#') {
            let (first, rest) = words.split_once(' ')?;
            let begins = ["FROM", "ARG"].contains(&first) && !rest.trim_start().starts_with(':');
            return begins.then(|| Place { file, start: at, end: at + line.trim_end().len() });
        }
        at += line.len();
    }
    None
}

/// Reads a spec and checks what needs nothing but the spec; beside it come the keys that it has, as they were written. `None` when
/// it cannot be used; the sink says why.
pub fn parse(sources: &Sources, file: FileId, sink: &mut Sink) -> Option<(Spec, Vec<Written>)> {
    if let Some(place) = dockerfile(&sources.file(file).text, file) {
        let found = Diagnostic::new(codes::NOT_A_SPEC, "this file looks like a Dockerfile, and not like a spec of distil").at(place, "");
        sink.push(found.help("name the spec with `-f distil.yaml`, or take `BUILDKIT_SYNTAX` away to build the Dockerfile"));
        return None;
    }
    let node = crate::yaml::parse(sources, file, sink)?;
    let spec = if matches!(node.value, Value::Null) { Spec::default() } else { Spec::decode(&node, sink)? };
    check::check(&spec, sink);
    spec.args.iter().for_each(|declared| args::elsewhere(&node, declared, sink));
    (!sink.has_errors()).then(|| (spec, written(&node, &Spec::shape())))
}

#[cfg(test)]
mod tests;
