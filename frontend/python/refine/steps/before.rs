//! The proof of a command that runs before the service: its program is there, and so is all that it loads. What is wrong is said of
//! that command.

use crate::python::refine::interpreter::Python;
use crate::python::steps::ProveBefore;
use crate::refine::proof::{self, Finding};
use crate::refine::steps::{Problem, all_right};

use super::notes;
use super::prove::{Followed, limits, loads, python};

/// All is there that the command needs.
pub(crate) fn before(request: &ProveBefore) -> Result<Vec<String>, Problem> {
    let notes: notes::Application = notes::read(&request.application)?;
    let environment: Option<notes::Environment> = notes::read(&request.environment).ok();
    let limits = limits(request.seconds, None);
    let (command, skip) = (&request.command.0, &request.skip);
    let asked = Followed { command, skip, strict: request.strict, environment: environment.as_ref(), limits: &limits };
    all_right(wrong(&asked, &python(), notes, std::env::var("PATH").ok().as_deref())?)?;
    Ok(vec![])
}

/// What is wrong with a command. `notes` tells what became of the service's own start, which may load some of the same.
fn wrong(asked: &Followed<'_>, python: &Python, mut notes: notes::Application, path: Option<&str>) -> Result<Vec<Finding>, Problem> {
    let workdir = python.workdir.display().to_string();
    if let Err(finding) = proof::program(asked.command, path, &workdir, proof::User::own()) {
        return Ok(vec![named(asked.command, finding)]);
    }
    // What did not come back is not tried again; that it did not is said of the service.
    let hung = notes.start.iter().filter(|import| import.hung).map(|import| import.what.clone());
    let skip: Vec<String> = asked.skip.iter().cloned().chain(hung).collect();
    notes.start.retain(|import| !import.hung);
    let found = loads(&Followed { skip: &skip, ..*asked }, python, &notes)?;
    Ok(found.into_iter().map(|finding| named(asked.command, finding)).collect())
}

/// A finding about the service's command, said of one that runs before the service.
fn named(command: &[String], finding: Finding) -> Finding {
    let whose = format!("The before-start command `{}`", crate::shell::join(command));
    let said = match (finding.message.strip_prefix("The command "), finding.message.strip_prefix("The service cannot start: ")) {
        (Some(rest), _) => format!("{whose} {rest}"),
        (None, Some(rest)) => format!("{whose} cannot run: {rest}"),
        (None, None) => format!("{whose} cannot run: {}", finding.message),
    };
    let said = said.replace("which the command loads", "which it loads").replace("which the start loads", "which it loads");
    Finding { message: said.replace("`command`", "`before-start`"), ..finding }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::python::refine::interpreter::testing;

    #[test]
    fn what_a_command_before_the_service_needs_has_to_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut python = testing::python();
        python.workdir = folder.path().to_owned();
        let wrong = |command: &[&str]| {
            let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
            let limits = limits(None, None);
            let asked = Followed { command: &command, skip: &[], strict: false, environment: None, limits: &limits };
            let path = std::env::var("PATH").unwrap();
            let found = wrong(&asked, &python, notes::Application::default(), Some(&path)).unwrap();
            found.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n")
        };
        let place = folder.path().display();
        assert_eq!(
            wrong(&["python3", "migrate.py"]),
            format!(
                "error[not-in-image]: The before-start command `python3 migrate.py` runs `migrate.py`, and there is no {place}/migrate.py in \
                 the image. `copy: [migrate.py]` ships it, or correct `before-start`."
            )
        );
        fs::write(folder.path().join("migrate.py"), "import os\nos.environ['DATABASE_URL_OF_NOBODY']\n").unwrap();
        assert_eq!(wrong(&["python3", "migrate.py"]), "", "what comes at run time may be missing");
        fs::write(folder.path().join("migrate.py"), "import json\nimport nowhere_at_all\n").unwrap();
        let said = wrong(&["python3", "migrate.py"]);
        assert!(said.starts_with("error[broken-start]: The before-start command `python3 migrate.py` cannot run: "), "{said}");
        assert!(said.contains("which it loads, raises ModuleNotFoundError: No module named 'nowhere_at_all'"), "{said}");
        let said = wrong(&["python3", "-m", "shop.migrate", "up"]);
        assert!(
            said.starts_with(
                "error[no-such-module]: The before-start command `python3 -m shop.migrate up` loads the module `shop.migrate`"
            ),
            "{said}"
        );
        assert!(said.contains("Correct the name in `before-start`"), "{said}");
        let said = wrong(&["alembik", "upgrade"]);
        assert!(said.contains("The before-start command `alembik upgrade` starts `alembik`, but no folder of PATH"), "{said}");
        assert_eq!(wrong(&["python3", "-c", "print(1)"]), "");
    }
}
