//! Whether the service's command can be started: its program is found, may be executed, and so may its interpreter.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::{Finding, User, follow};
use crate::diag::codes;

/// Where programs are looked for when the image says nothing.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Checks the program of a command in an image whose files lie below `root`. Gives the program's path in the image.
pub fn entry(root: &Path, argv: &[String], path: Option<&str>, workdir: &str, user: User) -> Result<String, Finding> {
    let Some(program) = argv.first().filter(|p| !p.is_empty()) else {
        let message = "The image has neither an entry point nor a command, so nothing would start. Say what to run under `command`.";
        return Err(Finding::new(codes::UNSTARTABLE_COMMAND, "", message));
    };
    let path = path.unwrap_or(PATH);
    let place = find(root, program, path, workdir, user).map_err(|message| Finding::new(codes::UNSTARTABLE_COMMAND, program, message))?;
    interpreter(root, &place, path, workdir, user, 4).map_err(|message| Finding::new(codes::UNSTARTABLE_COMMAND, program, message))?;
    Ok(place)
}

/// The path of a program, or what is wrong with it.
fn find(root: &Path, program: &str, path: &str, workdir: &str, user: User) -> Result<String, String> {
    if program.contains('/') {
        let place = if program.starts_with('/') { program.to_owned() } else { format!("{workdir}/{program}") };
        return match executable(root, &place, user) {
            Program::Good => Ok(place),
            Program::Useless(wrong) => Err(format!("The command starts `{program}`, but {place} {wrong}.")),
            Program::Absent => Err(format!(
                "The command starts `{program}`, but there is no {place} in the image, or a link on the way leads nowhere. Correct \
                 the path, or `copy` the file."
            )),
        };
    }
    let mut near = None;
    for folder in path.split(':').filter(|f| !f.is_empty()) {
        let place = format!("{}/{program}", folder.trim_end_matches('/'));
        match executable(root, &place, user) {
            Program::Good => return Ok(place),
            Program::Useless(wrong) => near = near.or(Some(format!("The command starts `{program}`, but {place} {wrong}."))),
            Program::Absent => {}
        }
    }
    Err(near.unwrap_or_else(|| {
        format!(
            "The command starts `{program}`, but no folder of PATH ({path}) has such a program. Add the package that brings it to \
             the project's dependencies, or correct `command`."
        )
    }))
}

/// What is at a path, as far as starting it goes.
enum Program {
    /// Nothing.
    Absent,
    /// Something that cannot be executed, for this reason.
    Useless(String),
    /// A program.
    Good,
}

/// Looks for a program at a path.
fn executable(root: &Path, place: &str, user: User) -> Program {
    let Some(disk) = follow(root, place) else { return Program::Absent };
    let Ok(meta) = fs::metadata(&disk) else { return Program::Absent };
    let folders = disk.ancestors().skip(1).take_while(|f| f.starts_with(root));
    let closed = folders.filter(|f| fs::metadata(f).is_ok_and(|m| !user.may(&m, 1))).last();
    let wrong = if meta.is_dir() {
        Some("is a folder".into())
    } else if !user.may(&meta, 1) {
        Some(format!("may not be executed by user {}; make it executable in the project (`chmod +x`)", user.uid))
    } else {
        closed.map(|folder| format!("lies in {}, which user {} may not enter", folder.display(), user.uid))
    };
    wrong.map_or(Program::Good, Program::Useless)
}

/// Checks what the first line of a script names.
fn interpreter(root: &Path, place: &str, path: &str, workdir: &str, user: User, depth: u32) -> Result<(), String> {
    let mut start = vec![];
    let opened = follow(root, place).and_then(|disk| fs::File::open(disk).ok());
    let read = opened.and_then(|file| file.take(4096).read_to_end(&mut start).ok());
    let Some(line) = read.and_then(|_| start.strip_prefix(b"#!")).filter(|_| depth > 0) else { return Ok(()) };
    let line = String::from_utf8_lossy(line.split(|b| *b == b'\n').next().unwrap_or_default()).into_owned();
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else { return Ok(()) };
    let wrong = |what: &str| {
        format!(
            "The command starts the script {place}, whose first line asks for `{what}`, and that cannot be executed in the image: it \
             is missing, or user {} may not run it. Start the program with an interpreter that the image has, or bring this one along.",
            user.uid
        )
    };
    if !matches!(executable(root, first, user), Program::Good) {
        return Err(wrong(first));
    }
    if first.ends_with("/env") {
        let name = words.find(|w| !w.starts_with('-') && !w.contains('=')).unwrap_or_default();
        let found = find(root, name, path, workdir, user).map_err(|_| wrong(name))?;
        return interpreter(root, &found, path, workdir, user, depth - 1);
    }
    interpreter(root, first, path, workdir, user, depth - 1)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_program_is_found_with_all_that_it_needs() {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let write = |path: &str, text: &str, mode: u32| {
            let disk = root.path().join(path);
            fs::create_dir_all(disk.parent().unwrap()).unwrap();
            fs::write(&disk, text).unwrap();
            fs::set_permissions(&disk, fs::Permissions::from_mode(mode)).unwrap();
        };
        write("usr/local/bin/python3.13", "\u{7f}ELF", 0o755);
        write("app/.venv/bin/uvicorn", "#!/app/.venv/bin/python\nimport x\n", 0o755);
        write("app/.venv/bin/moved", "#!/nowhere/python\n", 0o755);
        write("app/.venv/bin/plain", "x", 0o644);
        write("app/.venv/bin/own", "x", 0o700);
        write("app/run.sh", "#!/usr/bin/env -S bash -e\n", 0o755);
        write("usr/bin/env", "\u{7f}ELF", 0o755);
        write("closed/bin/x", "x", 0o755);
        symlink("/usr/local/bin/python3.13", root.path().join("app/.venv/bin/python")).unwrap();
        fs::set_permissions(root.path().join("closed"), fs::Permissions::from_mode(0o700)).unwrap();
        let user = User { uid: 65532, gid: 65532 };
        let check = |program: &str| {
            let argv = if program.is_empty() { vec![] } else { vec![program.to_owned()] };
            entry(root.path(), &argv, Some("/app/.venv/bin:/closed/bin:/usr/local/bin"), "/app", user).map_err(|f| f.to_string())
        };
        assert_eq!(check("uvicorn").as_deref(), Ok("/app/.venv/bin/uvicorn"));
        assert_eq!(check("python3.13").as_deref(), Ok("/usr/local/bin/python3.13"));
        assert_eq!(check(".venv/bin/python").as_deref(), Ok("/app/.venv/bin/python"));
        for (program, says) in [
            ("", "error[unstartable-command]: The image has neither an entry point nor a command"),
            ("gunicorn", "no folder of PATH"),
            ("moved", "asks for `/nowhere/python`"),
            ("plain", "/app/.venv/bin/plain may not be executed by user 65532"),
            ("own", "may not be executed"),
            ("./run.sh", "asks for `bash`"),
            ("/app/none", "there is no /app/none"),
            ("/app/.venv", "is a folder"),
            ("x", "which user 65532 may not enter"),
        ] {
            let said = check(program).unwrap_err();
            assert!(said.contains(says), "{program}: {said}");
        }
        let meta = fs::metadata(root.path().join("app/.venv/bin/own")).unwrap();
        assert!(User { uid: meta.uid(), gid: 1 }.may(&meta, 7) && User { uid: 0, gid: 0 }.may(&meta, 7));
    }
}
