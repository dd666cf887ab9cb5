//! Build graphs for `BuildKit`.
//!
//! # What LLB is
//!
//! A build is a graph of *ops*: sources that bring a tree of files in (an image, a folder of the
//! client, a git repository), commands run in such a tree, file operations, merges and differences.
//! `BuildKit` receives it as a [`pb::Definition`]: a list of encoded ops that name each other by the
//! digest of their bytes, some metadata about each that takes no part in its digest (the name that
//! progress shows, whether to use the cache), and the lines of the file that each op comes from.
//!
//! # How this crate makes one
//!
//! A [`Graph`] is an arena: every method that adds an op takes plain data and returns an
//! [`Output`], a small handle that later ops use as input. A handle can only name an op that is
//! already there, so a graph cannot have cycles, and the order of creation is a valid order. There
//! is no ambient state: an [`Exec`] says everything about a command, and what it does not say
//! takes the default of the daemon.
//!
//! [`Graph::finish`] encodes what one output needs. Ops that it does not need are left out, equal
//! ops become one, and the bytes are those that `BuildKit` would write itself, since it looks up
//! lines of source files by digests it computes anew. The same calls give the same bytes.
//!
//! Where the wire format gives a meaning to both 0 and -1, the types here leave no choice: see
//! [`Access`], [`Timestamp`] and [`CopyMode`].
//!
//! ```
//! use buildkit_llb::{Access, Exec, FileAction, FileCopy, Graph, Image, Local, Mount, Platform};
//!
//! let linux = Platform { os: "linux".into(), architecture: "amd64".into(), ..Platform::default() };
//!
//! let mut graph = Graph::new();
//! let base = graph.source(Image {
//!     platform: Some(linux.clone()),
//!     ..Image::new("docker.io/library/golang:1.25")
//! });
//! let context = graph.source(Local::new("context"));
//!
//! // The context is mounted, not copied, so that only the result is kept.
//! let build = graph.exec(Exec {
//!     cwd: "/src".into(),
//!     mounts: vec![
//!         Mount::bind("/", Some(base), Access::ReadOnly),
//!         Mount::bind("/src", Some(context), Access::ReadOnly),
//!         Mount::bind("/out", None, Access::ReadWrite),
//!         Mount::cache("/root/.cache", "go"),
//!     ],
//!     platform: Some(linux),
//!     ..Exec::new(["go", "build", "-o", "/out/app", "."])
//! });
//! let out = build.mount(2).expect("the third mount is writable");
//! graph.describe(out).name = Some("build the app".into());
//!
//! // Say which line asked for it, so that a failure points there.
//! let spec = graph.source_file("app.yaml", "YAML", "build: go\n");
//! graph.at(out, spec, 1..=1);
//!
//! let image = graph.file(None, vec![FileAction::Copy(FileCopy::new(Some(out), "/app", "/app"))]);
//! let definition = graph.finish(image);
//! assert_eq!(definition.def.len(), 5); // two sources, the command, the copy, and the result
//! ```
//!
//! # What it must not know
//!
//! Nothing here reads files, opens connections, or knows what the graph is for.

mod exec;
mod file;
mod graph;
mod info;
mod json;
mod lower;
mod marshal;
mod mount;
mod origin;
mod source;
mod splice;

pub use buildkit_proto::pb;
pub use buildkit_proto::pb::{CdiDevice, LinuxResources, Platform, Position, ProgressGroup, ProxyEnv as Proxy, Range, SecretEnv, Ulimit};

pub use self::exec::{Exec, Executed, ExtraHost, Network, Security};
pub use self::file::{CopyMode, FileAction, FileCopy, MakeDir, MakeFile, Owner, Remove, Symlink, Timestamp, User};
pub use self::graph::{Graph, Output};
pub use self::info::OpInfo;
pub use self::json::json_lines;
pub use self::marshal::digest;
pub use self::mount::{Access, ContentCache, Mount, MountKind, Sharing};
pub use self::origin::{FileId, Origin};
pub use self::source::{Git, Http, HttpSignature, Image, Local, OciLayout, Pull, Source};
pub use self::splice::SpliceError;
