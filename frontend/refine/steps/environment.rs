//! The environment as it ships: packages and interpreter without what the running service has no use for, with the shared
//! libraries that they need, in layers from stable to volatile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, Severity};
use crate::names::User;
use crate::refine::libraries::{self, Closure, Input};
use crate::refine::packages::{self, Distribution};
use crate::refine::prune::{self, Settings};
use crate::refine::python::bytecode::{self, Source};
use crate::refine::python::cached::Names;
use crate::refine::python::{self, Limits, Outcome, Python, archive};
use crate::refine::tree::{Entry, Kind, Tree, has_extension};

use super::account::{self, AbsentLibrary, BroughtLibrary, Kept, Pruned, StrippedFiles, megabytes};
use super::output::{Output, StripCount};
use super::{Ground, NAMES, Problem, VENV, builder, found, interpreter, kept, program, read, site, sources, system};

/// The layer of the interpreter.
const INTERPRETER: &str = "interpreter";
/// The folder for files on their way.
const WORK: &str = ".work";
/// The last layer of packages, which everything is in that no other one names.
const OTHERS: &str = "packages";

/// What the step is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The interpreter's series, as `3.13`.
    pub python: String,
    /// What the image is put on.
    pub ground: Ground,
    /// Who runs the service.
    pub user: User,
    /// That user's home.
    pub home: String,
    /// The runtime image's files, where there are any.
    pub runtime: PathBuf,
    /// Debian packages that were unpacked for the image.
    pub added: PathBuf,
    /// What is left out; `None` is nothing.
    pub prune: Option<Settings>,
    /// Whether programs and libraries lose their symbols.
    pub strip: bool,
    /// Modules that are not imported.
    pub skip: Vec<String>,
    /// Packages that are in another layer than the last.
    pub layers: BTreeMap<String, String>,
    /// Where the layers go.
    pub out: PathBuf,
}

/// Does it. The account is written beside the layers, and what a person should know is returned in lines.
pub fn refine(request: &Request) -> Result<Vec<String>, Problem> {
    let runtime = read(&request.runtime.display().to_string(), "/")?;
    let added = read(&request.added.display().to_string(), "/")?;
    let builder = builder()?;
    let mut shipped = Tree::read(&PathBuf::from(VENV), VENV)?;
    remove(&mut shipped, is_scaffold);
    let inventory = packages::inventory(&shipped, &[&site(&request.python)]);
    if request.ground.brings_python() {
        shipped.extend(interpreter(&request.python)?);
    }
    // The packages are imported as they are while their files are sorted out.
    let wanted = modules(&inventory, &request.skip);
    let (before, sorted) = std::thread::scope(|scope| {
        let trial = scope.spawn(|| trial(request, &wanted));
        let sorted = sort(request, shipped, &inventory);
        (trial.join(), sorted)
    });
    let (before, names) = before.map_err(|_| Problem::Wrong("the trial of the packages ended early; this is a bug of distil".into()))??;
    let (mut shipped, mut account) = sorted?;
    account.python.clone_from(&request.python);
    // What a rule left out as a whole is not there to be imported.
    let left = modules(&packages::inventory(&shipped, &[&site(&request.python)]), &[]);
    for outcome in before.iter().filter(|o| left.contains(&o.module)) {
        match &outcome.result {
            python::Result::Ok => account.modules.push(outcome.module.clone()),
            other => _ = account.failing.insert(outcome.module.clone(), other.describe()),
        }
    }

    // Neither wheels nor the interpreter have empty folders; these are what is left of bytecode.
    let empty: BTreeSet<String> = shipped
        .iter()
        .filter(|(path, e)| e.kind == Kind::Directory && !shipped.below(path).any(|(_, e)| e.kind != Kind::Directory))
        .map(|(path, _)| path.to_owned())
        .collect();
    remove(&mut shipped, |path| empty.contains(path));
    let output = Output::new(&request.out)?;
    if request.ground == Ground::Nothing && request.prune.is_some() {
        one_file(&mut shipped, &request.python, &names, &request.out)?;
    }
    for layer in [INTERPRETER, system::LAYER, OTHERS].into_iter().chain(request.layers.values().map(String::as_str)) {
        output.layer(layer)?;
    }
    let taken = system::ground(&output, request.ground)?;
    shipped.extend(added);
    let closure = close(&mut shipped, &runtime, &builder, &mut account)?;
    let brought: BTreeSet<String> = closure.brought.iter().map(|b| b.path.clone()).collect();
    let paths: Vec<&str> = closure.brought.iter().map(|b| b.from.as_str()).chain(taken.iter().map(|(path, _)| path)).collect();
    let owners = system::records(&output, &builder, &runtime, &paths)?;
    account.brought = describe_brought(&closure, &owners);
    shipped.extend(closure.tree());

    let own = owners_of(&inventory, &request.layers);
    let python_needs = needs_of_python(&closure);
    let layer_of = |path: &str| layer_of(path, &own, &brought, &python_needs);
    let stripped = output.write(&shipped, &layer_of, request.strip)?;
    account.stripped = count(stripped);
    for (path, text) in std::mem::take(&mut account.records) {
        output.text(&layer_of(&path), &path, text.as_bytes())?;
    }
    system::users(&output, &runtime, request.user, &request.home)?;
    if request.ground != Ground::Python {
        output.text(system::LAYER, "/etc/ld.so.cache", &libraries::cache(&closure.image, &closure.folders))?;
    }
    let work = request.out.join(WORK);
    if work.exists() {
        std::fs::remove_dir_all(work)?;
    }
    names.write(&request.out.join(NAMES))?;
    account::write(&request.out, &account)?;
    Ok(lines(&account))
}

