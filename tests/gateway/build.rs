//! One build in a test: a project, options, an engine; then everything that was said, with the rules that hold for every
//! build checked on the way.

use std::time::Duration;

use buildkit_llb::{Graph as Llb, Image as Pulled};
use buildkit_proto::frontend as proto;
use buildkit_proto::frontend::result;
use buildkit_proto::{pb, rpc};
use distil::gateway::{Options, serve, stdio};
use prost::Message;
use serde_json::{Value, json};
use tokio::io::duplex;
use tonic::Status;
use tonic::transport::Channel;

use super::fake::{Call, Fake};
use super::folder::{Folder, folder};
use super::graph::{Graph, name};
use super::script::{Image, Script, any_image, usual_platform};

/// How long a build may take before it counts as hanging.
pub(super) const LIMIT: Duration = Duration::from_secs(300);
/// The image that everything is built in.
pub(super) const BUILDER: &str = "docker.io/library/python:3.13-slim-trixie";
/// The image that the service runs on.
pub(super) const RUNTIME: &str = "gcr.io/distroless/cc-debian13:nonroot";

/// The image that the engine started the frontend from.
pub(super) const OWN: &str = "docker.io/distil/distil:1@sha256:0b53f6c1d2e3a4958677f6e5d4c3b2a19080706050403020100f0e0d0c0b0a09";
/// The file of the report.
pub(super) const REPORT: &str = "/report.json";

pub(super) const SPEC: &str = "# syntax=distil/distil:1\ncommand: [python, -m, shop]\n";
pub(super) const PROJECT: &str = r#"[project]
name = "shop"
version = "1"
requires-python = "==3.13.*"

[build-system]
requires = ["uv_build"]
"#;
pub(super) const LOCK: &str = r#"version = 1
requires-python = "==3.13.*"

[[package]]
name = "shop"
version = "1"
source = { editable = "." }
"#;
/// A project that is not installed, and its lock.
const FLAT: &str = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \"==3.13.*\"\n";
const FLAT_LOCK: &str = r#"version = 1
requires-python = "==3.13.*"

