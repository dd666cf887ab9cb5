//! One file for each mistake: the files that the user has, and what the user reads. A section that holds `(absent)`
//! takes a file of the good project away; `target` is what is asked for, and `args` has a build argument to a line; a section named `recipe.yaml` is read as a recipe on its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use distil::diag::{Sink, Sources, render};
use distil::lower::connect;
use distil::messages;
use distil::recipe::{self, Library};

use crate::golden;
use crate::project::Project;

/// A project in which nothing is wrong; each case changes what it is about.
const GOOD: &[(&str, &str)] = &[
    ("distil.yaml", "# syntax=distil/distil:1\ncommand: [serve]\n"),
    ("pyproject.toml", "[project]\nname = \"shop\"\nversion = \"1.0\"\nrequires-python = \">=3.11\"\n"),
    (
        "uv.lock",
        "version = 1\nrevision = 3\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"shop\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\n",
    ),
];

fn cases() -> Vec<PathBuf> {
    let folder = crate::checkout().join("tests/errors");
    let mut cases: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "txt")).collect();
    cases.sort();
    assert!(cases.len() > 20);
    cases
}

/// Splits a case into its sections, each headed by `-- NAME --`.
fn sections(text: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = vec![];
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("-- ").and_then(|l| l.strip_suffix(" --")) {
            Some(name) => sections.push((name.to_owned(), String::new())),
            None => sections.last_mut().expect("a case starts with a section").1.push_str(line),
        }
    }
    sections
}

/// A case's text as bytes; what an editor would not show is written as `\\t`, `\\xff` and `\\xfe`.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = vec![];
    for (index, part) in text.replace("\\t", "\t").split("\\xf").enumerate() {
        let (byte, rest) = match (index, part.chars().next()) {
            (1.., Some('f')) => (Some(0xff), &part[1..]),
            (1.., Some('e')) => (Some(0xfe), &part[1..]),
            _ => (None, part),
        };
        bytes.extend(byte);
        bytes.extend(rest.as_bytes());
    }
    bytes
}

/// The project of a case, the target that is asked for, and the build arguments.
fn project(files: &[(String, String)]) -> (Project, String, Vec<(String, String)>) {
    let mut all: BTreeMap<&str, &str> = GOOD.iter().copied().collect();
    all.extend(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let target = all.remove("target").unwrap_or_default().trim().to_owned();
    let args = all.remove("args").unwrap_or_default().lines();
    let args = args.map(|line| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap()).collect();
    let there = all.into_iter().filter(|(_, text)| text.trim() != "(absent)");
    (there.fold(Project::default(), |project, (name, text)| project.with(name, bytes(text))), target, args)
}

/// What the user of a project reads.
fn checked(case: &Path, files: &[(String, String)]) -> String {
    let (project, target, args) = project(files);
    let outcome = project.compile_with(&target, &args);
    let said = outcome.said();
    assert_eq!(outcome.result.is_err(), said.contains("error["), "{}: {said}", case.display());
    assert!(said.contains("error[") || said.contains("warning["), "{}: {said}", case.display());
    said
}

/// Reads the section `recipe.yaml` as a recipe on its own, with the other sections beside it.
fn recipe(files: &[(String, String)]) -> String {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let mut library = Library::default();
    for (name, text) in files {
        library.add(name, Some(text.clone()));
    }
    assert_eq!(library.wanted("recipe.yaml"), None);
    if let Some(recipe) = library.load("recipe.yaml", None, &mut sources, &mut sink)
        && let Some(rendered) = recipe::render(&recipe, &BTreeMap::new(), &sources, &mut sink)
    {
        assert!(connect(rendered, &mut sink).is_none(), "this recipe is good");
    }
    sink.into_sorted().iter().map(|d| render(d, &sources, false) + "\n\n").collect()
}

/// A case's text without what is said, and its sections.
fn case(path: &Path) -> (String, Vec<(String, String)>) {
    let (mut files, mut rebuilt) = (vec![], String::new());
    for (name, content) in sections(&fs::read_to_string(path).unwrap()).into_iter().filter(|(name, _)| name != "said") {
        rebuilt += &["-- ", &name, " --\n", &content].concat();
        files.push((name, content));
    }
    (rebuilt, files)
}

#[test]
fn every_mistake_reads_as_it_should() {
    for path in cases() {
        let (text, files) = case(&path);
        let is_recipe = files.iter().any(|(name, _)| name == "recipe.yaml");
        let said = if is_recipe { recipe(&files) } else { checked(&path, &files) };
        assert!(!said.is_empty(), "{} says nothing", path.display());
        golden::check(&path, &format!("{text}-- said --\n{said}"));
    }
}

/// The program itself says the same on standard error, nothing on standard output, and ends with 1 where something is wrong. Of
/// each sort one: a mistake in the spec, in the project's files, in a file that is no text, in a recipe, in the target that is
/// asked for, and what is only a warning.
#[test]
fn the_program_says_the_same() {
    for name in ["unknown-key", "no-lock", "unreadable-file", "no-target", "no-recipe", "unread-python", "not-in-context-ignored"] {
        let (_, files) = case(&crate::checkout().join("tests/errors").join(name).with_extension("txt"));
        let folder = tempfile::tempdir().unwrap();
        let (project, target, _) = project(&files);
        project.write(folder.path());
        let args = ["check", "--target", &target];
        let output = Command::new(env!("CARGO_BIN_EXE_distil")).args(args).current_dir(folder.path()).output().unwrap();
        let outcome = project.compile(&target);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), outcome.said(), "{name}");
        assert_eq!(output.status.code(), Some(i32::from(outcome.result.is_err())), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
    }
}

