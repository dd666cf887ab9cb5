//! The standard library as one archive, beside which nothing of it is left but extension modules: `python313.zip`, which every
//! Python looks into first. Sources and bytecode are both in it, so that nothing is compiled and tracebacks have their lines.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::Python;

/// Where Python of a series, as `3.13`, looks for it.
#[must_use]
pub(crate) fn path(series: &str) -> String {
    format!("/usr/local/lib/python{}.zip", series.replace('.', ""))
}

/// Writes an archive of files, each under its name.
pub(crate) fn archive(python: &Python, files: &[(PathBuf, String)], output: &Path) -> io::Result<()> {
    let mut command = python.plain(include_str!("archive.py"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut input = [output.as_os_str().as_encoded_bytes(), b"\0"].concat();
    for (disk, name) in files {
        input.extend([disk.as_os_str().as_encoded_bytes(), b"\0", name.as_bytes(), b"\0"].concat());
    }
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&input)?;
    }
    let ended = child.wait_with_output()?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    Err(io::Error::other(format!("the standard library cannot be archived: {}", said.lines().last().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::python::refine::interpreter::testing;

    #[test]
    fn python_imports_from_it() {
        let disk = tempfile::tempdir().unwrap();
        std::fs::write(disk.path().join("a.py"), "word = 'found'\n").unwrap();
        let zip = disk.path().join("x.zip");
        let files = [(disk.path().join("a.py"), "pack/__init__.py".to_owned())];
        archive(&testing::python(), &files, &zip).unwrap();
        let first = std::fs::read(&zip).unwrap();
        archive(&testing::python(), &files, &zip).unwrap();
        assert_eq!(std::fs::read(&zip).unwrap(), first);
        let said =
            std::process::Command::new("python3").args(["-c", "import pack; print(pack.word)"]).env("PYTHONPATH", &zip).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "found");
        let missing = archive(&testing::python(), &[("/nowhere".into(), "a.py".into())], &zip).unwrap_err();
        assert!(missing.to_string().contains("/nowhere"), "{missing}");
    }
}
