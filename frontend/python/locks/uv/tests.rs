//! The lock room over `tests/locks/`: each folder holds a project's files as uv wrote them, and beside them what a selection
//! of it becomes. `SNAPSHOTS=overwrite cargo test` writes those anew. The ignored test asks uv itself whether both install
//! the same; run it with `cargo test --lib lock -- --ignored` where PyPI can be reached.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::diag::{FileId, Sink, Sources, render};
use crate::python::locks::{Files, InstallSet, LocalKind, Torch};
use crate::python::toml::Document;

use super::{Selection, SelectionError, UvLock, canonical_project, parse, stale, stale_manifest};

/// A selection of a folder of `tests/locks/`, and the name of its files there.
struct Case {
    folder: &'static str,
    name: &'static str,
    package: &'static str,
    flags: &'static [&'static str],
    torch: Torch,
}

const fn case(folder: &'static str, name: &'static str, package: &'static str, flags: &'static [&'static str]) -> Case {
    Case { folder, name, package, flags, torch: Torch::Keep }
}

const CASES: &[Case] = &[
    case("single", "plain", "my-service", &[]),
    case("single", "extras", "my-service", &["--extra", "ml", "--extra", "Sci_ence", "--group", "dev"]),
    case("single", "only", "my-service", &["--only-group", "lint"]),
    case("empties", "empty", "empties", &["--extra", "none", "--group", "void"]),
    case("empties", "itself", "empties", &["--extra", "all", "--group", "self"]),
    case("workspace", "root", "acme", &["--group", "dev"]),
    case("workspace", "api", "acme-api", &["--extra", "extra", "--group", "test"]),
    case("workspace", "web", "acme-web", &[]),
    case("paths", "plain", "app", &[]),
    case("git", "plain", "gitdep", &[]),
    case("conflicts", "cpu", "clash", &["--extra", "cpu", "--group", "old"]),
    case("conflicts", "gpu", "clash", &["--extra", "gpu", "--group", "new"]),
    case("markers", "plain", "forked", &[]),
    case("indexes", "plain", "indexed", &[]),
    case("split", "cuda", "brain", &["--extra", "cu128"]),
    Case { torch: Torch::Cpu, ..case("split", "swapped", "brain", &["--extra", "cu128"]) },
    Case { torch: Torch::Cpu, ..case("split", "cpu", "brain", &["--extra", "cpu"]) },
    Case { torch: Torch::Cpu, ..case("torch", "cpu", "brain", &[]) },
];

/// Projects whose packages only the test's author could fetch.
const NOT_ON_PYPI: &[&str] = &["git", "split"];

fn folder(name: &str) -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this")).join("tests/locks").join(name)
}

fn file(name: &str, file: &str) -> String {
    fs::read_to_string(folder(name).join(file)).unwrap()
}

fn some_file() -> FileId {
    Sources::default().add("uv.lock", "TOML", "")
}

fn read(text: &str) -> UvLock {
    let mut sink = Sink::default();
    let lock = parse(text, some_file(), &mut sink);
    lock.unwrap_or_else(|| panic!("{:?}", sink.into_sorted()))
}

fn install(text: &str, case: &Case) -> Result<InstallSet, SelectionError> {
    let picked = |flag: &str| case.flags.chunks(2).filter(|pair| pair[0] == flag).map(|pair| pair[1].to_owned()).collect::<Vec<_>>();
    let (extras, groups, only_groups) = (picked("--extra"), picked("--group"), picked("--only-group"));
    read(text).install_set(&Selection { package: case.package, extras: &extras, groups: &groups, only_groups: &only_groups }, case.torch)
}

fn document(text: &str) -> Document {
    Document::read(text, "pyproject.toml", some_file()).unwrap()
}

/// The canonical lock.
fn lock_of(set: &InstallSet) -> &str {
    match &set.files {
        Files::Lock(lock) => lock,
        Files::Requirements(_) => panic!("uv's own lock is installed"),
    }
}

