//! Imports modules the way a service would, one after the other in one process, which is fast; a module that ends the process
//! or never comes back costs a new process and nothing else. Whoever fails among others is asked again alone, so that one
//! module's tricks are not another one's fault.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::Python;
use super::missing::{self, Missing};
use super::outcome::{Outcome, Result};
use super::session::{Next, Session};
use crate::diag::plain;

/// How long things may take by themselves, on whatever machine.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// One module.
    pub module: Duration,
    /// What modules took before, of those that took long.
    pub before: BTreeMap<String, Duration>,
    /// Whether one that is late is tried again, alone and for twice as long.
    pub again: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { module: Duration::from_secs(60), before: BTreeMap::new(), again: false }
    }
}

impl Limits {
    /// What took long before may take so many times as long.
    const TIMES: u32 = 10;

    /// How long one module may take.
    #[must_use]
    pub(crate) fn of(&self, module: &str) -> Duration {
        self.before.get(module).map_or(self.module, |before| self.module.max(*before * Self::TIMES))
    }

    fn alone(&self, module: &str) -> Self {
        Self { module: self.of(module) * 2, before: BTreeMap::new(), again: false }
    }
}

/// A module that was imported before, and no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Its name.
    pub module: String,
    /// What happens now; `None` when it was not tried.
    pub result: Option<Result>,
    /// What it says it misses.
    pub missing: Vec<Missing>,
}

/// Imports modules in the order given. An error means that the interpreter itself does not start.
pub(crate) fn imports(python: &Python, modules: &[String], limits: &Limits) -> io::Result<Vec<Outcome>> {
    watched(python, modules, limits, None)
}

/// Whom the source files are told that are read on the way, by the paths that the modules' process gives.
pub(crate) type Seen<'s> = Option<&'s mut (dyn FnMut(&str) + Send)>;

/// The same, and tells which source files are read.
pub(crate) fn watched(python: &Python, modules: &[String], limits: &Limits, mut seen: Seen<'_>) -> io::Result<Vec<Outcome>> {
    let mut outcomes: Vec<Outcome> = vec![];
    while outcomes.len() < modules.len() {
        for (number, outcome) in together(python, &modules[outcomes.len()..], limits, &mut seen)?.into_iter().enumerate() {
            let module = std::slice::from_ref(&outcome.module);
            let alone = match outcome.result {
                Result::Hung if limits.again => together(python, module, &limits.alone(&outcome.module), &mut seen)?.pop(),
                Result::Ok | Result::Hung => None,
                _ if number == 0 => None,
                _ => together(python, module, limits, &mut seen)?.pop(),
            };
            outcomes.push(alone.unwrap_or(outcome));
        }
    }
    Ok(outcomes)
}

/// Imports modules in one process until it ends; at least one of them.
fn together(python: &Python, modules: &[String], limits: &Limits, seen: &mut Seen<'_>) -> io::Result<Vec<Outcome>> {
    let input = format!("{}\n{}", if seen.is_some() { "watch" } else { "" }, modules.join("\n"));
    let mut session = Session::start(python.command(include_str!("imports.py")), input.into_bytes())?;
    let mut done = vec![];
    if !matches!(session.next(limits.module), Next::Frame(_)) {
        return Err(unable(python, session));
    }
    for (number, module) in modules.iter().enumerate() {
        session.begin();
        let result = loop {
            match session.further(limits.of(module)) {
                // Only the answer to this very question counts.
                Next::Frame(frame) => match read(&frame) {
                    Said::Became(of, result) if of == number => break Some(result),
                    Said::Became(..) => {}
                    Said::Read(path) => _ = seen.as_mut().map(|seen| seen(&path)),
                },
                Next::Late => break Some(Result::Hung),
                Next::End => break None,
            }
        };
        let took = session.spent();
        let over = matches!(result, None | Some(Result::Hung));
        let Some(result) = result else {
            let (status, said) = session.finish();
            done.push(Outcome { module: module.clone(), result: Result::ended(status, said), took });
            return Ok(done);
        };
        done.push(Outcome { module: module.clone(), result, took });
        if over {
            return Ok(done);
        }
    }
    Ok(done)
}

/// The message for an interpreter that does not start.
pub(super) fn unable(python: &Python, session: Session) -> io::Error {
    let (status, said) = session.finish();
    let how = match status {
        // Nobody else kills a process that has only begun.
        Some(status) if status.signal() == Some(9) => "was ended by signal 9, as for want of memory,".to_owned(),
        Some(status) => status
            .signal()
            .map_or_else(|| format!("ended with code {}", status.code().unwrap_or(-1)), |signal| format!("was ended by signal {signal}")),
        None => "did not come to its first line in time".to_owned(),
    };
    let said = if said.is_empty() { "without a word".to_owned() } else { format!("and said: {said}") };
    io::Error::other(format!("{} does not start: it {how} {said}", python.program.display()))
}

