//! The inputs that the program fills for any recipe: each with its name, what it holds, and which keys of the spec it comes from;
//! and how a recipe is given those that it declares, the ones of single ecosystems among them.

use std::collections::BTreeMap;

use crate::diag::{Place, Sink, Sources};
use crate::ecosystem::given as ecosystem;
use crate::ecosystem::kind::Ecosystem;
use crate::yaml::Texts;

use super::known::{ALWAYS, By, Holds, Known, Pairs, Row, inputs};
use super::render::Given;
use super::{Declared, Found, Recipe, reads};

/// Inputs that a project's lock fills, whatever it is of.
const LOCKED: By = By { of: Ecosystem::ALL, when: "of what a lock installs", from: "a project's lock" };

inputs! {
    /// The project's name.
    PROJECT: String = "project", ALWAYS, ["name"];
    /// The image that everything is built in.
    BUILDER_IMAGE: String = "builder-image", ALWAYS, ["base.builder"];
    /// The image that the service runs on.
    RUNTIME_IMAGE: String = "runtime-image", ALWAYS, ["runtime", "base.runtime"];
    /// The image that has a shell for the debug target.
    DEBUG_IMAGE: String = "debug-image", ALWAYS, [];
    /// The Debian release of builder and runtime, as trixie; `alpine` for Alpine.
    DEBIAN: String = "debian", ALWAYS, [];
    /// `distroless`, `minimal`, `slim`, `alpine` or `image`.
    RUNTIME: String = "runtime", ALWAYS, ["runtime"];
    /// Whether the target has a shell and tools added.
    DEBUG: bool = "debug", ALWAYS, [];
    /// Whether the target is the one to develop in.
    DEV: bool = "dev", ALWAYS, [];
    /// The directory that the service starts in.
    WORKDIR: String = "workdir", ALWAYS, ["workdir"];
    /// The number of the user that the service runs as.
    UID: u32 = "uid", ALWAYS, ["user"];
    /// The number of that user's group.
    GID: u32 = "gid", ALWAYS, ["user"];
    /// Environment variables of the running service.
    ENV: Pairs = "env", ALWAYS, ["env"];
    /// What the service runs, word by word.
    START: Vec<String> = "start", ALWAYS, ["entrypoint", "command"];
    /// Directories that the service can write to.
    VOLUMES: Vec<String> = "volumes", ALWAYS, ["volumes"];
    /// Files of the context that ship beside what is installed.
    COPIES: Pairs = "copies", ALWAYS, ["copy"];
    /// Whether any files ship beside what is installed.
    BESIDE: bool = "beside", ALWAYS, ["copy"];
    /// The folder that a built site is in.
    SERVE: String = "serve", ALWAYS, ["serve", "serve.dir"];
    /// Whether a site's pages that are no files are answered with its first page.
    SERVE_SPA: bool = "serve-spa", ALWAYS, ["serve.spa"];
    /// Whether a site's pages need no extension.
    SERVE_CLEAN_URLS: bool = "serve-clean-urls", ALWAYS, ["serve.clean-urls"];
    /// Variables that a site's pages get at run time.
    SERVE_ENV: Vec<String> = "serve-env", ALWAYS, ["serve.env"];
    /// Headers of every answer of a site, as name and value.
    SERVE_HEADERS: Pairs = "serve-headers", ALWAYS, ["serve.headers"];
    /// Patterns of a site's files whose names change with their content.
    SERVE_IMMUTABLE: Vec<String> = "serve-immutable", ALWAYS, ["serve.immutable"];
    /// Whether a site's source maps stay.
    SERVE_MAPS: bool = "serve-maps", ALWAYS, ["serve.maps"];
    /// The port that a site's server listens on.
    SERVE_PORT: String = "serve-port", ALWAYS, ["serve.port"];
    /// Debian packages for building.
    APT_BUILD: Vec<String> = "apt-build", ALWAYS, ["apt.build"];
    /// Debian packages for the running service.
    APT_RUNTIME: Vec<String> = "apt-runtime", ALWAYS, ["apt.runtime"];
    /// Secrets that steps may read, under /run/secrets.
    SECRET_FILES: Vec<String> = "secret-files", ALWAYS, ["secrets"];
    /// Secrets that steps have as environment variables, as secret and variable.
    SECRET_VARIABLES: Pairs = "secret-variables", ALWAYS, ["secrets.env"];
    /// The secret that holds the CA bundle for downloads.
    CA: String = "ca", ALWAYS, ["ca"];
    /// Whether the build fails without that secret.
    CA_REQUIRED: bool = "ca-required", ALWAYS, ["ca"];
    /// Whether steps may use the client's ssh agent.
    SSH: bool = "ssh", ALWAYS, ["ssh"];
    /// The file of the context with the host keys to trust.
    KNOWN_HOSTS: String = "known-hosts", ALWAYS, ["ssh.known-hosts"];
    /// Package indexes, as name and address.
    INDEXES: Pairs = "indexes", ALWAYS, ["indexes"];
    /// Secrets with logins, as the index's name in capitals and the secret's name.
    LOGINS: Pairs = "logins", ALWAYS, ["indexes.secret"];
    /// What installers call the platform that is built for, where it is another than the build's and nothing of it is run; else empty.
    CROSS: String = "cross", ALWAYS, [];
    /// Whether anything is left out by rules.
    PRUNE: bool = "prune", ALWAYS, ["prune"];
    /// Whether programs and libraries lose their debug symbols.
    STRIP: bool = "strip", ALWAYS, ["prune", "prune.strip"];
    /// Rules that are off unless asked for.
    RULES_ON: Vec<String> = "rules-on", ALWAYS, ["prune.rules", "prune.tests"];
    /// Rules that are not wanted.
    RULES_OFF: Vec<String> = "rules-off", ALWAYS, ["prune.rules", "prune.tests"];
    /// Patterns of files that stay whatever a rule says.
    KEEP: Vec<String> = "keep", ALWAYS, ["prune.keep"];
    /// Patterns of further files that are left out.
    DROP: Vec<String> = "drop", ALWAYS, ["prune.drop"];
    /// Layers of packages from stable to volatile, as folder and description.
    LAYERS: Pairs = "layers", LOCKED, ["layers"];
    /// Those of them whose bytecode has a layer of its own.
    STABLE_LAYERS: Vec<String> = "stable-layers", LOCKED, ["layers"];
    /// Packages that are in another layer than the last, as package and folder.
    LAYER_PACKAGES: Pairs = "layer-packages", LOCKED, ["layers"];
}

