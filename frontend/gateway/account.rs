//! The account of the image in the build's output: a few lines that say what is in the image and what was left out, as
//! steps of their own, which every kind of progress display shows, whether anything had to be built or not.

use buildkit_llb::{FileAction, Graph, MakeFile, Timestamp};

use super::bridge::Bridge;
use super::llb::Emitted;
use crate::plan::{Plan, Product};

/// The account's file in its stage.
const FILE: &str = "/report.json";

/// Shows it. A build is not worse for an account that cannot be had, so nothing here is an error.
pub(super) async fn show(bridge: &Bridge, emitted: &Emitted, plan: &Plan) {
    let Some(report) = emitted.report.filter(|_| plan.product != Product::Check) else { return };
    let Ok(reference) = bridge.solve(emitted.graph.finish(report)).await else { return };
    let Ok(Some(text)) = bridge.read_file(&reference.id, FILE).await else { return };
    // Each line follows from the one before, so that one request shows all of them, in their order.
    let (mut graph, mut last) = (Graph::new(), None);
    for line in summary(&text) {
        let data = line.clone().into_bytes();
        let file = MakeFile { path: "/summary".into(), mode: 0o644, data, owner: None, timestamp: Timestamp::At(0) };
        let output = graph.file(last, vec![FileAction::Mkfile(file)]);
        graph.describe(output).name = Some(format!("[report] {line}"));
        last = Some(output);
    }
    if let Some(output) = last {
        let _ = bridge.evaluate(graph.finish(output)).await;
    }
}

/// The lines for people in an account.
fn summary(account: &[u8]) -> Vec<String> {
    let account: serde_json::Value = serde_json::from_slice(account).unwrap_or_default();
    let lines = account["summary"].as_array().into_iter().flatten();
    lines.filter_map(|line| line.as_str()).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
