//! The one place that knows which ecosystems there are: every question that a build asks of a project's kind, each an exhaustive
//! match, so that the compiler lists what a further one owes. The rooms that ask know no language.

pub(crate) mod answers;
pub(crate) mod codes;
mod found;
pub(crate) mod given;
pub(crate) mod keys;
pub(crate) mod kind;
pub(crate) mod steps;

use std::collections::BTreeSet;

use crate::diag::codes::Code;
use crate::diag::{Diagnostic, Place, Sink, Sources, codes as messages};
use crate::facts::{Files, Wanted};
use crate::names::{Endpoint, Refused};
use crate::node;
use crate::plan::{Decision, Plan};
use crate::python;
use crate::python::facts::{self, Facts};
use crate::recipe::input::Inputs;
use crate::refine;
use crate::refine::language::Language;
use crate::refine::proof::Finding;
use crate::refine::prune::sets;
use crate::refine::requests;
use crate::refine::sbom::Locked;
use crate::refine::steps::Problem;
use crate::spec::{Check, Spec};

pub(crate) use answers::{Installed, Locker, Locking, Scripts, Ships, Unfit};
pub(crate) use found::{Found, find};
pub(crate) use kind::Ecosystem;

/// A project with what its files say.
#[derive(Clone, Debug)]
pub(crate) enum Project {
    /// One of Python.
    Python(Box<Facts>),
    /// One of Node.
    Node(Box<node::facts::Facts>),
    /// One of no ecosystem: the recipe says all.
    Plain,
}

/// The outcome of looking at the files read so far.
pub(crate) enum Gathered {
    /// All is known.
    Project(Project),
    /// These have to be read first.
    Wanted(Wanted),
    /// The files contradict each other or the spec; the sink says how.
    Refused,
}

/// Looks at the files that the facts of a project are in; for a project of none there are no such files.
pub(crate) fn gather(asked: Option<Ecosystem>, spec: &Spec, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Gathered {
    match asked {
        Some(Ecosystem::Python) => match facts::gather(spec, files, sources, sink) {
            facts::Gathered::Facts(facts) => Gathered::Project(Project::Python(facts)),
            facts::Gathered::Wanted(wanted) => Gathered::Wanted(wanted),
            facts::Gathered::Refused => Gathered::Refused,
        },
        Some(Ecosystem::Node) => match node::facts::gather(spec, files, sources, sink) {
            node::facts::Gathered::Facts(facts) => Gathered::Project(Project::Node(facts)),
            node::facts::Gathered::Wanted(wanted) => Gathered::Wanted(wanted),
            node::facts::Gathered::Refused => Gathered::Refused,
        },
        None => Gathered::Project(Project::Plain),
    }
}

/// By what a project is locked, however much of it is. The error is what is still to be read, or nothing when the sink says why
/// there is no answer.
pub(crate) fn locking(
    asked: Ecosystem,
    spec: &Spec,
    files: &Files,
    sources: &mut Sources,
    sink: &mut Sink,
) -> Result<Locking, Option<Wanted>> {
    match asked {
        Ecosystem::Python => facts::locking(spec, files, sources, sink).map(python::locking),
        Ecosystem::Node => node::facts::locking(spec, files, sink),
    }
}

/// Fills the inputs that a recipe may take of what a spec asks of an ecosystem, whatever the project is.
pub(crate) fn fill(spec: &Spec, inputs: &mut Inputs, sink: &mut Sink) {
    for one in Ecosystem::ALL {
        match one {
            Ecosystem::Python => python::fill(spec, inputs, sink),
            Ecosystem::Node => {}
        }
    }
}

/// Says which folders that a lock names hold no package; returns those files that have to be read first.
pub(crate) fn verify(plan: &Plan, files: &Files, sink: &mut Sink) -> Option<Wanted> {
    Ecosystem::ALL.iter().find_map(|one| match one {
        Ecosystem::Python => python::inputs::locals::verify(&plan.locals, files, sink),
        Ecosystem::Node => None,
    })
}

/// Names of files that tools keep logins in.
pub(crate) fn private_files() -> impl Iterator<Item = &'static str> {
    Ecosystem::ALL.iter().flat_map(|one| match one {
        Ecosystem::Python => python::PRIVATE_FILES.iter().copied(),
        Ecosystem::Node => node::PRIVATE_FILES.iter().copied(),
    })
}

