//! The folders and archives of the context that are installed as packages: the project, and what lies beside it or further away.

use crate::diag::{Diagnostic, Place, Sink};
use crate::facts::{Files, Wanted};
use crate::python::codes;
use crate::python::facts::Facts;
use crate::spec::Spec;
use crate::yaml::At;
use crate::yaml::decode::list as list_of;

/// The folder that the context's files lie in while they are installed, each at its own place.
const ROOT: &str = "/src";

/// One of them, as a lock names it.
pub(crate) struct Local {
    /// Its name; the path, where there is none.
    pub name: String,
    /// Where it lies, from the lock's folder.
    pub path: String,
    /// Where that is said.
    pub place: Place,
}

/// All that is installed from the context.
pub(crate) struct Locals {
    /// The paths in the context.
    pub(crate) paths: Vec<String>,
    /// Where a lock names them; the project comes last, and has no place where none does.
    pub(crate) places: Vec<Place>,
    /// Whether the project itself is among them.
    pub(crate) own: bool,
}

/// Finds their paths in the context, in the given order; and after them the project's, if it is wanted and not among them. The
/// spec may say that the project is never installed.
pub(crate) fn find(spec: &Spec, locals: impl IntoIterator<Item = Local>, project: bool, facts: &Facts, sink: &mut Sink) -> Locals {
    let (mut paths, mut places): (Vec<String>, Vec<Place>) = (vec![], vec![]);
    let mut lost: Vec<(Local, usize)> = vec![];
    for local in locals {
        match inside(&facts.lock.folder, &local.path) {
            Ok(path) if paths.contains(&path) => {}
            Ok(path) => {
                paths.push(path);
                places.push(local.place);
            }
            Err(above) => lost.push((local, above)),
        }
    }
    lost.sort_by_key(|(local, _)| local.place);
    if let Some(found) = outside(&lost) {
        sink.push(found);
    }
    if project && !paths.contains(&facts.project.folder) {
        paths.push(facts.project.folder.clone());
    }
    let own = &facts.project.folder;
    match &spec.python().install_project {
        Some(install) if !paths.contains(own) => sink.push(pointless(install, facts)),
        Some(install) if !install.value => {
            if let Some(at) = paths.iter().position(|path| path == own) {
                paths.remove(at);
                // The project has a place only where the lock names it.
                places.drain(at.min(places.len())..(at + 1).min(places.len()));
            }
            if facts.modules.is_empty() && !spec.names_own_copies() {
                let found =
                    Diagnostic::new(codes::NOTHING_SHIPS, "nothing of the project is in the image: it is neither installed nor copied");
                let help = "name what ships, as in `copy: [shop]`, or `copy: [{ src: . }]` for what is in `src`";
                sink.push(found.at(install.place, "not installed").help(help));
            }
        }
        Some(_) | None => {}
    }
    Locals { own: paths.contains(own), paths, places }
}

impl Locals {
    /// Those that a lock names, each with where it does.
    pub(crate) fn named(&self) -> Vec<(String, Place)> {
        self.paths.iter().cloned().zip(self.places.iter().copied()).collect()
    }
}

/// Says which folders that a lock names hold no package, as far as the files are known; returns those that have to be read first.
pub(crate) fn verify(locals: &[(String, Place)], files: &Files, sink: &mut Sink) -> Option<Wanted> {
    const MAKES_A_PACKAGE: &[&str] = &["pyproject.toml", "setup.py", "setup.cfg"];
    let inside = |folder: &str| {
        MAKES_A_PACKAGE.iter().map(|name| if folder == "." { (*name).to_owned() } else { format!("{folder}/{name}") }).collect::<Vec<_>>()
    };
    let folders = || locals.iter().filter(|(path, _)| !is_archive(path));
    let unknown = folders().map(|(folder, _)| inside(folder)).filter(|paths| !paths.iter().any(|path| files.is_there(path)));
    if let Some(wanted) = files.missing(&unknown.flatten().collect::<Vec<_>>()) {
        return Some(wanted);
    }
    for (folder, place) in folders().filter(|(folder, _)| !inside(folder).iter().any(|path| files.is_there(path))) {
        let found = Diagnostic::new(codes::NO_FILE, format!("there is no package at `{folder}` in the context")).at(*place, "");
        sink.push(found.help("see that it is there, and that .dockerignore does not leave it out"));
    }
    None
}

