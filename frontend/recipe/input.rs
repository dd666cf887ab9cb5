//! Every input that the program can fill: its name, what it holds, which keys of the spec it comes from and who fills it.
//! The planner sets them by the constants of this table, so that a name that no recipe could declare, or a value of another
//! kind, does not compile.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use crate::diag::{Place, Sink, Sources};
use crate::ecosystem::kind::Ecosystem;
use crate::python::version::PythonVersion;

use super::render::{Given, Input};
use super::{Declared, Found, Kind, Recipe, reads};

/// An input that the program fills with a value of this type.
#[derive(Debug)]
pub(crate) struct Known<T> {
    name: &'static str,
    holds: PhantomData<fn() -> T>,
}

impl<T> Clone for Known<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Known<T> {}

impl<T> Known<T> {
    const fn new(name: &'static str) -> Self {
        Self { name, holds: PhantomData }
    }
}

/// A type of values that a recipe can be given.
pub(crate) trait Holds {
    /// What a recipe declares it as.
    const KIND: Kind;
    /// The value as a recipe has it.
    fn input(self) -> Input;
}

impl Holds for String {
    const KIND: Kind = Kind::String;

    fn input(self) -> Input {
        Input::Text(self)
    }
}

impl Holds for u32 {
    const KIND: Kind = Kind::String;

    fn input(self) -> Input {
        Input::Text(self.to_string())
    }
}

/// A recipe knows Python by its series: a patch release is in the image's tag and in no path.
impl Holds for PythonVersion {
    const KIND: Kind = Kind::String;

    fn input(self) -> Input {
        Input::Text(self.series())
    }
}

impl Holds for bool {
    const KIND: Kind = Kind::Flag;

    fn input(self) -> Input {
        Input::Flag(self)
    }
}

impl Holds for Vec<String> {
    const KIND: Kind = Kind::List;

    fn input(self) -> Input {
        Input::List(self)
    }
}

impl Holds for Vec<(String, String)> {
    const KIND: Kind = Kind::Pairs;

    fn input(self) -> Input {
        Input::Pairs(self)
    }
}

/// When an input is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Always: from the spec, or by a default.
    Spec,
    /// Where the recipe reads the facts of a Python project.
    Python,
    /// Where uv locks that project.
    Uv,
    /// Where Poetry's or pip's files do.
    Files,
}

impl By {
    /// The ecosystem whose projects fill it.
    pub(crate) fn ecosystem(self) -> Option<Ecosystem> {
        match self {
            Self::Spec => None,
            Self::Python | Self::Uv | Self::Files => Some(Ecosystem::Python),
        }
    }
}

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// The input's name.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// When it is filled.
    pub(crate) by: By,
    /// The keys of the spec that it comes from, each as the path to it.
    pub(crate) keys: &'static [&'static str],
    /// What it is for, one string a line.
    pub(crate) help: &'static [&'static str],
}

