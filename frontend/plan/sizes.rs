//! What a lock tells of an image's size before anything is built.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Plan;

/// A package that is installed, by its name, and the bytes of its download; none where nothing tells them.
pub type Weight = (String, u64);

/// The packages of a plan with the largest first, as JSON and as a page of text.
pub(crate) fn sizes(plan: &Plan) -> (Value, String) {
    let mut packages: Vec<&Weight> = plan.packages.iter().collect();
    packages.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let all: u64 = packages.iter().map(|(_, bytes)| bytes).sum();
    let (known, unknown): (Vec<&Weight>, Vec<&Weight>) = packages.iter().partition(|(_, bytes)| *bytes > 0);
    let mut text = format!("{}: {} packages, {} to download\n", plan.name, packages.len(), megabytes(all));
    for (name, bytes) in known {
        let _ = writeln!(text, "{:>9}  {name}", megabytes(*bytes));
    }
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.iter().map(|(name, _)| name.as_str()).collect();
        let _ = writeln!(text, "No size is known of {}.", names.join(", "));
    }
    text.push_str("What ships of them after a build: `--target EDITION/report`.\n");
    let entry = |(name, bytes): &&Weight| json!({"name": name, "bytes": (*bytes > 0).then_some(bytes)});
    let value = json!({"name": plan.name, "packages": packages.iter().map(entry).collect::<Vec<_>>(), "bytes": all});
    (value, text)
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