/// What the input `runtime` can be.
pub(crate) const RUNTIMES: &[&str] = &["distroless", "minimal", "slim", "alpine", "image"];

/// The values that an input can have, where they are few: those that it names, those of a flag, and the kinds of runtime.
pub(super) fn values<'d>(name: &str, declared: &'d Declared) -> Option<Vec<&'d str>> {
    let choices = declared.choices();
    match declared.filled_by(name).map(|row| row.name) {
        Some("runtime") => Some(RUNTIMES.to_vec()),
        _ => (!choices.is_empty()).then_some(choices),
    }
}

/// Every input that the program can fill.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().chain(ecosystem::TABLES.iter().copied().flatten())
}

/// The row of a name.
pub(crate) fn row(name: &str) -> Option<&'static Row> {
    rows().find(|row| row.name == name)
}

impl Declared {
    /// The row by which the program fills it under this name; none for an input of the recipe's own.
    pub(crate) fn filled_by(&self, name: &str) -> Option<&'static Row> {
        row(name).filter(|row| !self.option && self.kind.as_ref().is_some_and(|kind| kind.value == row.kind))
    }

    /// Its value where nothing else gives it one.
    pub(super) fn otherwise(&self) -> Option<Given> {
        self.default.as_ref().map(|default| Given { places: vec![], ..self.read(&default.value) })
    }

    /// What is wrong with its type under this name, where the program would fill it with another.
    pub(super) fn other_kind(&self, name: &str) -> Option<String> {
        let (row, kind) = (row(name)?, self.kind.as_ref()?.value);
        (kind != row.kind && !self.is_option())
            .then(|| format!("distil fills the input `{name}` with a {}, and it is declared as a {}", row.kind.word(), kind.word()))
    }

    /// What gives it a value, where nothing does.
    pub(super) fn way(&self, name: &str) -> String {
        match self.filled_by(name).map(|row| row.by) {
            _ if self.option => format!("set it in the spec: `options: {{ {name}: … }}`"),
            Some(by) if by.of.is_empty() => "distil fills it only where the spec asks for another, so give it a `default`".to_owned(),
            Some(by) => format!("it comes from {}, which a recipe with {} reads", by.from, by.facts()),
            None => "give it a `default`, or `option: true` and a value under `options` in the spec".to_owned(),
        }
    }
}

/// The values for a recipe, as far as the program has any.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    filled: BTreeMap<&'static str, Given>,
    options: BTreeMap<String, Texts>,
    read: BTreeMap<String, Given>,
}

impl Inputs {
    /// Fills an input.
    pub(crate) fn set<T: Holds>(&mut self, input: Known<T>, value: T) {
        self.set_at(input, value, vec![]);
    }

    /// Fills a list whose first items have these places.
    pub(crate) fn set_at<T: Holds>(&mut self, input: Known<T>, value: T, places: Vec<Place>) {
        self.filled.insert(input.name(), Given { input: value.input(), places });
    }

    /// Sets one of the recipe's own inputs, as the spec says it.
    pub(crate) fn option(&mut self, name: &str, value: &Texts) {
        self.options.insert(name.to_owned(), value.clone());
    }

    /// Fills what the recipe reads of the project's files. `None` where that is not there or of another kind; the sink says what.
    pub(crate) fn read<'f>(
        &mut self,
        recipe: &Recipe,
        lookup: &dyn Fn(&str) -> Found<'f>,
        sources: &mut Sources,
        sink: &mut Sink,
    ) -> Option<()> {
        self.read = reads::fill(recipe, lookup, sources, sink)?;
        Some(())
    }

    /// What a recipe declares of them, and nothing else; its own defaults where there is nothing.
    pub(crate) fn of(&self, recipe: &Recipe) -> BTreeMap<String, Given> {
        let value = |name: &str, declared: &Declared| match self.options.get(name).filter(|_| declared.is_option()) {
            Some(option) => Some(declared.read(option)),
            None if self.read.contains_key(name) => self.read.get(name).cloned(),
            None => declared.filled_by(name).and_then(|row| self.filled.get(row.name).cloned()).or_else(|| declared.otherwise()),
        };
        recipe.inputs.0.iter().filter_map(|(name, declared)| Some((name.value.clone(), value(&name.value, declared)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_for_two_inputs() {
        let mut names: Vec<&str> = rows().map(|row| row.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
