//! Requests other than a build, as `docker buildx build --call=NAME` sends them.

use serde_json::{Value, json};

use super::build::{Build, Outcome, SPEC};
use super::fake::Call;
use super::mistakes::unbase64;

/// Runs a request; asserts what holds for every answer; returns its JSON.
pub(super) fn ask(build: Build, request: &str) -> (Outcome, Value) {
    let outcome = build.opt("requestid", request).run();
    let result = outcome.result();
    assert_eq!(result.result, None, "no image comes of it");
    assert!(outcome.metadata("result.txt").is_some_and(|text| text.ends_with('\n')), "{:?}", outcome.metadata("result.txt"));
    let version = outcome.metadata("version").expect("a version");
    assert_eq!(version.split('.').filter(|part| part.parse::<u32>().is_ok()).count(), 3, "{version}");
    assert!(!outcome.calls.iter().any(|call| matches!(call, Call::Resolve(_) | Call::ResolveOld(_))), "no image is asked for");
    let json = outcome.json("result.json");
    (outcome, json)
}

#[test]
fn sizes_are_those_of_the_lock() {
    let wheel = |name: &str, bytes: u32| {
        let file = format!("{{ url = \"https://x/{name}-1-py3-none-any.whl\", hash = \"sha256:00\", size = {bytes} }}");
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"1\"\nsource = {{ registry = \"https://pypi.org/simple\" }}\nwheels = [{file}]\n"
        )
    };
    let lock =
        super::build::LOCK.replace("[[package]]", &[wheel("light", 1_000).as_str(), &wheel("heavy", 2_500_000), "[[package]]"].concat());
    let lock = lock + "dependencies = [{ name = \"light\" }, { name = \"heavy\" }]\n";
    let project = super::build::PROJECT.replace("[project]", "[project]\ndependencies = [\"light\", \"heavy\"]");
    let (outcome, told) = ask(Build::new().file("uv.lock", &lock).file("pyproject.toml", &project), "frontend.sizes");
    let packages = json!([{"name": "heavy", "bytes": 2_500_000}, {"name": "light", "bytes": 1_000}]);
    assert_eq!(told, json!({"name": "shop", "packages": packages, "bytes": 2_501_000}));
    assert!(outcome.metadata("result.txt").unwrap().contains("2 packages, 2.5 MB to download\n   2.5 MB  heavy\n"));
}

/// A project of which there is something to say at every point: a package of its own kind each, secrets and steps of its own.
fn to_be_audited() -> Build {
    let spec = "# syntax=distil/distil:1\ncommand: [python, -m, shop]\nuser: root\nruntime: slim\npython: \"3.13\"\nsecrets: [license-key]\n\
                lint: { allow: { root-user: it binds raw sockets } }\ncopy: [assets]\n\
                steps: [{ phase: dependencies, run: [fetch, model], network: true }]\n";
    let package = |name: &str, source: &str, files: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"1.0\"\nsource = {{ {source} }}\n{files}\n")
    };
    let index = "registry = \"https://ci@pypi.org/simple\"".replace("ci@", "");
    let wheel = |hash: &str| format!("wheels = [{{ url = \"https://x/a-1-py3-none-any.whl\"{hash} }}]");
    let commit = "4f5c2a1b9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a";
    let packages = [
        package("held", &index, &wheel(", hash = \"sha256:00\"")),
        package("loose", "registry = \"http://pypi.example.org/simple\"", &wheel("")),
        package("source", &index, "sdist = { url = \"https://x/source-1.0.tar.gz\", hash = \"sha256:00\" }"),
        package("cloned", &format!("git = \"https://git.example.org/cloned?rev=main#{commit}\""), ""),
    ];
    let names = ["held", "loose", "source", "cloned"];
    let lock = super::build::LOCK.replace("[[package]]", &[&packages.concat(), "[[package]]"].concat());
    let lock = lock + "dependencies = [" + &names.map(|name| format!("{{ name = \"{name}\" }}")).join(", ") + "]\n";
    let project = super::build::PROJECT.replace("[project]", &format!("[project]\ndependencies = {names:?}"));
    Build::new().spec(spec).file("uv.lock", &lock).file("pyproject.toml", &project).file("assets/a.txt", "a")
}

