//! The plan as LLB: one graph, the result's output, and the places of spec and recipe attached to every step.

use std::collections::BTreeMap;

use buildkit_llb as graph;
use buildkit_proto::pb::Definition;
use graph::{Access, Exec, FileAction, Graph, MountKind, Output, Owner, Timestamp};

use crate::diag::{FileId, Sources};
use crate::names::User;
use crate::plan::{self, Action, Base, NATIVE, Plan, Source, Stage, bare};
use crate::target::Product;

use super::context::absolute;
use super::no_cache::has_cache;
use super::{Context, ImageSource, Images, PROJECT_MODES, Settings, image, removed};

/// The time given to every file of the image when the user gives none: the first that zip files can hold.
pub(super) const EPOCH: i64 = 315_532_800;
/// The folder that a proof leaves behind, empty.
const PROOF: &str = "/run/proof";
pub(super) const NANOSECONDS: i64 = 1_000_000_000;

/// A graph and what is to be had of it.
#[derive(Debug)]
pub struct Emitted {
    /// The graph.
    pub graph: Graph,
    /// What the build is for: the image's file system or its report, to be had when all proofs have succeeded; `None` is an
    /// empty one that nothing has to be proven of.
    pub result: Option<Output>,
    /// The report of the image.
    pub report: Option<Output>,
    /// The bill of materials of the image, where the plan has one.
    pub sbom: Option<Output>,
    /// The image's file system, whatever the build is for.
    image: Option<Output>,
    /// Steps with cache mounts that are run although their results are known.
    anew: Vec<Output>,
}

impl Emitted {
    /// What has to be built before anything else is asked for, where steps with cache mounts are to ignore what is known. BuildKit
    /// empties those mounts whenever a request says so of such a step, so that only this first one does, and what the steps
    /// leave in their mounts stays there.
    pub fn first(&mut self) -> Option<Definition> {
        let image = self.image.filter(|_| !self.anew.is_empty())?;
        let definition = self.graph.finish(image);
        for step in std::mem::take(&mut self.anew) {
            self.graph.describe(step).ignore_cache = false;
        }
        Some(definition)
    }
}

/// Why a plan cannot be emitted.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// An input of the build is not a definition.
    #[error("a definition that the client sent cannot be used")]
    Splice(#[from] graph::SpliceError),
    /// An image was not resolved before.
    #[error("the image `{0}` was not resolved")]
    Unresolved(String),
}

/// Emits a plan.
pub fn emit(plan: &Plan, images: &Images, context: &Context, settings: &Settings, sources: &Sources) -> Result<Emitted, EmitError> {
    let mut emitter = Emitter {
        graph: Graph::new(),
        plan,
        images,
        settings,
        files: BTreeMap::new(),
        built: BTreeMap::new(),
        context: None,
        proofs: vec![],
        anew: vec![],
    };
    for (id, file) in sources.iter() {
        let text = file.text.clone().into_bytes();
        emitter.files.insert(id, emitter.graph.source_file(&file.name, file.language, text));
    }
    emitter.context = context.add(&mut emitter.graph, plan)?;
    // What one develops in is on the builder, whose files keep their times.
    // The image of the build's own platform is made as it is where it ships, so that both have their steps in common.
    let twin = format!("{NATIVE}{}", plan.result);
    let is_own = |name: &String| plan.target.product != Product::Dev && (*name == plan.result || *name == twin);
    let is_image = |name: &String| is_own(name) || plan.parts.iter().any(|part| part.result == *name);
    let lineages = plan.stages.iter().filter(|stage| is_image(&stage.name)).flat_map(|stage| plan.lineage(stage).1);
    let shipping: Vec<&str> = lineages.map(|s| s.name.as_str()).collect();
    for stage in &plan.stages {
        let ships = shipping.contains(&stage.name.as_str());
        let built = if stage.proof { emitter.proof(stage, sources)? } else { emitter.stage(stage, ships, sources)? };
        emitter.built.insert(stage.name.as_str(), built);
    }
    let of = |name: &str| emitter.built.get(name).and_then(|s| s.output);
    let report = plan.report.as_deref().and_then(of);
    let sbom = plan.sbom.as_deref().and_then(of);
    let image = of(&plan.result().name);
    let result = match plan.target.product {
        Product::Image | Product::Debug | Product::Dev => image,
        Product::Report => report,
        Product::Sbom => sbom,
        Product::Check => None,
    };
    let result = emitter.held(result, report)?;
    let Emitter { graph, anew, .. } = emitter;
    Ok(Emitted { graph, result, report, sbom, image, anew })
}

