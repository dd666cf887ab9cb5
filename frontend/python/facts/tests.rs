//! Files that are used, and files that only lie there.

use crate::diag::{Sink, Sources, render};
use crate::spec;

use crate::facts::Files;

use super::{Facts, Gathered, gather};

const PROJECT: &[u8] = b"[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.11\"\n";
const LOCK: &[u8] = b"version = 1\n[[package]]\nname = \"shop\"\nversion = \"1\"\nsource = { virtual = \".\" }\n";
const WIDE: &[u8] = b"\xff\xfei\0d\0n\0a\0";

/// The name of the lock that is used, or what is wrong.
fn lock(spec: &str, there: &[(&str, &[u8])]) -> Result<String, String> {
    facts(spec, &[], there).map(|facts| facts.lock.name)
}

/// The project's folder, for a spec that lies in these folders of the context.
fn folder(spec: &str, lies_in: &[&str], there: &[&str]) -> Result<String, String> {
    let text = |path: &&str| if path.ends_with("uv.lock") { LOCK } else { PROJECT };
    let there: Vec<_> = there.iter().map(|path| (*path, text(path))).collect();
    facts(spec, lies_in, &there).map(|facts| facts.project.folder)
}

/// What a project's files come to.
pub(in crate::python) fn facts(spec: &str, lies_in: &[&str], there: &[(&str, &[u8])]) -> Result<Facts, String> {
    let (mut sources, mut sink, mut files) = (Sources::default(), Sink::default(), Files::default());
    let file = sources.add("distil.yaml", "YAML", spec);
    let (spec, _) = spec::parse(&sources, file, &mut sink).expect("a good spec");
    loop {
        match gather(&spec, &files, &mut sources, &mut sink) {
            Gathered::Facts(facts) => return Ok(*facts),
            Gathered::Refused => return Err(sink.into_sorted().iter().map(|d| render(d, &sources, false)).collect()),
            Gathered::Wanted(wanted) => {
                for path in wanted.read {
                    files.answer(&path, there.iter().find(|(name, _)| *name == path).map(|(_, bytes)| bytes.to_vec()));
                }
                if let Some(folder) = &wanted.names_of {
                    files.found_names(folder, std::collections::BTreeSet::new());
                }
                if wanted.spec {
                    files.found_spec(lies_in.iter().map(|folder| (*folder).to_owned()).collect());
                }
                if wanted.modules_of.is_some() {
                    files.found_modules(std::collections::BTreeSet::new());
                }
                if !wanted.near.is_empty() {
                    let beside = |path: &&str| wanted.near.contains(path.rsplit_once('/').map_or(".", |(folder, _)| folder));
                    files.found_near(there.iter().map(|(path, _)| *path).filter(beside).map(str::to_owned).collect());
                }
            }
        }
    }
}

#[test]
fn a_file_that_nothing_uses_may_be_in_any_encoding() {
    let with = |name: &'static str, bytes: &'static [u8]| lock("", &[("pyproject.toml", PROJECT), ("uv.lock", LOCK), (name, bytes)]);
    assert_eq!(with("requirements.txt", WIDE), Ok("uv.lock".to_owned()));
    assert_eq!(with("pylock.toml", b"# caf\xe9\n"), Ok("uv.lock".to_owned()));
    let pinned = [("pyproject.toml", PROJECT), ("uv.lock", LOCK), (".python-version", WIDE)];
    assert_eq!(lock("python: \"3.12\"", &pinned), Ok("uv.lock".to_owned()));
    assert!(lock("", &pinned).is_err_and(|said| said.contains("`.python-version` is UTF-16")));
}

#[test]
fn a_file_that_is_used_has_to_be_readable() {
    let refused = |there: &[(&str, &[u8])], part: &str| match lock("", there) {
        Err(said) => assert!(said.contains(part) && said.contains("unreadable-file"), "{said}"),
        Ok(name) => panic!("{name} is used"),
    };
    refused(&[("pyproject.toml", PROJECT), ("uv.lock", b"\xff"), ("requirements.txt", b"a==1\n")], "`uv.lock` is not UTF-8 text");
    refused(&[("pyproject.toml", PROJECT), ("requirements.txt", WIDE)], "`requirements.txt` is UTF-16");
    refused(&[("pyproject.toml", b"\xe9"), ("uv.lock", LOCK)], "`pyproject.toml` is not UTF-8 text");
    refused(&[("requirements.txt", b"-r more.txt\n"), ("more.txt", b"\xe9")], "`more.txt` is not UTF-8 text");
}

#[test]
fn a_spec_is_for_the_nearest_project_at_or_above_it() {
    let found = |lies_in, there| folder("", &[lies_in], there).expect("a project");
    let both = &["uv.lock", "pyproject.toml", "services/api/uv.lock", "services/api/pyproject.toml"];
    assert_eq!(found(".", both), ".");
    assert_eq!(found("services/api", both), "services/api");
    assert_eq!(found("services/api/deploy/images", both), "services/api");
    assert_eq!(found("deploy", both), ".", "no project is there");
    assert_eq!(found("services/api", &["uv.lock", "services/api/pyproject.toml"]), "services/api", "a member of a workspace");
    assert_eq!(folder("", &[], both), Ok(".".to_owned()), "a spec that is no part of the context");
    assert_eq!(folder("project: services/api", &["."], both), Ok("services/api".to_owned()), "the spec's word counts");
    assert_eq!(folder("project: .", &["services/api"], both), Ok(".".to_owned()));
}

