//! Bytecode is the same in any company, and it is the code that Python itself would have made.

use super::*;
use crate::python::refine::interpreter::testing;

/// Sources of the standard library on this disk, and where they go in a folder of the test's.
fn library(python: &Python, folder: &Path, most: usize) -> Vec<Source> {
    let said = python.plain("import os; print(os.__file__)").output().unwrap();
    let root = PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()).parent().unwrap().to_owned();
    let mut files: Vec<PathBuf> = vec![];
    for folder in ["", "asyncio", "email", "encodings", "json", "http", "collections", "concurrent/futures"] {
        files.extend(
            fs::read_dir(root.join(folder)).unwrap().map(|f| f.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "py")),
        );
    }
    files.sort();
    let image = |path: &Path| format!("/usr/lib/python{}", path.display().to_string().strip_prefix(&root.display().to_string()).unwrap());
    let source = |p: &PathBuf| Source { disk: p.clone(), image: image(p), output: folder.join(image(p).replace('/', "~")) };
    files.iter().take(most).map(source).collect()
}

fn read(sources: &[Source]) -> Vec<Vec<u8>> {
    sources.iter().map(|s| fs::read(&s.output).unwrap()).collect()
}

#[test]
fn any_subset_in_any_order_gives_the_same_bytes() {
    for python in testing::pythons() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let all = library(&python, one.path(), 120);
        let report = compile(&python, &all, 2).unwrap();
        assert_eq!((report.compiled, report.skipped.len()), (all.len(), 0), "{report:?}");
        let mut few: Vec<Source> = library(&python, other.path(), 120).into_iter().rev().step_by(3).collect();
        compile(&python, &few, 1).unwrap();
        few.reverse();
        let same: Vec<Source> = few.iter().map(|s| all.iter().find(|a| a.image == s.image).unwrap().clone()).collect();
        for (number, (a, b)) in read(&same).into_iter().zip(read(&few)).enumerate() {
            assert!(a == b, "{} {}", python.program.display(), few[number].image);
        }
    }
}

#[test]
fn what_is_written_loads_as_the_code_that_python_makes() {
    const SAME: &str = "
import marshal, sys, importlib.util as u
for line in sys.stdin.read().split('\\n'):
    disk, image, out = line.split('\\t')
    text, pyc = open(disk, 'rb').read(), open(out, 'rb').read()
    assert pyc[:16] == u.MAGIC_NUMBER + b'\\1\\0\\0\\0' + u.source_hash(text), disk
    code = marshal.loads(pyc[16:])
    want = compile(text, image, 'exec', dont_inherit=True)
    assert code == want and code.co_filename == image, disk
    again = marshal.dumps(want)
    assert len(pyc) - 16 <= len(again), (disk, len(pyc), len(again))
print('same')
";
    for python in testing::pythons() {
        let folder = tempfile::tempdir().unwrap();
        let sources: Vec<Source> = library(&python, folder.path(), 1000).into_iter().step_by(3).collect();
        compile(&python, &sources, 2).unwrap();
        let lines: Vec<_> = sources.iter().map(|s| format!("{}\t{}\t{}", s.disk.display(), s.image, s.output.display())).collect();
        let mut child = python.plain(SAME).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
        assert_eq!(child.wait_with_output().unwrap().stdout, b"same\n", "{}", python.program.display());
    }
}

#[test]
fn hash_seeds_and_companions_do_not_matter() {
    let text =
        "x = 1 in {None, 'ab', 'cd', 'é', 3.5, ...}\ny = 'é'\nz = '-'\ndef f(*, self=(1, 'q')): return [self, 'q', 12345678901234567890]\n";
    let script = |before: &str| {
        format!("import sys, marshal; {before}; sys.stdout.buffer.write(marshal.dumps(compile(sys.argv[1], '/a.py', 'exec')))")
    };
    for python in testing::pythons() {
        let minor = String::from_utf8(python.plain("import sys; print(sys.version_info[1])").output().unwrap().stdout).unwrap();
        let minor: u32 = minor.trim().parse().unwrap();
        let mut forms = BTreeSet::new();
        for (seed, before) in [("0", "pass"), ("1", "keep = [sys.intern(w) for w in ('é', '-', 'ab', 'q', 'self')]"), ("7", "x = 'cd'")] {
            let out = python.plain(&script(before)).arg(text).env("PYTHONHASHSEED", seed).output().unwrap();
            forms.insert(marshal::normal(&out.stdout, minor).unwrap());
        }
        assert_eq!(forms.len(), 1, "{}", python.program.display());
    }
}

#[test]
fn what_does_not_compile_is_counted_and_nothing_else() {
    let python = testing::python();
    let folder = tempfile::tempdir().unwrap();
    let texts = [
        ("good", "x = 1"),
        ("template", "{{ x }} y"),
        ("two", "print 'x'"),
        ("null", "a\0b"),
        ("latin", "# -*- coding: latin-1 -*-\nx = '\u{e9}'"),
    ];
    let mut sources: Vec<Source> = vec![];
    for (name, text) in texts {
        let disk = folder.path().join(format!("{name} \u{e9}.py"));
        fs::write(&disk, text).unwrap();
        let image = format!("/app/{name}.py");
        sources.push(Source { disk, output: folder.path().join(place(&image[1..], "cpython-311")), image });
    }
    sources.push(Source { disk: "/nowhere.py".into(), image: "/app/gone.py".into(), output: "/nowhere/x.pyc".into() });
    let report = compile(&python, &sources, 2).unwrap();
    assert_eq!(report.skipped, ["/app/gone.py", "/app/null.py", "/app/template.py", "/app/two.py"]);
    assert_eq!(report.compiled, 2);
    assert!(folder.path().join("app/__pycache__/good.cpython-311.pyc").is_file());
    assert_eq!(compile(&python, &[], 2).unwrap(), Report::default());
    assert!(word(&python).unwrap().0.starts_with("cpython-3"));
}

#[test]
fn policies_choose_and_places_are_pythons_own() {
    let used: BTreeSet<String> = ["/a/b.py".to_owned()].into();
    let wants = |policy: Policy| ["/a/b.py", "/a/c.py", "/a/d.txt"].map(|p| policy.wants(p, &used));
    assert_eq!(wants(Policy::None), [false, false, false]);
    assert_eq!(wants(Policy::Used), [true, false, false]);
    assert_eq!(wants(Policy::All), [true, true, false]);
    assert_eq!(place("/a/b.py", "cpython-39"), "/a/__pycache__/b.cpython-39.pyc");
    assert_eq!(place("b.py", "cpython-39"), "__pycache__/b.cpython-39.pyc");
}
