//! Specs that copy files of other specs' images: what becomes of the other spec in the plan, the graph and the Dockerfile.

use std::collections::BTreeSet;

use distil::plan::{Action, Mount, Plan, Source};

use crate::project::Project;

const SITE: &str = "summary: A site\nstages:\n  - stage: made\n    from: \"debian:trixie-slim\"\n    steps:\n      \
    - { phase: make, run: [make], mounts: [{ bind: public, from: context, to: /in }, { secret: npm, to: /run/secrets/npm }] }\n  \
    - stage: site\n    from: scratch\n    steps:\n      - { phase: site, copy: /out, from: made, to: /srv }\n";
const WEB: &str =
    "recipe: site.yaml\ncommand: [/serve]\nuser: \"1000\"\nworkdir: /srv\nvolumes: [/data]\nexclude: [\"*.md\"]\nenv: { SITE: one }\n";

/// A service whose spec ends in these lines, beside a site in `web`.
fn service(copy: &str) -> Project {
    let spec = format!("recipe: site.yaml\ncommand: [/app]\n{copy}");
    let own = "summary: A service\nstages:\n  - stage: made\n    from: scratch\n    steps:\n      - { phase: own, copy: app, from: context, to: /app }\n";
    Project::default().with("distil.yaml", spec).with("site.yaml", own).with("web/distil.yaml", WEB).with("web/site.yaml", SITE)
}

const COPY: &str = "copy: [{ spec: web/distil.yaml, path: /srv, to: /static }]\n";

fn plan(project: &Project, target: &str) -> Plan {
    project.compile(target).built().0.plan
}

fn stages(plan: &Plan) -> Vec<&str> {
    plan.stages.iter().map(|stage| stage.name.as_str()).collect()
}

#[test]
fn another_spec_is_built_and_proven_in_the_same_plan() {
    let plan = plan(&service(COPY), "");
    assert_eq!(stages(&plan), ["web/made", "web/site", "web/command-proof", "made", "command-proof", "measure", "report"]);
    let made = &plan.stages[0].steps[0];
    let Action::Run(run) = &made.action else { panic!("{made:?}") };
    let reads = |m: &Mount| matches!(m, Mount::Bind { from: Source::Context, path, .. } if path == "web/public");
    assert!(run.mounts.iter().any(reads), "paths of the other spec lie in its folder: {run:?}");
    assert_eq!(made.origin.cited, "web/site.yaml:6");
    assert_eq!(plan.exclude, ["web/*.md"]);
    let proof = &plan.stages[2];
    let image = plan.image_of(proof);
    assert_eq!(
        (image.user.to_string(), image.workdir.as_str(), plan.image.user.to_string()),
        ("1000:1000".into(), "/srv", "65532:65532".into())
    );
    let copied = plan.stages[3].steps.last().unwrap();
    let Action::Copy(copy) = &copied.action else { panic!("{copied:?}") };
    assert_eq!((copied.name.as_str(), copy.from.to_string()), ("Add /srv of web/distil.yaml", "web/site".to_owned()));
}

/// Nobody starts what is only copied from; built by itself it would be.
#[test]
fn a_spec_that_only_files_are_taken_of_needs_no_command() {
    let web = WEB.replace("command: [/serve]\n", "check: { files: [/srv/index.html] }\n");
    let project = service(COPY).with("web/distil.yaml", web.clone());
    assert_eq!(stages(&plan(&project, "")), ["web/made", "web/site", "web/check", "made", "command-proof", "measure", "report"]);
    assert!(service(COPY).with("distil.yaml", web).compile("").said().contains("error[no-command]"));
    // So it is for one that has an ecosystem, whose project is not asked for its script.
    let web = "recipe: python/uv\n";
    let files = [
        ("web/distil.yaml", web),
        ("web/pyproject.toml", "[project]\nname = \"docs\"\nversion = \"1\"\nrequires-python = \">=3.11\"\n"),
        (
            "web/uv.lock",
            "version = 1\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"docs\"\nversion = \"1\"\nsource = { virtual = \".\" }\n",
        ),
        ("web/index.html", "x"),
    ];
    let project = files.into_iter().fold(service(COPY), |project, (path, text)| project.with(path, text));
    assert!(stages(&plan(&project, "")).contains(&"web/runtime"));
}

