//! What each command does with its arguments.

use std::io::{IsTerminal, Write};
use std::path::Path;

use super::{Build, Cli, Command, Input, explain, files, lock, recipes};
use crate::audit;
use crate::compile::{Compiled, Compiler, Progress};
use crate::diag::{Diagnostic, Sources, codes, render};
use crate::emit;
use crate::facts::Wanted;
use crate::plan::{Plan, tree::tree};
use crate::{gateway, spec};
use anyhow::{Context as _, anyhow};

/// The spec has errors.
const REFUSED: u8 = 1;
/// Something outside failed: a file, BuildKit.
const EXIT_IO: u8 = 74;

/// Why a command ends early; both have been told to the user by then.
pub(super) enum Stop {
    Refused,
    World(anyhow::Error),
    /// A step failed over a package, which this exit code tells.
    Blamed(u8),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::World(error)
    }
}

/// Runs a command and returns the exit code.
#[must_use]
pub fn run(cli: &Cli) -> u8 {
    let outcome = match &cli.command {
        Command::Check(build) => check(build),
        Command::Lock { input, check, upgrade } => lock::run(input, *check, *upgrade),
        Command::Plan { build, json } => plan(build, *json),
        Command::Sizes { build, json } => sizes(build, *json),
        Command::Audit { build, json } => audit(build, *json),
        Command::Dockerfile(build) => dockerfile(build),
        Command::Llb(build) => graph(build),
        Command::Schema { markdown } => print(&if *markdown { spec::schema::page() } else { spec::schema::json() }),
        Command::Explain { name } => explain::run(name.as_deref()),
        Command::Recipes(command) => recipes::run(command),
        Command::Refine { words } => super::refine::refine(words),
        Command::Hold => Ok(()),
        Command::Frontend => frontend(),
    };
    match outcome {
        Ok(()) => 0,
        Err(Stop::Refused) => REFUSED,
        Err(Stop::Blamed(code)) => code,
        Err(Stop::World(error)) => {
            say(&format!("error[{}]: {error:#}\n", codes::IO_ERROR));
            EXIT_IO
        }
    }
}

fn check(build: &Build) -> Result<(), Stop> {
    let (plan, _) = compile(build)?;
    let runtime = plan.decisions.iter().find(|d| d.about == "runtime").map_or("", |d| d.value.as_str());
    let what = plan.language.as_ref().map_or_else(String::new, |language| format!("{language} "));
    say(&format!("{}: good ({what}on {runtime})\n", build.input.spec().display()));
    Ok(())
}

fn plan(build: &Build, json: bool) -> Result<(), Stop> {
    let (plan, _) = compile(build)?;
    print(&if json { plan.json() + "\n" } else { tree(&plan) })
}

fn sizes(build: &Build, json: bool) -> Result<(), Stop> {
    let (plan, _) = compile(build)?;
    let (value, text) = crate::plan::sizes::sizes(&plan);
    print(&if json { value.to_string() + "\n" } else { text })
}

fn audit(build: &Build, json: bool) -> Result<(), Stop> {
    let (compiled, sources) = compiled(build)?;
    let audit = audit::of(&compiled, &sources);
    print(&if json { audit::json(&audit) + "\n" } else { audit::text(&audit) })
}

fn dockerfile(build: &Build) -> Result<(), Stop> {
    let (plan, _) = compile(build)?;
    let input = &build.input;
    let mut command = vec!["distil".to_owned(), "dockerfile".to_owned()];
    if let Some(file) = &input.file {
        command.extend(["-f".to_owned(), file.display().to_string()]);
    }
    if let Some(target) = &input.target {
        command.extend(["--target".to_owned(), target.clone()]);
    }
    for (name, value) in build.args() {
        command.extend(["--build-arg".to_owned(), format!("{name}={value}")]);
    }
    for (name, folder) in &build.build_context {
        command.extend(["--build-context".to_owned(), format!("{name}={}", folder.display())]);
    }
    if input.context.as_path() != Path::new(".") {
        command.push(input.context.display().to_string());
    }
    match emit::dockerfile::emit(&plan, &crate::shell::join(&command)) {
        Ok(text) => print(&text),
        Err(unsayable) => {
            complain(&[Diagnostic::new(codes::NO_DOCKERFILE, unsayable.to_string())], &Sources::default());
            Err(Stop::Refused)
        }
    }
}

fn graph(build: &Build) -> Result<(), Stop> {
    let (plan, sources) = compile(build)?;
    print(&emit::lines::graph_lines(&plan, &sources).map_err(anyhow::Error::from)?)
}

