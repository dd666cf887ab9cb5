//! Tables for people: each case's, the summary, and the page that holds them all.

use std::fmt::Write as _;
use std::time::Duration;

use crate::bars::{self, Bar, times};
use crate::engine::Engine;
use crate::image::Image;
use crate::measure::{Outcome, Side};
use crate::stats::median;

const INTRODUCTION: &str = include_str!("page.md");

/// The page docs/benchmarks.md.
pub(crate) fn page(engine: &Engine, outcomes: &[Outcome], took: Duration) -> String {
    let syntax = match engine.syntax() {
        Some(how) => format!("`docker/dockerfile:1` was {how}."),
        None => "`docker/dockerfile:1` could be had neither from a registry nor from its sources, so that bar was not measured.".to_owned(),
    };
    let minutes = took.as_secs().div_ceil(60);
    let introduction =
        INTRODUCTION.replace("{store}", &engine.store).replace("{minutes}", &minutes.to_string()).replace("{syntax}", &syntax);
    let tables: Vec<_> = outcomes.iter().map(table).collect();
    let all = crate::case::CASES.len();
    let so_far = if outcomes.len() < all {
        format!("**{} of {all} cases**: the run was stopped before the others.\n\n", outcomes.len())
    } else {
        String::new()
    };
    format!("{introduction}\n{so_far}{}\n## Case by case\n\n{}", summary(outcomes), tables.join("\n"))
}

/// The bars, and what went wrong.
pub(crate) fn summary(outcomes: &[Outcome]) -> String {
    let bars: Vec<_> = outcomes.iter().flat_map(bars::of).collect();
    format!("{}{}", if bars.is_empty() { String::new() } else { verdicts(&bars) }, failures(outcomes))
}

fn verdicts(bars: &[Bar]) -> String {
    let mut text = "## The bars\n\n".to_owned();
    let missed = bars.iter().filter(|bar| bar.met == Some(false)).count();
    let unmeasured = bars.iter().filter(|bar| bar.met.is_none()).count();
    writeln!(text, "{} of {} met, {missed} missed, {unmeasured} not measured.\n", bars.len() - missed - unmeasured, bars.len())
        .expect("a string takes everything");
    text += "| bar | at most | ratio | |\n| --- | ---: | ---: | --- |\n";
    for bar in bars {
        let met = match bar.met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "not measured",
        };
        writeln!(text, "| {} | {:.2} | {} | {met} |", bar.what, bar.limit, shown(bar.ratio)).expect("a string takes everything");
    }
    text
}

fn failures(outcomes: &[Outcome]) -> String {
    let trouble: Vec<_> = outcomes.iter().flat_map(|o| o.trouble().into_iter().map(|why| format!("- {}: {why}\n", o.name))).collect();
    if trouble.is_empty() { String::new() } else { format!("\nWhat failed:\n\n{}", trouble.concat()) }
}

/// A row: what it says of a side, and of ours in proportion to theirs.
struct Row {
    name: &'static str,
    theirs: Option<String>,
    ours: Vec<(Option<String>, Option<f64>)>,
}

/// One case.
pub(crate) fn table(outcome: &Outcome) -> String {
    let what = outcome.case.map_or("An example that is no case yet", |c| c.what);
    let mut text = format!("### {}\n\n{what}.\n\n", outcome.name);
    for why in outcome.trouble() {
        writeln!(text, "{why}\n").expect("a string takes everything");
    }
    text += "| | Dockerfile |";
    let mut rule = "| --- | ---: |".to_owned();
    for (spec, _) in &outcome.ours {
        write!(text, " distil, {} | ratio |", spec.runtime).expect("a string takes everything");
        rule += " ---: | ---: |";
    }
    writeln!(text, "\n{rule}").expect("a string takes everything");
    for row in rows(outcome) {
        write!(text, "| {} | {} |", row.name, row.theirs.as_deref().unwrap_or("–")).expect("a string takes everything");
        for (value, ratio) in row.ours {
            write!(text, " {} | {} |", value.as_deref().unwrap_or("–"), shown(ratio)).expect("a string takes everything");
        }
        text.push('\n');
    }
    text
}

fn rows(outcome: &Outcome) -> Vec<Row> {
    let sizes = |name, of: fn(&Side) -> Option<u64>| {
        let theirs = of(&outcome.theirs);
        let ours = outcome.ours.iter().map(|(_, side)| of(side)).map(|n| (n.map(megabytes), n.zip(theirs).map(|(o, t)| bars::ratio(o, t))));
        Row { name, theirs: theirs.map(megabytes), ours: ours.collect() }
    };
    let seconds = |name, of: fn(&Side) -> &Vec<f64>| {
        let theirs = of(&outcome.theirs);
        let ours = outcome.ours.iter().map(|(_, side)| (time(of(side)), times(of(side), theirs)));
        Row { name, theirs: time(theirs), ours: ours.collect() }
    };
    let count = |side: &Side| side.image.as_ref().map(|i: &Image| i.count.to_string());
    let syntax = outcome.ours.iter().map(|(_, side)| (time(&side.noop), times(&side.noop, &outcome.syntax)));
    let rows = [
        sizes("size: all files of all layers", |s| Some(s.image.as_ref()?.bytes().files)),
        sizes("compressed, as it is pulled", |s| Some(s.image.as_ref()?.bytes().packed)),
        sizes("size in `docker image inspect`", |s| Some(s.image.as_ref()?.inspected)),
        Row { name: "layers", theirs: count(&outcome.theirs), ours: outcome.ours.iter().map(|(_, side)| (count(side), None)).collect() },
        seconds("build from the start, mounts warm", |s| &s.cold),
        seconds("rebuild after an edit", |s| &s.edit),
        seconds("rebuild after a new project version", |s| &s.version),
        seconds("rebuild after one light dependency", |s| &s.light),
        sizes("new bytes after one light dependency", |s| Some(s.added?.files)),
        sizes("the same, compressed", |s| Some(s.added?.packed)),
        seconds("rebuild with nothing to do", |s| &s.noop),
        Row { name: "the same, Dockerfile with a syntax line", theirs: time(&outcome.syntax), ours: syntax.collect() },
        seconds("start to first answer", |s| &s.start),
    ];
    rows.into_iter().filter(|row| row.theirs.is_some() || row.ours.iter().any(|(value, _)| value.is_some())).collect()
}

fn shown(ratio: Option<f64>) -> String {
    ratio.map_or("–".to_owned(), |r| format!("{r:.2}"))
}

fn time(seconds: &[f64]) -> Option<String> {
    median(seconds).map(|s| format!("{s:.2} s"))
}

#[expect(clippy::cast_precision_loss, reason = "few digits of it are shown")]
fn megabytes(bytes: u64) -> String {
    let number = bytes as f64 / 1e6;
    if number < 9.95 { format!("{number:.2} MB") } else { format!("{number:.1} MB") }
}
