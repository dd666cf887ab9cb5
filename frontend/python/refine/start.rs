//! From a command to what it loads: modules, with the names that it takes from them, and files. Pure:
//! `templates/rules/start.yaml` knows the servers, and the command's words say which application they serve.

mod serve;

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
        /// The name that is taken from the application's module where no word says one.
        attr: Option<String> = "attr", "application";
        /// Files one of which is the application where no word names it.
        apps: Vec<String> = "apps", "[main.py, app.py]";
        /// A file with settings, read where it is there.
        config: Option<String> = "config", "gunicorn.conf.py";
        /// Files one of which has to be there where no word names one.
        needs_config: Vec<String> = "needs-config", "[alembic.ini, pyproject.toml]";
        /// The section of it that counts.
        section: Option<String> = "section", "tool.fastapi";
        /// Settings in it whose values name something.
        settings: Table<String> = "settings", "{wsgi_app: app}";
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
pub(crate) enum Load {
    /// A folder is put in front of the module path; from the working directory where it is relative.
    Path(String),
    /// A module is imported that the server brings along.
    Module(String),
    /// A module that the command names is imported, and a name is taken from it.
    Named(String, Option<String>),
    /// The same of a module, or of a name in one, as `shop.tasks` and `shop.tasks.app`.
    Object(String),
    /// A module is imported if it is there.
    Perhaps(String),
    /// A module is run, which is not done; what it imports is.
    Run(String),
    /// A module that the command names is run: it is imported, and of a package `__main__` is read.
    Main(String),
    /// A function of a module is called, which is not done; what the module's functions import is imported.
    Factory(String),
    /// A file is run, which is not done unless it says what is done only then; what it imports is imported.
    Script(String),
    /// A text is run, which is not done; what it imports is imported.
    Code(String),
    /// What goes with a package: its name, settings that name modules, modules, and whether the command serves an application, which
    /// cannot do without the modules that settings name.
    Companion(String, Vec<String>, Vec<String>, bool),
}

/// A file or folder that the command needs, as it is written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needed {
    /// Its path, from the working directory where it is relative; of several the first that is there is taken.
    pub paths: Vec<String>,
    /// What becomes of it.
    pub use_: Use,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Python runs it.
    Script,
    /// It has the application.
    App,
    /// It is read.
    Read,
    /// Modules are looked for in it, or it is worked in.
    Folder,
}

/// All that a command loads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Start {
    /// What happens, in order.
    pub loads: Vec<Load>,
    /// What has to be there.
    pub files: Vec<Needed>,
    /// The shell that the command asks for.
    pub shell: Option<String>,
}

/// What is known of the place that a command runs in.
pub(crate) struct World<'w> {
    /// The service's variables.
    pub env: &'w [(String, String)],
    /// From a program's name to the `module:function` that its console script calls.
    pub console: &'w dyn Fn(&str) -> Option<String>,
    /// The text of a file, by its path from the working directory, where that can be known.
    pub file: &'w dyn Fn(&str) -> Option<String>,
}

/// The rules that come with distil.
fn rules() -> Rules {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("rules/start.yaml", "YAML", include_str!("../../../templates/rules/start.yaml"));
    let node = crate::yaml::parse(&sources, file, &mut sink);
    node.and_then(|node| Rules::decode(&node, &mut sink)).expect("a test reads these rules")
}

/// What a command loads, in order.
#[must_use]
pub(crate) fn start(argv: &[String], world: &World) -> Start {
    let rules = rules();
    let mut found = Found { rules: &rules, world, folder: String::new(), served: false, attr: None, start: Start::default() };
    found.command(argv, 8);
    let mut start = found.start;
    let serves = start.loads.iter().any(|load| matches!(load, Load::Named(..)));
    for (package, companion) in &rules.companions.0 {
        start.loads.push(Load::Companion(package.value.clone(), companion.settings.clone(), companion.loads.clone(), serves));
    }
    start
}

/// What a generated console script calls, as `module:function`, read from its text.
#[must_use]
pub(crate) fn console(text: &str) -> Option<String> {
    let line = text.lines().find(|l| l.starts_with("from ") && l.contains(" import "))?;
    let (module, name) = line.strip_prefix("from ")?.split_once(" import ")?;
    text.starts_with("#!").then(|| format!("{}:{}", module.trim(), name.trim()))
}

/// The lines that the tracing script reads.
pub(super) fn lines(loads: &[Load], workdir: &str) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let hex = |text: &str| text.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect::<String>();
    let line = |load: &Load| match load {
        Load::Path(path) if path.starts_with('/') => format!("path {path}"),
        Load::Path(path) => format!("path {workdir}/{path}").trim_end_matches("/.").to_owned(),
        Load::Module(name) => format!("module {name}"),
        Load::Named(name, attr) => format!("named {name} {}", attr.as_deref().unwrap_or_default()).trim_end().to_owned(),
        Load::Object(name) => format!("object {name}"),
        Load::Perhaps(name) => format!("perhaps {name}"),
        Load::Run(name) => format!("run {name}"),
        Load::Main(name) => format!("main {name}"),
        Load::Factory(name) => format!("factory {name}"),
        Load::Script(path) => format!("script {path}"),
        Load::Code(text) => format!("code {}", hex(text)),
        Load::Companion(name, settings, modules, serves) => {
            let serves = if *serves { "serves" } else { "" };
            format!("companion {name} {} {} {serves}", settings.join(","), modules.join(","))
        }
    };
    loads.iter().map(line).filter(|l| !l.contains('\n')).collect::<Vec<_>>().join("\n")
}

