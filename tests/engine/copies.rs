//! Files of images, named build contexts and stages in a service's image: root's, with the libraries that they need.

use super::docker::Engine;
use super::on_each_store;
use super::project::Project;

on_each_store!(from_everywhere, without_python);

fn from_everywhere(engine: &Engine) {
    let project = Project::copy("hello");
    let spec = "copy:\n  - { from: \"debian:trixie-slim\", path: /usr/bin/sed, to: /usr/local/bin/sed }\n  \
                - { from: context://front, path: ., to: static }\n  - { from: builder, path: /etc/debian_version, to: base/version }\n\
                check:\n  run: [[sed, --version]]\n  files: [/app/static/index.html, { path: /app/base/version, owner: \"0:0\", mode: \"0644\" }]\n";
    project.append("distil.yaml", spec);
    std::fs::create_dir_all(project.path("dist")).expect("the copy can be written to");
    project.write("dist/index.html", "<h1>front</h1>");
    let built = project.build(engine, &["--build-context", "front=./dist"]).good();
    assert!(engine.exec(&built.image, &["sed", "--version"]).starts_with("sed (GNU sed)"), "distroless has none of its libraries");
    let read =
        "import os; print(open('static/index.html').read(), os.stat('static/index.html').st_uid, os.stat('/usr/local/bin/sed').st_uid)";
    assert_eq!(engine.exec(&built.image, &["python", "-c", read]), "<h1>front</h1> 0 0");
    let again = project.build(engine, &["--build-context", "front=./dist", "--no-cache-filter", "source,finished,runtime"]).good();
    assert_eq!(layers(engine, &built.image), layers(engine, &again.image), "building twice gives the same layers");
    let without = project.build(engine, &[]);
    assert!(!without.good && without.log.contains("add `--build-context front=FOLDER`"), "{}", without.log);
}

fn layers(engine: &Engine, image: &str) -> serde_json::Value {
    engine.inspect(image)["RootFS"]["Layers"].clone()
}

fn without_python(engine: &Engine) {
    let project = Project::copy("recipes/site");
    project.append("distil.yaml", "copy: [{ from: context://front, path: index.html, to: /site/front.html }]\n");
    std::fs::create_dir_all(project.path("dist")).expect("the copy can be written to");
    project.write("dist/index.html", "<h1>front</h1>");
    let built = project.build(engine, &["--build-context", "front=./dist"]).good();
    assert!(engine.serve(&built.image, 8000).get("/front.html").contains("<h1>front</h1>"));
}
