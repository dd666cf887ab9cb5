//! A shell between the engine and the service keeps the signal to stop for itself.

use super::Subject;
use crate::diag::{Diagnostic, codes};
use crate::yaml::{Argv, At};

/// Programs that read their command from a word after `-c`.
const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "zsh"];

/// Finds a command or entry point that a shell runs, unless the shell gives way to it.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let asked = [&subject.spec.entrypoint, &subject.spec.command].into_iter().flatten();
    let said = asked.filter(|argv| stays(argv)).map(|argv| {
        let message = "a shell runs this, and the signal to stop the service ends there: the container is killed after ten seconds";
        let found = Diagnostic::new(codes::SHELL_COMMAND, message).at(argv.place, "");
        let found = found.help("name the program itself as a list of words; what has to run before it belongs under `before-start`");
        found.help("where it has to be a shell, start its last command with `exec`")
    });
    said.collect()
}

/// Whether a command is a shell that stays while what it was told runs.
fn stays(At { value: Argv(words), .. }: &At<Argv>) -> bool {
    let is_shell = words.first().is_some_and(|word| SHELLS.contains(&word.rsplit('/').next().unwrap_or_default()));
    let told = words.iter().skip(1).skip_while(|word| !(word.starts_with('-') && word.ends_with('c'))).nth(1);
    is_shell && told.is_some_and(|told| !told.split([';', '&', '\n']).any(|part| part.trim_start().starts_with("exec ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Place, Sources};

    #[test]
    fn a_shell_that_gives_way_is_no_matter() {
        let file = Sources::default().add("distil.yaml", "YAML", "");
        let stays = |words: &[&str]| {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            stays(&At { value: Argv(words), place: Place { file, start: 0, end: 0 } })
        };
        assert!(stays(&["sh", "-c", "migrate && serve"]) && stays(&["/bin/bash", "-euc", "serve"]));
        assert!(!stays(&["sh", "-c", "migrate && exec serve"]) && !stays(&["sh", "start.sh"]) && !stays(&["serve", "-c", "x"]));
    }
}
