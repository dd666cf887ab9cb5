//! Recipes that users write: each of examples/recipes/ does what it promises, and a mistake in one is shown at its place.

use std::fs;

use super::archive::Archive;
use super::docker::Engine;
use super::on_each_store;
use super::project::Project;
use super::steps::Outcome;

on_each_store!(corporate, django, perl, perl_as_the_spec_asks, trees, site, site_reads, site_with_a_shell, site_proven, mistake);

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

/// A language that distil does not know, on nothing: what it needs is gathered, and its health is checked without any other program.
fn perl(engine: &Engine) {
    let built = Project::copy("recipes/perl").build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let answer = service.get("/");
    assert!(answer.ends_with(" UTC\n") || answer.ends_with(" UTC"), "{answer}");
    let check = |words: &[&str]| engine.docker(&[&["exec", &service.name, "/usr/bin/health-check"], words].concat());
    assert_eq!(check(&["http", "127.0.0.1:8000", "/healthz"]), "");
    assert_eq!(check(&["tcp", "localhost:8000"]), "");
    let test = &engine.inspect(&built.image)["Config"]["Healthcheck"]["Test"];
    assert_eq!(*test, serde_json::json!(["CMD", "/usr/bin/health-check", "http", "127.0.0.1:8000", "/healthz"]));

    let files = Archive::of(engine, &built.image);
    let programs = files.paths(|f| f.is_regular() && f.is_in("usr/bin"));
    assert_eq!(programs, ["usr/bin/health-check", "usr/bin/perl"]);
    assert!(files.files.iter().any(|f| f.name() == "libcrypt.so.1"), "Perl cannot start without");
    assert!(files.text("etc/passwd").lines().any(|line| line.starts_with("service:x:65532:65532:")));
}

