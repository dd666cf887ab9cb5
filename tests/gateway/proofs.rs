//! Proofs: what has to hold before an image is exported, who waits for it, and what such a command finds around it.

use std::collections::BTreeSet;

use buildkit_proto::caps::{gateway, llb};
use buildkit_proto::frontend::result;
use buildkit_proto::pb::{self, NetMode, op};
use buildkit_proto::rpc;
use prost::Message;
use serde_json::json;
use tonic::Code;

use super::build::{Build, Outcome, REPORT};
use super::fake::Call;
use super::graph::{Graph, name};
use super::script::{failed, failed_at};

/// The proofs that every Python service has, by the end of their names.
const PACKAGES: &str = "] Import every package";
const IMAGE: &str = "] Import the project, find its command, and look for what should not be there";
const CHECKS: &str = "command: [x]\nbudget: 120MB\ncheck:\n  run: [[shop, --version]]\n";
const CHECKS_PROOFS: [&str; 4] = ["] Run shop --version", "] Weigh the image", PACKAGES, IMAGE];

fn ends(names: &BTreeSet<String>) -> Vec<&str> {
    names.iter().map(|name| &name[name.find(']').expect("a stage")..]).collect()
}

/// The step that a result is handed on by, and what it waits for: the result, then proofs and report.
fn held(graph: &Graph) -> (&pb::ExecOp, Vec<&str>) {
    let (op, metadata) = graph.head();
    let Some(op::Op::Exec(exec)) = &op.op else { panic!("{} runs nothing", name(metadata)) };
    assert!(name(metadata).ends_with("proof] all checks have passed"), "{}", name(metadata));
    let by_input = |dest: &str| exec.mounts.iter().find(|m| m.dest == dest).and_then(|m| usize::try_from(m.input).ok());
    let names: Vec<_> = graph.inputs(op).into_iter().map(|(_, metadata)| name(metadata)).collect();
    let numbers = (0..names.len()).map_while(|number| by_input(&format!("/run/after/{number}")));
    (exec, by_input("/run/held").into_iter().chain(numbers).map(|input| names[input]).collect())
}

/// Names of the proofs that a result waits for.
fn awaited(graph: &Graph) -> BTreeSet<String> {
    let proofs = held(graph).1.into_iter().filter(|name| name.contains("proof ") || name.contains("check ")).map(str::to_owned);
    proofs.collect()
}

#[test]
fn the_image_waits_for_its_proofs_and_its_report_and_holds_nothing_of_them() {
    for caps in [&[][..], &[llb::MERGE_OP, llb::DIFF_OP], &[llb::EXEC_MOUNT_CONTENT_CACHE, llb::PASSTHROUGH_OP]] {
        let outcome = caps.iter().fold(Build::new(), |build, cap| build.lacking(cap)).spec(CHECKS).run();
        let solve = outcome.solves().nth(outcome.returned_solve(None)).expect("the image");
        assert!(solve.evaluate, "it is waited for, as the frontend knows more of what fails than who exports");
        let graph = outcome.graph();
        let (exec, after) = held(&graph);
        assert!(after[0].starts_with("[runtime"), "{after:?}");
        assert_eq!(ends(&awaited(&graph)), CHECKS_PROOFS);
        assert_eq!(after.last(), Some(&"[report 1/1] Take the report out"));
        // An engine takes a tree that is mounted read-only, and not as the root, for the command's output as it is.
        let handed: Vec<_> = exec.mounts.iter().filter(|m| m.dest == "/run/held").map(|m| (m.readonly, m.selector.as_str())).collect();
        assert_eq!(handed, [(true, "")]);
        let output = exec.mounts.iter().find(|m| m.dest == "/run/held").map(|m| m.output);
        assert_eq!(graph.ops.last().map(|(head, _)| head.inputs[0].index), output);
        let written: Vec<_> = exec.mounts.iter().filter(|m| !m.readonly).map(|m| (m.dest.as_str(), m.input)).collect();
        assert_eq!(written, [("/", -1)], "and its root is an empty one that nobody takes");
        let looked_at = exec.mounts.iter().filter(|m| m.content_cache() != pb::MountContentCache::Off).map(|m| m.dest.as_str());
        let looked_at: Vec<_> = looked_at.filter(|dest| dest.starts_with("/run/held") || dest.starts_with("/run/after")).collect();
        assert_eq!(looked_at.is_empty(), !caps.contains(&llb::EXEC_MOUNT_CONTENT_CACHE), "{looked_at:?}");
        assert_eq!((exec.meta.as_ref().expect("meta").args.join(" ").as_str(), exec.network()), ("/run/distil hold", NetMode::None));
    }
}

