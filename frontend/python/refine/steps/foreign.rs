//! An environment and a project for another machine than the one that the build runs on. Nothing of them is run: what was tried is the
//! same lock and the same project, installed for this machine, whose steps have told what came of it. Each program and library is held
//! against the machine that it is for.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::python::codes;
use crate::python::refine::interpreter::Python;
use crate::python::refine::interpreter::bytecode;
use crate::python::refine::interpreter::store::{Store, workers};
use crate::python::steps::Policy;
use crate::refine::elf::{self, Kind, Target};
use crate::refine::inventory::Inventory;
use crate::refine::proof::Finding;
use crate::refine::requests::Folder;
use crate::refine::tree::{Entry, Tree, has_extension};

use super::notes::{self, Tried};
use super::{Problem, STORE, all_right};

/// What the way out of a package for another machine is.
const EMULATE: &str = "`emulate: true` in the spec builds the image of that platform by programs of that platform";

/// Where the builder's files are: those of the machine that the image is for.
pub(super) fn root(foreign: &Folder) -> &Path {
    if foreign.exists() { foreign } else { Path::new("/") }
}

/// The environment's step for the machine that the build runs on.
pub(super) struct Native {
    folder: PathBuf,
    notes: notes::Environment,
}

impl Native {
    /// Reads it; `None` where the build is for that machine itself.
    pub(super) fn read(folder: &Folder) -> Result<Option<Self>, Problem> {
        if !folder.exists() {
            return Ok(None);
        }
        Ok(Some(Self { folder: folder.to_path_buf(), notes: notes::read(folder)? }))
    }

    /// What came of importing its modules.
    pub(super) fn tried(&self) -> Tried {
        let notes = self.notes.clone();
        Tried { modules: notes.modules, failing: notes.failing, slow: notes.slow }
    }

    /// Fills a store with bytecode of these sources, as far as they were read on that machine: it is taken over where the text is the
    /// same, and made where packages differ by machine.
    pub(super) fn bytecode<'p>(
        &self,
        store: &Store,
        python: &Python,
        sources: impl Iterator<Item = (&'p str, &'p Path)>,
        policy: Policy,
    ) -> std::io::Result<()> {
        if policy == Policy::None {
            return Ok(());
        }
        let native = Store::open(&self.folder.join(STORE))?;
        let read: Vec<(&str, &Path)> = sources.filter(|(path, _)| native.place(path).exists()).collect();
        store.adopt(&native, read.iter().copied())?;
        store.add(python, read, workers())
    }
}

/// What became of the project on the machine that the build runs on, as far as it holds for any: what the project's own libraries came to
/// is found anew.
pub(super) fn of_native(native: notes::Application) -> notes::Application {
    notes::Application { start: native.start, modules: native.modules, failing: native.failing, ..notes::Application::default() }
}

/// The sources of these trees that the service loads when it starts, which are those that the native step made bytecode of.
pub(super) fn loaded<'t>(native: &Path, tag: &str, trees: impl Iterator<Item = &'t Tree>) -> BTreeSet<String> {
    let has = |path: &str| {
        let place = bytecode::place(path, tag);
        let layers = fs::read_dir(native).into_iter().flatten().flatten();
        layers.into_iter().any(|layer| layer.path().join(place.trim_start_matches('/')).exists())
    };
    let sources = trees.flat_map(|tree| tree.iter().filter(|(path, entry)| entry.is_file() && has_extension(path, "py")));
    sources.map(|(path, _)| path).filter(|path| has(path)).map(str::to_owned).collect()
}

/// Makes sure that the interpreter is for the machine of the builder's libraries, and that each package with programs or libraries has some
/// for it. A package may bring those of several machines, to choose among them when it runs.
pub(super) fn check(shipped: &Tree, inventory: &Inventory, interpreter: &Tree, builder: &Tree) -> Result<(), Problem> {
    let wanted = machine(builder)?;
    let mut said = vec![];
    for (path, found) in interpreter.iter().filter_map(|(path, entry)| Some((path, target(entry)?))) {
        if found != wanted {
            said.push(wrong(path, &format!("the interpreter's {path}"), found, wanted));
            break;
        }
    }
    for one in &inventory.distributions {
        let files = one.files.iter().filter_map(|path| shipped.get(path)).filter_map(target);
        let found: BTreeSet<Target> = files.collect();
        if let Some(other) = found.first().filter(|_| !found.contains(&wanted)) {
            said.push(wrong(&one.name, &format!("`{}`", one.name), *other, wanted));
        }
    }
    all_right(said)
}