/// Imports modules in the builder, as they are. What the bytecode of the sources is kept under is known then as well.
fn trial(request: &Request, modules: &[String]) -> std::io::Result<(Vec<Outcome>, Names)> {
    let python = Python::new(&program());
    let mut names = Names::new(&python)?;
    for folder in [VENV, &format!("/usr/local/lib/python{}", request.python)] {
        names.add(sources(&read(folder, folder)?))?;
    }
    let python = found(python, &names)?;
    Ok((python::imports(&python, modules, Limits::default())?, names))
}

/// Puts the standard library into one compressed file, with all of its bytecode. `os.py` stays beside it, because by that file
/// Python knows where its home is.
fn one_file(shipped: &mut Tree, series: &str, names: &Names, out: &Path) -> Result<(), Problem> {
    let python = Python::new(Path::new(&format!("/usr/local/bin/python{series}")));
    let (zip, folder) = (archive::path(series), format!("/usr/local/lib/python{series}"));
    let work = out.join(WORK);
    let mut sources = vec![];
    for (path, entry) in shipped.below(&folder).filter(|(path, e)| e.is_file() && has_extension(path, "py")) {
        let Some(name) = path.strip_prefix(&folder).map(|rest| rest.trim_start_matches('/').to_owned()) else { continue };
        let output = work.join(bytecode::place(&name, &names.tag));
        sources.push((path.to_owned(), name.clone(), Source { disk: entry.disk.clone(), image: format!("{zip}/{name}"), output }));
    }
    let all: Vec<Source> = sources.iter().map(|(_, _, source)| source.clone()).collect();
    names.compile(&python, &all, std::thread::available_parallelism().map_or(1, usize::from), kept().as_deref())?;
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
    std::fs::create_dir_all(&work)?;
    archive::archive(&python, &files, &disk)?;
    let size = std::fs::metadata(&disk)?.len();
    shipped.insert(&zip, Entry { kind: Kind::File { size }, mode: 0o644, disk });
    let empty = |tree: &Tree, path: &str| !tree.below(path).any(|(_, e)| e.kind != Kind::Directory);
    let gone: BTreeSet<String> =
        shipped.below(&folder).filter(|(p, e)| e.kind == Kind::Directory && empty(shipped, p)).map(|(p, _)| p.to_owned()).collect();
    remove(shipped, |path| gone.contains(path));
    Ok(())
}

/// Leaves out what the rules name.
fn sort(request: &Request, mut shipped: Tree, inventory: &packages::Inventory) -> Result<(Tree, account::Environment), Problem> {
    let mut account = account::Environment::default();
    let Some(settings) = &request.prune else { return Ok((shipped, account)) };
    let rules = prune::Rules::embedded();
    let pruned = prune::prune(&shipped, inventory, &rules, settings);
    let said = |d: &Diagnostic| {
        [d.message.clone()].into_iter().chain(d.help.iter().map(|h| format!("  help: {h}"))).collect::<Vec<_>>().join("\n")
    };
    let (wrong, odd): (Vec<_>, Vec<_>) = pruned.problems.iter().partition(|d| d.severity == Severity::Error);
    if !wrong.is_empty() {
        return Err(Problem::Wrong(wrong.into_iter().map(said).collect::<Vec<_>>().join("\n")));
    }
    account.warnings.extend(odd.into_iter().map(said));
    pruned.apply(&mut shipped);
    for removed in &pruned.removed {
        let rule = rules.rules.iter().find(|r| r.name == removed.rule);
        let switch = rule.map_or_else(String::new, |r| r.switch.clone());
        let paths = collapsed(&shipped, &removed.paths);
        let what = removed.what.clone();
        account.pruned.insert(removed.rule.clone(), Pruned { what, switch, files: removed.files as u64, bytes: removed.bytes, paths });
    }
    account.kept = pruned.kept.iter().map(|k| Kept { path: k.path.clone(), rule: k.rule.clone(), why: k.why.clone() }).collect();
    account.records = records(&shipped, inventory, &pruned.paths())?;
    Ok((shipped, account))
}