#[test]
fn an_audit_says_first_what_matters() {
    let (outcome, audit) = ask(to_be_audited(), "frontend.audit");
    let concerns: Vec<&str> = audit["concerns"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    let expected = [
        "root",
        "secret-in-own-step",
        "not-encrypted",
        "no-hash",
        "builds",
        "not-from-index",
        "unlocked-tools",
        "unpinned-image",
        "shell",
        "silenced",
    ];
    assert_eq!(concerns, expected, "{audit:#}");
    let names = |at: &str| audit.pointer(at).unwrap().as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names("/packages/unhashed"), ["loose"]);
    assert_eq!(names("/packages/built"), ["cloned", "source"]);
    assert_eq!(names("/packages/elsewhere"), ["cloned"]);
    assert_eq!((&audit["packages"]["count"], names("/packages/tools")), (&json!(4), vec![json!("uv_build")]));
    let secret = audit["secrets"].as_array().unwrap().iter().find(|secret| secret["id"] == "license-key").unwrap();
    let sees: Vec<&Value> = secret["steps"].as_array().unwrap().iter().map(|step| &step["name"]).collect();
    assert_eq!(sees, ["Install the locked dependencies", "fetch model", "Install shop"]);
    assert!(secret["steps"].as_array().unwrap().iter().all(|step| step["ships"] == false));
    let own: Vec<&Value> = audit["steps"].as_array().unwrap().iter().filter(|step| step["own"] == true).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!((&own[0]["network"], &own[0]["at"]), (&json!(true), &json!("distil.yaml:9")));
    assert_eq!(audit["silenced"][0]["reason"], "it binds raw sockets");
    assert_eq!((&audit["files"][0]["path"], &audit["files"][0]["to"]), (&json!("assets"), &json!("/app/assets")));
    assert_eq!(audit["runs"]["user"], "0:0");
    let text = outcome.metadata("result.txt").unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.contains("https://")), "{text}");
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("`{part}` is not in:\n{text}"));
    assert!(at("Look at first") < at("! the service runs as root") && at("loose 1.0 [uv.lock:") < at("because it binds raw sockets"));
    assert!(at("git      https://git.example.org/cloned@4f5c2a1b9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a") > at("Comes from outside"));
}

#[test]
fn describe_lists_requests_that_are_answered() {
    let (outcome, list) = ask(Build::new().without("distil.yaml"), "frontend.subrequests.describe");
    let list = list.as_array().expect("a list");
    let names: Vec<&str> = list.iter().map(|entry| entry["name"].as_str().expect("a name")).collect();
    for name in ["frontend.subrequests.describe", "frontend.lint", "frontend.outline", "frontend.targets", "frontend.plan"] {
        assert!(names.contains(&name), "{names:?}");
        assert!(outcome.metadata("result.txt").is_some_and(|t| t.contains(name.trim_start_matches("frontend."))), "{name}");
    }
    for entry in list {
        assert_eq!(entry["type"], "rpc");
        for key in ["opts", "inputs", "metadata", "refs"] {
            assert!(
                entry[key].as_array().expect("a list").iter().all(|e| e["name"].is_string() && e["description"].is_string()),
                "{entry}"
            );
        }
        let name = entry["name"].as_str().expect("a name");
        let (answer, _) = ask(Build::new(), name);
        assert_eq!(answer.metadata("version"), entry["version"].as_str(), "{name}");
    }
}

#[test]
fn lint_of_a_good_spec_finds_nothing() {
    let (outcome, lint) = ask(Build::new(), "frontend.lint");
    assert_eq!(lint["warnings"], json!([]));
    assert_eq!(outcome.metadata("result.statuscode"), Some("0"));
}