/// A proof is run as the user of the image that it is about, with its variables and its volumes.
#[test]
fn a_proof_of_another_spec_is_run_as_its_image() {
    let (compiled, sources) = service(COPY).compile("").built();
    let graph = distil::emit::lines::graph_lines(&compiled.plan, &sources).unwrap();
    let line = graph.lines().find(|line| line.contains("[web/command-proof 1/1]")).unwrap();
    let op: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((&op["exec"]["user"], &op["exec"]["cwd"]), (&"1000:1000".into(), &"/srv".into()));
    assert_eq!(op["exec"]["env"], serde_json::json!(["SITE=one"]));
    let targets: Vec<_> = op["exec"]["mounts"].as_array().unwrap().iter().map(|mount| mount["dest"].as_str().unwrap()).collect();
    assert!(targets.contains(&"/data"), "{op}");
    let held = graph.lines().find(|line| line.contains("all checks have passed")).unwrap();
    let held: serde_json::Value = serde_json::from_str(held).unwrap();
    let digest = format!("{}#0", op["digest"].as_str().unwrap());
    assert!(held["inputs"].as_array().unwrap().contains(&digest.into()), "the image waits for it");
    let text = distil::emit::dockerfile::emit(&compiled.plan, "distil dockerfile").unwrap();
    for line in [
        "AS web-site",
        "FROM web-site AS web-command-proof",
        "USER 1000:1000",
        "source=web/public",
        "COPY --from=web-site --chown=0:0 /srv /static",
    ] {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
}

#[test]
fn what_is_there_to_look_around_has_no_proof_of_another_spec() {
    let plan = plan(&service(COPY), "debug");
    assert!(stages(&plan).contains(&"web/site") && plan.proofs().count() == 0, "{:?}", stages(&plan));
}

#[test]
fn an_edition_is_another_part_and_two_copies_of_one_are_the_same() {
    let project = service(
        "copy:\n  - { spec: web/distil.yaml, path: /srv, to: /a }\n  - { spec: web/distil.yaml, path: /srv/x, to: /b }\n  \
         - { spec: web/distil.yaml, edition: full, path: /srv, to: /c }\n",
    );
    let plan = plan(&project.with("web/distil.yaml", format!("{WEB}editions: {{ small: {{}}, full: {{ env: {{ SITE: two }} }} }}\n")), "");
    let parts: Vec<_> = plan.parts.iter().map(|part| (part.name.as_str(), part.image.env[0].1.as_str())).collect();
    assert_eq!(parts, [("web", "one"), ("web.full", "two")]);
    let names: BTreeSet<_> = plan.stages.iter().map(|stage| &stage.name).collect();
    assert_eq!(names.len(), plan.stages.len(), "{names:?}");
}

/// Paths count from the folder of the spec that has them, however deep, and so do the names of parts.
#[test]
fn another_spec_may_copy_of_a_third() {
    let third = "recipe: site.yaml\ncommand: [/serve]\nexclude: [\"!keep\"]\n";
    let project = service(COPY)
        .with("web/distil.yaml", format!("{WEB}copy: [{{ spec: icons/set.yaml, path: /srv, to: icons }}]\n"))
        .with("web/icons/set.yaml", third)
        .with("web/icons/site.yaml", SITE);
    let plan = plan(&project, "");
    assert!(stages(&plan).starts_with(&["web/icons/set/made", "web/icons/set/site"]), "{:?}", stages(&plan));
    let Action::Run(run) = &plan.stages[0].steps[0].action else { panic!("{:?}", plan.stages[0]) };
    assert!(run.mounts.iter().any(|m| matches!(m, Mount::Bind { path, .. } if path == "web/icons/public")), "{run:?}");
    let parts: Vec<_> = plan.parts.iter().map(|part| (part.name.as_str(), part.spec.as_str(), part.recipe.as_str())).collect();
    assert_eq!(parts, [("web/icons/set", "web/icons/set.yaml", "web/icons/site.yaml"), ("web", "web/distil.yaml", "web/site.yaml")]);
    let proof = plan.proofs().find(|stage| stage.name == "web/icons/set/command-proof").unwrap();
    assert_eq!(plan.image_of(proof).workdir, "/app");
    assert_eq!(plan.exclude, ["web/*.md", "!web/icons/keep"]);
}

#[test]
fn build_arguments_reach_the_spec_that_declares_them() {
    let web = format!("{WEB}args: {{ theme: light }}\nlabels: {{ theme: \"${{theme}}\" }}\n");
    let project = service(COPY).with("web/distil.yaml", web);
    let outcome = project.compile_with("", &[("theme".to_owned(), "dark".to_owned())]);
    let (compiled, _) = outcome.built();
    assert_eq!(compiled.plan.parts[0].image.labels, [("theme".to_owned(), "dark".to_owned())]);
    assert!(compiled.warnings.is_empty() && compiled.args[0].name.value == "theme", "{:?}", compiled.warnings);
}
