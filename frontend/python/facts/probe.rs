//! The files that are looked at of every Python project before anything else is known, and those that are looked for.

use std::collections::BTreeSet;

use crate::facts::{Files, Shapes, Wanted, join, upward};

/// What is read of every project.
const PROBED_FILES: &[&str] = &["pyproject.toml", "uv.lock", "poetry.lock", "pylock.toml", "requirements.txt", ".python-version"];

/// What is a module or a package, and how files end that may be meant where one of pip's is named.
static LISTED_SHAPES: Shapes = Shapes { extension: "py", marker: "__init__.py", endings: &["txt", "in", "lock"] };

/// The files that are read first for a project in a folder of the context.
pub(crate) fn first(folder: &str) -> Vec<String> {
    upward(folder).iter().flat_map(|folder| PROBED_FILES.iter().map(move |name| join(folder, name))).collect()
}

/// The packages and modules in a folder.
pub(super) fn modules(folder: &str) -> Wanted {
    Wanted::modules(folder, &LISTED_SHAPES)
}

/// The names of what may be requirement files in some folders.
pub(super) fn near(folders: BTreeSet<String>) -> Wanted {
    Wanted::near(folders, &LISTED_SHAPES)
}

/// Those that were found.
pub(super) fn found_near(files: &Files) -> impl Iterator<Item = &str> {
    let fits = |path: &&str| path.rsplit_once('.').is_some_and(|(_, end)| LISTED_SHAPES.endings.contains(&end));
    let locks = ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"];
    let other = move |path: &&str| locks.contains(&path.rsplit('/').next().unwrap_or_default());
    files.near().into_iter().flatten().map(String::as_str).filter(fits).filter(move |path| !other(path))
}