fn project(text: &str, package: &str) -> String {
    canonical_project(&document(text), package)
}

/// Everything but the lock, for people to review.
fn summary(set: &InstallSet) -> String {
    let mut text = String::new();
    for local in &set.locals {
        let _ = writeln!(
            text,
            "local {} {} {:?}{}",
            local.name,
            local.path,
            local.kind,
            if local.kind == LocalKind::Virtual { ", not built" } else { "" }
        );
    }
    for package in &set.packages {
        let wheels: Vec<_> = package.wheels.iter().map(|w| w.file.as_str()).collect();
        let version = package.version.as_deref().unwrap_or("?");
        let sdist = if package.has_sdist == Some(true) { " and source" } else { "" };
        let _ = writeln!(text, "{} {version} {:?} [{}]{sdist}", package.name, package.source, wheels.join(" "));
    }
    let git: Vec<_> = set.git.iter().map(|repository| &repository.url).collect();
    let missing: Vec<_> = set.missing.names().into_iter().collect();
    let _ = writeln!(text, "git {git:?}\nmissing {missing:?}\nbuilds {:?}\ncuda {:?}", set.missing.builds(), set.missing.bytes());
    text
}

fn golden(path: &Path, actual: &str) {
    if std::env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite") {
        return fs::write(path, actual).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(expected == actual, "{} differs; SNAPSHOTS=overwrite cargo test writes it anew\n--- found\n{actual}", path.display());
}

#[test]
fn every_selection_gives_the_same_text() {
    for case in CASES {
        let set = install(&file(case.folder, "uv.lock"), case).unwrap();
        let beside = |end: &str| folder(case.folder).join(format!("{}.{end}", case.name));
        golden(&beside("lock"), lock_of(&set));
        golden(&beside("txt"), &summary(&set));
        golden(&beside("toml.canonical"), &project(&file(case.folder, "pyproject.toml"), case.package));
        let again = install(lock_of(&set), case).unwrap();
        assert_eq!(lock_of(&again), lock_of(&set), "the canonical lock of {}/{} has one of its own", case.folder, case.name);
    }
}

#[test]
fn nothing_of_ours_is_stale() {
    for (name, project, package) in [
        ("single", "pyproject.toml", "my-service"),
        ("empties", "pyproject.toml", "empties"),
        ("workspace", "pyproject.toml", "acme"),
        ("workspace", "api.toml", "acme-api"),
        ("workspace", "pyproject.toml", "acme-api"),
        ("paths", "pyproject.toml", "app"),
        ("git", "pyproject.toml", "gitdep"),
        ("conflicts", "pyproject.toml", "clash"),
        ("markers", "pyproject.toml", "forked"),
        ("indexes", "pyproject.toml", "indexed"),
        ("split", "pyproject.toml", "brain"),
        ("torch", "pyproject.toml", "brain"),
    ] {
        assert_eq!(stale(&read(&file(name, "uv.lock")), &document(&file(name, project)), package, &document("")), [], "{name}");
    }
}

#[track_caller]
fn edit(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "there is no `{from}`");
    text.replace(from, to)
}

