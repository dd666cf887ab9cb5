//! The decision on small trees: guard, exceptions, the user's own words, AWS services, installers.

use crate::python::pep::normalized;
use crate::refine::prune::{Kept, Pruned, Settings, prune};
use crate::refine::tree::Tree;

use super::packages::inventory;
use super::{PythonCode, rules};

const SITE: &str = "/app/.venv/lib/python3.13/site-packages";

struct Made {
    _disk: tempfile::TempDir,
    tree: Tree,
}

fn made(files: &[(&str, &str)]) -> Made {
    let disk = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = match path.strip_prefix('/') {
            Some(path) => disk.path().join(path),
            None => disk.path().join(&SITE[1..]).join(path),
        };
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let tree = Tree::read(disk.path(), "/").unwrap();
    Made { _disk: disk, tree }
}

fn run(made: &Made, settings: &Settings) -> Pruned {
    prune(&made.tree, &inventory(&made.tree, &[SITE]), &PythonCode, &rules(), settings)
}

/// Which of the paths go, in short form.
fn gone(pruned: &Pruned) -> Vec<String> {
    let short = |path: &str| path.strip_prefix(SITE).map_or_else(|| path.to_owned(), |p| p[1..].to_owned());
    pruned.paths().into_iter().map(short).collect()
}

#[test]
fn tests_go_unless_kept_code_imports_them() {
    let numpy = [
        ("numpy/__init__.py", ""),
        ("numpy/testing/__init__.py", "from numpy._core.tests._natype import pd_NA\n"),
        ("numpy/_core/tests/_natype.py", "from numpy.lib.tests import data\n"),
        ("numpy/lib/tests/data.py", ""),
        ("numpy/fft/tests/test_fft.py", "import numpy.linalg.tests\n"),
        ("numpy/linalg/tests/test_x.py", ""),
        ("numpy/conftest.py", "import numpy.fft.tests\n"),
        ("numpy/testsuite/x.py", ""),
        ("django/test/__init__.py", ""),
    ];
    let pruned = run(&made(&numpy), &Settings::default());
    assert_eq!(gone(&pruned), ["numpy/conftest.py", "numpy/fft/tests/test_fft.py", "numpy/linalg/tests/test_x.py"]);
    let why: Vec<_> = pruned.kept.iter().map(|k| k.why.as_str()).collect();
    assert_eq!(why.len(), 2);
    assert!(why[0].ends_with("numpy/testing/__init__.py imports it") && why[1].ends_with("_natype.py imports it"), "{why:?}");
}

#[test]
fn a_folder_of_tests_without_code_is_data() {
    let files =
        [("forms/__init__.py", ""), ("forms/tests/wrong/1.raw", "x"), ("other/tests/data/1.raw", "x"), ("other/tests/test_a.py", "")];
    let pruned = run(&made(&files), &Settings::default());
    assert_eq!(gone(&pruned), ["other/tests/data/1.raw", "other/tests/test_a.py"]);
    let [kept] = &pruned.kept[..] else { panic!("{:?}", pruned.kept) };
    assert!(kept.path.ends_with("/forms/tests") && kept.why == "it holds no **/*.py", "{kept:?}");
}

#[test]
fn entry_points_hold_what_they_name() {
    let made = made(&[("a/tests/plugin.py", ""), ("a-1.dist-info/entry_points.txt", "[pytest11]\nx = a.tests.plugin:X\n")]);
    assert!(gone(&run(&made, &Settings::default())).is_empty());
}

#[test]
fn the_user_has_the_last_word_and_hears_of_patterns_that_name_nothing() {
    let files = [("a/tests/t.py", ""), ("a/tests/u.py", ""), ("a/big.bin", "12345"), ("/srv/x", ""), ("django/test/a.py", "")];
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let settings = Settings {
        keep: words(&["a/tests/t.py", "b/**"]),
        drop: words(&["a/*.bin", "/srv", "django/test/", "nothing"]),
        switches: [("tsts".to_owned(), false)].into(),
        ..Settings::default()
    };
    let made = made(&files);
    let pruned = run(&made, &settings);
    assert_eq!(gone(&pruned), ["a/big.bin", "a/tests/u.py", "django/test/a.py", "/srv/x"]);
    let said: Vec<_> = pruned.problems.iter().map(|p| p.message.as_str()).collect();
    let named: Vec<_> = pruned.problems.iter().map(|p| p.code.name()).collect();
    assert_eq!(named, ["unknown-key", "no-match", "no-match"]);
    assert_eq!(said, ["`prune` has no switch `tsts`", "`b/**` under `keep` matches no file", "`nothing` under `drop` matches no file"]);
    let off = Settings { switches: [("tests".to_owned(), false)].into(), ..Settings::default() };
    assert!(gone(&run(&made, &off)).is_empty());
    let mut tree = made.tree.clone();
    pruned.apply(&mut tree);
    assert!(tree.get("/srv").is_none() && tree.get(&format!("{SITE}/a/tests/t.py")).is_some());
}