pub(super) struct Emitter<'p> {
    pub(super) graph: Graph,
    pub(super) plan: &'p Plan,
    images: &'p Images,
    pub(super) settings: &'p Settings,
    files: BTreeMap<FileId, graph::FileId>,
    pub(super) built: BTreeMap<&'p str, State>,
    context: Option<Output>,
    pub(super) proofs: Vec<Output>,
    anew: Vec<Output>,
}

/// A stage as far as it is built.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) output: Option<Output>,
    pub(super) env: Vec<(String, String)>,
    pub(super) workdir: String,
    /// Whether nothing but an image and the program went into it, so that every build on that image has the same.
    pub(super) common: bool,
}

/// What a program finds beside what the plan mounts for it.
pub(super) enum Around {
    /// The tree of its stage, which it changes.
    Stage,
    /// That tree to read and these to write to, as this user.
    Proof(Vec<graph::Mount>, User),
    /// Trees of other steps, the first of which is what it leaves.
    Held(Vec<graph::Mount>),
}

impl<'p> Emitter<'p> {
    pub(super) fn base(&mut self, stage: &'p Stage) -> Result<State, EmitError> {
        let mut state = match &stage.base {
            Base::Scratch => State { workdir: "/".into(), common: true, ..State::default() },
            Base::Stage(name) => self.built.get(name.as_str()).cloned().unwrap_or_default(),
            Base::Image(name) => {
                let native = self.plan.is_native(stage);
                let output = self.image(name, native)?;
                let config = self.images.get(&known_as(name, native)).map(|fact| &fact.config["config"]);
                let env = config.map(image::env).unwrap_or_default();
                let workdir = config.and_then(|c| c["WorkingDir"].as_str()).filter(|w| !w.is_empty()).unwrap_or("/");
                State { output, env, workdir: workdir.to_owned(), common: output.is_some() }
            }
        };
        image::merge_env(&mut state.env, &stage.env);
        if !stage.workdir.is_empty() {
            state.workdir.clone_from(&stage.workdir);
        }
        Ok(state)
    }

    fn stage(&mut self, stage: &'p Stage, ships: bool, sources: &Sources) -> Result<State, EmitError> {
        let mut state = self.base(stage)?;
        let mut layers = vec![];
        // The last layer is put on the others directly: what changes most often is not worth a merge.
        let last = stage.steps.iter().rposition(is_layer);
        for (index, step) in stage.steps.iter().enumerate() {
            let apart = ships && self.settings.engine.merge && is_layer(step) && Some(index) != last;
            if !apart {
                self.merge(&mut state, &mut layers, stage);
            }
            let below = if apart { State { output: None, ..state.clone() } } else { state.clone() };
            let output = self.step((stage, step), &below, ships)?;
            let label = label(self.settings, stage, index);
            state.common = state.common && self.is_common(step);
            self.label(output, label, stage, step, state.common, sources);
            if self.ignores_cache(&stage.name, state.common) && has_cache(step) {
                self.anew.push(output);
            }
            if apart {
                layers.push(output);
            } else {
                state.output = Some(output);
            }
        }
        self.merge(&mut state, &mut layers, stage);
        Ok(state)
    }

    /// Puts layers that were made side by side on top of a stage.
    fn merge(&mut self, state: &mut State, layers: &mut Vec<Output>, stage: &Stage) {
        if layers.is_empty() {
            return;
        }
        let all: Vec<Output> = state.output.into_iter().chain(layers.drain(..)).collect();
        let merged = self.graph.merge(all.clone());
        if !all.contains(&merged) {
            self.graph.describe(merged).name = Some(format!("[{}{}] Put the layers together", self.prefix(), bare(&stage.name)));
        }
        state.output = Some(merged);
    }

