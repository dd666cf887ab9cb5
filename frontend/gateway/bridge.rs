//! Typed calls over the gateway service: ping, solve, read, resolve, warn, return.
//! What the daemon can do is asked once and never assumed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use buildkit_proto::caps::gateway as caps;
use buildkit_proto::frontend::llb_bridge_client::LlbBridgeClient;
use buildkit_proto::frontend::{self as proto, result};
use buildkit_proto::pb::{self, Platform};
use buildkit_proto::rpc;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::facts::{LIMIT, too_large};

/// The largest message that either side accepts.
const MESSAGE_LIMIT: usize = 16 << 20;
/// How long the daemon may take to answer the first call.
const PING_LIMIT: Duration = Duration::from_secs(15);

/// The connection, and what the daemon said of itself.
#[derive(Clone, Debug)]
pub(super) struct Bridge {
    client: LlbBridgeClient<Channel>,
    gateway_caps: BTreeSet<String>,
    llb_caps: BTreeSet<String>,
    platforms: Vec<Platform>,
    cache_imports: Vec<proto::CacheOptionsEntry>,
}

/// An image as the engine found it.
#[derive(Debug)]
pub(super) struct Resolved {
    /// Its name, which is another than was asked for where a policy of the engine says so.
    pub reference: String,
    /// Its digest; empty for an image that only the engine's own store has.
    pub digest: String,
    /// Its config, in JSON.
    pub config: Vec<u8>,
}

