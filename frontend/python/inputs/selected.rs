//! What a spec selects of the project's lock, whoever wrote that: all who ask what is installed ask here.

use crate::diag::{Place, Sink};
use crate::names::Word;
use crate::python::facts::Facts;
use crate::python::keys::{self, Manager};
use crate::python::locks::uv::{self, SelectionError};
use crate::python::locks::{InstallSet, Torch, poetry};
use crate::spec::Spec;
use crate::yaml::At;

/// Which builds of PyTorch a spec asks for.
pub(crate) fn torch(spec: &Spec) -> Torch {
    if spec.python().torch.as_ref().is_some_and(|torch| torch.value == keys::Torch::Cpu) { Torch::Cpu } else { Torch::Keep }
}

/// What is installed. `None` when that cannot be said; the sink says why.
pub(crate) fn install_set(spec: &Spec, facts: &Facts, torch: Torch, sink: &mut Sink) -> Option<InstallSet> {
    let lock = &facts.lock;
    match lock.manager {
        Manager::Uv => {
            let (extras, groups, only_groups) =
                (texts(spec.python().extras.as_ref()), texts(spec.python().groups.as_ref()), texts(spec.python().only_groups.as_ref()));
            let selection = uv::Selection { package: &facts.project.name, extras: &extras, groups: &groups, only_groups: &only_groups };
            let set = lock.uv.as_deref()?.install_set(&selection, torch);
            set.map_err(|problem| sink.push(problem.diagnostic(place(spec, &problem)))).ok()
        }
        Manager::Poetry => {
            let (extras, groups) = (words_at(spec.python().extras.as_ref()), words_at(spec.python().groups.as_ref()));
            let only_groups = words_at(spec.python().only_groups.as_ref());
            let selection = poetry::Selection { extras: &extras, groups: &groups, only_groups: &only_groups, torch };
            poetry::install_set(&lock.text, lock.file, lock.project.as_ref()?, selection, sink)
        }
        Manager::Pip => lock.pip.as_deref()?.install_set(torch, sink),
    }
}

/// Words as text.
pub(super) fn texts(values: Option<&Vec<At<Word>>>) -> Vec<String> {
    values.into_iter().flatten().map(|w| w.value.to_string()).collect()
}

/// Words as text with their places.
fn words_at(values: Option<&Vec<At<Word>>>) -> Vec<At<String>> {
    values.into_iter().flatten().map(|w| At { value: w.value.to_string(), place: w.place }).collect()
}

/// Where the spec asks for what cannot be had.
fn place(spec: &Spec, problem: &SelectionError) -> Option<Place> {
    let named = |values: Option<&Vec<At<Word>>>, name: &str| values?.iter().find(|w| w.value.as_str() == name).map(|w| w.place);
    match problem {
        SelectionError::NoExtra { extra, .. } => named(spec.python().extras.as_ref(), extra),
        SelectionError::NoGroup { group, .. } => {
            named(spec.python().groups.as_ref(), group).or_else(|| named(spec.python().only_groups.as_ref(), group))
        }
        SelectionError::NoPackage { .. } => spec.project.as_ref().map(|p| p.place),
        SelectionError::Conflict { .. } => spec.python().extras.iter().chain(&spec.python().groups).flatten().next().map(|w| w.place),
        SelectionError::Broken { .. } => None,
    }
}
