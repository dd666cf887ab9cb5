//! The health check against servers that are well, that are not, and that are not there.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

/// A port that one connection is taken on, which gets this answer; and what was asked.
fn server(answer: &'static [u8]) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = listener.local_addr().expect("it is bound").port();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody asks");
        let mut read = [0; 1024];
        let mut asked = String::new();
        while !asked.ends_with("\r\n\r\n") {
            match stream.read(&mut read) {
                Ok(0) | Err(_) => break,
                Ok(count) => asked.push_str(&String::from_utf8_lossy(&read[..count])),
            }
        }
        // Who has the status already may have gone.
        let _ = stream.write_all(answer);
        asked
    });
    (port, asked)
}

fn probe(words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_distil-probe")).args(words).output().expect("it was compiled");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_service_is_well_by_its_status() {
    for (answer, code, said) in [
        (&b"HTTP/1.1 200 OK\r\n\r\n"[..], 0, ""),
        (b"HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n", 0, ""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 0, ""),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", 1, "/healthz answers with status 404\n"),
        (b"HTTP/1.1 503 Busy\r\n\r\n", 1, "/healthz answers with status 503\n"),
        (b"SSH-2.0-other\r\n", 1, " does not answer in HTTP\n"),
        (b"", 1, " ends the connection without an answer\n"),
    ] {
        let (port, asked) = server(answer);
        let address = format!("127.0.0.1:{port}");
        let expected = if said.is_empty() { String::new() } else { format!("health-check: {address}{said}") };
        assert_eq!(probe(&["http", &address, "/healthz"]), (Some(code), expected));
        let asked = asked.join().expect("it ended well");
        assert!(asked.starts_with(&format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n")), "{asked}");
    }
}

#[test]
fn a_port_is_open_or_not() {
    let (port, asked) = server(b"");
    assert_eq!(probe(&["tcp", &format!("localhost:{port}")]), (Some(0), String::new()));
    asked.join().expect("it ended well");
    let (code, said) = probe(&["tcp", &format!("127.0.0.1:{port}")]);
    assert!(code == Some(1) && said.contains("onnection refused"), "{said}");
    let (code, said) = probe(&["http", "example.org:80", "/"]);
    assert!(code == Some(1) && said.contains("example.org:80 is not an address"), "{said}");
    assert_eq!(probe(&["tcp"]).0, Some(1));
}
