//! CUDA's packages are most of an image that has them, and a service without a GPU has no use for any.

use crate::diag::{Diagnostic, Place, Sink};
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::inputs::install_set;
use crate::python::locks::Torch;
use crate::spec::Spec;

/// Finds a lock that installs CUDA, where the spec does not say which PyTorch it wants.
pub(super) fn find(spec: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    const MEGABYTE: u64 = 1_000_000;
    let has_torch = spec.python().torch.is_none() && facts.lock.may_have_torch();
    // What a build for the processor would leave out; what is wrong with the lock is said where it is installed from.
    let Some(set) = has_torch.then(|| install_set(spec, facts, Torch::Cpu, &mut Sink::default())).flatten() else { return vec![] };
    let count = set.missing.cuda.len();
    if count == 0 {
        return vec![];
    }
    let size = set.missing.bytes().map_or(String::new(), |bytes| format!(", {} MB to download", bytes / MEGABYTE));
    let plural = if count == 1 { "" } else { "s" };
    let message = format!("{} has PyTorch for CUDA: {count} package{plural} that only a GPU has use for{size}", facts.lock.name);
    let found = Diagnostic::new(codes::CUDA_IN_LOCK, message).at(Place { file: facts.lock.file, start: 0, end: 0 }, "");
    vec![found.help("add `torch: cpu` to the spec, or `torch: cuda` if the service runs on a GPU")]
}
