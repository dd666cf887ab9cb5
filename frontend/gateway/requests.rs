//! Requests other than a build: `docker buildx build --call=NAME`. They read the user's files and build nothing.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_proto::frontend as proto;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::bridge::Bridge;
use super::failure::{Failure, brief, range};
use super::options::Options;
use super::{Compiled, compile};
use crate::args::Filled;
use crate::audit;
use crate::diag::{Diagnostic, Place, Severity, Sources, codes};
use crate::emit::dockerfile;
use crate::emit::lines::graph_lines;
use crate::messages::readable;
use crate::plan::sizes::sizes;
use crate::plan::tree::tree;
use crate::plan::{Action, Mount};
use crate::spec::{ArgKeys, words};
use crate::target::{Product, Target};

/// A request: its name, its version, what it is for.
const REQUESTS: &[(&str, &str, &str)] = &[
    ("frontend.subrequests.describe", "1.0.0", "List the requests that this frontend answers"),
    ("frontend.lint", "1.0.0", "Check the spec and the project's files"),
    ("frontend.outline", "1.0.0", "List the arguments, secrets and caches that a build uses"),
    ("frontend.targets", "1.0.0", "List the targets"),
    ("frontend.plan", "1.0.0", "Show what will be built, and why"),
    ("frontend.dockerfile", "1.0.0", "Print a Dockerfile that builds the same image without the frontend"),
    ("frontend.graph", "1.0.0", "Print the build graph, a JSON object to a line"),
    ("frontend.explain", "1.0.0", "Tell of each finding what it means and how to mend it"),
    ("frontend.sizes", "1.0.0", "Tell by the lock alone which packages make an image large"),
    ("frontend.audit", "1.0.0", "Tell what a build takes, runs and ships, for whoever vouches for it"),
    ("frontend.schema", "1.0.0", "Print the JSON schema of specs, for completion in editors"),
];

/// Answers a request, or says that it is not known.
pub(super) async fn answer(bridge: &Bridge, options: &Options, request: &str) -> Result<proto::Result, Failure> {
    let Some((_, version, _)) = REQUESTS.iter().find(|(name, ..)| *name == request) else {
        return Err(Failure::Request(request.trim_start_matches("frontend.").to_owned()));
    };
    let (json, text, status) = match request {
        "frontend.subrequests.describe" => describe(),
        "frontend.lint" => lint(compile(bridge, options).await)?,
        "frontend.targets" => targets(&compile(bridge, options).await?),
        "frontend.plan" => plan(&compile(bridge, options).await?),
        "frontend.graph" => graph(&compile(bridge, options).await?)?,
        "frontend.explain" => explain(compile(bridge, options).await)?,
        "frontend.sizes" => weights(&compile(bridge, options).await?),
        "frontend.audit" => audited(&compile(bridge, options).await?),
        "frontend.schema" => schema(),
        "frontend.dockerfile" => printed(&compile(bridge, options).await?, options)?,
        _ => outline(&compile(bridge, options).await?),
    };
    let mut metadata = BTreeMap::from([
        ("result.json".to_owned(), json.to_string().into_bytes()),
        ("result.txt".to_owned(), text.into_bytes()),
        ("version".to_owned(), version.as_bytes().to_vec()),
    ]);
    if let Some(status) = status {
        metadata.insert("result.statuscode".to_owned(), status.to_string().into_bytes());
    }
    Ok(proto::Result { metadata, ..proto::Result::default() })
}

type Answer = (Value, String, Option<i32>);

fn describe() -> Answer {
    let named = |name: &str| json!({"name": name, "description": ""});
    let entry = |(name, version, what): &(&str, &str, &str)| {
        let metadata = ["result.json", "result.txt"].map(named);
        json!({"name": name, "version": version, "type": "rpc", "description": what, "opts": [], "inputs": [], "metadata": metadata, "refs": []})
    };
    let text = lines(REQUESTS.iter().map(|(name, _, what)| format!("{:24} {what}", name.trim_start_matches("frontend."))));
    (REQUESTS.iter().map(entry).collect(), text, None)
}

