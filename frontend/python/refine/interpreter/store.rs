//! Bytecode that a step has made of sources while nothing of them had run, kept beside what ships. Each file lies where Python
//! looks for it when `PYTHONPYCACHEPREFIX` names the store, so that trials and proofs go through the very bytes that ship.
//! No cache that others can write has a part in it, and what is taken out is held against its source once more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::thread;

use super::Python;
use super::bytecode::{self, Report, Source};
use super::pyc;

/// The file that says which interpreter a store is for.
const TAG: &str = "tag";
/// How many sources are compiled together while more are named: few enough to keep up, enough to make an interpreter's start pay.
const BATCH: usize = 48;

/// A folder of bytecode.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// The interpreter's word in the names of bytecode files, as `cpython-313`.
    tag: String,
}

impl Store {
    /// Makes an empty one.
    pub(crate) fn create(python: &Python, folder: &Path) -> io::Result<Self> {
        let (tag, _) = bytecode::word(python)?;
        fs::create_dir_all(folder).and_then(|()| fs::write(folder.join(TAG), &tag)).map_err(|e| about(folder, &e))?;
        Ok(Self { folder: folder.to_owned(), tag })
    }

    /// One that an earlier step made.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let tag = folder.join(TAG);
        Ok(Self { folder: folder.to_owned(), tag: fs::read_to_string(&tag).map_err(|e| about(&tag, &e))? })
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The interpreter's word in the names of bytecode files, as `cpython-313`.
    #[must_use]
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Where the bytecode of a source lies, by the source's path in the image.
    #[must_use]
    pub(crate) fn place(&self, image: &str) -> PathBuf {
        let stem = image.strip_suffix(".py").unwrap_or(image).trim_start_matches('/');
        self.folder.join(format!("{stem}.{}.pyc", self.tag))
    }

    /// The bytecode of a source, if it is there, whole, and made of this very text.
    #[must_use]
    pub(crate) fn take(&self, image: &str, text: &[u8]) -> Option<Vec<u8>> {
        let place = self.place(image);
        let is_file = fs::symlink_metadata(&place).is_ok_and(|meta| meta.is_file());
        let bytes = is_file.then(|| fs::read(&place).ok())??;
        pyc::check(&bytes, text, pyc::minor(&self.tag)?).is_ok().then_some(bytes)
    }