#[test]
fn every_platform_is_proven() {
    let outcome = Build::new().emulating().opt("platform", "linux/amd64,linux/arm64").run();
    let (own, other) = (outcome.graph_for("linux/amd64"), outcome.graph_for("linux/arm64"));
    let names = awaited(&own);
    assert!(names.len() == 2 && names.iter().all(|n| n.starts_with("[linux/amd64 ")), "{names:?}");
    // The image of the engine's own platform, of which what was tried is taken over, is proven as well.
    let names = awaited(&other);
    let of = |platform: &str| names.iter().filter(|name| name.starts_with(&format!("[{platform} "))).count();
    assert_eq!((names.len(), of("linux/amd64"), of("linux/arm64")), (4, 2, 2), "{names:?}");
}

#[test]
fn without_cache_the_step_that_waits_is_run_anew_as_well() {
    let anew = |value: &str| Build::new().opt("no-cache", value).run().graph().head().1.ignore_cache;
    assert!(anew("") && anew("proof") && !anew("builder"));
    assert!(!Build::new().run().graph().head().1.ignore_cache);
}

#[test]
fn a_proof_that_fails_ends_the_build_in_the_engines_own_words() {
    let status = failed(Code::Unknown, "process \"/run/distil refine prove-image\" did not complete successfully: exit code: 1");
    let expected = rpc::Status::decode(status.details()).expect("a status");
    for proof in CHECKS_PROOFS {
        let weighs = proof.ends_with("Weigh the image");
        for target in ["", "default/check", "default/report"].into_iter().filter(|t| !weighs || *t != "default/report") {
            let outcome = Build::new().spec(CHECKS).opt("target", target).broken(proof, status.clone()).run();
            assert_eq!(outcome.error(), &expected, "{proof} {target}: details and all, and no result");
        }
    }
    let many = Build::new()
        .emulating()
        .opt("platform", "linux/amd64,linux/arm64")
        .broken("[linux/arm64 proof 1/1] Import the project, find its command, and look for what should not be there", status.clone());
    assert_eq!(many.run().error(), &expected, "one of two platforms is enough");
}

const IDNA: &str = "[[package]]\nname = \"idna\"\nversion = \"3.10\"\nsource = { registry = \"https://pypi.org/simple\" }\n\
                    wheels = [{ url = \"https://x/idna-3.10-py3-none-any.whl\", hash = \"sha256:00\" }]\n\n";
/// What an installation ends with that failed over it.
const OF_IDNA: u8 = 187;

