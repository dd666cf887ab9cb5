//! Torch without CUDA: which packages a CPU build leaves out.
//! The lock's torch stays in the canonical lock, because its other dependencies (sympy, filelock …) are installed through it.

use crate::python::cuda;
use crate::python::locks::Package;

use super::read::{Entry, UvLock};
use super::set::package;
use super::walk::Reach;

/// Whether an edge leads from torch to CUDA.
pub(super) fn leads_to_cuda(from: &Entry, to: &Entry) -> bool {
    is_family(from) && cuda::is_cuda(&to.name)
}

/// Whether what was reached holds a torch, and none that is a build for the processor.
pub(super) fn has_cuda(lock: &UvLock, reach: &Reach) -> bool {
    let mut family = reach.0.keys().map(|i| &lock.entries[*i]).filter(|e| is_family(e)).peekable();
    family.peek().is_some() && family.all(|e| package(e).is_none_or(|package| !package.is_for_cpu()))
}

/// Whether a lock holds a torch at all.
pub(super) fn is_in(lock: &UvLock) -> bool {
    lock.entries.iter().any(is_family)
}

fn is_family(entry: &Entry) -> bool {
    cuda::is_family(&entry.name) && !entry.is_folder()
}

/// What is left out besides torch's family: whatever is reached with CUDA and not without it.
pub(super) fn only_for_cuda(lock: &UvLock, with: &Reach, without: &Reach) -> Vec<Package> {
    let left_out = |index: &&usize| !is_family(&lock.entries[**index]) && !without.0.contains_key(index);
    with.0.keys().filter(left_out).filter_map(|index| package(&lock.entries[*index])).collect()
}
