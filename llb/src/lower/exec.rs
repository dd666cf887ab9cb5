//! Commands as messages: the order of mounts, and how they become inputs and outputs.

use std::collections::BTreeSet;

use buildkit_proto::caps::llb as caps;
use buildkit_proto::pb;

use super::{Lowered, NONE, input_number};
use crate::exec::{Exec, Network, Security};
use crate::graph::Output;
use crate::mount::{Access, ContentCache, Mount, MountKind, Sharing};

const ROOT: &str = "/";

/// How outputs are numbered.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub(crate) root: Root,
    /// By position among the mounts as they were given.
    pub(crate) mounts: Vec<Option<u32>>,
}

/// The root after a command.
#[derive(Debug)]
pub(crate) enum Root {
    Output(u32),
    Unchanged(Option<Output>),
}

pub(crate) fn lower(mut exec: Exec) -> (Lowered, Outputs) {
    let given = exec.mounts.len();
    if exec.mounts.iter().all(|mount| mount.dest != ROOT) {
        exec.mounts.push(Mount::bind(ROOT, None, Access::ReadWrite));
    }
    let caps = caps_of(&exec);

    let mut inputs = Vec::new();
    let mut mounts = Vec::new();
    let mut next = 0;
    let mut outputs = Outputs { root: Root::Unchanged(None), mounts: vec![None; exec.mounts.len()] };
    for (position, mount) in in_order(&exec.mounts) {
        let mut wire = wire_mount(mount, &mut inputs);
        if let MountKind::Bind { from, access, .. } = &mount.kind {
            let is_output = matches!(access, Access::ReadWrite | Access::HandOn);
            if is_output {
                wire.output = i64::from(next);
                outputs.mounts[position] = Some(next);
            }
            if mount.dest == ROOT {
                outputs.root = match access {
                    Access::ReadWrite | Access::HandOn => Root::Output(next),
                    Access::ReadOnly | Access::Discard => Root::Unchanged(*from),
                };
            }
            next += u32::from(is_output);
        }
        mounts.push(wire);
    }
    outputs.mounts.truncate(given);

    let platform = exec.platform.take();
    let lowered = Lowered {
        op: pb::op::Op::Exec(pb::ExecOp {
            mounts,
            network: match exec.network {
                Network::Sandbox => pb::NetMode::Unset,
                Network::Host => pb::NetMode::Host,
                Network::None => pb::NetMode::None,
            }
            .into(),
            security: match exec.security {
                Security::Sandbox => pb::SecurityMode::Sandbox,
                Security::Insecure => pb::SecurityMode::Insecure,
            }
            .into(),
            secretenv: std::mem::take(&mut exec.secret_env),
            cdi_devices: std::mem::take(&mut exec.cdi_devices),
            meta: Some(meta(exec)),
        }),
        platform,
        inputs,
        caps,
    };
    (lowered, outputs)
}

/// Mounts in the order of the wire, with their positions as given: by destination, then secrets,
/// then ssh agents.
fn in_order(mounts: &[Mount]) -> Vec<(usize, &Mount)> {
    let mut ordered: Vec<(usize, &Mount)> = mounts.iter().enumerate().collect();
    ordered.sort_by_key(|(_, mount)| match mount.kind {
        MountKind::Bind { .. } | MountKind::Cache { .. } | MountKind::Tmpfs { .. } => (0, mount.dest.as_str()),
        MountKind::Secret { .. } => (1, ""),
        MountKind::Ssh { .. } => (2, ""),
    });
    ordered
}

/// One mount as the wire has it, not counted among the outputs yet.
fn wire_mount(mount: &Mount, inputs: &mut Vec<Output>) -> pb::Mount {
    let mut number = |from: &Option<Output>| from.map_or(NONE, |from| input_number(inputs, from));
    let wire = pb::Mount { input: NONE, dest: mount.dest.clone(), output: NONE, ..pb::Mount::default() };
    match &mount.kind {
        MountKind::Bind { from, selector, access, content_cache } => pb::Mount {
            input: number(from),
            selector: selector.clone(),
            readonly: matches!(access, Access::ReadOnly | Access::HandOn),
            mount_type: pb::MountType::Bind.into(),
            content_cache: match content_cache {
                ContentCache::Default => pb::MountContentCache::Default,
                ContentCache::On => pb::MountContentCache::On,
                ContentCache::Off => pb::MountContentCache::Off,
            }
            .into(),
            ..wire
        },
        MountKind::Cache { id, sharing, from, selector } => pb::Mount {
            input: number(from),
            selector: selector.clone(),
            mount_type: pb::MountType::Cache.into(),
            cache_opt: Some(pb::CacheOpt {
                id: id.clone(),
                sharing: match sharing {
                    Sharing::Shared => pb::CacheSharingOpt::Shared,
                    Sharing::Private => pb::CacheSharingOpt::Private,
                    Sharing::Locked => pb::CacheSharingOpt::Locked,
                }
                .into(),
            }),
            ..wire
        },
        // Go leaves the output of these two at 0, which the daemon does not look at. The same bytes
        // share cache with builds that were made by Go.
        MountKind::Secret { id, uid, gid, mode, optional } => pb::Mount {
            output: 0,
            mount_type: pb::MountType::Secret.into(),
            secret_opt: Some(pb::SecretOpt { id: id.clone(), uid: *uid, gid: *gid, mode: *mode, optional: *optional }),
            ..wire
        },
        MountKind::Ssh { id, uid, gid, mode, optional } => pb::Mount {
            output: 0,
            mount_type: pb::MountType::Ssh.into(),
            ssh_opt: Some(pb::SshOpt { id: id.clone(), uid: *uid, gid: *gid, mode: *mode, optional: *optional }),
            ..wire
        },
        MountKind::Tmpfs { size } => pb::Mount {
            mount_type: pb::MountType::Tmpfs.into(),
            tmpfs_opt: Some(pb::TmpfsOpt { size: i64::try_from(size.unwrap_or(0)).unwrap_or(i64::MAX) }),
            ..wire
        },
    }
}

