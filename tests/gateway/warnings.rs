//! What the user should know although it builds: sent along while it builds, listed by lint, never in the way.

use buildkit_proto::caps::gateway;
use buildkit_proto::frontend::WarnRequest;
use serde_json::json;
use tonic::Status;

use super::build::{Build, Outcome};
use super::fake::Call;
use super::mistakes::unbase64;
use super::requests::{ask, located};
use super::script::digest;

const PROJECT: &str = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \"==3.13.*\"\ndependencies = [\"torch\"]\n";
const LOCK: &str = r#"version = 1
requires-python = "==3.13.*"

[[package]]
name = "nvidia-cublas-cu12"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
wheels = [{ url = "https://files.example.org/nvidia_cublas_cu12-1.0-py3-none-manylinux_2_28_x86_64.whl", hash = "sha256:00", size = 600000000 }]

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "torch" }]

[package.metadata]
requires-dist = [{ name = "torch" }]

[[package]]
name = "torch"
version = "2.9.1"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "nvidia-cublas-cu12", marker = "sys_platform == 'linux'" }]
wheels = [{ url = "https://files.example.org/torch-2.9.1-cp313-cp313-manylinux_2_28_x86_64.whl", hash = "sha256:00", size = 900000000 }]
"#;

/// A project with a PyTorch that it may not know to be the large one.
fn large() -> Build {
    Build::new().flat().file("pyproject.toml", PROJECT).file("uv.lock", LOCK)
}

pub(super) fn warnings(outcome: &Outcome) -> Vec<&WarnRequest> {
    let warnings = outcome.calls.iter().filter_map(|call| match call {
        Call::Warn(request) => Some(&**request),
        _ => None,
    });
    warnings.collect()
}

#[test]
fn a_warning_is_shown_at_the_step_that_loaded_the_spec() {
    let outcome = large().run();
    outcome.result();
    let [warning] = warnings(&outcome)[..] else { panic!("{} warnings", warnings(&outcome).len()) };
    assert_eq!(warning.digest, digest(&outcome.definitions()[0].def[0]), "the step's, not that of the graph's end");
    assert_eq!(warning.level, 1);
    let short = String::from_utf8_lossy(&warning.short);
    for part in ["uv.lock:1:1: ", "CUDA", "1500 MB", "help:", "`torch: cpu`"] {
        assert!(short.contains(part), "`{part}` is not in:\n{short}");
    }
    let info = warning.info.as_ref().expect("a file");
    assert_eq!((info.filename.as_str(), info.language.as_str()), ("uv.lock", "TOML"));
    assert!(info.data == LOCK.as_bytes(), "all of it, for the client to show the lines");
    let line = |position: &Option<_>| position.as_ref().map(|p: &buildkit_proto::pb::Position| p.line);
    assert_eq!(warning.ranges.iter().map(|r| (line(&r.start), line(&r.end))).collect::<Vec<_>>(), [(Some(1), Some(1))]);
}

#[test]
fn build_arguments_that_nothing_reads_are_said() {
    let outcome = Build::new().opt("build-arg:VERSION", "1").opt("build-arg:HTTPS_PROXY", "http://p").run();
    let shown: Vec<_> = warnings(&outcome).into_iter().map(|warn| String::from_utf8_lossy(&warn.short).into_owned()).collect();
    let [only] = &shown[..] else { panic!("{shown:?}") };
    assert!(only.starts_with("the build argument `VERSION` does nothing: the spec declares none [idle-build-arg]\n  help: "), "{only}");
    let two = Build::new().opt("build-arg:A", "").opt("build-arg:B", "x").run();
    assert!(String::from_utf8_lossy(&warnings(&two)[0].short).starts_with("the build arguments `A`, `B` do nothing"));
}

#[test]
fn an_argument_that_the_spec_declares_is_in_the_image() {
    let spec = "command: [x]\nargs: { VERSION: dev }\nlabels: { v: \"${VERSION}\" }\nenv: { V: \"v${VERSION}\" }\n";
    for (given, value) in [(Some("1 \"2\"\n, { x: y }"), "1 \"2\"\n, { x: y }"), (Some(""), ""), (None, "dev")] {
        let build = Build::new().spec(spec);
        let outcome = given.into_iter().fold(build, |build, given| build.opt("build-arg:VERSION", given)).run();
        let config: serde_json::Value = outcome.json("containerimage.config");
        assert_eq!(config["config"]["Labels"]["v"], value);
        assert!(config["config"]["Env"].as_array().unwrap().contains(&format!("V=v{value}").into()), "{config}");
        assert_eq!(warnings(&outcome).len(), 0, "{given:?}");
    }
}

#[test]
fn a_warning_is_shown_once_however_many_platforms_there_are() {
    let outcome = large().emulating().opt("platform", "linux/amd64,linux/arm64").run();
    outcome.result();
    assert_eq!(warnings(&outcome).len(), 1);
}

