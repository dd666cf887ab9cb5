//! Starts of all kinds: what they read, and what is said of each import.

use std::fs;
use std::path::Path;

use super::*;
use crate::python::refine::interpreter::testing;

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn what_is_read_is_known_even_when_the_app_fails() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| write(folder.path(), path, text);
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
            let trace = trace(&python, &loads, &[], Limits::default()).unwrap();
            let own = trace.files.iter().filter_map(|f| Some(f.strip_prefix(folder.path()).ok()?.display().to_string()));
            (own.collect::<Vec<_>>(), trace)
        };
        let named = |name: &str| Load::Named(name.into(), None);
        let (own, all) = run(&[named("api.app"), named("nowhere")]);
        assert_eq!(own, ["api/__init__.py", "api/app.py", "api/db.py"]);
        assert!(all.files.iter().any(|f| f.ends_with("decimal.py")), "{all:?}");
        assert!(all.files.iter().any(|f| f.ends_with("encodings/__init__.py")), "{all:?}");
        assert!(!all.files.iter().any(|f| f.ends_with("importlib/util.py") || f.ends_with("json/__init__.py")), "{all:?}");
        let failed = all.failed().unwrap();
        assert_eq!((failed.what.as_str(), failed.result.describe()), ("api.app", "raises KeyError: 'DATABASE_URL'".into()));
        assert!(!failed.lasting);
        assert!(failed.result.text().ends_with("db.py\", line 3, in <module>\nKeyError: 'DATABASE_URL'"), "{}", failed.result.text());
        let (own, all) = run(&[Load::Run("api.__main__".into())]);
        assert_eq!((own, all.failed()), (["api/__init__.py", "api/__main__.py", "api/tool.py"].map(String::from).to_vec(), None));
        let (own, _) = run(&[Load::Script("serve.py".into())]);
        assert_eq!(own, ["api/__init__.py", "api/routes.py", "api/tool.py"]);
        let (own, _) = run(&[named("good"), Load::Factory("good".into())]);
        assert_eq!(own, ["api/__init__.py", "api/routes.py", "good.py"]);
    }
}