impl Bridge {
    /// Asks the daemon what it can do.
    pub(super) async fn open(channel: Channel) -> Result<Self, Status> {
        let mut client = LlbBridgeClient::new(channel).max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT);
        let ping = client.ping(proto::PingRequest {});
        let pong =
            tokio::time::timeout(PING_LIMIT, ping).await.map_err(|_| Status::deadline_exceeded("BuildKit does not answer"))??.into_inner();
        let enabled = |list: Vec<buildkit_proto::apicaps::ApiCap>| list.into_iter().filter(|c| c.enabled).map(|c| c.id).collect();
        Ok(Self {
            client,
            gateway_caps: enabled(pong.frontend_api_caps),
            llb_caps: enabled(pong.llb_caps),
            platforms: pong.workers.into_iter().flat_map(|w| w.platforms).collect(),
            cache_imports: vec![],
        })
    }

    /// Caches to consult on every solve.
    pub(super) fn import_caches(&mut self, entries: Vec<proto::CacheOptionsEntry>) {
        self.cache_imports = entries;
    }

    /// Whether the daemon has a feature of the gateway.
    #[must_use]
    pub(super) fn can(&self, cap: &str) -> bool {
        self.gateway_caps.contains(cap)
    }

    /// Whether the daemon has a feature of build graphs.
    #[must_use]
    pub(super) fn has(&self, cap: &str) -> bool {
        self.llb_caps.contains(cap)
    }

    /// The features that a graph needs and the daemon lacks.
    #[must_use]
    pub(super) fn lacks<'c>(&self, needed: &BTreeSet<&'c str>) -> Vec<&'c str> {
        // A daemon from before features were listed lists none; then nothing can be said.
        needed.iter().copied().filter(|cap| !self.llb_caps.is_empty() && !self.llb_caps.contains(*cap)).collect()
    }

    /// The engine's own platform.
    #[must_use]
    pub(super) fn platform(&self) -> Option<&Platform> {
        self.platforms.first()
    }

    /// Whether the engine runs programs of a platform, its own or by emulation.
    #[must_use]
    pub(super) fn runs(&self, platform: &Platform) -> bool {
        self.platforms
            .iter()
            .any(|own| own.os == platform.os && own.architecture == platform.architecture && own.variant == platform.variant)
    }

    /// Builds a definition, lazily; an empty id is an empty file system.
    pub(super) async fn solve(&self, definition: pb::Definition) -> Result<proto::Ref, Status> {
        self.solve_as(definition, false).await
    }

    /// Builds a definition at once, and says how that ended.
    pub(super) async fn evaluate(&self, definition: pb::Definition) -> Result<proto::Ref, Status> {
        let reference = self.solve_as(definition, true).await?;
        if !self.can(caps::GATEWAY_EVALUATE_SOLVE) {
            // An engine that does not know the wish builds what is looked at.
            let request = proto::ReadDirRequest { r#ref: reference.id.clone(), dir_path: "/".into(), ..proto::ReadDirRequest::default() };
            self.client.clone().read_dir(request).await?;
        }
        Ok(reference)
    }

    async fn solve_as(&self, definition: pb::Definition, evaluate: bool) -> Result<proto::Ref, Status> {
        let request = proto::SolveRequest {
            evaluate,
            definition: Some(definition),
            allow_result_return: true,
            allow_result_array_ref: true,
            cache_imports: self.cache_imports.clone(),
            ..proto::SolveRequest::default()
        };
        let response = self.client.clone().solve(request).await?.into_inner();
        match response.result.and_then(|r| r.result) {
            Some(result::Result::Ref(reference)) => Ok(reference),
            Some(result::Result::RefDeprecated(id)) => Ok(proto::Ref { id, def: None }),
            None => Ok(proto::Ref { id: response.r#ref, def: None }),
            Some(_) => Err(Status::unknown("BuildKit answered one definition with several results")),
        }
    }

    /// A file's content; `None` when there is no such file. One that is too large is refused by its size: whole, it would not
    /// fit into a message.
    pub(super) async fn read_file(&self, reference: &str, path: &str) -> Result<Option<Vec<u8>>, Status> {
        let most = LIMIT.cast_signed() + 1;
        let Some(content) = absent(self.read_start(reference, path, most).await, path)? else { return Ok(None) };
        if content.len() as u64 <= LIMIT {
            return Ok(Some(content));
        }
        let request = proto::StatFileRequest { r#ref: reference.to_owned(), path: path.to_owned(), ..proto::StatFileRequest::default() };
        let size = self.client.clone().stat_file(request).await?.into_inner().stat.map_or(LIMIT + 1, |s| s.size.unsigned_abs());
        Err(Status::unknown(too_large(path, size)))
    }

    /// The first bytes of a file.
    pub(super) async fn read_start(&self, reference: &str, path: &str, length: i64) -> Result<Vec<u8>, Status> {
        let range = Some(proto::FileRange { offset: 0, length });
        let request =
            proto::ReadFileRequest { r#ref: reference.to_owned(), file_path: path.to_owned(), range, ..proto::ReadFileRequest::default() };
        Ok(self.client.clone().read_file(request).await?.into_inner().data)
    }

    /// The names in a directory, and whether each is a directory itself.
    pub(super) async fn read_dir(&self, reference: &str, path: &str) -> Result<Vec<(String, bool)>, Status> {
        /// The bit that Go's file modes have for directories.
        const DIRECTORY: u32 = 1 << 31;
        let request = proto::ReadDirRequest { r#ref: reference.to_owned(), dir_path: path.to_owned(), ..proto::ReadDirRequest::default() };
        let entries = absent(self.client.clone().read_dir(request).await.map(|r| r.into_inner().entries), path)?;
        Ok(entries.unwrap_or_default().into_iter().map(|s| (s.path, s.mode & DIRECTORY != 0)).collect())
    }

    /// What the engine knows of an image.
    pub(super) async fn resolve(
        &self,
        reference: &str,
        platform: &Platform,
        mode: Option<&str>,
        session: &str,
    ) -> Result<Resolved, Status> {
        let platform = Some(platform.clone());
        let (mode, log) = (mode.unwrap_or_default().to_owned(), format!("[internal] load metadata for {reference}"));
        let mut client = self.client.clone();
        if self.can(caps::SOURCE_META_RESOLVER) {
            let source = pb::SourceOp { identifier: format!("docker-image://{reference}"), attrs: BTreeMap::new() };
            let request = proto::ResolveSourceMetaRequest {
                source: Some(source),
                platform,
                log_name: log,
                resolve_mode: mode,
                ..proto::ResolveSourceMetaRequest::default()
            };
            let answer = client.resolve_source_meta(request).await?.into_inner();
            let found = answer.source.map_or_else(|| format!("docker-image://{reference}"), |s| s.identifier);
            let (Some(name), Some(image)) = (found.strip_prefix("docker-image://"), answer.image) else {
                return Err(Status::unknown(format!("a policy of this BuildKit puts {found} in its place, which is no image")));
            };
            return Ok(Resolved { reference: name.to_owned(), digest: image.digest, config: image.config });
        }
        let request = proto::ResolveImageConfigRequest {
            r#ref: reference.to_owned(),
            platform,
            resolve_mode: mode,
            log_name: log,
            session_id: session.to_owned(),
            ..proto::ResolveImageConfigRequest::default()
        };
        let image = client.resolve_image_config(request).await?.into_inner();
        let reference = if image.r#ref.is_empty() { reference.to_owned() } else { image.r#ref };
        Ok(Resolved { reference, digest: image.digest, config: image.config })
    }

    /// The config of an image in one of the client's OCI layouts.
    pub(super) async fn resolve_layout(&self, reference: &str, store: &str, platform: &Platform, session: &str) -> Result<Vec<u8>, Status> {
        /// Look in a layout of the client's, not in a registry.
        const OCI_LAYOUT: i32 = 1;
        let request = proto::ResolveImageConfigRequest {
            r#ref: reference.to_owned(),
            platform: Some(platform.clone()),
            log_name: format!("[internal] load metadata for {reference}"),
            resolver_type: OCI_LAYOUT,
            session_id: session.to_owned(),
            store_id: store.to_owned(),
            ..proto::ResolveImageConfigRequest::default()
        };
        Ok(self.client.clone().resolve_image_config(request).await?.into_inner().config)
    }

    /// Definitions that the client or another frontend passed in.
    pub(super) async fn inputs(&self) -> Result<BTreeMap<String, pb::Definition>, Status> {
        if !self.can(caps::FRONTEND_INPUTS) {
            return Ok(BTreeMap::new());
        }
        Ok(self.client.clone().inputs(proto::InputsRequest {}).await?.into_inner().definitions)
    }

    /// Shows a warning, where the daemon can.
    pub(super) async fn warn(&self, request: proto::WarnRequest) -> Result<(), Status> {
        if self.can(caps::GATEWAY_WARNINGS) {
            self.client.clone().warn(request).await?;
        }
        Ok(())
    }

    /// Ends the build, with a result or with an error.
    pub(super) async fn finish(&self, outcome: Result<proto::Result, rpc::Status>) -> Result<(), Status> {
        let request = match outcome {
            Ok(result) => proto::ReturnRequest { result: Some(result), error: None },
            Err(error) => proto::ReturnRequest { result: None, error: Some(error) },
        };
        self.client.clone().r#return(request).await.map(|_| ())
    }
}

/// BuildKit has no code of its own for a file that is not there.
fn absent<T>(answer: Result<T, Status>, path: &str) -> Result<Option<T>, Status> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(status) if status.code() == Code::NotFound || is_absence(status.message(), path) => Ok(None),
        Err(status) => Err(status),
    }
}

/// Whether an error is about the file that was asked for. What is read may have to be built first, and a step that misses
/// a file of its own says the same words of another path.
fn is_absence(message: &str, path: &str) -> bool {
    message.ends_with(&format!("{}: no such file or directory", path.trim_start_matches('/')))
}