/// BuildKit itself marks all lines of the recipe that the step comes from, and repeats its command word by word.
#[test]
fn a_step_that_fails_is_told_by_the_line_that_asks_for_it() {
    let build = |spec: &str, step: &'static str, code: u8| {
        let build = || Build::new().spec(spec);
        let graph = build().run().graph();
        let at = graph.ops.iter().position(|(_, metadata)| name(metadata).ends_with(step)).expect("it is a step");
        let said = format!("process \"/run/distil refine --many words\" did not complete successfully: exit code: {code}");
        build().broken(step, failed_at(&graph.ids[at], &said)).run()
    };
    let outcome = build(CHECKS, "Install the locked dependencies", 2);
    outcome.says(&[
        "uv.lock:1:1: `Install the locked dependencies` failed with exit code 2 [failed-step]",
        "help: its last words stand above (recipe python/uv.yaml:",
    ]);
    assert!(!outcome.message().contains("--many words") && outcome.message().lines().count() <= 3, "{}", outcome.message());
    let sources: Vec<_> = outcome.details().into_iter().filter(|(kind, _)| *kind == "errdefs.Source").collect();
    let [(_, source)] = &sources[..] else { panic!("one snippet: {sources:?}") };
    assert_eq!((source["info"]["filename"].as_str(), source["ranges"].as_array().map(Vec::len)), (Some("uv.lock"), Some(1)));
    assert!(outcome.details().iter().any(|(kind, _)| *kind == "errdefs.Solve"), "what debuggers start from is kept");
    // The number is that of `idna`, which the lock of this one has.
    let lock = super::build::LOCK.replace("[[package]]", &format!("{IDNA}[[package]]")) + "dependencies = [{ name = \"idna\" }]\n";
    let project = super::build::PROJECT.replace("[project]", "[project]\ndependencies = [\"idna\"]");
    let with_idna = |build: Build| build.file("uv.lock", &lock).file("pyproject.toml", &project);
    let graph = with_idna(Build::new()).run().graph();
    let step = "Install the locked dependencies";
    let at = graph.ops.iter().position(|(_, metadata)| name(metadata).ends_with(step)).expect("it is a step");
    let said = format!("process \"/run/distil refine install\" did not complete successfully: exit code: {OF_IDNA}");
    let outcome = with_idna(Build::new()).broken(step, failed_at(&graph.ids[at], &said)).run();
    outcome.says(&["uv.lock:7:10: `Install the locked dependencies` failed over `idna` [failed-step]"]);
    build(CHECKS, IMAGE, 1).says(&["distil.yaml:1:10: `Import the project, find its command,"]);
    build(CHECKS, "Run shop --version", 1).says(&["distil.yaml:4:9: `Run shop --version` failed with exit code 1"]);
    let apt = build("command: [x]\napt: { build: [gcc] }\n", "Install Debian packages for building", 100);
    apt.says(&["distil.yaml:2:6: `Install Debian packages for building` failed with exit code 100"]);
    build(CHECKS, "Install the locked dependencies", 74).says(&["as when the disk of the engine is full"]);
}

#[test]
fn a_proof_that_fails_ends_the_build_before_the_report_is_there() {
    let mut build = Build::new().broken(PACKAGES, failed(Code::Unknown, "exit code: 1"));
    build.script.unanswered = Some(REPORT);
    assert_eq!(build.run().error().message, "exit code: 1");
}

#[test]
fn an_engine_that_does_not_build_at_once_is_made_to() {
    let status = failed(Code::Unknown, "exec /app/.venv/bin/python: no such file or directory");
    let old = || {
        let mut build = Build::new();
        build.script.gateway_caps.remove(gateway::GATEWAY_EVALUATE_SOLVE);
        build
    };
    old().run().result();
    let expected = rpc::Status::decode(status.details()).expect("a status");
    assert_eq!(old().broken(PACKAGES, status).run().error(), &expected);
}

#[test]
fn what_a_proof_leaves_is_an_empty_folder() {
    let graph = Build::new().run().graph();
    let (op, _) = graph.head();
    let proofs = awaited(&graph);
    assert_eq!(proofs.len(), 2);
    for (input, (proof, metadata)) in op.inputs.iter().zip(graph.inputs(op)).filter(|(_, (_, metadata))| proofs.contains(name(metadata))) {
        let Some(op::Op::Exec(exec)) = &proof.op else { panic!("{} runs nothing", name(metadata)) };
        let left: Vec<_> = exec.mounts.iter().filter(|m| m.output >= 0).map(|m| (m.output, m.input, m.dest.as_str())).collect();
        assert_eq!(left, [(input.index, -1, "/run/proof")], "{}", name(metadata));
    }
}

