//! Steps that builds run by themselves, with the program mounted from its own image. Not for typing; recipes name them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::names::User;
use crate::refine::prune::Settings;
use crate::refine::python::bytecode::Policy;
use crate::refine::steps::{Ground, Problem, application, environment, prove, report};

use super::run::{Stop, say};

/// A step.
#[derive(Debug, Subcommand)]
pub enum Refine {
    /// Prune, strip and layer the environment, and gather the interpreter and the libraries that it needs
    Environment(Environment),
    /// Gather the project, and compile what the service loads
    Application(Application),
    /// Import every package in the image that imported in the builder
    ProvePackages {
        /// What the environment's step left
        #[arg(long)]
        environment: PathBuf,
    },
    /// Import the project, find its command, and look for what should not be there
    ProveImage {
        /// What the image is put on
        #[arg(long)]
        runtime: String,
        /// What the project's step left
        #[arg(long)]
        application: PathBuf,
        /// What the service runs
        #[arg(last = true)]
        start: Vec<String>,
    },
    /// Import modules
    Imports {
        /// The interpreter
        #[arg(long)]
        python: PathBuf,
        /// The modules
        #[arg(last = true)]
        modules: Vec<String>,
    },
    /// Run a command and look at how it ends
    Run {
        /// The longest that it may take
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// The exit code that it must have
        #[arg(long, default_value_t = 0)]
        exit: i32,
        /// Text that its output must hold; `*` stands for anything
        #[arg(long, allow_hyphen_values = true)]
        matches: Option<String>,
        /// The command
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Look at a file
    File {
        /// It must not be there
        #[arg(long)]
        absent: bool,
        /// The permission bits that it must have, in octal
        #[arg(long)]
        mode: Option<String>,
        /// Who must own it, as `uid:gid`
        #[arg(long, value_parser = user)]
        owner: Option<User>,
        /// Where it is
        path: String,
    },
    /// Weigh the image
    Budget {
        /// The account of the image
        #[arg(long)]
        account: PathBuf,
        /// The most that its files may have together, in bytes
        #[arg(long)]
        limit: u64,
    },
    /// Account for an image
    Report {
        /// The image's files
        #[arg(long)]
        image: PathBuf,
        /// The files of the image that it is put on
        #[arg(long, default_value = "/run/nothing")]
        base: PathBuf,
        /// What the environment's step left
        #[arg(long, default_value = "/run/nothing")]
        environment: PathBuf,
        /// What the project's step left
        #[arg(long, default_value = "/run/nothing")]
        application: PathBuf,
        /// Where the account goes
        #[arg(long)]
        out: PathBuf,
    },
}

/// What the environment's step is asked for.
#[derive(Debug, Args)]
pub struct Environment {
    /// The interpreter's series
    #[arg(long)]
    python: String,
    /// What the image is put on
    #[arg(long)]
    runtime: String,
    /// Who runs the service
    #[arg(long, value_parser = user)]
    user: User,
    /// That user's home
    #[arg(long)]
    home: String,
    /// Leave nothing out
    #[arg(long)]
    no_prune: bool,
    /// Keep debug symbols
    #[arg(long)]
    no_strip: bool,
    /// A rule that is off unless asked for
    #[arg(long, value_name = "RULE")]
    on: Vec<String>,
    /// A rule that is not wanted
    #[arg(long, value_name = "RULE")]
    off: Vec<String>,
    /// A pattern of files that stay
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    keep: Vec<String>,
    /// A pattern of further files that are left out
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    drop: Vec<String>,
    /// An AWS service whose data stay
    #[arg(long, value_name = "SERVICE")]
    aws: Vec<String>,
    /// A module that is not imported
    #[arg(long, value_name = "MODULE")]
    skip: Vec<String>,
    /// A package and its layer
    #[arg(long, value_name = "PACKAGE=LAYER")]
    layer: Vec<String>,
    /// Where the layers go
    #[arg(long)]
    out: PathBuf,
}

/// What the project's step is asked for.
#[derive(Debug, Args)]
pub struct Application {
    /// The interpreter's series
    #[arg(long)]
    python: String,
    /// What the image is put on
    #[arg(long)]
    runtime: String,
    /// Which modules are compiled
    #[arg(long)]
    bytecode: String,
    /// The directory that the service starts in
    #[arg(long)]
    workdir: PathBuf,
    /// A variable of the running service
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// A module that is not imported
    #[arg(long, value_name = "MODULE")]
    skip: Vec<String>,
    /// Keep debug symbols
    #[arg(long)]
    no_strip: bool,
    /// A layer of packages whose bytecode seldom changes
    #[arg(long, value_name = "LAYER")]
    stable: Vec<String>,
    /// Files that ship beside the packages
    #[arg(long, default_value = "/run/nothing")]
    copied: PathBuf,
    /// Where the layers go
    #[arg(long)]
    out: PathBuf,
    /// What the service runs
    #[arg(last = true)]
    start: Vec<String>,
}

/// Where steps find what the recipes mount.
const RUNTIME: &str = "/run/runtime";
const ADDED: &str = "/run/added";
const LAYERS: &str = "/run/environment";

/// Runs a step. What it has to say goes to standard error, which the build's output shows.
pub(super) fn refine(step: &Refine) -> Result<(), Stop> {
    match outcome(step) {
        Ok(lines) => {
            for line in lines {
                say(&format!("{line}\n"));
            }
            Ok(())
        }
        Err(Problem::Wrong(message)) => {
            say(&format!("error: {message}\n"));
            Err(Stop::Refused)
        }
        Err(Problem::Io(error)) => Err(anyhow::Error::from(error).into()),
    }
}

fn outcome(step: &Refine) -> Result<Vec<String>, Problem> {
    match step {
        Refine::Environment(asked) => environment::refine(&asked.request()),
        Refine::Application(asked) => application::finish(&asked.request()?),
        Refine::ProvePackages { environment } => prove::packages(environment),
        Refine::ProveImage { runtime, application, start } => prove::image(runtime, application, start),
        Refine::Imports { python, modules } => prove::imports(python, modules),
        Refine::Run { seconds, exit, matches, command } => prove::run(command, Duration::from_secs(*seconds), *exit, matches.as_deref()),
        Refine::File { absent, mode, owner, path } => {
            let mode = mode.as_ref().map(|m| u32::from_str_radix(m, 8)).transpose().map_err(|e| Problem::Wrong(e.to_string()))?;
            prove::file(path, *absent, mode, *owner)
        }
        Refine::Budget { account, limit } => prove::budget(account, *limit),
        Refine::Report { image, base, environment, application, out } => report::report(&report::Request {
            image: image.clone(),
            base: base.clone(),
            environment: environment.clone(),
            application: application.clone(),
            out: out.clone(),
        }),
    }
}

impl Environment {
    fn request(&self) -> environment::Request {
        let switches = self.on.iter().map(|name| (name.clone(), true)).chain(self.off.iter().map(|name| (name.clone(), false)));
        let settings = Settings {
            switches: switches.collect(),
            keep: self.keep.clone(),
            drop: self.drop.clone(),
            aws: (!self.aws.is_empty()).then(|| self.aws.clone()),
            ..Settings::default()
        };
        environment::Request {
            python: self.python.clone(),
            ground: Ground::of(&self.runtime),
            user: self.user,
            home: self.home.clone(),
            runtime: RUNTIME.into(),
            added: ADDED.into(),
            prune: (!self.no_prune).then_some(settings),
            strip: !self.no_strip,
            skip: self.skip.clone(),
            layers: pairs(&self.layer).collect::<BTreeMap<_, _>>(),
            out: self.out.clone(),
        }
    }
}

impl Application {
    fn request(&self) -> Result<application::Request, Problem> {
        let policy = match self.bytecode.as_str() {
            "used" => Policy::Used,
            "all" => Policy::All,
            "none" => Policy::None,
            other => return Err(Problem::Wrong(format!("`{other}` is none of `used`, `all` and `none`"))),
        };
        Ok(application::Request {
            python: self.python.clone(),
            ground: Ground::of(&self.runtime),
            policy,
            stable: self.stable.clone(),
            environment: LAYERS.into(),
            runtime: RUNTIME.into(),
            copied: self.copied.clone(),
            workdir: self.workdir.clone(),
            env: pairs(&self.env).collect(),
            start: self.start.clone(),
            strip: !self.no_strip,
            skip: self.skip.clone(),
            out: self.out.clone(),
        })
    }
}

fn user(text: &str) -> Result<User, String> {
    text.parse().map_err(|refused: crate::names::Refused| refused.message)
}

fn pairs(words: &[String]) -> impl Iterator<Item = (String, String)> {
    words.iter().filter_map(|word| word.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned()))
}