macro_rules! table {
    ($( $(#[doc = $help:literal])* $constant:ident: $type:ty = $name:literal, $by:ident, [$($key:literal),*]; )*) => {
        $( $(#[doc = $help])* pub(crate) const $constant: Known<$type> = Known::new($name); )*

        /// Every input that the program can fill.
        pub(crate) const TABLE: &[Row] = &[
            $( Row { name: $name, kind: <$type as Holds>::KIND, by: By::$by, keys: &[$($key),*], help: &[$($help),*] } ),*
        ];
    };
}

type Pairs = Vec<(String, String)>;

table! {
    /// The project's name.
    PROJECT: String = "project", Spec, ["name"];
    /// The image that everything is built in.
    BUILDER_IMAGE: String = "builder-image", Spec, ["base.builder"];
    /// The image that the service runs on.
    RUNTIME_IMAGE: String = "runtime-image", Spec, ["runtime", "base.runtime"];
    /// The image that has a shell for the debug target.
    DEBUG_IMAGE: String = "debug-image", Spec, [];
    /// The Debian release of builder and runtime, as trixie; `alpine` for Alpine.
    DEBIAN: String = "debian", Spec, [];
    /// `distroless`, `minimal`, `slim`, `alpine` or `image`.
    RUNTIME: String = "runtime", Spec, ["runtime"];
    /// Whether the target has a shell and tools added.
    DEBUG: bool = "debug", Spec, [];
    /// The directory that the service starts in.
    WORKDIR: String = "workdir", Spec, ["workdir"];
    /// The number of the user that the service runs as.
    UID: u32 = "uid", Spec, ["user"];
    /// The number of that user's group.
    GID: u32 = "gid", Spec, ["user"];
    /// Environment variables of the running service.
    ENV: Pairs = "env", Spec, ["env"];
    /// What the service runs, word by word.
    START: Vec<String> = "start", Spec, ["entrypoint", "command"];
    /// Directories that the service can write to.
    VOLUMES: Vec<String> = "volumes", Spec, ["volumes"];
    /// Files of the context that ship beside what is installed.
    COPIES: Pairs = "copies", Spec, ["copy"];
    /// Whether any files ship beside what is installed.
    BESIDE: bool = "beside", Spec, ["copy"];
    /// Debian packages for building.
    APT_BUILD: Vec<String> = "apt-build", Spec, ["apt.build"];
    /// Debian packages for the running service.
    APT_RUNTIME: Vec<String> = "apt-runtime", Spec, ["apt.runtime"];
    /// Secrets that steps may read, under /run/secrets.
    SECRET_FILES: Vec<String> = "secret-files", Spec, ["secrets"];
    /// Secrets that steps have as environment variables, as secret and variable.
    SECRET_VARIABLES: Pairs = "secret-variables", Spec, ["secrets.env"];
    /// The secret that holds the CA bundle for downloads.
    CA: String = "ca", Spec, ["ca"];
    /// Whether the build fails without that secret.
    CA_REQUIRED: bool = "ca-required", Spec, ["ca"];
    /// Whether steps may use the client's ssh agent.
    SSH: bool = "ssh", Spec, ["ssh"];
    /// The file of the context with the host keys to trust.
    KNOWN_HOSTS: String = "known-hosts", Spec, ["ssh.known-hosts"];
    /// Package indexes, as name and address.
    INDEXES: Pairs = "indexes", Spec, ["indexes"];
    /// Secrets with logins, as the index's name in capitals and the secret's name.
    LOGINS: Pairs = "logins", Spec, ["indexes.secret"];
    /// Whether anything is left out by rules.
    PRUNE: bool = "prune", Spec, ["prune"];
    /// Whether programs and libraries lose their debug symbols.
    STRIP: bool = "strip", Spec, ["prune", "prune.strip"];
    /// Which modules are compiled beforehand: `used`, `all` or `none`.
    BYTECODE: String = "bytecode", Spec, ["prune.bytecode"];
    /// Rules that are off unless asked for.
    RULES_ON: Vec<String> = "rules-on", Spec, ["prune.rules", "prune.tests"];
    /// Rules that are not wanted.
    RULES_OFF: Vec<String> = "rules-off", Spec, ["prune.rules", "prune.tests"];
    /// Patterns of files that stay whatever a rule says.
    KEEP: Vec<String> = "keep", Spec, ["prune.keep"];
    /// Patterns of further files that are left out.
    DROP: Vec<String> = "drop", Spec, ["prune.drop"];
    /// AWS services whose data stay; none means all.
    AWS: Vec<String> = "aws", Spec, ["prune.aws"];
    /// Modules that the proof does not import.
    SKIP: Vec<String> = "skip", Spec, ["check.skip"];
    /// Whether what the command loads has to import without what comes at run time.
    STRICT: bool = "strict", Spec, ["check.imports.strict"];
    /// The image that holds the uv program; filled only where the spec says which uv, so it needs a default.
    UV_IMAGE: String = "uv-image", Spec, ["uv"];
    /// The index that has CPU builds of PyTorch; filled only where the spec has an index named `torch`, so it needs a default.
    TORCH_INDEX: String = "torch-index", Uv, [];
    /// The Python series, as 3.13.
    PYTHON: PythonVersion = "python", Python, ["python"];
    /// Whether the project is not installed, so that its modules are found where they are copied to.
    LOOSE: bool = "loose", Python, ["install-project"];
    /// Whether anything of the context is installed as a package.
    PACKAGE: bool = "package", Python, ["install-project"];
    /// Folders of the context that are installed as packages: the project, and what it needs of the workspace.
    LOCALS: Vec<String> = "locals", Python, ["install-project"];
    /// Whether the project itself is among them.
    OWN: bool = "own", Python, ["install-project"];
    /// Distributions that a rule would take and the project requires.
    REQUIRED: Vec<String> = "required", Python, [];
    /// Layers of packages from stable to volatile, as folder and description.
    LAYERS: Pairs = "layers", Python, ["layers"];
    /// Those of them whose bytecode has a layer of its own.
    STABLE_LAYERS: Vec<String> = "stable-layers", Python, ["layers"];
    /// Packages that are in another layer than the last, as package and folder.
    LAYER_PACKAGES: Pairs = "layer-packages", Python, ["layers"];
    /// What is installed, reduced to what changes that, as files by name and text.
    LOCK_FILES: Pairs = "lock-files", Python, ["extras", "groups", "only-groups"];
    /// The folder of the context that uv's lock stands in.
    LOCK_FOLDER: String = "lock-folder", Uv, [];
    /// Where it stands while its packages are installed, so that its paths lead where they do in the context.
    LOCK_PLACE: String = "lock-place", Uv, [];
    /// The member of the workspace that is installed.
    LOCK_PACKAGE: String = "lock-package", Uv, [];
    /// Extras to install.
    EXTRAS: Vec<String> = "extras", Uv, ["extras"];
    /// Dependency groups to install as well.
    GROUPS: Vec<String> = "groups", Uv, ["groups"];
    /// Dependency groups to install instead.
    ONLY_GROUPS: Vec<String> = "only-groups", Uv, ["only-groups"];
    /// Locked packages that are not installed, because another step does.
    WITHOUT: Vec<String> = "without", Uv, [];
    /// CPU builds of PyTorch to install, as name==version.
    TORCH: Vec<String> = "torch", Uv, [];
    /// Those requirement files that have hashes, as name and index.
    HASHED: Pairs = "hashed", Files, [];
    /// Those requirement files that have none, as name and index.
    PLAIN: Pairs = "plain", Files, [];
    /// Folders of the context with files of packages, which a requirement file names.
    WHEEL_FOLDERS: Vec<String> = "wheel-folders", Files, [];
    /// Whether they name every package, so that nothing is to be resolved.
    COMPLETE: bool = "complete", Files, [];
}

/// The row of a name.
pub(crate) fn row(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

impl Declared {
    /// Whether a spec may set it under `options`.
    pub(crate) fn is_option(&self) -> bool {
        self.option || self.default.is_some()
    }

    /// The row by which the program fills it under this name; none for an input of the recipe's own.
    pub(crate) fn filled_by(&self, name: &str) -> Option<&'static Row> {
        row(name).filter(|row| !self.option && self.kind.as_ref().is_some_and(|kind| kind.value == row.kind))
    }

    /// A value of the spec's as the input holds it.
    fn read(&self, option: &Given) -> Given {
        match &option.input {
            Input::Text(text) if self.is_flag() => Given { input: Input::Flag(text == "true"), places: option.places.clone() },
            _ => option.clone(),
        }
    }

    /// Its value where nothing else gives it one.
    pub(super) fn otherwise(&self) -> Option<Given> {
        self.default.as_ref().map(|default| Given { input: Input::Text(default.value.clone()), places: vec![] })
    }

    /// Whether it holds true or false.
    pub(crate) fn is_flag(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.value == Kind::Flag)
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
            Some(By::Spec) => "distil fills it only where the spec asks for another, so give it a `default`".to_owned(),
            Some(By::Python) => "it comes from a Python project, which a recipe with `facts: python` reads".to_owned(),
            Some(By::Uv) => "it comes from a uv.lock, which a recipe with `facts: python` reads".to_owned(),
            Some(By::Files) => "it comes from the lock of Poetry or pip, which a recipe with `facts: python` reads".to_owned(),
            None => "give it a `default`, or `option: true` and a value under `options` in the spec".to_owned(),
        }
    }
}

/// The values for a recipe, as far as the program has any.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    filled: BTreeMap<&'static str, Given>,
    options: BTreeMap<String, Given>,
    read: BTreeMap<String, Given>,
}

impl Inputs {
    /// Fills an input.
    pub(crate) fn set<T: Holds>(&mut self, input: Known<T>, value: T) {
        self.set_at(input, value, vec![]);
    }

    /// Fills a list whose first items have these places.
    pub(crate) fn set_at<T: Holds>(&mut self, input: Known<T>, value: T, places: Vec<Place>) {
        self.filled.insert(input.name, Given { input: value.input(), places });
    }

    /// Sets one of the recipe's own inputs, as the spec says it.
    pub(crate) fn option(&mut self, name: &str, value: &str, place: Place) {
        self.options.insert(name.to_owned(), Given { input: Input::Text(value.to_owned()), places: vec![place] });
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
        let mut names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