#[test]
fn what_is_not_installed_does_not_show() {
    let lock = file("single", "uv.lock");
    let extras = &CASES[1];
    let before = lock_of(&install(&lock, extras).unwrap()).to_owned();
    let same = |edited: String| assert_eq!(lock_of(&install(&edited, extras).unwrap()), before);
    same(edit(&lock, "version = \"1.2.3\"", "version = \"2.0.0\""));
    same(edit(&lock, "upload-time = \"2", "upload-time = \"3"));
    same(edit(&lock, "[[package]]\nname = \"click\"", "# a comment\n[[package]]\n  name   = 'click'"));
    same(edit(&lock, "docs = [\n    { name = \"pluggy\" },", "docs = [\n    { name = \"six\" },"));
    same(edit(&lock, "default-groups = \"all\"\n", ""));
    let changed = |edited: String| assert_ne!(lock_of(&install(&edited, extras).unwrap()), before);
    changed(edit(&lock, "ml = [\n", "ml = [\n    { name = \"pluggy\" },\n"));
    changed(edit(&lock, "name = \"click\"\nversion = \"8", "name = \"click\"\nversion = \"7"));
    changed(edit(&lock, "hash = \"sha256:", "hash = \"sha256:0"));

    let lock = file("workspace", "uv.lock");
    let api = &CASES[6];
    let before = lock_of(&install(&lock, api).unwrap()).to_owned();
    let same = |edited: String| assert_eq!(lock_of(&install(&edited, api).unwrap()), before);
    same(edit(&lock, "    { name = \"colorama\" },\n", ""));
    same(edit(&lock, "    \"acme-web\",\n", "    \"acme-new\",\n    \"acme-web\",\n"));
    same(edit(
        &lock,
        "version = \"0.1.0\"\nsource = { editable = \"packages/core\" }",
        "source = { editable = \"packages/core\" }\nversion = \"7\"",
    ));
    same(edit(&lock, "slow = [\n", "slow = [\n    { name = \"click\" },\n"));
}

#[test]
fn what_uv_does_not_read_of_a_project_does_not_show() {
    let text = file("indexes", "pyproject.toml");
    let before = project(&text, "indexed");
    let same = |edited: String| assert_eq!(project(&edited, "indexed"), before);
    same(edit(&text, "version = \"0.1.0\"", "version = \"3\" # bumped"));
    same(edit(&text, "\"six\", ", "\"six>1\", "));
    same(edit(&text, "click<8.2", "click<8.3"));
    same(text.clone() + "\n[tool.ruff]\nline-length = 100\nsince = 2024-05-27\n");
    same(edit(&text, "[tool.uv]\n", "[tool.uv]\npackage = false\ndefault-groups = []\n"));
    let changed = |edited: String| assert_ne!(project(&edited, "indexed"), before);
    changed(edit(&text, "https://pypi.org/simple/", "https://pypi.example.com/simple/"));
    changed(edit(&text, "setuptools<80", "setuptools<81"));
    changed(edit(&text, "[tool.uv]\n", "[tool.uv]\nno-binary = true\n"));
    changed(edit(&text, "index = \"other\"", "git = \"https://me:word@example.com/six\""));
    changed(edit(&text, "[tool.uv]\n", "[tool.uv]\nextra-build-dependencies = { docopt = [\"six\"] }\n"));
}

#[test]
fn sources_that_a_build_looks_up_stay() {
    let text = file("indexes", "pyproject.toml");
    let text = edit(&text, "[tool.uv]\n", "[tool.uv]\nextra-build-dependencies = { docopt = [\"six\"] }\n");
    let canonical = project(&text, "indexed");
    let read = toml_span::parse(&canonical).unwrap();
    assert_eq!(read.pointer("/tool/uv/sources/six/index").and_then(toml_span::Value::as_str), Some("other"), "{canonical}");
    assert_eq!(read.pointer("/tool/uv/extra-build-dependencies/docopt/0").and_then(toml_span::Value::as_str), Some("six"));
    assert_eq!(project(&canonical, "indexed"), canonical);
}

#[test]
fn mistakes_say_what_there_is() {
    let text = file("conflicts", "uv.lock");
    let said = |package: &'static str, flags: &'static [&'static str]| {
        let error = install(&text, &case("conflicts", "", package, flags)).unwrap_err();
        render(&error.diagnostic(None), &Sources::default(), false)
    };
    let check = |said: String, parts: &[&str]| assert!(parts.iter().all(|p| said.contains(p)), "{said}");
    check(said("clsh", &[]), &["uv.lock has no project `clsh`", "did you mean `clash`?"]);
    check(said("clash", &["--extra", "cuda"]), &["`clash` has no extra `cuda`", "there are `cpu`, `gpu`", "uv lock"]);
    check(said("clash", &["--only-group", "nwe"]), &["no dependency group `nwe`", "did you mean `new`?"]);
    check(said("clash", &["--extra", "cpu", "--extra", "gpu"]), &["extra `cpu` and extra `gpu` cannot be installed together"]);
}

