//! A fake engine: the gateway service over any pipe, answering from a script and writing down every request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use buildkit_proto::apicaps::ApiCap;
use buildkit_proto::caps::{gateway, llb};
use buildkit_proto::frontend as proto;
use buildkit_proto::frontend::llb_bridge_server::{LlbBridge, LlbBridgeServer};
use buildkit_proto::{fsutil, pb, types};
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional, duplex};
use tokio::sync::Notify;
use tonic::{Request, Response, Status, async_trait};

use super::folder::{Folder, clean, entries};
use super::script::{GATEWAY_CAPS, Script};

/// The largest message that an engine takes.
const MESSAGE_LIMIT: usize = 16 << 20;

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Ping,
    Inputs,
    Solve(Box<proto::SolveRequest>),
    ReadFile(proto::ReadFileRequest),
    ReadDir(proto::ReadDirRequest),
    Resolve(Box<proto::ResolveSourceMetaRequest>),
    ResolveOld(Box<proto::ResolveImageConfigRequest>),
    Warn(Box<proto::WarnRequest>),
    Return(Box<proto::ReturnRequest>),
}

impl Call {
    /// What was called, for messages: the whole of a request fills screens.
    pub(super) fn name(&self) -> String {
        format!("{self:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
    }
}

/// The engine.
#[derive(Debug)]
pub(super) struct Fake {
    script: Script,
    state: Mutex<State>,
    cut: Notify,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    solved: BTreeMap<String, pb::Definition>,
}

impl Fake {
    pub(super) fn new(script: Script) -> Arc<Self> {
        Arc::new(Self { script, state: Mutex::default(), cut: Notify::new() })
    }

    /// Serves until the other side goes away, or until the script cuts the connection.
    pub(super) async fn serve<P: AsyncRead + AsyncWrite + Unpin>(self: Arc<Self>, mut pipe: P) {
        let (mut near, far) = duplex(1 << 16);
        let service =
            LlbBridgeServer::from_arc(Arc::clone(&self)).max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT);
        let only = tokio_stream::once(Ok::<_, std::io::Error>(far));
        tokio::spawn(tonic::transport::Server::builder().serve_with_incoming(service, only));
        tokio::select! {
            _ = copy_bidirectional(&mut pipe, &mut near) => {}
            () = self.cut.notified() => {}
        }
    }

    /// Every request so far.
    pub(super) fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }

    /// Writes a call down; then comes what the script has in store for it.
    async fn take(&self, call: Call) -> Result<(), Status> {
        let number = self.state().calls.len();
        self.state().calls.push(call);
        if self.script.cut == Some(number) {
            self.cut.notify_one();
            return std::future::pending().await;
        }
        match &self.script.refuse {
            Some((refused, status)) if *refused == number => Err(status.clone()),
            _ => Ok(()),
        }
    }

    fn files(&self, reference: &str) -> Result<Folder, Status> {
        let definition = self.state().solved.get(reference).cloned();
        let definition = definition.ok_or_else(|| Status::unknown(format!("no such ref {reference}")))?;
        self.script.run(&definition)?;
        self.script.files(&definition)
    }
}

