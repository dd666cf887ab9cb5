//! Has Node load packages, open native code and find files, some at a time. Whatever they do, print or end, each is told of.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use serde_json::json;

use crate::names::User;

const SCRIPT: &str = include_str!("load.js");
/// So many are loaded by one process: enough that its start counts little, and few enough that they do not get in each other's way.
const BATCH: usize = 25;
/// How long one may take.
const LIMIT: Duration = Duration::from_secs(60);
/// How much is kept of what is said otherwise.
const LAST_WORDS: usize = 4096;

/// Something to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A package: the name by which code in a folder asks for it, and where it is.
    Package {
        /// The name.
        name: String,
        /// The folder of that code.
        from: PathBuf,
        /// Its own folder.
        folder: PathBuf,
    },
    /// A file of native code.
    Addon(PathBuf),
    /// A file as a command names it, which has to be found from a folder.
    File {
        /// The file.
        file: String,
        /// The folder.
        from: PathBuf,
    },
}

/// Why something does not load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    /// What Node says.
    pub(super) why: String,
}

/// Who loads, and where.
#[derive(Clone, Debug)]
pub(super) struct Loader {
    /// The program.
    pub(super) node: PathBuf,
    /// Whom it runs as, where that is somebody else.
    pub(super) user: Option<User>,
}

/// A line of the script's.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Begun { begun: usize },
    Done { done: usize },
    Failed { failed: usize, why: String },
}

impl Loader {
    /// What became of each.
    pub(super) fn load(&self, asked: &[Asked]) -> io::Result<Vec<Result<(), Failed>>> {
        let mut results: Vec<Result<(), Failed>> = vec![];
        while results.len() < asked.len() {
            let end = (results.len() + BATCH).min(asked.len());
            self.batch(&asked[results.len()..end], &mut results)?;
        }
        Ok(results)
    }

    /// Loads until the process ends; at least one is told of.
    fn batch(&self, asked: &[Asked], results: &mut Vec<Result<(), Failed>>) -> io::Result<()> {
        let mark = format!("{:016x} ", RandomState::new().hash_one(asked.len()));
        let mut child = self.spawn()?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let input = json!({ "mark": mark, "asked": asked.iter().map(Asked::json).collect::<Vec<_>>() }).to_string();
        thread::spawn(move || stdin.map(|mut to| to.write_all(input.as_bytes())));
        let words = thread::spawn(move || stderr.map(last_words).unwrap_or_default());
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout?).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                let told = line.strip_prefix(&mark).and_then(|line| serde_json::from_str::<Line>(line).ok());
                if told.is_some_and(|told| send.send(told).is_err()) {
                    break;
                }
            }
            Some(())
        });
        let (before, mut begun, mut late) = (results.len(), None, false);
        while results.len() - before < asked.len() {
            match lines.recv_timeout(LIMIT) {
                Ok(Line::Begun { begun: number }) => begun = Some(number),
                Ok(Line::Done { done }) if done == results.len() - before => results.push(Ok(())),
                Ok(Line::Failed { failed, why }) if failed == results.len() - before => results.push(Err(Failed { why })),
                Ok(Line::Done { .. } | Line::Failed { .. }) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    late = true;
                    break;
                }
            }
        }
        end(&mut child);
        let told = results.len() - before;
        if told == asked.len() {
            return Ok(());
        }
        let words = words.join().unwrap_or_default();
        let said = words.trim_end().lines().next_back().unwrap_or("nothing").to_owned();
        if begun != Some(told) {
            return Err(io::Error::other(format!("{} does not run; its last words: {said}", self.node.display())));
        }
        let why = if late {
            format!("it takes longer than {} s", LIMIT.as_secs())
        } else {
            format!("it ends the process; its last words: {said}")
        };
        results.push(Err(Failed { why }));
        Ok(())
    }

    fn spawn(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.node);
        // Some packages look around where they are loaded: there is nothing to find before and after.
        command.args(["-e", SCRIPT]).current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid).env("HOME", "/tmp").env("NODE_ENV", "production");
        }
        command.spawn().map_err(|error| io::Error::new(error.kind(), format!("{} cannot be run: {error}", self.node.display())))
    }
}

impl Asked {
    fn json(&self) -> serde_json::Value {
        match self {
            Self::Package { name, from, folder } => json!({ "name": name, "from": from, "folder": folder }),
            Self::Addon(path) => json!({ "addon": path }),
            Self::File { file, from } => json!({ "file": file, "from": from }),
        }
    }
}

/// Ends a process with those that it started in its group.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

/// The last of what is said.
fn last_words(mut from: impl Read) -> String {
    let (mut kept, mut buffer) = (VecDeque::new(), [0; 4096]);
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        kept.extend(&buffer[..read]);
        let extra = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..extra);
    }
    String::from_utf8_lossy(kept.make_contiguous()).into_owned()
}
