//! The user's side of a build: the spec's text, the ignore file, and the project's files as facts ask for them.
//! A context may be a folder of the client's, a git repository, an archive, or what another frontend passed in.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::{FileAction, FileCopy, Graph, Local};
use buildkit_proto::pb;

use super::bridge::Bridge;
use super::options::Options;
use super::remote::{self, Remote};
use super::report::Failure;
use crate::emit::Context;
use crate::emit::context::NEVER;
use crate::facts::{Files, Wanted};

/// Where the user's files are.
#[derive(Debug)]
pub(super) struct Project {
    /// The spec's name, as messages show it.
    pub name: String,
    /// The spec's text.
    pub spec: String,
    /// The digest of the step that loaded the spec, to which warnings are attached.
    pub loaded_by: String,
    /// The project's files, for the build.
    pub context: Context,
    /// The project's files once they are there, where they are not the client's folder.
    reference: Option<String>,
}

/// Finds the spec and the context.
pub(super) async fn open(bridge: &Bridge, options: &Options) -> Result<Project, Failure> {
    let mut inputs = bridge.inputs().await?;
    let fetched = match options.get("context").and_then(remote::parse) {
        Some(remote) => Some(fetch(bridge, options, remote).await?),
        None => None,
    };
    let whole = fetched.clone().or_else(|| inputs.remove("context"));
    let remote = whole.map(|definition| subfolder(definition, options)).transpose()?;
    let reference = match &remote {
        Some(definition) => Some(bridge.solve(definition.clone()).await?.id),
        None => None,
    };
    let name = options.filename().to_owned();
    // From where the Dockerfile frontend reads it, which has found our name in there: a context that is fetched holds it
    // unless the client names a folder, one that is passed in does not, and its path counts from the top.
    let passed_on = inputs.remove("dockerfile").or(fetched).filter(|_| options.get("dockerfilekey").is_none());
    let entry = passed_on.unwrap_or_else(|| entry_folder(options));
    let loaded_by = entry.def.first().map(|bytes| buildkit_llb::digest(bytes)).unwrap_or_default();
    let entry = bridge.solve(entry).await?.id;
    let ignore = format!("{name}.dockerignore");
    // Each takes a trip to the client. The last is for nothing where the spec has an ignore file of its own.
    let own = Box::pin(async { Ok(tokio::try_join!(bridge.read_file(&entry, &name), bridge.read_file(&entry, &ignore))?) });
    let common = Box::pin(async { if remote.is_some() { Ok(vec![]) } else { read_ignore(bridge, options, "context").await } });
    let ((spec, ignore), common_ignore) = tokio::try_join!(own, common)?;
    let Some(spec) = spec else {
        return Err(Failure::Other(format!(
            "there is no `{name}`; say where the spec is with `-f`, as in `docker buildx build -f distil.yaml .`"
        )));
    };
    let spec = String::from_utf8(spec)
        .map_err(|e| Failure::Other(format!("`{name}` is not UTF-8 text (byte {})", e.utf8_error().valid_up_to() + 1)))?;
    let context = match remote {
        Some(definition) => Context::Definition(Box::new(definition)),
        None => Context::Local(Box::new(local_context(options, &ignore.unwrap_or(common_ignore)))),
    };
    Ok(Project { name, spec, loaded_by, context, reference })
}

/// The folder that holds the spec. These attributes are those of the Dockerfile frontend, which has read the file
/// already to find the syntax line: with equal ones nothing is sent twice.
fn entry_folder(options: &Options) -> pb::Definition {
    let (local, name) = (options.entry_local(), options.filename());
    let mut graph = Graph::new();
    let folder = graph.source(Local {
        session: Some(options.session_of(local).to_owned()),
        follow_paths: vec![name.to_owned(), format!("{name}.dockerignore")],
        shared_key_hint: Some(local.to_owned()),
        resend_all: true,
        ..Local::new(local)
    });
    graph.describe(folder).name = Some(format!("[internal] load build definition from {name}"));
    graph.finish(folder)
}

/// The client's folder, without what the ignore file leaves out.
fn local_context(options: &Options, ignore: &[u8]) -> Local {
    let patterns = NEVER.iter().map(|p| (*p).to_owned()).chain(ignore_patterns(&String::from_utf8_lossy(ignore)));
    Local {
        session: Some(options.session_of("context").to_owned()),
        exclude_patterns: patterns.collect(),
        shared_key_hint: Some("context".to_owned()),
        ..Local::new("context")
    }
}

/// The `.dockerignore` of a local folder; empty where there is none.
pub(super) async fn read_ignore(bridge: &Bridge, options: &Options, local: &str) -> Result<Vec<u8>, Failure> {
    const NAME: &str = ".dockerignore";
    let mut graph = Graph::new();
    let folder = graph.source(Local {
        session: Some(options.session_of(local).to_owned()),
        follow_paths: vec![NAME.to_owned()],
        shared_key_hint: Some(format!("{local}-{NAME}")),
        resend_all: true,
        ..Local::new(local)
    });
    graph.describe(folder).name = Some(format!("[internal] load {NAME}"));
    let reference = bridge.solve(graph.finish(folder)).await?;
    Ok(bridge.read_file(&reference.id, NAME).await?.unwrap_or_default())
}

