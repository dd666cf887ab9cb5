//! What a command finds mounted, as plain data.
//!
//! How mounts are numbered and put in order is the business of exec.rs.

use crate::graph::Output;

/// One mount of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Mount {
    /// Where it is mounted; an absolute path. The mount at `/` is the root of the command.
    pub dest: String,
    /// What is mounted.
    pub kind: MountKind,
}

/// What is mounted.
#[derive(Clone, Debug, PartialEq)]
pub enum MountKind {
    /// A tree of the graph. The only kind that can be at `/`.
    Bind {
        /// The tree; `None` is an empty one.
        from: Option<Output>,
        /// A folder or file of the tree to mount instead of all of it; empty for all.
        selector: String,
        /// What the command may do with it.
        access: Access,
        /// Whether content decides about cache hits.
        content_cache: ContentCache,
    },
    /// A folder that outlives the build.
    Cache {
        /// Its name, in one space for the whole daemon.
        id: String,
        /// What happens if two commands want it at once.
        sharing: Sharing,
        /// What it holds when it is new; also decides about its owner and mode.
        from: Option<Output>,
        /// A folder of that tree; empty for all.
        selector: String,
    },
    /// A secret of the client, as a file.
    Secret {
        /// Its name on the client's side.
        id: String,
        /// Owner of the file.
        uid: u32,
        /// Group of the file.
        gid: u32,
        /// Permission bits of the file.
        mode: u32,
        /// Whether the command runs without it.
        optional: bool,
    },
    /// The socket of an ssh agent of the client. The command gets `SSH_AUTH_SOCK` for the first
    /// one, unless its environment has it already.
    Ssh {
        /// The agent's name on the client's side; empty for the default.
        id: String,
        /// Owner of the socket.
        uid: u32,
        /// Group of the socket.
        gid: u32,
        /// Permission bits of the socket.
        mode: u32,
        /// Whether the command runs without it.
        optional: bool,
    },
    /// A folder in memory.
    Tmpfs {
        /// The most it can hold, in bytes.
        size: Option<u64>,
    },
}

/// What a command may do with a mounted tree.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read it.
    ReadOnly,
    /// Write to it; what it is afterwards is an output of the command.
    ReadWrite,
    /// Write to it, and the changes are dropped.
    Discard,
    /// Read it; as it is, it is an output of the command, so that whoever takes that waits for the command. Only a tree of the
    /// graph, and not at `/`.
    HandOn,
}

/// Whether the content of a mount decides about a cache hit, rather than where it comes from.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum ContentCache {
    /// On wherever that is safe.
    #[default]
    Default,
    /// On; an error where it is not safe.
    On,
    /// Off.
    Off,
}

/// What happens if two commands want a cache mount at once.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Both use it.
    #[default]
    Shared,
    /// The second gets a new one.
    Private,
    /// The second waits.
    Locked,
}

impl Mount {
    /// Mounts a tree, all of it; `None` is an empty one.
    pub fn bind(dest: impl Into<String>, from: Option<Output>, access: Access) -> Self {
        Self { dest: dest.into(), kind: MountKind::Bind { from, selector: String::new(), access, content_cache: ContentCache::Default } }
    }

    /// Mounts a shared cache that is empty when it is new.
    pub fn cache(dest: impl Into<String>, id: impl Into<String>) -> Self {
        Self { dest: dest.into(), kind: MountKind::Cache { id: id.into(), sharing: Sharing::Shared, from: None, selector: String::new() } }
    }

    /// Mounts a secret that only root can read and that must be there.
    pub fn secret(dest: impl Into<String>, id: impl Into<String>) -> Self {
        Self { dest: dest.into(), kind: MountKind::Secret { id: id.into(), uid: 0, gid: 0, mode: 0o400, optional: false } }
    }

    /// Mounts an ssh agent that only root can use and that must be there.
    pub fn ssh(dest: impl Into<String>, id: impl Into<String>) -> Self {
        Self { dest: dest.into(), kind: MountKind::Ssh { id: id.into(), uid: 0, gid: 0, mode: 0o600, optional: false } }
    }

    /// Mounts a folder in memory, without a limit of its own.
    pub fn tmpfs(dest: impl Into<String>) -> Self {
        Self { dest: dest.into(), kind: MountKind::Tmpfs { size: None } }
    }
}
