//! What a service of a kind that distil does not know is given by the planner: one report of all trees that its image is made of,
//! and a spec that has its say about what is left out.

use crate::project::Project;

const RECIPE: &str = r#"summary: An image of two trees, and a tree that is only for a proof
inputs:
  runtime-image: { type: string, help: The image that it runs on }
  prune: { type: flag, help: Whether anything is left out }
  rules-on: { type: list, help: Further rules by which something is }
  rules-off: { type: list, help: Rules that are not wanted }
stages:
  - stage: program
    from: debian:trixie-slim
    steps:
      - phase: gather
        refine: tree
        with: { files: [/usr/bin/tar=/usr/bin/tar], prune: prune, rules: [docs, headers], on: rules-on, off: rules-off }
  - stage: site
    from: debian:trixie-slim
    steps:
      - { phase: gather, refine: tree, with: { files: [/etc/motd=/srv/motd], rules: [source-maps] } }
  - stage: tools
    from: debian:trixie-slim
    steps:
      - { phase: gather, refine: tree, with: { files: [/usr/bin/sed=/usr/bin/sed] } }
  - stage: base
    from: "{{runtime-image}}"
  - stage: runtime
    from: base
    steps:
      - { phase: program, copy: /gathered/application, from: program, to: / }
      - { phase: site, copy: /gathered/application, from: site, to: / }
  - stage: proof
    from: runtime
    proof: true
    steps:
      - { phase: proof, run: [/tools/sed, --version], mounts: [{ bind: /gathered/application/usr/bin, from: tools, to: /tools }] }
"#;

/// The plan of a spec with that recipe, as JSON.
fn plan(spec: &str) -> serde_json::Value {
    let project = Project::default().with("recipe.yaml", RECIPE);
    let spec = format!("# syntax=distil/distil:1\nrecipe: recipe.yaml\ncommand: [/usr/bin/tar]\n{spec}");
    serde_json::from_str(&project.with("distil.yaml", spec).compile("").built().0.plan.json()).unwrap()
}

/// The first step of a stage.
fn step<'p>(plan: &'p serde_json::Value, stage: &str) -> &'p serde_json::Value {
    let stages = plan["stages"].as_array().unwrap();
    &stages.iter().find(|one| one["name"] == stage).unwrap_or_else(|| panic!("{plan:#}"))["steps"][0]
}

