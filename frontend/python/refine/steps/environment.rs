//! The environment as it ships: packages and interpreter without what the running service has no use for, with the shared
//! libraries that they need, in layers from stable to volatile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, Severity};
use crate::python::codes;
use crate::python::refine::interpreter::bytecode::{self, Source};
use crate::python::refine::interpreter::store::{Store, workers};
use crate::python::refine::interpreter::{self as python, Limits, Outcome, Python, archive, processes};
use crate::python::refine::{self, PythonCode, packages};
use crate::python::steps::Environment;
use crate::python::steps::Policy;
use crate::refine::inventory::{Distribution, Inventory};
use crate::refine::libraries::{self, Closure, Opener};
use crate::refine::proof::Finding;
use crate::refine::prune::{self, Settings};
use crate::refine::requests::Runtime;
use crate::refine::tree::{Entry, Kind, Tree, has_extension};

use super::closure::{self, count, describe_brought};
use super::notes::{self, Kept, Pruned, megabytes};
use super::output::{Output, about};
use super::{
    Problem, STORE, VENV, all_right, beside, builder_at, foreign, interpreter, needs, program, progress, read, site, sources, system,
};

/// The layer of the interpreter.
const INTERPRETER: &str = "interpreter";
/// The folder for files on their way.
const WORK: &str = ".work";
/// The last layer of packages, which everything is in that no other one names.
const SHARED_LAYER: &str = "packages";

