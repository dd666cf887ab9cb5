//! Bytecode in the finished image: Python believes it without a look at the source, so each file must be whole and made of the
//! very source beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Finding;
use crate::python::codes;
use crate::python::refine::interpreter::pyc::{self, Wrong};

/// How many are named.
const MAX_NAMED: usize = 5;

/// Looks at all bytecode of an image whose files lie below `root`.
#[must_use]
pub(crate) fn bytecode(root: &Path) -> Vec<Finding> {
    let files = files(root);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = vec![];
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(judge(file).map(|why| (file, why)));
        }
        wrong
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(4);
    let mut wrong: Vec<(&PathBuf, Wrong)> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|t| t.join().unwrap_or_default()).collect()
    });
    wrong.sort();
    let said = |(file, why): &(&PathBuf, Wrong)| {
        let path = format!("/{}", file.strip_prefix(root).unwrap_or(file).display());
        let what = match why {
            Wrong::OtherSource => "was made of another source than the one that ships beside it",
            Wrong::Broken => "is broken, and Python could not load it",
        };
        let message = format!(
            "The bytecode {path} {what}. Where a step or a package brings it along, leave that out; else build once more with \
             `--no-cache`, and `prune: {{ bytecode: none }}` does without bytecode."
        );
        Finding::new(codes::BROKEN_BYTECODE, &path, message)
    };
    wrong.iter().take(MAX_NAMED).map(said).collect()
}

/// What is wrong with a file of bytecode that an interpreter would load for the source beside it.
fn judge(file: &Path) -> Option<Wrong> {
    let (stem, tag) = file.file_stem()?.to_str()?.rsplit_once('.')?;
    let minor = pyc::minor(tag)?;
    let source = file.parent()?.parent()?.join(format!("{stem}.py"));
    let text = regular(&source)?;
    // What the user may not read, Python cannot load.
    pyc::check(&regular(file)?, &text, minor).err()
}

/// The content of a regular file.
fn regular(path: &Path) -> Option<Vec<u8>> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).and_then(|_| fs::read(path).ok())
}

/// Every file of bytecode of this file system; folders that the user may not look into are of no use to Python either.
fn files(root: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::MetadataExt;

    let Ok(device) = fs::metadata(root).map(|meta| meta.dev()) else { return vec![] };
    let (mut found, mut open) = (vec![], vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        let holds_bytecode = folder.file_name().is_some_and(|name| name == "__pycache__");
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                open.extend(entry.metadata().is_ok_and(|meta| meta.dev() == device).then(|| entry.path()));
            } else if holds_bytecode && kind.is_file() && entry.path().extension().is_some_and(|e| e == "pyc") {
                found.push(entry.path());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::refine::interpreter::bytecode::{Source, compile, place, word};
    use crate::python::refine::interpreter::testing;

    #[test]
    fn bytecode_that_is_not_of_its_source_is_named() {
        let root = tempfile::tempdir().unwrap();
        let python = testing::python();
        let tag = word(&python).unwrap().0;
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("app")).unwrap();
        let mut sources = vec![];
        for name in ["good", "edited", "cut", "piped"] {
            let path = format!("app/{name}.py");
            fs::write(at(&path), format!("x = '{name}'\n")).unwrap();
            sources.push(Source { disk: at(&path), image: format!("/{path}"), output: at(&place(&path, &tag)) });
        }
        compile(&python, &sources, 1).unwrap();
        assert_eq!(bytecode(root.path()), []);
        fs::write(at("app/edited.py"), "x = 0\n").unwrap();
        let cut = fs::read(&sources[2].output).unwrap();
        fs::write(&sources[2].output, &cut[..cut.len() - 3]).unwrap();
        fs::remove_file(&sources[3].output).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&sources[3].output).status().unwrap().success());
        // Of no source at all, which Python does not look at.
        fs::write(at(&place("app/gone.py", &tag)), "").unwrap();
        let said: Vec<String> = bytecode(root.path()).into_iter().map(|f| f.to_string()).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains(&format!("error[broken-bytecode]: The bytecode /app/__pycache__/cut.{tag}.pyc is broken")), "{said:?}");
        assert!(said[1].contains(&format!("/app/__pycache__/edited.{tag}.pyc was made of another source")), "{said:?}");
    }
}
