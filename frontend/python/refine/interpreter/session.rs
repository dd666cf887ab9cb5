//! One run of a script: a mark and a list go in on its standard input, frames come back on its standard output, each with the
//! mark and its length before it. What it says otherwise is kept for messages, and what lies between frames is none: a module
//! that prints, before the script begins or later, is not heard. Nothing in here can wait for ever.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::spent::Spent;
use crate::diag::plain;

/// How much of what a script says is kept.
const MAX_KEPT_OUTPUT: usize = 16 * 1024;
/// The longest frame that is believed.
const MAX_FRAME: usize = 256 << 20;
/// How long a process that is gone may leave its pipe open, which a child of its own can.
const GRACE: Duration = Duration::from_millis(300);
/// So many times its limit is waited for a script at most, however little of that it got.
const AT_LAST: u32 = 20;

/// A script at work.
pub(super) struct Session {
    child: Child,
    frames: Receiver<Vec<u8>>,
    said: Arc<Mutex<VecDeque<u8>>>,
    listener: JoinHandle<()>,
    spent: Spent,
    /// When what is waited for was begun.
    begun: Instant,
}

/// What came of waiting.
pub(super) enum Next {
    /// An answer.
    Frame(Vec<u8>),
    /// There will be no more.
    End,
    /// None in time.
    Late,
}

impl Session {
    /// Starts a script. The list is handed over by a thread, since the script may not read it.
    pub(super) fn start(mut command: Command, input: Vec<u8>) -> io::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| io::Error::new(e.kind(), format!("{name} cannot be run: {e}")))?;
        let (mut stdin, stdout, mut stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let mark = mark();
        let mut handed = format!("{mark}\n").into_bytes();
        handed.extend(input);
        thread::spawn(move || stdin.as_mut().map(|to| to.write_all(&handed)));
        let (send, frames) = sync_channel(64);
        thread::spawn(move || {
            let mut frames = stdout.map(|from| Frames { from, mark: mark.into_bytes(), read: vec![] });
            while let Some(frame) = frames.as_mut().and_then(Frames::next) {
                if send.send(frame).is_err() {
                    break;
                }
            }
        });
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let keep = Arc::clone(&said);
        let listener = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Some(Ok(read @ 1..)) = stderr.as_mut().map(|from| from.read(&mut buffer)) {
                let mut keep = keep.lock().unwrap_or_else(PoisonError::into_inner);
                keep.extend(&buffer[..read]);
                let extra = keep.len().saturating_sub(MAX_KEPT_OUTPUT);
                keep.drain(..extra);
            }
        });
        let spent = Spent::of(child.id());
        Ok(Self { child, frames, said, listener, spent, begun: Instant::now() })
    }

    /// The next answer, or that there is none. It is late when the script has taken longer for it than that: time in which the
    /// machine was busy with other things is not the script's.
    pub(super) fn next(&mut self, limit: Duration) -> Next {
        self.begin();
        self.further(limit)
    }

    /// From here on counts what the script spends on what comes next.
    pub(super) fn begin(&mut self) {
        (self.spent, self.begun) = (Spent::of(self.child.id()), Instant::now());
    }

    /// What the script has spent since that was said.
    pub(super) fn spent(&mut self) -> Duration {
        let passed = self.begun.elapsed();
        if passed < GRACE { passed } else { self.spent.so_far() }
    }

    /// A further answer to what was begun before.
    pub(super) fn further(&mut self, limit: Duration) -> Next {
        loop {
            match self.frames.recv_timeout(limit.min(GRACE)) {
                Ok(frame) => return Next::Frame(frame),
                Err(RecvTimeoutError::Disconnected) => return Next::End,
                Err(RecvTimeoutError::Timeout) => {
                    if let Ok(Some(_)) = self.child.try_wait() {
                        // What it wrote before it went may still be on its way here.
                        return self.frames.recv_timeout(GRACE).map_or(Next::End, Next::Frame);
                    }
                    if self.spent.so_far() >= limit || self.begun.elapsed() >= limit * AT_LAST {
                        return Next::Late;
                    }
                }
            }
        }
    }

    /// How it ended; it is ended where it does not end by itself.
    pub(super) fn finish(mut self) -> (Option<ExitStatus>, String) {
        let until = Instant::now() + GRACE;
        let mut status = self.child.try_wait().ok().flatten();
        while status.is_none() && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
            status = self.child.try_wait().ok().flatten();
        }
        if status.is_none() {
            self.kill();
        }
        let until = Instant::now() + GRACE;
        while !self.listener.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
        }
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = said.iter().copied().collect();
        (status, plain(String::from_utf8_lossy(&bytes).trim_end()))
    }

    /// Ends it at once.
    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What answers carry in this run, and nobody can know before: 32 hexadecimal digits.
fn mark() -> String {
    format!("{:016x}{:016x}", RandomState::new().hash_one(0), RandomState::new().hash_one(1))
}

/// The frames in what is written.
struct Frames<R> {
    from: R,
    mark: Vec<u8>,
    /// What is read and not looked at yet.
    read: Vec<u8>,
}

impl<R: Read> Frames<R> {
    /// The next one: the mark, four bytes that say how long it is, and so many bytes.
    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let Some(at) = self.read.windows(self.mark.len()).position(|w| w == self.mark) else {
                // The beginning of a mark may be the end of what there is.
                let noise = self.read.len().saturating_sub(self.mark.len() - 1);
                self.read.drain(..noise);
                self.more()?;
                continue;
            };
            self.read.drain(..at + self.mark.len());
            while self.read.len() < 4 {
                self.more()?;
            }
            let length = self.read.drain(..4).rev().fold(0, |length, byte| length << 8 | usize::from(byte));
            if length > MAX_FRAME {
                return None;
            }
            while self.read.len() < length {
                self.more()?;
            }
            return Some(self.read.drain(..length).collect());
        }
    }

    fn more(&mut self) -> Option<()> {
        let mut buffer = [0; 16 * 1024];
        let length = self.from.read(&mut buffer).ok().filter(|length| *length > 0)?;
        self.read.extend_from_slice(&buffer[..length]);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_carries_the_mark_is_a_frame() {
        let one = [b"m4rk".as_slice(), b"\x03\0\0\0", b"one"].concat();
        let two = [b"m4rk".as_slice(), b"\x05\0\0\0", b"m4rk\0"].concat();
        let all = [b"\x1b[31mnoise\x03\0\0\0ok m4rm4", one.as_slice(), b"between m4r", &two, b"after"].concat();
        for step in [1, 7, all.len()] {
            let mut frames = Frames { from: Slow { bytes: &all, step }, mark: b"m4rk".to_vec(), read: vec![] };
            assert_eq!(frames.next().as_deref(), Some(b"one".as_slice()), "{step}");
            assert_eq!(frames.next().as_deref(), Some(b"m4rk\0".as_slice()), "{step}");
            assert_eq!(frames.next(), None);
        }
        let marks = [mark(), mark()];
        assert!(marks[0] != marks[1] && marks.iter().all(|m| m.len() == 32), "{marks:?}");
    }

    /// So many bytes at a time.
    struct Slow<'b> {
        bytes: &'b [u8],
        step: usize,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.step.min(self.bytes.len()).min(buffer.len());
            buffer[..length].copy_from_slice(&self.bytes[..length]);
            self.bytes = &self.bytes[length..];
            Ok(length)
        }
    }
}
