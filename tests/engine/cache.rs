//! What a change costs: nothing changed, an edit of the code, an edit of a file that does not ship.

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
    }
}

fn code_changed(engine: &Engine) {
    let project = Project::copy("hello");
    project.apart(engine).build(engine, &[]).good();
    project.replace("src/hello/api.py", r#""hello": name,"#, r#""goodbye": name,"#);
    let built = project.build(engine, &[]).good();
    assert_eq!(built.step(INSTALL), Outcome::Cached, "{}", built.log);
    assert_eq!(built.step("Add the other packages"), Outcome::Cached);
    assert_eq!(built.step("Add the system files"), Outcome::Cached);
    assert_eq!(built.step("Import every package"), Outcome::Cached);
    let answer = engine.serve(&built.image, 8000).get("/?name=distil");
    assert!(answer.contains(r#""goodbye":"distil""#), "{answer}");
}

fn module_changed(engine: &Engine) {
    let project = Project::copy("flat");
    project.apart(engine).build(engine, &[]).good();
    project.replace("shop/catalog.py", r#"return {"items""#, r#"return {"goods""#);
    let built = project.build(engine, &[]).good();
    // The files are copied, compiled and tried; nothing that has to do with packages is.
    let own = [
        "Add main.py",
        "Add shop",
        "Add data",
        "Add the files beside the packages",
        "List what the project imports of what could be left out",
        "Gather the project, and compile what the service loads",
    ];
    let whole = ["Add the bytecode of what seldom changes", "Add flat", "Put the layers together", "look for what should not be there"];
    let report = ["Measure the image", "Take the report out", "Start the service, and wait for it", "all checks have passed"];
    let allowed = |name: &String| own.iter().chain(&whole).chain(&report).any(|end| name.ends_with(end));
    assert!(built.executed().iter().all(allowed), "{}", built.log);
    for step in [INSTALL, "Prune, strip, and gather what the packages need", "Import every package"] {
        assert_eq!(built.step(step), Outcome::Cached, "{step}\n{}", built.log);
    }
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