/// Each load alone, and what is said of what the command asks for: how it went, and whether it can be otherwise elsewhere.
#[test]
fn every_way_to_fail_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| write(folder.path(), path, text);
    write("web.py", "app = 1\nclass Group:\n    server = app\n");
    write("wrong.py", "def f(:\n");
    write("runs.py", "import subprocess\ndef f():\n    subprocess.run(['no-such-program'])\nf()\n");
    write("reads.py", "def f():\n    open('none.txt')\nf()\n");
    write("asks.py", "import wrong");
    write("misses.py", "import nowhere_at_all.deep");
    write("chooses.py", "import importlib\nimportlib.import_module('nowhere_at_all')");
    write("calls.py", "def f():\n    import nowhere_at_all\nf()");
    write("settings.py", "import os\nos.environ['DATABASE_URL_']");
    write("leaves.py", "raise SystemExit(3)");
    write("exits.py", "import os\nos._exit(0)");
    write("dies.py", "import os\nos.kill(os.getpid(), 11)");
    write("sleeps.py", "import time\ntime.sleep(600)");
    write("forks.py", "import os, time\nif not os.fork(): time.sleep(0.1)");
    write("pack/__init__.py", "");
    write("pack/__main__.py", "import settings");
    write("guarded.py", "import os\nos.environ['NEVER_SET']\nif __name__ == '__main__':\n    while True: pass\n");
    write("open.py", "import misses\nwhile True: pass\n");
    write("tolerant.py", "try:\n    import nowhere_at_all\nexcept ImportError:\n    pass\ndef later():\n    import nowhere_at_all\n");
    write("below.py", "if __name__ == '__main__':\n    import nowhere_at_all\n    import settings\n");
    write(
        "within.py",
        "import asyncio\nasync def main():\n    import nowhere_at_all\nif __name__ == '__main__':\n    asyncio.run(main())\n",
    );
    write("words.py", "try:\n    import nowhere_at_all\nexcept ImportError:\n    raise RuntimeError('install it')\n");
    write("local.py", "try:\n    import pack.local\nexcept ImportError as error:\n    raise RuntimeError('write it') from error\n");
    write("perhaps.py", "def main():\n    if web:\n        import nowhere_at_all\nif __name__ == '__main__':\n    main()\n");
    write("uvi.py", "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('web:appp', port=1)\n    uvicorn.run(app='web:app')\n");
    write("uvicorn.py", "");
    write("moves.py", "import sys\nif __name__ == '__main__':\n    sys.path.append('lib')\n    import nowhere_at_all\n");
    let named = |name: &str, attr: &str| Load::Named(name.into(), Some(attr.to_owned()).filter(|a| !a.is_empty()));
    let misses = "raises ModuleNotFoundError: No module named 'nowhere_at_all' always";
    let (below, within) =
        (format!("import nowhere_at_all {misses}; below.py imports"), format!("within imports; import nowhere_at_all {misses}"));
    let cases = [
        (Load::Script("below.py".into()), below.as_str()),
        (Load::Main("within".into()), within.as_str()),
        (Load::Main("perhaps".into()), "perhaps imports"),
        (named("words", ""), "words raises RuntimeError: install it always"),
        (named("local", ""), "local raises RuntimeError: write it"),
        (Load::Main("uvi".into()), "uvi imports; web:appp raises AttributeError: module 'web' has no attribute 'appp' always"),
        (Load::Main("moves".into()), "moves imports"),
        (named("web", "app"), "web:app imports"),
        (named("web", "Group.server"), "web:Group.server imports"),
        (named("web", "appp"), "web:appp raises AttributeError: module 'web' has no attribute 'appp' always"),
        (Load::Object("web.app".into()), "web.app imports"),
        (Load::Object("pack".into()), "pack imports"),
        (Load::Object("web.apq".into()), "web.apq raises AttributeError: module 'web' has no attribute 'apq' always"),
        (named("asks", ""), "asks raises SyntaxError: invalid syntax (wrong.py, line 1) always"),
        (named("misses", ""), "misses raises ModuleNotFoundError: No module named 'nowhere_at_all' always"),
        (named("chooses", ""), "chooses raises ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (named("calls", ""), "calls raises ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (named("settings", ""), "settings raises KeyError: 'DATABASE_URL_'"),
        (named("leaves", ""), "leaves raises SystemExit: 3"),
        (named("exits", ""), "exits ends the process with code 0"),
        (named("runs", ""), "runs raises FileNotFoundError: [Errno 2] No such file or directory: 'no-such-program' always"),
        (named("reads", ""), "reads raises FileNotFoundError: [Errno 2] No such file or directory: 'none.txt'"),
        (named("dies", ""), "dies ends the process by signal 11"),
        (named("forks", ""), "forks imports"),
        (Load::Main("sleeps".into()), "sleeps does not come back in time"),
        (Load::Main("pack".into()), "pack imports; import settings raises KeyError: 'DATABASE_URL_'"),
        (Load::Script("guarded.py".into()), "import os imports; guarded.py raises KeyError: 'NEVER_SET'"),
        (Load::Script("open.py".into()), "import misses raises ModuleNotFoundError: No module named 'nowhere_at_all' always"),
        (Load::Script("wrong.py".into()), "wrong.py raises SyntaxError: invalid syntax (wrong.py, line 1) always"),
        (Load::Script("tolerant.py".into()), ""),
        (
            Load::Code("import misses\nfrom web import app".into()),
            "import misses raises ModuleNotFoundError: No module named 'nowhere_at_all' always; from web import app imports",
        ),
    ];
    let mut python = testing::python();
    python.workdir = folder.path().to_owned();
    for (load, want) in cases {
        let loads = [Load::Path(".".into()), load];
        let limits = Limits { run: Duration::from_secs(2), ..Limits::default() };
        let trace = trace(&python, &loads, &[], limits).unwrap();
        let own = trace.tried.iter().filter(|t| t.own);
        let said = own.map(|t| format!("{} {}{}", t.what, t.result.describe(), if t.lasting { " always" } else { "" }));
        assert_eq!(said.collect::<Vec<_>>().join("; "), want, "{:?}", loads[1]);
    }
}

/// The modules that a framework's settings name are loaded with the first request, if there is one.
#[test]
fn settings_name_modules_that_a_server_cannot_do_without() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "conf.py", "class settings:\n    URLS = 'urls'\n    LATER = 'later'\n");
    write(folder.path(), "urls.py", "import nowhere_at_all");
    write(folder.path(), "later.py", "raise KeyError('DATABASE_URL')");
    let mut python = testing::python();
    python.workdir = folder.path().to_owned();
    for serves in [true, false] {
        let settings = ["URLS", "LATER"].map(str::to_owned).to_vec();
        let companion = Load::Companion("conf".into(), settings, vec![], serves);
        let loads = [Load::Path(".".into()), Load::Module("conf".into()), companion];
        let trace = trace(&python, &loads, &[], Limits::default()).unwrap();
        let said: Vec<_> = trace.tried.iter().map(|t| (t.what.as_str(), t.own, t.lasting)).collect();
        assert_eq!(said, [("conf", false, false), ("urls", serves, true), ("later", false, false)]);
    }
}
