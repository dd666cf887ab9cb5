//! An image's layers as the engine exports them: how many there are, and how many bytes each has, as files and compressed.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::engine::Engine;
use crate::tar;

const BUFFER: usize = 1 << 18;

/// A layer's bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bytes {
    /// Of its files.
    pub(crate) files: u64,
    /// As it is pushed and pulled.
    pub(crate) packed: u64,
}

/// An image.
pub(crate) struct Image {
    /// By digest. The empty layer, for one, may be in it twice, but is stored once.
    pub(crate) layers: BTreeMap<String, Bytes>,
    pub(crate) count: usize,
    /// What `docker image inspect` calls its size, which each image store counts in its own way.
    pub(crate) inspected: u64,
}

impl Image {
    /// Measures an image. Layers that are `known` are not read again.
    pub(crate) fn of(engine: &Engine, image: &str, known: &mut BTreeMap<String, Bytes>) -> Result<Self, String> {
        let said = engine.inspect(image)?;
        let mut child =
            engine.command().args(["image", "save", image]).stdout(Stdio::piped()).spawn().map_err(|e| format!("docker: {e}"))?;
        let archive = BufReader::with_capacity(BUFFER, child.stdout.take().expect("it was asked for"));
        let mut layers = BTreeMap::new();
        let read = tar::read(archive, |entry, content| {
            let Some(digest) = entry.name.strip_prefix("blobs/sha256/").filter(|d| !d.is_empty()) else { return Ok(()) };
            let found = match known.get(digest) {
                Some(bytes) => Some(*bytes),
                None => layer(content, entry.size)?,
            };
            if let Some(bytes) = found {
                known.insert(digest.to_owned(), bytes);
                layers.insert(digest.to_owned(), bytes);
            }
            Ok(())
        });
        let saved = child.wait().map_err(|e| format!("docker: {e}"))?;
        read.map_err(|e| format!("what docker saved of {image}: {e}"))?;
        if !saved.success() {
            return Err(format!("docker image save {image} failed"));
        }
        let count = said["RootFS"]["Layers"].as_array().map_or(0, Vec::len);
        Ok(Self { layers, count, inspected: said["Size"].as_u64().unwrap_or_default() })
    }

    /// All of its layers.
    pub(crate) fn bytes(&self) -> Bytes {
        sum(self.layers.values())
    }

    /// Those of its layers that another image lacks.
    pub(crate) fn beyond(&self, other: &Self) -> Bytes {
        sum(self.layers.iter().filter(|(digest, _)| !other.layers.contains_key(*digest)).map(|(_, bytes)| bytes))
    }
}

fn sum<'a>(layers: impl Iterator<Item = &'a Bytes>) -> Bytes {
    layers.fold(Bytes::default(), |all, one| Bytes { files: all.files + one.files, packed: all.packed + one.packed })
}

/// Reads a blob; `None` if it is no layer but JSON.
fn layer(mut blob: impl Read + Send, size: u64) -> io::Result<Option<Bytes>> {
    let mut start = vec![];
    (&mut blob).take(4).read_to_end(&mut start)?;
    let packed = match start[..] {
        [0x1f, 0x8b, ..] => true,
        [b'{', ..] => return Ok(None),
        [0x28, 0xb5, 0x2f, 0xfd] => return Err(io::Error::other("a layer is compressed by zstd, which the bench does not read")),
        _ => false,
    };
    let blob = start.as_slice().chain(blob);
    if packed {
        let mut files = 0;
        gzip("-dc", blob, |out| files_of(out).map(|n| files = n))?;
        return Ok(Some(Bytes { files, packed: size }));
    }
    // The classic store keeps layers as they are; gzip then tells what a push would send.
    let mut whole = vec![];
    let mut blob = blob;
    blob.read_to_end(&mut whole)?;
    let files = files_of(whole.as_slice())?;
    let mut packed = 0;
    gzip("-nc", whole.as_slice(), |mut out| io::copy(&mut out, &mut io::sink()).map(|n| packed = n))?;
    Ok(Some(Bytes { files, packed }))
}

/// The bytes of all files in a tar archive.
fn files_of(archive: impl Read) -> io::Result<u64> {
    let mut files = 0;
    tar::read(BufReader::with_capacity(BUFFER, archive), |entry, _| {
        files += if entry.is_file { entry.size } else { 0 };
        Ok(())
    })?;
    Ok(files)
}

/// Lets content pass through gzip.
fn gzip(option: &str, mut content: impl Read + Send, reader: impl FnOnce(std::process::ChildStdout) -> io::Result<()>) -> io::Result<()> {
    let mut child = Command::new("gzip").arg(option).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (mut input, output) = (child.stdin.take().expect("it was asked for"), child.stdout.take().expect("it was asked for"));
    let done = std::thread::scope(|threads| {
        let writer = threads.spawn(move || {
            let mut buffer = vec![0; BUFFER];
            loop {
                match content.read(&mut buffer)? {
                    0 => return Ok(()),
                    n => input.write_all(&buffer[..n])?,
                }
            }
        });
        let read = reader(output);
        let written: io::Result<()> = writer.join().expect("writing does not panic");
        read.and(written)
    });
    let status = child.wait()?;
    done?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("gzip {option} failed"))) }
}
