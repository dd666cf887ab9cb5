//! A registry of our own on this machine, in memory, that notes what is fetched from it. It takes whole blobs and manifests, as BuildKit
//! sends them, and knows nothing of logins.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use super::index::sha256;

/// The registry, which ends when this is dropped.
pub(super) struct Registry {
    /// `host:port`, which an engine takes for one without TLS.
    pub(super) address: String,
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    /// By digest.
    blobs: BTreeMap<String, Vec<u8>>,
    /// By name and tag or digest; with the type that it was sent as.
    manifests: BTreeMap<String, (String, Vec<u8>)>,
    fetched: Vec<u64>,
}

impl Registry {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("there is a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (state, over) = (Arc::new(Mutex::new(State::default())), Arc::new(AtomicBool::new(false)));
        let (kept, ends) = (Arc::clone(&state), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let state = Arc::clone(&kept);
                if let Ok(stream) = stream {
                    std::thread::spawn(move || answer(&stream, &state));
                }
            }
        });
        Self { address, state, over, thread: Some(thread) }
    }

    /// The bytes of the blobs that were fetched since this was asked before.
    pub(super) fn fetched(&self) -> u64 {
        std::mem::take(&mut lock(&self.state).fetched).into_iter().sum()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Whoever waits for the next client is woken by one.
        let _ = TcpStream::connect(&self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no holder panics")
}

/// Answers one request; `None` where the client is gone.
fn answer(mut stream: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut line, mut length, mut kind) = (String::new(), 0, String::new());
    if reader.read_line(&mut line).is_err() {
        // A client that tries TLS first goes on without when it is answered like this.
        return stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n").ok();
    }
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "content-type" => value.trim().clone_into(&mut kind),
            "expect" => stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (status, headers, content) = respond(method, target, &kind, body, &mut lock(state));
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", content.len());
    stream.write_all(head.as_bytes()).ok()?;
    if method != "HEAD" {
        stream.write_all(&content).ok()?;
    }
    Some(())
}

/// Status, headers and content.
fn respond(method: &str, target: &str, kind: &str, body: Vec<u8>, state: &mut State) -> (&'static str, String, Vec<u8>) {
    let absent = || ("404 Not Found", String::new(), b"{}".to_vec());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path.ends_with("/blobs/uploads/") {
        return ("202 Accepted", format!("Location: {path}one\r\n"), vec![]);
    }
    if path.contains("/blobs/uploads/") {
        let digest = query.split('&').find_map(|pair| pair.strip_prefix("digest=")).unwrap_or_default().replace("%3A", ":");
        assert_eq!(digest, format!("sha256:{}", sha256(&body)), "what arrives is what was sent");
        state.blobs.insert(digest.clone(), body);
        return ("201 Created", format!("Docker-Content-Digest: {digest}\r\n"), vec![]);
    }
    if let Some((_, digest)) = path.split_once("/blobs/") {
        let Some(blob) = state.blobs.get(digest) else { return absent() };
        if method == "GET" {
            state.fetched.push(blob.len() as u64);
        }
        return ("200 OK", format!("Content-Type: application/octet-stream\r\nDocker-Content-Digest: {digest}\r\n"), blob.clone());
    }
    if let Some((name, reference)) = path.split_once("/manifests/") {
        if method == "PUT" {
            let digest = format!("sha256:{}", sha256(&body));
            for reference in [reference, &digest] {
                state.manifests.insert(format!("{name} {reference}"), (kind.to_owned(), body.clone()));
            }
            return ("201 Created", format!("Docker-Content-Digest: {digest}\r\n"), vec![]);
        }
        let Some((kind, manifest)) = state.manifests.get(&format!("{name} {reference}")) else { return absent() };
        let digest = sha256(manifest);
        return ("200 OK", format!("Content-Type: {kind}\r\nDocker-Content-Digest: sha256:{digest}\r\n"), manifest.clone());
    }
    ("200 OK", String::new(), vec![])
}
