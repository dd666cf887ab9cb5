//! One test's view of a Docker engine: runs the `docker` command and remembers what it made.
//! When the view is dropped, everything it made is removed, and the test fails if something is still there.
//! Knows nothing of projects or of what is tested.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::steps::{Outcome, steps};

/// The certificates that a network's own authority signs with, where there is one; given to builds as a secret.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
const PREFIX: &str = "distil-test-";
/// The frontend image that the examples name.
const FRONTEND: &str = "distil/distil:1";

/// The frontend image under test: the one that `DISTIL_IMAGE` names takes the place of that which specs name.
pub(super) fn frontend() -> String {
    std::env::var("DISTIL_IMAGE").unwrap_or_else(|_| FRONTEND.to_owned())
}

/// How an engine stores images.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    /// As most installations have it: no merge and diff op.
    Classic,
    /// containerd's.
    Containerd,
    /// The same, in an engine whose build cache may be thrown away.
    Cold,
    /// As `Classic`, in the oldest Docker that a stable Debian still has, with its own client.
    Old,
}

impl Store {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Containerd => "containerd",
            Self::Cold => "cold",
            Self::Old => "old",
        }
    }
}

/// One test's view of an engine.
pub(super) struct Engine {
    pub(super) store: Store,
    env: &'static [(String, String)],
    name: String,
    made: Cell<u32>,
    containers: RefCell<Vec<String>>,
    images: RefCell<Vec<String>>,
}

/// What became of a build.
pub(super) struct Built {
    pub(super) good: bool,
    /// Standard output, where requests are answered.
    pub(super) answer: String,
    /// Progress and errors.
    pub(super) log: String,
    /// The image's name, as it was asked for.
    pub(super) image: String,
}

/// A container that serves.
pub(super) struct Service<'e> {
    engine: &'e Engine,
    pub(super) name: String,
    port: u16,
}

impl Engine {
    /// The engine with this image store; `None`, said aloud, where the user's own engine has the other one.
    pub(super) fn of(store: Store) -> Option<Self> {
        let engine = Self::find(store);
        if engine.is_none() {
            skipped(&format!("your own engine has no {} image store", store.word()));
        }
        engine
    }

    /// An engine, whatever its image store.
    pub(super) fn any() -> Self {
        Self::find(Store::Containerd).or_else(|| Self::find(Store::Classic)).expect("an engine has one of the two image stores")
    }

    fn find(store: Store) -> Option<Self> {
        static TESTS: AtomicU32 = AtomicU32::new(0);
        static CLASSIC: OnceLock<Vec<(String, String)>> = OnceLock::new();
        static CONTAINERD: OnceLock<Vec<(String, String)>> = OnceLock::new();
        static COLD: OnceLock<Vec<(String, String)>> = OnceLock::new();
        static OLD: OnceLock<Vec<(String, String)>> = OnceLock::new();
        let env = match store {
            Store::Classic => &CLASSIC,
            Store::Containerd => &CONTAINERD,
            Store::Cold => &COLD,
            Store::Old => &OLD,
        }
        .get_or_init(|| settings(store));
        if env.iter().all(|(name, value)| name != "DISTIL_ENGINE_STORE" || value != store.word()) {
            return None;
        }
        let name = format!("{PREFIX}{}-{}", std::process::id(), TESTS.fetch_add(1, Ordering::Relaxed));
        let engine = Self { store, env, name, made: Cell::new(0), containers: RefCell::default(), images: RefCell::default() };
        assert!(engine.has(&frontend()), "the {} engine has no frontend image: run `make image`", store.word());
        Some(engine)
    }

    /// The folder of a private engine's socket.
    pub(super) fn folder(&self) -> &Path {
        let socket = self.env.iter().find(|(name, _)| name == "DOCKER_HOST").and_then(|(_, host)| host.strip_prefix("unix://"));
        socket.and_then(|socket| Path::new(socket).parent()).expect("a private engine has a socket")
    }

    /// A name that nothing else has.
    fn fresh(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("{}-{}", self.name, self.made.get())
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new("docker");
        command.current_dir(folder).env_remove("DOCKER_CONTEXT").envs(self.env.iter().map(|(n, v)| (n, v))).stdin(Stdio::null());
        command
    }

    /// Another program that talks to this engine, in a folder.
    pub(super) fn program(&self, path: &str, folder: &Path) -> Command {
        let mut command = Command::new(path);
        command.current_dir(folder).env_remove("DOCKER_CONTEXT").envs(self.env.iter().map(|(n, v)| (n, v))).stdin(Stdio::null());
        command
    }

    /// The name of an image that is yet to be made, and removed in the end.
    pub(super) fn image(&self) -> String {
        let image = self.fresh();
        self.images.borrow_mut().push(image.clone());
        image
    }

    /// Runs `docker` to its end.
    pub(super) fn run(&self, folder: &Path, arguments: &[&str]) -> Output {
        self.command(folder).args(arguments).output().expect("there is a docker command")
    }