#[test]
fn who_has_decided_is_not_warned() {
    for torch in ["cpu", "cuda"] {
        let outcome = large().spec(&format!("command: [x]\ntorch: {torch}\n")).run();
        outcome.result();
        assert_eq!(warnings(&outcome).len(), 0, "{torch}");
    }
    let spec = "command: [x]\neditions:\n  small: {torch: cpu}\n  other: {}\n";
    for (target, count) in [("small", 0), ("other", 1)] {
        assert_eq!(warnings(&large().spec(spec).opt("target", target).run()).len(), count, "{target}");
    }
    assert_eq!(warnings(&Build::new().run()).len(), 0, "and who has no such thing neither");
}

#[test]
fn an_engine_that_shows_no_warnings_builds_all_the_same() {
    let usual = large().run();
    let number = usual.calls.iter().position(|call| matches!(call, Call::Warn(_))).expect("a warning");
    for status in [Status::unimplemented("unknown method Warn"), Status::unknown("no such vertex")] {
        let mut refusing = large();
        refusing.script.refuse = Some((number, status));
        let outcome = refusing.run();
        assert!(outcome.result() == usual.result(), "the same image");
        assert_eq!(warnings(&outcome).len(), 1, "once is enough");
    }
    let mut old = large();
    old.script.gateway_caps.remove(gateway::GATEWAY_WARNINGS);
    let outcome = old.run();
    assert!(outcome.result() == usual.result(), "the same image");
    assert_eq!(warnings(&outcome).len(), 0, "it is not even asked to");
}

#[test]
fn lint_lists_warnings_with_their_place() {
    let (outcome, lint) = ask(large(), "frontend.lint");
    assert_eq!(outcome.metadata("result.statuscode"), Some("1"));
    let [(rule, source, lines)] = &located(&lint)[..] else { panic!("one warning: {}", lint["warnings"]) };
    assert_eq!((rule.as_str(), &lines[..]), ("cuda-in-lock", &[(1, 1)][..]));
    let source = &lint["sources"][usize::try_from(*source).expect("it has a place")];
    assert_eq!(source["filename"], json!("uv.lock"));
    assert!(unbase64(source["data"].as_str().expect("text")) == LOCK);
    assert!(lint["warnings"][0]["detail"].as_str().is_some_and(|d| d.contains("CUDA") && d.contains("`torch: cpu`")));
    assert!(outcome.metadata("result.txt").is_some_and(|t| t.contains("uv.lock:1:1") && t.contains("CUDA")));
    assert_eq!(warnings(&outcome).len(), 0, "they are the answer");
}

const ALLOWED: &str = "command: [x]\nlint: { allow: { cuda-in-lock: our nodes have GPUs } }\n";
const DENIED: &str = "command: [x]\nlint: { deny: [cuda-in-lock] }\n";

#[test]
fn what_is_allowed_is_not_said_and_what_is_denied_stops_the_build() {
    let allowed = large().spec(ALLOWED).run();
    allowed.result();
    assert_eq!(warnings(&allowed).len(), 0);
    let denied = large().spec(DENIED).run();
    denied.says(&["uv.lock:1:1: ", "PyTorch for CUDA", "`lint: { deny: [cuda-in-lock] }` makes it an error"]);
    let (_, lint) = ask(large().spec(DENIED), "frontend.lint");
    assert_eq!(lint["errors"][0]["ruleName"], json!("cuda-in-lock"));
    assert_eq!(lint["warnings"], json!([]));
}

#[test]
fn checks_are_said_as_in_a_dockerfile() {
    const CHECK: &str = "build-arg:BUILDKIT_DOCKERFILE_CHECK";
    let comment = "# syntax=distil/distil:1\n# check=error=true\ncommand: [x]\n";
    large().spec(comment).run().says(&["PyTorch for CUDA", "the check of all warnings makes it an error"]);
    let skipped = large().spec(comment).opt(CHECK, "skip=JSONArgsRecommended,cuda-in-lock").run();
    skipped.result();
    assert_eq!(warnings(&skipped).len(), 0, "the argument wins over the comment");
    large().opt(CHECK, "skip=all").run().result();
    large().opt(CHECK, "skip=cuda-in-lok").run().says(&[CHECK.split_once(':').unwrap().1, "`cuda-in-lok`", "did you mean `cuda-in-lock`?"]);
}

#[test]
fn a_spec_says_what_becomes_of_build_arguments_that_do_nothing() {
    let build = |lint: &str| Build::new().spec(&format!("command: [x]\nlint: {lint}\n")).opt("build-arg:VERSION", "1");
    let allowed = build("{ allow: { idle-build-arg: all our builds have it } }").run();
    allowed.result();
    assert_eq!(warnings(&allowed).len(), 0);
    build("{ deny: [all] }").run().says(&["the build argument `VERSION` does nothing", "makes it an error"]);
}
