//! Runs the command that installs: what it says is passed on as it comes, the end of it is kept to be explained, and when it says
//! nothing for a while, what it is working at is said in its place.

use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::work;

/// How long a build may be silent before it shows that it lives.
const SILENCE: Duration = Duration::from_secs(20);
/// How much of what was said is kept: a compiler's words come at the end.
const MAX_KEPT_OUTPUT: usize = 1 << 20;

/// How a command ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Whether it succeeded.
    pub good: bool,
    /// The end of what it said on both outputs.
    pub tail: String,
}

/// Which output something was said on.
#[derive(Clone, Copy)]
enum Stream {
    Out,
    Error,
}

/// Runs it to its end.
pub(super) fn run(argv: &[String], env: &[(String, String)]) -> io::Result<Ended> {
    let Some((program, words)) = argv.split_first() else { return Err(io::Error::other("there is no command")) };
    let mut command = Command::new(program);
    if std::env::var_os("UV_LOCK_TIMEOUT").is_none() {
        command.env("UV_LOCK_TIMEOUT", super::UV_LOCK_SECONDS);
    }
    command.args(words).envs(env.iter().map(|(n, v)| (n, v))).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| io::Error::other(format!("`{program}` cannot be run: {error}")))?;
    let (sender, said) = channel();
    if let Some(output) = child.stdout.take() {
        pass(output, Stream::Out, sender.clone());
    }
    if let Some(output) = child.stderr.take() {
        pass(output, Stream::Error, sender);
    }
    let (start, mut last) = (Instant::now(), Instant::now());
    let mut tail = vec![];
    loop {
        match said.recv_timeout(SILENCE.saturating_sub(last.elapsed())) {
            Ok((stream, bytes)) => {
                last = Instant::now();
                // Whoever listened is gone: the build goes on, and its end tells.
                let _ = match stream {
                    Stream::Out => io::stdout().write_all(&bytes).and_then(|()| io::stdout().flush()),
                    Stream::Error => io::stderr().write_all(&bytes),
                };
                tail.extend(bytes);
                if tail.len() > 2 * MAX_KEPT_OUTPUT {
                    tail.drain(..tail.len() - MAX_KEPT_OUTPUT);
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                last = Instant::now();
                let _ = writeln!(io::stderr(), "{} s: {}", start.elapsed().as_secs(), work::said(&work::processes("/proc")));
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let good = child.wait()?.success();
    Ok(Ended { good, tail: String::from_utf8_lossy(&tail).into_owned() })
}

/// Sends on what an output says until it is closed.
fn pass(mut output: impl Read + Send + 'static, stream: Stream, sender: Sender<(Stream, Vec<u8>)>) {
    std::thread::spawn(move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(length @ 1..) = output.read(&mut bytes) {
            if sender.send((stream, bytes[..length].to_vec())).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outputs_are_kept_and_the_end_is_told() {
        let sh =
            |script: &str| run(&["/bin/sh".into(), "-c".into(), script.into()], &[("WORD".into(), "two".into())]).expect("there is sh");
        let ended = sh("echo one; echo $WORD >&2; echo $UV_LOCK_TIMEOUT; exit 3");
        assert!(!ended.good && ["one\n", "two\n", "7200\n"].iter().all(|line| ended.tail.contains(line)), "{ended:?}");
        assert!(sh("true").good);
        assert!(run(&["/no/such/program".into()], &[]).is_err_and(|e| e.to_string().contains("/no/such/program")));
    }
}