#[test]
fn a_lock_that_cannot_be_used_is_a_mistake_with_a_place() {
    let check = |text: &str, parts: &[&str]| {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let id = sources.add("uv.lock", "TOML", text);
        if let Some(lock) = parse(text, id, &mut sink) {
            let nothing = Selection { package: "a", extras: &[], groups: &[], only_groups: &[] };
            sink.push(lock.install_set(&nothing, Torch::Keep).unwrap_err().diagnostic(None));
        }
        let said: String = sink.into_sorted().iter().map(|d| render(d, &sources, false)).collect();
        assert!(parts.iter().all(|p| said.contains(p)), "{said}");
    };
    check("version = 1\nx =", &["error[bad-toml]", "uv.lock:2"]);
    check("version = 2", &["error[lock-version]", "uv.lock:1:11", "version 2"]);
    check("", &["error[lock-version]", "no version"]);
    check("version = 1\n[[package]]\nname = \"a\"\n", &["error[unreadable-package]", "no source"]);
    check("version = 1\n[[package]]\nname = \"a\"\nsource = { moon = \"x\" }\n", &["error[unreadable-package]"]);
    check("version = 1\n[[package]]\nname = \"a\"\nsource = { git = \"https://h/a?rev=main#main\" }\n", &["error[unreadable-package]"]);
    let needs = "version = 1\n[[package]]\nname = \"a\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"b\" }]\n";
    check(needs, &["`a` needs `b`, which uv.lock does not hold", "uv.lock:5:17"]);
}

#[test]
fn a_project_that_moved_on_is_noticed() {
    let (lock, text) = (read(&file("single", "uv.lock")), file("single", "pyproject.toml"));
    let check = |edited: String, parts: &[&str]| {
        let mut sources = Sources::default();
        let id = sources.add("pyproject.toml", "TOML", &edited);
        let document = Document::read(&edited, "pyproject.toml", id).unwrap();
        let said: String = stale(&lock, &document, "My.Service", &document).iter().map(|d| render(d, &sources, false) + "\n").collect();
        assert_eq!(said.matches("error[stale-lock]").count(), parts.len(), "{said}");
        assert!(parts.iter().all(|p| said.contains(p)), "{said}");
    };
    check(edit(&text, "\"attrs\"", "\"attrs\", \"httpx>=1\""), &["`httpx` is not in uv.lock"]);
    check(edit(&text, ", \"attrs\"", ""), &["`attrs` was locked, and is no longer asked for"]);
    check(edit(&text, "click>=8", "click >= 8.2"), &["uv.lock was made when `click` was `>=8`"]);
    check(edit(&text, "click>=8", "Click >= 8.0"), &[]);
    check(edit(&text, "click>=8", "click>=8 ; sys_platform == 'linux'"), &["when `click` was for every environment"]);
    check(edit(&text, "click>=8", "click>=8 ; python_version >= '3.0'"), &[]);
    check(edit(&text, "\"idna>=3\"", "\"idna>=3 ; os_name == 'nt'\""), &["when `idna` of the extra `ml` was for every environment"]);
    check(edit(&text, "\"idna>=3\"", "\"idna[all]>=3\""), &["`idna` of the extra `ml` had no extras"]);
    check(edit(&text, "[\"packaging\"]", "[\"packaging\", \"mypy\"]"), &["`mypy` of the group `lint`", "`mypy` of the group `dev`"]);
    check(edit(&text, "\"attrs\"]", "\"attrs\", \"six ; extra == 'ml'\"]"), &[]);
    check(edit(&text, "dependencies = [\"click>=8\", \"attrs\"]", "dynamic = [\"dependencies\"]"), &[]);
}

