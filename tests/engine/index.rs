//! A package index of our own, on an address that builds reach: wheels made by hand, served over HTTP, for a login or for anyone.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::docker::{Engine, skipped};
use super::zip;

/// A package in the form that is installed.
#[derive(Clone)]
pub(super) struct Wheel {
    pub(super) name: String,
    pub(super) version: String,
    needs: Vec<String>,
    content: Vec<u8>,
    is_source: bool,
}

impl Wheel {
    /// A package of one module, which runs everywhere.
    pub(super) fn of(name: &str, version: &str, needs: &[&str], code: &str) -> Self {
        Self::with(name, version, needs, &[(&format!("{}.py", name.replace('-', "_")), code)])
    }

    /// A package of these files.
    pub(super) fn bringing(name: &str, version: &str, files: &[(&str, &str)]) -> Self {
        Self::with(name, version, &[], files)
    }

    fn with(name: &str, version: &str, needs: &[&str], files: &[(&str, &str)]) -> Self {
        let module = name.replace('-', "_");
        let info = format!("{module}-{version}.dist-info");
        let mut metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        for need in needs {
            writeln!(metadata, "Requires-Dist: {need}").expect("a string takes everything");
        }
        let own = [
            (format!("{info}/METADATA"), metadata),
            (format!("{info}/WHEEL"), "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned()),
        ];
        let files: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).chain(own).collect();
        let line = |(path, text): &(String, String)| format!("{path},sha256={},{}\n", record_hash(text.as_bytes()), text.len());
        let mut record = files.iter().map(line).collect::<Vec<_>>().concat();
        writeln!(record, "{info}/RECORD,,").expect("a string takes everything");
        let files = files.into_iter().chain([(format!("{info}/RECORD"), record)]);
        let files: Vec<_> = files.map(|(path, text)| (path, text.into_bytes())).collect();
        let needs = needs.iter().map(|n| (*n).to_owned()).collect();
        Self { name: name.to_owned(), version: version.to_owned(), needs, content: zip::archive(&files), is_source: false }
    }

    /// A package of sources, which has to be built where it is installed.
    pub(super) fn source(name: &str, version: &str, files: &[(&str, &str)]) -> Self {
        let top = format!("{name}-{version}");
        let folder = tempfile::tempdir().expect("there is a folder for such things");
        fs::create_dir(folder.path().join(&top)).expect("it is our own");
        let about = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        for (file, text) in files.iter().copied().chain([("PKG-INFO", about.as_str())]) {
            fs::write(folder.path().join(&top).join(file), text).expect("it is our own");
        }
        let packed = Command::new("tar").arg("-C").arg(folder.path()).args(["-czf", "-", &top]).output().expect("there is tar");
        Self { name: name.to_owned(), version: version.to_owned(), needs: vec![], content: packed.stdout, is_source: true }
    }

    /// Its file's name.
    pub(super) fn file(&self) -> String {
        let end = if self.is_source { ".tar.gz" } else { "-py3-none-any.whl" };
        format!("{}-{}{end}", self.name.replace('-', "_"), self.version)
    }

    /// Its file's hash.
    pub(super) fn hash(&self) -> String {
        format!("sha256:{}", sha256(&self.content))
    }

