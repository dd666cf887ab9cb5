//! Other Pythons than the default one, and other Debians: the runtime follows the builder, and the interpreter is whole on it.

use super::docker::{Engine, skipped};
use super::interpreter::{EXTENSIONS, MODULES};
use super::on_each_store;
use super::project::Project;

on_each_store!(bookworm, newest, same_layers);

fn bookworm(engine: &Engine) {
    works(engine, "base: { builder: python:3.11-slim-bookworm }\n", "3.11", "cc-debian12:nonroot");
}

fn newest(engine: &Engine) {
    if !engine.has("python:3.14-slim-trixie") {
        skipped("this engine has no Python 3.14");
        return;
    }
    works(engine, "python: \"3.14\"\n", "3.14", "cc-debian13:nonroot");
}

#[track_caller]
fn works(engine: &Engine, spec: &str, python: &str, runtime: &str) {
    let project = Project::copy("hello");
    let built = project.append("distil.yaml", spec).build(engine, &[]).good();
    assert!(built.log.contains(&format!("gcr.io/distroless/{runtime}")), "another runtime was taken:\n{}", built.log);
    assert_eq!(engine.exec(&built.image, &["python", "-c", MODULES]), "whole");
    assert_eq!(engine.exec(&built.image, &["python", "-c", EXTENSIONS]), "True []");
    let answer = engine.serve(&built.image, 8000).get("/?name=distil");
    assert!(answer.contains(r#""hello":"distil""#) && answer.contains(&format!(r#""python":"{python}."#)), "{answer}");
}

/// Nothing of an image depends on when it was built. With another user than other tests have: theirs would otherwise
/// be told that what runs here without a cache had to be executed.
fn same_layers(engine: &Engine) {
    let project = Project::copy("hello");
    project.append("distil.yaml", "user: 4711\n").apart(engine);
    let layers = || {
        let built = project.build(engine, &["--no-cache"]).good();
        assert_eq!(built.step("Install the locked dependencies"), super::steps::Outcome::Done, "{}", built.log);
        engine.inspect(&built.image)["RootFS"]["Layers"].clone()
    };
    let (first, second) = (layers(), layers());
    assert!(first.as_array().is_some_and(|l| l.len() > 3), "{first}");
    assert_eq!(first, second);
}
