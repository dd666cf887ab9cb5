//! Python as prune asks about it: what a path is called when it is imported, and which names a file of code holds.

use crate::refine::inventory::Distribution;
use crate::refine::prune::{File, Language, Where};
use crate::refine::tree::has_extension;

use super::packages::{modules::module_of, normalised};
use super::scan::scan;

/// Where the official images keep their interpreter.
const HOME: &str = "/usr/local";

/// Python, as the official images have it.
#[derive(Clone, Copy, Debug)]
pub struct PythonCode;

impl Language for PythonCode {
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
        modules.push(normalised(&package.name).replace('-', "_"));
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
