//! One stage's instructions. It keeps track of what a Dockerfile remembers from line to line and a plan does not: the
//! current directory and user. WORKDIR and USER are said only where the next instruction would notice.

use crate::emit::PROJECT_MODES;
use crate::emit::context::absolute;
use crate::plan::{Action, Base, Copy, Healthcheck, Image, Mkdir, Mount, Run, Source, Stage, Step, Write};
use crate::shell;

use super::Names;
use super::base::{self, Known};
use super::run::{self, ROOT, Tools};
use super::words::{Unsayable, delimiter, flag, heredoc, json, pair, paths, several, word};

/// A longer text that is made from a file of the project gives way to that file, which does the same.
const LONG_TEXT: usize = 100;

/// Where a stage stands after its last instruction.
#[derive(Clone, Debug)]
pub(super) struct State {
    known: Known,
    /// The directory that the plan's steps run in; `None` is the base image's own.
    wanted: Option<String>,
    /// The directory that the Dockerfile is in, likewise.
    current: Option<String>,
    /// Who runs the next instruction; `None` is the base image's own user.
    user: Option<String>,
}

impl State {
    fn of(known: Known) -> Self {
        let top = known.root.then(|| "/".to_owned());
        Self { known, wanted: top.clone(), current: top, user: known.root.then(|| ROOT.to_owned()) }
    }
}

/// Writes one stage, line by line.
pub(super) struct Writer<'w> {
    names: &'w Names,
    state: State,
    lines: Vec<String>,
}

impl<'w> Writer<'w> {
    /// Starts a stage. `parent` is where the stage it is based on ended, if it is based on one.
    pub(super) fn start(stage: &Stage, parent: Option<&State>, names: &'w Names) -> Result<Self, Unsayable> {
        let (from, state) = match &stage.base {
            Base::Scratch => ("scratch".to_owned(), State::of(base::SCRATCH)),
            Base::Image(image) => (names.image(image), State::of(base::known(image))),
            Base::Stage(name) => (names.stage(name), parent.cloned().unwrap_or_else(|| State::of(base::SCRATCH))),
        };
        let mut writer = Self { names, state, lines: vec![] };
        writer.lines.push(format!("# {}", comment(&stage.origin.cited)));
        writer.lines.push(format!("FROM {from} AS {}", names.stage(&stage.name)));
        writer.pairs("ENV", &stage.env)?;
        if !stage.workdir.is_empty() {
            writer.state.wanted = Some(absolute(&stage.workdir));
        }
        Ok(writer)
    }

    /// Starts the stage that adds to another one nothing but what the image says of itself.
    pub(super) fn again(stage: &Stage, done: Option<&State>, names: &'w Names) -> Self {
        let mut state = done.cloned().unwrap_or_else(|| State::of(base::SCRATCH));
        if !stage.workdir.is_empty() {
            state.wanted = Some(absolute(&stage.workdir));
        }
        let from = format!("FROM {} AS {}", names.stage(&stage.name), super::IMAGE);
        Self { names, state, lines: vec!["# The image".to_owned(), from] }
    }

    /// The stage's steps, one after the other.
    pub(super) fn steps(&mut self, stage: &Stage) -> Result<(), Unsayable> {
        for step in &stage.steps {
            self.said(stage, step);
            self.action(&step.action)?;
        }
        Ok(())
    }

    /// The steps of a proof, as the image's user; what is written is not kept by anything. `others` have to be good as well.
    pub(super) fn proof(&mut self, stage: &Stage, image: &Image, others: &[&str]) -> Result<(), Unsayable> {
        self.pairs("ENV", &image.env)?;
        if stage.workdir.is_empty() {
            self.state.wanted = Some(absolute(&image.workdir));
        }
        let bind = |name: &&str| Mount::Bind {
            from: Source::Stage((*name).to_owned()),
            path: "/".into(),
            to: format!("/run/{}", self.names.stage(name)),
            writable: false,
            content: false,
        };
        let mut asked: Vec<Mount> = others.iter().map(bind).collect();
        // Volumes are folders of the stage, which can be written to here.
        let tmpfs = [Mount::Tmpfs { to: "/tmp".to_owned() }];
        for step in &stage.steps {
            self.said(stage, step);
            let Action::Run(run) = &step.action else { continue };
            let mounts = run.mounts.iter().chain(&tmpfs).cloned().chain(asked.drain(..)).collect();
            self.run_as(&image.user.to_string(), &Run { mounts, ..run.clone() })?;
        }
        Ok(())
    }

