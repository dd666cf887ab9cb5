//! The server as it ships: the program itself, its sockets, and clients that are slow, torn or hostile.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use distil_serve::table::{File, Table};
use proptest::prelude::*;

/// A server of a site, on a port of its own.
struct Served {
    child: Child,
    port: u16,
    _disk: tempfile::TempDir,
}

const BIG: usize = 24 << 20;

fn served(env: &[(&str, &str)]) -> Served {
    let disk = tempfile::tempdir().expect("a folder");
    let mut table = Table { port: 1, env: vec!["GREETING".into()], ..Table::default() };
    let big = vec![b'x'; BIG];
    for (path, bytes) in [("/index.html", &b"<p>home"[..]), ("/big.bin", &big)] {
        let place = disk.path().join("site/plain").join(path.trim_start_matches('/'));
        std::fs::create_dir_all(disk.path().join("site/plain")).expect("a folder");
        std::fs::write(place, bytes).expect("a file");
        let file = File { media: "text/html".into(), etag: "e".into(), size: bytes.len() as u64, ..File::default() };
        table.files.insert(path.into(), file);
    }
    std::fs::write(disk.path().join("site.json"), serde_json::to_vec(&table).expect("a table")).expect("a file");
    // A port that is free now; another program may take it first, and then the next is tried.
    for _ in 0..20 {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let mut child = start(disk.path()).env("PORT", port.to_string()).envs(env.iter().copied()).spawn().expect("the server is compiled");
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if child.try_wait().expect("it is ours").is_some() {
                break;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Served { child, port, _disk: disk };
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    panic!("the server does not start");
}

fn start(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_distil-serve"));
    command.arg(root).env_clear().stderr(Stdio::piped());
    command
}

impl Served {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time");
        stream
    }

    /// All that comes back until the server ends the connection.
    fn says(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that has refused already need not read on.
        let _ = stream.write_all(request);
        let mut said = vec![];
        let _ = stream.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    }

    fn is_well(&self) {
        let said = self.says(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && said.ends_with("ok\n"), "{said}");
    }

    fn stop(&self) {
        let asked = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        assert!(asked.is_ok_and(|status| status.success()), "the server cannot be asked to stop");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn one_connection_takes_many_requests_also_torn_ones() {
    let served = served(&[("GREETING", "</script>")]);
    let mut stream = served.connect();
    let requests = b"GET / HTTP/1.1\r\nHost: x\r\n\r\nHEAD /big.bin HTTP/1.1\r\nHost: x\r\n\r\nGET /env.js HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for part in requests.chunks(7) {
        stream.write_all(part).unwrap();
        stream.flush().unwrap();
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert_eq!(said.matches("HTTP/1.1 200 OK\r\n").count(), 3, "{said}");
    assert!(said.contains("<p>home") && said.contains(&format!("content-length: {BIG}\r\n")), "{said}");
    assert!(said.contains(r#"window.ENV = Object.freeze({"GREETING":"\u003c/script\u003e"});"#), "{said}");
    served.is_well();
}

#[test]
fn what_is_no_request_is_refused_and_nothing_else_happens() {
    let served = served(&[]);
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(3000));
    for (request, status) in [
        (&b"nonsense\r\n\r\n"[..], "400"),
        (b"GET / HTTP/1.1\r\n\r\n", "400"),
        (b"GET /../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        (b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        (b"GET /..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400"),
        (b"GET /site.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "405"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n", "400"),
        (long.as_bytes(), "4"),
        (many.as_bytes(), "431"),
    ] {
        let mut stream = served.connect();
        let _ = stream.write_all(request);
        let _ = stream.shutdown(Shutdown::Write);
        let mut said = vec![];
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]);
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{shown}: {said}");
        assert!(!said.contains("root:"), "{said}");
    }
    served.is_well();
}

#[test]
fn clients_that_keep_it_waiting_are_left_and_the_others_served() {
    let served = served(&[]);
    // Some that never end their request, one byte a second, and some that never take their answer.
    let mut slow: Vec<TcpStream> = (0..20).map(|_| served.connect()).collect();
    let mut deaf: Vec<TcpStream> = (0..5).map(|_| served.connect()).collect();
    for stream in &mut deaf {
        stream.write_all(b"GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    let begun = Instant::now();
    let mut open = slow.len();
    while open > 0 && begun.elapsed() < Duration::from_secs(25) {
        slow.retain_mut(|stream| stream.write_all(b"G").is_ok());
        open = slow.len();
        served.is_well();
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(open, 0, "the server waits for requests that never end");
    assert!(begun.elapsed() > Duration::from_secs(5), "a client has some time for its request");
    // One that takes its answer slowly gets all of it.
    let mut stream = served.connect();
    stream.write_all(b"GET /big.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut taken = 0;
    let mut part = vec![0; 1 << 20];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(read) => taken += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(taken > BIG, "{taken}");
}

#[test]
fn it_stops_when_asked_and_finishes_what_it_began() {
    let mut served = served(&[]);
    let idle = served.connect();
    let mut stream = served.connect();
    stream.write_all(b"GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 1024];
    stream.read_exact(&mut first).unwrap();
    served.stop();
    let mut rest = vec![];
    stream.read_to_end(&mut rest).unwrap();
    assert!(first.len() + rest.len() > BIG, "{}", rest.len());
    drop(idle);
    let until = Instant::now() + Duration::from_secs(20);
    let status = loop {
        if let Some(status) = served.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < until, "the server does not stop");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(status.success(), "{status}");
    assert!(TcpStream::connect(("127.0.0.1", served.port)).is_err());
}

#[test]
fn a_site_that_is_not_whole_is_not_served() {
    let disk = tempfile::tempdir().unwrap();
    let output = start(disk.path()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("site.json"), "{output:?}");
    std::fs::write(disk.path().join("site.json"), r#"{"port":1,"headers":{},"files":{"/../x":{"type":"a","etag":"b","size":1}}}"#).unwrap();
    assert!(!start(disk.path()).output().unwrap().status.success());
    std::fs::write(disk.path().join("site.json"), r#"{"port":1,"headers":{},"files":{}}"#).unwrap();
    assert!(!start(disk.path()).env("PORT", "many").output().unwrap().status.success());
}

/// Requests of parts that real ones have, in any order and torn anywhere: the server answers or hangs up, and lives.
#[test]
fn no_bytes_bring_it_down() {
    let served = served(&[]);
    let part = prop_oneof![
        Just("GET ".to_owned()),
        Just("HEAD / HTTP/1.1\r\n".to_owned()),
        Just("/".to_owned()),
        Just(" HTTP/1.1\r\n".to_owned()),
        Just("Host: x\r\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("Range: bytes=".to_owned()),
        Just("Transfer-Encoding: chunked\r\n".to_owned()),
        Just("Content-Length: -1\r\n".to_owned()),
        Just("Expect: 100-continue\r\n".to_owned()),
        Just("Upgrade: h2c\r\nConnection: upgrade\r\n".to_owned()),
        Just("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        "[ -~]{0,12}",
        ".{0,6}",
    ];
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(parts in proptest::collection::vec(part, 0..12))| {
        let mut stream = served.connect();
        for part in &parts {
            if stream.write_all(part.as_bytes()).is_err() {
                break;
            }
        }
        let _ = stream.shutdown(Shutdown::Write);
        let mut said = vec![];
        let _ = stream.read_to_end(&mut said);
        prop_assert!(said.is_empty() || said.starts_with(b"HTTP/1."), "{}", String::from_utf8_lossy(&said));
    });
    served.is_well();
}
