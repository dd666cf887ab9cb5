//! Builds that go well: what is returned, what is asked of the engine on the way, and that both are always the same.

use std::collections::BTreeMap;

use buildkit_proto::frontend::result;
use buildkit_proto::pb::{self, op};
use prost::Message;
use serde_json::{Value, json};

use super::build::{BUILDER, Build, OWN, RUNTIME, SPEC};
use super::fake::Call;
use super::graph::{Graph, name};
use super::script::{any_image, digest, usual_platform};

#[test]
fn a_build_returns_one_image_with_its_config() {
    let spec = "command: [python, -m, shop]\nenv: {ZED: z, BASE: ours, ALPHA: a}\nexpose: [8000, 53/udp]\nlabels: {team: shop}\n\
                workdir: /srv\nuser: 1000:2000\n";
    let outcome = Build::new().spec(spec).run();
    let Some(result::Result::Ref(reference)) = &outcome.result().result else { panic!("one reference") };
    let solve = outcome.solves().nth(outcome.returned_solve(None)).expect("it was solved");
    assert_eq!((&reference.def, solve.evaluate), (&solve.definition, true), "what is returned has been built");
    assert!(outcome.graph().names().iter().any(|n| n.starts_with("[runtime ") && n.ends_with("] Add shop")), "it is the image");
    assert_eq!(outcome.metadata("refs.platforms"), None);
    assert_eq!(outcome.metadata("source.date.epoch"), None);

    let config = outcome.config();
    assert_eq!(config["User"], "1000:2000");
    assert_eq!(config["WorkingDir"], "/srv");
    assert_eq!(config["Cmd"], json!(["python", "-m", "shop"]));
    assert_eq!(config.get("Entrypoint"), None, "the base's program is not ours");
    assert_eq!(config["ExposedPorts"], json!({"1/tcp": {}, "8000/tcp": {}, "53/udp": {}}));
    assert_eq!((&config["Labels"]["base"], &config["Labels"]["team"]), (&json!("yes"), &json!("shop")));
    assert_eq!(config["StopSignal"], "SIGINT");
    assert_eq!(config.get("Healthcheck"), None, "it checked another program");
    let env: Vec<&str> = config["Env"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let at = |entry: &str| env.iter().position(|e| *e == entry).unwrap_or_else(|| panic!("{entry} is not in {env:?}"));
    assert!(env[0].starts_with("PATH=/app/.venv/bin:"), "the base's first variable stays first: {env:?}");
    assert!(
        at("BASE=ours") < at("ZED=z") && at("ZED=z") < at("ALPHA=a"),
        "known names keep their place, new ones the spec's order: {env:?}"
    );
}

#[test]
fn what_the_base_image_says_beyond_our_knowledge_is_kept() {
    let outcome = Build::new().run();
    let image = outcome.json("containerimage.config");
    assert_eq!(image["x-unknown"], json!({"kept": true}));
    assert_eq!(image["config"]["Shell"], json!(["/bin/sh"]));
    assert_eq!((&image["os"], &image["architecture"]), (&json!("linux"), &json!("amd64")));
    assert_eq!((image.get("created"), image.get("docker_version")), (None, None));
    let base: Value = serde_json::from_slice(&any_image(RUNTIME, &usual_platform()).config).expect("JSON");
    assert_eq!(outcome.json("containerimage.base.config"), base, "as the engine has it");
}

#[test]
fn a_source_date_epoch_becomes_the_time_of_image_and_files() {
    let outcome = Build::new().opt("build-arg:SOURCE_DATE_EPOCH", "1700000000").run();
    assert_eq!(outcome.json("containerimage.config")["created"], "2023-11-14T22:13:20Z");
    assert_eq!(outcome.metadata("source.date.epoch"), Some("1700000000"));
    let graph = outcome.graph();
    let times: Vec<i64> = graph.ops.iter().filter_map(|(op, _)| copy_time(op)).collect();
    assert!(times.contains(&1_700_000_000_000_000_000), "{times:?}");
    assert!(times.iter().all(|t| [-1, 1_700_000_000_000_000_000].contains(t)), "kept or set, never 1970: {times:?}");
}

fn copy_time(op: &pb::Op) -> Option<i64> {
    let Some(op::Op::File(file)) = &op.op else { return None };
    file.actions.iter().find_map(|action| match &action.action {
        Some(pb::file_action::Action::Copy(copy)) => Some(copy.timestamp),
        _ => None,
    })
}

#[test]
fn the_spec_is_loaded_as_the_builtin_frontend_loads_it() {
    let outcome = Build::new().run();
    let (op, metadata) = &outcome.entry().ops[0];
    let Some(op::Op::Source(source)) = &op.op else { panic!("{op:?}") };
    assert_eq!(source.identifier, "local://dockerfile");
    let attrs = [
        ("local.differ", "none"),
        ("local.followpaths", r#"["distil.yaml","distil.yaml.dockerignore"]"#),
        ("local.session", "session-1"),
        ("local.sharedkeyhint", "dockerfile"),
    ];
    assert_eq!(source.attrs, attrs.map(|(k, v)| (k.to_owned(), v.to_owned())).into(), "other attributes would transfer it twice");
    assert_eq!((&op.platform, &op.constraints), (&None, &Some(pb::WorkerConstraints::default())));
    assert_eq!(name(metadata), "[internal] load build definition from distil.yaml");
}

#[test]
fn images_are_pinned_to_the_digests_that_the_engine_found() {
    let outcome = Build::new().run();
    let graph = outcome.graph();
    for reference in [BUILDER, RUNTIME] {
        let image = graph.source(&format!("docker-image://{reference}"));
        assert_eq!(image.identifier, format!("docker-image://{reference}@{}", digest(reference.as_bytes())));
    }
    let asked = outcome.calls.iter().filter(|call| matches!(call, Call::Resolve(_))).count();
    let images = graph.identifiers().into_iter().filter(|i| i.starts_with("docker-image://") && !i.ends_with(OWN)).count();
    assert_eq!(asked, images, "each is asked for once, and our own is known");
}

#[test]
fn an_image_without_a_digest_is_taken_by_its_name() {
    let outcome = Build::new().image(RUNTIME, |image| image.digest = String::new()).run();
    assert_eq!(outcome.graph().source(&format!("docker-image://{RUNTIME}")).identifier, format!("docker-image://{RUNTIME}"));
}

#[test]
fn an_image_that_a_policy_renames_is_taken_by_its_new_name() {
    let outcome = Build::new().image(RUNTIME, |image| image.renamed = Some("docker-image://mirror.example/cc:13".into())).run();
    let expected = format!("docker-image://mirror.example/cc:13@{}", digest(RUNTIME.as_bytes()));
    assert!(outcome.graph().identifiers().contains(&expected.as_str()), "{:?}", outcome.graph().identifiers());
}

#[test]
fn caches_are_imported_on_every_solve() {
    let json = r#"[{"Type":"registry","Attrs":{"ref":"example.org/c"}},{"Type":"gha","Attrs":{}}]"#;
    for (key, value, kinds) in [("cache-imports", json, &["registry", "gha"][..]), ("cache-from", "a/b,c/d", &["registry", "registry"])] {
        let outcome = Build::new().opt(key, value).run();
        assert!(outcome.solves().count() >= 3, "spec, facts and image");
        for solve in outcome.solves() {
            assert_eq!(solve.cache_imports.iter().map(|c| c.r#type.as_str()).collect::<Vec<_>>(), kinds);
            assert!(solve.cache_imports[0].attrs.contains_key("ref"));
        }
        outcome.result();
    }
}

#[test]
fn every_step_has_a_name_and_the_spec_is_attached() {
    let mut unnamed = Build::new();
    unnamed.options.distil = None;
    for (outcome, others) in [(Build::new().run(), 1), (unnamed.run(), 0)] {
        let graph = outcome.graph();
        let [steps @ .., _head] = &graph.ops[..] else { panic!("no ops") };
        let nameless: Vec<_> = steps.iter().filter(|(_, metadata)| name(metadata).is_empty()).map(|(op, _)| &op.op).collect();
        let own = |op: &Option<op::Op>| matches!(op, Some(op::Op::Source(source)) if source.identifier.ends_with(OWN));
        assert!(nameless.len() == others && nameless.iter().all(|op| own(op)), "only what is not ours: {nameless:?}");
    }
    let graph = Build::new().run().graph();
    let infos: Vec<&str> = graph.source.infos.iter().map(|info| info.filename.as_str()).collect();
    assert!(!graph.source.locations.is_empty() && !infos.is_empty(), "{infos:?}");
    for info in graph.source.infos.iter().filter(|info| info.filename == "distil.yaml") {
        assert_eq!((info.data.as_slice(), info.language.as_str()), (SPEC.as_bytes(), "YAML"));
    }
}

#[test]
fn only_the_files_that_are_used_leave_the_clients_machine() {
    let build = || Build::new().file("secret.pem", "x").file("node_modules/a.js", "x");
    let narrowed = build().flat().spec("command: [x]\ncopy: [assets, {etc/shop.ini: conf/shop.ini}]\n");
    let narrowed = narrowed.file("assets/a.txt", "").file("etc/shop.ini", "").run();
    let follow = narrowed.graph().source("local://context").attrs["local.followpaths"].clone();
    assert_eq!(follow, r#"["assets","etc/shop.ini"]"#, "not even the lock, which is written from what is known of it");
    let whole = build().run();
    let excluded = whole.graph().source("local://context").attrs["local.excludepatterns"].clone();
    assert!(excluded.contains(".git") && excluded.contains("node_modules"), "{excluded}");
}

/// A recipe whose image takes a folder from a stage, to the place that it has there or to another one.
fn taking(from: &str, to: &str) -> Build {
    let step = format!("{{ name: Take it, copy: {from}, from: builder, to: {to}, exclude: [\"*.md\"] }}");
    let recipe = format!("extends: python/uv\nphases:\n  environment.system:\n    after:\n      - {step}\n");
    Build::new().spec("command: [x]\nrecipe: own.yaml\n").file("own.yaml", recipe)
}

#[test]
fn what_ships_at_the_place_it_was_made_at_is_taken_with_its_folder() {
    let graph = taking("/srv/data", "/srv/data").run().graph();
    let copy = graph.copy("] Take it");
    assert_eq!((copy.src.as_str(), copy.dest.as_str()), ("/srv", "/srv"), "a folder made on the way has the build's time");
    assert_eq!((&copy.include_patterns[..], &copy.exclude_patterns[..]), (&["data".to_owned()][..], &["data/*.md".to_owned()][..]));
    assert!(copy.dir_copy_contents && copy.create_dest_path);
    let graph = taking("/srv/data", "/opt/data").run().graph();
    let copy = graph.copy("] Take it");
    assert_eq!((copy.src.as_str(), copy.dest.as_str(), &copy.include_patterns[..]), ("/srv/data", "/opt/data", &[][..]));
    assert_eq!(copy.exclude_patterns, ["*.md"]);
    let graph = taking("/data", "/data").run().graph();
    let copy = graph.copy("] Take it");
    assert_eq!(
        (copy.src.as_str(), copy.dest.as_str(), &copy.include_patterns[..]),
        ("/data", "/data", &[][..]),
        "the root is no such folder"
    );
    let graph = Build::new().run().graph();
    let system = graph.copy("] Add the system files");
    assert_eq!((system.src.as_str(), system.dest.as_str(), &system.include_patterns[..]), ("/refined/system", "/", &[][..]));
}

#[test]
fn files_of_the_project_pass_through_a_stage_of_their_own() {
    let graph = Build::new().flat().spec("command: [x]\ncopy: [assets]\n").file("assets/a.txt", "").run().graph();
    let (op, _) = graph.step("[source 1/1] Add assets");
    assert_eq!(op.inputs.len(), 1, "on nothing: the project's files are all it needs");
    let copy = graph.copy("] Add assets");
    assert_eq!((copy.src.as_str(), copy.dest.as_str(), copy.timestamp), ("/assets", "/app/assets", -1));
    assert_eq!(graph.copy("] Add the files beside the packages").timestamp, -1, "for steps that make something of them");
    assert_eq!(graph.copy("] Add shop").timestamp, 315_532_800_000_000_000, "only what ships gets a time");
}

#[test]
fn transfers_of_one_folder_with_other_filters_are_kept_apart() {
    let outcome = Build::new().flat().file("shop/__init__.py", "").run();
    let mut seen: BTreeMap<(String, String), BTreeMap<String, String>> = BTreeMap::new();
    for graph in outcome.definitions().iter().map(Graph::new) {
        for local in graph.sources().filter(|s| s.identifier.starts_with("local://")) {
            let key = (local.identifier.clone(), local.attrs["local.sharedkeyhint"].clone());
            let known = seen.entry(key).or_insert_with(|| local.attrs.clone());
            assert_eq!(*known, local.attrs, "the engine would throw away what it has");
        }
    }
    assert!(seen.len() >= 5, "spec, ignore file, facts, modules, image: {:?}", seen.keys());
}

#[test]
fn the_same_build_sends_the_same_bytes() {
    let opts = [("build-arg:HTTP_PROXY", "http://p"), ("label:a", "1"), ("label:b", "2"), ("platform", "linux/amd64,linux/arm64")];
    let env = |order: &mut dyn Iterator<Item = usize>| {
        let vars = order.enumerate().map(|(i, n)| (format!("BUILDKIT_FRONTEND_OPT_{i}"), format!("{}={}", opts[n].0, opts[n].1)));
        let session = ("BUILDKIT_SESSION_ID".to_owned(), "session-1".to_owned());
        distil::gateway::Options::from_env(vars.chain([session]))
    };
    let bytes = |options| {
        let outcome = Build { options, ..Build::new().report(r#"{"summary": ["a", "b"]}"#) }.opt("filename", "distil.yaml").run();
        (outcome.definitions(), outcome.result().metadata.clone())
    };
    let first: (Vec<pb::Definition>, BTreeMap<String, Vec<u8>>) = bytes(env(&mut (0..opts.len())));
    assert!(bytes(env(&mut (0..opts.len()))) == first, "another run, other bytes");
    assert!(bytes(env(&mut (0..opts.len()).rev())) == first, "the order of options is the engine's whim");
}

#[test]
fn proofs_are_the_same_bytes_in_whatever_order_they_are_sent() {
    let sent = || {
        let outcome = Build::new().opt("platform", "linux/amd64,linux/arm64").run();
        let mut all: Vec<_> = outcome.definitions().iter().map(Message::encode_to_vec).collect();
        all.sort();
        (all, outcome.result().metadata.clone())
    };
    assert!(sent() == sent(), "another run, other bytes");
}

#[test]
fn what_a_recipe_reads_of_the_project_is_asked_of_the_client() {
    let recipe = "summary: Another kind\nreads:\n  \
                    to: { first: [{ text: .to }, { json: web/package.json, at: /config/to }], help: A folder }\n  \
                    lock: { json: web/package-lock.json, drop: [/version], help: What is installed }\nstages:\n  \
                    - stage: runtime\n    from: debian\n    steps:\n      \
                      - { phase: lock, name: Write the lock, write: /lock.json, text: \"{{lock}}\" }\n      \
                      - { phase: a, name: Take it, copy: assets, from: context, to: \"{{to}}\" }\n";
    let build = |version: &str| {
        Build::new()
            .spec("command: [x]\nrecipe: own.yaml\n")
            .file("own.yaml", recipe)
            .file("web/package.json", r#"{"config": {"to": "/srv/files"}}"#)
            .file("web/package-lock.json", format!(r#"{{"version": "{version}", "packages": {{}}}}"#))
            .file("assets/a", "")
    };
    let graph = build("1").run().graph();
    assert_eq!(graph.copy("] Take it").dest, "/srv/files");
    assert!(build("2").run().graph().ids == graph.ids, "what is dropped changes no step");
    let message = build("1").without("web/package-lock.json").run().error().message.clone();
    assert!(message.contains("the recipe reads `lock` of the project, and there is none"), "{message}");
}