/// Warnings and mistakes in the form of the Dockerfile frontend's check, so that every client can print them. That form has room for
/// one error; `errors` lists them all, as warnings are listed.
fn lint(compiled: Result<Compiled, Failure>) -> Result<Answer, Failure> {
    let (diagnostics, sources, failed) = found(compiled)?;
    let files: Vec<Value> = sources
        .iter()
        .map(|(_, f)| json!({"filename": f.name, "data": BASE64.encode(f.text.as_bytes()), "language": f.language}))
        .collect();
    let (errors, warnings): (Vec<&Diagnostic>, Vec<&Diagnostic>) = diagnostics.iter().partition(|d| d.severity == Severity::Error);
    let entry = |d: &&Diagnostic| {
        let hint = d.labels.first().filter(|l| !l.text.is_empty()).map(|l| l.text.clone());
        let detail = [d.message.clone()].into_iter().chain(hint).chain(d.help.clone()).collect::<Vec<_>>().join("; ");
        json!({"ruleName": d.code.name(), "description": d.message, "url": d.code.url(), "detail": detail, "location": location(d, &sources)})
    };
    let mut answer = json!({"warnings": warnings.iter().map(entry).collect::<Vec<_>>(), "sources": files});
    if let Some(first) = errors.first() {
        answer["buildError"] = build_error(first, &errors, &sources);
        answer["errors"] = errors.iter().map(entry).collect();
    }
    let text = match &diagnostics[..] {
        [] => "Check complete, no warnings found.\n".to_owned(),
        found => lines(found.iter().map(|d| brief(d, &sources))),
    };
    let status = i32::from(failed || !diagnostics.is_empty());
    Ok((answer, text, Some(status)))
}

/// What is to be said of a spec, the files that it points into, and whether it cannot be built.
fn found(compiled: Result<Compiled, Failure>) -> Result<(Vec<Diagnostic>, Sources, bool), Failure> {
    match compiled {
        Ok(compiled) => Ok((compiled.warnings, compiled.sources, false)),
        Err(Failure::Refused(diagnostics, sources)) => Ok((diagnostics, sources, true)),
        Err(other) => Err(other),
    }
}

/// The findings, each with its page.
fn explain(compiled: Result<Compiled, Failure>) -> Result<Answer, Failure> {
    let (diagnostics, sources, failed) = found(compiled)?;
    let pages = diagnostics.iter().map(|d| json!({"name": d.code.name(), "said": brief(d, &sources), "page": d.code.page()})).collect();
    let text = match &diagnostics[..] {
        [] => "Nothing to explain: nothing was found.\n".to_owned(),
        found => found.iter().map(|d| format!("{}\n\n{}", brief(d, &sources), readable(&d.code.page()))).collect::<Vec<_>>().join("\n"),
    };
    Ok((pages, text, Some(i32::from(failed))))
}

fn weights(compiled: &Compiled) -> Answer {
    let (value, text) = sizes(&compiled.plan);
    (value, text, None)
}

fn audited(compiled: &Compiled) -> Answer {
    let Compiled { plan, warnings, silenced, sources, .. } = compiled;
    let audit = audit::audit(&audit::Subject { plan, warnings, silenced, sources });
    (serde_json::to_value(&audit).unwrap_or_default(), audit::text(&audit), None)
}

fn schema() -> Answer {
    let text = crate::spec::schema::json();
    (serde_json::from_str(&text).unwrap_or_default(), text, Some(0))
}

fn graph(compiled: &Compiled) -> Result<Answer, Failure> {
    let text = graph_lines(&compiled.plan, &compiled.sources)?;
    let ops = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect();
    Ok((ops, text, Some(0)))
}

