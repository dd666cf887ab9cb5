//! The user's side of a build: the spec's text, the ignore file, and the project's files as facts ask for them.
//! A context may be a folder of the client's, a git repository, an archive, or what another frontend passed in.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::{FileAction, FileCopy, Git, Graph, Local};
use buildkit_proto::caps::llb::SOURCE_LOCAL_METADATA_TRANSFER;
use buildkit_proto::fsutil::Stat;
use buildkit_proto::pb;
use prost::Message;

use super::bridge::Bridge;
use super::failure::Failure;
use super::options::Options;
use super::remote::{self, Remote};
use crate::diag::{Diagnostic, codes};
use crate::emit::Context;
use crate::emit::context::DEFAULT_IGNORES;
use crate::facts::{Files, IGNORE, Ignore, Shapes, Wanted, join};

/// Where the engine puts a listing of files that it does not send.
const LISTING: &str = ".fsutil-metadata";

/// Where the user's files are.
#[derive(Debug)]
pub(super) struct Project {
    /// The spec's name, as messages show it.
    pub name: String,
    /// The spec's text.
    pub spec: String,
    /// Where the context has the spec, if the client names it from there.
    place: String,
    /// The digest of the step that loaded the spec, to which warnings are attached.
    pub loaded_by: String,
    /// What of the client's folder is not sent.
    ignore: Ignore,
    /// The project's files, for the build.
    pub context: Context,
    /// The project's files once they are there, where they are not the client's folder.
    reference: Option<String>,
}