/// The lines that a person should know; the layers and the notes of them are written to `request.out`.
pub(crate) fn refine(request: &Environment) -> Result<Vec<String>, Problem> {
    processes::confine()?;
    processes::shut(&[Path::new(VENV), Path::new("/usr/local/bin"), Path::new("/usr/local/lib")])?;
    let output = Output::new(&request.out)?;
    let runtime = read(&request.base.display().to_string(), "/")?;
    let added = read(&request.added.display().to_string(), "/")?;
    // What is for another machine is looked at and not run.
    let root = foreign::root(&request.foreign);
    let builder = builder_at(root)?;
    let mut shipped = Tree::read(&PathBuf::from(VENV), VENV)?;
    remove(&mut shipped, is_scaffold);
    let inventory = packages::inventory(&shipped, &[&site(&request.python)]);
    let interpreter = interpreter(root, &request.python)?;
    let native = foreign::Native::read(&request.native)?;
    if request.foreign.exists() {
        foreign::check(&shipped, &inventory, &interpreter, &builder)?;
    }
    let python = Python::new(Path::new(&format!("/usr/local/bin/python{}", request.python)));
    let store = Store::create(&python, &request.out.join(STORE))?;
    if request.library.exists() {
        store.adopt(&Store::open(&request.library)?, sources(&interpreter))?;
    }
    let installed = shipped.clone();
    if request.runtime.brings_interpreter() {
        shipped.extend(interpreter.clone());
        beside::find_libraries(&mut shipped, &request.python, &request.out.join(WORK))?;
    }
    // The packages are imported as they are while their files are sorted out.
    let wanted = modules(&inventory, &request.skip);
    let (files, bytes) = (shipped.iter().filter(|(_, entry)| entry.is_file()).count(), shipped.size());
    let (tried, sorted) = if let Some(native) = &native {
        progress(bytes, &format!("sorting out {files} files of {}", megabytes(bytes)));
        let trees = [&installed, &interpreter];
        let taken = native.bytecode(&store, &python, trees.into_iter().flat_map(sources), request.bytecode);
        (taken.map(|()| native.tried()), sort(request, shipped, &inventory))
    } else {
        progress(bytes, &format!("importing {} modules, and sorting out {files} files of {}", wanted.len(), megabytes(bytes)));
        let beside = beside::beside(&[&added, &runtime], &request.python)?;
        let (outcomes, sorted) = std::thread::scope(|scope| {
            let trial = scope.spawn(|| trial(request, &wanted, &python, &store, &[&installed, &interpreter], beside));
            let sorted = sort(request, shipped, &inventory);
            (trial.join(), sorted)
        });
        let outcomes =
            outcomes.map_err(|_| Finding::new(codes::BUG, "", "the trial of the packages ended early; this is a bug of distil"))?;
        processes::end_all()?;
        (outcomes.map(|outcomes| notes::Tried::of(&outcomes)), sorted)
    };
    let (mut shipped, mut notes) = sorted?;
    settle(request, &python, &store, &shipped, &runtime)?;
    notes.python.clone_from(&request.python);
    // What a rule left out as a whole is not there to be imported.
    let left = modules(&packages::inventory(&shipped, &[&site(&request.python)]), &[]);
    notes.note(tried?, |module| left.contains(module));

    // Neither wheels nor the interpreter have empty folders; these are what is left of bytecode.
    let empty: BTreeSet<String> = shipped
        .iter()
        .filter(|(path, e)| e.kind == Kind::Directory && !shipped.below(path).any(|(_, e)| e.kind != Kind::Directory))
        .map(|(path, _)| path.to_owned())
        .collect();
    remove(&mut shipped, |path| empty.contains(path));
    if request.runtime == Runtime::Minimal && request.prune.0 {
        one_file(&mut shipped, &request.python, &python, request)?;
    }
    for layer in [INTERPRETER, system::LAYER, SHARED_LAYER].into_iter().chain(request.layer.iter().map(|(_, layer)| layer.as_str())) {
        output.layer(layer)?;
    }
    let taken = system::ground(&output, request.runtime)?;
    shipped.extend(added);
    progress(bytes, "looking for the shared libraries that they need");
    let openers = libraries::openers(&inventory, &libraries::Rules::embedded(), &request.skip);
    let closure = close(&mut shipped, &runtime, &builder, &openers, &mut notes)?;
    let brought: BTreeSet<String> = closure.brought.iter().map(|b| b.path.clone()).collect();
    let paths: Vec<&str> =
        closure.brought.iter().map(|b| b.from.as_str()).chain(closure.data.iter().map(|(path, _)| path.as_str())).collect();
    let paths: Vec<&str> = paths.into_iter().chain(taken.iter().map(|(path, _)| path)).collect();
    let owners = system::records(&output, &builder, &runtime, &paths)?;
    notes.brought = describe_brought(&closure, &owners);
    shipped.extend(closure.tree());

    let own = owners_of(&inventory, &request.layer.iter().cloned().collect());
    let python_needs = needs_of_python(&closure);
    let layer_of = |path: &str| layer_of(path, &own, &brought, &python_needs);
    progress(bytes, &format!("writing {} in layers", megabytes(shipped.size())));
    let stripped = output.write(&shipped, &layer_of, request.strip.0)?;
    notes.stripped = count(stripped);
    for (path, text) in std::mem::take(&mut notes.records) {
        output.text(&layer_of(&path), &path, text.as_bytes())?;
    }
    system::users(&output, &runtime, request.user, &request.home)?;
    if request.runtime.brings_interpreter() {
        output.text(system::LAYER, "/etc/ld.so.cache", &libraries::cache(&closure.image, &closure.folders))?;
    }
    let work = request.out.join(WORK);
    if work.exists() {
        std::fs::remove_dir_all(&work).map_err(|e| about(&work, &e))?;
    }
    notes::write(&request.out, &notes)?;
    Ok(lines(&notes))
}

/// Imports modules in the builder, as they are, as nobody. What is read on the way is compiled at the same time, by interpreters that
/// run none of it, from files that nobody cannot write: the names are all that the trial has a say in.
fn trial(
    request: &Environment,
    modules: &[String],
    python: &Python,
    store: &Store,
    trees: &[&Tree],
    env: Vec<(String, String)>,
) -> std::io::Result<Vec<Outcome>> {
    let found = |path: &str| trees.iter().find_map(|tree| tree.get(path)).filter(|e| e.is_file()).map(|e| e.disk.clone());
    let place = |path: &str| found(path).filter(|_| request.bytecode != Policy::None && has_extension(path, "py"));
    let nobody = Python { finds: Some(store.folder().to_owned()), user: Some(processes::NOBODY), env, ..Python::new(&program()) };
    let (send, named) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let compiling = scope.spawn(move || store.follow(python, &named, &place));
        let mut seen = |path: &str| _ = send.send(path.to_owned());
        let outcomes = python::watched(&nobody, modules, &Limits::default(), Some(&mut seen));
        drop(send);
        compiling.join().map_err(|_| std::io::Error::other("a thread ended early"))??;
        outcomes
    })
}

