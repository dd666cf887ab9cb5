//! `distil lock`: makes a file in which everything is pinned, by the tool that does it for the project, whole or not at all.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow};

use super::Input;
use super::run::{Stop, answer, compiler, complain, print, say};
use crate::compile::{Compiler, Locking};
use crate::diag::codes::{self, Code};
use crate::ecosystem::{Locker, Locking as By};

/// Makes the file, or only says whether it would change.
pub(super) fn run(input: &Input, check: bool, upgrade: bool) -> Result<(), Stop> {
    let mut compiler = compiler(input)?;
    let locker = match found(&mut compiler, input)? {
        By::Ours(locker) => locker,
        By::Theirs { problem, help } => return refuse(codes::NOT_OURS_TO_LOCK, &problem, &help),
    };
    let path = &locker.path;
    let file = input.context.join(path);
    let old = match fs::read(&file) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        read => Some(read.with_context(|| format!("`{}` cannot be read", file.display()))?),
    };
    let new = made(&locker, &input.context.join(&locker.folder), old.as_deref(), upgrade)?;
    let text = String::from_utf8_lossy(&new.bytes).into_owned();
    let same = old.as_deref().is_some_and(|old| pins(&String::from_utf8_lossy(old)) == pins(&text));
    if check && !same {
        return refuse(locker.stale, &format!("`{path}` is not what its sources ask for"), "run `distil lock`");
    }
    let count = pins(&text).iter().filter(|line| !line.starts_with([' ', '-'])).count();
    let packages = if count == 1 { "1 package is".to_owned() } else { format!("{count} packages are") };
    if !check && !same {
        new.keep(&file)?;
    }
    let news = if same { "nothing has changed, " } else { "" };
    print(&format!("{path}: {news}{packages} pinned\n"))?;
    match locker.name_it.as_ref().filter(|_| !check) {
        Some(line) => print(&format!("name it in the spec: `{line}`\n")),
        None => Ok(()),
    }
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

/// Runs the tool for a file beside the one that is wanted. Versions of the old one stay where they still fit.
fn made(locker: &Locker, folder: &Path, old: Option<&[u8]>, upgrade: bool) -> Result<Made, Stop> {
    let (parent, name) = locker.output.rsplit_once('/').map_or(("", locker.output.as_str()), |(parent, name)| (parent, name));
    let beside = Path::new(parent).join(format!(".{name}.{}", std::process::id()));
    let mut made = Made { file: folder.join(&beside), bytes: vec![] };
    if let Some(old) = old {
        fs::write(&made.file, old).with_context(|| format!("`{}` cannot be written", made.file.display()))?;
    }
    let (program, words) = locker.words.split_first().ok_or_else(|| anyhow!("there is no command"))?;
    let mut command = Command::new(program);
    command.args(words).arg(locker.output_flag).arg(&beside).args(upgrade.then_some(locker.upgrade)).current_dir(folder);
    command.envs(locker.env.iter().map(|(name, value)| (name, value))).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().map_err(|error| absent(program, &error, locker))?;
    if let Some(mut input) = child.stdin.take() {
        // One that ends without reading says why by itself.
        let _ = input.write_all(locker.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>().as_bytes());
    }
    let ended = child.wait().with_context(|| format!("{program} was lost"))?;
    if !ended.success() {
        return Err(anyhow!("{program} could not pin what is asked for, and nothing was written").into());
    }
    made.bytes = fs::read(&made.file).with_context(|| format!("{program} left no file"))?;
    Ok(made)
}

fn absent(program: &str, error: &std::io::Error, locker: &Locker) -> anyhow::Error {
    if error.kind() != ErrorKind::NotFound {
        return anyhow!("`{program}` cannot be run: {error}");
    }
    let Locker { brings, command, .. } = locker;
    anyhow!("there is no `{program}` on PATH, which does the work\n  help: {brings}\n  help: or run this where it is: `{command}`")
}

/// The lines that say what is installed.
fn pins(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()).collect()
}

fn refuse(code: Code, problem: &str, help: &str) -> Result<(), Stop> {
    say(&format!("error[{code}]: {problem}\n  help: {help}\n"));
    Err(Stop::Refused)
}