    /// The platform, where several would otherwise read the same.
    pub(super) fn prefix(&self) -> String {
        prefix(self.settings, false)
    }

    pub(super) fn label(&mut self, output: Output, name: String, stage: &Stage, step: &plan::Step, common: bool, sources: &Sources) {
        let ignored = self.ignores_cache(&stage.name, common);
        let info = self.graph.describe(output);
        info.name = Some(name);
        info.ignore_cache = ignored;
        for place in &step.origin.places {
            if let Some(file) = self.files.get(&place.file) {
                let (first, last) = sources.lines(*place);
                let line = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                self.graph.at(output, *file, line(first)..=line(last));
            }
        }
    }

    /// An image; `native` is whether it is that of the build's own platform, where the plan is for another one.
    fn image(&mut self, name: &str, native: bool) -> Result<Option<Output>, EmitError> {
        let fact = self.images.get(&known_as(name, native)).ok_or_else(|| EmitError::Unresolved(name.to_owned()))?;
        match &fact.source {
            ImageSource::Fetched(source) => {
                let output = self.graph.source((**source).clone());
                let label = format!("[{}base] {name}", prefix(self.settings, native));
                self.graph.describe(output).name = Some(label);
                Ok(Some(output))
            }
            ImageSource::Definition(definition) => Ok(self.graph.splice(definition)?),
            ImageSource::Scratch => Ok(None),
        }
    }

    /// The modes of what is copied: those that it has, unless it is of the project.
    fn mode(&self, copy: &plan::Copy) -> graph::CopyMode {
        match copy.from {
            Source::Context if self.settings.engine.symbolic_modes => graph::CopyMode::Symbolic(PROJECT_MODES.to_owned()),
            _ => graph::CopyMode::Keep,
        }
    }

    fn source(&mut self, from: &Source, native: bool) -> Result<Option<Output>, EmitError> {
        match from {
            Source::Context => Ok(self.context),
            Source::Stage(name) => Ok(self.built.get(name.as_str()).and_then(|s| s.output)),
            Source::Image(name) => self.image(name, native),
            Source::Named(name) => self.image(&plan::context_address(name), false),
            Source::Distil => self.distil(native),
        }
    }

    /// The image that the program comes in.
    fn distil(&mut self, native: bool) -> Result<Option<Output>, EmitError> {
        let own = self.settings.native.as_ref().filter(|_| native);
        let definition = own.map_or(&self.settings.distil, |own| &own.distil);
        if let Some(definition) = definition {
            return Ok(self.graph.splice(definition)?);
        }
        if self.images.contains_key(&known_as(&self.plan.distil, native)) {
            return self.image(&self.plan.distil, native);
        }
        let name = self.plan.distil.parse::<crate::names::ImageRef>();
        let name = name.map_or_else(|_| self.plan.distil.clone(), |name| name.normalized());
        let platform = own.map_or(&self.settings.platform, |own| &own.platform).clone();
        let source = graph::Image { platform: Some(platform), ..graph::Image::new(name) };
        let output = self.graph.source(source);
        self.graph.describe(output).name = Some(format!("[{}internal] load {}", prefix(self.settings, native), self.plan.distil));
        Ok(Some(output))
    }