/// Leaves in the store what is of the sources as they ship, and all of them where that is asked for.
fn settle(request: &Environment, python: &Python, store: &Store, shipped: &Tree, runtime: &Tree) -> std::io::Result<()> {
    if request.runtime.has_interpreter() {
        let home = format!("/usr/local/lib/python{}/", request.python);
        store.verify(sources(runtime).filter(|(path, _)| path.starts_with(&home)))?;
    }
    // A file that ships in another's place is compiled as it ships.
    let others: Vec<(&str, &Path)> = sources(shipped).filter(|(path, disk)| Path::new(path) != *disk).collect();
    store.verify(others.iter().copied())?;
    match request.bytecode {
        Policy::None => Ok(()),
        Policy::Used => store.add(python, others, workers()),
        Policy::All => store.add(python, sources(shipped), workers()),
    }
}

/// Puts the standard library into one compressed file, with all of its bytecode. `os.py` stays beside it, because by that file
/// Python knows where its home is.
fn one_file(shipped: &mut Tree, series: &str, python: &Python, request: &Environment) -> Result<(), Problem> {
    let (zip, folder) = (archive::path(series), format!("/usr/local/lib/python{series}"));
    let work = request.out.join(WORK);
    // What is in it has other paths than in the builder, and so bytecode of its own.
    let library = if request.library.exists() { Store::open(&request.library)? } else { Store::create(python, &work)? };
    let mut sources = vec![];
    for (path, entry) in shipped.below(&folder).filter(|(path, e)| e.is_file() && has_extension(path, "py")) {
        let Some(name) = path.strip_prefix(&folder).map(|rest| rest.trim_start_matches('/').to_owned()) else { continue };
        let output = work.join(bytecode::place(&name, library.tag()));
        sources.push((path.to_owned(), name.clone(), Source { disk: entry.disk.clone(), image: format!("{zip}/{name}"), output }));
    }
    let all: Vec<Source> = sources.iter().map(|(_, _, source)| source.clone()).collect();
    library.give(python, &all, workers())?;
    let mut files = vec![];
    for (path, name, source) in sources {
        files.push((source.disk, name.clone()));
        if source.output.exists() {
            files.push((source.output, format!("{name}c")));
        }
        if name != "os.py" {
            shipped.remove(&path);
        }
    }
    let disk = work.join("library.zip");
    std::fs::create_dir_all(&work).map_err(|e| about(&work, &e))?;
    archive::archive(python, &files, &disk)?;
    let size = std::fs::metadata(&disk)?.len();
    shipped.insert(&zip, Entry { kind: Kind::File { size }, mode: 0o644, disk });
    let empty = |tree: &Tree, path: &str| !tree.below(path).any(|(_, e)| e.kind != Kind::Directory);
    let gone: BTreeSet<String> =
        shipped.below(&folder).filter(|(p, e)| e.kind == Kind::Directory && empty(shipped, p)).map(|(p, _)| p.to_owned()).collect();
    remove(shipped, |path| gone.contains(path));
    Ok(())
}

/// What is left out; `None` where nothing is.
fn settings(request: &Environment) -> Result<Option<Settings>, Problem> {
    if !request.prune.0 {
        return Ok(None);
    }
    let switches = request.on.iter().map(|name| (name.clone(), true)).chain(request.off.iter().map(|name| (name.clone(), false)));
    Ok(Some(Settings {
        switches: switches.collect(),
        keep: request.keep.clone(),
        drop: request.drop.clone(),
        aws: (!request.aws.is_empty()).then(|| request.aws.clone()),
        required: request.required.iter().cloned().collect(),
        imported: needs::read(&request.needs)?,
    }))
}

