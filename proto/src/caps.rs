//! Ids of capabilities: what an older daemon may lack, by the names it reports them under.
//!
//! A frontend that finds an id missing from [`PongResponse`](crate::frontend::PongResponse) does
//! without the feature or says which daemon is needed. Ids in
//! [`OpMetadata::caps`](crate::pb::OpMetadata) are checked the other way round: one that the daemon
//! has not registered fails the whole build. So two ids that `BuildKit` v0.32.2 names but does not
//! register are left out on purpose: `file.copy.modestring` and
//! `exec.meta.removemountstubs.recursive`. Ids without a release below are older than any in use.

/// Capabilities of graphs, `LLBCaps` in a pong.
pub mod llb {
    /// Image sources.
    pub const SOURCE_IMAGE: &str = "source.image";
    /// Always asking the registry for an image.
    pub const SOURCE_IMAGE_RESOLVE_MODE: &str = "source.image.resolvemode";
    /// Taking only the first layers of an image; from 0.11.
    pub const SOURCE_IMAGE_LAYER_LIMIT: &str = "source.image.layerlimit";
    /// A digest beside the name of an image; from 0.25.
    pub const SOURCE_IMAGE_CHECKSUM: &str = "source.image.checksum";
    /// One blob of a registry as a file; from 0.28.
    pub const SOURCE_IMAGE_BLOB: &str = "source.imageblob";
    /// Images from an OCI layout of the client; from 0.11.
    pub const SOURCE_OCI_LAYOUT: &str = "source.ocilayout";
    /// Folders of the client.
    pub const SOURCE_LOCAL: &str = "source.local";
    /// Keeping two reads of a folder apart.
    pub const SOURCE_LOCAL_UNIQUE: &str = "source.local.unique";
    /// Naming the client.
    pub const SOURCE_LOCAL_SESSION_ID: &str = "source.local.sessionid";
    /// Reading only what patterns let in.
    pub const SOURCE_LOCAL_INCLUDE_PATTERNS: &str = "source.local.includepatterns";
    /// Reading only some paths and what their links lead to.
    pub const SOURCE_LOCAL_FOLLOW_PATHS: &str = "source.local.followpaths";
    /// Leaving out what patterns say.
    pub const SOURCE_LOCAL_EXCLUDE_PATTERNS: &str = "source.local.excludepatterns";
    /// A name under which transfers are remembered.
    pub const SOURCE_LOCAL_SHARED_KEY_HINT: &str = "source.local.sharedkeyhint";
    /// How changed files are found; from 0.9.
    pub const SOURCE_LOCAL_DIFFER: &str = "source.local.differ";
    /// Listing a folder without its content; from 0.22.
    pub const SOURCE_LOCAL_METADATA_TRANSFER: &str = "source.local.metadatatransfer";
    /// Git sources.
    pub const SOURCE_GIT: &str = "source.git";
    /// Keeping the `.git` folder.
    pub const SOURCE_GIT_KEEP_DIR: &str = "source.git.keepgitdir";
    /// The address of a repository with its scheme.
    pub const SOURCE_GIT_FULL_URL: &str = "source.git.fullurl";
    /// Secrets for git over HTTP; from 0.8.
    pub const SOURCE_GIT_HTTP_AUTH: &str = "source.git.httpauth";
    /// Host keys for git over ssh; from 0.8.
    pub const SOURCE_GIT_KNOWN_SSH_HOSTS: &str = "source.git.knownsshhosts";
    /// Which ssh agent git uses; from 0.8.
    pub const SOURCE_GIT_MOUNT_SSH_SOCK: &str = "source.git.mountsshsock";
    /// A folder of a repository; from 0.9.
    pub const SOURCE_GIT_SUBDIR: &str = "source.git.subdir";
    /// The commit that is expected; from 0.23.
    pub const SOURCE_GIT_CHECKSUM: &str = "source.git.checksum";
    /// Leaving submodules out; from 0.24.
    pub const SOURCE_GIT_SKIP_SUBMODULES: &str = "source.git.skipsubmodules";
    /// Checking signatures of commits and tags; from 0.26.
    pub const SOURCE_GIT_SIGNATURE_VERIFY: &str = "source.git.signatureverify";
    /// File times from the commit; from 0.29.
    pub const SOURCE_GIT_MTIME: &str = "source.git.mtime";
    /// Fetching a commit without resolving its ref; from 0.30.
    pub const SOURCE_GIT_FETCH_BY_COMMIT: &str = "source.git.fetchbycommit";
    /// Reading a bundle in place of the repository; from 0.30.
    pub const SOURCE_GIT_BUNDLE: &str = "source.git.bundle";
    /// Yielding a bundle in place of files; from 0.30.
    pub const SOURCE_GIT_CHECKOUT_BUNDLE: &str = "source.git.checkoutbundle";
    /// Downloads.
    pub const SOURCE_HTTP: &str = "source.http";
    /// Secrets for downloads; from 0.21.
    pub const SOURCE_HTTP_AUTH: &str = "source.http.auth";
    /// The checksum that is expected.
    pub const SOURCE_HTTP_CHECKSUM: &str = "source.http.checksum";
    /// Permission bits of the downloaded file.
    pub const SOURCE_HTTP_PERM: &str = "source.http.perm";
    /// Owner of the downloaded file. The id is misspelt, and that is how it is registered.
    pub const SOURCE_HTTP_UID_GID: &str = "soruce.http.uidgid";
    /// Headers of the request; from 0.21.
    pub const SOURCE_HTTP_HEADER: &str = "source.http.header";
    /// Checking a detached signature; from 0.28.
    pub const SOURCE_HTTP_SIGNATURE_VERIFY: &str = "source.http.signatureverify";
    /// Commands.
    pub const EXEC_META_BASE: &str = "exec.meta.base";
    /// Devices; from 0.20.
    pub const EXEC_META_CDI: &str = "exec.meta.cdi";
    /// The cgroup a command runs in; from 0.10.
    pub const EXEC_META_CGROUP_PARENT: &str = "exec.meta.cgroup.parent";
    /// Limits of memory and processors; from 0.31.
    pub const EXEC_META_LINUX_RESOURCES: &str = "exec.meta.linux.resources";
    /// Choosing the network.
    pub const EXEC_META_NETWORK: &str = "exec.meta.network";
    /// Proxy variables outside the cache key.
    pub const EXEC_META_PROXY: &str = "exec.meta.proxyenv";
    /// Privileged commands; from 0.5.
    pub const EXEC_META_SECURITY: &str = "exec.meta.security";
    /// A default for PATH.
    pub const EXEC_META_SETS_DEFAULT_PATH: &str = "exec.meta.setsdefaultpath";
    /// Resource limits; from 0.10.
    pub const EXEC_META_ULIMIT: &str = "exec.meta.ulimit";
    /// Mounting trees.
    pub const EXEC_MOUNT_BIND: &str = "exec.mount.bind";
    /// Writable mounts whose changes are dropped; from 0.6.1.
    pub const EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT: &str = "exec.mount.bind.readwrite-nooutput";
    /// Cache mounts.
    pub const EXEC_MOUNT_CACHE: &str = "exec.mount.cache";
    /// How cache mounts are shared.
    pub const EXEC_MOUNT_CACHE_SHARING: &str = "exec.mount.cache.sharing";
    /// Whether content decides about cache hits; from 0.13.
    pub const EXEC_MOUNT_CONTENT_CACHE: &str = "exec.mount.cache.content";
    /// Mounting a part of a tree.
    pub const EXEC_MOUNT_SELECTOR: &str = "exec.mount.selector";
    /// Secrets as files.
    pub const EXEC_MOUNT_SECRET: &str = "exec.mount.secret";
    /// Forwarded ssh agents.
    pub const EXEC_MOUNT_SSH: &str = "exec.mount.ssh";
    /// Mounts in memory.
    pub const EXEC_MOUNT_TMPFS: &str = "exec.mount.tmpfs";
    /// Their size; from 0.10.
    pub const EXEC_MOUNT_TMPFS_SIZE: &str = "exec.mount.tmpfs.size";
    /// Secrets as environment variables; from 0.10.
    pub const EXEC_SECRET_ENV: &str = "exec.secretenv";
    /// Other exit codes than 0 for success; from 0.17.
    pub const EXEC_VALID_EXIT_CODE: &str = "exec.validexitcode";
    /// File operations; from 0.5.
    pub const FILE_BASE: &str = "file.base";
    /// Wildcards in removals; from 0.7.
    pub const FILE_RM_WILDCARD: &str = "file.rm.wildcard";
    /// Removing links rather than what they lead to; from 0.10.
    pub const FILE_RM_NO_FOLLOW_SYMLINK: &str = "file.rm.nofollowsymlink";
    /// Copying only what patterns let in; from 0.9.
    pub const FILE_COPY_INCLUDE_EXCLUDE_PATTERNS: &str = "file.copy.includeexcludepatterns";
    /// Files that take the place of folders; from 0.14.
    pub const FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS: &str = "file.copy.alwaysreplaceexistingdestpaths";
    /// Paths that must be there; from 0.26.
    pub const FILE_COPY_REQUIRED_PATHS: &str = "file.copy.requiredpaths";
    /// Links; from 0.19.
    pub const FILE_SYMLINK_CREATE: &str = "file.symlink.create";
    /// Trees laid over each other; from 0.10.
    pub const MERGE_OP: &str = "mergeop";
    /// Differences of trees; from 0.10.
    pub const DIFF_OP: &str = "diffop";
    /// Order without data; from 0.31.
    pub const PASSTHROUGH_OP: &str = "passthroughop";
    /// Choosing a worker.
    pub const CONSTRAINTS: &str = "constraints";
    /// Platforms.
    pub const PLATFORM: &str = "platform";
    /// Running an op anew.
    pub const META_IGNORE_CACHE: &str = "meta.ignorecache";
    /// Names for ops.
    pub const META_DESCRIPTION: &str = "meta.description";
    /// Keeping an op out of exported cache, or in.
    pub const META_EXPORT_CACHE: &str = "meta.exportcache";
    /// Source policies; from 0.11.
    pub const SOURCE_POLICY: &str = "source.policy";
    /// Annotations of images; from 0.11.
    pub const EXPORTER_ANNOTATIONS: &str = "exporter.image.annotations";
    /// Attestations of images; from 0.11.
    pub const EXPORTER_ATTESTATIONS: &str = "exporter.image.attestations";
    /// Times in images; from 0.11.
    pub const EXPORTER_SOURCE_DATE_EPOCH: &str = "exporter.sourcedateepoch";