#[test]
fn lint_of_a_bad_spec_has_a_location_for_everything() {
    let spec = "comand: [x]\nuser: app\n";
    let (outcome, lint) = ask(Build::new().spec(spec), "frontend.lint");
    assert_eq!(outcome.metadata("result.statuscode"), Some("1"));
    let found = located(&lint);
    assert_eq!(found, [("unknown-key".to_owned(), 0, vec![(1, 1)]), ("bad-value".to_owned(), 0, vec![(2, 2)])]);
    assert_eq!((&lint["sources"][0]["filename"], &lint["sources"][0]["language"]), (&json!("distil.yaml"), &json!("YAML")));
    assert_eq!(unbase64(lint["sources"][0]["data"].as_str().expect("text")), spec);
    assert!(outcome.metadata("result.txt").is_some_and(|t| t.contains("distil.yaml:1:1") && t.contains("distil.yaml:2:7")));
    assert_eq!(lint["warnings"], json!([]), "errors are none");
    let (said, location) = (lint["buildError"]["message"].as_str().expect("text"), &lint["buildError"]["location"]);
    assert!(said.starts_with("distil.yaml:1:1: ") && said.contains("\n\ndistil.yaml:2:7: "), "{said}");
    assert_eq!((&location["sourceIndex"], &location["ranges"][0]["start"]["line"]), (&json!(0), &json!(1)));
}

#[test]
fn lint_of_a_project_without_a_lock_points_nowhere_and_says_so() {
    let (_, lint) = ask(Build::new().without("uv.lock"), "frontend.lint");
    assert_eq!(located(&lint), [("no-lock".to_owned(), -1, vec![])], "without a location object buildx crashes");
    assert_eq!(lint["buildError"]["location"], json!({"sourceIndex": 0, "ranges": []}), "nor may the number be none");
}

/// Rule, index of the source, and first and last lines of a warning.
pub(super) type Located = (String, i64, Vec<(i64, i64)>);

pub(super) fn located(lint: &Value) -> Vec<Located> {
    let sources = i64::try_from(lint["sources"].as_array().expect("a list").len()).expect("few");
    let errors = lint["errors"].as_array().into_iter().flatten();
    let read = errors.chain(lint["warnings"].as_array().expect("a list")).map(|warning| {
        for key in ["ruleName", "description", "url", "detail"] {
            assert!(warning[key].is_string(), "{key}: {warning}");
        }
        let location = warning["location"].as_object().unwrap_or_else(|| panic!("no location: {warning}"));
        let index = location["sourceIndex"].as_i64().expect("a number");
        assert!(index < sources, "{warning}");
        let at = |range: &Value, end: &str| range[end]["line"].as_i64().expect("a line");
        let ranges = location["ranges"].as_array().expect("a list").iter().map(|r| (at(r, "start"), at(r, "end")));
        (warning["ruleName"].as_str().expect("text").to_owned(), index, ranges.collect())
    });
    read.collect()
}

#[test]
fn lint_without_a_spec_is_an_error() {
    Build::new().without("distil.yaml").opt("requestid", "frontend.lint").run().says(&["there is no `distil.yaml`"]);
}

#[test]
fn targets_lists_the_default_first() {
    let (_, targets) = ask(Build::new(), "frontend.targets");
    let list = targets["targets"].as_array().expect("a list");
    assert_eq!((&list[0]["name"], &list[0]["default"]), (&json!("default"), &json!(true)));
    assert_eq!(list.iter().filter(|target| target["default"] == true).count(), 1, "{targets}");
    assert!(list[0]["description"].as_str().is_some_and(|d| d.contains("shop")));
    assert_eq!(unbase64(targets["sources"][0].as_str().expect("raw text")), SPEC);
}

