//! Locks written by uv and by hand, against the one text that each comes down to.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diag::{Sink, Sources, render};

use super::*;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/locks").join(name)
}

/// Reads a folder's file the way the gateway does: round by round, each time with what was asked for.
fn read(name: &str, first: &str) -> (Read, String) {
    let mut known: Vec<(String, Option<String>)> = vec![];
    loop {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let files: Vec<_> = known.iter().map(|(path, text)| (path, text.as_deref().map(|t| (t, sources.add(path, "text", t))))).collect();
        let lookup = |path: &str| match files.iter().find(|(p, _)| *p == path) {
            Some((_, Some((text, file)))) => Lookup::Text(text, *file),
            Some((_, None)) => Lookup::Absent,
            None => Lookup::Unasked,
        };
        let outcome = requirements(first, &lookup, &mut sink);
        let Read::Wanted(wanted) = outcome else {
            let said: String = sink.into_sorted().iter().map(|d| render(d, &sources, false)).collect();
            return (outcome, said);
        };
        drop(files);
        known.extend(wanted.into_iter().map(|path| (path.clone(), fs::read_to_string(folder(name).join(path)).ok())));
    }
}

fn text(content: &str) -> (Read, String) {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("requirements.txt", "text", content);
    let outcome = requirements("requirements.txt", &|_| Lookup::Text(content, file), &mut sink);
    (outcome, sink.into_sorted().iter().map(|d| render(d, &sources, false)).collect())
}

fn locked(read: Read, said: &str) -> Locked {
    match read {
        Read::Locked(locked) => *locked,
        Read::Wanted(_) | Read::Refused => panic!("{said}"),
    }
}

fn check(name: &str, locked: &Locked) {
    let golden = folder(name).join("expected.txt");
    if std::env::var_os("SNAPSHOTS").is_some_and(|v| v == "overwrite") {
        fs::write(&golden, &locked.text).expect("it can be written");
    }
    assert_eq!(fs::read_to_string(&golden).unwrap_or_default(), locked.text, "{}", golden.display());
}

#[test]
fn a_compiled_file_is_a_lock() {
    let (outcome, said) = read("pip-compiled", "requirements.txt");
    let locked = locked(outcome, &said);
    assert!(locked.is_hashed && locked.is_compiled && said.is_empty(), "{said}");
    check("pip-compiled", &locked);
}

#[test]
fn includes_and_constraints_are_followed() {
    let (outcome, said) = read("pip-layers", "requirements.txt");
    let locked = locked(outcome, &said);
    assert!(!locked.is_hashed && !locked.is_compiled && said.is_empty(), "{said}");
    assert_eq!(locked.indexes.extra, ["https://packages.example.org/simple"]);
    let locals: Vec<_> = locked.locals.iter().map(|l| (l.path.as_str(), l.extras.len())).collect();
    assert_eq!(locals, [(".", 0), ("./libs/a", 1)]);
    check("pip-layers", &locked);
}

#[test]
fn a_file_that_pins_too_little_is_refused() {
    let (outcome, said) = read("pip-unpinned", "requirements.txt");
    assert_eq!(outcome, Read::Refused);
    for part in ["error[not-pinned]", "`fastapi` has no exact version", "requirements.txt:2:1", "uv pip compile requirements.txt"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn comments_and_order_do_not_count() {
    let one = text("b==1\na==2 ; python_version >= '3.10'\n");
    let other = text("# head\na == 2;  python_version >= '3.10'   # why\n\nB==1\n");
    assert_eq!(locked(one.0, &one.1).text, locked(other.0, &other.1).text);
}

#[test]
fn what_cannot_be_kept_is_said() {
    let says = |content: &str, code: &str| {
        let (_, said) = text(content);
        assert!(said.contains(code), "{content}: {said}");
    };
    says("--index-url https://u:p@h/simple\na==1\n", "password-in-url");
    says("a @ https://token@h/a.whl\n", "password-in-url");
    says("a==1.*\n", "not-pinned");
    says("a>=1,==1.2\n", "not-pinned");
    says("--bogus\na==1\n", "unknown-option");
    says("-r ../../other.txt\na==1\n", "bad-value");
    says("a @ git+https://h/a.git@main\n", "moving-reference");
    says("a==1 --hash=sha256:00\nb==1\n", "missing-hash");
}

#[test]
fn a_standard_lock_is_read() {
    let content = fs::read_to_string(folder("pip-pylock").join("pylock.toml")).expect("it is there");
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("pylock.toml", "TOML", &content);
    let outcome = pylock(&content, file, &mut sink);
    let said: String = sink.into_sorted().iter().map(|d| render(d, &sources, false)).collect();
    let locked = locked(outcome, &said);
    assert!(locked.is_hashed && said.is_empty(), "{said}");
    let names: Vec<_> = locked.packages.iter().map(|p| p.name.as_str()).collect();
    assert!(names.contains(&"flask") && names.contains(&"tomli"), "{names:?}");
    assert!(locked.packages.iter().all(|p| p.files.iter().any(|f| f.contains("-py3-none-any.whl") || f.contains("manylinux"))));
    check("pip-pylock", &locked);
}

#[test]
fn an_unknown_standard_lock_is_refused() {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("pylock.toml", "TOML", "lock-version = \"2.0\"\n");
    assert_eq!(pylock("lock-version = \"2.0\"\n", file, &mut sink), Read::Refused);
    assert!(sink.into_sorted().iter().any(|d| d.code == "lock-version"));
}

#[test]
fn credentials_are_told_from_accounts() {
    for url in ["https://a:b@host/simple", "https://token@host/x", "https://${TOKEN}@host/", "ssh://a:b@host/x", "git+https://t@h/x@abc"] {
        assert!(has_credentials(url), "{url}");
    }
    for url in ["https://host/simple", "https://host/a@b", "git+ssh://git@host/x@main", "file:///a@b", "./a@b", "git@host:x"] {
        assert!(!has_credentials(url), "{url}");
    }
}