#[test]
fn aws_data_goes_only_with_a_declaration() {
    let made = made(&[
        ("botocore/data/endpoints.json", ""),
        ("botocore/data/s3/x.json", ""),
        ("botocore/data/sqs/x.json", ""),
        ("botocore/data/ec2/x.json", ""),
        ("botocore/docs/a.py", ""),
    ]);
    assert!(gone(&run(&made, &Settings::default())).is_empty());
    let declared = |name: &str| run(&made, &Settings { aws: Some(vec![name.to_owned()]), ..Settings::default() });
    assert_eq!(gone(&declared("sqs")), ["botocore/data/ec2/x.json"]);
    assert_eq!(declared("sqss").problems[0].help, ["did you mean `sqs`?"]);
    assert_eq!(declared("sqss").problems[0].code.name(), "unknown-service");
}

#[test]
fn installers_go_where_nothing_needs_them() {
    let mut files = vec![
        ("pip/__init__.py", ""),
        ("pip-25.dist-info/RECORD", "pip/__init__.py,,\n../../../bin/pip,,\n"),
        ("/app/.venv/bin/pip", ""),
        ("setuptools/__init__.py", ""),
        ("pkg_resources/__init__.py", "import pip\n"),
        ("setuptools-80.dist-info/RECORD", "setuptools/__init__.py,,\npkg_resources/__init__.py,,\n"),
        ("a/__init__.py", "\"\"\"setuptools is not needed\"\"\"\n"),
        ("a/x.pyi", ""),
        ("a-1.dist-info/RECORD", "a/__init__.py,,\n"),
        ("a-1.dist-info/uv_cache.json", ""),
        ("a-1.dist-info/licenses/tests/LICENSE.c", ""),
    ];
    let left = |files: &[_]| gone(&run(&made(files), &Settings::default()));
    let all = left(&files);
    assert!(all.contains(&"/app/.venv/bin/pip".to_owned()) && all.contains(&"a-1.dist-info/uv_cache.json".to_owned()), "{all:?}");
    assert!(all.contains(&"setuptools-80.dist-info/RECORD".to_owned()) && all.contains(&"a/x.pyi".to_owned()));
    assert!(!all.contains(&"a-1.dist-info/licenses/tests/LICENSE.c".to_owned()));
    files[6].1 = "try:\n    import pkg_resources\nexcept ImportError:\n    pass\n";
    assert!(!left(&files).iter().any(|path| path.starts_with("setuptools") || path.starts_with("pkg_resources")));
    files.push(("a-1.dist-info/METADATA", "Name: a\nRequires-Dist: pip\nRequires-Dist: lazy-loader\n"));
    files.push(("lazy_loader-1.dist-info/METADATA", "Name: lazy-loader\n"));
    let all = left(&files);
    assert!(!all.iter().any(|path| path.starts_with("pip/") || path == "a/x.pyi"), "{all:?}");
}

#[test]
fn the_interpreter_loses_what_no_package_imports() {
    let library = [
        ("/usr/local/lib/python3.13/test/support/__init__.py", ""),
        ("/usr/local/lib/python3.13/unittest/case.py", ""),
        ("/usr/local/lib/python3.13/pdb.py", "import readline\n"),
        ("/usr/local/lib/python3.13/curses/__init__.py", "from _curses import *\n"),
        ("/usr/local/lib/python3.13/lib-dynload/_curses.cpython-313-x86_64-linux-gnu.so", ""),
        ("/usr/local/lib/python3.13/lib-dynload/readline.cpython-313-x86_64-linux-gnu.so", ""),
        ("/usr/local/bin/pip3.13", ""),
        ("/usr/local/bin/python3.13", ""),
        ("tui.py", "x = 'test.txt'\n"),
    ];
    let all = gone(&run(&made(&library), &Settings::default()));
    assert_eq!(all.len(), 5, "{all:?}");
    let mut library = library;
    library[8].1 = "import curses\n";
    let all = gone(&run(&made(&library), &Settings::default()));
    assert_eq!(all.len(), 3, "{all:?}");
}

const LIBRARY: &str = "/usr/local/lib/python3.13";

/// What goes of a standard library when the project's own code imports these.
fn left_out(files: &[&str], imported: &[&str]) -> (Vec<String>, Vec<Kept>) {
    let files: Vec<(String, &str)> = files.iter().map(|f| (format!("{LIBRARY}/{f}"), "")).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let settings = Settings { imported: imported.iter().map(|m| (*m).to_owned()).collect(), ..Settings::default() };
    let pruned = run(&made(&files), &settings);
    (pruned.paths().into_iter().map(|p| p[LIBRARY.len() + 1..].to_owned()).collect(), pruned.kept)
}

