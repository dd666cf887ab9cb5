//! The compiler as one value that asks for files: spec and project in, plan out. Pure; whoever drives it does the reading.
//!
//! ```text
//! loop { match compiler.step() { Wanted(files) => read them and answer, Compiled(plan) => done, Refused => say why } }
//! ```

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Sink, Sources};
use crate::facts::{self, Files, Gathered, Wanted};
use crate::plan::{Plan, lower};
use crate::recipe::Library;
use crate::spec::{self, Spec, Target};

/// A compilation under way.
#[derive(Debug)]
pub struct Compiler {
    spec: Option<Spec>,
    target: String,
    /// Every file that a message may point into.
    pub sources: Sources,
    sink: Sink,
    /// The answers so far.
    pub files: Files,
    library: Library,
}

/// What a step came to.
#[derive(Debug)]
pub enum Progress {
    /// These files have to be read and answered in [`Compiler::files`].
    Wanted(Wanted),
    /// The text behind this address has to be read and answered by [`Compiler::recipe`].
    Recipe(String),
    /// Done.
    Compiled(Box<Compiled>),
    /// Something is wrong; the diagnostics say what.
    Refused(Vec<Diagnostic>),
}

/// A spec that was read and understood.
#[derive(Debug)]
pub struct Compiled {
    /// What will be built.
    pub plan: Plan,
    /// Every target of the spec, with what each runs on.
    pub targets: BTreeMap<String, String>,
    /// The target that is built when none is named.
    pub default_target: String,
    /// What the user should know although it builds.
    pub warnings: Vec<Diagnostic>,
}

impl Compiler {
    /// Starts with a spec's name and text, and the target that is asked for; an empty one is the default.
    #[must_use]
    pub fn new(name: &str, text: &str, target: &str) -> Self {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add(name, "YAML", text);
        let spec = spec::parse(&sources, file, &mut sink);
        Self { spec, target: target.to_owned(), sources, sink, files: Files::default(), library: Library::default() }
    }

    /// Answers what is behind a recipe's address; `None` is nothing.
    pub fn recipe(&mut self, address: &str, text: Option<String>) {
        self.library.add(address, text);
    }

    /// Goes on as far as the answers reach.
    pub fn step(&mut self) -> Progress {
        let Some(spec) = &self.spec else { return self.refused() };
        let target = match Target::find(spec, &self.target) {
            Ok(target) => target,
            Err(known) => {
                let near = crate::diag::nearest(&self.target, known.iter().map(String::as_str)).map(|n| format!("did you mean `{n}`?"));
                let list = crate::yaml::decode::list(&known);
                let found = Diagnostic::error("no-target", format!("there is no target `{}`", self.target)).help_if(near);
                self.sink.push(found.help(format!("the targets are {list}")));
                return self.refused();
            }
        };
        let effective = spec.with(&target);
        let recipe = lower::asked_recipe(&effective);
        if let Some(address) = recipe.as_ref().and_then(|r| self.library.wanted(r)) {
            return Progress::Recipe(address);
        }
        let facts = if recipe.is_none_or(|r| self.library.needs_facts(&r)) {
            match facts::gather(&effective, &self.files, &mut self.sources, &mut self.sink) {
                Gathered::Facts(facts) => Some(*facts),
                Gathered::Wanted(wanted) => return Progress::Wanted(wanted),
                Gathered::Refused => return self.refused(),
            }
        } else {
            None
        };
        let targets = Target::all(spec).iter().map(|t| (t.name(), runtime(&spec.with(t)))).collect();
        let default_target = Target::all(spec).first().map(Target::name).unwrap_or_default();
        match lower::lower(&effective, &target, facts.as_ref(), &self.library, &mut self.sources, &mut self.sink) {
            Some(plan) if !self.sink.has_errors() => {
                let warnings = std::mem::take(&mut self.sink).into_sorted();
                Progress::Compiled(Box::new(Compiled { plan, targets, default_target, warnings }))
            }
            _ => self.refused(),
        }
    }

    fn refused(&mut self) -> Progress {
        Progress::Refused(std::mem::take(&mut self.sink).into_sorted())
    }
}

fn runtime(spec: &Spec) -> String {
    spec.runtime.as_ref().map_or("distroless".to_owned(), |r| match &r.value {
        spec::Runtime::Image(image) => image.to_string(),
        other => other.word().to_owned(),
    })
}
