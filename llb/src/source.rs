//! Sources as plain data: trees that come from outside the graph, each kind with its own fields.
//!
//! How a source becomes a message is the business of lower/source.rs.

use buildkit_proto::pb;

/// A tree that comes from outside the graph.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// An image of a registry.
    Image(Image),
    /// A folder of the client.
    Local(Local),
    /// A git repository.
    Git(Git),
    /// A download.
    Http(Http),
    /// An image from an OCI layout of the client.
    OciLayout(OciLayout),
}

/// An image of a registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// Its name in full, such as `docker.io/library/alpine:3.22`, with or without a digest.
    pub reference: String,
    /// Which of its platforms; `None` for that of the daemon.
    pub platform: Option<pb::Platform>,
    /// Where it is looked for.
    pub pull: Pull,
    /// Whether it is kept out of the list of images in use.
    pub internal: bool,
    /// Take only so many of its layers.
    pub layer_limit: Option<u32>,
    /// The digest that it must have.
    pub checksum: Option<String>,
}

/// Where an image is looked for.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Pull {
    /// As the daemon sees fit.
    #[default]
    Default,
    /// In the registry, always.
    Always,
    /// In the daemon's image store first.
    PreferLocal,
}

/// A folder of the client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Local {
    /// The name the client gave to it, such as `context`.
    pub name: String,
    /// The session of the client.
    pub session: Option<String>,
    /// Text that keeps two reads apart; of use only without a session.
    pub unique: Option<String>,
    /// Read only what matches one of these, if there are any.
    pub include_patterns: Vec<String>,
    /// Leave out what matches one of these.
    pub exclude_patterns: Vec<String>,
    /// Read only these paths and what links among them lead to, if there are any.
    pub follow_paths: Vec<String>,
    /// A name under which the daemon remembers what it has. Reads of one folder with different
    /// patterns need different ones.
    pub shared_key_hint: Option<String>,
    /// Send every file again rather than those whose size, time, mode or owner has changed.
    pub resend_all: bool,
    /// Send a listing of the folder instead of its files, save for those that match one of these.
    pub metadata_only: Option<Vec<String>>,
}

/// A git repository.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Git {
    /// Its address: `https://host/path`, `ssh://…`, `git@host:path`. Without a scheme it is https.
    /// What follows `#` or `?` is not used.
    pub url: String,
    /// Branch, tag or commit; empty for the default branch.
    pub reference: String,
    /// A folder of it; empty for all.
    pub subdir: String,
    /// The commit that the reference must lead to.
    pub checksum: Option<String>,
    /// Whether `.git` is kept.
    pub keep_git_dir: bool,
    /// Whether submodules are left out.
    pub skip_submodules: bool,
    /// Whether files get the time of the commit rather than that of the checkout.
    pub commit_times: bool,
    /// Whether `checksum` is fetched without looking the reference up.
    pub fetch_by_commit: bool,
    /// The secret that holds a token for HTTP; used if the client has it.
    pub auth_token_secret: Option<String>,
    /// The secret that holds an authorization header for HTTP; used if the client has it.
    pub auth_header_secret: Option<String>,
    /// Host keys for ssh, a line each.
    pub known_ssh_hosts: Option<String>,
    /// The client's agent for ssh; `None` is `default` if the address is one for ssh.
    pub ssh_agent: Option<String>,
}

/// A download: a tree with one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Http {
    /// Its address.
    pub url: String,
    /// The digest that it must have, such as `sha256:…`. With it nothing is asked of the server if
    /// the file is known.
    pub checksum: Option<String>,
    /// The name of the file; `None` is what the server or the address says.
    pub filename: Option<String>,
    /// Permission bits; `None` is 0600.
    pub mode: Option<u32>,
    /// Owner of the file; 0 is root.
    pub uid: u32,
    /// Group of the file; 0 is root.
    pub gid: u32,
    /// The secret that holds an authorization header.
    pub auth_header_secret: Option<String>,
    /// The `Accept` header.
    pub accept: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// A signature that it must have.
    pub signature: Option<HttpSignature>,
}

/// A detached `OpenPGP` signature of a download. Both texts are armored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSignature {
    /// Who must have signed.
    pub public_key: String,
    /// The signature.
    pub signature: String,
}

/// An image from an OCI layout of the client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OciLayout {
    /// Its name in full, with a digest.
    pub reference: String,
    /// Which of its platforms; `None` for that of the daemon.
    pub platform: Option<pb::Platform>,
    /// The session of the client.
    pub session: Option<String>,
    /// The name the client gave to the layout.
    pub store: Option<String>,
    /// Take only so many of its layers.
    pub layer_limit: Option<u32>,
}

/// Makes each kind a source.
macro_rules! kinds {
    ($($kind:ident)*) => {$(
        impl From<$kind> for Source {
            fn from(source: $kind) -> Self {
                Self::$kind(source)
            }
        }
    )*};
}

kinds!(Image Local Git Http OciLayout);

impl Image {
    /// Makes an image of its name in full.
    pub fn new(reference: impl Into<String>) -> Self {
        Self { reference: reference.into(), ..Self::default() }
    }
}

impl Local {
    /// Makes a folder of the client of its name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl Http {
    /// Makes a download of its address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }
}

impl OciLayout {
    /// Makes an image from a layout of its name in full.
    pub fn new(reference: impl Into<String>) -> Self {
        Self { reference: reference.into(), ..Self::default() }
    }
}

impl Git {
    /// Makes a repository of its address. Names the secrets that are usual for git over HTTP, which
    /// are used if the client has them.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), auth_token_secret: Some(TOKEN.to_owned()), auth_header_secret: Some(HEADER.to_owned()), ..Self::default() }
    }
}

pub(crate) const TOKEN: &str = "GIT_AUTH_TOKEN";
pub(crate) const HEADER: &str = "GIT_AUTH_HEADER";
