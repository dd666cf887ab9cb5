//! Tools for tests and for the code's form are of no use to a service that runs.

use super::direct;
use crate::diag::Diagnostic;
use crate::python::codes;
use crate::python::facts::Facts;
use crate::python::keys::Manager;
use crate::spec::Spec;

/// Such tools, by the names of their packages.
const TOOLS: &[&str] = &[
    "bandit",
    "black",
    "coverage",
    "flake8",
    "ipdb",
    "ipython",
    "isort",
    "jupyter",
    "jupyterlab",
    "mypy",
    "notebook",
    "nox",
    "pre-commit",
    "pylint",
    "pyright",
    "pytest",
    "pytest-asyncio",
    "pytest-cov",
    "pytest-mock",
    "pytest-xdist",
    "ruff",
    "tox",
    "yapf",
];

/// Finds one among the dependencies of a project.
pub(super) fn find(_: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    let found = direct::dependencies(facts).into_iter().filter(|one| TOOLS.contains(&one.name.as_str()));
    let found: Vec<_> = found.collect();
    let Some(first) = found.first() else { return vec![] };
    let names = found.iter().map(|one| format!("`{}`", one.name)).collect::<Vec<_>>().join(" and ");
    let (ships, them) = if found.len() == 1 { ("ships", "it") } else { ("ship", "them") };
    let message = format!("{names} {ships}, with all that comes along, and a service that runs has no use for {them}");
    let said = Diagnostic::new(codes::TEST_TOOL_SHIPS, message);
    let said = found.iter().skip(1).fold(said.at(first.place, ""), |said, one| said.at(one.place, ""));
    vec![said.help(match facts.lock.manager {
        Manager::Poetry => format!("`poetry remove {0} && poetry add --group dev {0}` moves it", first.name),
        Manager::Uv => format!("`uv remove {0} && uv add --dev {0}` moves it to the group `dev`", first.name),
        Manager::Pip => "move it to `[dependency-groups]`, which only those install who ask for it".to_owned(),
    })]
}
