//! An image's file system, as `tar` lists it: modes, owners and paths of all files, and the text of some.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::docker::Engine;

/// An image's files. The archive is removed when this is dropped.
pub(super) struct Archive {
    path: PathBuf,
    pub(super) files: Vec<File>,
}

/// One file.
#[derive(Debug)]
pub(super) struct File {
    /// As `ls` prints it: `drwxr-xr-x`.
    pub(super) mode: String,
    /// `uid/gid`, in numbers.
    pub(super) owner: String,
    /// In bytes.
    pub(super) size: u64,
    /// From the root, without a slash at either end.
    pub(super) path: String,
}

/// The paths in each layer of an image, from the lowest one on.
pub(super) fn layers(engine: &Engine, image: &str) -> Vec<Vec<String>> {
    let archive = engine.save(image, Path::new(env!("CARGO_TARGET_TMPDIR")));
    let folder = archive.with_extension("layers");
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    tar(&["-C", folder.to_str().expect("our own folders are text"), "-xf"], &archive, &[]);
    let manifest = fs::read(folder.join("manifest.json")).expect("an archive has a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("it is JSON");
    let blobs = manifest[0]["Layers"].as_array().expect("an image has layers").iter().filter_map(|l| l.as_str());
    let paths = |blob: &str| tar(&["-tf"], &folder.join(blob), &[]).lines().map(|l| l.trim_matches('/').to_owned()).collect();
    let layers = blobs.map(paths).collect();
    fs::remove_dir_all(&folder).and_then(|()| fs::remove_file(&archive)).expect("our own files can be removed");
    layers
}

impl Archive {
    /// Takes the files out of an image.
    pub(super) fn of(engine: &Engine, image: &str) -> Self {
        let path = engine.export(image, Path::new(env!("CARGO_TARGET_TMPDIR")));
        let listed = tar(&["--numeric-owner", "-tvf"], &path, &[]);
        Self { files: listed.lines().map(File::read).collect(), path }
    }

    /// A file's text.
    pub(super) fn text(&self, file: &str) -> String {
        tar(&["-xOf"], &self.path, &[file])
    }

    /// Paths for which something holds.
    pub(super) fn paths(&self, holds: impl Fn(&File) -> bool) -> Vec<&str> {
        self.files.iter().filter(|f| holds(f)).map(|f| f.path.as_str()).collect()
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        // A file below target/ that cannot be removed harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}

impl File {
    fn read(line: &str) -> Self {
        // mode, owner, size, date, time, then the path, which may have spaces and lead on to a link's target.
        let mut rest = line;
        let mut word = || {
            let (word, tail) = rest.trim_start().split_once(' ').expect("tar prints six columns");
            rest = tail;
            word.to_owned()
        };
        let (mode, owner, size, _date, _time) = (word(), word(), word(), word(), word());
        let path = rest.split(" -> ").next().and_then(|p| p.split(" link to ").next()).unwrap_or_default();
        let size = size.parse().unwrap_or_default();
        Self { mode, owner, size, path: path.trim_start_matches("./").trim_matches('/').to_owned() }
    }

    pub(super) fn is_regular(&self) -> bool {
        self.mode.starts_with('-') || self.mode.starts_with('h')
    }

    pub(super) fn is_world_writable(&self) -> bool {
        self.mode.as_bytes().get(8) == Some(&b'w')
    }

    pub(super) fn is_setuid(&self) -> bool {
        self.mode.contains(['s', 'S'])
    }

    /// Whether it is in a folder where programs are looked for.
    pub(super) fn is_in_bin(&self) -> bool {
        self.path.rsplit('/').nth(1).is_some_and(|folder| folder == "bin" || folder == "sbin")
    }

    /// What follows the last dot of its name.
    pub(super) fn extension(&self) -> Option<&str> {
        Path::new(&self.path).extension()?.to_str()
    }

    /// Its last part.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it is this folder or something in it.
    pub(super) fn is_in(&self, folder: &str) -> bool {
        let folder = folder.trim_matches('/');
        self.path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

fn tar(options: &[&str], archive: &Path, members: &[&str]) -> String {
    let output = Command::new("tar").args(options).arg(archive).args(members).output().expect("there is tar");
    assert!(output.status.success(), "tar failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn lines_of_tar_are_read() {
    let file = File::read("lrwxrwxrwx 0/65532         0 1980-01-01 00:00 usr/local/bin/a name -> python3.13");
    assert_eq!((file.mode.as_str(), file.owner.as_str(), file.path.as_str()), ("lrwxrwxrwx", "0/65532", "usr/local/bin/a name"));
    let file = File::read("-rwsr-xrw- 0/0   12 2026-01-01 00:00 ./app/x");
    assert!(file.is_setuid() && file.is_world_writable() && file.is_regular() && file.is_in("/app") && !file.is_in("/ap"));
    assert_eq!((file.name(), file.size), ("x", 12));
}
