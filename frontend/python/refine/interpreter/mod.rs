//! The image's own Python at work: which modules import, what the service loads when it starts, and bytecode for it.
//! Scripts go to the interpreter as an argument, so nothing is written; answers come back with a mark that no module knows of.

pub(crate) mod archive;
pub(crate) mod bytecode;
pub(crate) mod imports;
mod marshal;
pub(crate) mod missing;
mod outcome;
pub(crate) mod processes;
pub(crate) mod pyc;
mod session;
mod spent;
pub(crate) mod store;
pub(crate) mod trace;

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::names::User;

pub(crate) use imports::{Broken, Limits, compare, imports, watched};
pub(crate) use missing::Missing;
pub(crate) use outcome::{Outcome, Result};

/// An interpreter, and what it finds around itself when it starts.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    /// The interpreter; the one in `bin` of a virtual environment brings that environment's packages.
    pub program: PathBuf,
    /// The image's environment.
    pub env: Vec<(String, String)>,
    /// The image's working directory.
    pub workdir: PathBuf,
    /// A folder with bytecode, by the paths of sources.
    pub finds: Option<PathBuf>,
    /// Who runs what was installed; `None` is whoever runs this.
    pub user: Option<User>,
}

/// What is always so for a script of ours, whatever the image's environment says.
const SCRIPT_ENVIRONMENT: &[(&str, &str)] =
    &[("HOME", "/tmp"), ("MPLBACKEND", "Agg"), ("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONHASHSEED", "0"), ("PYTHONUTF8", "1")];

/// What a script of ours never sees: there is no network, and a debugger or profiler would only be in the way.
const REMOVED_VARIABLES: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "ftp_proxy",
    "no_proxy",
    "pythonstartup",
    "pythoninspect",
    "pythonbreakpoint",
    "pythonverbose",
    "pythonprofileimporttime",
    "pythonwarnings",
    "pythonoptimize",
];

/// What every script begins with: how it is handed things, and how it answers.
const FRAMES: &str = include_str!("frames.py");

impl Python {
    /// An interpreter without any environment, at work in `/`.
    #[must_use]
    pub(crate) fn new(program: &Path) -> Self {
        Self { program: program.to_owned(), env: vec![], workdir: "/".into(), finds: None, user: None }
    }

    /// A run of a script as the service would be run: with its environment's packages and its variables.
    fn command(&self, script: &str) -> Command {
        let mut command = self.bare(script, &["-s", "-B", "-W", "ignore"]);
        let hidden = |name: &str| REMOVED_VARIABLES.contains(&name.to_ascii_lowercase().as_str());
        command.envs(self.env.iter().filter(|(name, _)| !hidden(name)).map(|(name, value)| (name, value)));
        command.envs(SCRIPT_ENVIRONMENT.iter().copied());
        if let Some(folder) = &self.finds {
            command.env("PYTHONPYCACHEPREFIX", folder);
        }
        if self.workdir.is_dir() {
            command.current_dir(&self.workdir);
        }
        if let Some(user) = self.user {
            // Whoever gives up being root has no other groups either.
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// The answers of a script of ours to what it is handed, so many of them.
    pub(in crate::python::refine) fn answers(&self, script: &str, input: Vec<u8>, count: usize) -> io::Result<Vec<String>> {
        let mut session = session::Session::start(self.command(script), input)?;
        let mut answers = vec![];
        for _ in 0..=count {
            let session::Next::Frame(frame) = session.next(Duration::from_secs(60)) else { return Err(imports::unable(self, session)) };
            answers.push(String::from_utf8_lossy(&frame).into_owned());
        }
        Ok(answers.split_off(1))
    }

    /// A run of a script with nothing but the standard library: the same whatever is installed and set.
    fn plain(&self, script: &str) -> Command {
        let mut command = self.bare(script, &["-s", "-S", "-B", "-W", "ignore"]);
        command.envs(SCRIPT_ENVIRONMENT.iter().copied());
        command
    }

    fn bare(&self, script: &str, flags: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir("/").args(flags).args(["-c", &format!("{FRAMES}\n{script}")]);
        command
    }
}

#[cfg(test)]
pub(in crate::python::refine) mod testing {
    //! Interpreters for tests: `python3` is there wherever these tests run, others where they are installed.

    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::Python;

    /// The real path of the host's interpreter.
    pub(in crate::python::refine) fn python() -> Python {
        let said = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().expect("tests need python3");
        Python::new(Path::new(String::from_utf8_lossy(&said.stdout).trim()))
    }

    /// Every interpreter at hand: the host's, and those that `PYTHONS` lists with colons between.
    pub(in crate::python::refine) fn pythons() -> Vec<Python> {
        let more = std::env::var("PYTHONS").unwrap_or_default();
        let more = more.split(':').filter(|p| !p.is_empty()).map(|p| Python::new(&PathBuf::from(p)));
        std::iter::once(python()).chain(more).collect()
    }
}