#[test]
fn a_marker_that_went_away_is_noticed() {
    let lock = "version = 1\nrequires-python = \">=3.11\"\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { virtual = \".\" }\n\
        dependencies = [{ name = \"b\", marker = \"sys_platform == 'win32'\" }]\n\
        [package.metadata]\nrequires-dist = [{ name = \"b\", marker = \"sys_platform == 'win32'\" }]\n\
        [[package]]\nname = \"b\"\nversion = \"1\"\nsource = { registry = \"https://h\" }\n";
    let said = |wanted: &str, more: &str| {
        let project = format!("[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"{wanted}\"]\n{more}");
        stale(&read(lock), &document(&project), "a", &document(more)).into_iter().map(|d| d.message).collect::<Vec<_>>()
    };
    assert_eq!(said("b", ""), ["uv.lock was made when `b` was for `sys_platform == 'win32'` only"]);
    assert_eq!(said("b ; sys_platform == 'win32'", ""), [""; 0]);
    assert_eq!(said("b ; sys_platform != 'win32'", ""), ["uv.lock was made when `b` was for `sys_platform == 'win32'` only"]);
    assert_eq!(said("b ; os_name == 'nt'", ""), [""; 0]);
    assert_eq!(said("b", "[tool.uv.sources]\nb = { index = \"x\", marker = \"sys_platform == 'win32'\" }\n"), [""; 0]);
    assert_eq!(said("b ; extra == 'x' or sys_platform == 'win32'", "[project.optional-dependencies]\nx = []\n"), [""; 0]);
}

#[test]
fn an_empty_extra_that_an_old_lock_does_not_name_is_no_mistake() {
    let lock = |revision: &str| {
        read(&format!(
            "version = 1\n{revision}\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = {{ virtual = \".\" }}\n[package.metadata]\nrequires-dist = []\n"
        ))
    };
    let project = "[project]\nname = \"a\"\n[project.optional-dependencies]\nNone = []\nfull = []\n";
    let extras = ["none".to_owned()];
    let wanted = Selection { package: "a", extras: &extras, groups: &[], only_groups: &[] };
    let mut old = lock("");
    assert!(old.install_set(&wanted, Torch::Keep).is_err());
    old.declare_extras("A", &document(project));
    let set = old.install_set(&wanted, Torch::Keep).unwrap();
    let canonical = lock_of(&set);
    assert!(canonical.contains("provides-extras = [\"none\"]") && !canonical.contains("full"), "{canonical}");
    let mut new = lock("revision = 1");
    new.declare_extras("a", &document(project));
    assert!(new.install_set(&wanted, Torch::Keep).is_err(), "a newer lock names every extra");
}

#[test]
fn groups_have_two_names_in_a_lock() {
    let lock = "version = 1\nrequires-python = \">=3.11\"\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { virtual = \".\" }\n\
        [package.dev-dependencies]\ndev = [{ name = \"b\" }]\n[package.metadata.requires-dev]\ndev = [{ name = \"b\" }]\nvoid = []\n\
        [[package]]\nname = \"b\"\nversion = \"1\"\nsource = { registry = \"https://h\" }\n";
    let newer = lock.replace("dev-dependencies", "dependency-groups").replace("requires-dev", "dependency-groups");
    let case = case("", "", "a", &["--group", "dev", "--group", "void"]);
    assert_eq!(lock_of(&install(&newer, &case).unwrap()), lock_of(&install(lock, &case).unwrap()));
    let project = "[project]\nname = \"a\"\n[dependency-groups]\ndev = [\"b\", \"c\"]\nvoid = []\n";
    assert_eq!(stale(&read(&newer), &document(project), "a", &document("")).len(), 1);
}

