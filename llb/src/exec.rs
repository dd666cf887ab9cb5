//! Commands as plain data, and handles to what they leave behind.
//!
//! How a command becomes a message is the business of lower/exec.rs.

use std::net::IpAddr;

use buildkit_proto::pb;

use crate::graph::Output;
use crate::mount::Mount;

/// A command and everything it runs with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exec {
    /// The program and its arguments; must not be empty.
    pub args: Vec<String>,
    /// Environment, in order. Without `PATH` the daemon sets the usual one.
    pub env: Vec<(String, String)>,
    /// The folder it runs in; empty for `/`.
    pub cwd: String,
    /// Who runs it: `user`, `user:group`, names or numbers; `None` for root.
    pub user: Option<String>,
    /// What it finds mounted, in any order. The root is the mount at `/`.
    pub mounts: Vec<Mount>,
    /// Its network.
    pub network: Network,
    /// How much it may do.
    pub security: Security,
    /// Secrets in its environment.
    pub secret_env: Vec<pb::SecretEnv>,
    /// Lines added to `/etc/hosts`.
    pub extra_hosts: Vec<ExtraHost>,
    /// The host name it sees.
    pub hostname: Option<String>,
    /// Resource limits.
    pub ulimits: Vec<pb::Ulimit>,
    /// The cgroup it runs below.
    pub cgroup_parent: Option<String>,
    /// Proxy variables, which take no part in the cache key.
    pub proxy: Option<pb::ProxyEnv>,
    /// Exit codes that count as success; empty for just 0.
    pub valid_exit_codes: Vec<i32>,
    /// Devices.
    pub cdi_devices: Vec<pb::CdiDevice>,
    /// The platform it runs on; `None` for that of the daemon.
    pub platform: Option<pb::Platform>,
}

/// A line of `/etc/hosts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraHost {
    /// The name.
    pub host: String,
    /// Its address; takes no part in the cache key.
    pub ip: IpAddr,
}

/// The network of a command.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// The daemon's usual network for builds.
    #[default]
    Sandbox,
    /// That of the machine; needs an entitlement.
    Host,
    /// None at all.
    None,
}

/// How much a command may do.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// What is usual in a container.
    #[default]
    Sandbox,
    /// Everything; needs an entitlement.
    Insecure,
}

/// A command in a graph, with the trees it leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    op: Output,
    root: Output,
    mounts: Vec<Option<Output>>,
}

impl Exec {
    /// Makes a command of a program and its arguments, with nothing mounted.
    pub fn new<A: Into<String>>(args: impl IntoIterator<Item = A>) -> Self {
        Self { args: args.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

impl Executed {
    pub(crate) fn new(op: Output, root: Output, mounts: Vec<Option<Output>>) -> Self {
        Self { op, root, mounts }
    }

    /// The root afterwards. If it is not an output, because it was mounted read-only or to be
    /// discarded, this is the root from before and the command is not needed for it.
    #[must_use]
    pub fn root(&self) -> Output {
        self.root
    }

    /// The mount with that position in [`Exec::mounts`] afterwards, if it is an output.
    #[must_use]
    pub fn mount(&self, position: usize) -> Option<Output> {
        self.mounts.get(position).copied().flatten()
    }

    /// A handle of the command itself, to describe it with, whether it has outputs or not. As an input
    /// of other ops use [`Executed::root`] and [`Executed::mount`].
    #[must_use]
    pub fn op(&self) -> Output {
        self.op
    }
}
