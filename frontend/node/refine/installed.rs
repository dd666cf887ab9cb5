//! The packages that are installed in folders named `node_modules`, and the native code in them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::refine::tree::has_extension;

/// A package at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installed {
    /// Its name, as code asks for it.
    pub(super) name: String,
    /// The folder whose code finds it by that name.
    pub(super) from: PathBuf,
    /// Where it is.
    pub(super) folder: PathBuf,
}

/// All packages below a folder of them, those first that others lie in. Links lead to members of the workspace, which are no packages.
pub(super) fn packages(modules: &Path) -> io::Result<Vec<Installed>> {
    let mut found = vec![];
    let Some(from) = modules.parent() else { return Ok(found) };
    for name in names(modules)? {
        let folder = modules.join(&name);
        if name.starts_with('@') {
            for inner in names(&folder)? {
                one(format!("{name}/{inner}"), from, &folder.join(inner), &mut found)?;
            }
        } else {
            one(name, from, &folder, &mut found)?;
        }
    }
    Ok(found)
}

fn one(name: String, from: &Path, folder: &Path, found: &mut Vec<Installed>) -> io::Result<()> {
    if folder.join("package.json").is_file() {
        found.push(Installed { name, from: from.to_owned(), folder: folder.to_owned() });
    }
    found.extend(packages(&folder.join("node_modules"))?);
    Ok(())
}

/// The names of folders in a folder, sorted; none where it is not there.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        entries => entries?,
    };
    let mut names = vec![];
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The files of native code that Node opens, below a folder.
pub(super) fn addons(modules: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut open) = (vec![], vec![modules.to_owned()]);
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() && has_extension(&entry.file_name().to_string_lossy(), "node") {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The package that a file is of.
pub(super) fn owner(file: &Path) -> Option<PathBuf> {
    file.ancestors()
        .skip(1)
        .find(|folder| {
            let above = folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let scoped = || folder.parent().and_then(Path::parent).and_then(Path::file_name).is_some_and(|name| name == "node_modules");
            let is_scope = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with('@'));
            (above == "node_modules" && !is_scope) || (above.starts_with('@') && scoped())
        })
        .map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_found_with_those_inside_of_them() {
        let disk = tempfile::tempdir().unwrap();
        for path in ["a/package.json", "a/node_modules/b/package.json", "@s/c/package.json", "@s/c/build/x.node", "none/x.js", ".bin/a"] {
            let path = disk.path().join("node_modules").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        std::os::unix::fs::symlink("../../packages/d", disk.path().join("node_modules/d")).unwrap();
        let modules = disk.path().join("node_modules");
        let found = packages(&modules).unwrap();
        let told = |one: &Installed| (one.name.clone(), one.from.strip_prefix(disk.path()).unwrap().display().to_string());
        let told: Vec<_> = found.iter().map(told).collect();
        assert_eq!(told, [("@s/c".into(), String::new()), ("a".into(), String::new()), ("b".into(), "node_modules/a".into())]);
        let addons = addons(&modules).unwrap();
        assert_eq!(addons, [modules.join("@s/c/build/x.node")]);
        assert_eq!(owner(&addons[0]), Some(modules.join("@s/c")));
        assert_eq!(owner(&modules.join("a/node_modules/b/x.node")), Some(modules.join("a/node_modules/b")));
        assert!(packages(&disk.path().join("nowhere/node_modules")).unwrap().is_empty());
    }
}