    /// Adds what another store has of sources, each with its place on this disk.
    pub(crate) fn adopt<'p>(&self, other: &Self, sources: impl IntoIterator<Item = (&'p str, &'p Path)>) -> io::Result<()> {
        for (image, disk) in sources {
            if let Some(bytes) = other.take(image, &fs::read(disk).map_err(|e| about(disk, &e))?) {
                bytecode::write(&self.place(image), &bytes)?;
            }
        }
        Ok(())
    }

    /// Forgets what is not of a source as it ships.
    pub(crate) fn verify<'p>(&self, sources: impl IntoIterator<Item = (&'p str, &'p Path)>) -> io::Result<()> {
        for (image, disk) in sources {
            let place = self.place(image);
            if place.exists() && self.take(image, &fs::read(disk).map_err(|e| about(disk, &e))?).is_none() {
                fs::remove_file(&place).map_err(|e| about(&place, &e))?;
            }
        }
        Ok(())
    }

    /// Compiles what it has not yet, each source with its place on this disk.
    pub(crate) fn add<'p>(
        &self,
        python: &Python,
        sources: impl IntoIterator<Item = (&'p str, &'p Path)>,
        workers: usize,
    ) -> io::Result<()> {
        let open = sources.into_iter().map(|(image, disk)| (image, disk, self.place(image))).filter(|(_, _, output)| !output.exists());
        let open: Vec<Source> =
            open.map(|(image, disk, output)| Source { disk: disk.to_owned(), image: image.to_owned(), output }).collect();
        bytecode::compile(python, &open, workers).map(drop)
    }

    /// Compiles sources as they are named, until nobody is left to name one. What the names are worth is for `place` to say:
    /// where a source is on this disk, and `None` for one that is not ours to compile.
    pub(crate) fn follow(&self, python: &Python, named: &Receiver<String>, place: &dyn Fn(&str) -> Option<PathBuf>) -> io::Result<()> {
        let mut batch: Vec<(String, PathBuf)> = vec![];
        loop {
            let next = named.recv().ok();
            let is_last = next.is_none();
            batch.extend(next.and_then(|image| place(&image).map(|disk| (image, disk))));
            if is_last || batch.len() >= BATCH {
                // The one that names them is done at the end, and leaves its processor.
                let workers = if is_last { workers() } else { 1 };
                let batch = std::mem::take(&mut batch);
                self.add(python, batch.iter().map(|(image, disk)| (image.as_str(), disk.as_path())), workers)?;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Writes the bytecode of sources to their places: what is here is taken, the rest is compiled.
    pub(crate) fn give(&self, python: &Python, sources: &[Source], workers: usize) -> io::Result<Report> {
        let share = sources.len().div_ceil(workers.max(1)).max(1);
        let given = thread::scope(|scope| {
            let work: Vec<_> = sources.chunks(share).map(|part| scope.spawn(|| self.give_part(part))).collect();
            work.into_iter().map(|w| w.join().unwrap_or_else(|_| Err(io::Error::other("a worker failed")))).collect::<Vec<_>>()
        });
        let mut report = Report::default();
        let mut open: Vec<Source> = vec![];
        for part in given {
            let (taken, left) = part?;
            report.compiled += taken.compiled;
            report.bytes += taken.bytes;
            open.extend(left);
        }
        let compiled = bytecode::compile(python, &open, workers)?;
        report.compiled += compiled.compiled;
        report.bytes += compiled.bytes;
        report.skipped = compiled.skipped;
        Ok(report)
    }

    fn give_part(&self, sources: &[Source]) -> io::Result<(Report, Vec<Source>)> {
        let (mut report, mut left) = (Report::default(), vec![]);
        for source in sources {
            // One that cannot be read is named where it is compiled.
            match fs::read(&source.disk).ok().and_then(|text| self.take(&source.image, &text)) {
                Some(bytes) => {
                    bytecode::write(&source.output, &bytes)?;
                    report.compiled += 1;
                    report.bytes += bytes.len() as u64;
                }
                None => left.push(source.clone()),
            }
        }
        Ok((report, left))
    }
}

/// So many interpreters compile at once.
#[must_use]
pub(crate) fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;
    use crate::python::refine::interpreter::testing;

    /// A store of the module `/app/a.py`, whose text is `x = 1`.
    fn store() -> (tempfile::TempDir, Store, Source) {
        let disk = tempfile::tempdir().unwrap();
        fs::write(disk.path().join("a.py"), "x = 1\n").unwrap();
        let python = testing::python();
        let store = Store::create(&python, &disk.path().join("store")).unwrap();
        let source = Source { disk: disk.path().join("a.py"), image: "/app/a.py".into(), output: disk.path().join("out/a.pyc") };
        store.add(&python, [("/app/a.py", source.disk.as_path())], 1).unwrap();
        (disk, store, source)
    }

    /// An interpreter that cannot compile shows that nothing is compiled.
    fn nobody() -> Python {
        Python::new(Path::new("/bin/false"))
    }

    #[test]
    fn what_is_there_is_given_and_what_is_not_is_compiled() {
        let (disk, store, source) = store();
        let again = Store::open(store.folder()).unwrap();
        let report = again.give(&nobody(), std::slice::from_ref(&source), 2).unwrap();
        assert_eq!((report.compiled, fs::read(&source.output).unwrap()), (1, fs::read(store.place("/app/a.py")).unwrap()));
        let other = Source { image: "/app/b.py".into(), output: disk.path().join("out/b.pyc"), ..source };
        assert!(again.give(&nobody(), std::slice::from_ref(&other), 1).is_err());
        assert_eq!(again.give(&testing::python(), &[other], 1).unwrap().compiled, 1);
    }

    #[test]
    fn nothing_bad_is_taken_whatever_has_become_of_it() {
        let (disk, store, source) = store();
        let place = store.place("/app/a.py");
        let good = fs::read(&place).unwrap();
        let refused = |what: &str| assert_eq!(store.take("/app/a.py", b"x = 1\n"), None, "{what}");
        assert_eq!(store.take("/app/a.py", b"x = 1\n").as_deref(), Some(&good[..]));
        assert_eq!(store.take("/app/a.py", b"x = 2\n"), None, "of another source");
        for length in [0, 3, 16, good.len() - 1] {
            fs::write(&place, &good[..length]).unwrap();
            refused("cut short");
        }
        fs::remove_file(&place).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", &place).unwrap();
        refused("a link");
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        refused("a folder");
        fs::remove_dir(&place).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&place).status().unwrap().success());
        refused("a pipe, which nobody writes to");
        fs::remove_file(&place).unwrap();
        fs::write(&place, b"nonsense that is longer than a header").unwrap();
        store.verify([("/app/a.py", source.disk.as_path())]).unwrap();
        assert!(!place.exists());
        let mended = Store::create(&testing::python(), &disk.path().join("second")).unwrap();
        fs::write(&place, &good).unwrap();
        mended.adopt(&store, [("/app/a.py", source.disk.as_path()), ("/app/none.py", source.disk.as_path())]).unwrap();
        assert_eq!(fs::read(mended.place("/app/a.py")).unwrap(), good);
    }

    #[test]
    fn sources_are_compiled_while_they_are_named() {
        let (disk, store, source) = store();
        let (send, named) = channel();
        let names: Vec<String> = (0..100).map(|n| format!("/app/m{n}.py")).chain(["/elsewhere/x.py".to_owned()]).collect();
        for name in &names {
            send.send(name.clone()).unwrap();
        }
        drop(send);
        store.follow(&testing::python(), &named, &|name| name.starts_with("/app/").then(|| source.disk.clone())).unwrap();
        assert!(names[..100].iter().all(|name| store.take(name, b"x = 1\n").is_some()));
        assert!(!store.place("/elsewhere/x.py").exists());
        // Python finds them when it is told to look here.
        let module = disk.path().join("b.py").display().to_string();
        fs::write(&module, "x = 2\n").unwrap();
        fs::create_dir_all(store.place(&module).parent().unwrap()).unwrap();
        let other = disk.path().join("c.py");
        fs::write(&other, "print('of the store')\n").unwrap();
        store.add(&testing::python(), [(module.as_str(), other.as_path())], 1).unwrap();
        let mut command = std::process::Command::new(&testing::python().program);
        command.args(["-B", "-c", "import b"]).current_dir(disk.path()).env("PYTHONPYCACHEPREFIX", store.folder());
        assert_eq!(command.output().unwrap().stdout, b"of the store\n");
    }
}
