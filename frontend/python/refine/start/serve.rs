//! What a known server loads: its own modules, the application that its words, variables and settings name, and the files that
//! it reads.

use std::path::Path;

use super::{Found, Load, Server, Use, get, is_module};

impl Found<'_> {
    /// A server with its words.
    pub(super) fn serve(&mut self, server: &Server, words: &[String]) {
        let here = Load::Path(self.at("."));
        if !self.start.loads.contains(&here) {
            self.start.loads.push(here);
        }
        self.loads(&server.loads);
        let Words { plain, named } = read(server, words);
        let factory = words.iter().any(|w| w == "--factory");
        self.attr = named.iter().find(|(kind, _)| kind == "attr").map(|(_, value)| value.clone()).or_else(|| server.attr.clone());
        let variable = |name: &str| self.world.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let variables: Vec<_> = server.env.0.iter().filter_map(|(name, kind)| Some((kind, variable(&name.value)?))).collect();
        // What a word names wins over a variable.
        for (kind, value) in variables.iter().filter(|(kind, _)| !named.iter().any(|(other, _)| other == *kind)) {
            self.named(server, kind, value);
        }
        let mut config = None;
        for (kind, value) in &named {
            match kind.as_str() {
                "config" => config = Some(value.clone()),
                kind => self.named(server, kind, value),
            }
        }
        let first = usize::from(!matches!(server.app.as_str(), "first" | "dotted"));
        let app = plain.get(first).filter(|_| server.app != "none" && !server.app.is_empty());
        if server.app == "config" {
            config = config.or_else(|| plain.iter().find(|word| is_config(word)).cloned());
        } else if let Some(app) = app {
            self.named(server, &server.app, app);
        }
        match (config, &server.config) {
            (Some(file), _) => self.config(server, &file, true),
            (None, Some(file)) => self.config(server, file, false),
            (None, None) => {}
        }
        let runs = plain.first().is_some_and(|word| word == "run" || word == "dev");
        if !self.served && runs && !server.apps.is_empty() {
            self.default_app(server);
        }
        let last = self.start.loads.iter().rev().find_map(|l| if let Load::Named(name, _) = l { Some(name.clone()) } else { None });
        self.start.loads.extend(last.filter(|_| self.served && factory).map(Load::Factory));
    }

    /// Something that a word names, by the kind of naming.
    fn named(&mut self, server: &Server, kind: &str, value: &str) {
        match kind {
            "dir" => {
                self.needs(&[value], Use::Folder);
                let folder = self.at(value);
                self.start.loads.push(Load::Path(folder));
            }
            // Where alembic has its migrations: a folder, or a folder of a package.
            "folder" => match value.split_once(':') {
                Some((package, _)) => self.module(package, None),
                None => self.needs(&[value.trim_start_matches("%(here)s/")], Use::Folder),
            },
            "read" => self.needs(&[value], Use::Read),
            "module" => {
                self.served = true;
                self.module(value, None);
            }
            "class" => {
                let own = value.rsplit_once([':', '.']).filter(|_| get(&server.names, value).is_none());
                match (get(&server.names, value).cloned(), own) {
                    (Some(short), _) => self.module(&short, None),
                    (None, Some((module, class))) => self.module(module, Some(class)),
                    (None, None) => {}
                }
            }
            "dotted" => {
                if let Some((module, name)) = value.rsplit_once(['.', ':']) {
                    self.served = true;
                    self.module(module, Some(name));
                }
            }
            "script" if !value.contains("://") => {
                self.served = true;
                self.script(value, &[]);
            }
            // `module.name` as well as `module`.
            "object" if !value.contains(':') && is_module(value) => {
                self.served = true;
                self.start.loads.extend([Load::Object(value.into()), Load::Factory(value.into())]);
                self.start.loads.extend([Load::Perhaps(format!("{value}.celery")), Load::Perhaps(format!("{value}.tasks"))]);
            }
            "script" | "attr" | "none" => {}
            kind => self.app(kind, value),
        }
    }

    /// An application: `module`, `module:name`, `module:call()`, or the same with a file or a package's folder.
    fn app(&mut self, kind: &str, value: &str) {
        let (place, attr) = value.split_once(':').map_or((value, None), |(place, attr)| (place, Some(attr)));
        let is_file = Path::new(place).extension().is_some_and(|e| e == "py");
        if is_file || place.contains('/') || kind == "file" {
            self.served = true;
            // A module may be written without the end of its file's name.
            let whole = format!("{place}.py");
            let places = [place, &whole];
            self.needs(if is_file || kind == "file" { &places[..1] } else { &places }, Use::App);
            let (folder, module) = self.module_of(place);
            self.start.loads.push(Load::Path(folder));
            self.application(&module, attr);
        } else {
            self.application(place, attr);
        }
    }

    fn application(&mut self, module: &str, attr: Option<&str>) {
        if !is_module(module) {
            return;
        }
        self.served = true;
        let name = attr.map(|a| a.split('(').next().unwrap_or_default()).map(str::to_owned).or_else(|| self.attr.clone());
        let name = name.filter(|n| is_module(n));
        self.module(module, name.as_deref());
        if attr.is_none_or(|a| a.contains('(') || a.starts_with("create") || a.starts_with("make")) {
            self.start.loads.push(Load::Factory(module.into()));
            self.start.loads.extend([Load::Perhaps(format!("{module}.celery")), Load::Perhaps(format!("{module}.tasks"))]);
        }
    }

    pub(super) fn module(&mut self, module: &str, name: Option<&str>) {
        if is_module(module) {
            self.start.loads.push(Load::Named(module.into(), name.map(str::to_owned)));
        }
    }

    /// The folder that a file's module is imported from, and its name there: folders with `__init__.py` are packages.
    fn module_of(&self, place: &str) -> (String, String) {
        let place = self.at(place);
        let place = place.trim_end_matches(".py").trim_end_matches("/__init__").trim_end_matches('/');
        let (mut folder, name) = place.rsplit_once('/').unwrap_or((".", place));
        let mut name = name.to_owned();
        while folder != "." && (self.world.file)(&format!("{folder}/__init__.py")).is_some() {
            let (above, package) = folder.rsplit_once('/').unwrap_or((".", folder));
            name = format!("{package}.{name}");
            folder = above;
        }
        (folder.to_owned(), name)
    }

    /// The first of the files that a server looks for where nothing names its application.
    fn default_app(&mut self, server: &Server) {
        let there = server.apps.iter().find(|file| (self.world.file)(&self.at(file)).is_some());
        if let Some(file) = there {
            self.app("file", file);
        } else {
            let all: Vec<&str> = server.apps.iter().map(String::as_str).collect();
            self.needs(&all, Use::App);
        }
    }

    /// A file with settings: Python whose imports count, or lines such as `module = shop.wsgi`.
    fn config(&mut self, server: &Server, file: &str, named: bool) {
        let file = file.strip_prefix("file:").unwrap_or(file);
        if let Some(module) = file.strip_prefix("python:") {
            return self.module(module, None);
        }
        let text = (self.world.file)(&self.at(file));
        if named {
            self.needs(&[file], Use::Read);
        } else if text.is_none() {
            let one_of: Vec<&str> = server.needs_config.iter().map(String::as_str).collect();
            if !one_of.is_empty() {
                self.needs(&one_of, Use::Read);
            }
            return;
        }
        let set = |name: &str| text.as_deref().and_then(|text| setting(text, server.section.as_deref(), name));
        let attr = server.settings.0.iter().filter(|(_, kind)| kind == "attr").find_map(|(name, _)| set(&name.value));
        self.attr = attr.or_else(|| self.attr.take());
        let served = self.served;
        for (name, kind) in &server.settings.0 {
            if let Some(value) = set(&name.value).filter(|_| !(served && kind == "app")) {
                self.named(server, kind, &value);
            }
        }
        if Path::new(file).extension().is_some_and(|e| e == "py") {
            let file = self.at(file);
            self.start.loads.push(Load::Script(file));
        }
    }

    /// The settings module that Django's `manage.py` takes where no variable names one.
    pub(super) fn default_settings(&mut self, path: &str) {
        let text = (self.world.file)(path).unwrap_or_default();
        let after = text.split_once("setdefault(").map_or("", |(_, rest)| rest);
        let mut words = after.split(['"', '\'']).skip(1).step_by(2);
        if let (Some("DJANGO_SETTINGS_MODULE"), Some(module)) = (words.next(), words.next()) {
            self.module(module, None);
        }
    }
}