    /// Every id above, for looking one up by its text.
    pub const ALL: &[&str] = &[
        SOURCE_IMAGE,
        SOURCE_IMAGE_RESOLVE_MODE,
        SOURCE_IMAGE_LAYER_LIMIT,
        SOURCE_IMAGE_CHECKSUM,
        SOURCE_IMAGE_BLOB,
        SOURCE_OCI_LAYOUT,
        SOURCE_LOCAL,
        SOURCE_LOCAL_UNIQUE,
        SOURCE_LOCAL_SESSION_ID,
        SOURCE_LOCAL_INCLUDE_PATTERNS,
        SOURCE_LOCAL_FOLLOW_PATHS,
        SOURCE_LOCAL_EXCLUDE_PATTERNS,
        SOURCE_LOCAL_SHARED_KEY_HINT,
        SOURCE_LOCAL_DIFFER,
        SOURCE_LOCAL_METADATA_TRANSFER,
        SOURCE_GIT,
        SOURCE_GIT_KEEP_DIR,
        SOURCE_GIT_FULL_URL,
        SOURCE_GIT_HTTP_AUTH,
        SOURCE_GIT_KNOWN_SSH_HOSTS,
        SOURCE_GIT_MOUNT_SSH_SOCK,
        SOURCE_GIT_SUBDIR,
        SOURCE_GIT_CHECKSUM,
        SOURCE_GIT_SKIP_SUBMODULES,
        SOURCE_GIT_SIGNATURE_VERIFY,
        SOURCE_GIT_MTIME,
        SOURCE_GIT_FETCH_BY_COMMIT,
        SOURCE_GIT_BUNDLE,
        SOURCE_GIT_CHECKOUT_BUNDLE,
        SOURCE_HTTP,
        SOURCE_HTTP_AUTH,
        SOURCE_HTTP_CHECKSUM,
        SOURCE_HTTP_PERM,
        SOURCE_HTTP_UID_GID,
        SOURCE_HTTP_HEADER,
        SOURCE_HTTP_SIGNATURE_VERIFY,
        EXEC_META_BASE,
        EXEC_META_CDI,
        EXEC_META_CGROUP_PARENT,
        EXEC_META_LINUX_RESOURCES,
        EXEC_META_NETWORK,
        EXEC_META_PROXY,
        EXEC_META_SECURITY,
        EXEC_META_SETS_DEFAULT_PATH,
        EXEC_META_ULIMIT,
        EXEC_MOUNT_BIND,
        EXEC_MOUNT_BIND_READ_WRITE_NO_OUTPUT,
        EXEC_MOUNT_CACHE,
        EXEC_MOUNT_CACHE_SHARING,
        EXEC_MOUNT_CONTENT_CACHE,
        EXEC_MOUNT_SELECTOR,
        EXEC_MOUNT_SECRET,
        EXEC_MOUNT_SSH,
        EXEC_MOUNT_TMPFS,
        EXEC_MOUNT_TMPFS_SIZE,
        EXEC_SECRET_ENV,
        EXEC_VALID_EXIT_CODE,
        FILE_BASE,
        FILE_RM_WILDCARD,
        FILE_RM_NO_FOLLOW_SYMLINK,
        FILE_COPY_INCLUDE_EXCLUDE_PATTERNS,
        FILE_COPY_ALWAYS_REPLACE_EXISTING_DEST_PATHS,
        FILE_COPY_REQUIRED_PATHS,
        FILE_SYMLINK_CREATE,
        MERGE_OP,
        DIFF_OP,
        PASSTHROUGH_OP,
        CONSTRAINTS,
        PLATFORM,
        META_IGNORE_CACHE,
        META_DESCRIPTION,
        META_EXPORT_CACHE,
        SOURCE_POLICY,
        EXPORTER_ANNOTATIONS,
        EXPORTER_ATTESTATIONS,
        EXPORTER_SOURCE_DATE_EPOCH,
    ];
}