/// The codes that no case here can show, and the file with the test that does.
const ELSEWHERE: &[(&str, &str)] = &[
    ("addon-does-not-load", "tests/engine/node.rs"),
    ("altered-package", "tests/engine/install.rs"),
    ("bad-build-option", "tests/gateway/options.rs"),
    ("bad-context", "tests/gateway/contexts.rs"),
    ("bad-recipe-address", "tests/gateway/recipes.rs"),
    ("bad-step", "tests/cli/commands.md"),
    ("broken-bytecode", "frontend/python/refine/proof/bytecode.rs"),
    ("broken-import", "frontend/python/refine/steps/started.rs"),
    ("broken-node-lock", "frontend/node/locks/npm/tests.rs"),
    ("broken-start", "frontend/python/refine/steps/started.rs"),
    ("bug", "tests/gateway/daemons.rs"),
    ("compiler", "refine/proof/hygiene.rs"),
    ("emulated-platform", "tests/gateway/crossing.rs"),
    ("failed-case", "tests/cli/commands.md"),
    ("failed-install", "frontend/python/refine/install/mod.rs"),
    ("failed-run", "refine/proof/run.rs"),
    ("failed-start", "tests/engine/refine/service.rs"),
    ("failed-step", "tests/gateway/proofs.rs"),
    ("git-repository", "refine/proof/hygiene.rs"),
    ("io-error", "tests/cli/commands.md"),
    ("link-outside", "frontend/node/locks/npm/tests.rs"),
    ("link-out-of-site", "refine/steps/site_tests.rs"),
    ("manager-in-image", "tests/engine/node.rs"),
    ("missing-build-tool", "frontend/python/refine/install/mod.rs"),
    ("missing-context", "tests/gateway/recipes.rs"),
    ("missing-library", "tests/engine/refine/libraries.rs"),
    ("moving-recipe", "tests/gateway/recipes.rs"),
    ("no-dockerfile", "tests/gateway/requests.rs"),
    ("no-entry", "tests/engine/node.rs"),
    ("no-first-page", "refine/steps/site_tests.rs"),
    ("no-image", "tests/gateway/daemons.rs"),
    ("no-match", "frontend/python/refine/prune_tests.rs"),
    ("no-secret", "tests/gateway/daemons.rs"),
    ("no-spec", "tests/gateway/mistakes.rs"),
    ("no-ssh", "tests/gateway/daemons.rs"),
    ("no-such-member", "frontend/node/locks/npm/tests.rs"),
    ("no-such-module", "frontend/python/refine/proof/modules.rs"),
    ("node-lock-hole", "frontend/node/locks/npm/tests.rs"),
    ("node-lock-stale", "frontend/node/locks/npm/tests.rs"),
    ("node-lock-version", "frontend/node/locks/npm/tests.rs"),
    ("not-for-platform", "frontend/node/locks/npm/tests.rs"),
    ("not-ours-to-lock", "tests/cli/lock.md"),
    ("nothing-to-gather", "refine/steps/gather_tests.rs"),
    ("old-buildkit", "tests/gateway/daemons.rs"),
    ("old-library", "refine/steps/closure.rs"),
    ("other-machine", "frontend/python/refine/steps/foreign.rs"),
    ("over-budget", "tests/engine/refine/check.rs"),
    ("package-cache", "refine/proof/hygiene.rs"),
    ("package-does-not-load", "tests/engine/node.rs"),
    ("package-manager", "refine/proof/hygiene.rs"),
    ("pip", "frontend/python/refine/language.rs"),
    ("platform-mismatch", "tests/gateway/platforms.rs"),
    ("private-key", "refine/proof/hygiene.rs"),
    ("setuid", "refine/proof/hygiene.rs"),
    ("several-platforms", "tests/gateway/platforms.rs"),
    ("start-unproven", "tests/gateway/report.rs"),
    ("too-many-patterns", "tests/gateway/ignore.rs"),
    ("unbuildable-project", "frontend/python/refine/install/mod.rs"),
    ("unknown-request", "tests/gateway/requests.rs"),
    ("unknown-service", "frontend/python/refine/prune_tests.rs"),
    ("unproven-platform", "tests/gateway/crossing.rs"),
    ("unstartable-command", "refine/proof/entry.rs"),
    ("world-writable", "refine/proof/hygiene.rs"),
    ("wrong-file", "refine/proof/files.rs"),
];