#[test]
fn folders_that_need_each_other_in_their_hundreds_are_ordered_at_once() {
    let mut lock = "version = 1\n".to_owned();
    for at in 0..600 {
        let needs: Vec<_> = (1..6).map(|step| format!("{{ name = \"p{}\" }}", (at * 7 + step * 31) % 600)).collect();
        let _ = write!(
            lock,
            "[[package]]\nname = \"p{at}\"\nversion = \"1\"\nsource = {{ editable = \"p{at}\" }}\ndependencies = [{}]\n",
            needs.join(", ")
        );
    }
    let set = install(&lock, &case("", "", "p0", &[])).unwrap();
    let names: BTreeSet<_> = set.locals.iter().map(|l| &l.name).collect();
    assert_eq!((set.locals.len(), names.len()), (600, 600));
    let chain = "version = 1\n".to_owned()
        + &["c", "b", "a"]
            .map(|name| {
                let next = match name {
                    "a" => "dependencies = [{ name = \"b\" }]\n",
                    "b" => "dependencies = [{ name = \"c\" }]\n",
                    _ => "",
                };
                format!("[[package]]\nname = \"{name}\"\nversion = \"1\"\nsource = {{ editable = \"{name}\" }}\n{next}")
            })
            .concat();
    let names: Vec<_> = install(&chain, &case("", "", "a", &[])).unwrap().locals.into_iter().map(|l| l.name).collect();
    assert_eq!(names, ["c", "b", "a"]);
}

#[test]
fn a_groups_own_pythons_are_no_marker_that_went_away() {
    let lock = "version = 1\nrequires-python = \">=3.11\"\n[[package]]\nname = \"a\"\nsource = { virtual = \".\" }\n\
        [package.metadata]\n[package.metadata.requires-dev]\ndev = [{ name = \"b\", marker = \"python_full_version >= '3.13'\" }]\n";
    let project = "[project]\nname = \"a\"\n[dependency-groups]\ndev = [\"b\"]\n";
    let limited = "[tool.uv.dependency-groups]\ndev = { requires-python = \">=3.13\" }\n";
    assert_eq!(stale(&read(lock), &document(&(project.to_owned() + limited)), "a", &document("")), []);
    assert_eq!(stale(&read(lock), &document(project), "a", &document("")).len(), 1);
    let sources = "[tool.uv.sources]\nb = [{ index = \"x\", marker = \"python_full_version >= '3.13'\" }]\n";
    assert_eq!(
        stale(&read(lock), &document(project), "a", &document(sources)),
        [],
        "a source of the workspace's root holds for its members"
    );
}

#[test]
fn a_source_that_came_or_went_is_noticed() {
    let lock = |item: &str| {
        let head = "version = 1\nrequires-python = \">=3.11\"\n[[package]]\nname = \"a\"\nsource = { virtual = \".\" }\n";
        read(&format!("{head}[package.metadata]\nrequires-dist = [{{ name = \"b\", {item} }}]\n"))
    };
    let said = |item: &str, wanted: &str, more: &str| {
        let project = format!("[project]\nname = \"a\"\ndependencies = [\"{wanted}\"]\n[tool.uv]\n{more}\n");
        stale(&lock(item), &document(&project), "a", &document(&project)).into_iter().map(|d| d.message).collect::<Vec<_>>()
    };
    let (git, index) = ("git = \"https://h/b?rev=v1\"", "specifier = \">=1\"");
    assert_eq!(said(git, "b", ""), ["uv.lock was made when `b` came from `https://h/b?rev=v1`"]);
    assert_eq!(said(index, "b>=1", "sources.b = { path = \"b\" }"), ["uv.lock was made when `b` came from an index"]);
    for (item, wanted, more) in [
        (git, "b", "sources.b = { git = \"https://h/b\", rev = \"v1\" }"),
        (git, "b @ git+https://h/b@v1", ""),
        (git, "b", "no-sources = true"),
        (index, "b>=1", "sources.b = { index = \"x\" }"),
        (index, "b>=1", "sources.b = { path = \"b\", marker = \"os_name == 'nt'\" }"),
        (index, "b>=1", "sources.b = [{ path = \"b\", group = \"dev\" }]"),
        (index, "b>=1", "no-sources = true\nsources.b = { path = \"b\" }"),
        ("editable = \"b\"", "b", "sources.b = { workspace = true }"),
    ] {
        assert_eq!(said(item, wanted, more), [""; 0], "{item} {wanted} {more}");
    }
}

