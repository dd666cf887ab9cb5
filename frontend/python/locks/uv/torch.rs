//! Torch without CUDA: which packages a CPU build leaves out, and what they would weigh.
//! The lock's torch stays in the canonical lock, because its other dependencies (sympy, filelock …) are installed through it.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Entry, Source, UvLock};
use super::set;
use super::walk::Reach;

/// Packages that the indexes of `PyTorch` hold in a CPU and a CUDA build under one name.
const FAMILY: &[&str] = &["torch", "torchvision", "torchaudio"];

/// How the names of packages begin that only a CUDA build of torch asks for.
const CUDA: &[&str] = &["nvidia-", "cuda-", "triton", "pytorch-triton", "cusparselt"];

/// Whether an edge leads from torch to CUDA.
pub(super) fn leads_to_cuda(from: &Entry, to: &Entry) -> bool {
    is_family(from) && CUDA.iter().any(|prefix| to.name.starts_with(prefix))
}

/// Whether what was reached holds a torch, and none from a CPU index.
pub(super) fn has_cuda(lock: &UvLock, reach: &Reach) -> bool {
    let mut family = reach.0.keys().map(|i| &lock.entries[*i]).filter(|e| is_family(e)).peekable();
    family.peek().is_some() && family.all(|e| !is_cpu(e))
}

/// Whether a lock holds a torch at all.
pub(super) fn is_in(lock: &UvLock) -> bool {
    lock.entries.iter().any(is_family)
}

fn is_family(entry: &Entry) -> bool {
    FAMILY.contains(&entry.name.as_str()) && !entry.is_folder()
}

fn is_cpu(entry: &Entry) -> bool {
    let from_cpu_index = matches!(&entry.source, Source::Registry(url) | Source::Url(url) if url.contains("/whl/cpu"));
    from_cpu_index || entry.version.as_ref().is_some_and(|v| v.ends_with("+cpu"))
}

/// The packages left out: torch's family, and whatever is reached with CUDA and not without it.
pub(super) fn dropped(lock: &UvLock, with: &Reach, without: &Reach) -> BTreeSet<usize> {
    let left_out = |index: &usize| is_family(&lock.entries[*index]) || !without.0.contains_key(index);
    with.0.keys().copied().filter(left_out).collect()
}

/// Torch's family with versions, without the part that names a CUDA release.
pub(super) fn family(lock: &UvLock, dropped: &BTreeSet<usize>) -> Vec<(String, String)> {
    let entries = dropped.iter().map(|i| &lock.entries[*i]).filter(|e| is_family(e));
    let public = |version: &str| version.split('+').next().unwrap_or(version).to_owned();
    let named = entries.filter_map(|e| Some((e.name.clone(), public(e.version.as_ref()?))));
    named.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The largest wheel for `x86_64` of each name. `None` where a size is missing, or where there is no such wheel at all.
pub(super) fn bytes(lock: &UvLock, dropped: &BTreeSet<usize>) -> Option<u64> {
    let mut largest = BTreeMap::<&str, u64>::new();
    for entry in dropped.iter().map(|i| &lock.entries[*i]) {
        for wheel in set::wheels(entry).into_iter().filter(|w| w.file.ends_with("x86_64.whl") && !w.file.contains("musllinux")) {
            let known = largest.entry(&entry.name).or_default();
            *known = (*known).max(wheel.size?);
        }
    }
    (!largest.is_empty()).then(|| largest.values().sum())
}