/// Makes sure that what the project's own build made is for the machine of the builder's libraries.
pub(super) fn project(application: &Tree, builder: &Tree) -> Result<(), Problem> {
    let wanted = machine(builder)?;
    let other = application.iter().filter_map(|(path, entry)| Some((path, target(entry)?))).find(|(_, found)| *found != wanted);
    all_right(other.map(|(path, found)| wrong(path, path, found, wanted)).into_iter().collect())
}

fn wrong(about: &str, what: &str, found: Target, wanted: Target) -> Finding {
    let message = format!("{what} is for {}, and the image is for {}\n  help: {EMULATE}", word(found), word(wanted));
    Finding::new(codes::OTHER_MACHINE, about, message)
}

/// The machine that a builder's C library is for.
fn machine(builder: &Tree) -> Result<Target, Problem> {
    let is_library = |path: &str| path.ends_with("/libc.so.6") || path.contains("/ld-musl-");
    let found = builder.iter().filter(|(path, _)| is_library(path)).filter_map(|(path, _)| builder.get(&builder.follow(path)?));
    let found = found.into_iter().find_map(target);
    found.ok_or_else(|| Finding::new(codes::OTHER_MACHINE, "", format!("the builder's image has no C library\n  help: {EMULATE}")).into())
}

/// What a program or a library is for; `None` for any other file.
fn target(entry: &Entry) -> Option<Target> {
    let file = File::open(&entry.disk).ok().filter(|_| entry.is_file() && entry.size() >= 52)?;
    let elf = elf::read(&file).ok().flatten()?;
    matches!(elf.kind, Kind::Program | Kind::Shared).then_some(elf.target)
}