#[test]
fn copies_of_a_spec_have_to_say_which_project_they_are_for() {
    let both = &["a/uv.lock", "a/pyproject.toml", "b/uv.lock", "b/pyproject.toml"];
    let said = folder("", &["a", "b"], both).expect_err("two projects");
    assert!(said.contains("the same spec lies in `a` and in `b`") && said.contains("`project: b`"), "{said}");
    assert_eq!(folder("", &["a", "a/docs"], both), Ok("a".to_owned()), "both are of one project");
}

const WITH: &[(&str, &[u8])] = &[
    ("requirements/prod.txt", b"-r base.txt\n"),
    ("requirements/base.txt", b"a==1\n"),
    ("requirements/README.md", b""),
    ("pylock.api.toml", b""),
];

#[test]
fn the_files_of_a_spec_win_over_locks() {
    let there = [WITH, &[("pyproject.toml", PROJECT), ("uv.lock", LOCK)]].concat();
    assert_eq!(lock("requirements: requirements/prod.txt", &there), Ok("requirements/prod.txt".to_owned()));
    let both = "requirements: [requirements/base.txt, { packages: [b==2] }]";
    assert_eq!(lock(both, &there), Ok("requirements/base.txt".to_owned()));
    assert_eq!(lock("python: \"3.13\"\nrequirements: { packages: [b==2] }", &[]), Ok("distil.yaml:2".to_owned()));
}

#[test]
fn a_file_that_is_not_there_has_neighbours() {
    let says = |spec: &str, parts: &[&str]| match lock(&format!("python: \"3.13\"\n{spec}"), WITH) {
        Err(said) => assert!(parts.iter().all(|part| said.contains(part)), "{said}"),
        Ok(name) => panic!("{name} is used"),
    };
    says("requirements: requirements/prd.txt", &["no `requirements/prd.txt`", "distil.yaml:2:15", "did you mean `requirements/prod.txt`?"]);
    says("requirements: base.txt", &["did you mean `requirements/base.txt`?"]);
    says("requirements: ops/all.txt", &["there is `requirements/base.txt`, `requirements/prod.txt`"]);
    says("", &["no-lock", "or name what pip installs: `requirements: requirements/base.txt`"]);
    says("requirements: [pylock.api.toml, requirements/base.txt]", &["contradiction"]);
}

/// What says the Python of a service is cited: the spec first, then its builder's tag, then the nearest `.python-version`, then what
/// the project allows, of which the newest usual one is taken.
#[test]
fn the_nearest_word_on_python_counts() {
    let python = |spec: &str, pin: &'static [u8], required: &str| {
        let project = format!("[project]\nname = \"shop\"\nversion = \"1\"\n{required}\n");
        let there = [("pyproject.toml", project.as_bytes()), ("uv.lock", LOCK), (".python-version", pin)];
        let there = if pin.is_empty() { &there[..2] } else { &there };
        facts(spec, &[], there).map(|facts| (facts.python.version.to_string(), facts.python.from, facts.python.is_named))
    };
    let found = |version: &str, from: &str, is_named: bool| Ok((version.to_owned(), from.to_owned(), is_named));
    let (builder, any) = ("base: { builder: \"python:3.12-slim-bookworm\" }", "requires-python = \">=3.10\"");
    let both = format!("python: \"3.11\"\n{builder}");
    assert_eq!(python(&both, b"3.13\n", any), found("3.11", "`python` in distil.yaml:1", true));
    assert_eq!(python(builder, b"3.13\n", any), found("3.12", "`base` in distil.yaml:1", true));
    assert_eq!(python("", b"# pinned\n3.11.4\n", any), found("3.11.4", ".python-version:2", true));
    assert_eq!(python("", b"", any), found("3.13", "`requires-python` in pyproject.toml:4", false));
    assert_eq!(python("", b"", "requires-python = \">=3.10,<3.12\""), found("3.11", "`requires-python` in pyproject.toml:4", false));
    assert_eq!(python("", b"", "requires-python = \">=3.14\""), found("3.14", "`requires-python` in pyproject.toml:4", false));
    for (spec, pin, required, code) in [
        ("", &b""[..], "", "no-python"),
        ("", b"3.9\n", any, "bad-python"),
        ("", b"3.11\n", "requires-python = \">=3.12\"", "python-mismatch"),
        ("python: \"3.11\"", b"", "requires-python = \">=3.12\"", "python-mismatch"),
        ("", b"", "requires-python = \">=4\"", "python-mismatch"),
    ] {
        let said = python(spec, pin, required).expect_err("nothing fits");
        assert!(said.contains(&format!("error[{code}]")), "{spec} {required}: {said}");
    }
}
