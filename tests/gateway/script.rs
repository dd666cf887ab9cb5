//! What the fake engine answers with: folders, images, inputs, capabilities, and what shall go wrong.
//! A definition is judged and evaluated as the engine would, as far as reading files from it needs.

use std::collections::{BTreeMap, BTreeSet};

pub(super) use buildkit_llb::digest;
use buildkit_proto::caps;
use buildkit_proto::pb::{self, file_action, op};
use buildkit_proto::rpc;
use prost::Message;
use tonic::{Code, Status};

use super::folder::{Folder, transferred};
use super::graph::name;

/// An image in the fake registry.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// Empty for one that only the engine's own store has.
    pub digest: String,
    /// Its config, as bytes, for it may be broken.
    pub config: Vec<u8>,
    /// The name that a policy of the engine puts in the place of the one that was asked for.
    pub renamed: Option<String>,
}

/// Everything the fake engine knows.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// The client's folders by name.
    pub locals: BTreeMap<String, Folder>,
    /// What other sources yield, by identifier.
    pub fetched: BTreeMap<String, Folder>,
    /// What an archive holds, by what follows the archive's magic number.
    pub archives: BTreeMap<String, Folder>,
    /// Images that differ from [`any_image`]; `None` for one that is not there.
    pub images: BTreeMap<String, Option<Image>>,
    /// Definitions passed in by the client.
    pub inputs: BTreeMap<String, pb::Definition>,
    /// What the gateway can do.
    pub gateway_caps: BTreeSet<&'static str>,
    /// What graphs may use; empty when the engine does not say, which ones from before 0.4 do not.
    pub llb_caps: BTreeSet<&'static str>,
    /// The worker's platforms.
    pub platforms: Vec<pb::Platform>,
    /// What is left by every command that runs; nothing, unless a test says otherwise.
    pub made: Folder,
    /// Steps that fail when they are built, by the end of their names.
    pub broken: BTreeMap<&'static str, Status>,
    /// A file that is never there to be read, nor ever missed.
    pub unanswered: Option<&'static str>,
    /// Refuses that call, counted from 0.
    pub refuse: Option<(usize, Status)>,
    /// Cuts the connection in place of an answer to that call, counted from 0.
    pub cut: Option<usize>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            locals: BTreeMap::new(),
            fetched: BTreeMap::new(),
            archives: BTreeMap::new(),
            images: BTreeMap::new(),
            inputs: BTreeMap::new(),
            gateway_caps: GATEWAY_CAPS.iter().copied().collect(),
            llb_caps: caps::llb::ALL.iter().copied().collect(),
            platforms: vec![usual_platform()],
            made: Folder::new(),
            broken: BTreeMap::new(),
            unanswered: None,
            refuse: None,
            cut: None,
        }
    }
}

/// What a current engine's gateway can do, as far as a frontend without containers may ask.
pub(super) const GATEWAY_CAPS: &[&str] = &[
    caps::gateway::SOLVE_BASE,
    caps::gateway::RESOLVE_IMAGE,
    caps::gateway::READ_FILE,
    caps::gateway::READ_DIR,
    caps::gateway::STAT_FILE,
    caps::gateway::RETURN_RESULT,
    caps::gateway::RETURN_MAP,
    caps::gateway::IMPORT_CACHES,
    caps::gateway::PROTO_REF_ARRAY,
    caps::gateway::REFERENCE_OUTPUT,
    caps::gateway::FRONTEND_INPUTS,
    caps::gateway::GATEWAY_EVALUATE_SOLVE,
    caps::gateway::GATEWAY_WARNINGS,
    caps::gateway::SOURCE_META_RESOLVER,
];

/// The platform that is built for unless a test says otherwise.
pub(super) fn usual_platform() -> pb::Platform {
    pb::Platform { os: "linux".into(), architecture: "amd64".into(), ..pb::Platform::default() }
}