/// Capabilities as an engine lists them: what it knows and lacks is there too, switched off.
fn caps(all: &[&'static str], enabled: &BTreeSet<&'static str>) -> Vec<ApiCap> {
    let cap = |id: &&str| ApiCap { id: (*id).to_owned(), enabled: enabled.contains(id), ..ApiCap::default() };
    if enabled.is_empty() { vec![] } else { all.iter().map(cap).collect() }
}

/// How a file that is not there is reported.
fn absent(path: &str) -> Status {
    Status::unknown(format!("open {path}: no such file or directory"))
}

type Answer<T> = Result<Response<T>, Status>;

#[async_trait]
impl LlbBridge for Fake {
    async fn ping(&self, _: Request<proto::PingRequest>) -> Answer<proto::PongResponse> {
        self.take(Call::Ping).await?;
        let worker = types::WorkerRecord { id: "w".into(), platforms: self.script.platforms.clone(), ..types::WorkerRecord::default() };
        let (frontend_api_caps, llb_caps) = (caps(GATEWAY_CAPS, &self.script.gateway_caps), caps(llb::ALL, &self.script.llb_caps));
        Ok(Response::new(proto::PongResponse { frontend_api_caps, llb_caps, workers: vec![worker] }))
    }

    async fn solve(&self, request: Request<proto::SolveRequest>) -> Answer<proto::SolveResponse> {
        let request = request.into_inner();
        let number = self.state().calls.iter().filter(|call| matches!(call, Call::Solve(_))).count();
        self.take(Call::Solve(Box::new(request.clone()))).await?;
        let definition = request.definition.unwrap_or_default();
        self.script.accept(&definition)?;
        // What is not asked for at once is built when something is read from it.
        if request.evaluate && self.script.gateway_caps.contains(gateway::GATEWAY_EVALUATE_SOLVE) {
            self.script.run(&definition)?;
        }
        let id = if definition.def.is_empty() { String::new() } else { format!("r{number}") };
        self.state().solved.insert(id.clone(), definition.clone());
        let reference = proto::Ref { id, def: Some(definition) };
        let result = proto::Result { result: Some(proto::result::Result::Ref(reference)), ..proto::Result::default() };
        Ok(Response::new(proto::SolveResponse { r#ref: String::new(), result: Some(result) }))
    }

    async fn read_file(&self, request: Request<proto::ReadFileRequest>) -> Answer<proto::ReadFileResponse> {
        let request = request.into_inner();
        self.take(Call::ReadFile(request.clone())).await?;
        if self.script.unanswered == Some(request.file_path.as_str()) {
            return std::future::pending().await;
        }
        let files = self.files(&request.r#ref)?;
        let mut data: &[u8] = files.get(&clean(&request.file_path)).ok_or_else(|| absent(&request.file_path))?;
        if let Some(range) = request.range {
            let at = |n: i64| usize::try_from(n).expect("offsets and lengths are positive");
            data = data.get(at(range.offset)..).unwrap_or_default();
            data = &data[..data.len().min(at(range.length))];
        }
        Ok(Response::new(proto::ReadFileResponse { data: data.to_vec() }))
    }

    async fn read_dir(&self, request: Request<proto::ReadDirRequest>) -> Answer<proto::ReadDirResponse> {
        let request = request.into_inner();
        self.take(Call::ReadDir(request.clone())).await?;
        let found = entries(&self.files(&request.r#ref)?, &request.dir_path).ok_or_else(|| absent(&request.dir_path))?;
        let stat =
            |(path, is_folder)| fsutil::Stat { path, mode: if is_folder { 1 << 31 | 0o755 } else { 0o644 }, ..fsutil::Stat::default() };
        Ok(Response::new(proto::ReadDirResponse { entries: found.into_iter().map(stat).collect() }))
    }

    async fn resolve_source_meta(&self, request: Request<proto::ResolveSourceMetaRequest>) -> Answer<proto::ResolveSourceMetaResponse> {
        if !self.script.gateway_caps.contains(buildkit_proto::caps::gateway::SOURCE_META_RESOLVER) {
            return Err(Status::unimplemented("unknown method ResolveSourceMeta"));
        }
        let request = request.into_inner();
        self.take(Call::Resolve(Box::new(request.clone()))).await?;
        let identifier = request.source.map(|s| s.identifier).unwrap_or_default();
        let image = self.script.image(identifier.strip_prefix("docker-image://").unwrap_or(&identifier), request.platform.as_ref())?;
        let identifier = image.renamed.unwrap_or(identifier);
        let is_image = identifier.starts_with("docker-image://");
        let found = proto::ResolveSourceImageResponse { digest: image.digest, config: image.config, attestation_chain: None };
        Ok(Response::new(proto::ResolveSourceMetaResponse {
            source: Some(pb::SourceOp { identifier, attrs: BTreeMap::new() }),
            image: is_image.then_some(found),
            ..proto::ResolveSourceMetaResponse::default()
        }))
    }

    async fn resolve_image_config(&self, request: Request<proto::ResolveImageConfigRequest>) -> Answer<proto::ResolveImageConfigResponse> {
        let request = request.into_inner();
        self.take(Call::ResolveOld(Box::new(request.clone()))).await?;
        let image = self.script.image(&request.r#ref, request.platform.as_ref())?;
        Ok(Response::new(proto::ResolveImageConfigResponse { digest: image.digest, config: image.config, r#ref: request.r#ref }))
    }

    async fn inputs(&self, _: Request<proto::InputsRequest>) -> Answer<proto::InputsResponse> {
        self.take(Call::Inputs).await?;
        Ok(Response::new(proto::InputsResponse { definitions: self.script.inputs.clone() }))
    }

    async fn warn(&self, request: Request<proto::WarnRequest>) -> Answer<proto::WarnResponse> {
        self.take(Call::Warn(Box::new(request.into_inner()))).await?;
        Ok(Response::new(proto::WarnResponse {}))
    }

    async fn r#return(&self, request: Request<proto::ReturnRequest>) -> Answer<proto::ReturnResponse> {
        self.take(Call::Return(Box::new(request.into_inner()))).await?;
        Ok(Response::new(proto::ReturnResponse {}))
    }

    async fn stat_file(&self, request: Request<proto::StatFileRequest>) -> Answer<proto::StatFileResponse> {
        let request = request.into_inner();
        let files = self.files(&request.r#ref)?;
        let content = files.get(&clean(&request.path)).ok_or_else(|| absent(&request.path))?;
        let size = i64::try_from(content.len()).expect("a file in memory");
        Ok(Response::new(proto::StatFileResponse { stat: Some(fsutil::Stat { path: request.path, size, ..fsutil::Stat::default() }) }))
    }

    async fn evaluate(&self, _: Request<proto::EvaluateRequest>) -> Answer<proto::EvaluateResponse> {
        unused()
    }

    async fn new_container(&self, _: Request<proto::NewContainerRequest>) -> Answer<proto::NewContainerResponse> {
        unused()
    }

    async fn release_container(&self, _: Request<proto::ReleaseContainerRequest>) -> Answer<proto::ReleaseContainerResponse> {
        unused()
    }

    type ExecProcessStream = tokio_stream::Empty<Result<proto::ExecMessage, Status>>;

    async fn exec_process(&self, _: Request<tonic::Streaming<proto::ExecMessage>>) -> Answer<Self::ExecProcessStream> {
        unused()
    }

    async fn read_file_container(&self, _: Request<proto::ReadFileRequest>) -> Answer<proto::ReadFileResponse> {
        unused()
    }

    async fn read_dir_container(&self, _: Request<proto::ReadDirRequest>) -> Answer<proto::ReadDirResponse> {
        unused()
    }

    async fn stat_file_container(&self, _: Request<proto::StatFileRequest>) -> Answer<proto::StatFileResponse> {
        unused()
    }
}

/// The fake has no answer; a build that comes to need one fails by this.
fn unused<T>() -> Answer<T> {
    Err(Status::unimplemented("the fake engine does not answer this"))
}
