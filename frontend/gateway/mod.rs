//! One build inside BuildKit: options, spec, facts, plan, images, graph, result.
//! The only room that knows gRPC. Whatever happens (a mistake in the spec, a refused solve, a panic) ends in exactly one
//! `Return`, because nothing else that a frontend says reaches the user.

mod bridge;
mod failed;
mod failure;
mod images;
mod options;
mod passed;
mod platforms;
mod project;
mod recipe;
mod remote;
mod report;
mod requests;
mod result;
pub mod stdio;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use buildkit_proto::caps::llb::{EXEC_MOUNT_CONTENT_CACHE, FILE_SYMLINK_CREATE, MERGE_OP};
use buildkit_proto::frontend as proto;
use buildkit_proto::pb::Platform;
use tonic::transport::Channel;

pub use failure::Failure;
pub use options::Options;

use crate::args::Filled;
use crate::compile::{self, Compiler, Progress};
use crate::diag::{Diagnostic, Severity, Sources, codes};
use crate::emit::{Engine, Settings, image, llb};
use crate::lint::Policy;
use crate::lower::{Attested, Elsewhere};
use crate::plan::Plan;
use crate::target::Target;
use bridge::Bridge;
use project::Project;

/// Runs one build over a connection and returns its outcome to BuildKit. The error is a connection that is of no more use.
pub async fn serve(channel: Channel, options: Options) -> Result<(), tonic::Status> {
    let bridge = Bridge::open(channel).await?;
    let work = {
        let bridge = bridge.clone();
        async move { build(bridge, &options).await }
    };
    end(&bridge, work).await
}

/// Runs any work over a connection as [`serve`] runs a build: whatever becomes of it, BuildKit is told.
pub async fn serve_work<W>(channel: Channel, work: W) -> Result<(), tonic::Status>
where
    W: Future<Output = Result<proto::Result, Failure>> + Send + 'static,
{
    end(&Bridge::open(channel).await?, work).await
}

async fn end<W>(bridge: &Bridge, work: W) -> Result<(), tonic::Status>
where
    W: Future<Output = Result<proto::Result, Failure>> + Send + 'static,
{
    let panicked = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&panicked);
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if let Ok(mut note) = noted.lock() {
            *note = Some(info.to_string());
        }
        // The daemon's log gets it too, with a backtrace if it was asked for.
        usual(info);
    }));
    // A task of its own, because a panic ends only the task that it happens in.
    let outcome = tokio::spawn(work).await.unwrap_or_else(|_| {
        let note = panicked.lock().ok().and_then(|mut n| n.take()).unwrap_or_else(|| "a task ended early".into());
        Err(Diagnostic::new(codes::BUG, format!("distil has a bug: {note}")).help("please report it, with the spec").into())
    });
    bridge.finish(outcome.map_err(|failure| failure.status())).await
}

async fn build(mut bridge: Bridge, options: &Options) -> Result<proto::Result, Failure> {
    bridge.import_caches(options.cache_imports()?);
    if let Some(request) = options.get("requestid") {
        return requests::answer(&bridge, options, request).await;
    }
    let compiled = compile(&bridge, options).await?;
    compiled.warn(&bridge).await;
    let platforms = platforms::asked(&bridge, options)?;
    let many = options.multi_platform()?.unwrap_or(platforms.len() > 1);
    if !many && platforms.len() > 1 {
        let message = "several platforms were asked for, and `multi-platform=false` forbids them";
        return Err(Diagnostic::new(codes::SEVERAL_PLATFORMS, message).into());
    }
    let mut built = vec![];
    for platform in platforms {
        let (plan, settings) = platforms::choose(&bridge, options, &compiled, settings(&bridge, options, platform, many)?).await?;
        built.push(result::build(&bridge, options, (&compiled, plan), settings).await?);
    }
    Ok(result::assemble(built, many))
}