/// The language that an image's packages are looked at with.
pub(crate) fn language() -> &'static dyn Language {
    &python::refine::PythonCode
}

/// Runs a step of the program inside a build, by its words; returns the lines that a person should read.
pub(crate) fn run(words: &[String]) -> Result<Vec<String>, Problem> {
    let refused = |refused: Refused| {
        let help = refused.help.map_or_else(String::new, |help| format!("\n  help: {help}"));
        Finding::new(messages::BAD_STEP, "", refused.message + &help)
    };
    if let Some(request) = requests::Request::read(words) {
        return refine::steps::run(&request.map_err(refused)?, language());
    }
    if let Some(request) = python::steps::Request::read(words) {
        return python::refine::steps::run(&request.map_err(refused)?);
    }
    if let Some(request) = node::steps::Request::read(words) {
        return node::refine::run(&request.map_err(refused)?, language());
    }
    Err(refused(requests::no_step(words.first().map_or("", String::as_str), steps::all())).into())
}

/// Whether a step of the program, by its name, proves that the service's command is there.
pub(crate) fn proves_command(step: &str) -> bool {
    [requests::ProveCommand::STEP.name, python::steps::ProveImage::STEP.name, node::steps::Entry::STEP.name].contains(&step)
}

/// The words of the step that proves a command which runs before the service, with what the proof of the service's own command has, by
/// that one's words. `None` where such a proof looks at the command alone.
pub(crate) fn prove_before(proof: &[String], command: &[String]) -> Option<Vec<String>> {
    python::prove_before(proof, command)
}

impl Project {
    /// What it is of.
    pub(crate) fn ecosystem(&self) -> Option<Ecosystem> {
        match self {
            Self::Python(_) => Some(Ecosystem::Python),
            Self::Node(_) => Some(Ecosystem::Node),
            Self::Plain => None,
        }
    }

    /// The project with all that its files leave open decided.
    pub(crate) fn settled(&self, spec: &Spec, sink: &mut Sink) -> Self {
        match self {
            Self::Python(facts) => Self::Python(Box::new(python::settle::settle(spec, facts, sink))),
            Self::Node(facts) => Self::Node(facts.clone()),
            Self::Plain => Self::Plain,
        }
    }

    /// Adds to a spec what is locked for development.
    pub(crate) fn develop(&self, spec: &mut Spec) {
        match self {
            Self::Python(facts) => python::develop(spec, facts),
            Self::Node(_) | Self::Plain => {}
        }
    }