    fn said(&mut self, stage: &Stage, step: &Step) {
        let elsewhere = file_of(&step.origin.cited) != file_of(&stage.origin.cited);
        let cited = if elsewhere { format!(" ({})", step.origin.cited) } else { String::new() };
        self.lines.push(format!("# {}", comment(&format!("{}{cited}", step.name))));
    }

    /// What the image says of itself, at the end of the last stage.
    pub(super) fn image(&mut self, stage: &Stage, image: &Image) -> Result<(), Unsayable> {
        let workdir = absolute(&image.workdir);
        if self.state.current.as_ref() != Some(&workdir) {
            // It is made where it is not there, and should then be root's.
            if !stage.steps.iter().any(|s| fills(&s.action, &workdir)) {
                self.root();
            }
            self.workdir(&workdir)?;
        }
        self.pairs("ENV", &image.env)?;
        self.pairs("LABEL", &image.labels)?;
        let ports: Vec<&str> = image.expose.iter().map(|p| p.strip_suffix("/tcp").unwrap_or(p)).collect();
        if !ports.is_empty() {
            self.lines.push(format!("EXPOSE {}", ports.join(" ")));
        }
        if !image.volumes.is_empty() {
            self.lines.push(format!("VOLUME {}", several(&image.volumes)));
        }
        self.lines.push(format!("USER {}", image.user));
        if let Some(signal) = &image.stop_signal {
            self.lines.push(format!("STOPSIGNAL {}", word("the signal", signal)?));
        }
        match &image.healthcheck {
            Some(check) => self.lines.push(health(check)),
            None if self.state.known.program => self.lines.push("HEALTHCHECK NONE".to_owned()),
            None => {}
        }
        if !image.entrypoint.is_empty() {
            self.lines.push(format!("ENTRYPOINT {}", json(&image.entrypoint)));
        } else if self.state.known.program {
            self.lines.push("ENTRYPOINT []".to_owned());
        }
        // An ENTRYPOINT takes the base's CMD away by itself.
        if !image.command.is_empty() || image.entrypoint.is_empty() {
            self.lines.push(format!("CMD {}", json(&image.command)));
        }
        Ok(())
    }

    /// The stage's text and where it ended.
    pub(super) fn finish(self) -> (String, State) {
        (self.lines.join("\n") + "\n", self.state)
    }

    fn action(&mut self, action: &Action) -> Result<(), Unsayable> {
        match action {
            Action::Run(run) => self.run(run),
            Action::Copy(copy) => self.copy(copy),
            Action::Write(write) => self.write(write),
            Action::Mkdir(mkdir) => self.mkdir(mkdir),
            Action::Remove(patterns) => {
                let patterns = patterns.iter().flat_map(|p| run::globs(p));
                self.tool(&Tools::Remove(patterns.collect()));
                Ok(())
            }
        }
    }

    fn run(&mut self, run: &Run) -> Result<(), Unsayable> {
        self.run_as(ROOT, run)
    }

    fn run_as(&mut self, user: &str, run: &Run) -> Result<(), Unsayable> {
        self.user(user);
        let wanted = run.workdir.as_deref().map(absolute).or_else(|| self.state.wanted.clone());
        if wanted != self.state.current {
            self.workdir(wanted.as_deref().unwrap_or("/"))?;
        }
        let text = run::run(run, self.state.known.shell, self.names)?;
        self.lines.push(text);
        Ok(())
    }

    fn copy(&mut self, copy: &Copy) -> Result<(), Unsayable> {
        let path = absolute(&copy.path);
        let mut words = vec!["COPY".to_owned()];
        let path = match &copy.from {
            Source::Context if path == "/" => ".",
            Source::Context => path.trim_start_matches('/'),
            Source::Stage(name) => {
                words.push(format!("--from={}", self.names.stage(name)));
                &path
            }
            Source::Image(name) => {
                words.push(format!("--from={}", self.names.image(name)));
                &path
            }
            Source::Named(name) => {
                words.push(format!("--from={name}"));
                &path
            }
            Source::Distil => {
                words.push(format!("--from={}", self.names.distil));
                &path
            }
        };
        words.push("--chown=0:0".to_owned());
        words.extend((copy.from == Source::Context).then(|| format!("--chmod={PROJECT_MODES}")));
        for pattern in &copy.exclude {
            words.push(flag("exclude", pattern)?);
        }
        let into = copy.to.ends_with('/') || copy.to.ends_with("/.");
        let slash = if into && absolute(&copy.to) != "/" { "/" } else { "" };
        words.push(paths(path, &format!("{}{slash}", absolute(&copy.to))));
        let flat = words.join(" ");
        self.lines.push(if flat.len() <= run::WIDTH { flat } else { words.join(" \\\n    ").replacen(" \\\n    ", " ", 1) });
        Ok(())
    }

