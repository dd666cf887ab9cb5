//! Which source files a service reads when it starts: its modules are imported, and nothing is run. What fails is no mistake
//! here, as there may be neither database nor settings: all that was read until then counts.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::Python;
use super::imports::{Result, unable};
use super::session::{Next, Session};
use super::start::{self, Load};

/// What a start reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The source files, the standard library's included, sorted; what is frozen into the interpreter is not read.
    pub files: Vec<PathBuf>,
    /// The first module that could not be imported, and what it said.
    pub failed: Option<(String, Result)>,
}

/// Imports what a start loads. `limit` is the longest that any part of it may take; an error means that the interpreter
/// itself does not start.
pub fn trace(python: &Python, loads: &[Load], limit: Duration) -> io::Result<Trace> {
    let input = start::lines(loads, &python.workdir.display().to_string());
    let mut session = Session::start(python.command(include_str!("trace.py")), input.into_bytes())?;
    if !matches!(session.next(limit), Next::Frame(_)) {
        return Err(unable(python, session));
    }
    let mut files = BTreeSet::new();
    let mut failed = None;
    loop {
        match session.next(limit) {
            Next::Frame(frame) => {
                let text = String::from_utf8_lossy(&frame);
                let parts: Vec<&str> = text.split('\0').collect();
                match parts[..] {
                    ["file", path] => drop(files.insert(PathBuf::from(path))),
                    ["failed", module, kind, said] if failed.is_none() => {
                        failed = Some((module.to_owned(), Result::error(kind, said, said)));
                    }
                    _ => {}
                }
            }
            Next::Late => {
                failed = failed.or_else(|| Some((String::new(), Result::Hung)));
                break;
            }
            Next::End => break,
        }
    }
    Ok(Trace { files: files.into_iter().collect(), failed })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::refine::python::testing;

    #[test]
    fn what_is_read_is_known_even_when_the_app_fails() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("api/__init__.py", "");
        write("api/app.py", "from . import db\ndef create():\n    from .routes import r\n");
        write("api/db.py", "import decimal, sys\ndel sys.modules['api.db']\nraise KeyError('DATABASE_URL')");
        write("api/routes.py", "r = 1");
        write("api/__main__.py", "import api.tool\nimport time; time.sleep(600)");
        write("api/tool.py", "print('x')");
        write("good.py", "def create():\n    from api.routes import r\n");
        write("serve.py", "import api.tool\nif __name__ == '__main__':\n    from api import routes\n    raise SystemExit\n");
        for mut python in testing::pythons() {
            python.workdir = folder.path().to_owned();
            let run = |loads: &[Load]| {
                let loads = [&[Load::Path(".".into())], loads].concat();
                let trace = trace(&python, &loads, Duration::from_secs(20)).unwrap();
                let own = trace.files.iter().filter_map(|f| Some(f.strip_prefix(folder.path()).ok()?.display().to_string()));
                (own.collect::<Vec<_>>(), trace)
            };
            let (own, all) = run(&[Load::Module("api.app".into()), Load::Module("nowhere".into())]);
            assert_eq!(own, ["api/__init__.py", "api/app.py", "api/db.py"]);
            assert!(all.files.iter().any(|f| f.ends_with("decimal.py")), "{all:?}");
            assert!(all.files.iter().any(|f| f.ends_with("encodings/__init__.py")), "{all:?}");
            assert!(!all.files.iter().any(|f| f.ends_with("importlib/util.py") || f.ends_with("json/__init__.py")), "{all:?}");
            assert_eq!(all.failed.map(|(m, r)| (m, r.describe())).unwrap(), ("api.app".into(), "raises KeyError: 'DATABASE_URL'".into()));
            let (own, all) = run(&[Load::Run("api.__main__".into())]);
            assert_eq!((own, all.failed), (["api/__init__.py", "api/__main__.py", "api/tool.py"].map(String::from).to_vec(), None));
            let (own, _) = run(&[Load::Script("serve.py".into())]);
            assert_eq!(own, ["api/__init__.py", "api/routes.py", "api/tool.py"]);
            let (own, _) = run(&[Load::Module("good".into()), Load::Factory("good".into())]);
            assert_eq!(own, ["api/__init__.py", "api/routes.py", "good.py"]);
        }
    }
}