/// The lists of files of packages that lost some, without those.
fn records(shipped: &Tree, inventory: &packages::Inventory, gone: &BTreeSet<&str>) -> Result<BTreeMap<String, String>, Problem> {
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
fn modules(inventory: &packages::Inventory, skip: &[String]) -> Vec<String> {
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
pub(super) fn close(shipped: &mut Tree, runtime: &Tree, builder: &Tree, account: &mut account::Environment) -> Result<Closure, Problem> {
    let rules = libraries::Rules::embedded();
    let release = release();
    loop {
        let input = Input { shipped, runtime, builder, release: release.as_deref(), rules: &rules };
        let closure = libraries::close(&input);
        let needers = closure.missing.iter().flat_map(|m| &m.needed_by).filter(|n| n.optional.is_none());
        let extensions: BTreeSet<String> = needers.filter(|n| n.path.contains("/lib-dynload/")).map(|n| n.path.clone()).collect();
        if extensions.is_empty() {
            check(&closure)?;
            for missing in &closure.missing {
                let asked = missing.needed_by.iter().map(|n| (n.path.clone(), n.optional.clone().unwrap_or_default()));
                account.absent.push(AbsentLibrary { library: missing.library.clone(), asked_by: asked.collect() });
            }
            account
                .warnings
                .extend(closure.unreadable.iter().map(|(path, why)| format!("{path} cannot be read as a program or library: {why}")));
            return Ok(closure);
        }
        for path in &extensions {
            shipped.remove(path);
        }
        account.dropped.extend(extensions);
    }
}

/// What would fail when it is loaded fails here.
fn check(closure: &Closure) -> Result<(), Problem> {
    let mut said = vec![];
    for missing in &closure.missing {
        let needers: Vec<&str> = missing.needed_by.iter().filter(|n| n.optional.is_none()).map(|n| n.path.as_str()).collect();
        let Some((first, others)) = needers.split_first() else { continue };
        let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        let help = match &missing.package {
            Some(package) => format!("add it to the spec: `apt: {{ runtime: [{package}] }}`"),
            None => "find the Debian package that has it (packages.debian.org searches the contents of packages) and name it under \
                     `apt: { runtime: […] }` in the spec"
                .to_owned(),
        };
        said.push(format!("{first}{others} needs {}, which neither the runtime nor the builder has\n  help: {help}", missing.library));
    }
    for new in &closure.too_new {
        let newest = new.newest.as_ref().map_or("none".to_owned(), |newest| format!("{newest} at most"));
        said.push(format!(
            "{} needs {} of {}, and {} has {newest}\n  help: build and run on the same Debian release, or on a newer one",
            new.path, new.wanted, new.library, new.found
        ));
    }
    if said.is_empty() { Ok(()) } else { Err(Problem::Wrong(said.join("\n"))) }
}

/// The builder's Debian release, as `trixie`.
fn release() -> Option<String> {
    let text = std::fs::read_to_string("/etc/os-release").ok()?;
    let name = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    Some(name.trim_matches('"').to_owned())
}

pub(super) fn describe_brought(closure: &Closure, owners: &BTreeMap<String, String>) -> Vec<BroughtLibrary> {
    let one = |b: &libraries::Brought| BroughtLibrary {
        path: b.path.clone(),
        bytes: b.entry.size(),
        package: owners.get(&b.from).cloned(),
        needed_by: b.needed_by.clone(),
    };
    closure.brought.iter().map(one).collect()
}

pub(super) fn count(stripped: StripCount) -> StrippedFiles {
    StrippedFiles { files: stripped.files, bytes: stripped.bytes, left: stripped.left.into_iter().collect() }
}

/// The layer of every file of a distribution.
fn owners_of(inventory: &packages::Inventory, layers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut owners = BTreeMap::new();
    for distribution in &inventory.distributions {
        let layer = layers.get(&distribution.name).map_or(OTHERS, String::as_str);
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
        Some(_) => OTHERS,
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

fn lines(account: &account::Environment) -> Vec<String> {
    let mut lines = vec![];
    for (rule, pruned) in account.pruned.iter().filter(|(_, p)| p.bytes > 0) {
        lines.push(format!("{rule}: {} files, {}", pruned.files, megabytes(pruned.bytes)));
    }
    let StrippedFiles { files, bytes, left } = &account.stripped;
    if *files > 0 {
        lines.push(format!("symbols of {files} programs and libraries: {}", megabytes(*bytes)));
    }
    if !left.is_empty() {
        lines.push(format!("{} programs and libraries were left as they are, because stripping them is not safe", left.len()));
    }
    if !account.brought.is_empty() {
        let names: Vec<&str> = account.brought.iter().filter_map(|b| b.path.rsplit('/').next()).collect();
        lines.push(format!("brought from the builder: {}", names.join(", ")));
    }
    for (module, why) in &account.failing {
        lines.push(format!("`{module}` is not checked, because it does not import while the image is built: {why}"));
    }
    lines.extend(account.warnings.iter().cloned());
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
