//! What the image has beside the builder's own files, made known to trials in the builder: shared libraries that only the runtime
//! or its Debian packages have, and the `ctypes.util` that ships.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::python::refine::find_library;
use crate::refine::tree::{Entry, Kind, Tree};

use super::output::about;

/// Folders of the builder that its loader searches, and those of their machine below.
const LIBRARY_FOLDERS: [&str; 3] = ["/usr/lib", "/lib", "/usr/local/lib"];

/// The folders of what trials are lent, among temporary files.
const LIBRARIES: &str = "distil-libraries";
const MODULES: &str = "distil-modules";

/// Lets the module that finds libraries by their short names do so in an image, where none of the tools is that it asks. What ships
/// is written into a folder that trials cannot write to.
pub(super) fn find_libraries(shipped: &mut Tree, series: &str, folder: &Path) -> io::Result<()> {
    let path = find_library::finder(series);
    let Some(entry) = shipped.get(&path).filter(|entry| entry.is_file()) else { return Ok(()) };
    let text = find_library::with_finder(&String::from_utf8_lossy(&entry.bytes()?));
    let disk = folder.join("ctypes-util.py");
    fs::create_dir_all(folder).and_then(|()| fs::write(&disk, &text)).map_err(|e| about(&disk, &e))?;
    let mode = entry.mode;
    shipped.insert(&path, Entry { kind: Kind::File { size: text.len() as u64 }, mode, disk });
    Ok(())
}

/// The variables by which a trial in the builder finds the libraries of these trees that the builder lacks; none where it has
/// them all.
pub(super) fn beside(trees: &[&Tree], series: &str) -> io::Result<Vec<(String, String)>> {
    let libraries = lacking(trees);
    if libraries.is_empty() {
        return Ok(vec![]);
    }
    let folder = std::env::temp_dir().join(LIBRARIES);
    fs::create_dir_all(&folder).map_err(|e| about(&folder, &e))?;
    for (name, disk) in libraries {
        let link = folder.join(name);
        std::os::unix::fs::symlink(&disk, &link).map_err(|e| about(&link, &e))?;
    }
    let modules = std::env::temp_dir().join(MODULES);
    let mut env = vec![("LD_LIBRARY_PATH".to_owned(), folder.display().to_string())];
    if let Some(from) = Path::new(&find_library::finder(series)).parent().filter(|from| from.is_dir()) {
        copy(from, &modules)?;
        env.push(("PYTHONPATH".to_owned(), modules.display().to_string()));
    }
    Ok(env)
}

/// An environment with these variables too; where it has one already, what it says comes after.
pub(super) fn with(mut env: Vec<(String, String)>, further: Vec<(String, String)>) -> Vec<(String, String)> {
    for (name, value) in further {
        match env.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = format!("{value}:{known}"),
            None => env.push((name, value)),
        }
    }
    env
}

/// The path in the image of a file that a trial loaded.
pub(super) fn shipped(path: &str, series: &str) -> String {
    let copied = std::env::temp_dir().join(MODULES).join("ctypes").display().to_string();
    match path.strip_prefix(&copied) {
        Some(rest) => format!("/usr/local/lib/python{series}/ctypes{rest}"),
        None => path.to_owned(),
    }
}

/// Puts a copy of `ctypes` with the module that ships into a folder.
fn copy(from: &Path, folder: &Path) -> io::Result<()> {
    let into = folder.join("ctypes");
    fs::create_dir_all(&into).map_err(|e| about(&into, &e))?;
    for (path, entry) in Tree::read(from, "/")?.iter().filter(|(path, entry)| entry.is_file() && path.rfind('/') == Some(0)) {
        let bytes = entry.bytes()?;
        let text = if path == "/util.py" { find_library::with_finder(&String::from_utf8_lossy(&bytes)).into_bytes() } else { bytes };
        let disk = into.join(&path[1..]);
        fs::write(&disk, text).map_err(|e| about(&disk, &e))?;
    }
    Ok(())
}

/// The libraries of these trees, by their names, that no folder of the builder's loader has.
fn lacking(trees: &[&Tree]) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for tree in trees {
        for (path, entry) in tree.iter().filter(|(path, entry)| entry.kind != Kind::Directory && is_library(path)) {
            let Some((folder, name)) = path.rsplit_once('/') else { continue };
            let machine = folder.rsplit('/').next().filter(|last| last.contains("-linux-")).unwrap_or_default();
            let there = LIBRARY_FOLDERS.iter().flat_map(|f| [format!("{f}/{name}"), format!("{f}/{machine}/{name}")]);
            if there.into_iter().any(|path| Path::new(&path).exists()) {
                continue;
            }
            let real = if entry.is_file() { Some(entry.disk.clone()) } else { followed(tree, path) };
            if let Some(disk) = real {
                found.entry(name.to_owned()).or_insert(disk);
            }
        }
    }
    found
}

fn followed(tree: &Tree, path: &str) -> Option<PathBuf> {
    tree.get(&tree.follow(path)?).filter(|entry| entry.is_file()).map(|entry| entry.disk.clone())
}

/// Whether a path of an image is a library of the system.
fn is_library(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let system = ["/lib/", "/usr/lib/", "/usr/local/lib/"].iter().any(|folder| path.starts_with(folder));
    system && name.starts_with("lib") && name.contains(".so") && !path.contains("/python3")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_builder_lacks_is_lent_to_it() {
        let disk = tempfile::tempdir().unwrap();
        let folder = disk.path().join("usr/lib/x86_64-linux-gnu");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(disk.path().join("usr/local/lib/python3.13")).unwrap();
        for name in ["libnobodyhasme.so.1.2", "libc.so.6", "README"] {
            fs::write(folder.join(name), "").unwrap();
        }
        fs::write(disk.path().join("usr/local/lib/python3.13/libown.so"), "").unwrap();
        std::os::unix::fs::symlink("libnobodyhasme.so.1.2", folder.join("libnobodyhasme.so.1")).unwrap();
        let tree = Tree::read(disk.path(), "/").unwrap();
        let found = lacking(&[&tree]);
        let real = folder.join("libnobodyhasme.so.1.2");
        assert_eq!(found.get("libnobodyhasme.so.1"), Some(&real));
        assert_eq!(found.get("libnobodyhasme.so.1.2"), Some(&real));
        assert!(!found.contains_key("libown.so") && !found.contains_key("README"));
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let env = with(vec![variable("PYTHONPATH", "/srv")], vec![variable("PYTHONPATH", "/tmp/x"), variable("A", "b")]);
        assert_eq!(env, [variable("PYTHONPATH", "/tmp/x:/srv"), variable("A", "b")]);
        let copied = std::env::temp_dir().join(MODULES).join("ctypes/util.py").display().to_string();
        assert_eq!(shipped(&copied, "3.13"), "/usr/local/lib/python3.13/ctypes/util.py");
        assert_eq!(shipped("/app/a.py", "3.13"), "/app/a.py");
        // The names that every glibc has are the builder's own, wherever this test runs on Debian.
        assert_eq!(
            found.contains_key("libc.so.6"),
            !LIBRARY_FOLDERS.iter().any(|f| Path::new(f).join("x86_64-linux-gnu/libc.so.6").exists())
        );
    }
}
