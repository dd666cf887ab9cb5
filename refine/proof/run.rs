//! Runs a command in the image and looks at how it ends and what it says. It cannot wait for ever, and it minds no bytes.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Finding;
use crate::diag::codes;

/// How much of each output is kept for matching.
const MAX_OUTPUT: usize = 4 << 20;
/// How long a command that has ended may leave its outputs open, which a child of its own can.
const GRACE: Duration = Duration::from_millis(500);

/// A command, and what is expected of it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// All of its environment.
    pub env: Vec<(String, String)>,
    /// Where it runs.
    pub workdir: String,
    /// The exit code that it should end with.
    pub exit: i32,
    /// A text that its output should hold; `*` stands for anything within the line.
    pub matches: Option<String>,
    /// How long it may take.
    pub limit: Duration,
}

pub(super) type Kept = Arc<Mutex<Vec<u8>>>;

/// Runs a command, and returns what is wrong with it, if anything is. At the end of its time it is killed; children that it leaves behind end with the build step.
#[must_use]
pub fn run(run: &Run) -> Option<Finding> {
    let shown = run.argv.join(" ");
    let wrong = |message: String| Some(Finding::new(codes::FAILED_RUN, &shown, format!("The check ran `{shown}`: {message}")));
    let Some((program, words)) = run.argv.split_first() else {
        return wrong("there is nothing to run. Name a program.".into());
    };
    let mut command = Command::new(program);
    command.args(words).env_clear().envs(run.env.iter().map(|(n, v)| (n, v))).current_dir(&run.workdir).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => {
            let message = format!("it could not be started ({e}). Check the program's name, PATH and `workdir`.");
            return wrong(message);
        }
    };
    let outputs = [child.stdout.take().map(keep), child.stderr.take().map(keep)];
    let until = Instant::now() + run.limit;
    let mut status = None;
    while status.is_none() && Instant::now() < until {
        status = child.try_wait().ok().flatten();
        if status.is_none() {
            thread::sleep(Duration::from_millis(5));
        }
    }
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let [stdout, stderr] = outputs.map(|output| output.map(|(kept, reader)| text(&kept, &reader)).unwrap_or_default());
    judge(run, status, &stdout, &stderr).and_then(wrong)
}

/// What is wrong with how a command ended, if anything is.
fn judge(run: &Run, status: Option<ExitStatus>, stdout: &str, stderr: &str) -> Option<String> {
    let said = [stderr, stdout].into_iter().find_map(|t| t.trim_end().lines().next_back()).unwrap_or("nothing");
    let Some(status) = status else {
        return Some(format!(
            "it had not ended after {} s and was killed; its last words: {said}. Give it more time, or a command that ends.",
            run.limit.as_secs()
        ));
    };
    if status.code() != Some(run.exit) {
        let how =
            status.signal().map_or_else(|| format!("with code {}", status.code().unwrap_or(-1)), |signal| format!("by signal {signal}"));
        return Some(format!("it ended {how}, and {} is expected; its last words: {said}. Correct the service or the check.", run.exit));
    }
    let pattern = run.matches.as_ref()?;
    let found = stdout.lines().chain(stderr.lines()).any(|line| matches(pattern, line));
    (!found).then(|| format!("no line of its output holds `{pattern}`; its last words: {said}. Correct the service or the check."))
}

/// Whether a line holds a pattern, in which `*` stands for anything.
pub(super) fn matches(pattern: &str, line: &str) -> bool {
    let mut rest = line;
    pattern.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

/// Reads an output to its end in a thread of its own.
pub(super) fn keep(mut from: impl Read + Send + 'static) -> (Kept, JoinHandle<()>) {
    let kept = Kept::default();
    let to = Arc::clone(&kept);
    let reader = thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
            to.extend_from_slice(&buffer[..read]);
            let extra = to.len().saturating_sub(MAX_OUTPUT);
            to.drain(..extra);
        }
    });
    (kept, reader)
}

pub(super) fn text(kept: &Kept, reader: &JoinHandle<()>) -> String {
    let until = Instant::now() + GRACE;
    while !reader.is_finished() && Instant::now() < until {
        thread::sleep(Duration::from_millis(2));
    }
    String::from_utf8_lossy(&kept.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(script: &str) -> Run {
        let argv = ["python3", "-c", script].map(str::to_owned).to_vec();
        let env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
        Run { argv, env, workdir: "/".into(), exit: 0, matches: None, limit: Duration::from_secs(20) }
    }

    fn says(run: &Run) -> String {
        super::run(run).map(|f| f.to_string()).unwrap_or_default()
    }

    #[test]
    fn endings_and_outputs_are_judged() {
        assert_eq!(says(&Run { matches: Some("ver*3.".into()), ..python("print('a\\nversion = 3.13')") }), "");
        assert!(
            says(&Run { matches: Some("ver*4".into()), ..python("print('version = 3.13')") })
                .starts_with("error[failed-run]: The check ran `python3 -c print('version = 3.13')`: no line of its output holds `ver*4`")
        );
        assert_eq!(says(&Run { exit: 3, ..python("raise SystemExit(3)") }), "");
        assert!(
            says(&python("import sys; sys.exit('no database')"))
                .contains("ended with code 1, and 0 is expected; its last words: no database")
        );
        assert!(says(&python("import os; os.kill(os.getpid(), 9)")).contains("by signal 9"));
        assert!(says(&Run { argv: vec!["nowhere".into()], ..python("") }).contains("could not be started"));
        assert!(says(&Run { argv: vec![], ..python("") }).contains("nothing to run"));
    }

    #[test]
    fn nothing_makes_it_wait_or_panic() {
        let begin = Instant::now();
        let sleeps = Run { limit: Duration::from_secs(1), ..python("print('up', flush=True)\nimport time; time.sleep(600)") };
        assert!(says(&sleeps).contains("had not ended after 1 s"));
        let forks = python("import os, time\nif not os.fork(): time.sleep(5)");
        assert_eq!(says(&forks), "");
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert_eq!(says(&python("import os\nfor i in range(3000): os.write(1, b'\\xff\\xfe %d\\n' % i)")), "");
    }
}