/// A server's words, apart.
struct Words {
    /// Those that are neither options nor their values.
    plain: Vec<String>,
    /// What options name: its kind and the value.
    named: Vec<(String, String)>,
}

fn read(server: &Server, words: &[String]) -> Words {
    let mut read = Words { plain: vec![], named: vec![] };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (option, attached) = match word.split_once('=') {
            Some((option, value)) if word.starts_with("--") => (option, Some(value)),
            _ if word.starts_with("--") || !word.starts_with('-') || !word.is_char_boundary(2) => (word.as_str(), None),
            _ => (&word[..2], Some(&word[2..]).filter(|v| !v.is_empty())),
        };
        if !word.starts_with('-') {
            read.plain.push(word.clone());
        } else if !server.flags.contains(word) && word != "--" {
            let value = attached.map(str::to_owned).or_else(|| words.next().cloned());
            if let (Some(kind), Some(value)) = (get(&server.options, option), value) {
                read.named.push((kind.clone(), value));
            }
        }
    }
    read
}

/// Whether a word is a file with settings.
fn is_config(word: &str) -> bool {
    let end = Path::new(word).extension().and_then(|e| e.to_str()).unwrap_or_default();
    ["ini", "yaml", "yml", "xml", "json", "toml"].contains(&end)
}

/// The value of a setting, as `name = value` with or without quotes, in a section where one is asked for.
#[must_use]
pub(super) fn setting(text: &str, section: Option<&str>, name: &str) -> Option<String> {
    let mut inside = section.is_none();
    for line in text.lines() {
        if let (Some(section), Some(head)) = (section, line.trim().strip_prefix('[')) {
            inside = head.trim_end_matches(']') == section;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| inside) else { continue };
        if key.trim() == name && (section.is_some() || !key.starts_with(' ')) {
            let value = value.trim();
            let quote = value.chars().next().filter(|c| "\"'".contains(*c));
            let value = quote.map_or_else(
                || value.split([' ', '#', ';']).next().unwrap_or_default(),
                |quote| value[1..].split(quote).next().unwrap_or_default(),
            );
            return Some(value.to_owned()).filter(|v| !v.is_empty());
        }
    }
    None
}
