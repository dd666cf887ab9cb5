//! How long a service takes from `docker run` to its first answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::engine::Engine;

const PORT: u16 = 8000;
const LONGEST: Duration = Duration::from_secs(60);
/// After which to see whether it has ended.
const SUSPICIOUS: Duration = Duration::from_secs(10);
/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(3);

/// Starts an image with nothing to write to but /tmp, asks it until it answers, and removes it; the seconds that took.
pub(crate) fn start(engine: &mut Engine, image: &str, path: &str) -> Result<f64, String> {
    // The port is chosen here and not by the engine, which could not be asked before the clock runs.
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).map_err(|e| format!("no free port: {e}"))?.port();
    let name = format!("{image}-{port}");
    engine.made(&name);
    let publish = format!("127.0.0.1:{port}:{PORT}");
    let begin = Instant::now();
    engine.docker(&["run", "--detach", "--name", &name, "--read-only", "--tmpfs", "/tmp", "--publish", &publish, image])?;
    let answered = loop {
        match ask(port, path) {
            Some(answer) if answer.split(' ').nth(1) == Some("200") => break Ok(begin.elapsed().as_secs_f64()),
            Some(answer) => break Err(format!("GET {path}: {}", answer.lines().next().unwrap_or_default())),
            None if begin.elapsed() > LONGEST || (begin.elapsed() > SUSPICIOUS && has_ended(engine, &name)) => {
                let said = engine.command().args(["logs", "--tail", "3", &name]).output();
                let said = said.map(|o| String::from_utf8_lossy(&[o.stdout, o.stderr].concat()).into_owned()).unwrap_or_default();
                break Err(format!("does not answer GET {path}: {}", said.trim().replace('\n', "; ")));
            }
            None => std::thread::sleep(PAUSE),
        }
    };
    let removed = engine.docker(&["rm", "--force", "--volumes", &name]);
    removed.and(answered)
}

fn has_ended(engine: &Engine, container: &str) -> bool {
    engine.docker(&["container", "inspect", "--format", "{{ .State.Running }}", container]).is_ok_and(|state| state == "false")
}

/// One request; `None` while nobody answers.
fn ask(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = vec![];
    // A server that closes before everything was read has answered all the same.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.starts_with("HTTP/").then_some(answer)
}
