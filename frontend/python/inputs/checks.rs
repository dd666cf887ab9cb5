//! What of a lock does not fit the spec: git without its key, an image whose C library no wheel is for, a key about a package that
//! is not there.

use crate::diag::{Diagnostic, Sink};
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::keys::Manager;
use crate::python::locks::{InstallSet, Package, Torch};
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

/// Says that `torch` is of no use.
pub(super) fn pytorch(spec: &Spec, facts: &Facts, set: &InstallSet, sink: &mut Sink) {
    let Some(key) = &spec.python().torch else { return };
    if facts.lock.manager == Manager::Uv {
        if !set.has_torch {
            let message = format!("`torch` says which PyTorch is installed, and {} has none", facts.lock.name);
            sink.push(Diagnostic::new(codes::NEEDLESS_KEY, message).at(key.place, "").help("leave the key out"));
        }
    } else if torch(spec) == Torch::Cpu {
        let message = format!("`torch: cpu` needs a uv.lock, and the project has {}", facts.lock.name);
        let found = Diagnostic::new(codes::TORCH_NEEDS_UV, message).at(key.place, "");
        sink.push(found.help("lock PyTorch from the index https://download.pytorch.org/whl/cpu, or lock with uv"));
    }
}

/// Alpine's C library runs only wheels that were built for it.
pub(super) fn musl(spec: &Spec, set: &InstallSet, sink: &mut Sink) {
    let Some(runtime) = spec.runtime.as_ref().filter(|runtime| runtime.value == Runtime::Alpine) else { return };
    let cannot: Vec<&str> = set.packages.iter().filter(|p| !may_run(p)).map(|p| p.name.as_str()).collect();
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
    package.has_sdist.is_none_or(|has_sdist| runs || (has_sdist && package.wheels.is_empty()))
}
