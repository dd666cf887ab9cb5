//! Python as the generic half asks about it: what is installed, what a path is called when it is imported, which names a file of
//! code holds.

use serde::Deserialize;
use serde_json::Value;

use crate::python::codes;
use crate::python::layout::{PROJECT, VENV};
use crate::python::pep::normalized;
use crate::refine::inventory::{Distribution, Inventory};
use crate::refine::language::{Installer, Language, Part};
use crate::refine::prune::{File, Where};
use crate::refine::sbom::{Component, Subject};
use crate::refine::tree::{Tree, has_extension};

use super::advice::advice;
use super::bill;
use super::notes::{Application, Warning};
use super::packages::{inventory, modules::module_of};
use super::scan::scan;
use super::steps::{blame, started};

/// Where the official images keep their interpreter.
const HOME: &str = "/usr/local";

/// Python, as the official images have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PythonCode;

/// What is said of pip in an image.
const PIP: Installer = Installer {
    code: codes::PIP,
    message: "pip is in the image, and a running service has no use for an installer. Leave it out; a service that does need it names it among its dependencies.",
    caches: &["/root/.cache/pip", "/root/.cache/uv", "/root/.cache/pypoetry"],
};

/// Whether a path is a folder that packages are installed in, as far as its name tells.
fn is_site(path: &str) -> bool {
    path.ends_with("/site-packages") || path.ends_with("/dist-packages")
}

impl Language for PythonCode {
    fn name(&self) -> &'static str {
        "python"
    }

    fn inventory(&self, image: &Tree) -> Inventory {
        let folders = image.iter().filter(|(path, entry)| (is_site(path) || *path == PROJECT) && !entry.is_file());
        inventory(image, &folders.map(|(path, _)| path).collect::<Vec<_>>())
    }

    fn part(&self, path: &str) -> Option<Part> {
        let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let interpreter = ["/usr/local/bin/python", "/usr/local/lib/python", "/usr/local/lib/libpython"];
        if has_extension(path, "pyc") {
            Some(Part::Bytecode)
        } else if below(PROJECT) {
            Some(Part::Application)
        } else if below(VENV) {
            Some(Part::Packages)
        } else {
            interpreter.iter().any(|start| path.starts_with(start)).then_some(Part::Interpreter)
        }
    }

    fn bill(&self, subject: &Subject<'_>) -> Vec<Component> {
        bill::components(subject)
    }

    fn advice(&self, image: &Tree, weights: &[(String, u64)]) -> Vec<String> {
        advice(image, weights)
    }

    fn warnings(&self, application: &Value) -> Vec<Warning> {
        Application::deserialize(application).map(|told| started::warnings(&told)).unwrap_or_default()
    }

    fn missed(&self, words: &str) -> Option<String> {
        blame::missed(words)
    }

    fn installer(&self) -> Installer {
        PIP
    }

    fn is_installer(&self, folder: &str, name: &str, is_program: bool) -> bool {
        let versioned = name.strip_prefix("pip").is_some_and(|v| v.chars().all(|c| c.is_ascii_digit() || c == '.'));
        let is_package = name == "pip" || (name.starts_with("pip-") && name.ends_with(".dist-info"));
        (is_program && versioned) || (is_site(folder) && is_package)
    }

    fn package_folders(&self) -> &'static [&'static str] {
        &["/site-packages/", "/dist-packages/"]
    }

    fn home(&self) -> &str {
        HOME
    }

    fn module(&self, place: Where, rest: &str) -> Option<String> {
        let rest = match place {
            Where::Packages => rest,
            Where::Interpreter => {
                let (version, rest) = rest.strip_prefix("lib/python")?.split_once('/')?;
                if version.contains('/') {
                    return None;
                }
                rest.strip_prefix("lib-dynload/").or_else(|| rest.strip_prefix("site-packages/")).unwrap_or(rest)
            }
        };
        let (folder, last) = rest.rsplit_once('/').map_or((None, rest), |(folder, last)| (Some(folder), last));
        let last = module_of(last).unwrap_or(last);
        let name = folder.map_or_else(|| last.to_owned(), |folder| format!("{}.{last}", folder.replace('/', ".")));
        Some(name.strip_suffix(".__init__").unwrap_or(&name).to_owned())
    }

    fn modules(&self, package: &Distribution) -> Vec<String> {
        let mut modules = package.modules.clone();
        modules.push(normalized(&package.name).replace('-', "_"));
        // Python has no distutils of its own from 3.12 on; setuptools puts its own in that place when Python starts.
        if package.files.iter().any(|path| path.ends_with("/distutils-precedence.pth")) {
            modules.push("distutils".to_owned());
        }
        modules
    }

    fn is_note(&self, rest: &str) -> bool {
        rest.split('/').next().is_some_and(|top| top.ends_with(".dist-info") || top.ends_with(".egg-info"))
    }

    fn means_notes(&self, pattern: &str) -> bool {
        pattern.contains("-info")
    }

    fn is_code(&self, path: &str) -> bool {
        has_extension(path, "py")
    }

    fn names(&self, file: &File<'_>, text: &str, found: &mut dyn FnMut(&str, bool)) {
        let package = file.rest.rsplit_once('/').zip(file.place).and_then(|((folder, _), place)| self.module(place, folder));
        scan(text, package.as_deref(), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pip_is_found_as_a_program_and_as_a_package() {
        let site = "/app/.venv/lib/python3.13/site-packages";
        for (folder, name, is_program, found) in [
            ("/app/.venv/bin", "pip3.13", true, true),
            ("/app/.venv/bin", "pip", true, true),
            ("/app/.venv/bin", "pipx-like", true, false),
            (site, "pip-25.dist-info", false, true),
            (site, "pip", false, true),
            (site, "pipeline", false, false),
            ("/app", "pip", false, false),
        ] {
            assert_eq!(PythonCode.is_installer(folder, name, is_program), found, "{folder}/{name}");
        }
    }
}