/// All that is wrong as the one error that the form has room for, with the lines of the first.
fn build_error(first: &Diagnostic, errors: &[&Diagnostic], sources: &Sources) -> Value {
    let message = errors.iter().map(|d| brief(d, sources)).collect::<Vec<_>>().join("\n\n");
    let mut location = location(first, sources);
    // Clients look the source up without a look at the number; without ranges they draw nothing of it.
    if location["sourceIndex"] == -1 {
        location["sourceIndex"] = json!(0);
    }
    json!({"message": message, "location": location})
}

/// Where a diagnostic points, as an index into the files and lines; -1 is nowhere.
fn location(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let first = diagnostic.labels.first();
    first.map_or_else(|| json!({"sourceIndex": -1, "ranges": []}), |label| place(label.place, sources))
}

/// A place as an index into the files, and lines.
fn place(place: Place, sources: &Sources) -> Value {
    let index = sources.iter().position(|(id, _)| id == place.file);
    let range = range(place, sources);
    let line = |p: Option<buildkit_proto::pb::Position>| p.map_or(1, |p| p.line);
    json!({
        "sourceIndex": index,
        "ranges": [{"start": {"line": line(range.start), "character": 0}, "end": {"line": line(range.end), "character": 0}}],
    })
}

fn targets(compiled: &Compiled) -> Answer {
    let plan = &compiled.plan;
    let describe = |target: &Target, runtime: &str| match target.product {
        Product::Image => format!("{} on {runtime}", plan.name),
        Product::Debug => format!("{} on {runtime}, with a shell and tools", plan.name),
        Product::Dev => format!("{} to develop in, in the place of {runtime}", plan.name),
        Product::Check => format!("the checks of {} on {runtime}", plan.name),
        Product::Report => format!("a report of {} on {runtime}", plan.name),
        Product::Sbom => format!("the bill of materials of {} on {runtime}", plan.name),
    };
    let default = compiled.targets.first().map(|(target, _)| target);
    let entry = |(target, runtime): &(Target, String)| {
        let description = describe(target, runtime);
        let is_default = Some(target) == default;
        json!({
            "name": target.to_string(), "default": is_default, "description": description, "base": "", "platform": "", "location": null,
        })
    };
    let line = |(target, runtime): &(Target, String)| {
        let mark = if Some(target) == default { " (default)" } else { "" };
        format!("{:24} {}", format!("{target}{mark}"), describe(target, runtime))
    };
    // The stages are those of the edition that was asked for; most have them in common.
    let stages = plan.stages.iter().filter(|stage| !stage.proof).map(|stage| (format!("{}/stage:{}", plan.target, stage.name), stage));
    let stages: Vec<_> = stages.map(|(name, stage)| (name, format!("what the build has in its stage {}", stage.name))).collect();
    let of_stage = |(name, what): &(String, String)| json!({"name": name, "default": false, "description": what, "base": "", "platform": "", "location": null});
    let values: Vec<Value> = compiled.targets.iter().map(entry).chain(stages.iter().map(of_stage)).collect();
    let sources = [BASE64.encode(compiled.project.spec.as_bytes())];
    let text = compiled.targets.iter().map(line).chain(stages.iter().map(|(name, what)| format!("{name:24} {what}")));
    (json!({"targets": values, "sources": sources}), lines(text), None)
}

