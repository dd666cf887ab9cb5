//! Where a Python service lies in the builder and in its image.

use std::path::PathBuf;

/// The virtual environment.
pub(crate) const VENV: &str = "/app/.venv";
/// The project's packages.
pub(crate) const PROJECT: &str = "/app/.project";

/// The environment's own Python, which finds its packages.
pub(crate) fn program() -> PathBuf {
    format!("{VENV}/bin/python").into()
}

/// The folder that packages are installed in.
pub(crate) fn site(python: &str) -> String {
    format!("{VENV}/lib/python{python}/site-packages")
}
