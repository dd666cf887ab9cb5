//! The project's files from disk, as facts ask for them.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use anyhow::{Context, anyhow};

use crate::facts::{Files, Wanted};

/// Reads what facts want to know. The error names the file.
pub(super) fn read(folder: &Path, wanted: &Wanted, files: &mut Files) -> anyhow::Result<()> {
    for path in &wanted.read {
        let content = match std::fs::read(folder.join(path)) {
            Ok(content) => Some(content),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => None,
            Err(error) => return Err(anyhow!("`{}` cannot be read: {error}", folder.join(path).display())),
        };
        files.answer(path, content);
    }
    if let Some(part) = &wanted.modules_of {
        let found = python(&folder.join(part)).with_context(|| format!("the folder `{}` cannot be read", folder.display()))?;
        files.found_python(found);
    }
    Ok(())
}

/// Reads a recipe of the project's; `None` when there is none.
pub(super) fn recipe(folder: &Path, address: &str) -> anyhow::Result<Option<String>> {
    if address.contains("://") {
        return Err(anyhow!("the recipe {address} can be fetched in a build only; here it has to be a file"));
    }
    match std::fs::read_to_string(folder.join(address)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(anyhow!("`{}` cannot be read: {error}", folder.join(address).display())),
    }
}

/// Modules in a folder, and folders in it that hold an `__init__.py`.
fn python(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if entry.path().join("__init__.py").is_file() {
            found.insert(format!("{name}/__init__.py"));
        } else if entry.path().is_file() && Path::new(&name).extension().is_some_and(|e| e == "py") {
            found.insert(name);
        }
    }
    Ok(found)
}
