//! What a spec asks of a Python service, whatever the project is.

use crate::diag::{Diagnostic, Place, Sink};
use crate::python::codes;
use crate::python::given;
use crate::recipe::input::Inputs;
use crate::refine::requests::{Command, named};
use crate::spec::{Check, Prune, Spec};
use crate::yaml::At;

use super::keys::{Bytecode, EditionKeys, Keys, Manager, PruneKeys};
use super::{layout, steps};

impl Spec {
    /// What it says of a Python service.
    pub(crate) fn python(&self) -> &Keys {
        &self.ecosystems.python
    }

    /// Whose lock of a Python project it says is installed.
    pub(crate) fn python_manager(&self) -> Option<At<Manager>> {
        let manager = self.ecosystems.manager.as_ref()?;
        Some(At { value: manager.value.python()?, place: manager.place })
    }

    /// What its editions say of one.
    pub(crate) fn python_of_editions(&self) -> impl Iterator<Item = &EditionKeys> {
        self.editions.0.iter().map(|(_, edition)| &edition.value.0.ecosystems.python)
    }
}

/// Fills the inputs that a recipe may take whatever the project is.
pub(crate) fn fill(spec: &Spec, inputs: &mut Inputs, sink: &mut Sink) {
    if let Some(uv) = &spec.python().uv {
        inputs.set(given::UV_IMAGE, format!("ghcr.io/astral-sh/uv:{}", uv.value));
    }
    let keys = match spec.prune.as_ref().map(|prune| &prune.value) {
        Some(Prune::Keys(keys)) => keys.ecosystems.python.clone(),
        Some(Prune::Off) | None => PruneKeys::default(),
    };
    if let Some(aws) = keys.aws.as_ref().filter(|aws| aws.value.is_empty()) {
        let found = Diagnostic::new(codes::NAMES_NOTHING, "`aws` names no service, and botocore is of no use without any");
        sink.push(found.at(aws.place, "").help("name the services that are used, as `[s3]`, or leave the key out to keep all"));
    }
    inputs.set(given::BYTECODE, keys.bytecode.as_ref().map_or(Bytecode::Used, |bytecode| bytecode.value).word().to_owned());
    inputs.set(given::AWS, keys.aws.iter().flat_map(|aws| &aws.value).map(|service| service.value.to_string()).collect());
    let check = spec.check.as_ref().map(|check| &check.value.ecosystems.python);
    inputs.set(given::SKIP, check.iter().flat_map(|check| &check.skip).map(|module| module.value.clone()).collect());
    let timeout = check.and_then(|check| check.timeout.as_ref());
    inputs.set(given::TIMEOUT, timeout.map(|timeout| timeout.value.0.to_string()).unwrap_or_default());
    inputs.set(given::STRICT, check.is_some_and(|check| check.imports.0.strict));
}

/// The words of the step that imports, in the environment of an image's packages, the modules that a spec names; and where it names
/// them. `None` where it names none.
pub(crate) fn imports(check: &Check) -> Option<(Vec<String>, Place)> {
    let check = &check.ecosystems.python;
    let named = &check.imports.0.modules;
    let (first, last) = (named.first()?, named.last()?);
    let modules = named.iter().map(|module| module.value.clone()).collect();
    let seconds = check.timeout.as_ref().map(|timeout| timeout.value.0);
    let asked = steps::Imports { python: layout::program(), seconds, command: Command(modules) };
    Some((asked.argv(), Place { start: first.place.start, ..last.place }))
}

/// The words of the step that proves a command which runs before the service, where the service's own is proven by these words.
pub(crate) fn prove_before(proof: &[String], command: &[String]) -> Option<Vec<String>> {
    named(proof).filter(|name| *name == steps::ProveImage::STEP.name)?;
    let Some(Ok(steps::Request::ProveImage(asked))) = steps::Request::read(proof.get(2..)?) else { return None };
    let steps::ProveImage { environment, application, skip, strict, seconds, .. } = asked;
    Some(steps::ProveBefore { environment, application, skip, strict, seconds, command: Command(command.to_vec()) }.argv())
}