fn outline(compiled: &Compiled) -> Answer {
    let mut secrets: BTreeMap<&str, bool> = BTreeMap::new();
    let mut agents: BTreeMap<&str, bool> = BTreeMap::new();
    let mut caches: BTreeSet<&str> = BTreeSet::new();
    let runs = compiled.plan.stages.iter().flat_map(|s| &s.steps).filter_map(|s| match &s.action {
        Action::Run(run) => Some(run),
        Action::Copy(_) | Action::Write(_) | Action::Mkdir(_) | Action::Remove(_) => None,
    });
    for mount in runs.flat_map(|run| &run.mounts) {
        match mount {
            Mount::Cache { id, .. } => _ = caches.insert(id),
            Mount::Secret { id, required, .. } | Mount::SecretEnv { id, required, .. } => *secrets.entry(id).or_default() |= required,
            Mount::Ssh { id, required, .. } => *agents.entry(id).or_default() |= required,
            Mount::Bind { .. } | Mount::Tmpfs { .. } => {}
        }
    }
    let secret = |(id, required): (&&str, &bool)| format!("secret  {id}{}", if *required { " (required)" } else { "" });
    let agent = |(id, required): (&&str, &bool)| format!("ssh     {id}{}", if *required { " (required)" } else { "" });
    let cache = caches.iter().map(|id| format!("cache   {id}"));
    let args = compiled.args.iter().map(|arg| {
        let value = arg.value.as_ref().map_or(String::new(), |value| format!("={value}"));
        format!("arg     {}{value}  {}", arg.name.value, arg.about())
    });
    let text = lines(
        [compiled.plan.name.clone()].into_iter().chain(args).chain(secrets.iter().map(secret)).chain(agents.iter().map(agent)).chain(cache),
    );
    let named = |all: &BTreeMap<&str, bool>| -> Vec<Value> {
        all.iter().map(|(id, required)| json!({"name": id, "required": required, "location": null})).collect()
    };
    let (secrets, agents) = (named(&secrets), named(&agents));
    let args: Vec<Value> = compiled.args.iter().map(|arg| outlined(arg, &compiled.sources)).collect();
    let caches: Vec<Value> = caches.iter().map(|id| json!({"ID": id, "location": null})).collect();
    let sources = [BASE64.encode(compiled.project.spec.as_bytes())];
    let value = json!({
        "name": compiled.plan.target.to_string(), "description": compiled.plan.name, "args": args, "secrets": secrets, "ssh": agents, "cache": caches, "sources": sources,
    });
    (value, text, None)
}

/// An arg as clients read it, and beside that its parts for whoever reads more.
fn outlined(arg: &Filled, sources: &Sources) -> Value {
    let ArgKeys { default, values, pattern, help } = &arg.arg.0;
    json!({
        "name": arg.name.value, "description": arg.about(), "value": arg.value.clone().unwrap_or_default(),
        "location": place(arg.name.place, sources), "help": help.as_ref().map(|help| &help.value),
        "default": default.as_ref().map(|default| &default.value), "values": words(values),
        "pattern": pattern.as_ref().map(|pattern| pattern.value.as_str()), "given": arg.given,
    })
}

fn plan(compiled: &Compiled) -> Answer {
    let json = serde_json::to_value(&compiled.plan).unwrap_or_default();
    (json, tree(&compiled.plan), Some(0))
}

fn printed(compiled: &Compiled, options: &Options) -> Result<Answer, Failure> {
    let words = ["docker", "buildx", "build", "--call=dockerfile", "-f", &compiled.project.name];
    let target = options.get("target").map(|target| ["--target", target]);
    let args = compiled.args.iter().filter(|arg| arg.given).flat_map(|arg| ["--build-arg".to_owned(), said(arg)]);
    let words = words.into_iter().chain(target.into_iter().flatten()).map(str::to_owned);
    let command: Vec<String> = words.chain(args).chain([".".to_owned()]).collect();
    let text = dockerfile::emit(&compiled.plan, &crate::shell::join(&command))
        .map_err(|error| Diagnostic::new(codes::NO_DOCKERFILE, error.to_string()))?;
    Ok((json!({"dockerfile": text}), text, Some(0)))
}

/// An arg as the command line has it.
fn said(arg: &Filled) -> String {
    format!("{}={}", arg.name.value, arg.value.as_deref().unwrap_or_default())
}

fn lines(parts: impl Iterator<Item = String>) -> String {
    parts.flat_map(|part| [part, "\n".to_owned()]).collect()
}
