//! What the client asks for beyond the spec: labels, cache, network, limits, target; and values that make no sense.

use buildkit_proto::caps::llb;
use buildkit_proto::pb::{self, NetMode};

use super::build::{Build, OWN, Outcome};
use super::fake::Call;
use super::graph::{Graph, name};

fn execs_of(outcome: &Outcome, check: impl Fn(&pb::ExecOp, &pb::Meta, &str)) {
    outcome.result();
    let graph = outcome.graph();
    assert!(!graph.execs().is_empty(), "something runs");
    for (exec, metadata) in graph.execs() {
        check(exec, exec.meta.as_ref().expect("meta"), name(metadata));
    }
}

#[test]
fn a_spec_without_editions_has_the_image_and_one_with_a_shell() {
    let names = |target: &str| {
        let outcome = Build::new().opt("target", target).run();
        outcome.result();
        outcome.graph().names().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let has_shell = |names: &[String]| names.iter().any(|n| n.ends_with("] Add a shell and tools"));
    assert!(!has_shell(&names("")) && has_shell(&names("default/debug")));
    assert_eq!((names("default"), names("debug")), (names(""), names("default/debug")));
    let outcome = Build::new().opt("target", "tests").run();
    outcome.says(&["no target `tests`", "`default`, `default/debug`, `default/dev`, `default/check`, `default/report`, `default/sbom`"]);
    outcome.points_nowhere();
}

#[test]
fn a_stage_is_exported_as_the_image_has_it_and_nothing_is_proven() {
    let whole = Build::new().run().graph();
    for target in ["stage:builder", "default/stage:builder"] {
        let outcome = Build::new().opt("target", target).run();
        let graph = outcome.graph();
        let names: Vec<&str> = graph.names().into_iter().filter(|name| !name.contains("internal")).collect();
        assert!(names.iter().all(|name| ["[builder ", "[lock ", "[base] "].iter().any(|start| name.starts_with(start))), "{names:?}");
        assert!(graph.ids.iter().filter(|id| !whole.ids.contains(id)).count() <= 1, "its steps are those of the image, for the cache");
        let config = outcome.config();
        assert_eq!((&config["Cmd"], &config["User"]), (&serde_json::json!(["/bin/sh"]), &serde_json::json!("0:0")));
        assert_eq!(config["Labels"]["distil.target"], "default/stage:builder");
    }
    Build::new().opt("target", "default/stage:bilder").run().says(&["`default` has no stage `bilder`", "did you mean `builder`?"]);
}

#[test]
fn every_edition_is_a_target() {
    let spec = "command: [serve]\neditions:\n  web: {}\n  worker: {command: [work], env: {ROLE: worker}}\n";
    let build = |target: &str| Build::new().spec(spec).opt("target", target).run();
    let shell = "/busybox/sh";
    for (target, runs) in [
        ("", "serve"),
        ("default", "serve"),
        ("web", "serve"),
        ("web/debug", shell),
        ("debug", shell),
        ("worker", "work"),
        ("worker/debug", shell),
    ] {
        let config = build(target).config();
        let key = if runs == shell { "Entrypoint" } else { "Cmd" };
        assert_eq!(config[key], serde_json::json!([runs]), "{target}");
        assert_eq!(config["Env"].to_string().contains("ROLE=worker"), target.starts_with("worker"), "{target}");
    }
    let outcome = build("wroker");
    let all = "`web`, `web/debug`, `web/dev`, `web/check`, `web/report`, `web/sbom`, `worker`, `worker/debug`, `worker/dev`, `worker/check`, `worker/report`, `worker/sbom`";
    outcome.says(&["no target `wroker`", "did you mean `worker`?", all]);
    outcome.points_nowhere();
    assert!(!outcome.calls.iter().any(|call| matches!(call, Call::Resolve(_))), "no image is asked for");
    assert!(!build("nothing-like-it").message().contains("did you mean"));
}

#[test]
fn labels_of_the_command_line_win_over_the_specs() {
    let build = Build::new().spec("command: [x]\nlabels: {a: spec, b: spec}\n");
    let outcome = build.opt("label:a", "line").opt("label:empty", "").run();
    let labels = &outcome.config()["Labels"];
    for (name, value) in [("a", "line"), ("b", "spec"), ("base", "yes"), ("empty", "")] {
        assert_eq!(labels[name], value, "{name}");
    }
}

#[test]
fn no_cache_runs_every_step_anew_or_those_of_the_stages_it_names() {
    assert_eq!(Build::new().run().graph().uncached(), [""; 0]);
    let all = Build::new().opt("no-cache", "").run();
    let first = all.solves().filter(|solve| solve.evaluate).find_map(|solve| solve.definition.as_ref());
    let graph = Graph::new(first.expect("a request"));
    // What every build on the same base image has in common is not run anew: builds that want it meanwhile would have to wait for it.
    let known: Vec<&str> = graph.execs().into_iter().filter(|(_, metadata)| !metadata.ignore_cache).map(|(_, m)| name(m)).collect();
    assert_eq!(known, ["[builder 1/3] Compile what installers use of Python", "[library 1/1] Compile the standard library"]);
    let written = |name: &&str| name.starts_with("[lock ") || name.contains("Compile");
    assert!(!graph.uncached().iter().any(written), "what is written of nothing is the same for all who build the same lock");
    let named = Build::new().opt("no-cache", "library").run();
    assert_eq!(named.graph().uncached(), ["[library 1/1] Compile the standard library"]);
    let some = Build::new().opt("no-cache", "RUNTIME,none").run();
    let uncached = some.graph().uncached().into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert!(!uncached.is_empty() && uncached.iter().all(|n| n.starts_with("[runtime ")), "{uncached:?}");
    assert!(uncached.len() < graph.uncached().len());
}

/// BuildKit empties the cache mounts of every step that a request wants to be run without cache.
#[test]
fn no_cache_is_said_once_of_steps_with_cache_mounts_and_before_anything_else() {
    let emptied = |solve: &buildkit_proto::frontend::SolveRequest| {
        let graph = Graph::new(solve.definition.as_ref().expect("a definition"));
        let execs = graph.execs();
        let cached = |exec: &pb::ExecOp| exec.mounts.iter().any(|mount| mount.cache_opt.is_some());
        execs.into_iter().filter(|(exec, metadata)| cached(exec) && metadata.ignore_cache).count()
    };
    for target in ["", "default/report", "default/check"] {
        let outcome = Build::new().opt("no-cache", "").opt("target", target).report("{}").run();
        outcome.result();
        let counts: Vec<usize> = outcome.solves().map(emptied).collect();
        let first = counts.iter().position(|count| *count > 0).expect("one request");
        assert_eq!(counts[first], 2, "{target}: the dependencies and the project");
        assert!(counts[first + 1..].iter().all(|count| *count == 0), "{target}: {counts:?}");
        let solves: Vec<_> = outcome.solves().collect();
        assert!(solves[first].evaluate, "{target}: nothing else is asked for until it is built");
    }
}

#[test]
fn hosts_limits_and_names_reach_every_step() {
    let build = Build::new().opt("add-hosts", "a=10.0.0.1,b=::1").opt("ulimit", "nofile=1024:2048,core=0").opt("shm-size", "1048576");
    let outcome = build.opt("hostname", "builder").opt("cgroup-parent", "/slice").run();
    execs_of(&outcome, |exec, meta, name| {
        let hosts: Vec<_> = meta.extra_hosts.iter().map(|h| (h.host.as_str(), h.ip.as_str())).collect();
        assert_eq!(hosts, [("a", "10.0.0.1"), ("b", "::1")], "{name}");
        let limits: Vec<_> = meta.ulimit.iter().map(|l| (l.name.as_str(), l.soft, l.hard)).collect();
        assert_eq!(limits, [("nofile", 1024, 2048), ("core", 0, 0)], "{name}");
        assert_eq!((meta.hostname.as_str(), meta.cgroup_parent.as_str()), ("builder", "/slice"), "{name}");
        let shm = exec.mounts.iter().find(|m| m.dest == "/dev/shm").expect("shared memory");
        assert_eq!(shm.tmpfs_opt.as_ref().map(|t| t.size), Some(1_048_576), "{name}");
        assert_eq!(shm.output, -1, "{name}");
    });
    let outcome = Build::new().opt("build-arg:BUILDKIT_SANDBOX_HOSTNAME", "box").run();
    execs_of(&outcome, |_, meta, name| assert_eq!(meta.hostname, "box", "{name}"));
}

#[test]
fn memory_and_processors_are_bounded_for_every_step_and_are_in_no_cache_key() {
    let build = Build::new().opt("memory", "1048576").opt("memswap", "-1").opt("cpushares", "512").opt("cpuperiod", "100000");
    let build = build.opt("cpuquota", "50000").opt("cpusetcpus", "0-2,4").opt("cpusetmems", "0");
    let bounds = pb::LinuxResources {
        memory: 1_048_576,
        memory_swap: -1,
        cpu_shares: 512,
        cpu_period: 100_000,
        cpu_quota: 50_000,
        cpuset_cpus: "0-2,4".into(),
        cpuset_mems: "0".into(),
    };
    let bounded = build.clone().run().graph();
    let needs = |metadata: &pb::OpMetadata| metadata.caps.contains_key(llb::EXEC_META_LINUX_RESOURCES);
    for (op, metadata) in &bounded.ops {
        let is_exec = matches!(op.op, Some(pb::op::Op::Exec(_)));
        assert_eq!((&metadata.linux_resources, needs(metadata)), (&is_exec.then(|| bounds.clone()), is_exec), "{}", name(metadata));
    }
    let free = Build::new().run().graph();
    assert!(free.ops.iter().all(|(_, metadata)| metadata.linux_resources.is_none() && !needs(metadata)));
    let ops = |graph: &Graph| graph.ops.iter().map(|(op, _)| op.clone()).collect::<Vec<_>>();
    assert!(ops(&bounded) == ops(&free), "the same steps, so the same results");

    let one = Build::new().opt("cpusetcpus", "1").run().graph();
    let bounds = pb::LinuxResources { cpuset_cpus: "1".into(), ..pb::LinuxResources::default() };
    assert!(!one.execs().is_empty() && one.execs().iter().all(|(_, metadata)| metadata.linux_resources.as_ref() == Some(&bounds)));
    let mut old = build;
    old.script.llb_caps.remove(llb::EXEC_META_LINUX_RESOURCES);
    old.run().says(&[llb::EXEC_META_LINUX_RESOURCES, "too old"]);
}

#[test]
fn the_network_is_the_clients_choice_for_steps_that_have_one() {
    let modes = |value: &str| -> Vec<NetMode> {
        let outcome = Build::new().opt("force-network-mode", value).run();
        outcome.graph().execs().iter().map(|(exec, _)| exec.network()).collect()
    };
    let usual = modes("");
    assert!(usual.contains(&NetMode::Unset) && usual.contains(&NetMode::None), "some steps have a network, some have none: {usual:?}");
    assert_eq!((modes("sandbox"), modes("default")), (usual.clone(), usual.clone()));
    let with = |mode: NetMode| usual.iter().map(|m| if *m == NetMode::Unset { mode } else { *m }).collect::<Vec<_>>();
    assert_eq!((modes("host"), modes("none")), (with(NetMode::Host), with(NetMode::None)));
}

#[test]
fn proxies_reach_steps_outside_of_their_environment() {
    let outcome = Build::new().opt("build-arg:http_proxy", "http://p:1").opt("build-arg:NO_PROXY", "local").run();
    let mut seen = 0;
    for (exec, _) in outcome.graph().execs() {
        let meta = exec.meta.as_ref().expect("meta");
        assert!(!meta.env.iter().any(|e| e.to_lowercase().contains("proxy")), "it would be in the cache key");
        let proxy = meta.proxy_env.clone().unwrap_or_default();
        seen += i32::from((proxy.http_proxy.as_str(), proxy.no_proxy.as_str()) == ("http://p:1", "local"));
    }
    assert!(seen > 0);
    assert!(!outcome.config().to_string().contains("http://p:1"));
}

#[test]
fn cache_mounts_are_kept_apart_by_namespace() {
    let outcome = Build::new().opt("build-arg:BUILDKIT_CACHE_MOUNT_NS", "team").run();
    let graph = outcome.graph();
    let caches: Vec<_> =
        graph.execs().iter().flat_map(|(e, _)| &e.mounts).filter_map(|m| m.cache_opt.as_ref()).map(|c| c.id.clone()).collect();
    assert!(!caches.is_empty() && caches.iter().all(|id| id.starts_with("team/")), "{caches:?}");
}

#[test]
fn a_folder_may_belong_to_another_session_or_have_another_name() {
    let build = Build::new().opt("local-sessionid:context", "session-2").opt("dockerfilekey", "specs").opt("filename", "d/shop.yaml");
    let outcome = build.local("specs", &[("d/shop.yaml", "command: [x]\n")]).run();
    outcome.result();
    let session = |solve: usize, start: &str| {
        let graph = Graph::new(&outcome.definitions()[solve]);
        graph.source(start).attrs["local.session"].clone()
    };
    assert_eq!(session(0, "local://specs"), "session-1");
    assert_eq!(session(outcome.returned_solve(None), "local://context"), "session-2");
}

#[test]
fn the_resolve_mode_reaches_the_registry_and_the_graph() {
    for (value, attr) in [("pull", Some("pull")), ("local", Some("local")), ("default", None)] {
        let outcome = Build::new().opt("image-resolve-mode", value).run();
        let asked = outcome.calls.iter().filter_map(|call| if let Call::Resolve(r) = call { Some(r.resolve_mode.as_str()) } else { None });
        assert!(asked.clone().count() > 0 && asked.clone().all(|mode| mode == value), "{:?}", asked.collect::<Vec<_>>());
        let own = format!("docker-image://{OWN}");
        for image in outcome.graph().sources().filter(|s| s.identifier.starts_with("docker-image://") && s.identifier != own) {
            assert_eq!(image.attrs.get("image.resolvemode").map(String::as_str), attr, "{value}");
        }
    }
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    for (key, value) in [
        ("platform", "linux/toaster"),
        ("platform", "a/b/c/d"),
        ("multi-platform", "perhaps"),
        ("add-hosts", "nowhere"),
        ("add-hosts", "a=not-an-address"),
        ("ulimit", "nofile"),
        ("ulimit", "nofile=many"),
        ("shm-size", "64m"),
        ("memory", "64m"),
        ("memswap", "none"),
        ("cpushares", "-1e3"),
        ("cpuperiod", "short"),
        ("cpuquota", "half"),
        ("force-network-mode", "carrier-pigeon"),
        ("image-resolve-mode", "sometimes"),
        ("cache-imports", "{"),
        ("cache-imports", r#"[{"Attrs":{}}]"#),
        ("build-arg:SOURCE_DATE_EPOCH", "yesterday"),
    ] {
        let outcome = Build::new().opt(key, value).run();
        let message = outcome.message();
        let shown = value.split(',').all(|part| message.contains(part));
        assert!(message.contains(&format!("`{key}`")) && shown && message.ends_with(" [bad-build-option]"), "{key}={value}: {message}");
    }
}
