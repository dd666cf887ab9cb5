//! Real locks, written by Poetry 1.1, 1.8 and 2.5, against the requirement files they come down to.
//! Each was compared with what `poetry sync` installed; `SNAPSHOTS=overwrite cargo test` writes the files anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::diag::{Place, Sink, Sources, render};

use crate::python::locks::{Index, List, Package};
use crate::python::version::PythonVersion;

use super::*;

fn folder(name: &str) -> PathBuf {
    Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this")).join("tests/locks").join(name)
}

fn file(name: &str, path: &str) -> String {
    fs::read_to_string(folder(name).join(path)).expect("the file is there")
}

/// What is installed, or what the user reads.
fn install(lock: &str, project: &str, wanted: &str) -> Result<InstallSet, String> {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let lock_file = sources.add("poetry.lock", "TOML", lock);
    let project_file = sources.add("pyproject.toml", "TOML", project);
    let project = Document::read(project, "pyproject.toml", project_file).expect("TOML");
    let spec = sources.add("distil.yaml", "YAML", wanted);
    let list = |key: &str| {
        let words = wanted.split_whitespace().filter_map(|w| w.strip_prefix(key)).flat_map(|w| w.split(','));
        words.map(|w| (w.to_owned(), wanted.find(w).unwrap_or(0))).collect::<Vec<_>>()
    };
    let placed = |key: &str| -> Vec<At<String>> {
        list(key).into_iter().map(|(value, start)| At { place: Place { file: spec, start, end: start + value.len() }, value }).collect()
    };
    let (extras, groups, only) = (placed("extras="), placed("groups="), placed("only="));
    let torch = if wanted.split_whitespace().any(|word| word == "torch=cpu") { Torch::Cpu } else { Torch::Keep };
    let selection = Selection { extras: &extras, groups: &groups, only_groups: &only, torch };
    let found = install_set(lock, lock_file, &project, selection, &mut sink);
    let said: Vec<_> = sink.into_sorted().iter().map(|d| render(d, &sources, false)).collect();
    found.filter(|_| said.is_empty()).ok_or_else(|| said.join("\n"))
}

fn lists(set: &InstallSet) -> &[List] {
    match &set.files {
        Files::Requirements(requirements) => &requirements.lists,
        Files::Lock(_) => panic!("requirement files are installed"),
    }
}

/// An install set for the eye: lines of hashes are counted, and the whole text is pinned by its own hash.
fn drawn(set: &InstallSet) -> String {
    let mut text = String::new();
    for list in lists(set) {
        let index = match &list.index {
            Index::Named { name, url } => format!("{name} {url}"),
            Index::Default | Index::At(_) => "default index".to_owned(),
        };
        let digest = Sha256::digest(&list.text);
        let digest = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        let _ = writeln!(text, "-- {index}{} {digest:08x}", if list.is_hashed { "" } else { ", no hashes" });
        for requirement in list.text.replace(" \\\n    --hash=", "\t").lines() {
            let mut parts = requirement.split('\t');
            let _ = writeln!(text, "{} ({})", parts.next().unwrap_or_default(), parts.count());
        }
    }
    for local in &set.locals {
        let _ = writeln!(text, "-- local {} at {}, {:?}", local.name, local.path, local.kind);
    }
    text
}

#[test]
fn real_locks_come_down_to_these_requirements() {
    let mut names: Vec<_> = fs::read_dir(folder(""))
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("a name"))
        .filter(|name| name.starts_with("poetry-"))
        .collect();
    names.sort();
    assert!(names.len() >= 6, "{names:?}");
    for name in names {
        let (lock, project) = (file(&name, "poetry.lock"), file(&name, "pyproject.toml"));
        let mut actual = String::new();
        for wanted in file(&name, "selections").lines() {
            let set = install(&lock, &project, wanted).unwrap_or_else(|said| panic!("{name}, {wanted}: {said}"));
            let _ = writeln!(actual, "== {wanted}\n{}", drawn(&set));
        }
        let golden = folder(&name).join("expected.txt");
        if std::env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite") {
            fs::write(&golden, &actual).expect("it can be written");
        }
        assert_eq!(fs::read_to_string(&golden).unwrap_or_default(), actual, "{}", golden.display());
    }
}

