//! The proof that a command can be started, for services of any kind.

use crate::proof;

use super::Problem;

/// The command's program is there, may be executed by the service's user, and loads.
pub fn command(start: &[String]) -> Result<Vec<String>, Problem> {
    let path = std::env::var("PATH").ok();
    let workdir = std::env::current_dir().map_or_else(|_| "/".to_owned(), |d| d.display().to_string());
    proof::program(start, path.as_deref(), &workdir, proof::User::own())?;
    Ok(vec![])
}