/// Capabilities of the gateway, `FrontendAPICaps` in a pong.
pub mod gateway {
    /// Solving.
    pub const SOLVE_BASE: &str = "solve.base";
    /// A legacy way to return.
    pub const SOLVE_INLINE_RETURN: &str = "solve.inlinereturn";
    /// Reading the config of an image.
    pub const RESOLVE_IMAGE: &str = "resolveimage";
    /// Choosing where it is looked for.
    pub const RESOLVE_IMAGE_RESOLVE_MODE: &str = "resolveimage.resolvemode";
    /// Reading a file of a result.
    pub const READ_FILE: &str = "readfile";
    /// Returning.
    pub const RETURN_RESULT: &str = "return";
    /// Returning several results.
    pub const RETURN_MAP: &str = "returnmap";
    /// Reading a folder of a result.
    pub const READ_DIR: &str = "readdir";
    /// Asking about a file of a result.
    pub const STAT_FILE: &str = "statfile";
    /// The present form of cache imports.
    pub const IMPORT_CACHES: &str = "importcaches";
    /// `ref` and `refs` in results.
    pub const PROTO_REF_ARRAY: &str = "proto.refarray";
    /// The graph behind a result.
    pub const REFERENCE_OUTPUT: &str = "reference.output";
    /// Graphs as inputs of a frontend.
    pub const FRONTEND_INPUTS: &str = "frontend.inputs";
    /// Metadata from nested solves.
    pub const GATEWAY_SOLVE_METADATA: &str = "gateway.solve.metadata";
    /// Containers.
    pub const GATEWAY_EXEC: &str = "gateway.exec";
    /// Lines of `/etc/hosts` in containers.
    pub const GATEWAY_EXEC_EXTRA_HOSTS: &str = "gateway.exec.extrahosts";
    /// Secrets as environment variables in containers.
    pub const GATEWAY_EXEC_SECRET_ENV: &str = "gateway.exec.secretenv";
    /// Signals for processes in containers.
    pub const GATEWAY_EXEC_SIGNALS: &str = "gateway.exec.signals";
    /// Reading files of containers.
    pub const GATEWAY_EXEC_FILESYSTEM: &str = "gateway.exec.filesystem";
    /// Frontends that say what they can do.
    pub const FRONTEND_CAPS: &str = "frontend.caps";
    /// Building at once when solving.
    pub const GATEWAY_EVALUATE_SOLVE: &str = "gateway.solve.evaluate";
    /// Building a result later.
    pub const GATEWAY_EVALUATE: &str = "gateway.evaluate";
    /// Warnings.
    pub const GATEWAY_WARNINGS: &str = "gateway.warnings";
    /// Attestations in results.
    pub const ATTESTATIONS: &str = "reference.attestations";
    /// Asking what a source is.
    pub const SOURCE_META_RESOLVER: &str = "source.metaresolver";
    /// Asking for the attestations of an image.
    pub const SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS: &str = "source.metaresolver.image.attestations";
    /// Asking for another checksum of a download.
    pub const SOURCE_META_RESOLVER_HTTP_CHECKSUM_REQUEST: &str = "source.metaresolver.http.checksumrequest";
}