#[test]
fn edits_that_change_no_package_change_no_text() {
    for name in ["poetry-main", "poetry-before-groups"] {
        let (lock, project) = (file(name, "poetry.lock"), file(name, "pyproject.toml"));
        let before = install(&lock, &project, "main").expect("it installs");
        let same = |set: Result<InstallSet, String>, why: &str| assert_eq!(lists(&set.expect(why)), lists(&before), "{name}");
        let edited =
            format!("# a comment\n{}", project.replace("version = \"1.0.0\"", "version = \"1.0.1\"").replace("a shop", "the shop"));
        assert_ne!(edited, project);
        same(install(&lock, &edited, "main"), "it is fresh");
        let dos = project.replace('\n', "\r\n");
        same(install(&lock, &dos, "main"), "it is fresh");
        // A development package that moves on changes the lock, and nothing that ships.
        let at = lock.find("name = \"pytest\"").expect("pytest is locked");
        let version = lock[at..].find("version = \"").map(|i| at + i + 11).expect("it has a version");
        let moved = format!("{}9{}", &lock[..version], &lock[version..]);
        same(install(&moved, &project, "main"), "it installs");
        same(install(&format!("{lock}\n# end\n"), &project, "main"), "it installs");
    }
}

#[test]
fn a_stale_lock_is_refused() {
    for name in ["poetry-main", "poetry-before-groups", "poetry-standard", "poetry-oldest"] {
        let (lock, project) = (file(name, "poetry.lock"), file(name, "pyproject.toml"));
        let edited = project.replacen("[tool.poetry.dependencies]\n", "[tool.poetry.dependencies]\nleft-pad = \"1\"\n", 1);
        let edited = if edited == project { project.replacen("\"flask>=3.0\"", "\"flask>=3.1\"", 1) } else { edited };
        assert_ne!(edited, project);
        let said = install(&lock, &edited, "main").expect_err("it is stale");
        assert!(said.contains("stale-lock") && said.contains("poetry.lock:") && said.contains("`poetry lock`"), "{said}");
    }
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let (lock, project) = (file("poetry-main", "poetry.lock"), file("poetry-main", "pyproject.toml"));
    let said = install(&lock, &project, "extras=cahce groups=wroker,gpu").expect_err("nobody knows them");
    for part in [
        "the project has no extra `cahce`",
        "did you mean `cache`?",
        "distil.yaml:1:8",
        "the project has no group `wroker`",
        "did you mean `worker`?",
        "its groups are `dev`, `docs`, `main`, `worker`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn damaged_locks_are_refused_with_a_way_out() {
    let project = "[tool.poetry.dependencies]\npython = \"*\"\n";
    let check = |lock: &str, code: &str| {
        let said = install(lock, project, "main").expect_err("it is damaged");
        assert!(said.contains(code), "{code}: {said}");
    };
    check("<<<<<<< HEAD\n", "bad-toml");
    check("[[package]]\nname = \"a\"\n", "lock-version");
    check("[metadata]\nlock-version = \"3.0\"\n", "lock-version");
    check("[[package]]\nname = \"a\"\n[metadata]\nlock-version = \"2.1\"\n", "unreadable-package");
    check("[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\n", "stale-lock");
}

/// A lock whose hash is right for a project that only says what it needs of Python.
fn made(project: &str, packages: &str) -> String {
    let lock =
        |hash: &str| format!("{packages}\n[metadata]\nlock-version = \"2.0\"\npython-versions = \">=3.10\"\ncontent-hash = \"{hash}\"\n");
    let document = toml_span::parse(project).expect("TOML");
    lock(&hash::way(&document, true, true).expect("it can be hashed"))
}

#[test]
fn edges_choose_among_versions_and_cycles_end() {
    let project = "[tool.poetry.dependencies]\npython = \">=3.10\"\na = \"*\"\nn = \"*\"\n\
                   g = [{ git = \"git@example.org:x/g.git\", platform = \"linux\" }, { version = \"1\", platform = \"win32\" }]\n";
    let package = |name: &str, version: &str, rest: &str| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\noptional = false\npython-versions = \"*\"\nfiles = [{{ file = \"{name}\", hash = \"sha256:{version}\" }}]\n{rest}\n"
        )
    };
    let git = "[package.source]\ntype = \"git\"\nurl = \"git@example.org:x/g.git\"\nreference = \"HEAD\"\nresolved_reference = \"abc\"\n";
    let packages = [
        package(
            "a",
            "1.0",
            "[package.dependencies]\nB_b = \">=1\"\nn = [{ version = \"<2\", markers = \"python_version < '3.12'\" }, { version = \">=2\", markers = \"python_version >= '3.12'\" }]\n",
        ),
        package(
            "B.B",
            "1.0",
            "[package.dependencies]\na = \"*\"\nc = { version = \"*\", optional = true, markers = \"extra == 'x'\" }\n[package.extras]\nx = [\"c\"]\n",
        ),
        package("c", "1.0", ""),
        package("g", "1", ""),
        package("g", "2.0", git),
        package("n", "1.5", "[package.dependencies]\nonly-old = \"*\"\n"),
        package("n", "2.5", ""),
        package("only-old", "1", ""),
    ];
    let set = install(&made(project, &packages.concat()), project, "main").expect("it installs");
    let found = drawn(&set);
    let lines: Vec<_> = found.lines().filter(|l| !l.starts_with("--")).collect();
    let expected = [
        "a==1.0 (1)",
        "b-b==1.0 (1)",
        "n==1.5 ; python_version < \"3.12\" (1)",
        "n==2.5 ; python_version >= \"3.12\" (1)",
        "only-old==1 ; python_version < \"3.12\" (1)",
        "g @ git+ssh://git@example.org/x/g.git@abc (0)",
    ];
    assert_eq!(lines, expected);
    let python = |text: &str| text.parse::<PythonVersion>().expect("a version");
    let old = set.packages.iter().find(|p| p.name == "only-old").expect("it is there");
    assert!(old.is_for(python("3.11"), "x86_64") && !old.is_for(python("3.12"), "aarch64"));
}