    fn step(&mut self, (stage, step): (&Stage, &plan::Step), state: &State, ships: bool) -> Result<Output, EmitError> {
        let native = self.plan.sees_native(stage, step);
        // Only what ships gets a fixed time: tools in the builder may compare the times of their own files.
        let timestamp = if ships { Timestamp::At(self.settings.epoch.unwrap_or(EPOCH) * NANOSECONDS) } else { Timestamp::Keep };
        let root = Owner::ids(0, 0);
        let actions = match &step.action {
            Action::Run(run) => return self.run(run, state, Around::Stage),
            Action::Copy(copy) if ships && in_place(copy).is_some() => {
                // Taken together with its parent, whose time would otherwise be that of the build.
                let (parent, name) = in_place(copy).expect("the guard says so");
                let from = self.source(&copy.from, native)?;
                vec![FileAction::Copy(graph::FileCopy {
                    from,
                    src: parent.to_owned(),
                    dest: parent.to_owned(),
                    owner: Some(root),
                    follow_symlink: true,
                    dir_copy_contents: true,
                    create_dest_path: true,
                    include_patterns: vec![name.to_owned()],
                    exclude_patterns: copy.exclude.iter().map(|p| format!("{name}/{p}")).collect(),
                    timestamp,
                    ..graph::FileCopy::default()
                })]
            }
            Action::Copy(copy) => {
                let from = self.source(&copy.from, native)?;
                vec![FileAction::Copy(graph::FileCopy {
                    from,
                    src: absolute(&copy.path),
                    dest: copy.to.clone(),
                    owner: Some(root),
                    follow_symlink: true,
                    dir_copy_contents: true,
                    create_dest_path: true,
                    exclude_patterns: copy.exclude.clone(),
                    mode: self.mode(copy),
                    timestamp,
                    ..graph::FileCopy::default()
                })]
            }
            Action::Write(write) => vec![
                FileAction::Mkdir(graph::MakeDir {
                    path: parent(&write.path),
                    make_parents: true,
                    owner: Some(root.clone()),
                    timestamp,
                    mode: 0o755,
                }),
                FileAction::Mkfile(graph::MakeFile {
                    path: write.path.clone(),
                    mode: write.mode,
                    data: write.text.clone().into_bytes(),
                    owner: Some(root),
                    timestamp,
                }),
            ],
            Action::Mkdir(mkdir) => vec![FileAction::Mkdir(graph::MakeDir {
                path: mkdir.path.clone(),
                mode: mkdir.mode,
                make_parents: true,
                owner: Some(Owner::ids(mkdir.owner.uid, mkdir.owner.gid)),
                timestamp,
            })],
            Action::Remove(patterns) => removed::remove(state.output, patterns),
        };
        Ok(self.graph.file(state.output, actions))
    }

    /// Runs a program, and returns what it leaves.
    pub(super) fn run(&mut self, run: &plan::Run, state: &State, around: Around) -> Result<Output, EmitError> {
        let settings = self.settings;
        let user = if let Around::Proof(_, user) = &around { Some(user.to_string()) } else { None };
        let tree = |dest: &str, from, access| {
            let kind = MountKind::Bind { from, selector: String::new(), access, content_cache: graph::ContentCache::Default };
            graph::Mount { dest: dest.into(), kind }
        };
        let mut mounts = vec![tree("/", state.output, if user.is_some() { Access::ReadOnly } else { Access::ReadWrite })];
        let mut left = None;
        match around {
            Around::Stage => {}
            Around::Proof(writable, _) => {
                // What it leaves is this empty folder, so that the command can be asked for.
                left = Some(mounts.len());
                mounts.push(tree(PROOF, None, Access::ReadWrite));
                mounts.extend(writable);
            }
            Around::Held(trees) => {
                left = Some(mounts.len());
                mounts.extend(trees);
            }
        }
        if let Some(size) = settings.shm_size {
            mounts.push(graph::Mount { dest: "/dev/shm".into(), kind: MountKind::Tmpfs { size: Some(size) } });
        }
        let mut secret_env = vec![];
        for mount in &run.mounts {
            match mount {
                plan::Mount::SecretEnv { id, name, required } => {
                    secret_env.push(graph::SecretEnv { id: id.clone(), name: name.clone(), optional: !required });
                }
                mount => mounts.push(self.mount(mount)?),
            }
        }
        let mut env = state.env.clone();
        image::merge_env(&mut env, &run.env);
        let executed = self.graph.exec(Exec {
            args: run.argv.clone(),
            env,
            user,
            cwd: run.workdir.clone().unwrap_or_else(|| state.workdir.clone()),
            mounts,
            secret_env,
            network: if run.network { settings.network } else { graph::Network::None },
            extra_hosts: settings.extra_hosts.clone(),
            hostname: settings.hostname.clone(),
            ulimits: settings.ulimits.clone(),
            cgroup_parent: settings.cgroup_parent.clone(),
            proxy: settings.proxy.clone().filter(|_| run.network),
            // Where nothing of the platform is run, the programs are the build's own.
            platform: Some(settings.native.as_ref().map_or(&settings.platform, |own| &own.platform).clone()),
            ..Exec::default()
        });
        self.graph.describe(executed.op()).linux_resources.clone_from(&settings.resources);
        Ok(left.map_or_else(|| executed.root(), |position| executed.mount(position).unwrap_or(executed.op())))
    }

