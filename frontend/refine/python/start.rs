//! From a command to the modules that it loads. Pure: `templates/rules/start.yaml` knows the servers, and the command's words
//! say which application they serve.

use std::path::Path;

use crate::diag::{Sink, Sources};
use crate::yaml::{Decode, Table, keys};

keys! {
    /// What is known about programs.
    struct Rules as "the rules" {
        /// Programs that run another.
        wrappers: Table<Wrapper> = "wrappers", "{tini: {}}";
        /// Programs that load an application.
        servers: Table<Server> = "servers", "{uvicorn: {app: first}}";
        /// What packages load when they serve.
        companions: Table<Companion> = "companions", "{anyio: {loads: [anyio._backends._asyncio]}}";
    }
}

keys! {
    /// A program that runs another.
    struct Wrapper as "a wrapper" {
        /// Options without a value.
        flags: Vec<String> = "flags", "[-g]";
        /// One more word of its own, and what that is.
        skip: Option<String> = "skip", "user";
        /// What it loads.
        loads: Vec<String> = "loads", "[ddtrace]";
    }
}

keys! {
    /// A program that loads an application.
    struct Server as "a server" {
        /// Options without a value.
        flags: Vec<String> = "flags", "[--reload]";
        /// Where the application is named.
        app: String = "app", "first";
        /// Options whose values name something.
        options: Table<String> = "options", "{--app-dir: dir}";
        /// Short names for classes.
        names: Table<String> = "names", "{gthread: gunicorn.workers.gthread}";
        /// Variables that name something.
        env: Table<String> = "env", "{FLASK_APP: app}";
        /// What it loads itself.
        loads: Vec<String> = "loads", "[uvicorn.main]";
        /// The server whose rule holds.
        like: Option<String> = "like", "waitress-serve";
    }
}

keys! {
    /// What a package loads when it serves.
    struct Companion as "a companion" {
        /// Modules.
        loads: Vec<String> = "loads", "[encodings.idna]";
        /// Settings of it that name modules.
        settings: Vec<String> = "settings", "[ROOT_URLCONF]";
    }
}

/// One thing that happens while a service starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// A folder is put in front of the module path; from the working directory where it is relative.
    Path(String),
    /// A module is imported.
    Module(String),
    /// A module is imported if it is there.
    Perhaps(String),
    /// A module is run, which is not done; what it imports is.
    Run(String),
    /// A function of a module is called, which is not done; what the module's functions import is imported.
    Factory(String),
    /// A file is run, which is not done; what it imports is imported.
    Script(String),
    /// What goes with a package: its name, settings that name modules, modules.
    Companion(String, Vec<String>, Vec<String>),
}

/// The rules that come with distil.
fn rules() -> Rules {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("rules/start.yaml", "YAML", include_str!("../../../templates/rules/start.yaml"));
    let node = crate::yaml::parse(&sources, file, &mut sink);
    node.and_then(|node| Rules::decode(&node, &mut sink)).expect("a test reads these rules")
}

/// What a command loads, in order. `console` knows the console scripts of the environment: from a program's name to the
/// `module:function` that it calls.
pub fn start(argv: &[String], env: &[(String, String)], console: &dyn Fn(&str) -> Option<String>) -> Vec<Load> {
    let rules = rules();
    let mut found = Found { rules: &rules, env, console, loads: vec![] };
    found.command(argv, 8);
    let mut loads = found.loads;
    for (package, companion) in &rules.companions.0 {
        loads.push(Load::Companion(package.value.clone(), companion.settings.clone(), companion.loads.clone()));
    }
    loads
}

/// What a generated console script calls, as `module:function`, read from its text.
#[must_use]
pub fn console(text: &str) -> Option<String> {
    let line = text.lines().find(|l| l.starts_with("from ") && l.contains(" import "))?;
    let (module, name) = line.strip_prefix("from ")?.split_once(" import ")?;
    text.starts_with("#!").then(|| format!("{}:{}", module.trim(), name.trim()))
}

/// The lines that the tracing script reads.
pub(super) fn lines(loads: &[Load], workdir: &str) -> String {
    let line = |load: &Load| match load {
        Load::Path(path) if path.starts_with('/') => format!("path {path}"),
        Load::Path(path) => format!("path {workdir}/{path}").trim_end_matches("/.").to_owned(),
        Load::Module(name) => format!("module {name}"),
        Load::Perhaps(name) => format!("perhaps {name}"),
        Load::Run(name) => format!("run {name}"),
        Load::Factory(name) => format!("factory {name}"),
        Load::Script(path) => format!("script {path}"),
        Load::Companion(name, settings, modules) => format!("companion {name} {} {}", settings.join(","), modules.join(",")),
    };
    loads.iter().map(line).filter(|l| !l.contains('\n')).collect::<Vec<_>>().join("\n")
}