#[test]
fn cuda_is_left_out_where_only_torch_asks_for_it() {
    let project = "[tool.poetry.dependencies]\npython = \">=3.10\"\ntorch = \"*\"\nquick = \"*\"\nnvidia-nvtx = \"*\"\n";
    let package = |name: &str, version: &str, needs: &[&str]| {
        let needs = needs.iter().map(|need| format!("{need} = \"*\"\n")).collect::<Vec<_>>().concat();
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\npython-versions = \"*\"\n\
             files = [{{ file = \"{name}-1-cp312-cp312-manylinux_2_28_x86_64.whl\", hash = \"sha256:{name}\" }}]\n\n[package.dependencies]\n{needs}\n"
        )
    };
    let packages = [
        package("cuda-bindings", "1", &["cuda-pathfinder"]),
        package("cuda-pathfinder", "1", &[]),
        package("filelock", "1", &[]),
        package("nvidia-cublas-cu12", "1", &["nvidia-nvtx", "only"]),
        package("nvidia-nvtx", "1", &[]),
        package("only", "1", &[]),
        package("quick", "1", &["torch", "triton"]),
        package("torch", "2.9.1+cu128", &["cuda-bindings", "filelock", "nvidia-cublas-cu12", "triton"]),
        package("triton", "1", &[]),
    ];
    let lock = made(project, &packages.concat());
    let set = install(&lock, project, "main torch=cpu").expect("it installs");
    let named = |packages: &[Package]| packages.iter().map(|package| package.name.clone()).collect::<Vec<_>>();
    assert_eq!(named(&set.missing.cuda), ["cuda-bindings", "cuda-pathfinder", "nvidia-cublas-cu12", "only"]);
    assert_eq!(set.missing.builds(), ["torch==2.9.1"]);
    assert_eq!(named(&set.packages), ["filelock", "nvidia-nvtx", "quick", "triton"]);
    let lines = lists(&set).iter().flat_map(|list| list.text.lines()).filter_map(|line| line.strip_suffix(" \\"));
    assert_eq!(lines.collect::<Vec<_>>(), ["filelock==1", "nvidia-nvtx==1", "quick==1", "triton==1"]);
    let kept = install(&lock, project, "main").expect("it installs");
    assert!(kept.has_torch && kept.missing == Missing::default() && kept.packages.len() == 9);
    let cpu = made(project, &packages.concat().replace("+cu128", "+cpu"));
    assert_eq!(
        install(&cpu, project, "main torch=cpu").expect("it installs").missing,
        Missing::default(),
        "it is for the processor already"
    );
}