[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
"#;

/// The definition that the engine hands over of the image that it started the frontend from.
pub(super) fn own_image() -> pb::Definition {
    let mut graph = Llb::new();
    let output = graph.source(Pulled { platform: Some(usual_platform()), ..Pulled::new(OWN) });
    graph.finish(output)
}

/// A build to come: a small project that is installed as a package, unless a test says otherwise.
#[derive(Clone, Debug)]
pub(super) struct Build {
    pub script: Script,
    pub options: Options,
}

impl Build {
    pub(super) fn new() -> Self {
        let project = folder(&[
            ("distil.yaml", SPEC),
            ("pyproject.toml", PROJECT),
            ("uv.lock", LOCK),
            ("src/shop/__init__.py", ""),
            (".git/config", "secret"),
        ]);
        let locals = ["context", "dockerfile"].map(|name| (name.to_owned(), project.clone())).into();
        let script = Script { locals, ..Script::default() };
        let options = Options { session: "session-1".to_owned(), ..Options::default() };
        let options = options.with_own_image(Some(own_image().encode_to_vec()));
        Self { script, options }.opt("filename", "distil.yaml")
    }

    /// Puts a file where the client has spec and project: in one folder that goes by two names.
    pub(super) fn file(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        for folder in self.project() {
            folder.insert(path.to_owned(), content.as_ref().to_vec());
        }
        self
    }

    /// The project without a build system: its modules ship as they are.
    pub(super) fn flat(self) -> Self {
        self.file("pyproject.toml", FLAT).file("uv.lock", FLAT_LOCK).without("src/shop/__init__.py")
    }

    pub(super) fn without(mut self, path: &str) -> Self {
        for folder in self.project() {
            folder.remove(path);
        }
        self
    }

    fn project(&mut self) -> impl Iterator<Item = &mut Folder> {
        self.script.locals.iter_mut().filter(|(name, _)| matches!(name.as_str(), "context" | "dockerfile")).map(|(_, folder)| folder)
    }

    pub(super) fn spec(self, text: &str) -> Self {
        self.file("distil.yaml", text)
    }

    /// An engine that runs programs of arm64 as well.
    pub(super) fn emulating(mut self) -> Self {
        self.script.platforms.push(pb::Platform { architecture: "arm64".into(), ..usual_platform() });
        self
    }

    /// An engine without this feature of graphs.
    pub(super) fn lacking(mut self, cap: &str) -> Self {
        assert!(self.script.llb_caps.remove(cap), "{cap} is a feature");
        self
    }

    /// What becomes of the report: a file that the step which makes it leaves.
    pub(super) fn report(mut self, text: &str) -> Self {
        self.script.made.insert("report/report.json".to_owned(), text.as_bytes().to_vec());
        self
    }

    /// A step that fails when it is built, by the end of its name.
    pub(super) fn broken(mut self, step: &'static str, status: Status) -> Self {
        self.script.broken.insert(step, status);
        self
    }

    pub(super) fn opt(mut self, key: &str, value: &str) -> Self {
        self.options.raw.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Another folder of the client's.
    pub(super) fn local(mut self, name: &str, files: &[(&str, &str)]) -> Self {
        self.script.locals.insert(name.to_owned(), folder(files));
        self
    }

    /// What an address yields.
    pub(super) fn fetched(mut self, identifier: &str, files: Folder) -> Self {
        self.script.fetched.insert(identifier.to_owned(), files);
        self
    }

    /// Changes what the registry has under a name; it is there for the usual platform only.
    pub(super) fn image(mut self, name: &str, change: impl FnOnce(&mut Image)) -> Self {
        let mut image = any_image(name, &usual_platform());
        change(&mut image);
        self.script.images.insert(name.to_owned(), Some(image));
        self
    }

    pub(super) fn run(mut self) -> Outcome {
        let options = std::mem::take(&mut self.options);
        self.run_with(async move |channel| serve(channel, options).await)
    }

    /// Runs something else than a build over the connection.
    pub(super) fn run_with(self, serve: impl AsyncFnOnce(Channel) -> Result<(), Status>) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (ours, theirs) = duplex(1 << 16);
            let fake = Fake::new(self.script);
            tokio::spawn(fake.clone().serve(theirs));
            let work = async { serve(stdio::over(ours).await.expect("a connection")).await };
            let served = tokio::time::timeout(LIMIT, work).await.expect("a build that hangs");
            Outcome { served, calls: fake.calls() }
        })
    }
}

/// A build that is over.
#[derive(Debug)]
pub(super) struct Outcome {
    pub served: Result<(), Status>,
    pub calls: Vec<Call>,
}

impl Outcome {
    /// What was returned; on the way the rules of every build: ping first, return last and once.
    fn returned(&self) -> &proto::ReturnRequest {
        self.served.as_ref().expect("the connection holds");
        assert!(matches!(self.calls.first(), Some(Call::Ping)), "the first call is no ping");
        let count = self.calls.iter().filter(|call| matches!(call, Call::Return(_))).count();
        let Some(Call::Return(returned)) = self.calls.last() else { panic!("the last of {} calls is no return", self.calls.len()) };
        assert_eq!(count, 1, "one return");
        for solve in self.solves() {
            assert!(solve.allow_result_return && solve.allow_result_array_ref, "the answer is asked for in its present form");
            assert_eq!(solve.frontend, "", "nothing is delegated");
        }
        returned
    }

    /// The result of a build that went well.
    pub(super) fn result(&self) -> &proto::Result {
        let returned = self.returned();
        assert!(returned.error.is_none(), "the build fails: {}", returned.error.as_ref().map_or("", |e| &e.message));
        returned.result.as_ref().expect("a result")
    }

    /// The error of a build that did not, as plain text without a prefix.
    pub(super) fn error(&self) -> &rpc::Status {
        let returned = self.returned();
        assert!(returned.result.is_none(), "the build goes well");
        returned.error.as_ref().expect("an error")
    }