#[test]
fn targets_lists_every_edition_with_what_it_runs_on() {
    let spec = "command: [x]\neditions:\n  web: {}\n  full: {runtime: slim}\n";
    let (outcome, targets) = ask(Build::new().spec(spec), "frontend.targets");
    let list = targets["targets"].as_array().expect("a list");
    let is_stage = |target: &&Value| target["name"].as_str().is_some_and(|name| name.contains("/stage:"));
    let (stages, list): (Vec<&Value>, Vec<&Value>) = list.iter().partition(is_stage);
    assert!(stages.iter().any(|stage| stage["name"] == "web/stage:builder"), "{stages:?}");
    let mut all: Vec<_> = list.iter().map(|t| (t["name"].as_str().expect("a name"), t["default"] == true)).collect();
    all.sort_unstable();
    let kinds = ["", "/check", "/debug", "/dev", "/report", "/sbom"];
    let expected: Vec<_> = ["full", "web"].iter().flat_map(|edition| kinds.map(|kind| format!("{edition}{kind}"))).collect();
    assert_eq!(all, expected.iter().map(|name| (name.as_str(), name == "web")).collect::<Vec<_>>());
    for target in list {
        let name = target["name"].as_str().expect("a name");
        let (runtime, description) = (if name.starts_with("full") { "slim" } else { "distroless" }, target["description"].as_str());
        assert!(description.is_some_and(|d| d.contains(runtime) && d.contains("shell") == name.ends_with("/debug")), "{target}");
        assert!(outcome.metadata("result.txt").is_some_and(|t| t.contains(name) && t.contains(runtime)));
        Build::new().spec(spec).opt("target", name).run().result();
    }
}

#[test]
fn lint_of_an_unknown_target_says_so() {
    let (_, lint) = ask(Build::new().opt("target", "defualt"), "frontend.lint");
    assert_eq!(located(&lint), [("no-target".to_owned(), -1, vec![])]);
    let detail = lint["errors"][0]["detail"].as_str().expect("text");
    assert!(detail.contains("did you mean `default`?") && detail.contains("`default/debug`"), "{detail}");
}

#[test]
fn lints_detail_holds_what_is_said_of_the_place_and_the_way_out() {
    let (_, lint) = ask(Build::new().spec("command: [x]\ncopy:\n- a\n- {b: a}\n"), "frontend.lint");
    let warning = &lint["errors"][0];
    assert_eq!((&warning["ruleName"], &warning["description"]), (&json!("copied-twice"), &json!("two items are copied to `a`")));
    assert_eq!(warning["detail"], "two items are copied to `a`; again here");
    let (_, lint) = ask(Build::new().spec("comand: [x]\n"), "frontend.lint");
    assert!(lint["errors"][0]["detail"].as_str().is_some_and(|d| d.contains("did you mean `command`?")), "{}", lint["errors"][0]);
}

#[test]
fn outline_lists_args_with_what_they_are_in_this_build() {
    let spec = "command: [x]\nargs:\n  version: dev\n  tier: { default: test, values: [test, live], help: where it runs }\n  \
                key:\nenv: { A: \"${version} ${tier}\" }\nlabels: { a: \"${version}\" }\neditions:\n  one: {}\n  two: { env: { B: \"${key}\" } }\n";
    let (outcome, outline) = ask(Build::new().spec(spec).opt("build-arg:tier", "live"), "frontend.outline");
    let named = |name: &str| outline["args"].as_array().unwrap().iter().find(|arg| arg["name"] == name).unwrap().clone();
    assert_eq!((named("version")["value"].clone(), named("version")["default"].clone()), (json!("dev"), json!("dev")));
    let tier = named("tier");
    assert_eq!(
        (tier["value"].clone(), tier["default"].clone(), tier["values"].clone()),
        (json!("live"), json!("test"), json!(["test", "live"]))
    );
    assert_eq!(tier["description"], json!("where it runs (default `test`, one of `test`, `live`)"));
    assert_eq!(tier["location"]["ranges"][0]["start"]["line"], json!(4));
    assert_eq!((named("key")["value"].clone(), named("key")["description"].clone()), (json!(""), json!("no default")));
    let text = outcome.metadata("result.txt").unwrap();
    assert!(text.contains("\narg     version=dev  default `dev`\n"), "{text}");
}

