//! Emitters: the plan as LLB and as the image's config. They see the plan, what the engine answered about the plan's
//! images, and the build's settings; spec, facts and recipes are out of sight.

pub mod context;
pub mod dockerfile;
pub mod image;
pub mod lines;
pub mod llb;
mod no_cache;
mod proof;
mod removed;

use std::collections::BTreeMap;

use buildkit_llb as graph;
use buildkit_proto::pb;

pub use context::Context;

/// What the engine answered about the plan's images, by the name that the plan uses.
pub type Images = BTreeMap<String, ImageFact>;

/// One image as the engine sees it.
#[derive(Clone, Debug)]
pub struct ImageFact {
    /// Where its files come from.
    pub source: ImageSource,
    /// Its config, as JSON; an empty object where there is none.
    pub config: serde_json::Value,
}

/// Where an image's files come from. A named build context may put anything in an image's place.
#[derive(Clone, Debug)]
pub enum ImageSource {
    /// Something that LLB fetches.
    Fetched(Box<graph::Source>),
    /// A definition that the client or another frontend made.
    Definition(Box<pb::Definition>),
    /// No files.
    Scratch,
}

/// What holds for a whole build, whatever the plan.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The platform to build for.
    pub platform: pb::Platform,
    /// The platform of the build itself, where a plan is for another one and made there.
    pub native: Option<Native>,
    /// Whether several platforms are built, so that step names should say theirs.
    pub many_platforms: bool,
    /// Seconds since 1970 given to every file and to the image, when the user gave one.
    pub epoch: Option<i64>,
    /// Stages to build anew; `Some` of nothing means all.
    pub no_cache: Option<Vec<String>>,
    /// Prefix of cache names, so that projects can be kept apart.
    pub cache_namespace: String,
    /// Names and addresses for `/etc/hosts` during steps.
    pub extra_hosts: Vec<graph::ExtraHost>,
    /// Limits during steps.
    pub ulimits: Vec<pb::Ulimit>,
    /// The parent control group of steps.
    pub cgroup_parent: Option<String>,
    /// The host name during steps.
    pub hostname: Option<String>,
    /// Size of `/dev/shm` during steps.
    pub shm_size: Option<u64>,
    /// Memory and processors of steps.
    pub resources: Option<pb::LinuxResources>,
    /// The network of steps that have one.
    pub network: graph::Network,
    /// Proxies for steps, outside the cache key.
    pub proxy: Option<pb::ProxyEnv>,
    /// Where the program's own image comes from; `None` is a registry.
    pub distil: Option<Box<pb::Definition>>,
    /// What the engine is able to do.
    pub engine: Engine,
    /// Labels that win over the plan's.
    pub labels: Vec<(String, String)>,
}

/// What some engines are able to do and others are not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine {
    /// Whether layers are made side by side and merged.
    pub merge: bool,
    /// Whether the engine can be told not to look at the content of what is mounted.
    pub content_cache_off: bool,
    /// Whether the engine knows modes such as `u+w,go-w`: an older one takes them for none at all.
    pub symbolic_modes: bool,
}

/// The modes of project files, as `chmod` takes them: whether one can be run is the project's, and the rest is not the umask of
/// whoever checked it out.
pub(crate) const PROJECT_MODES: &str = "a+rX,u+w,go-w";

/// The platform of the build itself.
#[derive(Clone, Debug, Default)]
pub struct Native {
    /// Which it is.
    pub platform: pb::Platform,
    /// Where the program's own image for it comes from; `None` is a registry.
    pub distil: Option<Box<pb::Definition>>,
    /// Whether it runs programs of the platform that is built for, by emulation.
    pub emulates: bool,
}

/// A platform's name, as `linux/arm64` or `linux/arm/v7`.
#[must_use]
pub fn platform_name(platform: &pb::Platform) -> String {
    let parts = [&platform.os, &platform.architecture, &platform.variant];
    parts.into_iter().filter(|p| !p.is_empty()).map(String::as_str).collect::<Vec<_>>().join("/")
}