/// From the spec's file to the plan, saying what is wrong on the way.
fn compile(build: &Build) -> Result<(Plan, Sources), Stop> {
    let (compiled, sources) = compiled(build)?;
    complain(&compiled.warnings, &sources);
    Ok((compiled.plan, sources))
}

/// The same with what is to be said of it, which is not said.
fn compiled(build: &Build) -> Result<(Box<Compiled>, Sources), Stop> {
    let input = &build.input;
    let mut compiler = compiler(input)?;
    compiler.args(build.args());
    loop {
        match compiler.step() {
            Progress::Wanted(wanted) => answer(input, &wanted, &mut compiler)?,
            Progress::Recipe(address) => {
                let text = files::recipe(&input.context, &address, &build.build_context)?;
                compiler.recipe(&address, text);
            }
            Progress::Compiled(compiled) => return Ok((compiled, compiler.sources)),
            Progress::Refused(diagnostics) => {
                complain(&diagnostics, &compiler.sources);
                return Err(Stop::Refused);
            }
        }
    }
}

/// Reads what is wanted of the project.
pub(super) fn answer(input: &Input, wanted: &Wanted, compiler: &mut Compiler) -> anyhow::Result<()> {
    files::read(&input.context, &input.spec(), wanted, &mut compiler.files)?;
    if wanted.spec {
        compiler.files.found_spec(files::folder_of_spec(&input.context, &input.spec()).into_iter().collect());
    }
    Ok(())
}

/// A compiler of the spec's file.
pub(super) fn compiler(input: &Input) -> anyhow::Result<Compiler> {
    let text = std::fs::read_to_string(input.spec()).map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::NotFound { "\n  help: say where the spec is with `--file`" } else { "" };
        anyhow!("the spec `{}` cannot be read: {error}{hint}", input.spec().display())
    })?;
    Ok(Compiler::new(&input.spec().display().to_string(), &text, input.target.as_deref().unwrap_or_default()))
}

pub(super) fn complain(diagnostics: &[Diagnostic], sources: &Sources) {
    let colour = std::io::stderr().is_terminal() && colours_wanted(std::env::var_os("NO_COLOR").as_deref());
    for diagnostic in diagnostics {
        say(&format!("{}\n\n", render(diagnostic, sources, colour)));
    }
}

/// Whether `NO_COLOR` leaves colours on: it turns them off unless it is empty.
fn colours_wanted(no_color: Option<&std::ffi::OsStr>) -> bool {
    no_color.is_none_or(std::ffi::OsStr::is_empty)
}

/// Where BuildKit puts the definition of the frontend's own image.
const OWN_IMAGE: &str = "/run/config/buildkit/metadata/frontend.bin";

/// Serves one build. BuildKit shows nothing of what is said here; it lands in the daemon's log.
fn frontend() -> Result<(), Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    let outcome = runtime.block_on(async {
        let channel = gateway::stdio::connect().await.context("no connection to BuildKit")?;
        let options = gateway::Options::from_env(text_vars()).with_own_image(std::fs::read(OWN_IMAGE).ok());
        gateway::serve(channel, options).await.map_err(|status| anyhow!("the connection to BuildKit failed: {}", status.message()))
    });
    // Reading standard input cannot be cancelled, so the process is ended while that read still waits.
    runtime.shutdown_background();
    Ok(outcome?)
}

/// The environment as far as it is text: what is not is none of ours, and asking for it as text would panic.
fn text_vars() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

pub(super) fn print(text: &str) -> Result<(), Stop> {
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever reads may have seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other.context("the output cannot be written")?),
    }
}

pub(super) fn say(text: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::{Path, PathBuf};

    use super::super::Input;
    use super::colours_wanted;

    #[test]
    fn colours_are_off_where_the_user_says_so() {
        let wanted = |value: Option<&str>| colours_wanted(value.map(OsStr::new));
        assert_eq!([wanted(None), wanted(Some("")), wanted(Some("1"))], [true, true, false]);
    }

    #[test]
    fn the_spec_is_in_the_projects_folder_unless_it_is_named() {
        let spec = |file: Option<&str>, context: &str| {
            let input = Input { file: file.map(PathBuf::from), target: None, context: context.into() };
            input.spec()
        };
        assert_eq!(spec(None, "."), Path::new("distil.yaml"));
        assert_eq!(spec(None, "services/shop"), Path::new("services/shop/distil.yaml"));
        assert_eq!(spec(Some("other.yaml"), "services/shop"), Path::new("other.yaml"));
    }
}