/// What the recipe leaves out by name is the spec's to turn off, and what no set means is its to drop.
fn perl_as_the_spec_asks(engine: &Engine) {
    let paths = |project: &Project| {
        let files = Archive::of(engine, &project.build(engine, &[]).good().image);
        files.paths(|f| f.is_regular() && f.is_in("usr/lib/perl")).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let project = Project::copy("recipes/perl");
    project.replace(
        "recipe.yaml",
        "          cp -a /usr/lib/*-linux-gnu*/perl-base/. /perl\n",
        "          cp -a /usr/lib/*-linux-gnu*/perl-base/. /perl\n          touch /perl/POSIX.pod /perl/perl.h /perl/Extra.pm\n",
    );
    let there =
        |paths: &[String]| ["POSIX.pod", "perl.h", "Extra.pm", "POSIX.pm"].map(|name| paths.contains(&format!("usr/lib/perl/{name}")));
    assert_eq!(there(&paths(&project)), [false, false, true, true]);
    project.append("distil.yaml", "prune: { rules: { docs: false }, drop: [Extra.pm] }\n");
    assert_eq!(there(&paths(&project)), [true, false, false, true]);
    let wrong = Project::copy("recipes/perl");
    wrong.append("distil.yaml", "prune: { rules: { doc: false } }\n");
    let built = wrong.build(engine, &[]);
    assert!(!built.good && built.log.contains("there is no rule `doc`") && built.log.contains("did you mean `docs`?"), "{}", built.log);
}

/// An image of two trees has one report: what each brought and left out, and sizes by the layers of both.
fn trees(engine: &Engine) {
    let project = Project::copy("recipes/perl");
    project.replace("recipe.yaml", "  - stage: runtime\n", "  - stage: interpreted\n");
    let pages = r#"  - stage: pages
    from: "{{builder-image}}"
    steps:
      - phase: pages
        name: Make the pages
        script: |
          mkdir -p /pages/lib
          for name in index.html app.js.map LICENSE.js.map lib/abi.h; do echo "<h1>hours</h1>" > /pages/$name; done
        network: false
      - phase: gather
        name: Gather the pages
        refine: tree
        with:
          files: [/pages=/srv/pages, /usr/bin/tar=/usr/bin/tar]
          layer: [/srv/pages=pages]
          rules: [source-maps, headers]
          off: rules-off
          base: interpreted

  - stage: runtime
    from: interpreted
    steps:
      - { phase: pages-system, copy: /gathered/system, from: pages, to: / }
      - { phase: pages, copy: /gathered/pages, from: pages, to: / }
      - { phase: tools, copy: /gathered/application, from: pages, to: / }

  - stage: proof
"#;
    project.replace("recipe.yaml", "  - stage: proof\n", pages);
    let built = project.build(engine, &[]).good();
    let files = Archive::of(engine, &built.image);
    assert_eq!(files.paths(|f| f.is_regular() && f.is_in("srv/pages")), ["srv/pages/LICENSE.js.map", "srv/pages/index.html"]);
    // The second tree's own library, and none of those that the first brought.
    assert!(files.files.iter().any(|f| f.name().starts_with("libacl.so")), "tar cannot start without");
    assert_eq!(engine.docker(&["run", "--rm", "--entrypoint", "/usr/bin/tar", &built.image, "--version"]).split(' ').next(), Some("tar"));
    let folder = project.path("report");
    project.build(engine, &["--target", "default/report", "--output", folder.to_str().expect("our own folders are text")]).good();
    let report = fs::read_to_string(folder.join("report.json")).expect("it was exported");
    let report: serde_json::Value = serde_json::from_str(&report).expect("it is JSON");
    let components = report["components"].as_object().expect("it has components");
    for part in ["interpreter", "system", "pages", "application"] {
        assert!(components[part].as_u64().is_some_and(|bytes| bytes > 0), "{part} is nothing: {components:?}");
    }
    assert_eq!(components.values().filter_map(serde_json::Value::as_u64).sum::<u64>(), report["size"].as_u64().expect("it has a size"));
    let pruned = report["gathered"]["pruned"].as_object().expect("something was left out");
    assert!(pruned["source-maps"]["files"] == 1 && pruned["headers"]["files"].as_u64() >= Some(1), "{pruned:?}");
    let brought = report["gathered"]["brought"].as_array().expect("there are libraries");
    let of = |name: &str| brought.iter().filter(|one| one["path"].as_str().is_some_and(|path| path.contains(name))).count();
    assert_eq!((of("libacl.so"), of("libc.so.6")), (1, 1), "{brought:?}");
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

/// What a recipe reads of the project's files is in the image, and another version of the project makes nothing anew.
fn site_reads(engine: &Engine) {
    let project = Project::copy("recipes/site");
    project.write("package.json", r#"{"version": "1", "config": {"folder": "/site/about"}}"#);
    project.replace(
        "recipe.yaml",
        "\nstages:\n",
        "\nreads:\n  place: { json: package.json, at: /config/folder, help: Where the notes go }\n  \
         notes: { json: package.json, drop: [/version], help: What they say }\n\nstages:\n",
    );
    let recipe = fs::read_to_string(project.path("recipe.yaml")).expect("it was just written");
    let recipe = recipe + "      - { phase: notes, name: Write the notes, write: \"{{place}}/notes.json\", text: \"{{notes}}\" }\n";
    project.write("recipe.yaml", &recipe);
    let built = project.build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let answer = service.get("/about/notes.json");
    assert!(answer.ends_with("{\n  \"config\": {\n    \"folder\": \"/site/about\"\n  }\n}\n"), "{answer}");
    project.write("package.json", r#"{"config": {"folder": "/site/about"}, "version": "2"}"#);
    let again = project.build(engine, &[]).good();
    assert_eq!(again.step("Write the notes"), Outcome::Cached, "{}", again.log);
}

/// A recipe without a debug stage has a debug target that starts all the same.
fn site_with_a_shell(engine: &Engine) {
    let built = Project::copy("recipes/site").build(engine, &["--target", "default/debug"]).good();
    let said = engine.exec(&built.image, &["-c", "ls /site && echo $PATH"]);
    assert!(said.contains("index.html") && said.ends_with(":/busybox"), "{said}");
}

/// What the guide says of proofs: no network, the user's volumes, and a command that is there.
fn site_proven(engine: &Engine) {
    let wrong = |command: &str, texts: &[&str]| {
        let project = Project::copy("recipes/site");
        project.replace("distil.yaml", "[/bin/httpd,", &format!("[{command},"));
        let built = project.build(engine, &[]);
        assert!(!built.good && !engine.has(&built.image), "{command}: {}", built.log);
        for text in texts {
            assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
        }
    };
    wrong("nodee", &["The command starts `nodee`, but no folder of PATH", ">>> command: [nodee,"]);
    wrong("/site/index.html", &["/site/index.html may not be executed by user 65532"]);
    let project = Project::copy("recipes/site");
    let stage = "\n  - stage: tried\n    from: runtime\n    proof: true\n    steps:\n      - phase: tried\n        name: Try it\n        run: \
                 [/tools/busybox, sh, -c, \"! /tools/busybox wget -T 3 -O- http://1.1.1.1/ && echo x > /data/x && ! echo x 2>&- > /site/x\"]\n        \
                 mounts: [{ bind: /busybox, from: \"{{debug-image}}\", to: /tools }]\n";
    project.append("recipe.yaml", stage).append("distil.yaml", "volumes: [/data]\n");
    let built = project.build(engine, &[]).good();
    let files = Archive::of(engine, &built.image);
    let owners: Vec<_> = files.files.iter().filter(|f| f.path == "data").map(|f| f.owner.as_str()).collect();
    assert_eq!(owners, ["65532/65532"], "the volume's folder is made");
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