/// A machine's name.
fn word(target: Target) -> String {
    match target.machine {
        3 => "x86".to_owned(),
        21 | 22 => "PowerPC or s390x".to_owned(),
        40 => "arm".to_owned(),
        62 => "x86-64".to_owned(),
        183 => "arm64".to_owned(),
        243 => "RISC-V".to_owned(),
        other => format!("machine {other}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::python::refine::interpreter::testing;
    use crate::python::refine::packages;

    use super::*;

    const SITE: &str = "/app/.venv/lib/python3.13/site-packages";

    /// A shared library for a machine, as little of one as can be read.
    fn library(machine: u16) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(64, 0);
        bytes[16] = 3;
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        (bytes[20], bytes[52], bytes[54], bytes[58]) = (1, 64, 56, 64);
        bytes
    }

    /// A tree of programs and libraries by path and machine; none is a file of text.
    fn tree(disk: &Path, files: &[(&str, Option<u16>)]) -> Tree {
        for (path, machine) in files {
            let at = disk.join(path.trim_start_matches('/'));
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            let bytes = machine.map_or_else(|| b"x = 1\n".to_vec(), library);
            fs::write(at, bytes).unwrap();
        }
        Tree::read(disk, "/").unwrap()
    }

    fn builder(disk: &Path, machine: u16) -> Tree {
        tree(disk, &[("/usr/lib/aarch64-linux-gnu/libc.so.6", Some(machine))])
    }

    #[test]
    fn what_is_compiled_for_another_machine_is_refused() {
        let (disk, below) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let builder = builder(below.path(), 183);
        let record = |name: &str, files: &[&str]| {
            let info = disk.path().join(SITE.trim_start_matches('/')).join(format!("{name}-1.dist-info"));
            fs::create_dir_all(&info).unwrap();
            fs::write(info.join("METADATA"), format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")).unwrap();
            fs::write(info.join("RECORD"), files.join(",,\n") + ",,\n").unwrap();
        };
        record("good", &["good/a.so", "good/other.so"]);
        record("plain", &["plain/a.py"]);
        let file = |path: &str| format!("{SITE}/{path}");
        // One that brings libraries of several machines chooses among them when it runs.
        let files = [(file("good/a.so"), Some(183)), (file("good/other.so"), Some(62)), (file("plain/a.py"), None)];
        let files: Vec<_> = files.iter().map(|(path, machine)| (path.as_str(), *machine)).collect();
        let shipped = tree(disk.path(), &files);
        let python = tempfile::tempdir().unwrap();
        let interpreter = tree(python.path(), &[("/usr/local/bin/python3.13", Some(183)), ("/usr/local/lib/python3.13/os.py", None)]);
        let checked = |shipped: &Tree, interpreter: &Tree| {
            check(shipped, &packages::inventory(shipped, &[SITE]), interpreter, &builder).map_err(|problem| problem.to_string())
        };
        assert_eq!(checked(&shipped, &interpreter), Ok(()));
        record("bad", &["bad/a.so"]);
        let bad = file("bad/a.so");
        let shipped = tree(disk.path(), &[(&bad, Some(62))]);
        let said = checked(&shipped, &interpreter).unwrap_err();
        assert!(said.starts_with("error[other-machine]: `bad` is for x86-64, and the image is for arm64"), "{said}");
        assert!(said.contains("`emulate: true`") && !said.contains("good"), "{said}");
        let other = tree(python.path(), &[("/usr/local/bin/python3.13", Some(62))]);
        assert!(checked(&Tree::default(), &other).unwrap_err().contains("the interpreter's /usr/local/bin/python3.13 is for x86-64"));
        let made = tempfile::tempdir().unwrap();
        let made = |machine: u16| project(&tree(made.path(), &[("/app/.project/shop/_fast.so", Some(machine))]), &builder);
        assert!(made(183).is_ok());
        assert!(made(62).unwrap_err().to_string().contains("/app/.project/shop/_fast.so is for x86-64"));
        assert!(machine(&Tree::default()).unwrap_err().to_string().contains("no C library"));
    }

    #[test]
    fn bytecode_is_taken_over_where_the_text_is_the_same() {
        let disk = tempfile::tempdir().unwrap();
        let python = testing::python();
        let write = |name: &str, text: &str| {
            fs::write(disk.path().join(name), text).unwrap();
            disk.path().join(name)
        };
        let (same, native_config) = (write("same.py", "x = 1\n"), write("native.py", "m = 'x86_64'\n"));
        let (config, unread) = (write("config.py", "m = 'aarch64'\n"), write("unread.py", "y = 1\n"));
        let native = disk.path().join("native");
        let made = Store::create(&python, &native.join(STORE)).unwrap();
        made.add(&python, [("/app/same.py", same.as_path()), ("/app/config.py", native_config.as_path())], 1).unwrap();
        let store = Store::create(&python, &disk.path().join("store")).unwrap();
        let sources = [("/app/same.py", same.as_path()), ("/app/config.py", config.as_path()), ("/app/unread.py", unread.as_path())];
        let known = Native { folder: native, notes: notes::Environment::default() };
        known.bytecode(&store, &python, sources.into_iter(), Policy::Used).unwrap();
        assert_eq!(store.take("/app/same.py", b"x = 1\n"), made.take("/app/same.py", b"x = 1\n"));
        assert!(store.take("/app/config.py", b"m = 'aarch64'\n").is_some(), "what differs by machine is compiled as it ships");
        assert!(!store.place("/app/unread.py").exists());
        let none = Store::create(&python, &disk.path().join("none")).unwrap();
        known.bytecode(&none, &python, sources.into_iter(), Policy::None).unwrap();
        assert!(!none.place("/app/same.py").exists());
    }

    #[test]
    fn what_is_loaded_is_what_was_compiled_for_this_machine() {
        let (disk, native) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let tree = tree(disk.path(), &[("/app/a.py", None), ("/app/b.py", None), ("/app/c.py", None), ("/app/d.so", Some(183))]);
        for (layer, name) in [("bytecode", "a"), ("application", "c")] {
            let at = native.path().join(layer).join(format!("app/__pycache__/{name}.cpython-313.pyc"));
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, "").unwrap();
        }
        let found = loaded(native.path(), "cpython-313", std::iter::once(&tree));
        assert_eq!(found, BTreeSet::from(["/app/a.py".to_owned(), "/app/c.py".to_owned()]));
    }

    #[test]
    fn what_was_tried_is_kept_and_what_was_built_is_not() {
        let native = notes::Application {
            modules: vec!["shop".into()],
            failing: [("shop.late".to_owned(), "raises KeyError".to_owned())].into(),
            compiled: 7,
            bytes: 70,
            warnings: vec!["of its libraries".into()],
            ..notes::Application::default()
        };
        let found = of_native(native);
        assert_eq!((found.modules, found.failing.len(), found.compiled, found.warnings), (vec!["shop".to_owned()], 1, 0, vec![]));
    }
}