#[test]
fn a_proof_runs_as_the_service_does_and_can_change_nothing() {
    let spec = "command: [x]\nenv: {ROLE: web, PYTHONUNBUFFERED: \"0\"}\nvolumes: [/data, /var/cache/shop]\nworkdir: /srv\n\
                budget: 1GB\ncheck:\n  run: [{run: [shop], env: {ONLY: here}}]\n";
    let build = || Build::new().spec(spec);
    let usual = build().run();
    let shared = build().opt("force-network-mode", "host").run();
    for (graph, kind) in [(usual.graph(), "usual"), (shared.graph(), "with the host's network")] {
        for proof in [PACKAGES, IMAGE, "] Run shop", "] Weigh the image"] {
            let exec = graph.exec(proof);
            let root = exec.mounts.iter().find(|m| m.dest == "/").expect("a root");
            assert!(root.readonly && root.output == -1 && root.input >= 0, "{proof} {kind}");
            let written: Vec<_> = exec.mounts.iter().filter(|m| !m.readonly).map(|m| (m.dest.as_str(), m.mount_type())).collect();
            let bind = pb::MountType::Bind;
            let expected = [("/data", bind), ("/run/proof", bind), ("/tmp", pb::MountType::Tmpfs), ("/var/cache/shop", bind)];
            assert_eq!(written, expected, "{proof} {kind}");
            for volume in exec.mounts.iter().filter(|m| ["/data", "/var/cache/shop"].contains(&m.dest.as_str())) {
                // As the image has it, where it has it; else an empty one. Nothing that is written is kept.
                let (image, empty) = ((root.input, volume.dest.as_str()), (volume.input, "/volume"));
                let expected = if proof == PACKAGES { empty } else { image };
                assert_eq!((volume.input, volume.selector.as_str(), volume.output), (expected.0, expected.1, -1), "{proof} {kind}");
            }
            if proof == PACKAGES {
                assert_eq!(owner_of_empty(&graph), Some((65532, 65532)), "{kind}");
            }
            assert_eq!(exec.network(), NetMode::None, "{proof} {kind}");
            let meta = exec.meta.as_ref().expect("meta");
            assert_eq!((meta.user.as_str(), meta.cwd.as_str()), ("65532:65532", "/srv"), "{proof} {kind}");
            let has = |entry: &str| meta.env.iter().any(|e| e == entry);
            assert!(has("ROLE=web") && has("PYTHONUNBUFFERED=0") && has("BASE=1"), "{proof}: {:?}", meta.env);
            assert_eq!(has("ONLY=here"), proof.ends_with("Run shop"), "{proof}: {:?}", meta.env);
            let variables: BTreeSet<_> = meta.env.iter().filter_map(|e| e.split('=').next()).collect();
            assert_eq!(variables.len(), meta.env.len(), "each once: {:?}", meta.env);
        }
    }
    let env = |outcome: &Outcome, proof: &str| outcome.graph().exec(proof).meta.clone().expect("meta").env;
    assert_eq!(json!(env(&usual, IMAGE)), usual.config()["Env"], "what is proven has the environment of what runs");
    let other = Build::new().spec("command: [x]\nuser: 1000:2000\n").run();
    assert_eq!(other.graph().exec(IMAGE).meta.as_ref().map(|m| m.user.as_str()), Some("1000:2000"));
}

