//! One run of a script: a list goes in on its standard input, frames come back on its standard output, each with its length
//! before it; what it says otherwise is kept for messages. Nothing in here can wait for ever.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How much of what a script says is kept.
const TAIL: usize = 16 * 1024;
/// The longest frame that is believed.
const LONGEST: usize = 256 << 20;
/// How long a process that is gone may leave its pipe open, which a child of its own can.
const GRACE: Duration = Duration::from_millis(300);

/// A script at work.
pub(super) struct Session {
    child: Child,
    frames: Receiver<Vec<u8>>,
    said: Arc<Mutex<VecDeque<u8>>>,
    listener: JoinHandle<()>,
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
        let (mut stdin, mut stdout, mut stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        thread::spawn(move || stdin.as_mut().map(|to| to.write_all(&input)));
        let (send, frames) = sync_channel(64);
        thread::spawn(move || {
            while let Some(frame) = stdout.as_mut().and_then(frame) {
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
                let extra = keep.len().saturating_sub(TAIL);
                keep.drain(..extra);
            }
        });
        Ok(Self { child, frames, said, listener })
    }

    /// The next answer, or that there is none.
    pub(super) fn next(&mut self, limit: Duration) -> Next {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.frames.recv_timeout(left.min(GRACE)) {
                Ok(frame) => return Next::Frame(frame),
                Err(RecvTimeoutError::Disconnected) => return Next::End,
                Err(RecvTimeoutError::Timeout) if left <= GRACE => return Next::Late,
                Err(RecvTimeoutError::Timeout) => {
                    if let Ok(Some(_)) = self.child.try_wait() {
                        // What it wrote before it went may still be on its way here.
                        return self.frames.recv_timeout(GRACE).map_or(Next::End, Next::Frame);
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
        (status, String::from_utf8_lossy(&bytes).trim_end().to_owned())
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

/// One frame: four bytes that say how long it is, and so many bytes.
fn frame(from: &mut impl Read) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let length = usize::try_from(u32::from_le_bytes(length)).ok().filter(|l| *l <= LONGEST)?;
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).ok()?;
    Some(frame)
}