struct Found<'r> {
    rules: &'r Rules,
    env: &'r [(String, String)],
    console: &'r dyn Fn(&str) -> Option<String>,
    loads: Vec<Load>,
}

fn get<'t, T>(table: &'t Table<T>, name: &str) -> Option<&'t T> {
    table.0.iter().find(|(key, _)| key.value == name).map(|(_, value)| value)
}

/// Whether a text can be a module's name.
fn is_module(text: &str) -> bool {
    let word =
        |w: &str| !w.is_empty() && !w.starts_with(|c: char| c.is_ascii_digit()) && w.chars().all(|c| c == '_' || c.is_alphanumeric());
    text.split('.').all(word)
}

impl Found<'_> {
    fn command(&mut self, argv: &[String], depth: usize) {
        let Some((program, rest)) = argv.split_first().filter(|_| depth > 0) else { return };
        let name = program.rsplit('/').next().unwrap_or_default();
        let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
        if version.is_some_and(|v| v.chars().all(|c| c.is_ascii_digit() || c == '.')) {
            self.python(rest, depth);
        } else if matches!(name, "sh" | "bash" | "dash" | "ash") {
            if let Some(line) = rest.iter().skip_while(|w| !(w.starts_with('-') && w.ends_with('c'))).nth(1) {
                let last = line.rsplit(['\n', ';', '&', '|']).find(|part| !part.trim().is_empty()).unwrap_or_default();
                let words: Vec<String> = last.split_whitespace().map(|w| w.replace(['"', '\''], "")).collect();
                self.command(&words, depth - 1);
            }
        } else if let Some(wrapper) = get(&self.rules.wrappers, name) {
            self.loads(&wrapper.loads);
            let flags = &wrapper.flags;
            let mut at = 0;
            while let Some(word) = rest.get(at).filter(|w| w.starts_with('-') || (name == "env" && w.contains('='))) {
                at += 1;
                if word == "--" {
                    break;
                }
                at += usize::from(!flags.contains(word) && word.starts_with('-') && word.len() == 2);
            }
            at += usize::from(wrapper.skip.is_some());
            self.command(rest.get(at..).unwrap_or_default(), depth - 1);
        } else if let Some(server) = self.server(name.trim_end_matches(".py")) {
            self.serve(&server, rest);
        } else if let Some(target) = (self.console)(name) {
            self.module(&target);
        } else if name.rsplit_once('.').is_some_and(|(_, end)| end == "py") {
            self.script(program, rest);
        }
    }

    fn server(&self, name: &str) -> Option<Server> {
        let server = get(&self.rules.servers, name)?;
        server.like.as_ref().map_or(Some(server), |like| get(&self.rules.servers, like)).cloned()
    }

    /// The words after an interpreter.
    fn python(&mut self, words: &[String], depth: usize) {
        let mut at = 0;
        while let Some(word) = words.get(at) {
            at += 1;
            if let Some(module) = word.strip_prefix("-m") {
                let (module, rest) = if module.is_empty() { (words.get(at), at + 1) } else { (None, at) };
                let module = module.map_or(&word[2..], String::as_str).to_owned();
                self.run(&module, words.get(rest..).unwrap_or_default());
                return;
            }
            if word.starts_with("-c") || word == "-" {
                return;
            }
            if !word.starts_with('-') {
                let name = word.rsplit('/').next().unwrap_or_default();
                let known = self.server(name).is_some() || (self.console)(name).is_some();
                return if known { self.command(&words[at - 1..], depth - 1) } else { self.script(word, &words[at..]) };
            }
            at += usize::from(matches!(word.as_str(), "-W" | "-X" | "--check-hash-based-pycs"));
        }
    }

    /// `python -m module`.
    fn run(&mut self, module: &str, rest: &[String]) {
        self.loads.extend([Load::Path(".".into()), Load::Module("runpy".into())]);
        if let Some(server) = self.server(module) {
            self.loads.push(Load::Run(format!("{module}.__main__")));
            self.serve(&server, rest);
        } else {
            self.loads.extend([Load::Module(module.into()), Load::Run(module.into()), Load::Run(format!("{module}.__main__"))]);
        }
    }

    /// `python file`.
    fn script(&mut self, path: &str, rest: &[String]) {
        self.loads.push(Load::Path(path.rsplit_once('/').map_or(".", |(folder, _)| folder).into()));
        if let (Some("manage.py"), Some(django)) = (path.rsplit('/').next(), self.server("django-admin")) {
            self.serve(&django, rest);
        }
        self.loads.push(Load::Script(path.into()));
    }

    fn loads(&mut self, names: &[String]) {
        for name in names {
            self.loads.push(name.strip_suffix('?').map_or_else(|| Load::Module(name.clone()), |n| Load::Perhaps(n.into())));
        }
    }

    /// A server with its words.
    fn serve(&mut self, server: &Server, words: &[String]) {
        if !self.loads.contains(&Load::Path(".".into())) {
            self.loads.push(Load::Path(".".into()));
        }
        self.loads(&server.loads);
        for (variable, kind) in &server.env.0 {
            if let Some((_, value)) = self.env.iter().find(|(name, _)| *name == variable.value) {
                self.named(server, kind, value);
            }
        }
        let factory = words.iter().any(|w| w == "--factory");
        let mut plain = vec![];
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (option, attached) = match word.split_once('=') {
                Some((option, value)) if word.starts_with("--") => (option, Some(value)),
                _ if word.starts_with("--") || !word.starts_with('-') || !word.is_char_boundary(2) => (word.as_str(), None),
                _ => (&word[..2], Some(&word[2..]).filter(|v| !v.is_empty())),
            };
            if !word.starts_with('-') {
                plain.push(word.as_str());
            } else if !server.flags.contains(word) && word != "--" {
                let value = attached.or_else(|| words.next().map(String::as_str));
                if let (Some(kind), Some(value)) = (get(&server.options, option), value) {
                    self.named(server, kind, value);
                }
            }
        }
        let place = usize::from(server.app != "first");
        if let Some(app) = plain.get(place).filter(|_| server.app != "none" && !server.app.is_empty()) {
            self.named(server, &server.app, app);
        }
        if factory {
            let last = self.loads.iter().rev().find_map(|l| if let Load::Module(name) = l { Some(name.clone()) } else { None });
            let factory = last.filter(|m| plain.first().is_some_and(|w| w.starts_with(m.as_str()))).map(Load::Factory);
            self.loads.extend(factory);
        }
    }

    /// Something that a word names, by the kind of naming.
    fn named(&mut self, server: &Server, kind: &str, value: &str) {
        let file = |value: &str| Path::new(value).extension().is_some_and(|e| e == "py");
        match kind {
            "dir" => self.loads.push(Load::Path(value.into())),
            "module" => self.module(value),
            "class" => {
                let short = get(&server.names, value).cloned();
                let module = value.rsplit_once([':', '.']).map(|(module, _)| module.to_owned());
                if let Some(module) = short.or(module) {
                    self.module(&module);
                }
            }
            "script" => {
                let value = value.strip_prefix("file:").unwrap_or(value);
                match value.strip_prefix("python:") {
                    Some(module) => self.module(module),
                    None if file(value) => self.script(value, &[]),
                    None => {}
                }
            }
            "none" => {}
            _ if file(value.split(':').next().unwrap_or_default()) => {
                let path = value.split(':').next().unwrap_or_default().trim_end_matches(".py");
                let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
                self.loads.push(Load::Path(folder.into()));
                self.app(name, value.split_once(':').map(|(_, attr)| attr));
            }
            _ => {
                let (module, attr) = value.split_once(':').map_or((value, None), |(m, a)| (m, Some(a)));
                self.app(module, attr);
            }
        }
    }

    fn app(&mut self, module: &str, attr: Option<&str>) {
        if !is_module(module) {
            return;
        }
        self.module(module);
        if attr.is_none_or(|a| a.contains('(') || a.starts_with("create") || a.starts_with("make")) {
            self.loads.push(Load::Factory(module.into()));
            self.loads.extend([Load::Perhaps(format!("{module}.celery")), Load::Perhaps(format!("{module}.tasks"))]);
        }
    }

    fn module(&mut self, target: &str) {
        let module = target.split(':').next().unwrap_or_default();
        if is_module(module) {
            self.loads.push(Load::Module(module.into()));
        }
    }
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
