//! Engines that are old, refuse, send much, or go away.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use buildkit_proto::caps::{gateway, llb};
use buildkit_proto::{pb, rpc};
use distil::gateway::serve_work;
use prost::Message;
use serde_json::json;
use tokio::io::duplex;
use tonic::{Code, Status};

use super::build::{BUILDER, Build, LOCK, RUNTIME, is_for_the_report};
use super::fake::Call;
use super::script::{digest, failed};

#[test]
fn an_engine_without_source_metadata_is_asked_the_old_way() {
    let mut build = Build::new().opt("image-resolve-mode", "local");
    build.script.gateway_caps.remove(gateway::SOURCE_META_RESOLVER);
    let outcome = build.run();
    assert!(outcome.graph().identifiers().contains(&format!("docker-image://{BUILDER}@{}", digest(BUILDER.as_bytes())).as_str()));
    let asked = |call: &Call| match call {
        Call::ResolveOld(r) => Some((r.r#ref.clone(), r.resolve_mode.clone(), r.platform.clone().map(|p| p.architecture))),
        _ => None,
    };
    let asked: Vec<_> = outcome.calls.iter().filter_map(asked).collect();
    assert!(asked.contains(&(RUNTIME.to_owned(), "local".to_owned(), Some("amd64".to_owned()))), "{asked:?}");
    outcome.result();
}

#[test]
fn an_engine_that_lists_nothing_is_taken_at_its_word() {
    let mut build = Build::new();
    build.script.gateway_caps.clear();
    build.script.llb_caps.clear();
    build.run().result();
}

#[test]
fn what_an_engine_lacks_is_named_before_anything_is_built() {
    let caps = |d: &pb::Definition| d.metadata.values().flat_map(|m| m.caps.keys().cloned()).collect::<BTreeSet<_>>();
    let usual = Build::new().run();
    let definitions = usual.definitions();
    // The report is asked for at the same time as the image.
    let first = definitions.iter().position(|d| caps(d).contains(llb::EXEC_META_BASE)).expect("something is built");
    let (others, image) = (&definitions[..first], &definitions[usual.returned_solve(None)]);
    let needed = caps(image).into_iter().filter(|cap| !others.iter().any(|d| caps(d).contains(cap)));
    let (optional, needed): (Vec<_>, Vec<_>) =
        needed.partition(|cap| [llb::MERGE_OP, llb::EXEC_MOUNT_CONTENT_CACHE].contains(&cap.as_str()));
    assert_eq!((optional.len(), needed.len() > 5), (2, true), "{needed:?}");
    for cap in optional {
        Build::new().lacking(&cap).run().result();
    }
    for cap in needed {
        let mut build = Build::new();
        build.script.llb_caps.remove(cap.as_str());
        let outcome = build.run();
        outcome.says(&[&cap, "too old", "[old-buildkit]", "help:"]);
        assert!(outcome.definitions() == others, "the graph is not even sent");
    }
    let mut build = Build::new();
    build.script.llb_caps.remove(llb::EXEC_META_ULIMIT);
    build.clone().run().result();
    build.opt("ulimit", "nofile=1").run().says(&[llb::EXEC_META_ULIMIT]);
}

#[test]
fn the_engines_own_errors_are_passed_on_unchanged() {
    let status = failed(Code::PermissionDenied, "process did not complete: exit code: 1");
    let expected = rpc::Status::decode(status.details()).expect("a status");
    // A flat project, so that a folder is read as well.
    let calls = Build::new().flat().run().calls;
    assert!(calls.iter().any(|call| matches!(call, Call::ReadDir(_))));
    for number in 0..calls.len() {
        let mut build = Build::new().flat();
        build.script.refuse = Some((number, status.clone()));
        let outcome = build.run();
        match &outcome.calls[number] {
            call @ (Call::Ping | Call::Return(_)) => assert!(outcome.served.is_err(), "nobody is left to be told: {}", call.name()),
            Call::Resolve(_) => outcome.says(&["cannot be resolved", &expected.message, "[no-image]", "help:"]),
            call if is_for_the_report(call) => _ = outcome.result(),
            call => assert_eq!(outcome.error(), &expected, "{}", call.name()),
        }
    }
}

#[test]
fn an_error_without_details_is_passed_on_as_text() {
    let mut build = Build::new();
    build.script.refuse = Some((2, Status::unavailable("the disk is full")));
    let outcome = build.run();
    assert_eq!(outcome.message(), "the disk is full");
    outcome.points_nowhere();
}

#[test]
fn a_step_that_misses_a_file_is_not_a_file_that_is_not_there() {
    let status = failed(Code::Unknown, "lstat /etc/passwd: no such file or directory");
    let calls = Build::new().run().calls;
    let of_the_build = |call: &Call| matches!(call, Call::ReadFile(_)) && !is_for_the_report(call);
    for (number, _) in calls.iter().enumerate().filter(|(_, call)| of_the_build(call)) {
        let mut build = Build::new();
        build.script.refuse = Some((number, status.clone()));
        assert_eq!(build.run().message(), status.message());
    }
}

#[test]
fn answers_larger_than_the_usual_limit_are_read() {
    let large = format!("{LOCK}# {}\n", "x".repeat(9 << 20));
    let outcome = Build::new().file("uv.lock", &large).run();
    outcome.result();
    let shown = outcome.definitions().iter().flat_map(|d| d.source.iter().flat_map(|s| &s.infos)).map(|info| info.data.len()).max();
    assert!(shown < Some(1 << 20), "no step points into it, so it is not sent along to be shown: {shown:?}");
    // The spec is sent along with the graph, for the client to show its lines, and the engine sends it back.
    let spec = format!("command: [x]\n# {}\n", "x".repeat(900_000));
    Build::new().spec(&spec).run().result();
    let too_large = format!("{LOCK}# {}\n", "x".repeat(17 << 20));
    assert!(Build::new().file("uv.lock", &too_large).run().error().message.contains("read up to 16.0 MB"));
}

/// Set for a process that runs the next test only.
const ALONE: &str = "DISTIL_TEST_ALONE";

#[test]
fn a_bug_of_ours_is_returned_as_one() {
    // Nothing that a user or an engine sends may panic, so the work itself has to.
    let outcome = Build::new().run_with(|channel| serve_work(channel, async { panic!("the sky fell") }));
    outcome.says(&["distil has a bug", "[bug]", "report it"]);
    outcome.points_nowhere();
    // What it was is noted by a hook that a process has only one of, which the other tests are after as well.
    if std::env::var_os(ALONE).is_some() {
        outcome.says(&["the sky fell", "tests/gateway/daemons.rs:"]);
        return;
    }
    let this = ["--exact", "gateway::daemons::a_bug_of_ours_is_returned_as_one"];
    let alone = Command::new(std::env::current_exe().expect("a program")).args(this).env(ALONE, "1").output().expect("the program starts");
    let said = String::from_utf8_lossy(&alone.stdout);
    assert!(alone.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn a_base_images_odd_config_is_no_obstacle() {
    let config = json!({"config": {"ExposedPorts": ["not a table"], "Labels": null, "Env": 3}}).to_string().into_bytes();
    let outcome = Build::new().spec("command: [x]\nexpose: [80]\n").image(RUNTIME, |image| image.config = config).run();
    assert_eq!(outcome.config()["ExposedPorts"], json!({"80/tcp": {}}));
}

/// BuildKit's own words name the secret and nothing else.
#[test]
fn what_the_client_did_not_pass_on_is_said_where_the_spec_asks_for_it() {
    let build = |keys: &str, said: &str| {
        let build = Build::new().spec(&format!("command: [x]\n{keys}\n"));
        build.broken("Install the locked dependencies", failed(Code::Unknown, said)).run()
    };
    let secret = build("secrets: [license, license-key]", "failed to solve: secret license-key: not found");
    secret.says(&["distil.yaml:2:20: the build needs the secret `license-key`, and none was passed on [no-secret]"]);
    secret.says(&["help: add `--secret id=license-key,src=FILE`, or `--secret id=license-key,env=VARIABLE`"]);
    let noted = build("# license-key: ask Ann\nsecrets: [license-key]", "secret license-key: not found");
    noted.says(&["distil.yaml:3:11: the build needs the secret"]);
    let ssh = build("ssh: {}", "failed to solve: unset ssh forward key default");
    ssh.says(&["the build uses your ssh agent as `default`, and none was passed on [no-ssh]", "help: add `--ssh default`"]);
    build("secrets: [license]", "secret other: not found").says(&["secret other: not found"]);
}

#[test]
fn an_image_that_cannot_be_had_is_said_where_the_spec_names_it_with_what_helps() {
    let build = |said: &str| {
        let mut build = Build::new().spec("command: [x]\nruntime: registry.example.org/team/base:1\n");
        let resolves = |call: &Call| matches!(call, Call::Resolve(request) if format!("{request:?}").contains("team/base:1"));
        let number = build.clone().run().calls.iter().position(resolves).expect("it is asked for");
        build.script.refuse = Some((number, Status::unknown(said)));
        build.run()
    };
    build("dial tcp: lookup registry.example.org: no such host").says(&[
        "distil.yaml:2:10: the image registry.example.org/team/base:1 cannot be resolved: dial tcp: lookup",
        "help: registry.example.org does not answer: see to the network",
    ]);
    build("authorization failed: no basic auth credentials").says(&["`docker login registry.example.org`"]);
    build("registry.example.org/team/base:1: not found").says(&["is not there for linux/amd64", "help: see to its name, its tag"]);
}

#[test]
fn a_connection_that_breaks_ends_the_build_at_once() {
    for (number, call) in Build::new().run().calls.iter().enumerate() {
        let mut build = Build::new();
        build.script.cut = Some(number);
        let outcome = build.run();
        assert!(outcome.served.is_err(), "cut at call {number}, a {}", call.name());
        assert!(outcome.calls.len() > number, "it got that far");
    }
}

#[test]
fn a_connection_that_nobody_answers_on_fails() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (ours, theirs) = duplex(1 << 16);
        drop(theirs);
        let options = Build::new().options;
        let work = async {
            match distil::gateway::stdio::over(ours).await {
                Ok(channel) => distil::gateway::serve(channel, options).await.is_err(),
                Err(_) => true,
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(120), Box::pin(work)).await.expect("it does not hang"));
    });
}

#[test]
#[ignore = "takes the fifteen seconds that an engine has to answer"]
fn an_engine_that_never_answers_is_given_up() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (ours, _theirs) = duplex(1 << 16);
        let channel = distil::gateway::stdio::over(ours).await.expect("a connection");
        let work = distil::gateway::serve(channel, Build::new().options);
        let error = tokio::time::timeout(Duration::from_secs(25), Box::pin(work))
            .await
            .expect("it does not hang")
            .expect_err("no answer, no build");
        assert_eq!(error.code(), Code::DeadlineExceeded);
    });
}