    /// Runs `docker`, which must succeed, and returns what it printed.
    #[track_caller]
    pub(super) fn docker(&self, arguments: &[&str]) -> String {
        let output = self.run(Path::new("."), arguments);
        let error = text(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?} failed:\n{error}");
        text(&output.stdout).trim_end().to_owned()
    }

    /// Whether it has an image.
    pub(super) fn has(&self, image: &str) -> bool {
        self.run(Path::new("."), &["image", "inspect", image]).status.success()
    }

    /// `docker buildx build`, in a folder, with the words that every build here has and those given.
    pub(super) fn build(&self, folder: &Path, arguments: &[&str]) -> Built {
        let built = self.build_from(folder, arguments, Stdio::null());
        // No test is about a name server that is too busy to answer.
        let busy = ["failed to lookup address information: Try again", "Temporary failure in name resolution"];
        let again = !built.good && busy.iter().any(|words| built.log.contains(words));
        if again { self.build_from(folder, arguments, Stdio::null()) } else { built }
    }

    /// The same, with something on standard input.
    pub(super) fn build_from(&self, folder: &Path, arguments: &[&str], input: Stdio) -> Built {
        let image = self.fresh();
        self.images.borrow_mut().push(image.clone());
        let mut command = self.command(folder);
        command.args(["buildx", "build", "--progress=plain", "-f", "distil.yaml", "-t", &image]).stdin(input);
        if Path::new(BUNDLE).exists() {
            command.arg(format!("--secret=id=ca,src={BUNDLE}"));
        }
        // What is no spec is built by Docker's own frontend.
        let is_spec =
            arguments.windows(2).all(|pair| pair[0] != "-f" || std::path::Path::new(pair[1]).extension().is_some_and(|e| e == "yaml"));
        if frontend() != FRONTEND && is_spec {
            command.arg(format!("--build-arg=BUILDKIT_SYNTAX={}", frontend()));
        }
        let output = command.args(arguments).output().expect("there is a docker command");
        let (answer, log) = (text(&output.stdout), text(&output.stderr));
        Built { good: output.status.success(), answer, log, image }
    }

    /// What the engine says of an image.
    #[track_caller]
    pub(super) fn inspect(&self, image: &str) -> Value {
        let all: Value = serde_json::from_str(&self.docker(&["image", "inspect", image])).expect("docker prints JSON");
        all[0].clone()
    }

    /// Runs a command in an image, cut off from any network, and returns what it printed.
    #[track_caller]
    pub(super) fn exec(&self, image: &str, words: &[&str]) -> String {
        self.exec_with(image, &[], words)
    }

    /// The same, with further options of `docker run`.
    #[track_caller]
    pub(super) fn exec_with(&self, image: &str, options: &[&str], words: &[&str]) -> String {
        let name = self.container();
        self.docker(&[&["run", "--name", &name, "--read-only", "--network=none"], options, &[image], words].concat())
    }

    /// Starts an image as a service that listens on a port, with nothing that it could write to.
    #[track_caller]
    pub(super) fn serve(&self, image: &str, port: u16) -> Service<'_> {
        self.start(image, Some(port), &[], &[])
    }

    /// Starts an image with nothing that it could write to, with further options of `docker run` and in the place of its command
    /// these words, if there are any.
    #[track_caller]
    pub(super) fn start(&self, image: &str, port: Option<u16>, options: &[&str], words: &[&str]) -> Service<'_> {
        let name = self.container();
        // The port is chosen here: two new engines both begin to count at the same one, and the second finds it taken.
        let host = TcpListener::bind(("127.0.0.1", 0)).and_then(|l| l.local_addr()).expect("there is a free port").port();
        let publish = port.map(|port| format!("--publish=127.0.0.1:{host}:{port}"));
        let publish: Vec<&str> = publish.iter().map(String::as_str).collect();
        self.docker(&[&["run", "--detach", "--name", &name, "--read-only"], &publish[..], options, &[image], words].concat());
        Service { engine: self, name, port: host }
    }

    /// An image's files as a tar archive in a folder.
    #[track_caller]
    pub(super) fn export(&self, image: &str, folder: &Path) -> PathBuf {
        let name = self.container();
        let path = folder.join(format!("{name}.tar"));
        self.docker(&["create", "--name", &name, image]);
        self.docker(&["export", "--output", path.to_str().expect("our own folders are text"), &name]);
        path
    }

    /// An image as a tar archive of its layers in a folder.
    #[track_caller]
    pub(super) fn save(&self, image: &str, folder: &Path) -> PathBuf {
        let path = folder.join(format!("{}.tar", self.fresh()));
        self.docker(&["save", "--output", path.to_str().expect("our own folders are text"), image]);
        path
    }

    pub(super) fn container(&self) -> String {
        let name = self.fresh();
        self.containers.borrow_mut().push(name.clone());
        name
    }

    /// What this test made and is still there.
    fn left(&self) -> String {
        let containers = self.run(Path::new("."), &["ps", "-aq", "--filter", &format!("name={}-", self.name)]);
        let images = self.run(Path::new("."), &["images", "-q", "--filter", &format!("reference={}-*", self.name)]);
        [text(&containers.stdout), text(&images.stdout)].concat()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for name in self.containers.take() {
            self.run(Path::new("."), &["rm", "--force", "--volumes", &name]);
        }
        for image in self.images.take() {
            self.run(Path::new("."), &["image", "rm", "--force", &image]);
        }
        let left = self.left();
        // A test that fails already would be aborted by a second panic.
        assert!(left.is_empty() || std::thread::panicking(), "the test left something in the engine:\n{left}");
    }
}