/// The codes that no test shows, and why.
const UNSEEN: &[(&str, &str)] = &[
    ("unreadable", "tests run as root, who may read every file"),
    ("unreadable-program", "a build says it of a broken program; refine/libraries/tests.rs tests how one is read"),
    ("unreadable-image", "no registry and no engine answers with a config that is not JSON"),
];

/// A message that no case shows is a message that nobody has read.
#[test]
fn every_code_has_a_case() {
    let said: String = cases().iter().map(|case| fs::read_to_string(case).unwrap()).collect();
    let sources: String = crate::tidy::program_files().iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let named: BTreeSet<&str> = sources.split("codes::").skip(1).filter_map(|rest| rest.split(|c| !is_name(c)).next()).collect();
    for code in messages::all() {
        let constant = code.name().to_uppercase().replace('-', "_");
        assert!(named.contains(constant.as_str()), "nothing says `{code}`");
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == code.name());
        if let Some((name, file)) = elsewhere {
            let test = fs::read_to_string(crate::checkout().join(file)).unwrap();
            assert!(test.contains(name), "{file} does not show `{name}`");
        }
        let shown = said.contains(&format!("[{code}]"));
        let unseen = UNSEEN.iter().any(|(name, _)| *name == code.name());
        let ways = usize::from(shown) + usize::from(elsewhere.is_some()) + usize::from(unseen);
        assert_eq!(ways, 1, "a case shows `{code}`, or `ELSEWHERE` says which test does, or `UNSEEN` why none can");
    }
    let mut listed = ELSEWHERE.iter().chain(UNSEEN).map(|(name, _)| name);
    assert!(listed.all(|name| messages::find(name).is_some()));
}

/// A name in brackets is no help by itself: each has a page, which says what it means, why it matters and how to mend it.
#[test]
fn every_code_has_all_parts_of_its_page() {
    let mut names = BTreeSet::new();
    for code in messages::all() {
        let page = code.page();
        let parts: Vec<&str> = page.trim_end().split("\n\n").collect();
        assert!(parts.len() >= 4, "{code}: {page}");
        let prose = |text: &str| text.len() > 10 && text.starts_with(|c: char| c.is_ascii_uppercase() || c == '`') && text.ends_with('.');
        assert!(prose(parts[0]), "{code} says first what is the case: {page}");
        assert!(parts[1].strip_prefix("Why: ").is_some_and(|why| why.len() > 20 && why.ends_with('.')), "{code} says why: {page}");
        assert!(parts[2].strip_prefix("Mend: ").is_some_and(|mend| mend.len() > 10 && mend.ends_with('.')), "{code} says how: {page}");
        let example = parts[3..].join("\n\n");
        assert!(example.starts_with("```") && example.ends_with("\n```") && example.lines().count() > 2, "{code} shows it: {page}");
        assert!(names.insert(code.name()), "there are two `{code}`");
        assert!(code.name().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{code}");
        assert!(code.since().split('.').count() == 3, "{code}");
        assert!(code.url().ends_with(&format!("docs/messages.md#{code}")), "{}", code.url());
        assert_eq!(messages::find(code.name()), Some(code));
    }
}