/// The image behind any name that the script says nothing about, which exists for every platform.
pub(super) fn any_image(reference: &str, platform: &pb::Platform) -> Image {
    let config = serde_json::json!({
        "architecture": platform.architecture, "os": platform.os, "created": "2020-02-02T02:02:02Z", "docker_version": "1",
        "config": {
            "Env": ["PATH=/usr/bin:/bin", "SSL_CERT_FILE=/etc/ssl/cert.pem", "BASE=1"], "User": "0", "WorkingDir": "/home/base",
            "Entrypoint": ["/base"], "Cmd": ["base"], "Labels": {"base": "yes"}, "ExposedPorts": {"1/tcp": {}},
            "Shell": ["/bin/sh"], "StopSignal": "SIGINT", "Healthcheck": {"Test": ["NONE"]},
        },
        "history": [{"created_by": "base"}], "rootfs": {"type": "layers", "diff_ids": ["sha256:00"]}, "x-unknown": {"kept": true},
    });
    Image { digest: digest(reference.as_bytes()), config: config.to_string().into_bytes(), renamed: None }
}

impl Script {
    /// An image by its full name for a platform, refusing names that the engine cannot read. One that the script holds is
    /// as the script has it, whatever the platform, as an engine takes an image that exists for one platform only.
    pub(super) fn image(&self, reference: &str, platform: Option<&pb::Platform>) -> Result<Image, Status> {
        well_named(reference)?;
        match self.images.get(reference) {
            Some(Some(image)) => Ok(image.clone()),
            Some(None) => Err(Status::unknown(format!("{reference}: not found"))),
            None => Ok(any_image(reference, platform.unwrap_or(&usual_platform()))),
        }
    }

    /// Judges a definition before it is accepted.
    pub(super) fn accept(&self, definition: &pb::Definition) -> Result<(), Status> {
        let ops = decode(definition)?;
        if ops.len() == 1 {
            return Err(Status::unknown("LLB with 1 vertex"));
        }
        for (id, op) in &ops {
            let metadata = definition.metadata.get(id).ok_or_else(|| Status::unknown(format!("no metadata for {id}")))?;
            if let Some(cap) = metadata.caps.keys().find(|cap| !self.llb_caps.is_empty() && !self.llb_caps.contains(cap.as_str())) {
                return Err(Status::unknown(format!("unknown API capability {cap}")));
            }
            if let Some(input) = op.inputs.iter().find(|input| !ops.iter().any(|(other, _)| *other == input.digest)) {
                return Err(Status::unknown(format!("no op {}", input.digest)));
            }
            if let Some(op::Op::Source(source)) = &op.op {
                if let Some((key, _)) = source.attrs.iter().find(|(_, value)| value.is_empty()) {
                    return Err(Status::unknown(format!("`{key}` is empty, which changes the digest")));
                }
                for scheme in ["docker-image://", "oci-layout://"] {
                    source.identifier.strip_prefix(scheme).map_or(Ok(()), well_named)?;
                }
            }
        }
        Ok(())
    }

    /// Builds a definition, as far as that may fail.
    pub(super) fn run(&self, definition: &pb::Definition) -> Result<(), Status> {
        let names = || definition.metadata.values().map(name);
        let failed = self.broken.iter().find(|(step, _)| names().any(|name| name.ends_with(**step)));
        failed.map_or(Ok(()), |(_, status)| Err(status.clone()))
    }

    /// The files that a definition yields.
    pub(super) fn files(&self, definition: &pb::Definition) -> Result<Folder, Status> {
        let ops = decode(definition)?;
        match ops.last().map(|(_, op)| (&op.op, &op.inputs[..])) {
            None => Ok(Folder::new()),
            Some((None, [head])) => self.op_files(&ops, &head.digest),
            Some(_) => Err(Status::unknown("the last op is no head")),
        }
    }

    fn op_files(&self, ops: &[(String, pb::Op)], id: &str) -> Result<Folder, Status> {
        let op = ops.iter().find(|(other, _)| other == id).map(|(_, op)| op).ok_or_else(|| Status::unknown("no such op"))?;
        match &op.op {
            Some(op::Op::Source(source)) => self.source_files(source),
            Some(op::Op::File(file)) => self.file_op_files(ops, &op.inputs, file),
            Some(op::Op::Exec(_)) => Ok(self.made.clone()),
            _ => Err(Status::unknown("the fake engine cannot build this")),
        }
    }

