//! The report of the image in the build's output: a few lines that say what is in the image and what was left out, as
//! steps of their own, which every kind of progress display shows, whether anything had to be built or not.

use std::hash::{DefaultHasher, Hasher as _};

use buildkit_llb::{FileAction, Graph, MakeFile, Timestamp};

use super::Compiled;
use super::bridge::Bridge;
use super::failure::Failure;
use super::llb::Emitted;
use crate::diag::{Diagnostic, Severity, codes};
use crate::refine::steps::notes::Warning;
use crate::target::Product;

/// The report's file in its stage.
const FILE: &str = "/report.json";

/// Shows it, and returns what it warns of, which is to be said when the proofs have passed: one that fails says more. A build is
/// not worse for a report that cannot be had; it ends where the service misses what the project has and nothing ships.
pub(super) async fn show(bridge: &Bridge, emitted: &Emitted, compiled: &Compiled) -> Result<Vec<Diagnostic>, Failure> {
    let mut warned = vec![];
    let Some(report) = emitted.report else { return Ok(warned) };
    let Ok(reference) = bridge.solve(emitted.graph.finish(report)).await else { return Ok(warned) };
    let Ok(Some(text)) = bridge.read_file(&reference.id, FILE).await else { return Ok(warned) };
    for warning in warnings(&text) {
        let place = compiled.plan.command.filter(|_| warning.about == "command");
        let at = |found: Diagnostic| place.into_iter().fold(found, |found, place| found.at(place, ""));
        if let Some(found) = left_out(&warning, &compiled.left_out).filter(|_| compiled.plan.target.product != Product::Report) {
            return Err(Failure::Refused(vec![at(found)], compiled.sources.clone()));
        }
        if !compiled.plan.tries_start {
            let found = at(Diagnostic::new(codes::START_UNPROVEN, warning.message).help(warning.help));
            match compiled.policy.judge(found) {
                Some(denied) if denied.severity == Severity::Error && compiled.plan.target.product != Product::Report => {
                    return Err(Failure::Refused(vec![denied], compiled.sources.clone()));
                }
                judged => warned.extend(judged),
            }
        }
    }
    if compiled.plan.target.product == Product::Check {
        return Ok(warned);
    }
    // Each line follows from the one before, so that one request shows all of them, in their order. The lines of one report are
    // no other's: a client says of all of them that they are cached where the image is as it was, and else of none. Were they of each
    // build alone, they would take a quarter of a second of a build that has nothing to do.
    let mut of = DefaultHasher::new();
    of.write(&text);
    let of = of.finish();
    let (mut graph, mut last) = (Graph::new(), None);
    for line in summary(&text) {
        let data = format!("{of:016x}\n{line}").into_bytes();
        let file = MakeFile { path: "/summary".into(), mode: 0o644, data, owner: None, timestamp: Timestamp::At(0) };
        let output = graph.file(last, vec![FileAction::Mkfile(file)]);
        graph.describe(output).name = Some(format!("[report] {line}"));
        last = Some(output);
    }
    if let Some(output) = last {
        let _ = bridge.evaluate(graph.finish(output)).await;
    }
    Ok(warned)
}

/// What is said of a start that misses something which the project has and nothing ships. Unlike a setting it does not come later.
fn left_out(warning: &Warning, left_out: &[String]) -> Option<Diagnostic> {
    let lacks = warning.lacks.as_ref()?;
    let name = lacks.names.iter().find(|name| left_out.contains(name))?;
    let what = format!("{}: the project has `{name}`, and nothing puts it into the image", warning.message);
    let help = if lacks.installed {
        "the project is installed, and only its packages are: move the file into a package, or `copy` the code and say \
         `install-project: false`"
            .to_owned()
    } else {
        format!("name it under `copy`, beside what is there, as `copy: [{name}]`")
    };
    Some(Diagnostic::new(codes::NOT_IN_IMAGE, what).help(help))
}

/// What a report warns of, as far as it can be read.
fn warnings(report: &[u8]) -> Vec<Warning> {
    let report: serde_json::Value = serde_json::from_slice(report).unwrap_or_default();
    let warnings = report["warnings"].as_array().into_iter().flatten();
    warnings.filter_map(|warning| serde_json::from_value(warning.clone()).ok()).collect()
}

/// The lines for people in a report.
fn summary(report: &[u8]) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_slice(report).unwrap_or_default();
    let lines = report["summary"].as_array().into_iter().flatten();
    lines.filter_map(|line| line.as_str()).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
