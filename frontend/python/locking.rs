//! By what a Python project is locked, for `distil lock`: uv pins requirement files, and other locks are their own tools' to write.

use crate::ecosystem::answers::{Locker, Locking};
use crate::python::codes;

use super::facts;
use super::keys::Manager;

/// The answer for whoever locks.
pub(crate) fn locking(found: facts::Locking) -> Locking {
    match found {
        facts::Locking::Pip { compile, is_named } => {
            let path = compile.path();
            Locking::Ours(Box::new(Locker {
                // The head of the file says how it is made, and not where it stood for a moment.
                env: vec![("UV_CUSTOM_COMPILE_COMMAND", compile.said())],
                output_flag: "-o",
                upgrade: "--upgrade",
                command: compile.command(),
                brings: "`pip install uv` brings it, and so does https://docs.astral.sh/uv",
                name_it: (!is_named).then(|| format!("requirements: {path}")),
                stale: codes::STALE_LOCK,
                path,
                folder: compile.folder,
                words: compile.words,
                lines: compile.lines,
                output: compile.output,
            }))
        }
        facts::Locking::Manager(manager, folder) => {
            let (lock, command) = match manager {
                Manager::Poetry => ("poetry.lock", "poetry lock"),
                Manager::Uv | Manager::Pip => ("uv.lock", "uv lock"),
            };
            let place = if folder == "." { String::new() } else { format!(" in {folder}") };
            Locking::Theirs {
                problem: format!("`{lock}`{place} is {}'s own to write", manager.word()),
                help: format!("run `{command}`{place}"),
            }
        }
        facts::Locking::Tool(path) => Locking::Theirs {
            problem: format!("`{path}` was made by a command that is not run from here"),
            help: "run that again; the first lines of the file have it, where its tool writes it there".to_owned(),
        },
    }
}
