//! Modules in the final image: those that imported before still do, and those that the command names are there.

use std::io;

use super::Finding;
use crate::refine::python::start::Load;
use crate::refine::python::{self, Limits, Missing, Python, Result};

/// Imports what is expected to import. An error means that the image's Python does not start.
pub fn imports(python: &Python, expected: &[String], limits: Limits) -> io::Result<Vec<Finding>> {
    let outcomes = python::imports(python, expected, limits)?;
    let broken = outcomes.into_iter().filter(|o| o.result != Result::Ok);
    Ok(broken
        .map(|outcome| {
            let way = match python::missing::missing(&outcome.result).first() {
                Some(Missing::Library(name)) => format!("Add the Debian package that has {name} to `apt.runtime`."),
                Some(Missing::Module(name)) => {
                    format!("If pruning took `{name}`, keep it with `prune.keep`; else add its package to the dependencies.")
                }
                Some(Missing::File(path)) => format!("If pruning took {path}, keep it with `prune.keep`."),
                Some(Missing::Data(name) | Missing::Distribution(name)) => {
                    format!("If pruning took the files of `{name}`, keep them with `prune.keep`.")
                }
                None => "Leave it out of `check.imports` if the service can do without it.".into(),
            };
            let said = outcome.result.describe();
            let message = format!("`import {}` works in the builder and not in the image: it {said}. {way}", outcome.module);
            Finding::error("import", &outcome.module, message)
        })
        .collect())
}

/// Looks for the modules that a command loads, without importing any. An error means that the image's Python does not start.
pub fn modules(python: &Python, loads: &[Load]) -> io::Result<Vec<Finding>> {
    let workdir = python.workdir.display();
    let mut names = vec![];
    let mut input = vec![];
    for load in loads {
        match load {
            Load::Path(path) if path.starts_with('/') => input.push(format!("path {path}")),
            Load::Path(path) => input.push(format!("path {workdir}/{path}")),
            Load::Module(name) => {
                input.push(format!("module {name}"));
                names.push(name);
            }
            _ => {}
        }
    }
    let answers = python.answers(include_str!("find.py"), input.join("\n").into_bytes(), names.len())?;
    let missing = names.into_iter().zip(answers).filter(|(_, answer)| !answer.is_empty());
    Ok(missing
        .map(|(name, answer)| {
            let message = format!(
                "The command loads the module `{name}`, and `{answer}` is nowhere on the image's module path. Correct the name in \
                 `command`, add its package to the dependencies, or `copy` the folder that has it."
            );
            Finding::error("entry-module", name, message)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::refine::python::testing;

    #[test]
    fn modules_are_found_without_being_imported() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/api/space")).unwrap();
        fs::write(folder.path().join("src/api/__init__.py"), "raise SystemExit(9)").unwrap();
        fs::write(folder.path().join("src/api/main.py"), "raise SystemExit(9)").unwrap();
        fs::write(folder.path().join("src/api/space/deep.py"), "").unwrap();
        let mut python = testing::python();
        python.workdir = folder.path().to_owned();
        let mut loads = vec![Load::Path("src".into())];
        loads.extend(["api.main", "api.space.deep", "json.tool", "sys", "api.mian", "no.thing"].map(|m| Load::Module(m.into())));
        let found = modules(&python, &loads).unwrap();
        let said: Vec<_> = found.iter().map(|f| f.message.split(" is nowhere").next().unwrap()).collect();
        assert_eq!(said, ["The command loads the module `api.mian`, and `api.mian`", "The command loads the module `no.thing`, and `no`"]);
        let expected: Vec<String> = ["json", "nowhere_at_all"].map(String::from).into();
        let found = imports(&python, &expected, Limits::default()).unwrap();
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("raises ModuleNotFoundError: No module named 'nowhere_at_all'. If pruning"),
            "{}",
            found[0].message
        );
    }
}
