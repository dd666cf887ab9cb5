//! The decision on small trees: guard, exceptions, the user's own words, AWS services, installers.

use super::*;
use crate::refine::packages::inventory;

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
    prune(&made.tree, &inventory(&made.tree, &[SITE]), &Rules::embedded(), settings)
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
