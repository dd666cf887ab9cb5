//! Whether a project can be installed for another machine than the one that the build runs on: every package has a wheel for that machine,
//! and what the project builds itself is compiled by nothing.

use toml_span::Value;

use crate::diag::{Place, Sink, Sources};
use crate::python::facts::Facts;
use crate::python::locks::{InstallSet, Package, Source};
use crate::python::pep::Requirement;
use crate::spec::Spec;

use super::inputs::{install_set, torch};
use super::wheels::runs;

/// The machines, as images and as installers call them.
const MACHINES: &[(&str, &str)] = &[("amd64", "x86_64"), ("arm64", "aarch64")];
/// The glibc of Debian's releases, as the second number of `2.41`, and no newer than uv knows.
const GLIBC: &[(&str, u32)] = &[("bullseye", 31), ("bookworm", 36), ("trixie", 40), ("forky", 40)];
/// What builds packages by compiling them, among the requirements of a build.
const COMPILES: &[&str] = &[
    "cffi",
    "cmake",
    "cython",
    "hatch-cython",
    "hatch-mypyc",
    "maturin",
    "meson-python",
    "mypy",
    "nanobind",
    "numpy",
    "pybind11",
    "py-build-cmake",
    "scikit-build",
    "scikit-build-core",
    "setuptools-rust",
];

/// Why something has to run on the machine that the image is for, and where that is said.
type Forced = (String, Option<Place>);

/// What uv calls the machine, where all can be installed for it.
pub(crate) fn crosses(spec: &Spec, facts: &Facts, architecture: &str, debian: &str, sources: &Sources) -> Result<String, Forced> {
    let nobody = || (format!("what is installed for {architecture} is not known"), None);
    let machine = MACHINES.iter().find(|(image, _)| *image == architecture).map(|(_, machine)| *machine).ok_or_else(nobody)?;
    let glibc = GLIBC.iter().find(|(release, _)| *release == debian).map(|(_, glibc)| *glibc).ok_or_else(nobody)?;
    compiled(facts)?;
    let set = install_set(spec, facts, torch(spec), &mut Sink::default()).ok_or_else(nobody)?;
    packages(&set, facts, machine, glibc, sources)?;
    Ok(format!("{machine}-manylinux_2_{glibc}"))
}

/// Makes sure that every package has a wheel.
fn packages(set: &InstallSet, facts: &Facts, machine: &str, glibc: u32, sources: &Sources) -> Result<(), Forced> {
    let python = facts.python.version;
    if let Some(package) = set.missing.torch.first() {
        return Err((format!("`torch: cpu` takes builds of `{}` that no lock names", package.name), Some(package.place)));
    }
    for package in set.packages.iter().filter(|package| package.is_for(python, machine)) {
        if package.wheels.iter().any(|wheel| runs(&wheel.file, python.minor, machine, glibc)) {
            continue;
        }
        // A lock may have what only another machine installs: without a source there is nothing that could be built.
        if package.has_sdist == Some(false) && !package.wheels.is_empty() {
            continue;
        }
        return Err((lacks(package, facts, machine, sources), Some(package.place)));
    }
    Ok(())
}

/// What a package has in the place of a wheel.
fn lacks(package: &Package, facts: &Facts, machine: &str, sources: &Sources) -> String {
    let (name, lock) = (&package.name, &sources.file(package.place.file).name);
    match &package.source {
        Source::Git { url, .. } => format!("`{name}` is built from {url}"),
        Source::Archive(path) | Source::Url(path) if package.wheels.is_empty() => format!("`{name}` is built from {path}"),
        _ if package.has_sdist.is_none() && package.wheels.is_empty() => format!("{lock} does not name the wheels of `{name}`"),
        _ => format!("`{name}` has no wheel in {lock} for Python {} on {machine}, and is built from source", facts.python.version.series()),
    }
}

/// Makes sure that the project itself is not compiled, as far as its requirements tell. What its build makes is looked at once more.
fn compiled(facts: &Facts) -> Result<(), Forced> {
    let Some(file) = facts.project.file.as_ref().filter(|_| facts.project.is_package) else { return Ok(()) };
    let requires = file.root().pointer("/build-system/requires").and_then(Value::as_array);
    let compiles = |text: &str| Requirement::parse(text).map(|tool| tool.name).filter(|name| COMPILES.contains(&name.as_str()));
    let found = requires.into_iter().flatten().find_map(|one| Some((compiles(one.as_str()?)?, one.span)));
    found.map_or(Ok(()), |(tool, span)| {
        Err((format!("the project is built with `{tool}`"), Some(Place { file: file.file, start: span.start, end: span.end })))
    })
}
