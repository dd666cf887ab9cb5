//! Bytecode that was compiled in an earlier build: kept by what it is made of, so that an edit of one module compiles one module.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::Python;
use super::bytecode::{self, Report, Source};

/// The form that bytecode is kept in.
const FORM: u32 = 2;

/// What bytecode is kept under, by the sources' paths in the image. A step that has read the sources hands it to the next
/// one, which need not read them again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The interpreter's word in the names of bytecode files, as `cpython-313`.
    pub tag: String,
    /// The interpreter's own words for itself, which change with every release of it.
    version: String,
    /// The name of each file's bytecode.
    by_path: BTreeMap<String, String>,
}

impl Names {
    /// None yet, for an interpreter.
    pub fn new(python: &Python) -> io::Result<Self> {
        let (tag, version) = bytecode::word(python)?;
        Ok(Self { tag, version, by_path: BTreeMap::new() })
    }

    /// What another step has written.
    pub fn read(path: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    /// For another step.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, serde_json::to_vec(self)?)
    }

    /// Reads sources whose place on this disk is that of the image.
    pub fn add<'p>(&mut self, paths: impl IntoIterator<Item = &'p str>) -> io::Result<()> {
        for path in paths {
            let name = self.name(path, Path::new(path))?;
            self.by_path.insert(path.to_owned(), name);
        }
        Ok(())
    }

    /// Reads a source that ships in the place of the one that is at its path on this disk.
    pub fn replace(&mut self, path: &str, disk: &Path) -> io::Result<()> {
        let name = self.name(path, disk)?;
        self.by_path.insert(path.to_owned(), name);
        Ok(())
    }

    /// The name of a source's bytecode: a hash of the interpreter's words, the path in the image and the source.
    fn name(&self, image: &str, disk: &Path) -> io::Result<String> {
        let mut hash = Sha256::new();
        let form = FORM.to_string();
        for part in [form.as_bytes(), self.version.as_bytes(), image.as_bytes(), &fs::read(disk)?] {
            hash.update(part);
            hash.update(b"\0");
        }
        Ok(HEXLOWER.encode(&hash.finalize()))
    }

    /// Where a source's bytecode is kept.
    fn place(&self, folder: &Path, source: &Source) -> io::Result<PathBuf> {
        let name = match self.by_path.get(&source.image) {
            Some(known) => known.clone(),
            None => self.name(&source.image, &source.disk)?,
        };
        Ok(kept(folder, &name))
    }

    /// Puts links to what is kept where Python finds it by the paths of sources, below a folder of its own.
    pub fn link(&self, folder: &Path, into: &Path) -> io::Result<()> {
        for (path, name) in &self.by_path {
            let kept = kept(folder, name);
            if !kept.exists() {
                continue;
            }
            let stem = path.strip_suffix(".py").unwrap_or(path).trim_start_matches('/');
            let link = into.join(format!("{stem}.{}.pyc", self.tag));
            if let Some(folder) = link.parent() {
                fs::create_dir_all(folder)?;
            }
            std::os::unix::fs::symlink(&kept, &link)?;
        }
        Ok(())
    }

    /// Compiles as [`bytecode::compile`] does; what a folder keeps of earlier builds is taken from there, and the rest is added.
    pub fn compile(&self, python: &Python, sources: &[Source], workers: usize, folder: Option<&Path>) -> io::Result<Report> {
        let Some(folder) = folder else { return bytecode::compile(python, sources, workers) };
        let mut report = Report::default();
        let mut open: Vec<(Source, PathBuf)> = vec![];
        for source in sources {
            let kept = self.place(folder, source)?;
            match fs::read(&kept) {
                Ok(bytes) if bytes.len() > 16 => {
                    put(&source.output, &bytes)?;
                    report.compiled += 1;
                    report.bytes += bytes.len() as u64;
                }
                _ => open.push((source.clone(), kept)),
            }
        }
        let left: Vec<Source> = open.iter().map(|(source, _)| source.clone()).collect();
        let compiled = bytecode::compile(python, &left, workers)?;
        report.compiled += compiled.compiled;
        report.bytes += compiled.bytes;
        report.skipped = compiled.skipped;
        for (source, kept) in open {
            if let Ok(bytes) = fs::read(&source.output) {
                // Another build may write the same file; whoever renames last leaves the same bytes.
                let passing = kept.with_extension(std::process::id().to_string());
                put(&passing, &bytes)?;
                fs::rename(&passing, &kept)?;
            }
        }
        Ok(report)
    }
}

fn kept(folder: &Path, name: &str) -> PathBuf {
    folder.join(&name[..2]).join(&name[2..])
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::write(path, bytes) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            fs::write(path, bytes)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::refine::interpreter::testing;

    #[test]
    fn a_second_build_takes_what_the_first_one_made() {
        let disk = tempfile::tempdir().unwrap();
        let kept = disk.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::write(disk.path().join("a.py"), "x = 1\n").unwrap();
        let source = |name: &str| Source { disk: disk.path().join("a.py"), image: "/app/a.py".into(), output: disk.path().join(name) };
        let python = testing::python();
        let names = Names::new(&python).unwrap();
        let first = names.compile(&python, &[source("1.pyc")], 1, Some(&kept)).unwrap();
        assert_eq!(first.compiled, 1);
        // An interpreter that cannot compile shows that nothing is compiled.
        let nowhere = Python::new(Path::new("/bin/false"));
        let second = names.compile(&nowhere, &[source("2.pyc")], 1, Some(&kept)).unwrap();
        assert_eq!((second.compiled, second.bytes), (1, first.bytes));
        assert_eq!(fs::read(disk.path().join("1.pyc")).unwrap(), fs::read(disk.path().join("2.pyc")).unwrap());
        let other = Names { version: "another".into(), ..names.clone() };
        assert!(other.compile(&nowhere, &[source("3.pyc")], 1, Some(&kept)).is_err());
        fs::write(disk.path().join("a.py"), "x = 2\n").unwrap();
        names.compile(&python, &[source("4.pyc")], 1, Some(&kept)).unwrap();
        assert_ne!(fs::read(disk.path().join("1.pyc")).unwrap(), fs::read(disk.path().join("4.pyc")).unwrap());
    }

    #[test]
    fn another_step_finds_what_this_one_knows() {
        let disk = tempfile::tempdir().unwrap();
        let (kept, links) = (disk.path().join("kept"), disk.path().join("links"));
        fs::create_dir(&kept).unwrap();
        let path = disk.path().join("a.py");
        fs::write(&path, "x = 1\n").unwrap();
        fs::write(disk.path().join("b.py"), "y = 1\n").unwrap();
        let python = testing::python();
        let mut names = Names::new(&python).unwrap();
        let [a, b] = ["a.py", "b.py"].map(|name| disk.path().join(name).display().to_string());
        names.add([a.as_str(), b.as_str()]).unwrap();
        names.write(&disk.path().join("names.json")).unwrap();
        let read = Names::read(&disk.path().join("names.json")).unwrap();
        assert_eq!(read, names);
        let output = disk.path().join("a.pyc");
        names.compile(&python, &[Source { disk: path, image: a.clone(), output: output.clone() }], 1, Some(&kept)).unwrap();
        read.link(&kept, &links).unwrap();
        let linked = |path: &str| links.join(format!("{}.{}.pyc", path.trim_start_matches('/').trim_end_matches(".py"), names.tag));
        assert_eq!(fs::read(linked(&a)).unwrap(), fs::read(output).unwrap());
        assert!(!linked(&b).exists());
    }
}
