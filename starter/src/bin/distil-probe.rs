//! The health check of an image that has nothing to check with: no shell, no interpreter, no client. It asks the service in its
//! own container, and ends with 0 where that is well.
//!
//! `health-check http 127.0.0.1:8000 /healthz`: the service answers with a status below 400. `health-check tcp 127.0.0.1:5432`:
//! it accepts a connection. The host is an address or `localhost`; nothing is looked up. It is in every image that asks for it,
//! so it stays small: no dependency, no resolver, no formatting beyond numbers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How long all of it may take; the engine has a shorter limit of its own.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most of an answer that is read for its status.
const MOST: usize = 65536;
/// From this status on a service is not well.
const BAD: u16 = 400;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let answer = match words[..] {
        ["http", address, path] => http(address, path),
        ["tcp", address] => connect(address, Instant::now() + PATIENCE).map(drop),
        _ => Err(String::from("it is asked as `http HOST:PORT PATH` or `tcp HOST:PORT`")),
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Nobody is left to be told when standard error is closed.
            let _ = std::io::stderr().write_all(["health-check: ", &problem, "\n"].concat().as_bytes());
            ExitCode::FAILURE
        }
    }
}

/// Asks for a path, and looks at the status of the answer.
fn http(address: &str, path: &str) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    let mut stream = connect(address, until)?;
    let request = ["GET ", path, " HTTP/1.1\r\nHost: ", address, "\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"].concat();
    stream.write_all(request.as_bytes()).map_err(|error| told(address, &error))?;
    let (mut answer, mut part) = (vec![], [0; 1024]);
    loop {
        match status(&answer) {
            Status::Final(status) if status < BAD => return Ok(()),
            Status::Final(status) => return Err([address, path, " answers with status ", &status.to_string()].concat()),
            Status::Other => return Err([address, " does not answer in HTTP"].concat()),
            Status::Unknown if answer.len() > MOST => return Err([address, " answers without a status"].concat()),
            Status::Unknown => {}
        }
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let read = stream.set_read_timeout(Some(left)).and_then(|()| stream.read(&mut part)).map_err(|error| told(address, &error))?;
        if read == 0 {
            return Err([address, " ends the connection without an answer"].concat());
        }
        answer.extend_from_slice(&part[..read]);
    }
}

/// What is known of an answer's status.
#[derive(Debug, PartialEq, Eq)]
enum Status {
    /// More has to be read.
    Unknown,
    /// This is no HTTP.
    Other,
    /// The status.
    Final(u16),
}

/// The status of what was read so far; one that only announces another is passed over.
fn status(answer: &[u8]) -> Status {
    const START: &[u8] = b"HTTP/1.";
    let known = answer.len().min(START.len());
    if answer[..known] != START[..known] {
        return Status::Other;
    }
    let Some(line) = answer.windows(2).position(|end| end == b"\r\n") else { return Status::Unknown };
    let code = answer[..line].split(|byte| *byte == b' ').nth(1).and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    match code {
        Some(100..=199) => match answer.windows(4).position(|end| end == b"\r\n\r\n") {
            Some(end) => status(&answer[end + 4..]),
            None => Status::Unknown,
        },
        Some(code @ 200..=999) => Status::Final(code),
        _ => Status::Other,
    }
}

/// A connection to the first address that takes one.
fn connect(address: &str, until: Instant) -> Result<TcpStream, String> {
    let mut last = [address, " is not an address: write it as IP:PORT or localhost:PORT"].concat();
    for place in places(address) {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&place, left) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = told(address, &error),
        }
    }
    Err(last)
}

/// What an address may mean.
fn places(address: &str) -> Vec<SocketAddr> {
    let one = |text: &str| text.parse().ok();
    match address.strip_prefix("localhost:") {
        Some(port) => ["127.0.0.1:", "[::1]:"].iter().filter_map(|host| one(&[host, port].concat())).collect(),
        None => one(address).into_iter().collect(),
    }
}

fn told(address: &str, error: &std::io::Error) -> String {
    [address, ": ", &error.to_string()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_soon_as_it_is_there() {
        for (answer, found) in [
            ("", Status::Unknown),
            ("HTT", Status::Unknown),
            ("HTTP/1.1 200 OK", Status::Unknown),
            ("HTTP/1.1 200 OK\r\n", Status::Final(200)),
            ("HTTP/1.0 503\r\n", Status::Final(503)),
            ("HTTP/1.1 100 Continue\r\n", Status::Unknown),
            ("HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 204 None\r\n", Status::Final(204)),
            ("HTTP/1.1 many\r\n", Status::Other),
            ("HTTP/1.1 99\r\n", Status::Other),
            ("SSH-2.0-x\r\n", Status::Other),
        ] {
            assert_eq!(status(answer.as_bytes()), found, "{answer:?}");
        }
    }

    #[test]
    fn localhost_is_both_of_its_addresses_and_other_names_are_none() {
        let said = |address: &str| places(address).iter().map(SocketAddr::to_string).collect::<Vec<_>>();
        assert_eq!(said("localhost:80"), ["127.0.0.1:80", "[::1]:80"]);
        assert_eq!(said("[::1]:9"), ["[::1]:9"]);
        assert_eq!(said("127.0.0.1:8000"), ["127.0.0.1:8000"]);
        for none in ["example.org:80", "127.0.0.1", "localhost", "localhost:x", ":80"] {
            assert_eq!(said(none), [""; 0], "{none}");
        }
    }
}
