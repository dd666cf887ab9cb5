//! What the project's own files say: its lock and manager, its Node and where that came from, its command. Pure: it is given the files
//! that were read so far, and either answers or names the files it still wants.

pub(crate) mod lock;
mod project;
mod value;
mod version;

pub(crate) use lock::Lock;
pub(crate) use project::Project;
pub(crate) use version::Chosen;

use crate::diag::{Diagnostic, Sink, Sources};
use crate::ecosystem::answers::Locking;
use crate::facts::{Files, Wanted, folder, join, upward};
use crate::node::codes;
use crate::spec::Spec;

/// Files that are looked at beside locks.
const PROBED_FILES: &[&str] = &["package.json", ".npmrc", "pnpm-workspace.yaml", ".yarnrc.yml"];

/// Everything a recipe may need to know about the project.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// What `package.json` says.
    pub(crate) project: Project,
    /// What is locked, and by which manager.
    pub(crate) lock: Lock,
    /// The version of Node, and why it is that one.
    pub(crate) node: Chosen,
    /// What lies in the project's folder.
    pub(crate) names: Vec<String>,
    /// What of that ships where the spec does not say.
    pub(crate) ships: Vec<String>,
}

/// The outcome of looking at the files read so far.
#[derive(Debug)]
pub(crate) enum Gathered {
    /// All is known.
    Facts(Box<Facts>),
    /// These have to be read first.
    Wanted(Wanted),
    /// The files contradict each other or the spec; the sink says how.
    Refused,
}

/// The files that are read first for a project in a folder of the context.
pub(crate) fn first(folder: &str) -> Vec<String> {
    let names =
        || lock::LOCKS.iter().map(|(name, _)| name).chain(PROBED_FILES).chain(version::VERSION_FILES).chain([&version::TOOL_VERSIONS]);
    upward(folder).iter().flat_map(|folder| names().map(move |name| join(folder, name))).collect()
}

/// The project's folder. The error is what is still to be read, or nothing where the sink says why there is none.
fn find(spec: &Spec, files: &Files, sink: &mut Sink) -> Result<String, Option<Wanted>> {
    let named = spec.project.as_ref().map(|project| project.value.to_string());
    let makes: Vec<&str> = lock::LOCKS.iter().map(|(name, _)| *name).chain(["package.json"]).collect();
    folder::find(named, files, &first, &makes).map_err(|unknown| match unknown {
        folder::Unknown::Wanted(wanted) => Some(wanted),
        folder::Unknown::Ambiguous(one, other) => {
            let found = Diagnostic::new(codes::NO_NODE_PROJECT, format!("the same spec lies in `{one}` and in `{other}`"));
            sink.push(found.help(format!("say in each which project it is for, as `project: {other}`")));
            None
        }
    })
}

/// By what a project is locked. The error is as that of its folder.
pub(crate) fn locking(spec: &Spec, files: &Files, sink: &mut Sink) -> Result<Locking, Option<Wanted>> {
    let folder = find(spec, files, sink)?;
    Ok(crate::node::locking(&folder, spec.ecosystems.manager.as_ref().and_then(|manager| manager.value.node())))
}

/// Looks at the files. Call it with an empty [`Files`] to learn what it wants first.
pub(crate) fn gather(spec: &Spec, files: &Files, sources: &mut Sources, sink: &mut Sink) -> Gathered {
    let folder = match find(spec, files, sink) {
        Ok(folder) => folder,
        Err(Some(wanted)) => return Gathered::Wanted(wanted),
        Err(None) => return Gathered::Refused,
    };
    let folder = folder.as_str();
    let manager = spec.ecosystems.manager.as_ref().and_then(|manager| manager.value.node());
    let missing = files.missing(&first(folder));
    let names_of = files.names(folder).is_none().then(|| folder.to_owned());
    if missing.is_some() || names_of.is_some() {
        return Gathered::Wanted(Wanted { names_of, ..missing.unwrap_or_default() });
    }
    let Some(project) = project::read(spec, folder, files, sources, sink) else { return Gathered::Refused };
    let node = version::resolve(spec, &project, files, sources, sink);
    let Some(found) = lock::find(manager, folder, files, sink) else { return Gathered::Refused };
    let lock = match lock::read(found, (spec, folder), files, sources, sink) {
        Ok(lock) => lock,
        Err(Some(wanted)) => return Gathered::Wanted(wanted),
        Err(None) => return Gathered::Refused,
    };
    let (Some(node), false) = (node, sink.has_errors()) else { return Gathered::Refused };
    let names: Vec<String> = files.names(folder).into_iter().flatten().filter(|name| !name.starts_with('.')).cloned().collect();
    let ships = names.iter().filter(|name| crate::node::ships(name)).map(|name| join(folder, name)).collect();
    Gathered::Facts(Box::new(Facts { project, lock, node, names, ships }))
}