fn settings(bridge: &Bridge, options: &Options, platform: Platform, many_platforms: bool) -> Result<Settings, Failure> {
    Ok(Settings {
        many_platforms,
        epoch: options.epoch()?,
        no_cache: options.no_cache(),
        cache_namespace: options.build_arg("BUILDKIT_CACHE_MOUNT_NS").unwrap_or_default().to_owned(),
        extra_hosts: options.extra_hosts()?,
        ulimits: options.ulimits()?,
        cgroup_parent: options.get("cgroup-parent").map(str::to_owned),
        hostname: options.get("hostname").or_else(|| options.build_arg("BUILDKIT_SANDBOX_HOSTNAME")).map(str::to_owned),
        shm_size: options.shm_size()?,
        resources: options.resources()?,
        network: options.network()?,
        proxy: options.proxy(),
        distil: platforms::own_image(bridge, options, &platform),
        native: None,
        engine: Engine {
            merge: bridge.has(MERGE_OP),
            content_cache_off: bridge.has(EXEC_MOUNT_CONTENT_CACHE),
            // They came without a capability of their own; this one is of the next release but one.
            symbolic_modes: bridge.has(FILE_SYMLINK_CREATE),
        },
        labels: options.labels(),
        platform,
    })
}

/// A spec that was read and understood, ready to be built for any platform.
struct Compiled {
    project: Project,
    sources: Sources,
    plan: Plan,
    targets: Vec<(Target, String)>,
    warnings: Vec<Diagnostic>,
    /// What was found and is not said, each with the reason why.
    silenced: Vec<(Diagnostic, String)>,
    /// The args of the spec.
    args: Vec<Filled>,
    /// Files and folders of the project that do not ship, by their names at its top.
    left_out: Vec<String>,
    /// What becomes of warnings that are found in the image.
    policy: Policy,
    /// How the images for further architectures than the engine's own come about.
    elsewhere: BTreeMap<String, Elsewhere>,
}

/// From the spec's text to the plan, reading the project's files on the way.
async fn compile(bridge: &Bridge, options: &Options) -> Result<Compiled, Failure> {
    let project = project::open(bridge, options).await?;
    let mut compiler = Compiler::new(&project.name, &project.spec, options.get("target").unwrap_or_default());
    let own = platforms::own(bridge);
    compiler.also_for(
        options.platforms()?.into_iter().filter(|p| p.variant.is_empty()).map(|p| p.architecture).filter(|a| *a != own.architecture),
    );
    compiler.attested = Attested { sbom: options.asks_sbom(), epoch: options.epoch()? };
    compiler.args(options.build_args());
    loop {
        match compiler.step() {
            Progress::Wanted(wanted) => project.read(bridge, &wanted, &mut compiler.files).await?,
            Progress::Recipe(address) => {
                let text = recipe::read(bridge, options, &project, &address).await?;
                compiler.recipe(&address, text);
            }
            Progress::Compiled(done) => {
                let compile::Compiled { mut plan, targets, mut warnings, silenced, args, left_out, policy, mut elsewhere } = *done;
                // What started this frontend, which a build argument may have named in the place of the spec.
                if let Some(image) = options.get("source").filter(|image| !image.is_empty()) {
                    let crossed = elsewhere.values_mut().filter_map(Elsewhere::plan_mut);
                    crossed.chain([&mut plan]).for_each(|plan| image.clone_into(&mut plan.distil));
                }
                if options.keeps_git_dir()? && matches!(project.context, crate::emit::Context::Definition(_)) {
                    warnings.retain(|warning| warning.code.name() != "version-from-git");
                }
                if warnings.iter().any(|found| found.severity == Severity::Error) {
                    return Err(Failure::Refused(warnings, compiler.sources));
                }
                return Ok(Compiled {
                    project,
                    sources: compiler.sources,
                    plan,
                    targets,
                    warnings,
                    silenced,
                    args,
                    left_out,
                    policy,
                    elsewhere,
                });
            }
            Progress::Refused(diagnostics) => return Err(Failure::Refused(diagnostics, compiler.sources)),
        }
    }
}

impl Compiled {
    /// Shows what the user should know although it builds.
    async fn warn(&self, bridge: &Bridge) {
        for warning in self.warnings.iter().filter(|d| d.severity == Severity::Warning) {
            self.warn_of(bridge, warning).await;
        }
    }

    /// Shows one thing that the user should know.
    async fn warn_of(&self, bridge: &Bridge, warning: &Diagnostic) {
        let place = warning.labels.first().map(|l| l.place);
        let source = place.map(|p| failure::source(p, &self.sources));
        let (info, ranges) = source.map_or((None, vec![]), |s| (s.info, s.ranges));
        let request = proto::WarnRequest {
            digest: self.project.loaded_by.clone(),
            level: 1,
            short: failure::brief(warning, &self.sources).into_bytes(),
            info,
            ranges,
            ..proto::WarnRequest::default()
        };
        // A warning that cannot be shown is no reason to stop.
        let _ = bridge.warn(request).await;
    }
}
