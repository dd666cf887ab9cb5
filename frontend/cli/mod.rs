//! The command line: the same compiler as the gateway's, on files from disk.
//! The only room that prints to the terminal. Exit codes: 0 good, 1 the spec has errors, 2 wrong usage, 70 our bug, 74 the world's failure.

mod cases;
mod explain;
mod files;
mod lock;
mod recipes;
mod refine;
mod run;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

pub use run::run;

/// Turns a small YAML spec of a service into a small, safe, reproducible container image.
///
/// Builds happen in Docker: `docker buildx build -f distil.yaml .` with `# syntax=distil/distil:1` as the spec's first line.
/// The commands here show what such a build will do.
#[derive(Debug, Parser)]
#[command(name = "distil", version, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the spec and the project's files
    Check(Build),
    /// Pin everything that requirement files ask for
    ///
    /// Runs `uv pip compile` for what the spec names under `requirements`, else for requirements.txt, and writes a file for the spec to
    /// name instead; for a file that was made like that, makes it anew of what it was made of. Versions that still fit stay as they are.
    Lock {
        /// Which spec, and whose project
        #[command(flatten)]
        input: Input,
        /// Write nothing, and fail where the file is not what its sources ask for
        #[arg(long, conflicts_with = "upgrade")]
        check: bool,
        /// Take the newest versions that fit
        #[arg(long)]
        upgrade: bool,
    },
    /// Show what will be built, and why
    Plan {
        /// Which spec, and whose project
        #[command(flatten)]
        build: Build,
        /// Print the plan as JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell by the lock alone which packages make an image large
    Sizes {
        /// Which spec, and whose project
        #[command(flatten)]
        build: Build,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell what a build takes, runs and ships, for whoever vouches for it
    Audit {
        /// Which spec, and whose project
        #[command(flatten)]
        build: Build,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a Dockerfile that builds the same image without the frontend
    Dockerfile(Build),
    /// Print the build graph, a JSON object to a line
    Llb(Build),
    /// Print the JSON schema of specs, for completion in editors
    Schema {
        /// Print the reference page instead
        #[arg(long)]
        markdown: bool,
    },
    /// Tell what a message means, why it matters and how to mend it
    Explain {
        /// Its name, which stands in brackets where it is said; without one, all are listed
        name: Option<String>,
    },
    /// List, show, check, test and eject recipes
    #[command(subcommand)]
    Recipes(Recipes),
    /// Steps that builds run by themselves
    #[command(hide = true, disable_help_flag = true)]
    Refine {
        /// The step's name and what it is asked for
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Do nothing: the step that stands between an image and its proofs runs this
    #[command(hide = true)]
    Hold,
    /// Answer BuildKit on standard input and output; this is what the frontend image runs
    #[command(hide = true)]
    Frontend,
}

/// What to do with recipes.
#[derive(Debug, Subcommand)]
pub enum Recipes {
    /// List the recipes that come with distil
    List,
    /// Show a recipe's inputs, stages and phases
    Show {
        /// One that comes with distil, or a file
        name: String,
    },
    /// Check a recipe
    Check {
        /// A file
        name: String,
    },
    /// Run the cases beside a recipe: what its plans have, and what it refuses
    ///
    /// The cases of recipe.yaml are in recipe.cases.yaml.
    Test {
        /// A file
        name: String,
    },
    /// Print a recipe's text, to begin one of your own with
    Eject {
        /// One that comes with distil
        name: String,
    },
}

/// The spec where none is named.
const SPEC: &str = "distil.yaml";

/// Which spec, and whose project.
#[derive(Clone, Debug, Args)]
pub struct Input {
    /// The spec; `distil.yaml` in the project's folder where none is named
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The target: an edition, or `EDITION/debug`
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// The project's folder, as given to `docker buildx build`
    #[arg(default_value = ".", value_name = "FOLDER")]
    pub context: PathBuf,
}

impl Input {
    /// Where the spec is: as with docker, in the project's folder unless it is named.
    pub(crate) fn spec(&self) -> PathBuf {
        let usual = || if self.context == Path::new(".") { PathBuf::from(SPEC) } else { self.context.join(SPEC) };
        self.file.clone().unwrap_or_else(usual)
    }
}

/// A build as it is asked for.
#[derive(Clone, Debug, Args)]
pub struct Build {
    /// Which spec, and whose project
    #[command(flatten)]
    pub input: Input,
    /// A build argument that the spec declares under `args`, as docker takes it; without a value, that of the environment
    #[arg(long, value_name = "NAME=VALUE")]
    pub build_arg: Vec<String>,
    /// A folder that recipes come from, as `context://NAME/FILE` names it in a spec, and as docker takes it
    #[arg(long, value_name = "NAME=FOLDER", value_parser = named_folder)]
    pub build_context: Vec<(String, PathBuf)>,
}

/// A name and the folder that it stands for.
fn named_folder(said: &str) -> Result<(String, PathBuf), String> {
    match said.split_once('=') {
        Some((name, folder)) if !name.is_empty() && !folder.is_empty() => Ok((name.to_owned(), PathBuf::from(folder))),
        _ => Err("write `NAME=FOLDER`, as in `platform=../platform`".to_owned()),
    }
}

impl Build {
    /// The build arguments by their names. One without a value has that of the environment, and is none where that has none.
    pub(crate) fn args(&self) -> impl Iterator<Item = (String, String)> {
        self.build_arg.iter().filter_map(|said| match said.split_once('=') {
            Some((name, value)) => Some((name.to_owned(), value.to_owned())),
            None => Some((said.clone(), std::env::var(said).ok()?)),
        })
    }
}
