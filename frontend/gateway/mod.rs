//! One build inside BuildKit: options, spec, facts, plan, images, graph, result.
//! The only room that knows gRPC. Whatever happens (a mistake in the spec, a refused solve, a panic) ends in exactly one
//! `Return`, because nothing else that a frontend says reaches the user.

mod bridge;
mod images;
mod options;
mod project;
mod remote;
mod report;
mod requests;
mod result;
pub mod stdio;

use std::sync::{Arc, Mutex};

use buildkit_proto::frontend as proto;
use buildkit_proto::pb::Platform;
use tonic::transport::Channel;

pub use options::Options;
pub use report::Failure;

use crate::diag::{Diagnostic, Severity, Sink, Sources};
use crate::emit::Settings;
use crate::emit::{image, llb};
use crate::facts::{self, Files, Gathered};
use crate::plan::{Plan, lower::lower};
use crate::spec;
use bridge::Bridge;
use project::Project;

/// Runs one build over a connection and returns its outcome to BuildKit. The error is a connection that is of no more use.
pub async fn serve(channel: Channel, options: Options) -> Result<(), tonic::Status> {
    let bridge = Bridge::open(channel).await?;
    let panicked = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&panicked);
    std::panic::set_hook(Box::new(move |info| {
        if let Ok(mut note) = noted.lock() {
            *note = Some(info.to_string());
        }
    }));
    // A task of its own, because a panic ends only the task that it happens in.
    let task = tokio::spawn({
        let bridge = bridge.clone();
        async move { build(bridge, &options).await }
    });
    let outcome = task.await.unwrap_or_else(|_| {
        let note = panicked.lock().ok().and_then(|mut n| n.take()).unwrap_or_else(|| "a task ended early".into());
        Err(Failure::Other(format!("distil has a bug: {note}\n  help: please report it, with the spec")))
    });
    bridge.finish(outcome.map_err(|failure| failure.status())).await
}

async fn build(mut bridge: Bridge, options: &Options) -> Result<proto::Result, Failure> {
    bridge.import_caches(options.cache_imports()?);
    if let Some(request) = options.get("requestid") {
        return requests::answer(&bridge, options, request).await;
    }
    let compiled = compile(&bridge, options).await?;
    compiled.warn(&bridge).await?;
    let platforms = platforms(&bridge, options)?;
    let many = options.multi_platform().unwrap_or(platforms.len() > 1);
    if !many && platforms.len() > 1 {
        return Err(Failure::Other("several platforms were asked for, and `multi-platform=false` forbids them".into()));
    }
    let mut built = vec![];
    for platform in platforms {
        let settings = settings(options, platform, many)?;
        built.push(result::build(&bridge, options, &compiled, settings).await?);
    }
    Ok(result::assemble(built, many))
}

fn platforms(bridge: &Bridge, options: &Options) -> Result<Vec<Platform>, Failure> {
    let asked = options.platforms()?;
    if asked.is_empty() {
        let own = bridge.platform().cloned().unwrap_or_else(|| Platform {
            os: "linux".into(),
            architecture: if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }.into(),
            ..Platform::default()
        });
        return Ok(vec![own]);
    }
    Ok(asked)
}

fn settings(options: &Options, platform: Platform, many_platforms: bool) -> Result<Settings, Failure> {
    Ok(Settings {
        platform,
        many_platforms,
        epoch: options.epoch(),
        no_cache: options.no_cache(),
        cache_namespace: options.build_arg("BUILDKIT_CACHE_MOUNT_NS").unwrap_or_default().to_owned(),
        extra_hosts: options.extra_hosts()?,
        ulimits: options.ulimits()?,
        cgroup_parent: options.get("cgroup-parent").map(str::to_owned),
        hostname: options.get("hostname").or_else(|| options.build_arg("BUILDKIT_SANDBOX_HOSTNAME")).map(str::to_owned),
        shm_size: options.shm_size()?,
        network: options.network()?,
        proxy: options.proxy(),
        labels: options.labels(),
    })
}

/// A spec that was read and understood, ready to be built for any platform.
struct Compiled {
    project: Project,
    sources: Sources,
    plan: Plan,
    warnings: Vec<Diagnostic>,
}

/// From the spec's text to the plan, reading the project's files on the way.
async fn compile(bridge: &Bridge, options: &Options) -> Result<Compiled, Failure> {
    let project = project::open(bridge, options).await?;
    let mut sources = Sources::default();
    let mut sink = Sink::default();
    let file = sources.add(&project.name, "YAML", &project.spec);
    let Some(spec) = spec::parse(&sources, file, &mut sink) else { return Err(refused(sink, sources)) };
    let mut files = Files::default();
    let facts = loop {
        match facts::gather(&spec, &files, &mut sources, &mut sink) {
            Gathered::Facts(facts) => break *facts,
            Gathered::Wanted(wanted) => project.read(bridge, &wanted, &mut files).await?,
            Gathered::Refused => return Err(refused(sink, sources)),
        }
    };
    check_target(options)?;
    let Some(plan) = lower(&spec, &facts, &mut sources, &mut sink) else { return Err(refused(sink, sources)) };
    let warnings = sink.into_sorted();
    Ok(Compiled { project, sources, plan, warnings })
}

/// The only target so far is the image itself.
fn check_target(options: &Options) -> Result<(), Failure> {
    match options.get("target") {
        None | Some("default") => Ok(()),
        Some(other) => Err(Failure::Other(format!("there is no target `{other}`; the only one is `default`"))),
    }
}

fn refused(sink: Sink, sources: Sources) -> Failure {
    Failure::Refused(sink.into_sorted(), sources)
}

impl Compiled {
    /// Shows what the user should know although it builds.
    async fn warn(&self, bridge: &Bridge) -> Result<(), Failure> {
        for warning in self.warnings.iter().filter(|d| d.severity == Severity::Warning) {
            let place = warning.labels.first().map(|l| l.place);
            let source = place.map(|p| report::source(p, &self.sources));
            let (info, ranges) = source.map_or((None, vec![]), |s| (s.info, s.ranges));
            let request = proto::WarnRequest {
                digest: self.project.loaded_by.clone(),
                level: 1,
                short: report::brief(warning, &self.sources).into_bytes(),
                info,
                ranges,
                ..proto::WarnRequest::default()
            };
            bridge.warn(request).await?;
        }
        Ok(())
    }
}
