//! Modules in the final image: those that the command names are there.

use std::io;
use std::path::Path;

use super::Finding;
use crate::python::codes;
use crate::python::refine::interpreter::Python;
use crate::python::refine::start::Load;

/// Looks for the modules that a command loads, without importing any. An error means that the image's Python does not start.
pub(crate) fn modules(python: &Python, loads: &[Load]) -> io::Result<Vec<Finding>> {
    let workdir = python.workdir.display();
    let mut names = vec![];
    let mut input = vec![];
    for load in loads {
        let (word, name) = match load {
            Load::Path(path) if path.starts_with('/') => ("path", path.clone()),
            Load::Path(path) => ("path", format!("{workdir}/{path}")),
            Load::Module(name) | Load::Named(name, _) => ("module", name.clone()),
            Load::Object(name) => ("object", name.clone()),
            Load::Main(name) => ("main", name.clone()),
            Load::Perhaps(_) | Load::Run(_) | Load::Factory(_) | Load::Script(_) | Load::Code(_) | Load::Companion(..) => continue,
        };
        input.push(format!("{word} {name}"));
        if word != "path" {
            names.push(name);
        }
    }
    let answers = python.answers(include_str!("find.py"), input.join("\n").into_bytes(), names.len())?;
    let missing = names.into_iter().zip(answers).filter(|(_, answer)| !answer.is_empty());
    Ok(missing.map(|(name, answer)| Finding::new(codes::NO_SUCH_MODULE, &name, unfound(&name, &answer, &python.workdir))).collect())
}

/// What is said of a module of the command that is not found; `part` is the first of its folders and files that is not there.
fn unfound(name: &str, part: &str, workdir: &Path) -> String {
    if part == format!("{name}.__main__") {
        return format!(
            "The command runs the package `{name}`, which has no `__main__.py`. Name a module in it, such as `{name}.main`, or its \
             console script."
        );
    }
    // Where it would be found: a folder of the image that only holds sources.
    let top = name.split('.').next().unwrap_or_default();
    let holds = |folder: &Path| folder.join(top).is_dir() || folder.join(format!("{top}.py")).is_file();
    let folders = std::fs::read_dir(workdir).into_iter().flatten().flatten().map(|found| found.path());
    let mut inside: Vec<_> = folders.filter(|folder| !folder.join("__init__.py").is_file() && holds(folder)).collect();
    inside.sort();
    let near = inside.iter().find(|_| part == top).and_then(|folder| folder.file_name()?.to_str());
    let way = match near {
        Some(folder) => format!(
            "It is in {}/{folder}, which is not on the path: say `env: {{ PYTHONPATH: {}/{folder} }}`, or copy it without that folder, as \
             `copy: [{{ {folder}: . }}]`.",
            workdir.display(),
            workdir.display()
        ),
        None => "Correct the name in `command`, add its package to the dependencies, or `copy` the folder that has it.".to_owned(),
    };
    format!("The command loads the module `{name}`, and `{part}` is nowhere on the image's module path. {way}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::python::refine::interpreter::testing;

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
        loads.extend(["api.main.app", "api.none.app"].map(|m| Load::Object(m.into())));
        loads.extend(["api", "api.main", "json"].map(|m| Load::Main(m.into())));
        let found = modules(&python, &loads).unwrap();
        assert!(found.iter().all(|f| f.code.name() == "no-such-module"));
        let said: Vec<_> = found.iter().map(|f| f.message.split(" is nowhere").next().unwrap()).collect();
        let [mian, thing, object, main, json] = &said[..] else { panic!("{said:?}") };
        assert_eq!(*mian, "The command loads the module `api.mian`, and `api.mian`");
        assert_eq!(*thing, "The command loads the module `no.thing`, and `no`");
        assert_eq!(*object, "The command loads the module `api.none.app`, and `api.none`");
        assert!(main.starts_with("The command runs the package `api`, which has no `__main__.py`."), "{main}");
        assert!(json.starts_with("The command runs the package `json`"), "{json}");
        fs::write(folder.path().join("src/alone.py"), "").unwrap();
        let found = modules(&python, &[Load::Path(".".into()), Load::Named("alone".into(), None)]).unwrap();
        assert!(found[0].message.contains("/src, which is not on the path: say `env: { PYTHONPATH:"), "{}", found[0].message);
    }
}