#[test]
fn credentials_in_a_lock_are_refused() {
    let project = "[tool.poetry.dependencies]\npython = \">=3.10\"\na = \"*\"\n";
    let package = "[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = []\n[package.source]\ntype = \"legacy\"\nurl = \"https://u:p@h/simple\"\nreference = \"x\"\n";
    let said = install(&made(project, package), project, "main").expect_err("it holds a password");
    assert!(said.contains("password-in-url") && said.contains("`indexes:`"), "{said}");
}

/// A lock in which each of many packages has three versions and needs six others, of which no two agree on one.
#[test]
fn hundreds_of_packages_with_versions_that_contradict_each_other_are_chosen_from() {
    const NAMES: usize = 200;
    let mut text = String::new();
    for (name, version) in (0..NAMES).flat_map(|name| (1..4).map(move |version| (name, version))) {
        let _ = write!(text, "[[package]]\nname = \"p{name}\"\nversion = \"{version}.0\"\npython-versions = \">=3.{}\"\n", 8 + version);
        text.push_str("files = []\n\n[package.dependencies]\n");
        for step in 1..7 {
            let (to, wanted) = ((name * 7 + step * 31 + version) % NAMES, (name + step + version) % 3 + 1);
            let marker = ["python_version < '3.12'", "python_version >= '3.12'", "platform_machine == 'x86_64'"][(name + step) % 3];
            let _ = writeln!(text, "p{to} = {{ version = \"{wanted}.*\", markers = \"{marker}\" }}");
        }
        text.push('\n');
    }
    text.push_str("[metadata]\nlock-version = \"2.0\"\npython-versions = \">=3.10\"\ncontent-hash = \"0\"\n");
    let mut sink = Sink::default();
    let id = Sources::default().add("poetry.lock", "TOML", &text);
    let lock = lock::read(&text, id, &mut sink).expect("it is a lock");
    let wanted = toml_span::parse("p0 = \"*\"\np1 = \">=2\"\n").expect("TOML");
    let roots: Vec<_> = crate::python::toml::entries(Some(&wanted)).flat_map(|(name, value)| dependency::read(name, value)).collect();
    let grids = reach::reach(&lock, &reach::Wish { roots: roots.iter().collect(), extras: &[] }, Grid::ALL);
    let of = |name: &str| lock.packages.iter().zip(&grids).filter(|(p, _)| p.name == name).fold(Grid::NONE, |all, (_, grid)| all.or(*grid));
    assert_eq!((of("p0"), of("p1")), (Grid::ALL, Grid::ALL), "what is asked for is there, in some version");
    assert!(grids.iter().filter(|grid| !grid.is_empty()).count() > NAMES / 2);
}