/// What a frame says.
enum Said {
    /// What became of the module with this number.
    Became(usize, Result),
    /// This source file is read.
    Read(String),
}

/// What a frame says: a module's number and `ok`, or an exception's type, message and traceback; or a file's path.
fn read(frame: &[u8]) -> Said {
    let text = String::from_utf8_lossy(frame);
    let mut parts = text.split('\0').map(plain);
    let mut part = || parts.next().unwrap_or_default();
    let (word, kind) = (part(), part());
    let number = word.parse().unwrap_or(usize::MAX);
    match (word.as_str(), kind.as_str()) {
        ("file", path) => Said::Read(path.to_owned()),
        (_, "ok") => Said::Became(number, Result::Ok),
        (_, kind) => Said::Became(number, Result::error(kind, &part(), &part())),
    }
}

/// What was imported before and is not any more.
#[must_use]
pub(crate) fn compare(before: &[Outcome], after: &[Outcome]) -> Vec<Broken> {
    let good = before.iter().filter(|o| o.result == Result::Ok);
    good.filter_map(|was| {
        let now = after.iter().find(|o| o.module == was.module).map(|o| o.result.clone());
        let missing = now.as_ref().map(missing::missing).unwrap_or_default();
        (now != Some(Result::Ok)).then(|| Broken { module: was.module.clone(), result: now, missing })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::refine::interpreter::testing;

    /// Modules of all kinds, and what importing each in this order gives.
    const MODULES: &[(&str, &str, &str)] = &[
        ("good", "print('noise'); import sys; sys.stdout.flush()", "imports"),
        ("leaves", "raise SystemExit(3)", "raises SystemExit: 3"),
        ("stops", "raise KeyboardInterrupt", "raises KeyboardInterrupt"),
        ("lines", "raise ValueError('\\nfirst\\nsecond \\udcff')", "raises ValueError: first; second \\udcff"),
        ("dies", "import os; os.kill(os.getpid(), 11)", "ends the process by signal 11"),
        ("ends", "import os; os.write(2, b'bye \\xff'); os._exit(7)", "ends the process with code 7"),
        ("sleeps", "import time; time.sleep(600)", "does not come back in time"),
        ("closes", "import os, sys; sys.stdout.close(); sys.stderr = None; os.closerange(0, 64); os.chdir('/tmp')", "imports"),
        ("forks", "import os, time\nif not os.fork(): time.sleep(0.2)", "imports"),
        ("threads", "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start()", "imports"),
        ("exits", "import atexit, time; atexit.register(time.sleep, 600)", "imports"),
        (
            "hooks",
            "import builtins, os\ndef no(*a, **k): raise ImportError('no more')\nbuiltins.__import__ = no; os.write = no; os._exit = no",
            "imports",
        ),
        ("after", "", "imports"),
        ("alone", "import sys\nassert 'good' not in sys.modules", "imports"),
        (
            "forges",
            "import os\nfor out in range(1, 1024):\n    try: os.write(out, b'\\x05\\0\\0\\0' b'17\\0ok')\n    except OSError: pass\nos._exit(0)",
            "ends the process with code 0",
        ),
        ("colours", "raise ValueError('\\x1b[31mred\\x07')", "raises ValueError: \\u{1b}[31mred\\u{7}"),
        ("misses", "import nowhere.tests", "raises ModuleNotFoundError: No module named 'nowhere'"),
        (
            "cwd",
            "raise RuntimeError(__import__('os').environ['HOME'] + str(__import__('os').environ.get('HTTP_PROXY')))",
            "raises RuntimeError: /tmpNone",
        ),
    ];

    #[test]
    fn every_module_gets_its_answer_whatever_the_others_do() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text, _) in MODULES {
            std::fs::write(folder.path().join(format!("{name}.py")), text).unwrap();
        }
        // What a `.pth` file does: it prints before any script of ours begins.
        let noise = "import os, sys\nprint('\\x1b[31m::error::' * 9999, flush=True)\nos.write(1, b'\\x02\\0\\0\\0ok')\n";
        std::fs::write(folder.path().join("sitecustomize.py"), noise).unwrap();
        for mut python in testing::pythons() {
            python.env = vec![("PYTHONPATH".into(), folder.path().display().to_string()), ("HTTP_PROXY".into(), "http://no".into())];
            let names: Vec<String> = MODULES.iter().map(|(name, ..)| (*name).to_owned()).collect();
            let outcomes = imports(&python, &names, &Limits { module: Duration::from_secs(5), ..Limits::default() }).unwrap();
            let got: Vec<_> = outcomes.iter().map(|o| (o.module.as_str(), o.result.describe())).collect();
            let want: Vec<_> = MODULES.iter().map(|(name, _, want)| (*name, (*want).to_owned())).collect();
            assert_eq!(got, want, "{}", python.program.display());
            assert!(outcomes[5].result.text().starts_with("bye"), "{:?}", outcomes[5]);
            assert!(!folder.path().join("__pycache__").exists());
        }
    }

    #[test]
    fn one_that_is_late_is_tried_again_alone_and_for_longer() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("slow.py", "import time; time.sleep(1.5)");
        write("asleep.py", "import time; time.sleep(600)");
        write("long.py", "import time; time.sleep(2.5)");
        let mut python = testing::python();
        python.env = vec![("PYTHONPATH".into(), folder.path().display().to_string())];
        let names = ["slow", "asleep", "long"].map(str::to_owned);
        let tried = |again: bool, before: &[(&str, u64)]| {
            let before = before.iter().map(|(name, seconds)| ((*name).to_owned(), Duration::from_secs(*seconds))).collect();
            let limits = Limits { module: Duration::from_secs(1), before, again };
            let outcomes = imports(&python, &names, &limits).unwrap();
            outcomes.iter().map(|o| o.result == Result::Ok).collect::<Vec<_>>()
        };
        assert_eq!(tried(false, &[]), [false, false, false]);
        assert_eq!(tried(true, &[]), [true, false, false], "twice a second");
        assert_eq!(tried(true, &[("long", 2)]), [true, false, true], "it took two seconds before, and may take twenty");
    }

    #[test]
    fn sources_that_are_read_are_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one.py"), "import two").unwrap();
        std::fs::write(folder.path().join("two.py"), "raise ValueError").unwrap();
        for mut python in testing::pythons() {
            python.env = vec![("PYTHONPATH".into(), folder.path().display().to_string())];
            let mut files = std::collections::BTreeSet::new();
            let mut seen = |path: &str| _ = files.insert(path.to_owned());
            watched(&python, &["one".into(), "json".into()], &Limits::default(), Some(&mut seen)).unwrap();
            assert!(["one.py", "two.py"].iter().all(|name| files.contains(&folder.path().join(name).display().to_string())), "{files:?}");
            // What was read before the first of them counts, too.
            assert!(files.iter().any(|f| f.ends_with("/encodings/__init__.py")), "{files:?}");
        }
    }

    #[test]
    fn an_interpreter_that_is_not_there_or_does_not_start_is_an_error() {
        let nowhere = imports(&Python::new("/nowhere/python".as_ref()), &["os".into()], &Limits::default()).unwrap_err();
        assert!(nowhere.to_string().contains("/nowhere/python cannot be run"), "{nowhere}");
        let mut python = testing::python();
        python.env = vec![("PYTHONHOME".into(), "/nowhere".into())];
        let broken = imports(&python, &["os".into()], &Limits::default()).unwrap_err().to_string();
        assert!(broken.contains("does not start: it ended with code 1 and said: ") && broken.contains("encodings"), "{broken}");
        let folder = tempfile::tempdir().unwrap();
        let killed = folder.path().join("python");
        std::fs::write(&killed, "#!/bin/sh\nkill -9 $$\n").unwrap();
        std::fs::set_permissions(&killed, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let killed = imports(&Python::new(&killed), &["os".into()], &Limits::default()).unwrap_err().to_string();
        assert!(killed.ends_with("does not start: it was ended by signal 9, as for want of memory, without a word"), "{killed}");
    }

    #[test]
    fn what_broke_is_what_was_good_before() {
        let outcome = |module: &str, result| Outcome { module: module.into(), result, took: Duration::ZERO };
        let error = || Result::error("ModuleNotFoundError", "No module named 'x.tests'", "");
        let before = [outcome("a", Result::Ok), outcome("b", error()), outcome("c", Result::Ok), outcome("d", Result::Ok)];
        let after = [outcome("a", error()), outcome("b", error()), outcome("c", Result::Ok)];
        let broken = compare(&before, &after);
        assert_eq!(broken.iter().map(|b| b.module.as_str()).collect::<Vec<_>>(), ["a", "d"]);
        assert_eq!(broken[0].missing, [Missing::Module("x.tests".into())]);
    }
}
