//! Bytecode that was compiled in an earlier build: kept by what it is made of, so that an edit of one module compiles one module.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sha2::{Digest, Sha256};

use super::Python;
use super::bytecode::{self, Report, Source};

/// Compiles as [`bytecode::compile`] does; what a folder keeps of earlier builds is taken from there, and the rest is added.
/// The name of a kept file is a hash of the interpreter's word, the path in the image and the source.
pub fn compile(python: &Python, sources: &[Source], workers: usize, folder: Option<&Path>) -> io::Result<Report> {
    let Some(folder) = folder else { return bytecode::compile(python, sources, workers) };
    let tag = version(python)?;
    let mut report = Report::default();
    let mut open: Vec<(Source, PathBuf)> = vec![];
    for source in sources {
        let kept = place(folder, &tag, source)?;
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
    if !left.is_empty() {
        let compiled = bytecode::compile(python, &left, workers)?;
        report.compiled += compiled.compiled;
        report.bytes += compiled.bytes;
        report.skipped = compiled.skipped;
    }
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

/// Puts links to kept bytecode where Python finds it by the paths of sources, below a folder of its own.
pub fn link(python: &Python, sources: &[String], folder: &Path, into: &Path) -> io::Result<()> {
    let (word, tag) = (version(python)?, bytecode::tag(python)?);
    for path in sources {
        let source = Source { disk: path.into(), image: path.clone(), output: PathBuf::new() };
        let kept = place(folder, &word, &source)?;
        if !kept.exists() {
            continue;
        }
        let stem = path.strip_suffix(".py").unwrap_or(path).trim_start_matches('/');
        let link = into.join(format!("{stem}.{tag}.pyc"));
        if let Some(folder) = link.parent() {
            fs::create_dir_all(folder)?;
        }
        std::os::unix::fs::symlink(&kept, &link)?;
    }
    Ok(())
}

fn place(folder: &Path, tag: &str, source: &Source) -> io::Result<PathBuf> {
    let mut hash = Sha256::new();
    for part in [tag.as_bytes(), b"\0", source.image.as_bytes(), b"\0", &fs::read(&source.disk)?] {
        hash.update(part);
    }
    let name = hash.finalize().iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    Ok(folder.join(&name[..2]).join(&name[2..]))
}

/// The interpreter's own words for itself, which change with every release of it, and the form that bytecode is kept in.
fn version(python: &Python) -> io::Result<String> {
    const FORM: u32 = 1;
    static SAID: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
    let known = |said: &BTreeMap<PathBuf, String>| said.get(&python.program).cloned();
    if let Some(said) = SAID.lock().ok().and_then(|said| known(&said)) {
        return Ok(said);
    }
    let output = python.plain("import sys; print(sys.version)").output()?;
    let version = format!("{FORM} {}", String::from_utf8_lossy(&output.stdout).trim());
    if let Ok(mut said) = SAID.lock() {
        said.insert(python.program.clone(), version.clone());
    }
    Ok(version)
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refine::python::testing;

    #[test]
    fn a_second_build_takes_what_the_first_one_made() {
        let disk = tempfile::tempdir().unwrap();
        let kept = disk.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::write(disk.path().join("a.py"), "x = 1\n").unwrap();
        let source = |name: &str| Source { disk: disk.path().join("a.py"), image: "/app/a.py".into(), output: disk.path().join(name) };
        let python = testing::python();
        let first = compile(&python, &[source("1.pyc")], 1, Some(&kept)).unwrap();
        let nowhere = Python::new(Path::new("/bin/false"));
        assert_eq!(first.compiled, 1);
        // An interpreter that cannot compile shows that nothing is compiled; its word differs, so it finds nothing either.
        assert!(compile(&nowhere, &[source("2.pyc")], 1, Some(&kept)).is_err());
        let second = compile(&python, &[source("3.pyc")], 1, Some(&kept)).unwrap();
        assert_eq!((second.compiled, second.bytes), (1, first.bytes));
        assert_eq!(fs::read(disk.path().join("1.pyc")).unwrap(), fs::read(disk.path().join("3.pyc")).unwrap());
        fs::write(disk.path().join("a.py"), "x = 2\n").unwrap();
        compile(&python, &[source("4.pyc")], 1, Some(&kept)).unwrap();
        assert_ne!(fs::read(disk.path().join("1.pyc")).unwrap(), fs::read(disk.path().join("4.pyc")).unwrap());
    }
}
