//! What is written is what is read.

use std::collections::BTreeMap;

use super::*;
use crate::names::Refused;
use crate::refine::requests::{Folder, Kind, On, Out, Request, Value, named, no_step};

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// The words after the program's that are written of a request which was read from these.
fn again(text: &str) -> Result<String, Refused> {
    let words = words(text);
    let argv = match (Request::read(&words), python::Request::read(&words), node::Request::read(&words)) {
        (Some(read), ..) => read?.argv(),
        (None, Some(read), _) => read?.argv(),
        (None, None, Some(read)) => read?.argv(),
        (None, None, None) => return Err(no_step(&words[0], all())),
    };
    assert_eq!(named(&argv), text.split(' ').next());
    Ok(argv[2..].join(" "))
}

#[test]
fn every_step_reads_what_it_writes() {
    for text in [
        "library --python=3.13 --archive --out=/library",
        "install --site=/app/.project --project -- uv pip install --no-deps",
        "environment --python=3.13 --runtime=minimal --bytecode=all --user=1:2 --home=/app --no-prune --no-strip --out=/refined",
        "environment --python=3.13 --runtime=slim --bytecode=used --user=1:2 --home=/app --on=tests --keep=-x --keep=a=b --aws=s3 \
         --needs=/run/needs --layer=numpy=heavy --layer=scipy=heavy --out=/elsewhere",
        "needs --copied=/run/source --workdir=/srv --out=/needs -- python -m x",
        "application --python=3.13 --runtime=image --bytecode=none --workdir=/srv --volume=/data --env=A=b=c --env=EMPTY= --stable=heavy \
         --out=/finished -- x --",
        "prove-packages --environment=/run/environment --seconds=180",
        "prove-image --runtime=distroless --environment=/run/environment --application=/run/application --strict -- x",
        "prove-before --environment=/run/environment --application=/run/application --skip=a --strict -- x y",
        "prove-command -- x",
        "imports --python=/app/.venv/bin/python --seconds=180 -- a b.c",
        "run --seconds=3 --exit=-1 --matches=a=b -- --x",
        "start --http=:1/ --http=:1/x --tcp=:2 --health=[\"x\"] --stays=3 --signal=SIGINT -- x",
        "try-modules --folder=/app --member=/app/packages/a --out=/tried",
        "modules --folder=/app --member=/app/packages/a --no-prune --on=locales --off=markdown --keep=a --drop=b --no-strip --out=/gathered",
        "ship --folder=/app/apps/api --member=/app/packages/a --files=/app/dist=/app/dist --built --out=/shipped -- node dist/main.js",
        "prove-modules --folder=/app --member=/app/packages/a",
        "prove-entry -- node server.js",
        "file --absent --path=/x",
        "file --mode=0640 --owner=1:2 --path=/x",
        "budget --report=/run/report.json --limit=1",
        "tree --files=/src/server=/bin/server --files=/src/app=/app --layer=/app/modules=modules --drop=**/*.map --keep=docs/a.json \
         --no-strip --no-libraries --user=1:2 --home=/app --minimal --out=/gathered",
        "tree --files=/src=/srv --no-prune --rules=docs --rules=source-maps --on=locales --off=docs --out=/gathered",
        "prove-hygiene --runtime=slim --allow=compiler --allow=setuid",
        "report --image=/run/image --tree=/run/gathered --out=/report",
        "sbom --name=shop --image=/run/image --base=/run/runtime --base-name=debian:13-slim --environment=/run/environment \
         --application=/run/application --tree=/run/gathered --locked=/run/locked.json --created=1 --out=/sbom",
        "site --folder=/built --spa --clean --maps --env=API --headers=X-A=b=c --immutable=a/** --port=8080 --cache=/cache --out=/served",
        "report --image=/run/image --base=/run/runtime --tree=/run/gathered --tree=/run/gathered-2 --out=/report",
    ] {
        assert_eq!(again(text).unwrap(), text);
    }
}

#[test]
fn what_is_not_said_is_as_usual() {
    let words = words("environment --python=3.13 --runtime=slim --bytecode=used --user=1:2 --home=/app");
    let Some(Ok(python::Request::Environment(asked))) = python::Request::read(&words) else { panic!("it is another step") };
    assert_eq!((asked.prune, asked.strip), (On(true), On(true)));
    assert!(!asked.needs.exists());
    assert_eq!(asked.library, Folder("/run/library".into()));
    assert_eq!(asked.out, Out("/refined".into()));
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_nearest() {
    for (text, message, help) in [
        ("enviroment", "the program has no step `enviroment`", "did you mean `environment`?"),
        ("nothing-of-the-kind", "the program has no step `nothing-of-the-kind`", "its steps are `tree`"),
        ("library --pyton=3.13", "the step `library` knows no `pyton`", "did you mean `python`?"),
        ("library", "`python`: it is not given", ""),
        ("library --python", "the step `library` cannot read `--python`", ""),
        ("library --archive=yes", "the step `library` cannot read `--archive=yes`", ""),
        ("library python=3", "the step `library` cannot read `python=3`", ""),
        ("library --python=3.13 -- x", "the step `library` cannot read `--`", ""),
        ("budget --limit=many", "`limit`: `many` is not a number", ""),
        ("file --path=/x --mode=9", "`mode`: `9` is not a mode in octal, such as 0644", ""),
        ("prove-image --runtime=distrolss", "`runtime`: `distrolss` is none of `distroless`, `minimal`", ""),
        ("prove-hygiene --runtime=slim --allow=perl", "`allow`: `perl` is none of `installer`, `package-manager`, `compiler`", ""),
        ("tree --files=/src=/srv --rules=hedders", "`rules`: `hedders` is none of `docs`", "did you mean `headers`?"),
        ("application --env=A --python=3", "the step `application` cannot read `--env=A`", ""),
    ] {
        let refused = again(text).unwrap_err();
        assert!(refused.message.starts_with(message), "{text}: {}", refused.message);
        assert!(refused.help.unwrap_or_default().starts_with(help), "{text}");
    }
    assert!(Request::read(&[]).is_none() && no_step("", all()).message.contains("no step is named"));
}

/// A recipe gives values by name, and no key of its own can say where the output goes.
#[test]
fn the_table_alone_writes_what_the_types_write() {
    let values = BTreeMap::from([("python", Value::Text("3.13".into())), ("archive", Value::Switch(true))]);
    let typed = python::Library { python: "3.13".into(), archive: true, out: Out("/library".into()) };
    assert_eq!(python::Library::STEP.argv(&values), typed.argv()[2..]);
}

#[test]
fn names_are_used_once_and_each_key_is_described() {
    for step in all() {
        assert_eq!(all().filter(|other| other.name == step.name).count(), 1);
        assert!(!step.doc.is_empty() && !step.name.starts_with("no-"));
        for key in step.keys {
            assert_eq!(step.keys.iter().filter(|other| other.name == key.name).count(), 1, "{}", key.name);
            assert!(!key.doc.is_empty() && !key.name.starts_with("no-"), "{}", key.name);
            assert_eq!(key.example.is_empty(), matches!(key.kind, Kind::Out(_)), "{}", key.name);
        }
    }
}
