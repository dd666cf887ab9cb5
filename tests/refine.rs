//! The steps of a build that make an image small, whole and one after another, without an engine: a root folder with this machine's
//! Python, cut down to what these steps load, an environment of one package and a project, and the program in it, by `chroot`.
//! Where there is no `python3`, or nobody may change the root, it says so and does nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Tells of an interpreter: its series, its program, its standard library, and the files of that which are loaded.
const ASK: &str = "
import sys, os, encodings.utf_8, runpy, sysconfig, traceback, warnings
home = os.path.dirname(os.__file__)
print('%d.%d' % sys.version_info[:2], os.path.realpath(sys.executable), home, sep='\\n')
for module in list(sys.modules.values()):
    path = getattr(module, '__file__', None)
    if path and path.startswith(home + '/'): print(path)
";

/// Where the service's programs are found, and `chroot` itself.
const PATH: &str = "/app/.venv/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A folder that is the root for the program.
struct Root {
    folder: tempfile::TempDir,
    series: String,
}

/// Why there is no such root on this machine.
fn skip(why: &str) -> Option<Root> {
    // Shown with `--nocapture`, and where a run fails.
    eprint(&format!("skipped: {why}\n"));
    None
}

fn eprint(text: &str) {
    use std::io::Write as _;
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

impl Root {
    /// One with an interpreter, the program, and what both are linked with.
    fn new() -> Option<Self> {
        let Ok(told) = Command::new("python3").args(["-I", "-c", ASK]).output() else { return skip("there is no python3") };
        let told = String::from_utf8(told.stdout).unwrap();
        let mut lines = told.lines();
        let (Some(series), Some(program), Some(home)) = (lines.next(), lines.next(), lines.next()) else {
            return skip("python3 is silent");
        };
        let root = Self { folder: tempfile::tempdir().unwrap(), series: series.to_owned() };
        fs::set_permissions(root.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        root.copy(Path::new(program), &format!("/usr/local/bin/python{series}"));
        for file in lines {
            root.copy(Path::new(file), &file.replacen(home, &format!("/usr/local/lib/python{series}"), 1));
        }
        let distil = Path::new(env!("CARGO_BIN_EXE_distil"));
        // Linked where the folder is on the same disk: it is large.
        let linked = root.at("/run/distil");
        fs::create_dir_all(linked.parent().unwrap()).unwrap();
        fs::hard_link(distil, &linked).or_else(|_| fs::copy(distil, &linked).map(|_| ())).unwrap();
        let natives: Vec<PathBuf> = root.files("usr").into_iter().filter(|file| file.contains(".so")).map(|file| root.at(&file)).collect();
        for linked in [Path::new(program), distil].into_iter().chain(natives.iter().map(PathBuf::as_path)) {
            for library in libraries(linked) {
                let name = library.rsplit('/').next().unwrap();
                if name.starts_with("libpython") {
                    root.copy(Path::new(&library), &format!("/usr/local/lib/{name}"));
                } else {
                    root.copy(Path::new(&library), &format!("/run/runtime{library}"));
                }
                root.copy(Path::new(&library), &library);
            }
        }
        for (path, text) in [("/dev/null", ""), ("/proc/none", ""), ("/etc/ld.so.conf", "/usr/local/lib\n"), ("/run/runtime/etc/group", "")]
        {
            root.write(path, text);
        }
        let output = root.run(&["explain", "bug"]).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("Operation not permitted") {
            return skip("nobody may change the root here");
        }
        assert!(output.status.success(), "{said}");
        Some(root)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn copy(&self, from: &Path, to: &str) {
        let to = self.at(to);
        if !to.exists() {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, &to).unwrap();
        }
    }

    fn run(&self, words: &[&str]) -> std::io::Result<Output> {
        Command::new("chroot").arg(self.folder.path()).arg("/run/distil").args(words).env_clear().env("PATH", PATH).output()
    }

    /// Runs a step that has to end well, and gives what it said.
    #[track_caller]
    fn step(&self, words: &[&str]) -> String {
        let output = self.run(&[&["refine"], words].concat()).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words:?}: {said}");
        said
    }

    /// The files below a folder, by their paths from the root.
    fn files(&self, folder: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![self.at(folder)];
        while let Some(next) = open.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() {
                    open.push(path);
                } else {
                    found.insert(path.strip_prefix(self.folder.path()).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found
    }

    /// The files of a layer that a name is part of, by their paths in the image.
    fn layer(&self, layer: &str, part: &str) -> Vec<String> {
        let below = format!("{layer}/");
        self.files(layer)
            .iter()
            .filter_map(|file| file.strip_prefix(&below))
            .filter(|file| file.contains(part))
            .map(str::to_owned)
            .collect()
    }

    fn notes(&self, folder: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.at(folder).join("notes.json")).unwrap()).unwrap()
    }
}

/// The libraries that a program is linked with.
fn libraries(program: &Path) -> Vec<String> {
    let output = Command::new("ldd").arg(program).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().filter(|word| word.starts_with('/') && !word.ends_with(':')).map(str::to_owned).collect()
}

/// A package, as an installer leaves it in a folder.
fn install(root: &Root, site: &str, name: &str, files: &[(&str, &str)]) {
    let info = format!("{name}-1.0.dist-info");
    let mut record = format!("{info}/METADATA,,\n{info}/RECORD,,\n");
    for (file, text) in files {
        root.write(&format!("{site}/{file}"), text);
        let _ = writeln!(record, "{file},,{}", text.len());
    }
    root.write(&format!("{site}/{info}/METADATA"), &format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"));
    root.write(&format!("{site}/{info}/RECORD"), &record);
}

/// Builder, environment and project as they are before the steps.
fn service(root: &Root) {
    let series = &root.series;
    let site = format!("/app/.venv/lib/python{series}/site-packages");
    root.write("/app/.venv/pyvenv.cfg", "home = /usr/local/bin\ninclude-system-site-packages = false\n");
    root.write("/app/.venv/bin/activate", "nobody sources this");
    symlink(format!("/usr/local/bin/python{series}"), root.at("/app/.venv/bin/python")).unwrap();
    let greet = [
        ("greet/__init__.py", "from greet.words import HELLO\n"),
        ("greet/words.py", "HELLO = 'hello'\n"),
        ("greet/rare.py", "SELDOM = True\n"),
        ("greet/tests/__init__.py", ""),
        ("greet/tests/test_words.py", "assert True\n"),
        ("greet/words.pyi", "HELLO: str\n"),
    ];
    install(root, &site, "greet", &greet);
    install(root, &site, "heavy", &[("heavy/__init__.py", "WEIGHT = 1\n")]);
    install(root, &site, "broken", &[("broken.py", "import no_such_module\n")]);
    let shop = [("shop/__init__.py", ""), ("shop/__main__.py", "import greet\nif __name__ == '__main__':\n    print(greet.HELLO)\n")];
    install(root, "/app/.project", "shop", &shop);
    root.write("/app/.project/.lock", "");
}

#[test]
fn the_environment_and_the_project_are_made_whole() {
    let Some(root) = Root::new() else { return };
    service(&root);
    let (series, site) = (root.series.clone(), format!("app/.venv/lib/python{}/site-packages", root.series));
    let python = format!("--python={series}");

    let environment = ["environment", &python, "--runtime=distroless", "--bytecode=used", "--user=65532:65532", "--home=/app"];
    let said = root.step(&[&environment[..], &["--layer=heavy=heavy", "--out=/refined"]].concat());
    let notes = root.notes("refined");
    // The rules leave tests and stubs out, and the list of the package's files no longer has them.
    assert_eq!(root.layer("refined/packages", "greet/"), ["__init__.py", "rare.py", "words.py"].map(|file| format!("{site}/greet/{file}")));
    let record = fs::read_to_string(root.at(&format!("refined/packages/{site}/greet-1.0.dist-info/RECORD"))).unwrap();
    assert!(record.contains("greet/words.py,") && !record.contains("greet/tests") && !record.contains(".pyi"), "{record}");
    // A layer for what has one, the interpreter in its own, and nothing of what only makes an environment.
    assert_eq!(root.layer("refined/heavy", "__init__"), [format!("{site}/heavy/__init__.py")]);
    assert!(root.layer("refined/packages", "heavy").is_empty() && root.layer("refined", "activate").is_empty());
    assert_eq!(root.layer("refined/interpreter", "/os.py"), [format!("usr/local/lib/python{series}/os.py")]);
    assert_eq!(root.layer("refined/interpreter", "bin/python3."), [format!("usr/local/bin/python{series}")]);
    let users = fs::read_to_string(root.at("refined/system/etc/passwd")).unwrap();
    assert!(users.contains("service:x:65532:65532:service:/app:"), "{users}");
    // What imports is noted for the proof, and what does not is said with its reason.
    let modules: Vec<&str> = notes["modules"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(["greet", "heavy"].iter().all(|module| modules.contains(module)), "{notes}");
    assert!(notes["failing"]["broken"].as_str().unwrap().contains("no_such_module"), "{notes}");
    assert!(said.contains("broken") && said.contains("no_such_module"), "{said}");

    symlink("/refined", root.at("/run/environment")).unwrap();
    let application = [
        "application",
        &python,
        "--runtime=distroless",
        "--bytecode=used",
        "--workdir=/app",
        "--stable=heavy",
        "--env=PYTHONPATH=/app/.project",
    ];
    root.step(&[&application[..], &["--out=/finished", "--", "python", "-m", "shop"]].concat());
    // The project with the bytecode of its start; `rare` is not loaded then, and what seldom changes has a layer of its own.
    assert_eq!(root.layer("finished/application", "shop/_").iter().filter(|file| !file.contains("__pycache__")).count(), 2);
    let compiled = |layer: &str, part: &str| root.layer(layer, ".pyc").iter().filter(|file| file.contains(part)).count();
    assert_eq!([compiled("finished/application", "words."), compiled("finished/application", "rare.")], [1, 0]);
    assert_eq!([compiled("finished/application", "/heavy/"), compiled("finished/bytecode", "/heavy/")], [0, 0]);
    assert_eq!([compiled("finished/bytecode", "/keyword."), compiled("finished/application", "/keyword.")], [1, 0]);
    assert_eq!(root.layer("finished", ".lock"), Vec::<String>::new());
    let notes = root.notes("finished");
    assert_eq!((notes["policy"].as_str(), notes["modules"].to_string()), (Some("used"), "[\"shop\"]".to_owned()));
}

#[test]
fn the_same_folders_give_the_same_layers() {
    let Some(root) = Root::new() else { return };
    service(&root);
    let python = format!("--python={}", root.series);
    let environment = ["environment", &python, "--runtime=distroless", "--user=65532:65532", "--home=/app"];
    let made = |out: &str, words: &[&str]| {
        root.step(&[&environment[..], words, &[&format!("--out=/{out}")]].concat());
        let files = root.files(out).into_iter().filter(|file| !root.at(file).is_symlink());
        files.map(|file| (file[out.len()..].to_owned(), fs::read(root.at(&file)).unwrap())).collect::<Vec<_>>()
    };
    let first = made("first", &["--bytecode=used"]);
    assert!(first.len() > 50 && made("again", &["--bytecode=used"]) == first);
    // Without rules nothing is missing.
    let whole = made("whole", &["--bytecode=none", "--no-prune"]);
    let has = |files: &[(String, Vec<u8>)], end: &str| files.iter().any(|(file, _)| file.ends_with(end));
    assert_eq!((has(&whole, "greet/tests/test_words.py"), has(&first, "greet/tests/test_words.py")), (true, false));
}