    fn mount(&mut self, mount: &plan::Mount) -> Result<graph::Mount, EmitError> {
        let (dest, kind) = match mount {
            plan::Mount::Bind { from, path, to, writable, content } => {
                let access = if *writable { Access::Discard } else { Access::ReadOnly };
                let is_stage = matches!(from, Source::Stage(_));
                let from = self.source(from, self.plan.crossing.is_some())?;
                let selector = absolute(path);
                let selector = if selector == "/" { String::new() } else { selector };
                // A stage's files would all be hashed, only to find out that the step has to run.
                let unread = is_stage && !content && self.settings.engine.content_cache_off;
                let content_cache = if unread { graph::ContentCache::Off } else { graph::ContentCache::Default };
                (to, MountKind::Bind { from, selector, access, content_cache })
            }
            plan::Mount::Cache { id, to, locked } => {
                let sharing = if *locked { graph::Sharing::Locked } else { graph::Sharing::Shared };
                let id = format!("{}/{id}", self.settings.cache_namespace);
                (to, MountKind::Cache { id, sharing, from: None, selector: String::new() })
            }
            plan::Mount::Secret { id, to, required } => {
                (to, MountKind::Secret { id: id.clone(), uid: 0, gid: 0, mode: 0o400, optional: !required })
            }
            plan::Mount::SecretEnv { .. } => unreachable!("variables are taken out before files are mounted"),
            plan::Mount::Ssh { id, to, required } => {
                (to, MountKind::Ssh { id: id.clone(), uid: 0, gid: 0, mode: 0o600, optional: !required })
            }
            plan::Mount::Tmpfs { to } => (to, MountKind::Tmpfs { size: None }),
        };
        Ok(graph::Mount { dest: dest.clone(), kind })
    }
}

/// How the table of what was resolved calls an image.
fn known_as(name: &str, native: bool) -> String {
    if native { plan::native_address(name) } else { name.to_owned() }
}

/// The platform that something is of, where there are several; `native` is whether that is the build's own.
fn prefix(settings: &Settings, native: bool) -> String {
    let own = settings.native.as_ref();
    let platform = own.filter(|_| native).map_or(&settings.platform, |own| &own.platform);
    if settings.many_platforms || own.is_some() { format!("{} ", super::platform_name(platform)) } else { String::new() }
}

/// What progress calls a step of a stage. Stages under the names of the build's own platform are that one's; others are made for the
/// image's, wherever they run.
#[must_use]
pub(crate) fn label(settings: &Settings, stage: &Stage, index: usize) -> String {
    let own = stage.name.starts_with(NATIVE);
    format!("[{}{} {}/{}] {}", prefix(settings, own), bare(&stage.name), index + 1, stage.steps.len(), stage.steps[index].name)
}

/// Whether a step only adds files at the places that they have already, so that it can be a layer of its own.
fn is_layer(step: &plan::Step) -> bool {
    matches!(&step.action, Action::Copy(copy) if absolute(&copy.to) == "/" && matches!(copy.from, Source::Stage(_)))
}

/// Parent and name of what is copied from a stage to the place that it has there, unless the parent is the root.
fn in_place(copy: &plan::Copy) -> Option<(&str, &str)> {
    let (parent, name) = copy.path.rsplit_once('/')?;
    let stage = matches!(copy.from, Source::Stage(_));
    (stage && copy.path == copy.to && !parent.is_empty()).then_some((parent, name))
}

fn parent(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/".to_owned(),
        Some((parent, _)) => parent.to_owned(),
    }
}
