//! Which modules a distribution lets one import, told from its paths alone.

use std::collections::{BTreeMap, BTreeSet};

/// The names to import, sorted: packages and modules at the top, and of namespace packages the first portions that are
/// packages of their own (`google.protobuf`). `paths` are relative to the site folder.
#[must_use]
pub(crate) fn modules<'p>(paths: impl IntoIterator<Item = &'p str>) -> Vec<String> {
    let mut root = Folder::default();
    for path in paths.into_iter().filter(|p| !p.contains("__pycache__")) {
        root.add(path);
    }
    let mut found: BTreeSet<String> = root.modules.iter().filter(|m| !m.starts_with("__")).map(|m| (*m).to_owned()).collect();
    for (name, folder) in &root.folders {
        folder.importable(name, &mut found);
    }
    found.into_iter().collect()
}

/// The module that a file is when it is Python or an extension: its name up to the first dot.
#[must_use]
pub(crate) fn module_of(file: &str) -> Option<&str> {
    let (stem, rest) = file.split_once('.')?;
    let extension = rest == "so" || rest.strip_suffix(".so").is_some_and(|tag| tag.starts_with("cpython-") || tag == "abi3");
    ((rest == "py" || extension) && identifier(stem)).then_some(stem)
}

/// Whether a name can stand in an import statement.
#[must_use]
pub(crate) fn identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[derive(Default)]
struct Folder<'p> {
    modules: BTreeSet<&'p str>,
    folders: BTreeMap<&'p str, Self>,
}

impl<'p> Folder<'p> {
    fn add(&mut self, path: &'p str) {
        match path.split_once('/') {
            None => self.modules.extend(module_of(path)),
            Some((folder, rest)) if identifier(folder) => self.folders.entry(folder).or_default().add(rest),
            Some(_) => {}
        }
    }

    fn importable(&self, name: &str, found: &mut BTreeSet<String>) {
        if self.modules.contains("__init__") {
            found.insert(name.to_owned());
            return;
        }
        let before = found.len();
        for (child, folder) in &self.folders {
            folder.importable(&format!("{name}.{child}"), found);
        }
        // A namespace of plain modules: one of them shows that it can be imported.
        if found.len() == before {
            found.extend(self.modules.first().map(|module| format!("{name}.{module}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_one_would_import() {
        let found = modules([
            "numpy/__init__.py",
            "numpy/core/__init__.py",
            "numpy.libs/libblas.so",
            "_cffi_backend.cpython-313-x86_64-linux-gnu.so",
            "fast.abi3.so",
            "libstray.so.3",
            "six.py",
            "__editable___x_finder.py",
            "__pycache__/six.cpython-313.pyc",
            "google/protobuf/__init__.py",
            "google/api/http_pb2.py",
            "google/api/http_pb2.pyi",
            "cv2/__init__.py",
            "a-1.0.data/x.py",
            "share/doc/readme.txt",
            "ext/__init__.cpython-313-x86_64-linux-gnu.so",
        ]);
        assert_eq!(found, ["_cffi_backend", "cv2", "ext", "fast", "google.api.http_pb2", "google.protobuf", "numpy", "six"]);
    }
}