fn meta(exec: Exec) -> pb::Meta {
    let first_agent = exec.mounts.iter().find_map(|mount| match mount.kind {
        MountKind::Ssh { .. } => Some(mount.dest.clone()),
        _ => None,
    });
    let mut env = exec.env;
    if let Some(socket) = first_agent
        && env.iter().all(|(name, _)| name != "SSH_AUTH_SOCK")
    {
        env.push(("SSH_AUTH_SOCK".to_owned(), socket));
    }
    let cwd = if exec.cwd.is_empty() { ROOT.to_owned() } else { exec.cwd };
    let hosts = exec.extra_hosts.into_iter().map(|extra| pb::HostIp { host: extra.host, ip: extra.ip.to_string() });
    pb::Meta {
        args: exec.args,
        env: env.into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
        cwd,
        user: exec.user.unwrap_or_default(),
        proxy_env: exec.proxy,
        extra_hosts: hosts.collect(),
        hostname: exec.hostname.unwrap_or_default(),
        ulimit: exec.ulimits,
        cgroup_parent: exec.cgroup_parent.unwrap_or_default(),
        remove_mount_stubs_recursive: true,
        valid_exit_codes: exec.valid_exit_codes,
    }
}

fn caps_of(exec: &Exec) -> BTreeSet<&'static str> {
    let mut ids = BTreeSet::from([caps::EXEC_META_BASE]);
    let no_path = exec.env.iter().all(|(name, _)| name != "PATH");
    ids.extend(
        [
            (no_path, caps::EXEC_META_SETS_DEFAULT_PATH),
            (exec.network != Network::Sandbox, caps::EXEC_META_NETWORK),
            (exec.security != Security::Sandbox, caps::EXEC_META_SECURITY),
            (exec.proxy.is_some(), caps::EXEC_META_PROXY),
            (!exec.secret_env.is_empty(), caps::EXEC_SECRET_ENV),
            (!exec.ulimits.is_empty(), caps::EXEC_META_ULIMIT),
            (exec.cgroup_parent.is_some(), caps::EXEC_META_CGROUP_PARENT),
            (!exec.valid_exit_codes.is_empty(), caps::EXEC_VALID_EXIT_CODE),
            (!exec.cdi_devices.is_empty(), caps::EXEC_META_CDI),
        ]
        .into_iter()
        .filter_map(|(used, id)| used.then_some(id)),
    );
    for mount in &exec.mounts {
        match &mount.kind {
            MountKind::Bind { from, selector, access, content_cache } => {
                if from.is_some() {
                    ids.insert(caps::EXEC_MOUNT_BIND);
                }
                if !selector.is_empty() {
                    ids.insert(caps::EXEC_MOUNT_SELECTOR);
                }
                if *access == Access::Discard {
                    ids.insert(caps::EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT);
                }
                if *content_cache != ContentCache::Default {
                    ids.insert(caps::EXEC_MOUNT_CONTENT_CACHE);
                }
            }
            MountKind::Cache { selector, .. } => {
                ids.extend([caps::EXEC_MOUNT_CACHE, caps::EXEC_MOUNT_CACHE_SHARING]);
                if !selector.is_empty() {
                    ids.insert(caps::EXEC_MOUNT_SELECTOR);
                }
            }
            MountKind::Secret { .. } => _ = ids.insert(caps::EXEC_MOUNT_SECRET),
            MountKind::Ssh { .. } => _ = ids.insert(caps::EXEC_MOUNT_SSH),
            MountKind::Tmpfs { size } => {
                ids.insert(caps::EXEC_MOUNT_TMPFS);
                if size.is_some_and(|size| size > 0) {
                    ids.insert(caps::EXEC_MOUNT_TMPFS_SIZE);
                }
            }
        }
    }
    ids
}