/// Leaves out what the rules name.
fn sort(request: &Environment, mut shipped: Tree, inventory: &Inventory) -> Result<(Tree, notes::Environment), Problem> {
    let mut notes = notes::Environment::default();
    let Some(settings) = settings(request)? else { return Ok((shipped, notes)) };
    let rules = refine::rules();
    let pruned = prune::prune(&shipped, inventory, &PythonCode, &rules, &settings);
    let said = |d: &Diagnostic| {
        let lines = [d.message.clone()].into_iter().chain(d.help.iter().map(|h| format!("  help: {h}")));
        Finding::new(d.code, "", lines.collect::<Vec<_>>().join("\n"))
    };
    let (wrong, odd): (Vec<_>, Vec<_>) = pruned.problems.iter().partition(|d| d.severity == Severity::Error);
    all_right(wrong.into_iter().map(said).collect())?;
    notes.warnings.extend(odd.into_iter().map(|d| said(d).to_string()));
    pruned.apply(&mut shipped);
    for removed in &pruned.removed {
        let rule = rules.rules.iter().find(|r| r.name == removed.rule);
        let switch = rule.map_or_else(String::new, |r| r.switch.clone());
        let paths = collapsed(&shipped, &removed.paths);
        let what = removed.what.clone();
        notes.pruned.insert(removed.rule.clone(), Pruned { what, switch, files: removed.files as u64, bytes: removed.bytes, paths });
    }
    notes.kept = pruned.kept.iter().map(|k| Kept { path: k.path.clone(), rule: k.rule.clone(), why: k.why.clone() }).collect();
    notes.records = records(&shipped, inventory, &pruned.paths())?;
    Ok((shipped, notes))
}

/// The lists of files of packages that lost some, without those.
fn records(shipped: &Tree, inventory: &Inventory, gone: &BTreeSet<&str>) -> Result<BTreeMap<String, String>, Problem> {
    let mut records = BTreeMap::new();
    for one in inventory.distributions.iter().filter(|d| d.files.iter().any(|f| gone.contains(f.as_str()))) {
        let path = format!("{}/RECORD", one.info);
        if let Some(entry) = shipped.get(&path).filter(|e| e.is_file()) {
            let text = String::from_utf8_lossy(&entry.bytes()?).into_owned();
            records.insert(path, packages::record_without(&text, &one.site, gone));
        }
    }
    Ok(records)
}

/// The modules that are imported: those of every distribution, and of the interpreter those that need a library.
fn modules(inventory: &Inventory, skip: &[String]) -> Vec<String> {
    const NATIVE: [&str; 6] = ["ssl", "sqlite3", "ctypes", "bz2", "lzma", "zoneinfo"];
    let of = |d: &Distribution| d.modules.clone();
    let all: BTreeSet<String> = inventory.distributions.iter().flat_map(of).filter(|m| !skip.contains(m)).collect();
    NATIVE.iter().map(|m| (*m).to_owned()).chain(all).collect()
}

/// Files of the virtual environment that only its makers have use for.
fn is_scaffold(path: &str) -> bool {
    let Some(rest) = path.strip_prefix(VENV).and_then(|rest| rest.strip_prefix('/')) else { return false };
    let script = |name: &str| name.starts_with("activate") || name.starts_with("deactivate") || name == "pydoc.bat";
    [".lock", ".gitignore", "CACHEDIR.TAG"].contains(&rest) || rest.strip_prefix("bin/").is_some_and(script)
}

fn remove(tree: &mut Tree, gone: impl Fn(&str) -> bool) {
    let paths: Vec<String> = tree.iter().map(|(path, _)| path).filter(|p| gone(p)).map(str::to_owned).collect();
    for path in paths {
        tree.remove(&path);
    }
}

/// Finds the shared libraries. Extension modules of the interpreter that lack one are dropped, as the builder cannot load them
/// either; of anything else a missing library is an error.
pub(super) fn close(
    shipped: &mut Tree,
    runtime: &Tree,
    builder: &Tree,
    openers: &[Opener],
    notes: &mut notes::Environment,
) -> Result<Closure, Problem> {
    loop {
        let closure = closure::find(shipped, runtime, builder, openers, &PythonCode);
        let needers = closure.missing.iter().flat_map(|m| &m.needed_by).filter(|n| n.optional.is_none());
        let extensions: BTreeSet<String> = needers.filter(|n| n.path.contains("/lib-dynload/")).map(|n| n.path.clone()).collect();
        if extensions.is_empty() {
            closure::check(&closure)?;
            notes.absent.extend(closure::absent(&closure));
            notes.warnings.extend(closure::unreadable(&closure));
            return Ok(closure);
        }
        for path in &extensions {
            shipped.remove(path);
        }
        notes.dropped.extend(extensions);
    }
}

