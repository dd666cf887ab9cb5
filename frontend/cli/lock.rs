//! `distil lock`: makes a file in which everything is pinned, by uv, whole or not at all.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow};

use super::Input;
use super::run::{Stop, answer, compiler, complain, print, say};
use crate::compile::{Compiler, Locking};
use crate::diag::codes::{self, Code};
use crate::python::facts::Locking as By;
use crate::python::locks::pip::Compile;
use crate::spec::Manager;

/// Makes the file, or only says whether it would change.
pub(super) fn run(input: &Input, check: bool, upgrade: bool) -> Result<(), Stop> {
    let mut compiler = compiler(input)?;
    let (compile, is_named) = match found(&mut compiler, input)? {
        By::Pip { compile, is_named } => (compile, is_named),
        By::Manager(manager, folder) => {
            let (lock, command) = match manager {
                Manager::Poetry => ("poetry.lock", "poetry lock"),
                Manager::Uv | Manager::Pip => ("uv.lock", "uv lock"),
            };
            let place = if folder == "." { String::new() } else { format!(" in {folder}") };
            let problem = format!("`{lock}`{place} is {}'s own to write", manager.word());
            return refuse(codes::NOT_OURS_TO_LOCK, &problem, &format!("run `{command}`{place}"));
        }
        By::Tool(path) => {
            let problem = format!("`{path}` was made by a command that is not run from here");
            let help = "run that again; the first lines of the file have it, where its tool writes it there";
            return refuse(codes::NOT_OURS_TO_LOCK, &problem, help);
        }
    };
    let path = compile.path();
    let file = input.context.join(&path);
    let old = match fs::read(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        read => Some(read.with_context(|| format!("`{}` cannot be read", file.display()))?),
    };
    let new = made(&compile, &input.context.join(&compile.folder), old.as_deref(), upgrade)?;
    let text = String::from_utf8_lossy(&new.bytes).into_owned();
    let same = old.as_deref().is_some_and(|old| pins(&String::from_utf8_lossy(old)) == pins(&text));
    if check && !same {
        return refuse(codes::STALE_LOCK, &format!("`{path}` is not what its sources ask for"), "run `distil lock`");
    }
    let count = pins(&text).iter().filter(|line| !line.starts_with([' ', '-'])).count();
    let packages = if count == 1 { "1 package is".to_owned() } else { format!("{count} packages are") };
    if !check && !same {
        new.keep(&file)?;
    }
    let news = if same { "nothing has changed, " } else { "" };
    print(&format!("{path}: {news}{packages} pinned\n"))?;
    if is_named || check { Ok(()) } else { print(&format!("name it in the spec: `requirements: {path}`\n")) }
}

/// What locks the project.
fn found(compiler: &mut Compiler, input: &Input) -> Result<By, Stop> {
    loop {
        match compiler.locking() {
            Locking::Wanted(wanted) => answer(input, &wanted, compiler)?,
            Locking::Found(by, warnings) => {
                complain(&warnings, &compiler.sources);
                return Ok(by);
            }
            Locking::Refused(diagnostics) => {
                complain(&diagnostics, &compiler.sources);
                return Err(Stop::Refused);
            }
        }
    }
}

/// A file beside the one that is to be written; what is not kept is gone.
struct Made {
    file: PathBuf,
    bytes: Vec<u8>,
}

impl Made {
    /// Puts it in the place of the other, in one step.
    fn keep(&self, target: &Path) -> anyhow::Result<()> {
        fs::rename(&self.file, target).with_context(|| format!("`{}` cannot be written", target.display()))
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // It is gone already where it was kept.
        let _ = fs::remove_file(&self.file);
    }
}

/// Runs uv for a file beside the one that is wanted. Versions of the old one stay where they still fit.
fn made(compile: &Compile, folder: &Path, old: Option<&[u8]>, upgrade: bool) -> Result<Made, Stop> {
    let (parent, name) = compile.output.rsplit_once('/').map_or(("", compile.output.as_str()), |(parent, name)| (parent, name));
    let beside = Path::new(parent).join(format!(".{name}.{}", std::process::id()));
    let mut made = Made { file: folder.join(&beside), bytes: vec![] };
    if let Some(old) = old {
        fs::write(&made.file, old).with_context(|| format!("`{}` cannot be written", made.file.display()))?;
    }
    let (program, words) = compile.words.split_first().ok_or_else(|| anyhow!("there is no command"))?;
    let mut command = Command::new(program);
    command.args(words).arg("-o").arg(&beside).args(upgrade.then_some("--upgrade")).current_dir(folder);
    // The head of the file says how it is made, and not where it stood for a moment.
    command.env("UV_CUSTOM_COMPILE_COMMAND", compile.said()).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().map_err(|error| absent(program, &error, compile))?;
    if let Some(mut input) = child.stdin.take() {
        // One that ends without reading says why by itself.
        let _ = input.write_all(compile.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>().as_bytes());
    }
    let ended = child.wait().context("uv was lost")?;
    if !ended.success() {
        return Err(anyhow!("uv could not pin what is asked for, and nothing was written").into());
    }
    made.bytes = fs::read(&made.file).context("uv left no file")?;
    Ok(made)
}

fn absent(program: &str, error: &std::io::Error, compile: &Compile) -> anyhow::Error {
    if error.kind() != ErrorKind::NotFound {
        return anyhow!("`{program}` cannot be run: {error}");
    }
    let command = compile.command();
    anyhow!(
        "there is no `{program}` on PATH, which does the work\n  help: `pip install uv` brings it, and so does https://docs.astral.sh/uv\n  help: or run this where it is: `{command}`"
    )
}

/// The lines that say what is installed.
fn pins(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()).collect()
}

fn refuse(code: Code, problem: &str, help: &str) -> Result<(), Stop> {
    say(&format!("error[{code}]: {problem}\n  help: {help}\n"));
    Err(Stop::Refused)
}
