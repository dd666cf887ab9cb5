//! A package index with one wheel on it: a stand-in for the CPU build of PyTorch. The real one is on an index of its own, which not
//! every network reaches, and PyPI's has CUDA in it. The stand-in has the name, the dependencies and about the size of the real
//! wheel, and the same bytes each time, so that a lock can hold its hash. Nothing in it can be left out or made smaller.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The index's address in benches/sets/torch, where the one that is served takes its place.
pub(crate) const PLACEHOLDER: &str = "http://127.0.0.1:8099";
const WHEEL: &str = "torch-2.9.1%2Bcpu-py3-none-any.whl";
const SHA256: &str = "7a30482916a6b243374361a1390bef294d7754361fb158f11e206998609bb9e7";
const INFO: &str = "torch-2.9.1+cpu.dist-info";
/// The libraries and how many bytes each has.
const LIBRARIES: &[(&str, usize)] = &[("libtorch_cpu.so", 118_000_000), ("libtorch_python.so", 16_000_000), ("libc10.so", 1_000_000)];
const MODULE: &str = r#""""Stands in for PyTorch: as large, and as unlikely to shrink."""

from pathlib import Path

import filelock, fsspec, jinja2, networkx, sympy

__version__ = "2.9.1+cpu"


def weights(count):
    """The first bytes of the largest library."""
    with (Path(__file__).parent / "lib" / "libtorch_cpu.so").open("rb") as file:
        return file.read(count)
"#;
const METADATA: &str = "Metadata-Version: 2.1\nName: torch\nVersion: 2.9.1+cpu\nRequires-Dist: filelock\nRequires-Dist: typing-extensions>=4.10.0\n\
    Requires-Dist: sympy>=1.13.3\nRequires-Dist: networkx>=2.5.1\nRequires-Dist: jinja2\nRequires-Dist: fsspec>=0.8.5\n\
    Requires-Dist: setuptools; python_version >= \"3.12\"\n";

/// The index, which ends when this is dropped.
pub(crate) struct Index {
    /// `http://host:port`.
    pub(crate) address: String,
    socket: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Index {
    /// Serves on an address of this machine.
    pub(crate) fn serve(host: &str, port: u16) -> Result<Self, String> {
        let listener = TcpListener::bind((host, port)).map_err(|e| format!("builds do not reach this machine at {host}: {e}"))?;
        let socket = listener.local_addr().map_err(|e| e.to_string())?;
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let wheel = wheel();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                // A client that goes away in the middle is its own affair.
                let _ = stream.and_then(|s| answer(&s, &wheel));
            }
        });
        Ok(Self { address: format!("http://{socket}"), socket, over, thread: Some(thread) })
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // It waits for a client; this is one.
        let _ = TcpStream::connect(self.socket);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Serves until it is interrupted, to lock benches/sets/torch anew.
pub(crate) fn serve_on(port: &str) -> Result<bool, String> {
    let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
    let mut index = Index::serve("127.0.0.1", port)?;
    crate::say(&format!("serving {}", index.address));
    let thread = index.thread.take().expect("it runs");
    thread.join().map(|()| true).map_err(|_| "the index failed".to_owned())
}

fn answer(mut stream: &TcpStream, wheel: &[u8]) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream.take(64_000)).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let mut words = request.split(' ');
    let (is_head, path) = (words.next() == Some("HEAD"), words.next().unwrap_or("/").trim_end_matches('/'));
    let page =
        format!("<!DOCTYPE html><html><body><a href=\"/files/{WHEEL}#sha256={SHA256}\">{}</a></body></html>\n", WHEEL.replace("%2B", "+"));
    let (status, kind, body) = match path {
        "/whl/cpu/torch" => ("200 OK", "text/html", page.as_bytes()),
        file if file.replace('+', "%2B").ends_with(WHEEL) => ("200 OK", "application/octet-stream", wheel),
        _ => ("404 Not Found", "text/plain", &b""[..]),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    if is_head { Ok(()) } else { stream.write_all(body) }
}

fn wheel() -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15;
    let mut files: Vec<_> = LIBRARIES.iter().map(|(name, size)| (format!("torch/lib/{name}"), noise(&mut state, *size))).collect();
    let text = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    files.push(text("torch/__init__.py", MODULE));
    files.push(text(&format!("{INFO}/METADATA"), METADATA));
    files.push(text(&format!("{INFO}/WHEEL"), "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: false\nTag: py3-none-any\n"));
    let record = files.iter().map(|(path, _)| format!("{path},,\n")).collect::<Vec<_>>().concat();
    files.push(text(&format!("{INFO}/RECORD"), &format!("{record}{INFO}/RECORD,,\n")));
    crate::zip::archive(&files)
}

/// Bytes without a pattern (xorshift), the same ones in every run.
fn noise(state: &mut u64, size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}
