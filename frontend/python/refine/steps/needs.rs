//! What the project's own code imports of what rules could leave out, as a list that the environment's step takes by its content.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::python::refine::needs::needs as asked_for;
use crate::python::refine::packages::{self, modules::module_of};
use crate::python::refine::start::{self, Load, World};
use crate::python::steps::Needs;
use crate::refine::tree::Tree;

use super::output::about;
use super::{PROJECT, Problem, read as tree_of};

/// The list's name in the step's output.
const FILE: &str = "modules";

/// The lines that a person should know; the list is written to `request.out`.
pub(crate) fn needs(request: &Needs) -> Result<Vec<String>, Problem> {
    let mut project = tree_of(&request.project.display().to_string(), PROJECT)?;
    let copied = tree_of(&request.copied.display().to_string(), "/")?;
    let own: BTreeSet<String> = own(&project, PROJECT).chain(own(&copied, request.workdir.trim_end_matches('/'))).collect();
    let inventory = packages::inventory(&project, &[PROJECT]);
    let mut further: BTreeSet<String> = inventory.distributions.iter().flat_map(|d| d.entry_modules.iter().cloned()).collect();
    let script = |program: &str| fs::read_to_string(request.project.join("bin").join(program)).ok();
    let folder = request.copied.join(request.workdir.trim_start_matches('/'));
    let file = |path: &str| fs::read_to_string(folder.join(path)).ok();
    let world = World { env: &[], console: &|program| start::console(&script(program)?), file: &file };
    further.extend(start::start(&request.command.0, &world).loads.into_iter().filter_map(|load| match load {
        Load::Module(name)
        | Load::Named(name, _)
        | Load::Object(name)
        | Load::Perhaps(name)
        | Load::Run(name)
        | Load::Main(name)
        | Load::Factory(name) => Some(name),
        Load::Path(_) | Load::Script(_) | Load::Code(_) | Load::Companion(..) => None,
    }));
    project.extend(copied);
    let (found, mut lines) = asked_for(&project, &own, &further, &crate::python::refine::rules());
    fs::create_dir_all(&request.out).map_err(|e| about(&request.out, &e))?;
    let path = request.out.join(FILE);
    let text = found.iter().fold(String::new(), |text, name| text + name + "\n");
    fs::write(&path, text).map_err(|e| about(&path, &e))?;
    if !found.is_empty() {
        lines.push(format!("the project imports {}; no rule leaves that out", found.into_iter().collect::<Vec<_>>().join(", ")));
    }
    Ok(lines)
}

/// The modules of the list; none where there is no list.
pub(crate) fn read(path: &Path) -> Result<BTreeSet<String>, Problem> {
    if !path.exists() {
        return Ok(BTreeSet::new());
    }
    let text = fs::read_to_string(path).map_err(|e| about(path, &e))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// The names of packages and modules at the top of a folder. What has no `__init__.py` may have parts elsewhere.
fn own<'t>(tree: &'t Tree, folder: &'t str) -> impl Iterator<Item = String> + 't {
    tree.below(folder).filter_map(move |(path, entry)| {
        let rest = path.strip_prefix(folder)?.strip_prefix('/')?;
        let name = rest.strip_suffix("/__init__.py").or_else(|| module_of(rest))?;
        (entry.is_file() && !name.contains('/')).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use crate::refine::requests::{Command, Folder, Out};

    use super::*;

    #[test]
    fn the_list_is_written_and_read() {
        let disk = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = disk.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("project/shop/__init__.py", "from shop.tests import data\nfrom other.tests import more\nimport readline\n");
        write("project/shop-1.dist-info/entry_points.txt", "[console_scripts]\nshop = idlelib.run:main\n");
        write("copied/srv/manage.py", "import curses\nfrom manage.tests import x\n");
        let request = Needs {
            project: Folder(disk.path().join("project")),
            copied: Folder(disk.path().join("copied")),
            workdir: "/srv".into(),
            command: Command(["python", "-m", "turtle"].map(str::to_owned).to_vec()),
            out: Out(disk.path().join("out")),
        };
        let lines = needs(&request).unwrap();
        let found: Vec<String> = read(&disk.path().join("out/modules")).unwrap().into_iter().collect();
        assert_eq!(found, ["curses", "idlelib", "other.tests", "readline", "turtle"]);
        assert_eq!(lines.len(), 1);
        fs::remove_dir_all(disk.path().join("project")).unwrap();
        fs::remove_dir_all(disk.path().join("copied")).unwrap();
        needs(&Needs { command: Command::default(), ..request }).unwrap();
        assert!(read(&disk.path().join("out/modules")).unwrap().is_empty());
    }
}