#[test]
fn outline_lists_secrets_and_caches() {
    let (outcome, outline) = ask(Build::new(), "frontend.outline");
    for key in ["args", "secrets", "ssh", "cache", "sources"] {
        assert!(outline[key].is_array(), "{key}: {outline}");
    }
    let secrets: Vec<_> =
        outline["secrets"].as_array().expect("a list").iter().map(|s| (s["name"].clone(), s["required"].clone())).collect();
    assert!(secrets.contains(&(json!("ca"), json!(false))), "{outline}");
    assert!(outline["cache"].as_array().is_some_and(|c| c.iter().any(|c| c["ID"] == "uv")), "{outline}");
    assert_eq!(unbase64(outline["sources"][0].as_str().expect("raw text")), SPEC);
    assert!(outcome.metadata("result.txt").is_some_and(|t| t.contains("ca") && t.contains("uv")));
    Build::new().opt("requestid", "frontend.outline").opt("target", "none").run().says(&["no target `none`"]);
}

#[test]
fn plan_shows_what_would_be_built() {
    let (outcome, plan) = ask(Build::new(), "frontend.plan");
    assert_eq!(outcome.metadata("result.statuscode"), Some("0"));
    assert_eq!(plan["name"], "shop");
    assert!(plan["stages"].as_array().is_some_and(|stages| stages.len() > 1), "{plan}");
    let bad = Build::new().spec("user: app\n").opt("requestid", "frontend.plan").run();
    bad.says(&["distil.yaml:1:7"]);
    assert!(!bad.error().details.is_empty(), "with its lines, as in a build");
}

#[test]
fn what_a_dockerfile_cannot_say_is_named() {
    let build = Build::new().spec("command: [x]\nenv: { MOTD: \"two\\nlines\" }\n").opt("requestid", "frontend.dockerfile");
    build.run().says(&["a Dockerfile has no way to write the value", "[no-dockerfile]"]);
}

#[test]
fn an_unknown_request_is_refused_in_the_form_that_clients_know() {
    let outcome = Build::new().opt("requestid", "frontend.horoscope").run();
    let nowhere = json!({"info": {}, "ranges": []});
    assert_eq!(outcome.details(), [("errdefs.Subrequest", json!({"name": "horoscope"})), ("errdefs.Source", nowhere)]);
    assert!(
        outcome.message().contains("describe")
            && outcome.message().ends_with("[unknown-request]")
            && !outcome.message().contains("horoscope"),
        "the detail says the name already"
    );
}

#[test]
fn the_schema_needs_no_good_spec() {
    let (_, schema) = ask(Build::new().spec("comand: [x]\n"), "frontend.schema");
    assert!(schema["properties"]["python"].is_object(), "{schema}");
}

#[test]
fn the_graph_is_the_one_of_the_command_line() {
    let (outcome, graph) = ask(Build::new(), "frontend.graph");
    let lines = outcome.metadata("result.txt").expect("lines").lines().count();
    assert_eq!(graph.as_array().map(Vec::len), Some(lines));
    assert!(lines > 20, "{lines}");
}

#[test]
fn every_finding_is_explained() {
    let (outcome, found) = ask(Build::new().spec("comand: [x]\n"), "frontend.explain");
    assert_eq!(outcome.metadata("result.statuscode"), Some("1"));
    assert_eq!(found[0]["name"], json!("unknown-key"));
    let text = outcome.metadata("result.txt").expect("text");
    assert!(text.starts_with("distil.yaml:1:1: a spec has no key `comand`") && text.contains("\nWhy: "), "{text}");
    let (outcome, _) = ask(Build::new(), "frontend.explain");
    assert_eq!(outcome.metadata("result.txt"), Some("Nothing to explain: nothing was found.\n"));
}