fn words(step: &serde_json::Value) -> String {
    let words = step["argv"].as_array().or_else(|| step["run"]["argv"].as_array()).unwrap_or_else(|| panic!("{step:#}"));
    words.iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn one_report_is_told_of_all_trees_and_of_the_base() {
    let plan = plan("");
    let report = step(&plan, "measure");
    let asked = "--image=/run/image --base=/run/runtime --tree=/run/gathered --tree=/run/gathered-2 --out=/report";
    assert_eq!(words(report), format!("/run/distil refine report {asked}"));
    let mounted = report.to_string();
    for place in ["/run/gathered/notes.json", "/run/gathered-2/notes.json", "gcr.io/distroless/"] {
        assert!(mounted.contains(place), "{place} is not in {report:#}");
    }
    assert!(!mounted.contains("\"tools\""), "the image is not made of it: {report:#}");
}

#[test]
fn a_spec_has_its_say_about_rules_of_any_kind() {
    let rules = |spec: &str| words(step(&plan(spec), "program")).replace("/run/distil refine tree --files=/usr/bin/tar=/usr/bin/tar ", "");
    assert_eq!(rules(""), "--rules=docs --rules=headers --out=/gathered");
    let asked = "prune: { rules: { docs: false, locales: true } }\n";
    assert_eq!(rules(asked), "--rules=docs --rules=headers --on=locales --off=docs --out=/gathered");
    assert_eq!(rules("prune: false\n"), "--no-prune --rules=docs --rules=headers --out=/gathered");
}

/// A recipe that answers what a spec leaves open.
const COMPANY: &str = r#"summary: The company's services
requires: "0.1"
reads:
  team: { text: team.txt, help: Whose it is }
inputs:
  port: { type: number, default: "8000", help: Where it listens }
  hosts: { type: list, default: [one], help: Which it calls }
  debug-log: { type: flag, default: false, help: Whether it says all }
  start: { type: list, help: What it runs }
image:
  command: [/app/server, --port, "{{port}}"]
  user: "1000"
  expose: ["{{port}}"]
  labels: { team: "{{team}}", vendor: Example }
  healthcheck: { http: ":{{port}}/healthz" }
  stop-signal: SIGINT
stages:
  - stage: runtime
    from: scratch
    steps:
      - { phase: application, copy: server, from: context, to: /app/server }
      - { phase: application, write: /app/start, text: "{{#each start}}{{this}} {{/each}}{{#each hosts}}{{this}} {{/each}}{{#if debug-log}}all{{/if}}" }
"#;

#[test]
fn a_recipe_answers_what_the_spec_leaves_open() {
    let image = |spec: &str| {
        let project = Project::default().with("recipe.yaml", COMPANY).with("team.txt", "shop\n").with("server", "");
        let spec = format!("# syntax=distil/distil:1\nrecipe: recipe.yaml\n{spec}");
        let plan: serde_json::Value = serde_json::from_str(&project.with("distil.yaml", spec).compile("").built().0.plan.json()).unwrap();
        let written = step(&plan, "runtime").clone();
        assert!(written.is_object());
        let steps = &plan["stages"].as_array().unwrap().iter().find(|one| one["name"] == "runtime").unwrap()["steps"];
        let text = steps.as_array().unwrap().iter().find_map(|step| step["text"].as_str().or_else(|| step["write"]["text"].as_str()));
        (plan["image"].clone(), text.unwrap_or_else(|| panic!("{steps:#}")).to_owned())
    };
    let (bare, start) = image("");
    assert_eq!(bare["command"], serde_json::json!(["/app/server", "--port", "8000"]));
    assert_eq!(start, "/app/server --port 8000 one ");
    assert_eq!(bare["expose"], serde_json::json!(["8000/tcp"]));
    assert_eq!(bare["stop_signal"], "SIGINT");
    assert!(bare["labels"].to_string().contains("shop") && bare["user"].to_string().contains("1000"), "{bare:#}");
    assert!(bare["healthcheck"].to_string().contains(":8000"), "{bare:#}");

    let (own, start) =
        image("options: { port: \"9000\", hosts: [a, b], debug-log: \"true\" }\ncommand: [/app/server]\nlabels: { vendor: Other }\n");
    assert_eq!(own["command"], serde_json::json!(["/app/server"]));
    assert_eq!(start, "/app/server a b all");
    assert_eq!(own["expose"], serde_json::json!(["9000/tcp"]));
    assert!(own["labels"].to_string().contains("Other") && own["labels"].to_string().contains("shop"), "{own:#}");
}

#[test]
fn files_beside_a_recipe_are_where_it_is() {
    let recipe = "summary: A test\nstages:\n  - stage: runtime\n    from: scratch\n    steps:\n      - { phase: a, copy: ca.crt, from: recipe, to: /ca.crt }\n      \
                  - { phase: a, copy: ., from: recipe, to: /all }\n";
    for (address, source, path, all) in [
        ("ops/company.yaml", serde_json::json!("context"), "ops/ca.crt", "ops"),
        ("context://platform/company.yaml", serde_json::json!({ "named": "platform" }), "ca.crt", "."),
        ("context://platform/own/company.yaml", serde_json::json!({ "named": "platform" }), "own/ca.crt", "own"),
    ] {
        let spec = format!("# syntax=distil/distil:1\nrecipe: {address}\ncommand: [/a]\n");
        let project = Project::default().with("ops/ca.crt", "").with(address, recipe).with("distil.yaml", spec);
        let plan: serde_json::Value = serde_json::from_str(&project.compile("").built().0.plan.json()).unwrap();
        let steps = plan["stages"].as_array().unwrap().iter().find(|one| one["name"] == "runtime").unwrap()["steps"].as_array().unwrap();
        let copied = |at: usize| {
            let copy = if steps[at]["copy"].is_object() { &steps[at]["copy"] } else { &steps[at] };
            (copy["from"].clone(), copy["path"].as_str().unwrap_or_else(|| panic!("{copy:#}")).to_owned())
        };
        assert_eq!(copied(0), (source.clone(), path.to_owned()), "{address}");
        assert_eq!(copied(1), (source, all.to_owned()), "{address}");
    }
}

#[test]
fn an_audit_knows_the_packages_of_node_and_whose_scripts_run() {
    let package = |name: &str, more: &str| {
        format!(
            r#""node_modules/{name}": {{ "version": "1.0.0", "resolved": "https://registry.npmjs.org/{name}/-/{name}-1.0.0.tgz", {more} }}"#
        )
    };
    let (hashed, script) = (r#""integrity": "sha512-AAAA""#, r#""integrity": "sha512-AAAA", "hasInstallScript": true"#);
    let lock = format!(
        r#"{{ "name": "shop", "lockfileVersion": 3, "packages": {{ "": {{ "name": "shop", "dependencies": {{ "a": "1", "b": "1", "c": "1", "d": "1" }} }},
            {}, {}, {}, {} }} }}"#,
        package("a", hashed),
        package("b", script),
        package("c", script),
        package("d", r#""engines": {}"#),
    );
    let project = Project::default()
        .with("distil.yaml", "# syntax=distil/distil:1\nscripts: [b]\n")
        .with("package.json", r#"{ "name": "shop", "main": "a.js", "dependencies": { "a": "1", "b": "1", "c": "1", "d": "1" } }"#)
        .with("package-lock.json", lock);
    let plan = project.compile("").built().0.plan;
    let told: Vec<String> = plan.supplies.packages.iter().map(|one| format!("{} {} {:?}", one.name, one.is_held, one.runs)).collect();
    let runs = "Always(\"its install script is allowed\")";
    assert_eq!(told, ["a true Never", &format!("b true {runs}"), "c true Never", "d false Never"]);
}
