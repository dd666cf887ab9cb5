//! What of a lock does not fit the spec: git without its key, an image whose C library no wheel is for, a key about a package that
//! is not there.

use crate::diag::{Diagnostic, Sink};
use crate::python::codes;
use crate::python::cuda;
use crate::python::facts::Facts;
use crate::python::locks::{Files, InstallSet, Package, Torch};
use crate::spec::{Runtime, Spec};

use super::selected::torch;

/// The Debian packages that repositories need in the builder; and for ssh the client's agent is wanted.
pub(super) fn git(spec: &Spec, set: &InstallSet, sink: &mut Sink) -> &'static [&'static str] {
    let over_ssh = set.git.iter().find(|repository| repository.is_over_ssh());
    if let (Some(repository), None) = (over_ssh, &spec.ssh) {
        let found = Diagnostic::new(codes::SSH_NEEDED, format!("a dependency comes over ssh: `{}`", repository.url));
        sink.push(found.at(repository.place, "").help("add `ssh: {}` to the spec, and build with `--ssh default`"));
    }
    match (set.git.is_empty(), over_ssh) {
        (true, _) => &[],
        (false, None) => &["git"],
        (false, Some(_)) => &["git", "openssh-client"],
    }
}

/// Says that `torch` is of no use, or of none yet.
pub(super) fn pytorch(spec: &Spec, facts: &Facts, set: &InstallSet, sink: &mut Sink) {
    let Some(key) = spec.python().torch.as_ref().filter(|_| !set.has_torch) else { return };
    let is_complete = !matches!(&set.files, Files::Requirements(files) if !files.is_complete);
    if is_complete || torch(spec) == Torch::Keep {
        let message = format!("`torch` says which PyTorch is installed, and {} has none", facts.lock.name);
        sink.push(Diagnostic::new(codes::NEEDLESS_KEY, message).at(key.place, "").help("leave the key out"));
        return;
    }
    let message = format!("{} does not say which PyTorch is installed, so its build cannot be chosen", facts.lock.name);
    let found = Diagnostic::new(codes::TORCH_NOT_PINNED, message).at(key.place, "");
    sink.push(
        found
            .help("pin it there, as in `torch==2.9.1`, or let a tool write all that is installed")
            .help("if nothing needs PyTorch, leave the key out"),
    );
}

/// Alpine's C library runs only wheels that were built for it.
pub(super) fn musl(spec: &Spec, set: &InstallSet, sink: &mut Sink) {
    let Some(runtime) = spec.runtime.as_ref().filter(|runtime| runtime.value == Runtime::Alpine) else { return };
    // The index of PyTorch's builds for the processor has none for Alpine; another one may.
    let is_ours = |name: &str| name == "torch";
    let other_index = spec.indexes.iter().flatten().any(|i| i.value.name.as_ref().is_some_and(|name| is_ours(name.value.as_str())));
    let builds = set.missing.torch.iter().filter(|_| !other_index);
    let mut cannot: Vec<&str> = set.packages.iter().filter(|p| !may_run(p)).chain(builds).map(|p| p.name.as_str()).collect();
    cannot.dedup();
    if cannot.is_empty() {
        return;
    }
    let found = Diagnostic::new(codes::NO_MUSL_WHEELS, format!("these packages have no wheels for Alpine: {}", cannot.join(", ")));
    let help = "take `runtime: distroless` or `runtime: slim`; they are built on Debian, where the locked wheels run";
    sink.push(found.at(runtime.place, "").help(help));
}

/// Whether a package may run on Alpine, as far as the lock tells.
fn may_run(package: &Package) -> bool {
    let runs = package.wheels.iter().any(|wheel| wheel.file.contains("musllinux") || wheel.file.ends_with("-none-any.whl"));
    match package.has_sdist {
        // PyTorch is published as wheels alone, and for no other C library than Debian's.
        None => !cuda::is_family(&package.name),
        Some(has_sdist) => runs || (has_sdist && package.wheels.is_empty()),
    }
}
