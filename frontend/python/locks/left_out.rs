//! Which packages a lock has for CUDA alone, by who asks for whom: for locks that are not walked from the project on.

use std::collections::BTreeSet;

use crate::python::cuda::{is_cuda, is_family};

use super::{Missing, Package};

/// Who asks for a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Askers {
    /// The lock does not tell.
    #[default]
    Unknown,
    /// The project itself, whoever else does.
    Project,
    /// These packages.
    Packages(BTreeSet<String>),
}

/// Takes out what a set lacks with PyTorch for the processor. Nothing goes where there is no PyTorch, or some build is one for the
/// processor already.
pub(super) fn take(packages: &mut Vec<Package>, askers: &dyn Fn(&str) -> Askers) -> Missing {
    let mut family = packages.iter().filter(|package| package.is_torch()).peekable();
    if family.peek().is_none() || family.any(Package::is_for_cpu) {
        return Missing::default();
    }
    let names: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let left_out = left_out(&names, askers);
    let (missing, kept): (Vec<_>, Vec<_>) =
        std::mem::take(packages).into_iter().partition(|package| package.is_torch() || left_out.contains(&package.name));
    *packages = kept;
    let (torch, cuda) = missing.into_iter().partition(Package::is_torch);
    Missing { torch, cuda }
}

/// The names of what only CUDA needs: those of its packages that nothing but torch asks for, and what nothing but those does.
fn left_out(names: &BTreeSet<&str>, askers: &dyn Fn(&str) -> Askers) -> BTreeSet<String> {
    let of: Vec<(&str, Askers)> = names.iter().map(|name| (*name, askers(name))).collect();
    let mut out: BTreeSet<String> = of.iter().filter(|(name, _)| is_cuda(name)).map(|(name, _)| (*name).to_owned()).collect();
    // All below them may go as well …
    loop {
        let asked = |askers: &Askers, out: &BTreeSet<String>| matches!(askers, Askers::Packages(by) if !by.is_disjoint(out));
        let more: Vec<_> = of.iter().filter(|(name, by)| !out.contains(*name) && !is_family(name) && asked(by, &out)).collect();
        if more.is_empty() {
            break;
        }
        out.extend(more.iter().map(|(name, _)| (*name).to_owned()));
    }
    // … but for what something that stays asks for.
    loop {
        let holds = |name: &str, by: &Askers, out: &BTreeSet<String>| match by {
            Askers::Unknown => false,
            Askers::Project => true,
            Askers::Packages(by) => by.iter().any(|asker| !(out.contains(asker) || is_family(asker) && is_cuda(name))),
        };
        let stays: Vec<_> = of.iter().filter(|(name, by)| out.contains(*name) && holds(name, by, &out)).collect();
        if stays.is_empty() {
            return out;
        }
        for (name, _) in stays {
            out.remove(*name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_cuda_needs_goes_and_what_others_need_stays() {
        let askers = |name: &str| {
            let by = |names: &[&str]| Askers::Packages(names.iter().map(|name| (*name).to_owned()).collect());
            match name {
                "torch" | "triton" => Askers::Project,
                "nvidia-cublas-cu12" => by(&["torch", "nvidia-cusolver-cu12"]),
                "nvidia-cusolver-cu12" | "filelock" => by(&["torch"]),
                "cuda-bindings" => by(&["torch", "quick"]),
                "cuda-pathfinder" => by(&["cuda-bindings"]),
                "only" => by(&["nvidia-cusolver-cu12"]),
                "both" => by(&["nvidia-cusolver-cu12", "quick"]),
                "nvidia-nvtx" => Askers::Unknown,
                _ => by(&["quick"]),
            }
        };
        let names = BTreeSet::from([
            "both",
            "cuda-bindings",
            "cuda-pathfinder",
            "filelock",
            "nvidia-cublas-cu12",
            "nvidia-cusolver-cu12",
            "nvidia-nvtx",
            "only",
            "quick",
            "torch",
            "triton",
        ]);
        let found: Vec<_> = left_out(&names, &askers).into_iter().collect();
        assert_eq!(found, ["nvidia-cublas-cu12", "nvidia-cusolver-cu12", "nvidia-nvtx", "only"]);
    }
}
