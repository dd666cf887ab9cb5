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