/// Finds the spec and the context.
pub(super) async fn open(bridge: &Bridge, options: &Options) -> Result<Project, Failure> {
    let mut inputs = bridge.inputs().await?;
    let fetched = match options.get("context").map(remote::parse).transpose()?.flatten() {
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
    let ignore = format!("{name}{IGNORE}");
    // Each takes a trip to the client. The last is for nothing where the spec has an ignore file of its own.
    let own = Box::pin(async { Ok(tokio::try_join!(bridge.read_file(&entry, &name), bridge.read_file(&entry, &ignore))?) });
    let common = Box::pin(async { if remote.is_some() { Ok(vec![]) } else { read_ignore(bridge, options, "context").await } });
    let ((spec, ignore), common_ignore) = tokio::try_join!(own, common)?;
    let Some(spec) = spec else {
        let found = Diagnostic::new(codes::NO_SPEC, format!("there is no `{name}`"));
        return Err(found.help("say where the spec is with `-f`, as in `docker buildx build -f distil.yaml .`").into());
    };
    let spec = String::from_utf8(spec).map_err(|e| {
        let byte = e.utf8_error().valid_up_to() + 1;
        Diagnostic::new(codes::UNREADABLE_FILE, format!("`{name}` is not UTF-8 text (byte {byte})"))
    })?;
    let (file, ignore) = ignore.map_or((IGNORE.to_owned(), common_ignore), |own| (format!("{name}{IGNORE}"), own));
    let ignore = Ignore::read(&file, &String::from_utf8_lossy(&ignore), DEFAULT_IGNORES);
    let context = match remote {
        Some(definition) => Context::Definition(Box::new(definition)),
        None => Context::Local(Box::new(local_context(options, patterns(&ignore)?))),
    };
    let within = options.get("contextsubdir").map(|folder| format!("{}/", folder.trim_matches('/')));
    let place = within.and_then(|folder| name.strip_prefix(&folder)).unwrap_or(&name).to_owned();
    Ok(Project { name, spec, place, loaded_by, ignore, context, reference })
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
fn local_context(options: &Options, ignore: Vec<String>) -> Local {
    let patterns = DEFAULT_IGNORES.iter().map(|p| (*p).to_owned()).chain(ignore);
    Local {
        session: Some(options.session_of("context").to_owned()),
        exclude_patterns: patterns.collect(),
        shared_key_hint: Some("context".to_owned()),
        ..Local::new("context")
    }
}

/// The `.dockerignore` of a local folder; empty where there is none.
pub(super) async fn read_ignore(bridge: &Bridge, options: &Options, local: &str) -> Result<Vec<u8>, Failure> {
    const NAME: &str = IGNORE;
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

/// The patterns of an ignore file that a client can be told. They travel as lines of one header, of which the library that clients
/// are made with takes a million bytes; a longer one breaks the connection without saying why.
pub(super) fn patterns(ignore: &Ignore) -> Result<Vec<String>, Failure> {
    const HEADER: usize = 1_000_000;
    /// What a line counts beside its text: `exclude-patterns`, and 32 bytes by the rules of HTTP/2.
    const LINE: usize = 48;
    let patterns = ignore.patterns();
    let bytes: usize = patterns.iter().map(|pattern| pattern.len() + LINE).sum();
    if bytes <= HEADER {
        return Ok(patterns);
    }
    let (number, whole, tenths) = (patterns.len(), bytes / 1_000_000, bytes / 100_000 % 10);
    let name = ignore.name();
    let message = format!("`{name}` has {number} patterns, which are {whole}.{tenths} MB for a client that takes 1.0 MB");
    let found = Diagnostic::new(codes::TOO_MANY_PATTERNS, message)
        .help("leave whole folders out, such as `build` or `**/*.log`, instead of single files")
        .help("or leave everything out and take back what is needed: `*`, `!src`, and the files that say what is installed");
    Err(found.into())
}

impl Project {
    /// Reads what facts want to know.
    pub(super) async fn read(&self, bridge: &Bridge, wanted: &Wanted, files: &mut Files) -> Result<(), Failure> {
        let reference = match (&self.reference, &self.context) {
            (Some(reference), _) => reference.clone(),
            // Without a pattern all of the folder would be sent.
            (None, Context::Local(_)) if wanted.patterns().is_empty() && !wanted.spec => String::new(),
            (None, Context::Local(local)) => bridge.solve(self.facts_folder(local, wanted)).await?.id,
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
            let (answer, path) = done?;
            answers.insert(path, answer);
        }
        for (path, answer) in answers {
            files.answer(&path, answer?);
        }
        if let (Some(folder), Some(shapes)) = (&wanted.modules_of, wanted.shapes) {
            files.found_modules(find_modules(bridge, &reference, folder, shapes).await?);
        }
        if let Some(folder) = &wanted.names_of {
            let names = self.names(bridge, folder).await?;
            files.found_large(&BTreeSet::new(), names.iter().map(|(name, bytes)| (join(folder, name), *bytes)));
            files.found_names(folder, names.into_keys().collect());
            if matches!(self.context, Context::Local(_)) {
                files.found_ignore(self.ignore.clone());
            }
        }
        if !wanted.sizes_of.0.is_empty() {
            files.found_large(&wanted.sizes_of.0, self.sizes(bridge, &wanted.sizes_of.0).await?);
        }
        if wanted.spec {
            files.found_spec(self.folders_of_spec(bridge, &reference).await?);
        }
        if !wanted.near.is_empty() {
            let mut found = BTreeSet::new();
            for folder in &wanted.near {
                let names = bridge.read_dir(&reference, &format!("/{folder}")).await?.into_iter().filter(|(_, is_folder)| !is_folder);
                found.extend(names.map(|(name, _)| if folder == "." { name } else { format!("{folder}/{name}") }));
            }
            files.found_near(found);
        }
        Ok(())
    }

    /// The bytes of the files below some paths. Of a context that is not the client's folder they are not worth a trip for each of its
    /// folders, and an engine that cannot send a listing by itself tells none.
    async fn sizes(&self, bridge: &Bridge, below: &BTreeSet<String>) -> Result<Vec<(String, u64)>, Failure> {
        let Context::Local(local) = &self.context else { return Ok(vec![]) };
        if self.reference.is_some() || !bridge.has(SOURCE_LOCAL_METADATA_TRANSFER) {
            return Ok(vec![]);
        }
        let reference = bridge.solve(sized(local, below)).await?.id;
        let listed = bridge.read_file(&reference, LISTING).await?.unwrap_or_default();
        Ok(entries(&listed).filter(|entry| entry.mode & IRREGULAR == 0).map(|entry| (entry.path, entry.size.unsigned_abs())).collect())
    }

    /// The names of what lies in a folder, with their bytes. An engine that cannot send a listing by itself tells none, as files may be of any size.
    async fn names(&self, bridge: &Bridge, folder: &str) -> Result<BTreeMap<String, u64>, Failure> {
        let reference = match (&self.reference, &self.context) {
            (Some(reference), _) => reference.clone(),
            (None, Context::Local(local)) if bridge.has(SOURCE_LOCAL_METADATA_TRANSFER) => bridge.solve(listing(local, folder)).await?.id,
            _ => return Ok(BTreeMap::new()),
        };
        if self.reference.is_some() {
            return Ok(bridge.read_dir(&reference, &format!("/{folder}")).await?.into_iter().map(|(name, _)| (name, 0)).collect());
        }
        let listed = bridge.read_file(&reference, LISTING).await?.unwrap_or_default();
        Ok(directly_in(folder, &listed).collect())
    }

    /// The part of the client's folder that facts ask for.
    fn facts_folder(&self, local: &Local, wanted: &Wanted) -> pb::Definition {
        let spec = wanted.spec.then(|| self.place.clone());
        let hint = match (&wanted.modules_of, wanted.near.is_empty()) {
            (Some(_), _) => "modules",
            (None, false) => "requirement files",
            (None, true) => "facts",
        };
        part(local, wanted.patterns().into_iter().chain(spec).collect(), hint)
    }

    /// The folders of the context that hold the spec. A client that is given a path to it tells the last part alone, so that it may
    /// lie anywhere; looking for it takes a walk through all of the client's folder.
    async fn folders_of_spec(&self, bridge: &Bridge, reference: &str) -> Result<Vec<String>, Failure> {
        let (folder, name) = self.place.rsplit_once('/').unwrap_or((".", &self.place));
        if self.is_spec(bridge, reference, &self.place).await? {
            return Ok(vec![folder.to_owned()]);
        }
        let Context::Local(local) = &self.context else { return Ok(vec![]) };
        let reference = bridge.solve(part(local, vec![format!("**/{name}")], "specs")).await?.id;
        let (mut open, mut found) = (vec![String::new()], vec![]);
        while let Some(folder) = open.pop() {
            for (entry, is_folder) in bridge.read_dir(&reference, &format!("/{folder}")).await? {
                let path = if folder.is_empty() { entry.clone() } else { format!("{folder}/{entry}") };
                if is_folder {
                    open.push(path);
                } else if entry == name && self.is_spec(bridge, &reference, &path).await? {
                    found.push(if folder.is_empty() { ".".to_owned() } else { folder.clone() });
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Whether a file of the context is the spec, by what it holds.
    async fn is_spec(&self, bridge: &Bridge, reference: &str, path: &str) -> Result<bool, Failure> {
        Ok(bridge.read_file(reference, path).await?.is_some_and(|content| content == self.spec.as_bytes()))
    }
}

/// The bits of a mode, as Go has them, of what is no file that holds bytes.
const IRREGULAR: u32 = 0x8f28_0000;

/// The entries of a listing: for each its length in four bytes, little end first, and the entry.
fn entries(mut listing: &[u8]) -> impl Iterator<Item = Stat> {
    std::iter::from_fn(move || {
        let (length, rest) = listing.split_first_chunk()?;
        let (entry, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        listing = rest;
        Stat::decode(entry).ok()
    })
}

/// The names directly in a folder, of a listing, with the bytes of those that are files.
fn directly_in(folder: &str, listing: &[u8]) -> impl Iterator<Item = (String, u64)> {
    let prefix = if folder == "." { String::new() } else { format!("{folder}/") };
    let bytes = |entry: &Stat| if entry.mode & IRREGULAR == 0 { entry.size.unsigned_abs() } else { 0 };
    let named = entries(listing).filter_map(move |entry| Some((entry.path.strip_prefix(&prefix)?.to_owned(), bytes(&entry))));
    named.filter(|(name, _)| !name.contains('/'))
}

impl Project {
    /// Reads a recipe of the project's; `None` when there is none.
    pub(super) async fn recipe(&self, bridge: &Bridge, address: &str) -> Result<Option<String>, Failure> {
        let wanted = Wanted::files(BTreeSet::from([address.to_owned()]));
        let mut files = Files::default();
        self.read(bridge, &wanted, &mut files).await?;
        Ok(files.text(address).map(str::to_owned))
    }
}

/// What of the client's folder matches some pattern.
fn part(local: &Local, patterns: Vec<String>, hint: &str) -> pb::Definition {
    let mut graph = Graph::new();
    let folder = graph.source(Local {
        include_patterns: patterns,
        shared_key_hint: Some(format!("{}-{hint}", local.shared_key_hint.as_deref().unwrap_or_default())),
        ..local.clone()
    });
    graph.describe(folder).name = Some(format!("[internal] load the project's {hint}"));
    graph.finish(folder)
}

/// What lies in a part of the client's folder, without what the files hold and without what is in folders.
fn listing(local: &Local, folder: &str) -> pb::Definition {
    let inside = |pattern: &str| if folder == "." { pattern.to_owned() } else { format!("{folder}/{pattern}") };
    let mut graph = Graph::new();
    let listed = graph.source(Local {
        include_patterns: vec![inside("*")],
        exclude_patterns: local.exclude_patterns.iter().cloned().chain([inside("*/*")]).collect(),
        metadata_only: Some(vec![]),
        shared_key_hint: Some(format!("{}-names", local.shared_key_hint.as_deref().unwrap_or_default())),
        ..local.clone()
    });
    graph.describe(listed).name = Some("[internal] list the project's folder".to_owned());
    graph.finish(listed)
}

/// All that lies below some paths of the client's folder, without what the files hold.
fn sized(local: &Local, below: &BTreeSet<String>) -> pb::Definition {
    let whole = below.contains(".");
    let mut graph = Graph::new();
    let listed = graph.source(Local {
        include_patterns: if whole { vec![] } else { below.iter().cloned().collect() },
        metadata_only: Some(vec![]),
        shared_key_hint: Some(format!("{}-sizes", local.shared_key_hint.as_deref().unwrap_or_default())),
        ..local.clone()
    });
    graph.describe(listed).name = Some("[internal] list what is copied of the project".to_owned());
    graph.finish(listed)
}

/// Modules in a folder, and in folders of it the files that make them modules.
async fn find_modules(bridge: &Bridge, reference: &str, folder: &str, shapes: &Shapes) -> Result<BTreeSet<String>, Failure> {
    let Shapes { extension, marker, .. } = *shapes;
    let mut found = BTreeSet::new();
    for (name, is_folder) in bridge.read_dir(reference, &format!("/{folder}")).await? {
        if !is_folder && name.rsplit_once('.').is_some_and(|(_, end)| end == extension) {
            found.insert(name);
        } else if is_folder && bridge.read_dir(reference, &format!("/{folder}/{name}")).await?.iter().any(|(n, _)| n == marker) {
            found.insert(format!("{name}/{marker}"));
        }
    }
    Ok(found)
}

/// A git repository or an archive as a definition.
async fn fetch(bridge: &Bridge, options: &Options, remote: Remote) -> Result<pb::Definition, Failure> {
    let mut graph = Graph::new();
    let address = options.get("context").unwrap_or_default();
    let output = match remote {
        Remote::Git(git) => graph.source(Git { keep_git_dir: git.keep_git_dir || options.keeps_git_dir()?, ..*git }),
        Remote::Http(http) => {
            let file = graph.source(*http);
            graph.describe(file).name = Some(format!("[internal] load context {address}"));
            let reference = bridge.solve(graph.finish(file)).await?;
            let start = bridge.read_start(&reference.id, "context", 1024).await?;
            if !remote::is_archive(&start) {
                let message = format!("the context {address} is a single file; it has to be a folder, a git repository or an archive");
                return Err(Diagnostic::new(codes::BAD_CONTEXT, message).into());
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
