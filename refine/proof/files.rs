//! Checks of single files that a spec asks for.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Finding, follow};
use crate::diag::codes;

/// What is expected at a path. What is `None` is not checked.
#[derive(Clone, Debug, Default)]
pub struct FileCheck {
    /// The path in the image.
    pub path: String,
    /// Nothing may be there.
    pub absent: bool,
    /// Its permission bits, the special ones included.
    pub mode: Option<u32>,
    /// Its owner and group.
    pub owner: Option<(u32, u32)>,
}

/// Checks one file of an image whose files lie below `root`; links are followed.
#[must_use]
pub fn file_check(root: &Path, check: &FileCheck) -> Option<Finding> {
    let wrong = |message: String| Some(Finding::new(codes::WRONG_FILE, &check.path, format!("The spec checks {}: {message}", check.path)));
    let written = root.join(check.path.trim_start_matches('/'));
    let link = fs::symlink_metadata(&written).ok();
    if check.absent {
        return if link.is_some() { wrong("it must not be there, and it is. `exclude` or `prune` can drop it.".into()) } else { None };
    }
    let meta = follow(root, &check.path).and_then(|disk| fs::metadata(disk).ok());
    let Some(meta) = meta else {
        return wrong("it is not there, or a link on the way leads nowhere. `copy` brings files of the project along.".into());
    };
    if let Some(mode) = check.mode.filter(|mode| *mode != meta.mode() & 0o7777) {
        return wrong(format!("its mode is {:04o}, and {mode:04o} is asked for. Set it where the file is copied.", meta.mode() & 0o7777));
    }
    if let Some((uid, gid)) = check.owner.filter(|owner| *owner != (meta.uid(), meta.gid())) {
        return wrong(format!(
            "it belongs to {}:{}, and {uid}:{gid} is asked for. Set it where the file is copied.",
            meta.uid(),
            meta.gid()
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn each_expectation_is_checked() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        let file = root.path().join("etc/motd");
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("/etc/motd", root.path().join("link")).unwrap();
        let meta = fs::metadata(&file).unwrap();
        let base = |path: &str| FileCheck { path: path.into(), ..FileCheck::default() };
        let says = |check: FileCheck| file_check(root.path(), &check).map(|f| f.to_string()).unwrap_or_default();
        assert_eq!(says(FileCheck { mode: Some(0o640), owner: Some((meta.uid(), meta.gid())), ..base("/link") }), "");
        assert_eq!(says(FileCheck { absent: true, ..base("/none") }), "");
        assert!(says(FileCheck { absent: true, ..base("/link") }).contains("must not be there"));
        assert!(says(base("/none")).starts_with("error[wrong-file]: The spec checks /none: it is not there"));
        assert!(says(FileCheck { mode: Some(0o644), ..base("/etc/motd") }).contains("its mode is 0640, and 0644"));
        assert!(says(FileCheck { owner: Some((4242, 1)), ..base("/etc/motd") }).contains("4242:1 is asked for"));
    }
}
