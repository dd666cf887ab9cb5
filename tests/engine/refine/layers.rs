//! Layers of packages: what is heavy is the same layer in every service that has it, and stays when something light changes.

use serde_json::Value;

use super::super::archive::layers;
use super::super::docker::Engine;
use super::super::on_each_store;
use super::lock::service;
use super::refused;

on_each_store!(shared, light_change, chosen, unknown_package);

const SITE: &str = "app/.venv/lib/python3.13/site-packages";

/// An image's layers: digest and paths of each.
#[track_caller]
fn of(engine: &Engine, image: &str) -> Vec<(String, Vec<String>)> {
    assert_eq!(engine.exec(image, &["python", "main.py"]), "ready");
    let digests = engine.inspect(image)["RootFS"]["Layers"].clone();
    let digests: Vec<_> = digests.as_array().expect("an image has layers").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let paths = layers(engine, image);
    assert_eq!(digests.len(), paths.len());
    digests.into_iter().zip(paths).collect()
}

/// The one layer that has a package.
#[track_caller]
fn with<'l>(layers: &'l [(String, Vec<String>)], package: &str) -> (usize, &'l str) {
    let file = format!("{SITE}/{package}/__init__.py");
    let found: Vec<_> = layers.iter().enumerate().filter(|(_, (_, paths))| paths.contains(&file)).collect();
    assert_eq!(found.len(), 1, "{package} is in {} layers", found.len());
    (found[0].0, &found[0].1.0)
}

fn shared(engine: &Engine) {
    let first = service("first", &["numpy", "idna"], false, "");
    let second = service("second", &["numpy", "threadpoolctl"], false, "user: 1234\nenv: { A: b }\nprune: { bytecode: none }\n");
    let (first, second) = (first.build(engine, &[]).good(), second.build(engine, &[]).good());
    let (first, second) = (of(engine, &first.image), of(engine, &second.image));
    assert_eq!(with(&first, "numpy").1, with(&second, "numpy").1);
    // The interpreter below it, too.
    let python = |layers: &[(String, Vec<String>)]| {
        let found = layers.iter().find(|(_, paths)| paths.iter().any(|p| p == "usr/local/lib/python3.13/os.py"));
        found.expect("an image has Python").0.clone()
    };
    assert_eq!(python(&first), python(&second));
    assert_ne!(with(&first, "idna").1, with(&first, "numpy").1);
}

fn light_change(engine: &Engine) {
    // What of Python is loaded may change with a version; with all of it compiled, that layer stays as well.
    for (spec, above) in [("", 2), ("prune: { bytecode: all }\n", 1)] {
        let built = |light| {
            let built = service("table", &["numpy", "idna"], light, spec).build(engine, &[]).good();
            of(engine, &built.image)
        };
        let (old, new) = (built(false), built(true));
        let light = with(&old, "idna").0;
        assert_eq!((old.len(), light), (new.len(), with(&new, "idna").0));
        assert!(with(&old, "numpy").0 < light);
        for (number, (old, new)) in old.iter().zip(&new).enumerate().take(light) {
            assert_eq!(old.0, new.0, "layer {number} is below the one that changed");
        }
        assert_ne!(old[light].0, new[light].0);
        let moved = (light + 1..old.len()).filter(|n| old[*n].0 != new[*n].0).count();
        assert!(moved <= above, "{moved} of the {} layers above it changed with `{spec}`", old.len() - light - 1);
    }
}

fn chosen(engine: &Engine) {
    let built = service("table", &["pandas", "idna"], false, "layers: [[numpy, pandas]]\n").build(engine, &[]).good();
    let layers = of(engine, &built.image);
    assert_eq!(with(&layers, "numpy"), with(&layers, "pandas"));
    assert_ne!(with(&layers, "numpy"), with(&layers, "dateutil"));
    let built = service("table", &["pandas", "idna"], false, "layers: [numpy, pandas]\n").build(engine, &[]).good();
    let layers = of(engine, &built.image);
    assert!(with(&layers, "numpy").0 < with(&layers, "pandas").0);
}

fn unknown_package(engine: &Engine) {
    let project = service("table", &["numpy"], false, "layers:\n  - numpi\n");
    let texts = ["distil.yaml:4:5: `numpi` is not among the packages that are installed: did you mean `numpy`?", "   4 | >>>   - numpi"];
    refused(engine, &project, &texts);
}
