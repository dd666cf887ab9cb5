//! CUDA's packages are most of an image that has them, and a service without a GPU has no use for any.

use crate::diag::{Diagnostic, Place};
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::inputs::uv_set;
use crate::python::locks::uv::UvLock;
use crate::spec::Spec;

/// Finds a lock of uv that installs CUDA, where the spec does not say which PyTorch it wants.
pub(super) fn find(spec: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    const MEGABYTE: u64 = 1_000_000;
    let has_torch = spec.python().torch.is_none() && facts.lock.uv.as_deref().is_some_and(UvLock::has_torch);
    let Some(Ok(set)) = has_torch.then(|| uv_set(spec, facts)).flatten() else { return vec![] };
    let count = set.packages.iter().filter(|p| p.name.starts_with("nvidia-") || p.name == "triton").count();
    if count == 0 {
        return vec![];
    }
    let size = set.cuda_bytes.map_or(String::new(), |bytes| format!(", {} MB to download", bytes / MEGABYTE));
    let plural = if count == 1 { "" } else { "s" };
    let message = format!("{} has PyTorch for CUDA: {count} package{plural} that only a GPU has use for{size}", facts.lock.name);
    let found = Diagnostic::new(codes::CUDA_IN_LOCK, message).at(Place { file: facts.lock.file, start: 0, end: 0 }, "");
    vec![found.help("add `torch: cpu` to the spec, or `torch: cuda` if the service runs on a GPU")]
}
