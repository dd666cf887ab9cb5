//! A copy of a case's files, which is what gets edited and built; removed when it is dropped. The checkout stays as it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::case::{Case, Start, Version};
use crate::{checkout, index};

/// The lock with one light dependency in another version; it is not part of the context.
const LIGHT: &str = "light.lock";

/// What differs from the files as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    Edit,
    Version,
    Light,
}

/// A copy of a case's files.
pub(crate) struct Context {
    pub(crate) folder: PathBuf,
}

impl Context {
    /// Copies a case with one change. What two copies with different marks install was never installed before, even where an
    /// engine remembers an earlier run.
    pub(crate) fn of(case: &'static Case, change: Change, mark: &str, address: Option<&str>) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{}-{mark}", std::process::id()));
        let context = Self { folder };
        context.fill(case, change, mark, address).map_err(|e| format!("the copy of {}: {e}", case.folder))?;
        Ok(context)
    }

    fn fill(&self, case: &'static Case, change: Change, mark: &str, address: Option<&str>) -> io::Result<()> {
        let root = checkout();
        // The folder of an earlier change, if any, so that paths that builds see do not change.
        let _ = fs::remove_dir_all(&self.folder);
        copy(&root.join(case.folder), &self.folder)?;
        let command = case.command.map(|words| format!("CMD {words}\n")).unwrap_or_default();
        let dockerfile = fs::read_to_string(root.join(case.dockerfile))? + &command;
        let dockerfile = if case.start == Start::Marked { marked(&dockerfile, mark) } else { dockerfile };
        self.write("Dockerfile", &dockerfile)?;
        self.write("Dockerfile.syntax", &format!("# syntax=docker/dockerfile:1\n{dockerfile}"))?;
        let ignored = root.join(case.folder).join(".dockerignore");
        if !ignored.exists() {
            self.write(".dockerignore", ".venv\n**/__pycache__\n.dockerignore\nDockerfile\n")?;
        }
        self.append(".dockerignore", "Dockerfile.syntax\n")?;
        if case.start == Start::Marked {
            for spec in case.specs {
                self.append(spec.file, &format!("build-env: {{ DISTIL_BENCH: {mark} }}\n"))?;
            }
        }
        match change {
            Change::Nothing => {}
            Change::Edit if Path::new(case.edit).extension().is_some_and(|e| e == "py") => {
                self.append(case.edit, &format!("# {mark}\n"))?;
            }
            Change::Edit => self.append(case.edit, &format!("/* {mark} */\n"))?,
            Change::Version => case.version.as_ref().map_or(Ok(()), |v| self.bump(v, mark))?,
            Change::Light => drop(fs::copy(root.join(case.folder).join(LIGHT), self.folder.join("uv.lock"))?),
        }
        for file in ["pyproject.toml", "uv.lock"] {
            if let Some(address) = address {
                self.replace(file, index::PLACEHOLDER, address)?;
            }
        }
        Ok(())
    }

    /// A version that nothing else had.
    fn bump(&self, version: &Version, mark: &str) -> io::Result<()> {
        let number = format!("{}.{}", version.number, mark.replace('-', "."));
        self.replace(version.manifest, &format!("version = \"{}\"", version.number), &format!("version = \"{number}\""))?;
        let Some(lock) = version.lock else { return Ok(()) };
        let entry = |number: &str| format!("name = \"{}\"\nversion = \"{number}\"", version.project);
        self.replace(lock, &entry(version.number), &entry(&number))
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        fs::write(self.folder.join(file), text)
    }

    fn append(&self, file: &str, text: &str) -> io::Result<()> {
        let old = fs::read_to_string(self.folder.join(file))?;
        self.write(file, &(old + text))
    }

    fn replace(&self, file: &str, old: &str, new: &str) -> io::Result<()> {
        let text = fs::read_to_string(self.folder.join(file))?;
        if !text.contains(old) {
            return Err(io::Error::other(format!("`{old}` is not in {file}")));
        }
        self.write(file, &text.replace(old, new))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // A folder below target/ that cannot be removed harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A Dockerfile whose builder's steps were never executed before.
fn marked(dockerfile: &str, mark: &str) -> String {
    let first = dockerfile.find("FROM").unwrap_or_default();
    let end = dockerfile[first..].find('\n').map_or(dockerfile.len(), |at| first + at + 1);
    format!("{}ENV DISTIL_BENCH={mark}\n{}", &dockerfile[..end], &dockerfile[end..])
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_name() != LIGHT {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