/// Who owns the folder that stands for a volume that is not there yet.
fn owner_of_empty(graph: &Graph) -> Option<(u32, u32)> {
    let (op, _) = graph.step("make an empty volume");
    let Some(op::Op::File(file)) = &op.op else { panic!("it makes a folder") };
    let Some(pb::file_action::Action::Mkdir(made)) = &file.actions[0].action else { panic!("it makes a folder") };
    let id = |user: &Option<pb::UserOpt>| match user.as_ref()?.user.as_ref()? {
        pb::user_opt::User::ById(id) => Some(*id),
        pb::user_opt::User::ByName(_) => None,
    };
    let owner = made.owner.as_ref()?;
    Some((id(&owner.user)?, id(&owner.group)?))
}

/// A recipe of its own kind: a server that is copied, and a proof by its author.
const OWN: &str = "inputs:\n  builder-image: { type: string, help: x }\nstages:\n  - stage: web\n    from: scratch\n    steps:\n\
    \x20     - { phase: add, name: Add it, copy: /bin/server, from: \"{{builder-image}}\", to: /bin/server }\n\
    \x20 - stage: tried\n    from: web\n    proof: true\n    steps:\n\
    \x20     - { phase: try, name: Try it, run: [/bin/server, --check] }\n\
    \x20     - { phase: try, name: Ask outside, run: [/bin/server, --ask], network: true }\n";

fn own(spec: &str) -> Build {
    Build::new().file("recipe.yaml", OWN).spec(&format!("recipe: recipe.yaml\ncommand: [/bin/server]\n{spec}"))
}

#[test]
fn a_proof_has_a_network_only_where_it_says_so() {
    let graph = own("").run().graph();
    assert_eq!(graph.exec("] Try it").network(), NetMode::None);
    assert_eq!(graph.exec("] Ask outside").network(), NetMode::Unset);
    let steps = "steps:\n  - { phase: proof.proof, name: Ask, run: [x] }\n  - { phase: assets, name: Fetch, run: [y] }\n";
    let graph = Build::new().spec(&format!("command: [x]\n{steps}")).run().graph();
    assert_eq!((graph.exec("] Ask").network(), graph.exec("] Fetch").network()), (NetMode::None, NetMode::Unset));
}

#[test]
fn the_command_is_looked_for_whatever_the_recipe() {
    let graph = own("").run().graph();
    assert_eq!(graph.argv("] Find the command"), ["/run/distil", "refine", "prove-command", "--", "/bin/server"]);
    assert_eq!(graph.lines("] Find the command"), [("distil.yaml", 2, 2)]);
    let names = |build: Build| build.run().graph().names().iter().filter(|n| n.ends_with("Find the command")).count();
    assert_eq!(names(Build::new()), 0, "the proof of a Python service does so itself");
    assert_eq!(names(own("").opt("target", "default/debug")), 0);
}

#[test]
fn volumes_are_the_services_own_whatever_the_recipe() {
    let graph = own("volumes: [/data]\nuser: 1000\n").run().graph();
    let (op, _) = graph.step("] Make /data");
    assert!(matches!(&op.op, Some(op::Op::File(_))));
    assert_eq!(graph.lines("] Make /data"), [("distil.yaml", 3, 3)]);
    let tried = graph.exec("] Try it");
    let volume = tried.mounts.iter().find(|m| m.dest == "/data").expect("it can be written to");
    let root = tried.mounts.iter().find(|m| m.dest == "/").expect("a root");
    assert_eq!((volume.input, volume.readonly, volume.output), (root.input, false, -1));
}

