//! The Docker engine that everything is built on: runs `docker`, and removes what was made when it is dropped. Knows nothing of cases.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::checkout;

/// The certificates that a network's own authority signs with, where there is one; given to builds as a secret.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Docker's own frontend, as an image.
const SYNTAX: &str = "docker/dockerfile:1";

/// What is made is named PREFIX, the process, and more.
pub(crate) const PREFIX: &str = "distil-bench-";

/// An engine, and what was made in it.
pub(crate) struct Engine {
    pub(crate) store: String,
    env: Vec<(String, String)>,
    images: Vec<String>,
    containers: Vec<String>,
}

/// Which frontend reads a build's file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum File<'a> {
    /// The one inside the engine, with a Dockerfile.
    Dockerfile,
    /// `# syntax=docker/dockerfile:1`, with the same Dockerfile.
    Syntax,
    /// Ours.
    Spec(&'a str),
}

impl Engine {
    /// The engine with an image store, or the user's own.
    pub(crate) fn of(store: &str) -> Result<Self, String> {
        let script = checkout().join("tests/engine/env");
        let print = r#"lines=$("$0" "$1") && eval "$lines" && printf '%s\n' "PATH=$PATH" "DISTIL_ENGINE_STORE=$DISTIL_ENGINE_STORE" \
          "BUILDX_BUILDER=$BUILDX_BUILDER" ${DOCKER_HOST:+"DOCKER_HOST=$DOCKER_HOST"} ${DOCKER_CONFIG:+"DOCKER_CONFIG=$DOCKER_CONFIG"}"#;
        let output = Command::new("bash").args(["-c", print]).arg(script).arg(store).output().map_err(|e| format!("bash: {e}"))?;
        if !output.status.success() {
            return Err(format!("{}run `make engine` first", text(&output.stderr)));
        }
        let pairs = text(&output.stdout);
        let env: Vec<_> = pairs.lines().filter_map(|l| l.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let found = env.iter().find(|(name, _)| name == "DISTIL_ENGINE_STORE").map_or(store, |(_, v)| v).to_owned();
        let engine = Self { store: found, env, images: vec![], containers: vec![] };
        engine.docker(&["image", "inspect", "distil/distil:1"]).map_err(|_| "no frontend image: run `make image`".to_owned())?;
        engine.sweep();
        Ok(engine)
    }

    /// Removes what a run that was interrupted left behind.
    fn sweep(&self) {
        let list = |words: &[&str]| self.docker(words).unwrap_or_default();
        let filter = format!("name=^{PREFIX}");
        let containers = list(&["ps", "--all", "--filter", &filter, "--format", "{{ .Names }}"]);
        let filter = format!("reference={PREFIX}*");
        let images = list(&["images", "--filter", &filter, "--format", "{{ .Repository }}"]);
        for name in containers.lines().filter(|name| has_ended(name)) {
            let _ = self.docker(&["rm", "--force", "--volumes", name]);
        }
        for name in images.lines().filter(|name| has_ended(name)) {
            let _ = self.docker(&["image", "rm", "--force", name]);
        }
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("docker");
        command.env_remove("DOCKER_CONTEXT").envs(self.env.iter().map(|(n, v)| (n, v))).stdin(Stdio::null());
        command
    }

    /// Runs `docker` and returns what it printed.
    pub(crate) fn docker(&self, words: &[&str]) -> Result<String, String> {
        let output = self.command().args(words).output().map_err(|e| format!("docker: {e}"))?;
        if output.status.success() { Ok(text(&output.stdout).trim_end().to_owned()) } else { Err(text(&output.stderr)) }
    }

    /// Whether Docker's own frontend is there as an image, and whether that was built here.
    pub(crate) fn syntax(&self) -> Option<&'static str> {
        let label = self.docker(&["image", "inspect", "--format", "{{ index .Config.Labels \"dev.distil.standin\" }}", SYNTAX]).ok()?;
        Some(if label.is_empty() { "pulled" } else { "built from its sources" })
    }

    /// Builds a folder into an image and returns the seconds that took.
    pub(crate) fn build(&mut self, folder: &Path, file: File, image: &str, words: &[&str]) -> Result<f64, String> {
        let name = match file {
            File::Dockerfile => "Dockerfile",
            File::Syntax => "Dockerfile.syntax",
            File::Spec(name) => name,
        };
        let before = self.docker(&["image", "inspect", "--format", "{{ .Id }}", image]).ok();
        if !self.images.iter().any(|known| known == image) {
            self.images.push(image.to_owned());
        }
        let mut command = self.command();
        // Attestations are left out on both sides: they hold times, and count as layers of neither.
        command.args(["buildx", "build", "--progress=plain", "--provenance=false", "-f", name, "-t", image]).current_dir(folder);
        if Path::new(BUNDLE).exists() {
            command.arg(format!("--secret=id=ca,src={BUNDLE}"));
        }
        let start = Instant::now();
        let Output { status, stderr, .. } = command.args(words).arg(".").output().map_err(|e| format!("docker: {e}"))?;
        let took = start.elapsed().as_secs_f64();
        if let Some(before) = before {
            self.drop_nameless(&before);
        }
        if status.success() { Ok(took) } else { Err(format!("not built: {}", reason(&text(&stderr)))) }
    }

    /// Removes an image whose name another one has by now.
    fn drop_nameless(&self, id: &str) {
        if self.docker(&["image", "inspect", "--format", "{{ len .RepoTags }}", id]).is_ok_and(|names| names == "0") {
            let _ = self.docker(&["image", "rm", id]);
        }
    }

    /// What the engine says of an image.
    pub(crate) fn inspect(&self, image: &str) -> Result<Value, String> {
        let all: Value =
            serde_json::from_str(&self.docker(&["image", "inspect", image])?).map_err(|e| format!("docker image inspect: {e}"))?;
        Ok(all[0].clone())
    }

    /// Removes the images that were made so far.
    pub(crate) fn forget(&mut self) {
        for name in std::mem::take(&mut self.containers) {
            let _ = self.docker(&["rm", "--force", "--volumes", &name]);
        }
        for image in std::mem::take(&mut self.images) {
            let _ = self.docker(&["image", "rm", "--force", &image]);
        }
    }

    /// Remembers a container, to remove it when a run is interrupted by a failure.
    pub(crate) fn made(&mut self, container: &str) {
        self.containers.push(container.to_owned());
    }

    /// The address by which containers and builds reach this machine.
    pub(crate) fn gateway(&self) -> Result<String, String> {
        self.docker(&["network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"])
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.forget();
    }
}

/// Whether the run that made something is over.
fn has_ended(name: &str) -> bool {
    let process = name.trim_start_matches(PREFIX).split('-').next().unwrap_or_default();
    !Path::new("/proc").join(process).exists()
}

/// Why a build failed, in one line: the first mistake that a frontend names, else what buildx says last.
fn reason(log: &str) -> String {
    let lines = || log.lines().map(str::trim);
    let named = lines().find_map(|l| l.find("error[").map(|at| l[at..].to_owned()));
    let last = || lines().rfind(|l| l.starts_with("ERROR: ")).map(|l| l.trim_start_matches("ERROR: failed to build: ").to_owned());
    let said = named.or_else(last).unwrap_or_else(|| "the build failed".to_owned());
    said.chars().take(240).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
