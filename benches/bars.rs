//! The bars that the project holds itself to, and whether an outcome meets them.

use crate::measure::{Outcome, Side};
use crate::stats::median;

/// What counts as noise where nothing should differ.
pub(crate) const NOISE: f64 = 1.05;

/// One bar, as measured.
pub(crate) struct Bar {
    pub(crate) what: String,
    pub(crate) limit: f64,
    pub(crate) ratio: Option<f64>,
    /// `None` where it could not be measured for want of an image, which is nobody's failure.
    pub(crate) met: Option<bool>,
}

/// The bars of a case.
pub(crate) fn of(outcome: &Outcome) -> Vec<Bar> {
    let Some(case) = outcome.case.filter(|c| c.held) else { return vec![] };
    let theirs = &outcome.theirs;
    let mut bars = vec![];
    for (spec, ours) in &outcome.ours {
        let mut hold = |what: &str, limit, ratio: Option<f64>| {
            let met = Some(ratio.is_some_and(|r| r <= limit));
            bars.push(Bar { what: format!("{}, {}: {what}", case.name, spec.runtime), limit, ratio, met });
        };
        if let Some(limit) = spec.size_bar {
            hold("size", limit, size(ours, theirs));
        }
        hold("rebuild after an edit", 0.8, times(&ours.edit, &theirs.edit));
        hold("new bytes after one light dependency", 0.15, added(ours, theirs));
        hold("no-op rebuild, against a syntax line", 0.8, times(&ours.noop, &outcome.syntax));
        hold("start to first answer", NOISE, times(&ours.start, &theirs.start));
        if outcome.syntax.is_empty() && theirs.failed.is_none() && ours.failed.is_none() {
            bars.iter_mut().filter(|bar| bar.what.contains("syntax")).for_each(|bar| bar.met = None);
        }
    }
    bars
}

/// The ratio of two medians.
pub(crate) fn times(ours: &[f64], theirs: &[f64]) -> Option<f64> {
    Some(median(ours)? / median(theirs)?)
}

/// The ratio of two sizes.
pub(crate) fn size(ours: &Side, theirs: &Side) -> Option<f64> {
    Some(ratio(ours.image.as_ref()?.bytes().files, theirs.image.as_ref()?.bytes().files))
}

/// The ratio of what a light dependency adds.
pub(crate) fn added(ours: &Side, theirs: &Side) -> Option<f64> {
    Some(ratio(ours.added?.files, theirs.added?.files))
}

/// The ratio of two counts of bytes.
#[expect(clippy::cast_precision_loss, reason = "two digits of it are shown")]
pub(crate) fn ratio(ours: u64, theirs: u64) -> f64 {
    ours as f64 / theirs as f64
}
