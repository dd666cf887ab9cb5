//! Files that a spec copies from images, named build contexts and stages: what of them is fetched, and where it goes.

use buildkit_proto::pb::op;
use serde_json::json;

use super::build::Build;
use super::graph::name;
use super::script::digest;

fn copying(items: &str) -> Build {
    Build::new().spec(&format!("command: [x]\ncopy: [{items}]\n"))
}

#[test]
fn of_an_image_that_is_pinned_as_bases_are() {
    let graph = copying("{ from: \"example.org/tools:1\", path: /bin/tool, to: /usr/local/bin/tool }").run().graph();
    let pinned = format!("docker-image://example.org/tools:1@{}", digest(b"example.org/tools:1"));
    assert!(graph.identifiers().contains(&pinned.as_str()), "{:?}", graph.identifiers());
    let step = "] Add /bin/tool of example.org/tools:1";
    let copy = graph.copy(step);
    assert_eq!((copy.src.as_str(), copy.dest.as_str()), ("/bin/tool", "/usr/local/bin/tool"));
    assert_eq!(graph.lines(step), [("distil.yaml", 2, 2)]);
    assert!(graph.argv("compile what the service loads").contains(&"--copied=/run/source"), "it ships with its libraries");
    let other = copying("{ from: \"example.org/tools:1\", path: /bin/tool }")
        .opt("context:example.org/tools:1", "docker-image://example.org/mine:2");
    assert!(other.run().graph().identifiers().iter().any(|i| i.contains("example.org/mine:2")), "and replaced as they are");
}

#[test]
fn of_a_named_context_no_more_than_what_is_copied() {
    let build = || copying("{ from: context://front, path: dist, to: static }").local("front", &[("dist/index.html", "x"), ("big", "y")]);
    let outcome = build().opt("context:front", "local:front").opt("local-sessionid:front", "session-9").run();
    let graph = outcome.graph();
    let attrs = &graph.source("local://front").attrs;
    assert_eq!((attrs["local.followpaths"].as_str(), attrs["local.session"].as_str()), (r#"["dist"]"#, "session-9"));
    let copy = graph.copy("] Add /dist of context://front");
    assert_eq!((copy.src.as_str(), copy.dest.as_str()), ("/dist", "/app/static"));
    build().run().says(&["distil.yaml:2", "files of the build context `front`", "add `--build-context front=FOLDER`"]);
    let whole =
        copying("{ from: context://front, path: . }").local("front", &[("a", "")]).opt("context:front", "local:front").run().graph();
    assert!(!whole.source("local://front").attrs.contains_key("local.followpaths"));
    assert_eq!(whole.copy("] Add all of context://front").dest, "/app");
    let image = build().opt("context:front", "docker-image://example.org/front:1").run().graph();
    assert!(image.identifiers().iter().any(|i| i.contains("example.org/front:1")));
}

#[test]
fn of_a_stage_wherever_it_stands() {
    let graph = copying("{ from: builder, path: /etc/debian_version, to: base.txt }").run().graph();
    let (op, metadata) = graph.step("] Add /etc/debian_version of builder");
    assert!(name(metadata).starts_with("[source "), "{}", name(metadata));
    assert!(graph.inputs(op).iter().any(|(_, m)| name(m).starts_with("[builder ")));
    // What is made of the files beside the packages comes after them.
    let late = copying("main.py, { from: assets, path: /app/static }").file("main.py", "").run().graph();
    let (_, metadata) = late.step("] Add /app/static of assets");
    assert!(name(metadata).starts_with("[runtime "), "{}", name(metadata));
    let copy = late.copy("] Add /app/static of assets");
    assert_eq!((copy.dest.as_str(), &copy.include_patterns[..]), ("/app", &["static".to_owned()][..]));
}

#[test]
fn a_project_file_may_be_called_from() {
    let graph = copying("{ from: there }, path").file("from", "x").file("path", "y").run().graph();
    assert_eq!(graph.copy("] Add from").dest, "/app/there");
    assert_eq!(graph.copy("] Add path").dest, "/app/path");
}

#[test]
fn beside_the_modules_of_a_project_that_is_not_installed() {
    let items = "{ from: \"example.org/tools:1\", path: /bin/tool }";
    let graph = copying(items).flat().file("main.py", "").run().graph();
    assert_eq!(graph.copy("] Add main.py").dest, "/app/main.py", "they ship all the same");
    let named = copying(&format!("other.py, {items}")).flat().file("main.py", "").file("other.py", "").run().graph();
    assert!(!named.names().iter().any(|n| n.ends_with("] Add main.py")));
}

#[test]
fn a_recipe_without_a_place_for_them_has_them_in_its_image() {
    let recipe = "inputs:\n  builder-image: { type: string, help: x }\nstages:\n  - stage: web\n    from: \"{{builder-image}}\"\n    steps:\n\
        \x20     - { phase: site, mkdir: /site }\n";
    let spec = "recipe: recipe.yaml\ncommand: [x]\nworkdir: /site\ncopy: [{ from: context://front, path: dist, to: . }]\n";
    let build = Build::new().file("recipe.yaml", recipe).spec(spec).local("front", &[("dist/x", "")]).opt("context:front", "local:front");
    let graph = build.run().graph();
    let (op, metadata) = graph.step("] Add /dist of context://front");
    assert!(matches!(op.op, Some(op::Op::File(_))) && name(metadata).starts_with("[web 2/2]"), "{}", name(metadata));
    let copy = graph.copy("] Add /dist of context://front");
    assert_eq!((copy.dest.as_str(), json!(copy.timestamp)), ("/site", json!(315_532_800_000_000_000_i64)));
}
