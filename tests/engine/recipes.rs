//! Recipes that users write: each of examples/recipes/ does what it promises, and a mistake in one is shown at its place.

use super::archive::Archive;
use super::docker::Engine;
use super::on_each_store;
use super::project::Project;

on_each_store!(corporate, django, site, mistake);

fn corporate(engine: &Engine) {
    let built = Project::copy("recipes/corporate").build(engine, &[]).good();
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.contains(r#""company": true"#), "{answer}");
    let count = answer.rsplit_once(r#""authorities": "#).and_then(|(_, rest)| rest.split(',').next()?.parse::<u32>().ok());
    assert!(count.is_some_and(|n| n > 50), "the public authorities are gone: {answer}");
    let files = Archive::of(engine, &built.image);
    assert_eq!(files.paths(|f| f.is_regular() && f.is_setuid()), [""; 0], "a program can still raise privileges");
}

fn django(engine: &Engine) {
    let built = Project::copy("recipes/django").build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let answer = service.get("/");
    assert!(answer.contains(r#"{"style": "/static/shop/style.css"}"#), "{answer}");
    let style = service.get("/static/shop/style.css");
    assert!(style.contains("font-family: serif"), "{style}");
    let files = Archive::of(engine, &built.image);
    assert!(files.files.iter().any(|f| f.path == "app/static/shop/style.css"), "static files ship");
    let settings = files.text("app/gunicorn.conf.py");
    assert_eq!(settings, "bind = \"0.0.0.0:8000\"\nworkers = 2\nworker_tmp_dir = \"/dev/shm\"\n");
    // Neither the image nor every engine has a `ps`.
    let count = "import glob; print(sum(b'gunicorn' in open(p, 'rb').read() for p in glob.glob('/proc/[0-9]*/cmdline')))";
    assert_eq!(engine.docker(&["exec", &service.name, "python", "-c", count]), "4", "one that leads, two that work, and this one");
}

fn site(engine: &Engine) {
    let built = Project::copy("recipes/site").build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let answer = service.get("/index.html");
    assert!(answer.contains("<h1>Not Python</h1>"), "{answer}");
    let files = Archive::of(engine, &built.image);
    // Distroless has scripts for debuggers of C++, and nothing that could run them.
    let is_python = |f: &super::archive::File| f.name().starts_with("libpython") || f.is_in_bin() && f.name().starts_with("python");
    assert_eq!(files.paths(is_python), [""; 0], "Python ships");
    let packed = files.paths(|f| f.is_in("site") && f.name().rsplit('.').next() == Some("gz"));
    assert_eq!(packed, ["site/style.css.gz"], "what is small stays as it is");
}

fn mistake(engine: &Engine) {
    let project = Project::copy("recipes/site");
    project.replace("recipe.yaml", "copy: /site\n", "copi: /site\n");
    let built = project.build(engine, &[]);
    assert!(!built.good, "{}", built.log);
    for text in ["recipe.yaml:", ">>> ", "copi: /site", "`copi`", "did you mean `copy`?"] {
        assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
    }
    // A step that fails is shown where the recipe says it.
    let project = Project::copy("recipes/site");
    project.replace("recipe.yaml", "cp -a /content /site", "cp -a /contents /site");
    let built = project.build(engine, &[]);
    assert!(!built.good, "{}", built.log);
    for text in ["recipe.yaml:", ">>> ", "Pack the files for clients that can unpack them", "/contents"] {
        assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
    }
}
