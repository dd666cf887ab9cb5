//! The command line as its user sees it: transcripts, the README's included.
//! `TRYCMD=overwrite cargo test` writes what is printed now into them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Has a stand-in for uv.
fn bin() -> String {
    crate::checkout().join("tests/cli/bin").display().to_string()
}

fn path() -> String {
    format!("{}:{}", bin(), std::env::var("PATH").unwrap_or_default())
}

#[test]
fn transcripts_are_true() {
    trycmd::TestCases::new()
        .env("PATH", path())
        .case("tests/cli/*.md")
        .case("README.md")
        .register_bin("distil", trycmd::schema::Bin::Path(env!("CARGO_BIN_EXE_distil").into()));
}

/// Runs `distil lock` in a folder, and gives its exit code and what it said.
fn lock(folder: &Path, path: &str, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_distil"));
    let output = command.arg("lock").args(words).current_dir(folder).env("PATH", path).output().expect("it is built");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is there");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_pinned_file_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("there is room");
    let project = crate::checkout().join("tests/cli/lock.in");
    assert!(
        Command::new("cp")
            .args(["-r", &format!("{}/.", project.display()), "."])
            .current_dir(folder.path())
            .status()
            .expect("there is cp")
            .success()
    );
    let files = folder.path().join("requirements");
    let before = names(&files);

    let (code, said) = lock(folder.path(), "/nowhere", &[]);
    let command = "`echo gunicorn | uv pip compile requirements/base.in requirements/prod.in - --universal";
    assert!(code == Some(74) && said.contains("there is no `uv` on PATH") && said.contains(command), "{said}");
    let (code, said) = lock(folder.path(), &path(), &["--target", "broken"]);
    assert!(code == Some(74) && said.contains("nothing was written"), "{said}");
    assert_eq!(names(&files), before);

    assert_eq!(lock(folder.path(), &path(), &[]).0, Some(0));
    let made = fs::read_to_string(files.join("prod.lock")).expect("it was just made");
    let pinned = ["--target", "pinned"];
    assert_eq!(lock(folder.path(), &path(), &[&pinned[..], &["--check"]].concat()).0, Some(0));
    fs::write(files.join("prod.in"), "waitress\nflask-login\n").expect("it is ours");
    let (code, said) = lock(folder.path(), &path(), &[&pinned[..], &["--check"]].concat());
    assert!(code == Some(1) && said.contains("`requirements/prod.lock` is not what its sources ask for"), "{said}");
    assert_eq!(fs::read_to_string(files.join("prod.lock")).ok(), Some(made));
    assert_eq!(lock(folder.path(), &path(), &pinned).0, Some(0));
    assert_eq!(lock(folder.path(), &path(), &[&pinned[..], &["--check"]].concat()).0, Some(0));
    assert_eq!(
        names(&files),
        [&before[..], &["prod.lock".to_owned()]]
            .concat()
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_build_argument_is_taken_as_docker_takes_it() {
    let folder = tempfile::tempdir().expect("there is room");
    let spec = "recipe: site.yaml\ncommand: [serve]\nargs: { version: dev, tier: { default: test, values: [test, live] } }\n\
                env: { V: \"${version} in ${tier}\" }\noptions: { text: \"${version}\" }\n";
    let recipe = "summary: A page\ninputs:\n  text: { type: string, option: true, default: none }\nstages:\n  - stage: page\n    from: scratch\n    \
                  steps:\n      - { phase: write, write: /page, text: \"{{text}}\" }\n";
    fs::write(folder.path().join("distil.yaml"), spec).expect("there is room");
    fs::write(folder.path().join("site.yaml"), recipe).expect("there is room");
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_distil"));
        let output = command.args(words).current_dir(folder.path()).env("version", "3").output().expect("it is built");
        let said = |bytes| String::from_utf8(bytes).expect("it is text");
        (output.status.code(), said(output.stdout), said(output.stderr))
    };
    let (_, plan, _) = run(&["plan", "--build-arg", "version=1.2", "--build-arg", "tier=live"]);
    let said = |plan: &str, line: &str| plan.lines().any(|l| l.split_whitespace().collect::<Vec<_>>().join(" ") == line);
    assert!(said(&plan, "arg version=1.2 the build") && said(&plan, "arg tier=live the build"), "{plan}");
    let (_, plan, _) = run(&["plan"]);
    assert!(said(&plan, "arg version=dev distil.yaml:3"), "{plan}");
    // Without a value, it is the environment's.
    let (code, text, _) = run(&["dockerfile", "--build-arg", "version", "--build-arg", "nowhere-set"]);
    assert_eq!(code, Some(0));
    assert!(
        text.contains("distil dockerfile --build-arg version=3\n") && text.contains("V=\"3 in test\"") && !text.contains("${"),
        "{text}"
    );
    let (code, _, said) = run(&["check", "--build-arg", "tier=lif", "--build-arg", "SOURCE_DATE_EPOCH=0"]);
    assert!(code == Some(1) && said.contains("`tier` is `lif`, which is none of `test`, `live`") && !said.contains("EPOCH"), "{said}");
    let (_, graph, _) = run(&["llb", "--build-arg", "version=1.2"]);
    assert!(graph.contains("\"data\":\"1.2\""), "{graph}");
}
