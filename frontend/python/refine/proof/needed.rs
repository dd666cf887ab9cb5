//! Files and folders that the command names: each is where the command looks for it, and the service's user may read it.

use std::fs;
use std::path::Path;

use super::{Finding, User, follow};
use crate::python::codes;
use crate::python::refine::start::{Needed, Use};

/// Where the project's own packages are installed.
const PROJECT: &str = "/app/.project";

/// Looks for what a command needs in an image whose files lie below `root`.
#[must_use]
pub(crate) fn needed(root: &Path, files: &[Needed], workdir: &str, user: User) -> Vec<Finding> {
    files.iter().filter_map(|needed| wrong(root, needed, workdir, user)).collect()
}

fn wrong(root: &Path, needed: &Needed, workdir: &str, user: User) -> Option<Finding> {
    let mut closed = None;
    for path in &needed.paths {
        let place = absolute(workdir, path);
        let Some((disk, meta)) = follow(root, &place).and_then(|disk| Some((disk.clone(), fs::metadata(disk).ok()?))) else { continue };
        let bits = if meta.is_dir() { 5 } else { 4 };
        let shut = disk.ancestors().skip(1).take_while(|f| f.starts_with(root)).find(|f| fs::metadata(f).is_ok_and(|m| !user.may(&m, 1)));
        if !user.may(&meta, bits) || shut.is_some() {
            closed = closed.or(Some(place));
        } else if needed.use_ == Use::Folder && !meta.is_dir() {
            let message = format!("The command works in `{path}`, and {place} is a file. Correct `command`.");
            return Some(Finding::new(codes::NOT_IN_IMAGE, path, message));
        } else {
            return None;
        }
    }
    let path = needed.paths.first()?;
    if let Some(place) = closed {
        let message =
            format!("{} {place} is there, and user {} may not read it. Make it readable in the project.", opening(needed), user.uid);
        return Some(Finding::new(codes::NOT_IN_IMAGE, path, message));
    }
    let installed = path_in_project(path).filter(|inside| follow(root, &format!("{PROJECT}/{inside}")).is_some_and(|disk| disk.exists()));
    Some(Finding::new(codes::NOT_IN_IMAGE, path, absent(needed, workdir, installed)))
}

/// What is said of files that are not there. `installed` is the same file below the folder that the project is installed in.
#[must_use]
pub(crate) fn absent(needed: &Needed, workdir: &str, installed: Option<&str>) -> String {
    let places: Vec<String> = needed.paths.iter().map(|path| absolute(workdir, path)).collect();
    let there = match &places[..] {
        [only] => format!("there is no {only} in the image"),
        all => format!("none of {} is in the image", all.join(", ")),
    };
    format!("{} {there}. {}", opening(needed), way_out(needed, installed))
}

/// How to mend a command that names what is not there.
#[must_use]
pub(crate) fn way_out(needed: &Needed, installed: Option<&str>) -> String {
    let path = needed.paths.first().map_or("", |path| path.trim_start_matches("./"));
    let top = path.split('/').next().filter(|top| !top.is_empty() && *top != "..");
    let copy = top.map_or_else(|| "`copy` brings files of the project along".to_owned(), |top| format!("`copy: [{top}]` ships it"));
    let module = installed.map(|inside| inside.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', "."));
    match (module, needed.use_) {
        (Some(module), Use::Script) => {
            // A script's own folder is on the module path, and that of a module is not.
            format!("{copy}; or run its module, which is installed with the project: `[python, -m, {module}]`.")
        }
        (Some(module), Use::App) => {
            format!("The project is installed and not copied: name its module, such as `-e {module}:app`, or {copy}.")
        }
        (Some(_) | None, Use::Read | Use::Folder) | (None, Use::Script) => format!("{copy}, or correct `command`."),
        (None, Use::App) => {
            format!("{copy}, or name an installed module, such as `-e app.main:app` for fastapi and `--app app.main:app` for flask.")
        }
    }
}

fn opening(needed: &Needed) -> String {
    let path = needed.paths.first().map_or("", String::as_str);
    match (needed.use_, needed.paths.len()) {
        (Use::App, 2..) => "The command names no application and looks for files, and".to_owned(),
        (Use::Script, _) => format!("The command runs `{path}`, and"),
        (Use::App, _) => format!("The command serves `{path}`, and"),
        (Use::Read, _) => format!("The command reads `{path}`, and"),
        (Use::Folder, _) => format!("The command needs the folder `{path}`, and"),
    }
}

fn absolute(workdir: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", workdir.trim_end_matches('/')) }
}

/// Where a file of the project's tree is once it is installed: without the folder that only holds sources.
#[must_use]
pub(crate) fn path_in_project(path: &str) -> Option<&str> {
    let path = path.trim_start_matches("./");
    (!path.starts_with('/')).then(|| path.strip_prefix("src/").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_the_command_names_is_there_and_can_be_read() {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for (path, mode) in [("app/main.py", 0o644), ("app/secret.py", 0o600), ("app/.project/shop/main.py", 0o644), ("app/conf/x", 0o644)]
        {
            let disk = root.path().join(path);
            fs::create_dir_all(disk.parent().unwrap()).unwrap();
            fs::write(&disk, "").unwrap();
            fs::set_permissions(&disk, fs::Permissions::from_mode(mode)).unwrap();
        }
        let says = |use_: Use, paths: &[&str]| {
            let files = [Needed { paths: paths.iter().map(|p| (*p).to_owned()).collect(), use_ }];
            needed(root.path(), &files, "/app", User { uid: 65532, gid: 65532 }).pop().map(|f| f.to_string()).unwrap_or_default()
        };
        assert_eq!(says(Use::Script, &["main.py"]), "");
        assert_eq!(says(Use::Script, &["/app/main.py"]), "");
        assert_eq!(says(Use::App, &["none.py", "main.py"]), "");
        assert_eq!(says(Use::Folder, &["conf"]), "");
        assert!(says(Use::Folder, &["main.py"]).contains("/app/main.py is a file"));
        assert!(says(Use::Script, &["secret.py"]).contains("/app/secret.py is there, and user 65532 may not read it"));
        assert_eq!(
            says(Use::Script, &["nope.py"]),
            "error[not-in-image]: The command runs `nope.py`, and there is no /app/nope.py in the image. `copy: [nope.py]` ships it, or correct `command`."
        );
        assert!(
            says(Use::Script, &["src/shop/main.py"])
                .ends_with("`copy: [src]` ships it; or run its module, which is installed with the project: `[python, -m, shop.main]`.")
        );
        assert!(says(Use::App, &["src/shop/main.py"]).contains("such as `-e shop.main:app`, or `copy: [src]` ships it."));
        assert!(says(Use::App, &["src/shop"]).contains("`-e shop:app`"));
        assert!(says(Use::App, &["src/app"]).contains("`copy: [src]` ships it, or name an installed module, such as `-e app.main:app`"));
        assert!(
            says(Use::App, &["a.py", "b.py"])
                .starts_with("error[not-in-image]: The command names no application and looks for files, and none of /app/a.py, /app/b.py")
        );
        assert!(says(Use::Read, &["conf/gunicorn.py"]).contains("reads `conf/gunicorn.py`, and there is no /app/conf/gunicorn.py"));
    }
}
