//! A project in memory, compiled in this process: the same compiler as the command line's, without a process or a disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use distil::compile::{Compiled, Compiler, Progress};
use distil::diag::{Diagnostic, Sources, render};
use distil::emit::context::DEFAULT_IGNORES;
use distil::facts::{IGNORE, Ignore, Wanted};

/// The spec's name.
const SPEC: &str = "distil.yaml";

/// A project's files by their paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Project(BTreeMap<String, Vec<u8>>);

/// What a spec came to, with the texts that messages point into.
pub(crate) struct Outcome {
    pub(crate) result: Result<Box<Compiled>, Vec<Diagnostic>>,
    pub(crate) sources: Sources,
}

impl Outcome {
    /// What the user of `distil check` reads, without colours.
    pub(crate) fn said(&self) -> String {
        let (found, good) = match &self.result {
            Ok(compiled) => (&compiled.warnings, good(compiled)),
            Err(diagnostics) => (diagnostics, String::new()),
        };
        found.iter().map(|diagnostic| render(diagnostic, &self.sources, false) + "\n\n").collect::<String>() + &good
    }

    /// What was compiled; a refusal ends the test with what it says.
    pub(crate) fn built(self) -> (Compiled, Sources) {
        let said = self.said();
        (*self.result.unwrap_or_else(|_| panic!("{said}")), self.sources)
    }
}

/// The last line where nothing is wrong.
fn good(compiled: &Compiled) -> String {
    let about = |name: &str| compiled.plan.decisions.iter().find(|d| d.about == name).map_or("", |d| d.value.as_str());
    let language = compiled.plan.language.as_ref().map_or(String::new(), |language| format!("{language} "));
    format!("{SPEC}: good ({language}on {})\n", about("runtime"))
}

impl Project {
    /// Everything below a folder of this disk.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut open = vec![folder.to_owned()];
        while let Some(next) = open.pop() {
            for entry in fs::read_dir(&next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                    files.insert(name, fs::read(&path).unwrap());
                }
            }
        }
        Self(files)
    }

    /// Adds a file, or changes it.
    pub(crate) fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), content.into());
        self
    }

    /// The spec's text.
    pub(crate) fn spec(&self) -> &str {
        std::str::from_utf8(&self.0[SPEC]).unwrap()
    }

    /// Writes the files into a folder of this disk.
    pub(crate) fn write(&self, folder: &Path) {
        for (name, content) in &self.0 {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    /// Compiles the spec for a target; an empty one is the default.
    pub(crate) fn compile(&self, target: &str) -> Outcome {
        self.compile_with(target, &[])
    }

    /// Compiles it with build arguments.
    pub(crate) fn compile_with(&self, target: &str, args: &[(String, String)]) -> Outcome {
        let mut compiler = Compiler::new(SPEC, self.spec(), target);
        compiler.args(args.iter().cloned());
        loop {
            match compiler.step() {
                Progress::Wanted(wanted) => self.answer(wanted, &mut compiler),
                Progress::Recipe(address) => {
                    let text = self.0.get(&address).map(|bytes| String::from_utf8(bytes.clone()).unwrap());
                    compiler.recipe(&address, text);
                }
                Progress::Compiled(compiled) => return Outcome { result: Ok(compiled), sources: compiler.sources },
                Progress::Refused(diagnostics) => return Outcome { result: Err(diagnostics), sources: compiler.sources },
            }
        }
    }

    fn answer(&self, wanted: Wanted, compiler: &mut Compiler) {
        let files = &mut compiler.files;
        for path in &wanted.read {
            files.answer(path, self.0.get(path).cloned());
        }
        if let Some(folder) = wanted.modules_of {
            let is_module = |path: &&str| match path.split_once('/') {
                None => Path::new(path).extension().is_some_and(|end| end == "py"),
                Some((_, file)) => file == "__init__.py",
            };
            files.found_modules(self.below(&folder).filter(is_module).map(str::to_owned).collect());
        }
        if let Some(folder) = wanted.names_of {
            let names: BTreeSet<String> = self.below(&folder).filter_map(|path| path.split('/').next()).map(str::to_owned).collect();
            let text = self.0.get(IGNORE).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
            let ignore = Ignore::read(IGNORE, &text, DEFAULT_IGNORES);
            files.found_names(&folder, if folder == "." { ignore.sent(names) } else { names });
            files.found_ignore(ignore);
        }
        // A file of so many bytes says that in a test, and does not have them.
        let declared = |text: &[u8]| std::str::from_utf8(text).ok()?.trim().strip_prefix('(')?.strip_suffix(" bytes)")?.parse().ok();
        files.found_large(&wanted.sizes_of.0, self.0.iter().filter_map(|(path, text)| Some((path.clone(), declared(text)?))));
        if !wanted.near.is_empty() {
            let lies_in = |path: &&String| wanted.near.contains(path.rsplit_once('/').map_or(".", |(folder, _)| folder));
            files.found_near(self.0.keys().filter(lies_in).cloned().collect());
        }
        if wanted.spec {
            files.found_spec(vec![".".to_owned()]);
        }
    }

    /// The paths of the files below a folder, from there.
    fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let prefix = if folder == "." { String::new() } else { format!("{folder}/") };
        self.0.keys().filter_map(move |path| path.strip_prefix(&prefix))
    }
}