#[test]
fn overrides_constraints_and_exclusions_that_changed_are_noticed() {
    let lock = read(
        "version = 1\nrequires-python = \">=3.11\"\n[manifest]\nconstraints = [{ name = \"idna\", specifier = \"<4\" }]\n\
         overrides = [{ name = \"attrs\", marker = \"sys_platform == 'linux'\" }, { name = \"six\", specifier = \"==1.16.0\" }]\n\
         excludes = [\"colorama\"]\nbuild-constraints = [{ name = \"setuptools\" }]\n",
    );
    let said = |overrides: &str, constraints: &str, excludes: &str| {
        let root = format!(
            "[tool.uv]\noverride-dependencies = [{overrides}]\nconstraint-dependencies = [{constraints}]\nexclude-dependencies = [{excludes}]\n"
        );
        stale_manifest(&lock, &document(&root)).into_iter().map(|d| d.message).collect::<Vec<_>>().join("; ")
    };
    let overrides = "'attrs ; sys_platform == \"linux\"', 'six==1.16'";
    assert_eq!(said(overrides, "'idna < 4.0'", "'Colorama'"), "");
    assert_eq!(
        said("'attrs', 'six==1.16'", "'idna<4'", "'colorama'"),
        "uv.lock was made when the override of `attrs` was for `sys_platform == 'linux'` only"
    );
    assert_eq!(said(overrides, "'idna<5'", "'colorama'"), "uv.lock was made when the constraint on `idna` was `<4`");
    assert_eq!(said(overrides, "'idna<4', 'toolz<2'", "'colorama'"), "the constraint on `toolz` is not in uv.lock, so it would not hold");
    assert_eq!(said(overrides, "'idna<4'", ""), "the exclusion of `colorama` was locked, and is no longer in pyproject.toml");
    assert_eq!(stale_manifest(&lock, &document("[project]\nname = \"a\"\n")).len(), 4);
    assert_eq!(stale_manifest(&read("version = 1\n"), &document("[tool.uv]\noverride-dependencies = []\n")), []);
}

#[test]
#[ignore = "needs uv, Python and PyPI"]
fn uv_installs_the_same_from_both() {
    for case in CASES.iter().filter(|c| !NOT_ON_PYPI.contains(&c.folder)) {
        let set = install(&file(case.folder, "uv.lock"), case).unwrap();
        let names = set.missing.names();
        let without: Vec<_> = names.iter().flat_map(|name| ["--no-install-package", name]).collect();
        let installed = |lock: &str, project: &str| {
            let temporary = tempfile::tempdir().unwrap();
            let (source, environment) = (temporary.path().join("src"), temporary.path().join("env"));
            fs::create_dir(&source).unwrap();
            fs::write(source.join("uv.lock"), lock).unwrap();
            fs::write(source.join("pyproject.toml"), project).unwrap();
            let uv = |args: &[&str]| {
                let mut uv = Command::new(std::env::var_os("UV").unwrap_or_else(|| "uv".into()));
                let output = uv.args(args).current_dir(&source).env("UV_PROJECT_ENVIRONMENT", &environment).output().unwrap();
                assert!(output.status.success(), "{}/{}: {}", case.folder, case.name, String::from_utf8_lossy(&output.stderr));
                String::from_utf8(output.stdout).unwrap()
            };
            let always = ["sync", "--frozen", "--no-default-groups", "--no-editable", "--no-install-local", "--package", case.package];
            uv(&[&always[..], case.flags, &without[..]].concat());
            uv(&["pip", "freeze", "-p", environment.join("bin/python").to_str().unwrap()])
        };
        let original = file(case.folder, "pyproject.toml");
        let before = installed(&file(case.folder, "uv.lock"), &original);
        let after = installed(lock_of(&set), &project(&original, case.package));
        assert_eq!(after, before, "{}/{}", case.folder, case.name);
        assert!(!before.is_empty(), "{}/{} installs nothing", case.folder, case.name);
    }
}