/// Whether a path is that of an archive, and not of a folder.
pub(super) fn is_archive(path: &str) -> bool {
    [".whl", ".tar.gz", ".zip"].iter().any(|end| path.ends_with(end))
}

/// Says that the project is not installed, whatever the spec says of it.
fn pointless(install: &At<bool>, facts: &Facts) -> Diagnostic {
    let reason = if facts.project.is_buildable { "`only-groups` leaves it out" } else { "nothing says how to build it" };
    if install.value {
        let found = Diagnostic::new(codes::NO_BUILD_SYSTEM, format!("the project cannot be installed: {reason}"));
        let help = "add a `[build-system]` to pyproject.toml, or leave the key out: modules that are not installed are copied";
        return found.at(install.place, "asked for here").help(help);
    }
    let found = Diagnostic::new(codes::NEEDLESS_KEY, format!("the project is not installed in any case: {reason}"));
    found.at(install.place, "").help("leave the key out")
}

/// Where a folder of the context lies while packages are installed.
pub(crate) fn mounted(folder: &str) -> String {
    if folder == "." { ROOT.to_owned() } else { format!("{ROOT}/{folder}") }
}

/// Says which packages cannot be reached: they need a folder further up as the context.
fn outside(lost: &[(Local, usize)]) -> Option<Diagnostic> {
    let above = lost.iter().map(|(_, above)| *above).max()?;
    let names: Vec<&str> = lost.iter().map(|(local, _)| local.name.as_str()).collect();
    let verb = if lost.len() == 1 { "lies" } else { "lie" };
    let found = Diagnostic::new(codes::OUTSIDE_CONTEXT, format!("{} {verb} outside of the build's context", list_of(&names)));
    let found = lost.iter().fold(found, |found, (local, _)| found.at(local.place, ""));
    let (folders, example) = match above {
        1 => ("the folder above".to_owned(), "api".to_owned()),
        _ => (format!("{above} folders above"), format!("services/{}api", "…/".repeat(above - 2))),
    };
    let help = format!("build from {folders}, as in `docker buildx build -f {example}/distil.yaml .`");
    Some(found.help(help).help("paths in the spec, such as those of `copy`, then count from that folder"))
}

/// A path of the context, from a folder of it and a path relative to that. The error is how many folders above the context it
/// leads.
fn inside(folder: &str, path: &str) -> Result<String, usize> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    let mut above = 0;
    for part in path.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part != ".." {
            parts.push(part);
        } else if parts.pop().is_none() {
            above += 1;
        }
    }
    match above {
        0 if parts.is_empty() => Ok(".".to_owned()),
        0 => Ok(parts.join("/")),
        _ => Err(above),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_through_the_context_and_not_out_of_it() {
        let found = |folder, path| inside(folder, path);
        assert_eq!(found("services/billing/api", "../../../libs/common"), Ok("libs/common".to_owned()));
        assert_eq!(found("services/api", "."), Ok("services/api".to_owned()));
        assert_eq!(found("api", "../"), Ok(".".to_owned()));
        assert_eq!(found(".", "./libs//common/"), Ok("libs/common".to_owned()));
        assert_eq!(found("api", "../../../common"), Err(2));
        assert_eq!(found(".", "../libs/../common"), Err(1));
        assert_eq!((mounted("."), mounted("services/api")), ("/src".to_owned(), "/src/services/api".to_owned()));
    }
}