struct Found<'r> {
    rules: &'r Rules,
    world: &'r World<'r>,
    /// Where a shell's `cd` led, as a prefix of relative paths.
    folder: String,
    /// Whether the application was named.
    served: bool,
    /// The name in the application's module where the word that names it has none.
    attr: Option<String>,
    start: Start,
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
            self.shell(program, rest, depth);
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
        } else if let Some(target) = (self.world.console)(name) {
            let (module, attr) = target.split_once(':').unwrap_or((&target, ""));
            self.module(module, Some(attr).filter(|a| !a.is_empty()));
        } else if name.rsplit_once('.').is_some_and(|(_, end)| end == "py") {
            self.script(program, rest);
        }
    }

    /// A shell, which runs a line of commands or a file of them.
    fn shell(&mut self, program: &str, words: &[String], depth: usize) {
        self.start.shell.get_or_insert_with(|| program.to_owned());
        let Some(line) = words.iter().skip_while(|w| !(w.starts_with('-') && w.ends_with('c'))).nth(1) else {
            if let Some(file) = words.iter().find(|w| !w.starts_with('-')) {
                self.needs(&[file], Use::Read);
            }
            return;
        };
        for part in line.split(['\n', ';', '&', '|']).filter(|part| !part.trim().is_empty()) {
            let words: Vec<String> = part.split_whitespace().map(|w| w.replace(['"', '\''], "")).collect();
            match &words[..] {
                [cd, folder] if cd == "cd" => {
                    self.needs(&[folder], Use::Folder);
                    self.folder = self.at(folder);
                }
                _ => self.command(&words, depth - 1),
            }
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
            if let Some(code) = word.strip_prefix("-c") {
                let code = if code.is_empty() { words.get(at).map_or("", String::as_str) } else { code };
                let folder = self.at(".");
                self.start.loads.extend([Load::Path(folder), Load::Code(code.to_owned())]);
                return;
            }
            if word == "-" {
                return;
            }
            if !word.starts_with('-') {
                let name = word.rsplit('/').next().unwrap_or_default();
                let known = self.server(name).is_some() || (self.world.console)(name).is_some();
                return if known { self.command(&words[at - 1..], depth - 1) } else { self.script(word, &words[at..]) };
            }
            at += usize::from(matches!(word.as_str(), "-W" | "-X" | "--check-hash-based-pycs"));
        }
    }

    /// `python -m module`.
    fn run(&mut self, module: &str, rest: &[String]) {
        let folder = self.at(".");
        self.start.loads.extend([Load::Path(folder), Load::Module("runpy".into())]);
        if let Some(server) = self.server(module) {
            self.start.loads.extend([Load::Run(format!("{module}.__main__"))]);
            self.serve(&server, rest);
        } else if is_module(module) {
            self.start.loads.push(Load::Main(module.into()));
        }
    }

    /// `python file`.
    fn script(&mut self, path: &str, rest: &[String]) {
        self.needs(&[path], Use::Script);
        let path = self.at(path);
        self.start.loads.push(Load::Path(path.rsplit_once('/').map_or(".", |(folder, _)| folder).into()));
        if let (Some("manage.py"), Some(django)) = (path.rsplit('/').next(), self.server("django-admin")) {
            self.serve(&django, rest);
            if !self.served {
                self.default_settings(&path);
            }
        }
        self.start.loads.push(Load::Script(path));
    }

    fn loads(&mut self, names: &[String]) {
        for name in names {
            self.start.loads.push(name.strip_suffix('?').map_or_else(|| Load::Module(name.clone()), |n| Load::Perhaps(n.into())));
        }
    }

    /// A path from the working directory, whichever folder a shell is in.
    fn at(&self, path: &str) -> String {
        let path = path.strip_prefix("./").unwrap_or(path);
        match (self.folder.as_str(), path) {
            ("" | ".", path) => path.to_owned(),
            (_, path) if path.starts_with('/') => path.to_owned(),
            (folder, ".") => folder.to_owned(),
            (folder, path) => format!("{folder}/{path}"),
        }
    }

    /// Files of which one has to be there; those that only a shell can name are not known.
    fn needs(&mut self, paths: &[&str], use_: Use) {
        let known = |path: &str| !path.is_empty() && !path.contains(['$', '*', '`', '~', '%', '\0', '\n']);
        let paths: Vec<String> = paths.iter().map(|path| self.at(path)).collect();
        if paths.iter().all(|path| known(path)) {
            let needed = Needed { paths, use_ };
            if !self.start.files.contains(&needed) {
                self.start.files.push(needed);
            }
        }
    }
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
