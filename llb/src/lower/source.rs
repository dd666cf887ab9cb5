//! Sources as messages: identifiers, attributes, and the capabilities that each of them needs.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_proto::caps::llb as caps;
use buildkit_proto::pb;
use serde_json::Value;

use super::Lowered;
use crate::source::{Git, HEADER, Http, Image, Local, OciLayout, Pull, Source, TOKEN};

/// A source that is being lowered.
struct Draft {
    identifier: String,
    attrs: BTreeMap<String, String>,
    caps: BTreeSet<&'static str>,
}

impl Draft {
    fn new(identifier: String, cap: &'static str) -> Self {
        Self { identifier, attrs: BTreeMap::new(), caps: [cap].into() }
    }

    /// Sets an attribute unless it is empty: Go writes empty values and prost does not, so the
    /// digest would not be the one the daemon sees.
    fn set(&mut self, key: &str, value: impl Into<String>) -> bool {
        let value = value.into();
        if value.is_empty() {
            return false;
        }
        self.attrs.insert(key.to_owned(), value);
        true
    }

    /// Sets an attribute that needs a capability of its own.
    fn set_with(&mut self, cap: &'static str, key: &str, value: impl Into<String>) {
        if self.set(key, value) {
            self.caps.insert(cap);
        }
    }

    fn lower(self, platform: Option<pb::Platform>) -> Lowered {
        Lowered {
            op: pb::op::Op::Source(pb::SourceOp { identifier: self.identifier, attrs: self.attrs }),
            platform,
            inputs: Vec::new(),
            caps: self.caps,
        }
    }
}

pub(crate) fn lower(source: Source) -> Lowered {
    match source {
        Source::Image(image) => lower_image(image),
        Source::Local(local) => lower_local(local),
        Source::Git(git) => lower_git(git),
        Source::Http(http) => lower_http(http),
        Source::OciLayout(layout) => lower_oci_layout(layout),
    }
}

fn lower_image(image: Image) -> Lowered {
    let mut draft = Draft::new(format!("docker-image://{}", image.reference), caps::SOURCE_IMAGE);
    match image.pull {
        Pull::Default => {}
        // Only this one could be ignored unnoticed.
        Pull::Always => draft.set_with(caps::SOURCE_IMAGE_RESOLVE_MODE, "image.resolvemode", "pull"),
        Pull::PreferLocal => _ = draft.set("image.resolvemode", "local"),
    }
    draft.set("image.recordtype", flag(image.internal, "internal"));
    let limit = image.layer_limit.map(|limit| limit.to_string());
    draft.set_with(caps::SOURCE_IMAGE_LAYER_LIMIT, "image.layerlimit", limit.unwrap_or_default());
    draft.set_with(caps::SOURCE_IMAGE_CHECKSUM, "image.checksum", image.checksum.unwrap_or_default());
    draft.lower(image.platform)
}

fn lower_local(local: Local) -> Lowered {
    let mut draft = Draft::new(format!("local://{}", local.name), caps::SOURCE_LOCAL);
    for (cap, key, value) in [
        (caps::SOURCE_LOCAL_SESSION_ID, "local.session", local.session),
        (caps::SOURCE_LOCAL_UNIQUE, "local.unique", local.unique),
        (caps::SOURCE_LOCAL_INCLUDE_PATTERNS, "local.includepattern", list(local.include_patterns)),
        (caps::SOURCE_LOCAL_EXCLUDE_PATTERNS, "local.excludepatterns", list(local.exclude_patterns)),
        (caps::SOURCE_LOCAL_FOLLOW_PATHS, "local.followpaths", list(local.follow_paths)),
        (caps::SOURCE_LOCAL_SHARED_KEY_HINT, "local.sharedkeyhint", local.shared_key_hint),
    ] {
        draft.set_with(cap, key, value.unwrap_or_default());
    }
    draft.set_with(caps::SOURCE_LOCAL_DIFFER, "local.differ", flag(local.resend_all, "none"));
    if let Some(exceptions) = local.metadata_only {
        draft.set_with(caps::SOURCE_LOCAL_METADATA_TRANSFER, "local.metadatatransfer", "true");
        let exceptions = list(exceptions).unwrap_or_default();
        draft.set("local.metadatatransferexclude", exceptions);
    }
    draft.lower(None)
}

