//! Services of Node: the example runs on each kind of runtime, nothing that installs is in its image, only what is installed installs anew,
//! and what does not load is refused.

use std::fs;

use serde_json::{Value, json};

use super::archive::Archive;
use super::docker::Engine;
use super::examples::{has_env, sane};
use super::on_each_store;
use super::project::Project;
use super::steps::Outcome;

on_each_store!(fastify, runtimes, changes, built, refused);

/// The step that installs what runs.
const INSTALL: &str = "Install the locked packages";

fn fastify(engine: &Engine) {
    let built = Project::copy("node").build(engine, &[]).good();
    let service = engine.serve(&built.image, 8000);
    let answer = service.get("/total?items=tea,cake");
    assert!(answer.contains(r#""total":"5.45""#), "{answer}");
    let config = &engine.inspect(&built.image)["Config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["WorkingDir"], "/app");
    assert_eq!(config["Cmd"], json!(["node", "server.js"]), "it is what `start` runs");
    assert_eq!(config["Labels"]["org.opencontainers.image.version"], "1.0.0");
    assert_eq!(config["Healthcheck"]["Test"][1], "node");
    has_env(config, "NODE_ENV=production");
    assert_eq!(engine.docker(&["exec", &service.name, "node", "-e", "console.log(process.getuid())"]), "65532");

    let files = Archive::of(engine, &built.image);
    sane(&files, config);
    let managers = ["npm", "npx", "corepack", "yarn", "pnpm", "sh", "bash"];
    assert_eq!(files.paths(|f| !f.mode.starts_with('d') && f.is_in_bin() && managers.contains(&f.name())), [""; 0]);
    assert_eq!(files.paths(|f| f.is_in("app/node_modules/prettier")), [""; 0], "it is for development");
    assert_eq!(files.paths(|f| f.is_in("app") && [Some("map"), Some("ts")].contains(&f.extension())), [""; 0]);
    assert!(files.files.iter().any(|f| f.path == "app/prices/index.js"), "the workspace's member is linked");
}

fn runtimes(engine: &Engine) {
    for runtime in ["minimal", "slim"] {
        let project = Project::copy("node");
        project.append("distil.yaml", &format!("runtime: {runtime}\ncheck: {{ start: {{}} }}\n"));
        let built = project.build(engine, &[]).good();
        let answer = engine.serve(&built.image, 8000).get("/total?items=tea");
        assert!(answer.contains(r#""total":"2.10""#), "{runtime}: {answer}");
        let files = Archive::of(engine, &built.image);
        let manager = |f: &super::archive::File| !f.mode.starts_with('d') && f.is_in_bin() && ["npm", "npx"].contains(&f.name());
        assert_eq!(files.paths(manager), [""; 0], "{runtime}");
    }
}

/// A bumped version, another script and a development dependency install nothing anew, and neither does an edit.
fn changes(engine: &Engine) {
    let project = Project::copy("node");
    project.apart(engine).build(engine, &[]).good();
    let edit = |file: &str, change: &dyn Fn(&mut Value)| {
        let text = fs::read_to_string(project.path(file)).expect("the example has it");
        let mut value: Value = serde_json::from_str(&text).expect("it is JSON");
        change(&mut value);
        project.write(file, &value.to_string());
    };
    edit("package.json", &|manifest| {
        manifest["version"] = json!("1.0.1");
        manifest["scripts"]["hello"] = json!("echo hello");
    });
    edit("package-lock.json", &|lock| {
        lock["version"] = json!("1.0.1");
        lock["packages"][""]["version"] = json!("1.0.1");
    });
    let bumped = project.build(engine, &[]).good();
    assert_eq!(bumped.step(INSTALL), Outcome::Cached, "{}", bumped.log);
    let without = |of: &mut Value| drop(of.as_object_mut().expect("it is a mapping").remove("devDependencies"));
    edit("package.json", &without);
    edit("package-lock.json", &|lock| {
        without(&mut lock["packages"][""]);
        lock["packages"].as_object_mut().expect("it has packages").remove("node_modules/prettier");
    });
    let without = project.build(engine, &[]).good();
    assert_eq!(without.step(INSTALL), Outcome::Cached, "{}", without.log);
    project.replace("server.js", "well: true", "well: \"very\"");
    let edited = project.build(engine, &[]).good();
    assert_eq!(edited.step(INSTALL), Outcome::Cached, "{}", edited.log);
    assert_eq!(edited.step("Load every package, and open all native code"), Outcome::Cached, "{}", edited.log);
    assert!(engine.serve(&edited.image, 8000).get("/healthz").contains("very"));
}

/// A script named `build` runs with development dependencies, which do not ship; what it makes does.
fn built(engine: &Engine) {
    let project = Project::copy("node");
    project.replace("package.json", "\"start\": \"node server.js\"", "\"start\": \"node dist/server.js\", \"build\": \"node build.js\"");
    let build = "import { format } from \"prettier\";\nimport { mkdirSync, readFileSync, writeFileSync } from \"node:fs\";\n\
                 mkdirSync(\"dist\");\nconst text = readFileSync(\"server.js\", \"utf8\").replace(\"well: true\", \"well: 'built'\");\n\
                 writeFileSync(\"dist/server.js\", await format(text, { parser: \"babel\" }));\n";
    project.write("build.js", build);
    let built = project.build(engine, &[]).good();
    assert!(engine.serve(&built.image, 8000).get("/healthz").contains("built"));
    let files = Archive::of(engine, &built.image);
    assert_eq!(files.paths(|f| f.is_in("app/node_modules/prettier")), [""; 0]);
}

fn refused(engine: &Engine) {
    let wrong = |project: &Project, texts: &[&str]| {
        let built = project.build(engine, &[]);
        assert!(!built.good && !engine.has(&built.image), "{}", built.log);
        for text in texts {
            assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
        }
    };
    let project = Project::copy("node");
    project.append("distil.yaml", "command: [node, serve.js]\n");
    wrong(&project, &["no-entry", "serve.js"]);
    let project = Project::copy("node");
    project.append("distil.yaml", "runtime: node:24-trixie-slim\n");
    wrong(&project, &["manager-in-image", "/usr/local/bin/npm"]);
    // What a package asks for by a name that no manifest tells.
    let project = Project::copy("node");
    project.append("distil.yaml", "prune: { drop: [\"fastify/lib/reply.js\"] }\n");
    wrong(&project, &["package-does-not-load", "/app/node_modules/fastify", "reply"]);
    // Its native code is for other versions of Node, and loads when it is first used.
    let project = Project::copy_of(&crate::checkout().join("tests/engine/addon"));
    wrong(&project, &["addon-does-not-load", "/app/node_modules/deasync", "NODE_MODULE_VERSION"]);
}