#[test]
fn what_the_project_imports_of_the_standard_library_stays() {
    let so = |name: &str| format!("lib-dynload/{name}.cpython-313-x86_64-linux-gnu.so");
    let native = ["readline", "_curses", "_curses_panel", "_dbm", "_gdbm", "_tkinter"].map(so);
    let mut files =
        vec!["curses/__init__.py", "dbm/__init__.py", "dbm/gnu.py", "dbm/ndbm.py", "tkinter/__init__.py", "turtle.py", "_pydecimal.py"];
    files.extend(["ensurepip/__init__.py", "lib2to3/main.py", "test/support/__init__.py"]);
    files.extend(native.iter().map(String::as_str));
    let all = left_out(&files, &[]).0;
    assert_eq!(all.len(), files.len() - 1, "dbm/__init__.py alone stays: {all:?}");
    let stays = |module: &str| -> Vec<String> {
        let gone = left_out(&files, &[module]).0;
        all.iter().filter(|path| !gone.contains(path)).cloned().collect()
    };
    assert_eq!(stays("readline"), [so("readline")]);
    assert_eq!(stays("curses.ascii"), ["curses/__init__.py"]);
    assert_eq!(stays("dbm.gnu"), ["dbm/gnu.py".to_owned(), "dbm/ndbm.py".to_owned(), so("_dbm"), so("_gdbm")]);
    assert_eq!(stays("shelve").len(), 4);
    assert_eq!(stays("tkinter.ttk"), ["tkinter/__init__.py"]);
    assert_eq!(stays("turtle"), ["turtle.py"]);
    assert_eq!(stays("_pydecimal"), ["_pydecimal.py"]);
    assert_eq!(stays("ensurepip"), ["ensurepip/__init__.py"]);
    assert_eq!(stays("lib2to3"), ["lib2to3/main.py"]);
    assert_eq!(stays("test.support"), ["test/support/__init__.py"]);
    assert_eq!(stays("dbmx"), [""; 0]);
    let kept = left_out(&files, &["readline"]).1;
    assert_eq!((kept[0].rule.as_str(), kept[0].why.as_str()), ("terminal", "the project's code imports it"));
}

#[test]
fn what_stays_for_the_project_keeps_what_it_imports_itself() {
    let files = [
        (&*format!("{LIBRARY}/turtle.py"), "import tkinter as TK\n"),
        (&*format!("{LIBRARY}/tkinter/__init__.py"), "import _tkinter\n"),
        (&*format!("{LIBRARY}/lib-dynload/_tkinter.cpython-313-x86_64-linux-gnu.so"), ""),
        ("matplotlib/backends/tk.py", "import tkinter\n"),
        ("matplotlib-3.dist-info/RECORD", "matplotlib/backends/tk.py,,\n"),
    ];
    let with = |imported: &[&str]| {
        let imported = imported.iter().map(|m| (*m).to_owned()).collect();
        run(&made(&files), &Settings { imported, ..Settings::default() }).paths().len()
    };
    assert_eq!((with(&[]), with(&["turtle"])), (3, 0));
    let mut files = files;
    files[4].1 = "";
    files[3].0 = "drawing/window.py";
    assert_eq!(run(&made(&files), &Settings::default()).paths().len(), 1, "only turtle goes where another package has windows");
}

#[test]
fn what_the_project_requires_or_imports_of_packages_stays() {
    let files = [
        ("setuptools/__init__.py", ""),
        ("pkg_resources/__init__.py", ""),
        ("distutils-precedence.pth", ""),
        (
            "setuptools-80.dist-info/RECORD",
            "setuptools/__init__.py,,\npkg_resources/__init__.py,,\ndistutils-precedence.pth,,\nsetuptools-80.dist-info/RECORD,,\n",
        ),
        ("nltk/test/portuguese.py", ""),
    ];
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<std::collections::BTreeSet<_>>();
    let made = made(&files);
    let with = |required: &[&str], imported: &[&str]| {
        run(&made, &Settings { required: words(required), imported: words(imported), ..Settings::default() })
    };
    assert_eq!(with(&[], &[]).paths().len(), 5);
    let required = with(&["setuptools"], &[]);
    assert_eq!(gone(&required), ["nltk/test/portuguese.py"]);
    assert!(required.kept.iter().any(|k| k.why == "the project requires it"), "{:?}", required.kept);
    for module in ["setuptools.command.build", "pkg_resources", "distutils.version"] {
        assert_eq!(gone(&with(&[], &[module])), ["nltk/test/portuguese.py"], "{module}");
    }
    assert_eq!(with(&[], &["nltk.test.portuguese"]).paths().len(), 4);
}

#[test]
fn rules_name_packages_as_python_does() {
    for rule in &rules().rules {
        assert!(rule.only.iter().chain(&rule.distributions).all(|name| *name == normalized(name)), "{}", rule.name);
    }
}
