//! A version that is read from git cannot be had in a build that git's folder is no part of.

use crate::diag::Diagnostic;
use crate::python::codes;
use crate::python::facts::Facts;
use crate::spec::Spec;

/// Finds a project whose build asks git for its version, where the spec does not say it.
pub(super) fn find(spec: &Spec, facts: &Facts) -> Vec<Diagnostic> {
    let is_installed = spec.python().install_project.as_ref().is_none_or(|install| install.value);
    let mut variables = spec.build_env.iter().flat_map(|env| &env.0);
    let is_told = variables.any(|(name, _)| name.value.contains("PRETEND_VERSION") || name.value.ends_with("_BYPASS"));
    let tool = facts.project.version_from_git.filter(|_| is_installed && !is_told);
    let said = tool.map(|place| {
        let found = Diagnostic::new(codes::VERSION_FROM_GIT, "the project's version comes from git, whose folder is no part of the build");
        found
            .at(place, "")
            .help("say it: `build-env: { SETUPTOOLS_SCM_PRETEND_VERSION: \"1.0\" }`, or the variable of your tool")
            .help("or build from the repository itself, with `--build-arg BUILDKIT_CONTEXT_KEEP_GIT_DIR=1` and `apt: { build: [git] }`")
    });
    said.into_iter().collect()
}
