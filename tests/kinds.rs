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