/// The patterns of an ignore file, in the form that BuildKit matches.
#[must_use]
pub(super) fn ignore_patterns(text: &str) -> Vec<String> {
    let lines = text.trim_start_matches('\u{feff}').lines().filter(|l| !l.starts_with('#')).map(str::trim).filter(|l| !l.is_empty());
    lines
        .filter_map(|line| {
            let (bang, path) = line.strip_prefix('!').map_or(("", line), |p| ("!", p.trim()));
            let mut parts: Vec<&str> = vec![];
            for part in path.split('/').filter(|p| !p.is_empty() && *p != ".") {
                if part == ".." && parts.last().is_some_and(|p| *p != "..") {
                    parts.pop();
                } else {
                    parts.push(part);
                }
            }
            (!parts.is_empty()).then(|| format!("{bang}{}", parts.join("/")))
        })
        .collect()
}

impl Project {
    /// Reads what facts want to know.
    pub(super) async fn read(&self, bridge: &Bridge, wanted: &Wanted, files: &mut Files) -> Result<(), Failure> {
        let reference = match (&self.reference, &self.context) {
            (Some(reference), _) => reference.clone(),
            (None, Context::Local(local)) => bridge.solve(facts_folder(local, wanted)).await?.id,
            (None, Context::Definition(_)) => return Ok(()),
        };
        // All at once, and answered in their own order.
        let mut tasks = tokio::task::JoinSet::new();
        for path in wanted.read.clone() {
            let (bridge, reference) = (bridge.clone(), reference.clone());
            tasks.spawn(async move { (bridge.read_file(&reference, &path).await, path) });
        }
        let mut answers = BTreeMap::new();
        while let Some(done) = tasks.join_next().await {
            let (answer, path) = done.map_err(|e| Failure::Other(e.to_string()))?;
            answers.insert(path, answer);
        }
        for (path, answer) in answers {
            files.answer(&path, answer?);
        }
        if let Some(folder) = &wanted.modules_of {
            files.found_python(find_python(bridge, &reference, folder).await?);
        }
        Ok(())
    }
}

impl Project {
    /// Reads a recipe of the project's; `None` when there is none.
    pub(super) async fn recipe(&self, bridge: &Bridge, address: &str) -> Result<Option<String>, Failure> {
        let wanted = Wanted { read: BTreeSet::from([address.to_owned()]), modules_of: None };
        let mut files = Files::default();
        self.read(bridge, &wanted, &mut files).await?;
        Ok(files.text(address).map(str::to_owned))
    }
}

/// The part of the client's folder that facts ask for.
fn facts_folder(local: &Local, wanted: &Wanted) -> pb::Definition {
    let patterns = wanted.patterns();
    let hint = if wanted.modules_of.is_none() { "facts" } else { "modules" };
    let mut graph = Graph::new();
    let folder = graph.source(Local {
        include_patterns: patterns,
        shared_key_hint: Some(format!("{}-{hint}", local.shared_key_hint.as_deref().unwrap_or_default())),
        ..local.clone()
    });
    graph.describe(folder).name = Some(format!("[internal] load the project's {hint}"));
    graph.finish(folder)
}

/// Modules in a folder, and folders in it that hold an `__init__.py`.
async fn find_python(bridge: &Bridge, reference: &str, folder: &str) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    for (name, is_folder) in bridge.read_dir(reference, &format!("/{folder}")).await? {
        let is_module = |n: &str| n.rsplit_once('.').is_some_and(|(_, e)| e == "py");
        if !is_folder && is_module(&name) {
            found.insert(name);
        } else if is_folder && bridge.read_dir(reference, &format!("/{folder}/{name}")).await?.iter().any(|(n, _)| n == "__init__.py") {
            found.insert(format!("{name}/__init__.py"));
        }
    }
    Ok(found)
}

/// A git repository or an archive as a definition.
async fn fetch(bridge: &Bridge, options: &Options, remote: Remote) -> Result<pb::Definition, Failure> {
    let mut graph = Graph::new();
    let address = options.get("context").unwrap_or_default();
    let output = match remote {
        Remote::Git(git) => graph.source(*git),
        Remote::Http(http) => {
            let file = graph.source(*http);
            graph.describe(file).name = Some(format!("[internal] load context {address}"));
            let reference = bridge.solve(graph.finish(file)).await?;
            let start = bridge.read_start(&reference.id, "context", 1024).await?;
            if !remote::is_archive(&start) {
                return Err(Failure::Other(format!(
                    "the context {address} is a single file; it has to be a folder, a git repository or an archive"
                )));
            }
            let unpack = FileCopy { attempt_unpack: true, create_dest_path: true, ..FileCopy::new(Some(file), "/context", "/") };
            graph.file(None, vec![FileAction::Copy(unpack)])
        }
    };
    graph.describe(output).name = Some(format!("[internal] load context {address}"));
    Ok(graph.finish(output))
}

/// The folder of a remote context that `contextsubdir` names.
fn subfolder(definition: pb::Definition, options: &Options) -> Result<pb::Definition, Failure> {
    let Some(folder) = options.get("contextsubdir") else { return Ok(definition) };
    let mut graph = Graph::new();
    let Some(whole) = graph.splice(&definition).map_err(crate::emit::llb::EmitError::from)? else { return Ok(definition) };
    let copy = FileCopy { dir_copy_contents: true, create_dest_path: true, ..FileCopy::new(Some(whole), folder, "/") };
    let part = graph.file(None, vec![FileAction::Copy(copy)]);
    Ok(graph.finish(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignore_files_are_read_as_docker_reads_them() {
        let text = "\u{feff}# comment\n\n/build/\n  !build/keep \n./a/../b\n #not a comment\n.\n";
        assert_eq!(ignore_patterns(text), ["build", "!build/keep", "b", "#not a comment"]);
    }
}