    fn source_files(&self, source: &pb::SourceOp) -> Result<Folder, Status> {
        if let Some(name) = source.identifier.strip_prefix("local://") {
            let folder = self.locals.get(name).ok_or_else(|| Status::unknown(format!("no local folder {name}")))?;
            return Ok(transferred(folder, &source.attrs));
        }
        self.fetched.get(&source.identifier).cloned().ok_or_else(|| Status::unknown(format!("{}: 404", source.identifier)))
    }

    fn file_op_files(&self, ops: &[(String, pb::Op)], inputs: &[pb::Input], file: &pb::FileOp) -> Result<Folder, Status> {
        let mut made: Vec<Folder> = vec![];
        let tree = |index: i64, made: &[Folder]| match usize::try_from(index) {
            Err(_) => Ok(Folder::new()),
            Ok(index) if index < inputs.len() => self.op_files(ops, &inputs[index].digest),
            Ok(index) => Ok(made[index - inputs.len()].clone()),
        };
        for action in &file.actions {
            let mut folder = tree(action.input, &made)?;
            match action.action.as_ref() {
                Some(file_action::Action::Mkfile(file)) => _ = folder.insert(file.path.trim_matches('/').to_owned(), file.data.clone()),
                Some(file_action::Action::Copy(copy)) => folder.extend(self.copied(&tree(action.secondary_input, &made)?, copy)?),
                _ => {}
            }
            made.push(folder);
        }
        Ok(made.pop().unwrap_or_default())
    }

    fn copied(&self, from: &Folder, copy: &pb::FileActionCopy) -> Result<Folder, Status> {
        let src = copy.src.trim_matches('/');
        if let Some(content) = from.get(src) {
            let archive = content.strip_prefix(ARCHIVE).filter(|_| copy.attempt_unpack_docker_compatibility);
            return match archive.map(|name| String::from_utf8_lossy(name).into_owned()) {
                Some(name) => self.archives.get(&name).cloned().ok_or_else(|| Status::unknown("unexpected EOF")),
                None => Ok(Folder::from([(src.rsplit('/').next().unwrap_or(src).to_owned(), content.clone())])),
            };
        }
        let below =
            |path: &String| if src.is_empty() { Some(path.clone()) } else { path.strip_prefix(&format!("{src}/")).map(str::to_owned) };
        let files: Folder = from.iter().filter_map(|(path, content)| Some((below(path)?, content.clone()))).collect();
        if files.is_empty() { Err(failed(Code::Unknown, &format!("lstat /{src}: no such file or directory"))) } else { Ok(files) }
    }
}

/// The error of a step, which says which one; unlike that of a file that is not there.
pub(super) fn failed(code: Code, message: &str) -> Status {
    failed_as(code, "sha256:0", message)
}

/// The error of the step that has this digest.
pub(super) fn failed_at(digest: &str, message: &str) -> Status {
    failed_as(Code::Unknown, digest, message)
}

fn failed_as(code: Code, digest: &str, message: &str) -> Status {
    let detail = |name: &str| prost_types::Any {
        type_url: format!("github.com/moby/buildkit/errdefs.{name}+json"),
        value: serde_json::json!({"digest": digest, "odd": name}).to_string().into_bytes(),
    };
    let status = rpc::Status { code: code as i32, message: message.to_owned(), details: vec![detail("Vertex"), detail("Solve")] };
    Status::with_details(code, message, status.encode_to_vec().into())
}

/// How the fake's archives start.
pub(super) const ARCHIVE: &[u8] = b"\x1f\x8b\x08";

/// The ops of a definition with their digests.
pub(super) fn decode(definition: &pb::Definition) -> Result<Vec<(String, pb::Op)>, Status> {
    let read = |bytes: &Vec<u8>| Ok((digest(bytes), pb::Op::decode(&bytes[..]).map_err(|e| Status::unknown(e.to_string()))?));
    definition.def.iter().map(read).collect()
}

/// The engine reads a reference as the rest of an address: a host, a path, and a tag or a digest.
fn well_named(reference: &str) -> Result<(), Status> {
    let (host, path) = reference.split_once('/').unwrap_or((reference, ""));
    if path.is_empty() || host.contains('@') {
        return Err(Status::unknown(format!("parse \"dummy://{reference}\": invalid port after host")));
    }
    if path.contains([':', '@']) { Ok(()) } else { Err(Status::unknown("object required")) }
}