impl Built {
    /// The build, which must have been a good one.
    #[track_caller]
    pub(super) fn good(self) -> Self {
        assert!(self.good, "the build failed:\n{}", self.log);
        self
    }

    /// What became of the step whose name ends like this.
    #[track_caller]
    pub(super) fn step(&self, name: &str) -> Outcome {
        let found = steps(&self.log).into_iter().find(|s| s.name.ends_with(name));
        found.unwrap_or_else(|| panic!("no step `{name}` in:\n{}", self.log)).outcome
    }

    /// The names of the steps that were executed, not those that only load something or write the image. The lock's own step
    /// is the same in every build of an example, and shows as executed while any other test's build that ran it goes on.
    pub(super) fn executed(&self) -> Vec<String> {
        let own = steps(&self.log).into_iter().filter(super::steps::Step::is_own);
        own.filter(|s| s.outcome != Outcome::Cached && !s.plain().starts_with("[lock ")).map(|s| s.name).collect()
    }
}

impl Service<'_> {
    /// The answer to `GET path`; waits for the service to come up.
    #[track_caller]
    pub(super) fn get(&self, path: &str) -> String {
        self.get_with(path, &[])
    }

    /// The same, with further lines in the request's head.
    #[track_caller]
    pub(super) fn get_with(&self, path: &str, headers: &[String]) -> String {
        let answer = self.ask("GET", path, headers);
        assert!(["HTTP/1.1 200", "HTTP/1.0 200"].iter().any(|start| answer.starts_with(start)), "GET {path} was answered:\n{answer}");
        answer
    }

    /// The answer to a request, whatever it is.
    #[track_caller]
    pub(super) fn ask(&self, method: &str, path: &str, headers: &[String]) -> String {
        self.until(&format!("no answer to {method} {path}"), || ask(self.port, method, path, headers))
    }

    /// Waits until it has said something.
    #[track_caller]
    pub(super) fn says(&self, text: &str) {
        self.until(&format!("it never said `{text}`"), || self.log().contains(text).then_some(()));
    }

    /// The code that it ends with by itself.
    #[track_caller]
    pub(super) fn wait(&self) -> i32 {
        self.engine.docker(&["wait", &self.name]).parse().expect("docker prints a number")
    }

    /// What it has said.
    pub(super) fn log(&self) -> String {
        let log = self.engine.run(Path::new("."), &["logs", &self.name]);
        text(&log.stdout) + &text(&log.stderr)
    }

    /// Asks until there is an answer; once more after the service has ended, and on a busy machine for a long time.
    #[track_caller]
    fn until<T>(&self, failure: &str, ask: impl Fn() -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let over = Instant::now() > end || !self.is_running();
            match ask() {
                Some(answer) => return answer,
                None if over => panic!("{failure}; the service said:\n{}", self.log()),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn is_running(&self) -> bool {
        let state = self.engine.run(Path::new("."), &["container", "inspect", "--format={{.State.Running}}", &self.name]);
        text(&state.stdout).trim() == "true"
    }
}

/// Says that a test, or a part of it, was left out; past the test harness, which would hide it.
pub(super) fn skipped(why: &str) {
    writeln!(std::io::stderr(), "skipped: {why}").expect("standard error is open");
}

/// One request; `None` while nobody answers.
fn ask(port: u16, method: &str, path: &str, headers: &[String]) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let headers = headers.iter().fold(String::new(), |all, line| all + line + "\r\n");
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").ok()?;
    let mut answer = vec![];
    stream.read_to_end(&mut answer).ok()?;
    (!answer.is_empty()).then(|| text(&answer))
}

/// The environment that leads to an engine, from the script that knows.
fn settings(store: Store) -> Vec<(String, String)> {
    let script = crate::checkout().join("tests/engine/env").display().to_string();
    let print = r#"lines=$("$0" "$1") && eval "$lines" && printf '%s\n' "PATH=$PATH" "DISTIL_ENGINE_STORE=$DISTIL_ENGINE_STORE" \
      "BUILDX_BUILDER=$BUILDX_BUILDER" ${DOCKER_HOST:+"DOCKER_HOST=$DOCKER_HOST"} ${DOCKER_CONFIG:+"DOCKER_CONFIG=$DOCKER_CONFIG"}"#;
    let output = Command::new("bash").args(["-c", print, &script, store.word()]).output().expect("there is bash");
    assert!(output.status.success(), "{}run `make engine` first", text(&output.stderr));
    let pairs = text(&output.stdout);
    pairs.lines().filter_map(|l| l.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
