//! Bytecode that depends on the source, its place in the image and the interpreter, and on nothing else. It is checked against
//! nothing when it is loaded (PEP 552, unchecked hash), so the times of files do not matter.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, thread};

use crate::python::steps::Policy;

use super::imports::unable;
use super::session::{Next, Session};
use super::{Python, marshal};

/// How long one file may take.
const LIMIT: Duration = Duration::from_secs(120);

/// A file to compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// Where it is on this disk.
    pub disk: PathBuf,
    /// Its path in the image, which tracebacks show.
    pub image: String,
    /// Where the bytecode goes on this disk.
    pub output: PathBuf,
}

/// What came of compiling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Files that have bytecode now.
    pub compiled: usize,
    /// Paths in the image of those that do not compile: templates, sources for other Pythons. Sorted.
    pub skipped: Vec<String>,
    /// Bytes written.
    pub bytes: u64,
}

impl Policy {
    /// Whether a source file of the image gets bytecode; `used` holds the paths of those that the service loads.
    #[must_use]
    pub(crate) fn wants(self, path: &str, used: &BTreeSet<String>) -> bool {
        Path::new(path).extension().is_some_and(|e| e == "py")
            && match self {
                Self::None => false,
                Self::Used => used.contains(path),
                Self::All => true,
            }
    }
}

/// Where Python looks for the bytecode of a source file: `a/b.py` and `cpython-313` give `a/__pycache__/b.cpython-313.pyc`.
#[must_use]
pub(crate) fn place(source: &str, tag: &str) -> String {
    let (folder, name) = source.rsplit_once('/').map_or(("", source), |(f, n)| (&source[..=f.len()], n));
    let name = name.strip_suffix(".py").unwrap_or(name);
    format!("{folder}__pycache__/{name}.{tag}.pyc")
}

/// The interpreter's word in the names of bytecode files, as `cpython-313`, and its words for itself.
pub(crate) fn word(python: &Python) -> io::Result<(String, String)> {
    let (_, hello) = begin(python, vec![])?;
    Ok((hello.tag, hello.version))
}

/// Compiles files with so many interpreters at once and writes the bytecode; folders are made where they are missing.
/// An error means that the interpreter does not start or that nothing can be written.
pub(crate) fn compile(python: &Python, sources: &[Source], workers: usize) -> io::Result<Report> {
    let share = sources.len().div_ceil(workers.max(1)).max(1);
    let parts = thread::scope(|scope| {
        let work: Vec<_> = sources.chunks(share).map(|part| scope.spawn(|| compile_part(python, part))).collect();
        work.into_iter().map(|w| w.join().unwrap_or_else(|_| Err(io::Error::other("a worker failed")))).collect::<Vec<_>>()
    });
    let mut report = Report::default();
    for part in parts {
        let part = part?;
        report.compiled += part.compiled;
        report.skipped.extend(part.skipped);
        report.bytes += part.bytes;
    }
    report.skipped.sort();
    Ok(report)
}

/// What an interpreter says of itself before it begins.
struct Hello {
    magic: [u8; 4],
    minor: u32,
    tag: String,
    version: String,
}

fn begin(python: &Python, input: Vec<u8>) -> io::Result<(Session, Hello)> {
    let mut session = Session::start(python.plain(include_str!("bytecode.py")), input)?;
    if let Next::Frame(hello) = session.next(LIMIT)
        && let Some((magic, [minor, words @ ..])) = hello.split_first_chunk::<4>()
        && let Some((tag, version)) = String::from_utf8_lossy(words).split_once('\0')
    {
        let hello = Hello { magic: *magic, minor: u32::from(*minor), tag: tag.to_owned(), version: version.to_owned() };
        return Ok((session, hello));
    }
    Err(unable(python, session))
}

/// Compiles files one after the other; one that ends the compiler, or keeps it for ever, is skipped.
fn compile_part(python: &Python, sources: &[Source]) -> io::Result<Report> {
    let mut report = Report::default();
    let mut rest = sources;
    while !rest.is_empty() {
        let paths = rest.iter().flat_map(|s| [s.disk.as_os_str().as_encoded_bytes(), s.image.as_bytes()]);
        let (mut session, hello) = begin(python, paths.flat_map(|p| [p, b"\0"]).flatten().copied().collect())?;
        while let Some((source, others)) = rest.split_first() {
            rest = others;
            let answer = session.next(LIMIT);
            let pyc = if let Next::Frame(frame) = &answer { pyc(&hello, frame) } else { None };
            match pyc {
                Some(pyc) => {
                    write(&source.output, &pyc)?;
                    report.compiled += 1;
                    report.bytes += pyc.len() as u64;
                }
                None => report.skipped.push(source.image.clone()),
            }
            if !matches!(answer, Next::Frame(_)) {
                break;
            }
        }
    }
    Ok(report)
}

/// The file: magic number, flags (a hash follows, and it is not to be checked), hash of the source, code.
fn pyc(hello: &Hello, frame: &[u8]) -> Option<Vec<u8>> {
    let (hash, code) = frame.split_first_chunk::<8>()?;
    Some([&hello.magic[..], &[1, 0, 0, 0], hash, &marshal::normal(code, hello.minor)?].concat())
}

/// Writes a file that somebody may be looking for at this moment: it is there as a whole, or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let passing = path.with_extension("passing");
    let written = match fs::File::create(&passing) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).and_then(|()| fs::File::create(&passing))
        }
        other => other,
    };
    let said = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
    written.and_then(|mut file| file.write_all(bytes)).and_then(|()| fs::rename(&passing, path)).map_err(said)
}

#[cfg(test)]
#[path = "bytecode_tests.rs"]
mod tests;