    /// The recipe that builds it where the spec names none.
    pub(crate) fn recipe(&self) -> &'static str {
        match self {
            Self::Python(facts) => python::inputs::recipe(facts),
            Self::Node(facts) => node::inputs::recipe(facts),
            Self::Plain => "",
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Python(facts) => Some(&facts.project.name),
            Self::Node(facts) => Some(&facts.project.name),
            Self::Plain => None,
        }
    }

    /// What it is, in a few words for the reader.
    pub(crate) fn title(&self) -> Option<String> {
        match self {
            Self::Python(facts) => Some(format!("Python {}", facts.python.version)),
            Self::Node(facts) => Some(format!("Node {}", facts.node.version)),
            Self::Plain => None,
        }
    }

    /// The official image that has its language, of a tag's end.
    pub(crate) fn image(&self, tag: &str) -> Option<String> {
        match self {
            Self::Python(facts) => Some(format!("python:{}-{tag}", facts.python.version)),
            Self::Node(facts) => Some(node::image(facts, tag)),
            Self::Plain => None,
        }
    }

    /// What its files tell of it, as an image's labels.
    pub(crate) fn labels(&self) -> &[(&'static str, String)] {
        match self {
            Self::Python(facts) => &facts.project.about,
            Self::Node(facts) => &facts.project.about,
            Self::Plain => &[],
        }
    }

    /// The programs that it declares.
    pub(crate) fn scripts(&self) -> Scripts<'_> {
        match self {
            Self::Python(facts) => {
                let scripts = &facts.project.scripts[..];
                Scripts { installed: if facts.project.is_package { scripts } else { &[] }, any: !scripts.is_empty() }
            }
            Self::Node(_) | Self::Plain => Scripts::default(),
        }
    }

    /// A command as such a project may have one.
    pub(crate) fn example(&self) -> &'static str {
        match self {
            Self::Python(_) => "[uvicorn, \"api:app\", --host, 0.0.0.0]",
            Self::Node(_) => "[node, server.js]",
            Self::Plain => "[/app/server, --port, \"8000\"]",
        }
    }

    /// Where its files say how it is started in a way that no image can, and why that is none; nothing where they say nothing of it.
    pub(crate) fn other_start(&self) -> Option<(Place, &'static str)> {
        match self {
            Self::Node(facts) => {
                facts.project.start_script().map(|place| (place, "this is no single line of `node …`, and no manager is in the image"))
            }
            Self::Python(_) | Self::Plain => None,
        }
    }

    /// Says what the command names and cannot be in the image.
    pub(crate) fn check_command(&self, spec: &Spec, argv: &[String], place: Option<Place>, workdir: &str, sink: &mut Sink) {
        match self {
            Self::Python(facts) => python::command::check(spec, facts, argv, place, workdir, sink),
            Self::Node(_) => node::check_command(spec, argv, place, sink),
            Self::Plain => {}
        }
    }

    /// What its lock says of what is installed, for a bill of materials.
    pub(crate) fn locked(&self, spec: &Spec) -> Option<Locked> {
        match self {
            Self::Python(facts) => python::locked::locked(spec, facts),
            Self::Node(facts) => Some(node::locked(facts)),
            Self::Plain => None,
        }
    }

    /// Where its packages come from, for an audit.
    pub(crate) fn supplies(&self, spec: &Spec) -> crate::plan::Supplies {
        match self {
            Self::Python(facts) => python::supplies::supplies(spec, facts),
            Self::Node(facts) => node::supplies::supplies(spec, facts),
            Self::Plain => crate::plan::Supplies::default(),
        }
    }

    /// The names of the rules that a spec can turn on and off: the language's own, else those that a recipe can name for any files.
    pub(crate) fn rules(&self) -> Vec<String> {
        match self {
            Self::Python(_) => python::refine::rules().switches().into_iter().map(|(name, _)| name.to_owned()).collect(),
            Self::Node(_) => node::rules(),
            Self::Plain => sets::names().into_iter().map(str::to_owned).collect(),
        }
    }

    /// What ships of it by itself.
    pub(crate) fn ships(&self) -> Ships<'_> {
        match self {
            Self::Python(facts) => Ships { folder: &facts.project.folder, modules: &facts.modules, names: &facts.names },
            Self::Node(facts) => Ships { folder: &facts.project.folder, modules: &facts.ships, names: &facts.names },
            Self::Plain => Ships { folder: ".", modules: &[], names: &[] },
        }
    }

    /// What installers call an architecture, where all that is installed can be installed for it without running anything of it. The error is
    /// what cannot, and where that is said.
    pub(crate) fn crosses(
        &self,
        spec: &Spec,
        architecture: &str,
        debian: &str,
        sources: &Sources,
    ) -> Result<String, (String, Option<Place>)> {
        match self {
            Self::Python(facts) => python::crossing::crosses(spec, facts, architecture, debian, sources),
            Self::Node(_) => Err(("packages of Node may bring native code, which is tried where it runs".to_owned(), None)),
            Self::Plain => Err(("nothing is known of what its steps run".to_owned(), None)),
        }
    }

    /// Fills the inputs that its files give, and tells what is installed; nothing for one that has no lock.
    pub(crate) fn install(&self, spec: &Spec, inputs: &mut Inputs, sink: &mut Sink) -> Result<Option<Installed>, Unfit> {
        match self {
            Self::Python(facts) => python::inputs::install(spec, facts, inputs, sink).map(Some).ok_or(Unfit),
            Self::Node(facts) => Ok(Some(node::inputs::install(spec, facts, inputs, sink))),
            Self::Plain => Ok(None),
        }
    }

    /// The names of indexes that are not for every package; what they are for is filled.
    pub(crate) fn own_indexes<'s>(&self, spec: &'s Spec, inputs: &mut Inputs, sink: &mut Sink) -> BTreeSet<&'s str> {
        match self {
            Self::Python(facts) => python::inputs::own_indexes(spec, facts, inputs, sink),
            Self::Node(_) | Self::Plain => BTreeSet::new(),
        }
    }

    /// Where its files ask for what a step does; nothing for a step that is about the command.
    pub(crate) fn asks_for(&self, argv: &[String], sources: &Sources) -> Option<Place> {
        match self {
            Self::Python(facts) => python::asks_for(facts, argv, sources),
            Self::Node(facts) => node::asks_for(facts, argv, sources),
            Self::Plain => None,
        }
    }

    /// What its files decided.
    pub(crate) fn decisions(&self, spec: &Spec, sources: &Sources) -> Vec<Decision> {
        match self {
            Self::Python(facts) => python::decisions(spec, facts, sources),
            Self::Node(facts) => node::decisions(spec, facts, sources),
            Self::Plain => vec![],
        }
    }

    /// The command by which its interpreter asks an endpoint whether a container is well: for its path, or that it accepts a
    /// connection. Nothing where the image has no interpreter.
    pub(crate) fn asks(&self, endpoint: &Endpoint, path: bool) -> Option<Vec<String>> {
        match self {
            Self::Python(_) => Some(if path { python::health::http(endpoint) } else { python::health::tcp(endpoint) }),
            Self::Node(_) => Some(if path { node::health::http(endpoint) } else { node::health::tcp(endpoint) }),
            Self::Plain => None,
        }
    }

    /// The words of the step that imports, in the image, the modules that a spec names; and where it names them.
    pub(crate) fn imports(&self, check: &Check) -> Option<(Vec<String>, Place)> {
        match self {
            Self::Python(_) => python::imports(check),
            Self::Node(_) | Self::Plain => None,
        }
    }

    /// Whether the spec says that it is not installed, with where it says so.
    pub(crate) fn stays_out(&self, spec: &Spec) -> Option<Place> {
        match self {
            Self::Python(_) => spec.python().install_project.as_ref().filter(|install| !install.value).map(|install| install.place),
            Self::Node(_) | Self::Plain => None,
        }
    }

    /// Why a key of its ecosystem's is of no use for it; nothing where it is of use.
    pub(crate) fn refuses(&self, spec: &Spec, key: &str) -> Option<String> {
        if let (Some(own), Some(manager), "manager") = (self.ecosystem(), &spec.ecosystems.manager, key)
            && found::of_manager(manager.value) != own
        {
            return Some(format!("`{}` installs no {} project, and this is one", manager.value.word(), own.title()));
        }
        match self {
            Self::Python(facts) => python::inputs::refuses(spec, facts, key),
            Self::Node(_) | Self::Plain => None,
        }
    }

    /// The command that its files name, which of their keys does, and where.
    pub(crate) fn command(&self) -> Option<(Vec<String>, &'static str, Place)> {
        match self {
            Self::Node(facts) => facts.project.command.clone(),
            Self::Python(_) | Self::Plain => None,
        }
    }

    /// Whether a build makes files of it that ship, so that a spec may copy what the context has not.
    pub(crate) fn makes_files(&self, spec: &Spec) -> bool {
        match self {
            Self::Node(facts) => node::is_built(spec, facts),
            Self::Python(_) | Self::Plain => false,
        }
    }

    /// What a person should know of it although it builds, each with the message that it has.
    pub(crate) fn lint(&self, spec: &Spec) -> Vec<(Code, Vec<Diagnostic>)> {
        match self {
            Self::Python(facts) => python::lint::lint(spec, facts),
            Self::Node(facts) => node::lint::lint(spec, facts),
            Self::Plain => vec![],
        }
    }
}