#[test]
fn every_debug_image_has_the_shell_that_it_starts() {
    let outcome = own("env: { PATH: /opt/bin }\n").opt("target", "default/debug").run();
    assert_eq!(outcome.config()["Entrypoint"], json!(["/busybox/sh"]));
    let copy = outcome.graph();
    let copy = copy.copy("] Add a shell and tools");
    assert_eq!((copy.src.as_str(), copy.dest.as_str()), ("/busybox", "/busybox"));
    let path = |outcome: &Outcome| {
        let env = outcome.config()["Env"].clone();
        let path = env.as_array().into_iter().flatten().find_map(|e| e.as_str()?.strip_prefix("PATH="));
        path.map(str::to_owned).unwrap_or_default()
    };
    assert_eq!(path(&outcome), "/opt/bin:/busybox");
    let plain = own("").opt("target", "debug").run();
    assert_eq!(path(&plain), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/busybox");
    let python = Build::new().opt("target", "debug").run().graph();
    assert_eq!(python.names().iter().filter(|n| n.ends_with("Add a shell and tools")).count(), 1, "once is enough");
}

#[test]
fn an_image_over_its_budget_is_reported_on() {
    let graph = Build::new().spec(CHECKS).opt("target", "default/report").run().graph();
    assert_eq!(ends(&awaited(&graph)), ["] Run shop --version", PACKAGES, IMAGE]);
    assert_eq!(held(&graph).1.iter().filter(|n| n.ends_with("Take the report out")).count(), 1, "it is what is handed on");
}

/// The proof of the packages waits for nothing that is made of the project but the list of what its code imports, which counts
/// by its content: an edit that imports nothing new does not try them again.
#[test]
fn packages_are_proven_without_the_project() {
    let graph = Build::new().run().graph();
    let packages = graph.below(PACKAGES);
    let has = |graph: &Graph, stage: &str| graph.names().iter().any(|n| n.contains(stage));
    assert!(!has(&packages, "[finished ") && has(&graph, "[finished "), "the project as it ships is another matter");
    let (refined, _) = packages.step("] Prune, strip, and gather what the packages need");
    let Some(op::Op::Exec(exec)) = &refined.op else { panic!("a command") };
    let project = |mount: &&pb::Mount| {
        let from = usize::try_from(mount.input).ok().map(|input| packages.inputs(refined)[input]);
        from.is_some_and(|(_, metadata)| name(metadata).contains("[needs ") || name(metadata).contains("[project "))
    };
    let mounts: Vec<_> = exec.mounts.iter().filter(project).collect();
    let [list] = mounts[..] else { panic!("one way to the project: {mounts:?}") };
    assert_eq!((list.dest.as_str(), list.content_cache()), ("/run/needs", pb::MountContentCache::Default));
}

#[test]
fn the_check_target_is_its_proofs_and_no_files() {
    let outcome = Build::new().spec(CHECKS).opt("target", "default/check").run();
    let graph = outcome.graph();
    let (exec, after) = held(&graph);
    assert_eq!(ends(&awaited(&graph)), CHECKS_PROOFS);
    assert_eq!(after.len(), CHECKS_PROOFS.len() + 1, "proofs and report: {after:?}");
    let handed: Vec<_> = exec.mounts.iter().filter(|m| m.dest == "/run/held").map(|m| (m.readonly, m.input)).collect();
    assert_eq!(handed, [(false, -1)], "an empty folder, which an exported cache finds the proofs by");
    assert_eq!(outcome.json("containerimage.config"), json!({"architecture": "amd64", "os": "linux"}));
    let read = |call: &&Call| matches!(call, Call::ReadFile(read) if read.file_path == REPORT);
    assert_eq!(outcome.calls.iter().filter(read).count(), 1, "the report is read for what the start misses");
    assert_eq!(outcome.summary(), [""; 0], "and not shown");
    let many = Build::new().opt("target", "check").opt("platform", "linux/amd64,linux/arm64").run();
    let Some(result::Result::Refs(refs)) = &many.result().result else { panic!("one reference for each platform") };
    assert_eq!(refs.refs.len(), 2);
}

#[test]
fn an_image_with_a_shell_is_not_proven() {
    let outcome = Build::new().spec(CHECKS).opt("target", "default/debug").run();
    outcome.result();
    let graph = outcome.graph();
    assert!(!graph.names().iter().any(|n| CHECKS_PROOFS.iter().any(|proof| n.ends_with(proof))), "a shell is what proofs look for");
    assert!(!name(&graph.head().1).ends_with("all checks have passed"));
}