/// The layer of every file of a distribution.
fn owners_of(inventory: &Inventory, layers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for distribution in &inventory.distributions {
        let layer = layers.get(&distribution.name).map_or(SHARED_LAYER, String::as_str);
        for file in &distribution.files {
            owners.entry(file.clone()).or_insert_with(|| layer.to_owned());
        }
    }
    owners
}

/// The libraries that the interpreter needs, whatever is installed.
fn needs_of_python(closure: &Closure) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for library in &closure.brought {
            let asks = |path: &String| path.starts_with("/usr/local/") || found.contains(path);
            if library.needed_by.iter().any(asks) || library.why.is_some() {
                found.insert(library.path.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn layer_of(path: &str, own: &BTreeMap<String, String>, brought: &BTreeSet<String>, python: &BTreeSet<String>) -> String {
    if let Some(layer) = own.get(path) {
        return layer.clone();
    }
    let of_python = path.starts_with("/usr/local/bin/python") || path.starts_with("/usr/local/lib/");
    let layer = match path.strip_prefix(VENV) {
        _ if python.contains(path) => INTERPRETER,
        _ if brought.contains(path) => system::LAYER,
        // What makes the environment one, which no change of a package changes.
        Some(rest) if is_frame(rest) => system::LAYER,
        Some(_) => SHARED_LAYER,
        None if of_python => INTERPRETER,
        None => system::LAYER,
    };
    layer.to_owned()
}

fn is_frame(rest: &str) -> bool {
    let name = rest.rsplit('/').next().unwrap_or(rest);
    rest == "/pyvenv.cfg"
        || rest == "/lib64"
        || rest.starts_with("/bin/python")
        || ["_project.pth", "_virtualenv.pth", "_virtualenv.py"].contains(&name)
}

/// Paths with a folder of which nothing is left standing for all that was in it.
fn collapsed(left: &Tree, paths: &[String]) -> Vec<String> {
    let mut empty: BTreeMap<String, bool> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for path in paths {
        let mut top = path.as_str();
        while let Some((parent, _)) = top.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()) {
            let is_empty = *empty.entry(parent.to_owned()).or_insert_with(|| !left.below(parent).any(|(_, e)| e.is_file()));
            if !is_empty {
                break;
            }
            top = parent;
        }
        found.insert(top.to_owned());
    }
    found.into_iter().collect()
}

fn lines(notes: &notes::Environment) -> Vec<String> {
    let mut lines = vec![];
    for (rule, pruned) in notes.pruned.iter().filter(|(_, p)| p.bytes > 0) {
        lines.push(format!("{rule}: {} files, {}", pruned.files, megabytes(pruned.bytes)));
    }
    lines.extend(closure::lines(&notes.stripped, &notes.brought));
    for (module, why) in &notes.failing {
        lines.push(format!("`{module}` is not checked, because it does not import while the image is built: {why}"));
    }
    lines.extend(notes.warnings.iter().cloned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_layer() {
        let own = BTreeMap::from([(format!("{VENV}/lib/python3.13/site-packages/numpy/a.so"), "numpy".to_owned())]);
        let brought = BTreeSet::from(["/usr/lib/libpq.so.5".to_owned(), "/usr/lib/libffi.so.8".to_owned()]);
        let python = BTreeSet::from(["/usr/lib/libffi.so.8".to_owned()]);
        let layer = |path: &str| layer_of(path, &own, &brought, &python);
        assert_eq!(layer(&format!("{VENV}/lib/python3.13/site-packages/numpy/a.so")), "numpy");
        assert_eq!(layer(&format!("{VENV}/lib/python3.13/site-packages/idna/core.py")), "packages");
        assert_eq!(layer(&format!("{VENV}/pyvenv.cfg")), "system");
        assert_eq!(layer(&format!("{VENV}/bin/python3")), "system");
        assert_eq!(layer("/usr/lib/libpq.so.5"), "system");
        assert_eq!(layer("/usr/lib/libffi.so.8"), "interpreter");
        assert_eq!(layer("/usr/local/lib/python3.13/os.py"), "interpreter");
        assert_eq!(layer("/usr/share/doc/libpq5/copyright"), "system");
    }
}
