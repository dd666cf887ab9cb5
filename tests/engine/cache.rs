//! What a change costs: nothing changed, an edit of the code, an edit of a file that does not ship.

use std::time::Duration;

use super::docker::Engine;
use super::on_each_store;
use super::project::Project;
use super::steps::Outcome;

on_each_store!(nothing_changed, code_changed, module_changed, other_files_changed);

const INSTALL: &str = "Install the locked dependencies";

fn nothing_changed(engine: &Engine) {
    for example in ["hello", "flat"] {
        let project = Project::copy(example);
        project.apart(engine);
        let first = project.build(engine, &["--provenance=false"]).good();
        let second = project.build(engine, &["--provenance=false"]).good();
        assert_eq!(second.executed(), [""; 0], "{}", second.log);
        assert_eq!(engine.inspect(&first.image)["Id"], engine.inspect(&second.image)["Id"]);
        // Far below a second on an idle machine.
        assert!(second.took < Duration::from_secs(20), "took {:?}", second.took);
    }
}

fn code_changed(engine: &Engine) {
    let project = Project::copy("hello");
    project.apart(engine).build(engine, &[]).good();
    project.replace("src/hello/api.py", r#""hello": name,"#, r#""goodbye": name,"#);
    let built = project.build(engine, &[]).good();
    assert_eq!(built.step(INSTALL), Outcome::Cached, "{}", built.log);
    assert_eq!(built.step("Add the virtual environment"), Outcome::Cached);
    assert_eq!(built.step("Add the system files"), Outcome::Cached);
    let answer = engine.serve(&built.image, 8000).get("/?name=distil");
    assert!(answer.contains(r#""goodbye":"distil""#), "{answer}");
}

fn module_changed(engine: &Engine) {
    let project = Project::copy("flat");
    project.apart(engine).build(engine, &[]).good();
    project.replace("shop/catalog.py", r#"return {"items""#, r#"return {"goods""#);
    let built = project.build(engine, &[]).good();
    // Copies only, and a copy of a tree that engines have seen before is free.
    let copies = ["Add main.py", "Add shop", "Add data", "Add the files beside the packages"];
    assert!(built.executed().iter().all(|name| copies.iter().any(|copy| name.ends_with(copy))), "{}", built.log);
    let answer = engine.serve(&built.image, 8000).get("/");
    assert!(answer.contains(r#""goods":["tea","biscuits"]"#), "{answer}");
}

fn other_files_changed(engine: &Engine) {
    let project = Project::copy("flat");
    let first = project.apart(engine).build(engine, &["--provenance=false"]).good();
    project.write("README.md", "# Changed\n").append("tests/test_shop.py", "\n# changed\n");
    let second = project.build(engine, &["--provenance=false"]).good();
    assert_eq!(second.executed(), [""; 0], "{}", second.log);
    assert_eq!(engine.inspect(&first.image)["Id"], engine.inspect(&second.image)["Id"]);
}