fn lower_git(git: Git) -> Lowered {
    let remote = Remote::parse(&git.url);
    let mut identifier = format!("git://{}", remote.place);
    let subdir = git.subdir.trim_matches('/');
    if !git.reference.is_empty() || !subdir.is_empty() {
        identifier.push('#');
        identifier.push_str(&git.reference);
    }
    if !subdir.is_empty() {
        identifier.push(':');
        identifier.push_str(subdir);
    }
    let mut draft = Draft::new(identifier, caps::SOURCE_GIT);
    if !subdir.is_empty() {
        draft.caps.insert(caps::SOURCE_GIT_SUBDIR);
    }
    draft.set_with(caps::SOURCE_GIT_FULL_URL, "git.fullurl", remote.url);
    for (usual, key, secret) in
        [(TOKEN, "git.authtokensecret", git.auth_token_secret), (HEADER, "git.authheadersecret", git.auth_header_secret)]
    {
        let secret = secret.unwrap_or_default();
        // A daemon too old to know secrets looks for nothing, which does for the usual names.
        let is_needed = secret != usual;
        if draft.set(key, secret) && is_needed {
            draft.caps.insert(caps::SOURCE_GIT_HTTP_AUTH);
        }
    }
    let agent = git.ssh_agent.unwrap_or_default();
    let agent = if agent.is_empty() { flag(remote.is_ssh, "default").to_owned() } else { agent };
    for (cap, key, value) in [
        (caps::SOURCE_GIT_KNOWN_SSH_HOSTS, "git.knownsshhosts", git.known_ssh_hosts.unwrap_or_default()),
        (caps::SOURCE_GIT_MOUNT_SSH_SOCK, "git.mountsshsock", agent),
        (caps::SOURCE_GIT_CHECKSUM, "git.checksum", git.checksum.unwrap_or_default()),
    ] {
        draft.set_with(cap, key, value);
    }
    for (cap, key, value) in [
        (caps::SOURCE_GIT_KEEP_DIR, "git.keepgitdir", flag(git.keep_git_dir, "true")),
        (caps::SOURCE_GIT_SKIP_SUBMODULES, "git.skipsubmodules", flag(git.skip_submodules, "true")),
        (caps::SOURCE_GIT_MTIME, "git.mtime", flag(git.commit_times, "commit")),
        (caps::SOURCE_GIT_FETCH_BY_COMMIT, "git.fetchbycommit", flag(git.fetch_by_commit, "true")),
    ] {
        draft.set_with(cap, key, value);
    }
    draft.lower(None)
}

fn lower_http(http: Http) -> Lowered {
    let mut draft = Draft::new(http.url, caps::SOURCE_HTTP);
    draft.set("http.filename", http.filename.unwrap_or_default());
    let mode = http.mode.map(|mode| format!("0{:o}", mode & 0o777));
    let id = |id: u32| (id != 0).then(|| id.to_string());
    for (cap, key, value) in [
        (caps::SOURCE_HTTP_CHECKSUM, "http.checksum", http.checksum),
        (caps::SOURCE_HTTP_PERM, "http.perm", mode),
        (caps::SOURCE_HTTP_UID_GID, "http.uid", id(http.uid)),
        (caps::SOURCE_HTTP_UID_GID, "http.gid", id(http.gid)),
        (caps::SOURCE_HTTP_AUTH, "http.authheadersecret", http.auth_header_secret),
        (caps::SOURCE_HTTP_HEADER, "http.header.accept", http.accept),
        (caps::SOURCE_HTTP_HEADER, "http.header.user-agent", http.user_agent),
    ] {
        draft.set_with(cap, key, value.unwrap_or_default());
    }
    if let Some(signature) = http.signature {
        let cap = caps::SOURCE_HTTP_SIGNATURE_VERIFY;
        draft.set_with(cap, "http.sig.pubkey", signature.public_key);
        draft.set_with(cap, "http.sig.signature", signature.signature);
    }
    draft.lower(None)
}

fn lower_oci_layout(layout: OciLayout) -> Lowered {
    let mut draft = Draft::new(format!("oci-layout://{}", layout.reference), caps::SOURCE_OCI_LAYOUT);
    draft.set("oci.session", layout.session.unwrap_or_default());
    draft.set("oci.store", layout.store.unwrap_or_default());
    let limit = layout.layer_limit.map(|limit| limit.to_string());
    draft.set("oci.layerlimit", limit.unwrap_or_default());
    draft.lower(layout.platform)
}

/// The address of a repository, taken apart.
struct Remote {
    /// With a scheme, without what follows `#` or `?`.
    url: String,
    /// Host and path, the same for every scheme.
    place: String,
    is_ssh: bool,
}

impl Remote {
    fn parse(url: &str) -> Self {
        let end = url.find(['#', '?']).unwrap_or(url.len());
        let url = &url[..end];
        if let Some((scheme, rest)) = url.split_once("://") {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            return Self { url: url.to_owned(), place: join(host, path), is_ssh: scheme.eq_ignore_ascii_case("ssh") };
        }
        // As scp has it: user@host:path.
        if let Some((user_and_host, path)) = url.split_once(':')
            && let Some((_, host)) = user_and_host.split_once('@')
            && !user_and_host.contains('/')
        {
            return Self { url: url.to_owned(), place: join(host, path), is_ssh: true };
        }
        Self::parse(&format!("https://{url}"))
    }
}

fn join(host: &str, path: &str) -> String {
    let names = path.split('/').filter(|name| !name.is_empty());
    std::iter::once(host).chain(names).collect::<Vec<_>>().join("/")
}

/// A list as attributes have it, in JSON; nothing if it is empty.
fn list(texts: Vec<String>) -> Option<String> {
    (!texts.is_empty()).then(|| Value::from(texts).to_string())
}

/// The text if it holds, else nothing.
fn flag(holds: bool, text: &str) -> &str {
    if holds { text } else { "" }
}