    fn write(&mut self, write: &Write) -> Result<(), Unsayable> {
        let path = absolute(&write.path);
        if let Some(file) = write.instead_of.as_ref().filter(|_| write.text.lines().count() > LONG_TEXT) {
            self.lines.push(format!("COPY --chown=0:0 {}", paths(absolute(file).trim_start_matches('/'), &path)));
            return Ok(());
        }
        // A here-document always ends with a line end, and its COPY knows quotes only in JSON, which holds no here-document.
        let open = !write.text.is_empty() && !write.text.ends_with('\n');
        if open || word("the path", &path)? != path {
            self.tool(&Tools::Print { text: &write.text, mode: write.mode, path: &path });
            return Ok(());
        }
        let mut chmod = String::new();
        if write.mode != 0o644 {
            // BuildKit gives the folders that it makes on the way the same mode, so that they have to be there before.
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            if !parent.is_empty() && self.state.current.as_deref() != Some(parent) {
                self.root();
                self.workdir(parent)?;
            }
            chmod = format!("--chmod={:o} ", write.mode);
        }
        let end = delimiter(&write.text);
        self.lines.push(format!("COPY {chmod}<<'{end}' {path}{}", heredoc(&write.text, &end)));
        Ok(())
    }

    fn mkdir(&mut self, mkdir: &Mkdir) -> Result<(), Unsayable> {
        let (path, owner) = (absolute(&mkdir.path), mkdir.owner.to_string());
        if mkdir.mode != 0o755 {
            self.tool(&Tools::Mkdir { path: &path, mode: mkdir.mode, owner: &owner });
            return Ok(());
        }
        if owner == ROOT && self.state.known.shell {
            self.root();
            self.lines.push(format!("RUN mkdir -p {}", shell::quote(&path)));
            return Ok(());
        }
        // Makes what is missing, all of it the user's, and needs no shell.
        self.user(&owner);
        self.workdir(&path)
    }

    fn tool(&mut self, tools: &Tools<'_>) {
        self.root();
        self.lines.push(tools.line(self.state.known.shell));
    }

    fn root(&mut self) {
        self.user(ROOT);
    }

    fn user(&mut self, user: &str) {
        if self.state.user.as_deref() != Some(user) {
            self.lines.push(format!("USER {user}"));
            self.state.user = Some(user.to_owned());
        }
    }

    fn workdir(&mut self, path: &str) -> Result<(), Unsayable> {
        self.lines.push(format!("WORKDIR {}", word("the path", path)?));
        self.state.current = Some(path.to_owned());
        Ok(())
    }

    fn pairs(&mut self, instruction: &str, pairs: &[(String, String)]) -> Result<(), Unsayable> {
        if pairs.is_empty() {
            return Ok(());
        }
        let pairs = pairs.iter().map(|(name, value)| pair(name, value)).collect::<Result<Vec<_>, _>>()?;
        let indent = " ".repeat(instruction.len() + 1);
        self.lines.push(format!("{instruction} {}", pairs.join(&format!(" \\\n{indent}"))));
        Ok(())
    }
}

fn health(check: &Healthcheck) -> String {
    let mut words = vec!["HEALTHCHECK".to_owned()];
    for (flag, seconds) in [("interval", check.interval), ("timeout", check.timeout), ("start-period", check.start_period)] {
        words.extend(seconds.map(|seconds| format!("--{flag}={seconds}s")));
    }
    words.extend(check.retries.map(|retries| format!("--retries={retries}")));
    words.push(format!("CMD {}", json(&check.command)));
    words.join(" ")
}

/// Whether an action surely leaves the directory there.
fn fills(action: &Action, folder: &str) -> bool {
    let path = match action {
        Action::Copy(copy) => absolute(&copy.to),
        Action::Write(write) => absolute(&write.path),
        Action::Mkdir(mkdir) => absolute(&mkdir.path) + "/.",
        Action::Run(_) | Action::Remove(_) => return false,
    };
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn file_of(cited: &str) -> &str {
    cited.rsplit_once(':').map_or(cited, |(file, _)| file)
}

/// A text in one line, so that a comment ends where its line does.
pub(super) fn comment(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}