    /// What a uv.lock has of it.
    pub(super) fn locked(&self, index: &str) -> String {
        let needs = self.needs.iter().map(|n| format!("    {{ name = \"{n}\" }},\n")).collect::<Vec<_>>().concat();
        let dependencies = if needs.is_empty() { String::new() } else { format!("dependencies = [\n{needs}]\n") };
        let place = index.rsplit_once('/').map_or(index, |(host, _)| host);
        let file = format!("{{ url = \"{place}/files/{}\", hash = \"{}\", size = {} }}", self.file(), self.hash(), self.content.len());
        let files = if self.is_source { format!("sdist = {file}\n") } else { format!("wheels = [\n    {file},\n]\n") };
        let (name, version) = (&self.name, &self.version);
        format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = {{ registry = \"{index}\" }}\n{dependencies}{files}")
    }
}

/// The index, which ends when this is dropped.
pub(super) struct Index {
    /// `http://host:port`.
    pub(super) address: String,
    host: (String, u16),
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Index {
    /// Serves wheels at `/NAME/PACKAGE/` for each name of an index; `None`, said aloud, where the engine is on another machine.
    pub(super) fn serve(engine: &Engine, login: Option<&str>, indexes: &[(&str, &[Wheel])]) -> Option<Self> {
        let gateway = engine.docker(&["network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]);
        let Ok(listener) = TcpListener::bind((gateway.as_str(), 0)) else {
            skipped("builds do not reach this machine by an address of its own");
            return None;
        };
        let port = listener.local_addr().expect("it is bound").port();
        let expected = login.map(|l| format!("basic {}", base64(l.as_bytes())));
        let indexes: Vec<_> = indexes.iter().map(|(name, wheels)| ((*name).to_owned(), wheels.to_vec())).collect();
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                // A client that goes away in the middle is its own affair.
                let _ = stream.and_then(|s| answer(&s, expected.as_deref(), &indexes));
            }
        });
        Some(Self { address: format!("http://{gateway}:{port}"), host: (gateway, port), over, thread: Some(thread) })
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // It waits for a client; this is one.
        let _ = TcpStream::connect((self.host.0.as_str(), self.host.1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(stream: &TcpStream, login: Option<&str>, indexes: &[(String, Vec<Wheel>)]) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (mut path, mut given) = (String::new(), None);
    for line in BufReader::new(stream.take(64_000)).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if path.is_empty() {
            line.split(' ').nth(1).unwrap_or("/").clone_into(&mut path);
        } else if line.to_ascii_lowercase().starts_with("authorization: basic ") {
            given = Some(format!("basic {}", &line["authorization: basic ".len()..]));
        }
    }
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let wheels = || indexes.iter().flat_map(|(_, wheels)| wheels);
    let (status, kind, body) = match parts[..] {
        _ if login.is_some() && given.as_deref() != login => ("401 Unauthorized", "text/plain", b"no".to_vec()),
        ["files", file] => match wheels().find(|w| w.file() == file.replace("%2B", "+")) {
            Some(wheel) => ("200 OK", "application/octet-stream", wheel.content.clone()),
            None => ("404 Not Found", "text/plain", vec![]),
        },
        [index, package] => {
            let found = indexes.iter().filter(|(name, _)| name == index).flat_map(|(_, wheels)| wheels).filter(|w| w.name == package);
            let link = |w: &Wheel| {
                let file = w.file();
                format!("<a href=\"/files/{}#sha256={}\">{file}</a>\n", file.replace('+', "%2B"), sha256(&w.content))
            };
            let links: String = found.map(link).collect();
            let status = if links.is_empty() { "404 Not Found" } else { "200 OK" };
            (status, "text/html", format!("<!DOCTYPE html><html><body>\n{links}</body></html>\n").into_bytes())
        }
        _ => ("404 Not Found", "text/plain", vec![]),
    };
    let mut stream = stream;
    let length = body.len();
    // As PyPI says of its files, so that clients keep them.
    let cached = if parts[0] == "files" { "Cache-Control: max-age=365000000, immutable, public\r\n" } else { "" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{cached}WWW-Authenticate: Basic realm=\"index\"\r\n\
         Connection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}

/// As a wheel's `RECORD` has it.
fn record_hash(data: &[u8]) -> String {
    base64(&Sha256::digest(data)).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}

/// In hexadecimal.
pub(super) fn sha256(data: &[u8]) -> String {
    Sha256::digest(data).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// With padding.
pub(super) fn base64(data: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in data.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[test]
fn codes_are_right() {
    assert_eq!(["", "f", "fo", "foo", "foob"].map(|t| base64(t.as_bytes())), ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    assert_eq!(sha256(b"")[..8], *"e3b0c442");
}