    /// The error's text, of an error that the client shows as it is.
    pub(super) fn message(&self) -> &str {
        let error = self.error();
        assert_eq!(error.code, 2, "{}", error.message);
        &error.message
    }

    /// The error's details: the name of each and what it says.
    pub(super) fn details(&self) -> Vec<(&str, Value)> {
        fn read(detail: &prost_types::Any) -> (&str, Value) {
            let name = detail.type_url.strip_prefix("github.com/moby/buildkit/").and_then(|name| name.strip_suffix("+json"));
            let value = serde_json::from_slice(&detail.value).expect("JSON, although it is in a protobuf");
            (name.expect("a type of BuildKit's"), value)
        }
        self.error().details.iter().map(read).collect()
    }

    /// Asserts that the client is shown no line: one place that is none, without which the caller blames the syntax line.
    pub(super) fn points_nowhere(&self) {
        assert_eq!(self.details(), [("errdefs.Source", json!({"info": {}, "ranges": []}))]);
    }

    /// Asserts that the error's text holds each of these.
    pub(super) fn says(&self, parts: &[&str]) {
        let message = self.message();
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in:\n{message}");
        }
    }

    /// A result's metadata as text.
    pub(super) fn metadata(&self, key: &str) -> Option<&str> {
        self.result().metadata.get(key).map(|bytes| std::str::from_utf8(bytes).expect("text"))
    }

    /// A result's metadata as JSON.
    pub(super) fn json(&self, key: &str) -> Value {
        let text = self.metadata(key).unwrap_or_else(|| panic!("no `{key}` in {:?}", self.result().metadata.keys()));
        serde_json::from_str(text).expect("JSON")
    }

    /// The image's runtime config.
    pub(super) fn config(&self) -> Value {
        self.json("containerimage.config")["config"].clone()
    }

    pub(super) fn solves(&self) -> impl DoubleEndedIterator<Item = &proto::SolveRequest> {
        self.calls.iter().filter_map(|call| match call {
            Call::Solve(request) => Some(&**request),
            _ => None,
        })
    }

    pub(super) fn definitions(&self) -> Vec<pb::Definition> {
        self.solves().filter_map(|solve| solve.definition.clone()).collect()
    }

    /// The number of the solve whose reference was returned; for an index, that of one platform.
    pub(super) fn returned_solve(&self, platform: Option<&str>) -> usize {
        let reference = match (&self.result().result, platform) {
            (Some(result::Result::Ref(reference)), None) => reference,
            (Some(result::Result::Refs(refs)), Some(id)) => &refs.refs[id],
            _ => panic!("the result is of another form"),
        };
        reference.id.strip_prefix('r').and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("`{}` is no solve", reference.id))
    }

    /// The graph that was returned, which is the image's.
    pub(super) fn graph(&self) -> Graph {
        Graph::new(&self.definitions()[self.returned_solve(None)])
    }

    /// That of one platform of an index.
    pub(super) fn graph_for(&self, platform: &str) -> Graph {
        Graph::new(&self.definitions()[self.returned_solve(Some(platform))])
    }

    /// Names of the steps that only show a line of the report, in order.
    pub(super) fn summary(&self) -> Vec<String> {
        let graphs = self.solves().filter(|solve| solve.evaluate).filter_map(|solve| solve.definition.as_ref()).map(Graph::new);
        let lines =
            |graph: Graph| graph.names().into_iter().filter_map(|n| n.strip_prefix("[report] ").map(str::to_owned)).collect::<Vec<_>>();
        graphs.flat_map(lines).collect()
    }

    /// The graph of the step that loaded the spec.
    pub(super) fn entry(&self) -> Graph {
        Graph::new(self.definitions().first().expect("a solve"))
    }
}

/// Whether a call is for the report in the build's output, which no build fails for.
pub(super) fn is_for_the_report(call: &Call) -> bool {
    match call {
        Call::Solve(solve) => solve.definition.as_ref().is_some_and(|d| name(&Graph::new(d).head().1).contains("report")),
        Call::ReadFile(read) => read.file_path == REPORT,
        _ => false,
    }
}
