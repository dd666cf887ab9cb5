//! The compiler as one value that asks for files: spec and project in, plan out. Pure; whoever drives it does the reading.
//!
//! ```text
//! loop { match compiler.step() { Wanted(files) => read them and answer, Compiled(plan) => done, Refused => say why } }
//! ```

mod merge;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use crate::args::{self, Filled};
use crate::diag::{Diagnostic, Sink, Sources, codes};
use crate::ecosystem::{self, Found, Gathered, Project};
use crate::facts::{Files, Wanted};
use crate::lint::{self, Checks, Policy};
use crate::lower::{self, Attested, Elsewhere, left_out};
use crate::plan::Plan;
use crate::recipe::Library;
use crate::spec::{self, Spec};
use crate::target::{Product, Target};
use crate::yaml::written::Written;

use parts::{Begun, Part};

/// A compilation under way.
#[derive(Debug)]
pub struct Compiler {
    spec: Option<Spec>,
    written: Vec<Written>,
    target: Option<Target>,
    /// The stage that is asked for in the place of the image.
    stage: Option<String>,
    /// The build arguments that are given.
    given: BTreeMap<String, String>,
    /// The spec as the target has it, and its args; once a step was made.
    effective: Option<(Spec, Vec<Filled>)>,
    /// Other specs that files are copied of; once a step was made.
    parts: Option<Vec<Part>>,
    /// The folder that it counts paths from, where another spec copies from it.
    root: String,
    /// The specs that lead here, its own last.
    chain: Vec<Begun>,
    /// Every file that a message may point into.
    pub sources: Sources,
    sink: Sink,
    policy: Policy,
    /// What was found and is not said, each with the reason.
    silenced: Vec<(Diagnostic, String)>,
    /// The answers so far.
    pub files: Files,
    library: Library,
    /// What the build wants to know of its image beside the image.
    pub attested: Attested,
    /// All but done: whether the folders that a lock names are there is still to be seen.
    unverified: Option<Box<Compiled>>,
    /// Architectures besides the build's own that images are made for, as `arm64`.
    pub(crate) elsewhere: BTreeSet<String>,
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

/// What a step towards locking came to.
#[derive(Debug)]
pub enum Locking {
    /// These files have to be read and answered in [`Compiler::files`].
    Wanted(Wanted),
    /// This locks the project; and what the user should know.
    Found(ecosystem::Locking, Vec<Diagnostic>),
    /// Something is wrong; the diagnostics say what.
    Refused(Vec<Diagnostic>),
}

/// The build argument by which Docker's users say what becomes of warnings.
const CHECK: &str = "BUILDKIT_DOCKERFILE_CHECK";

/// A spec that was read and understood.
#[derive(Debug)]
pub struct Compiled {
    /// What will be built.
    pub plan: Plan,
    /// Every target of the spec, with what each runs on. The first is built when none is named.
    pub targets: Vec<(Target, String)>,
    /// What the user should know although it builds.
    pub warnings: Vec<Diagnostic>,
    /// What was found and is not said, each with the reason why.
    pub silenced: Vec<(Diagnostic, String)>,
    /// The args of the spec.
    pub args: Vec<Filled>,
    /// Files and folders of the project that do not ship, by their names at its top.
    pub left_out: Vec<String>,
    /// What becomes of warnings that are found later.
    pub(crate) policy: Policy,
    /// How the images for further architectures come about.
    pub elsewhere: BTreeMap<String, Elsewhere>,
}

impl Compiler {
    /// Starts with a spec's name and text, and the target that is asked for; an empty one is the default.
    #[must_use]
    pub fn new(name: &str, text: &str, target: &str) -> Self {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add(name, "YAML", text);
        let (spec, written) = spec::parse(&sources, file, &mut sink).unzip();
        let (target, stage) = Target::with_stage(target);
        let target = asked(spec.as_ref(), target, &mut sink);
        let checks = Checks::of_spec(file, &sources, &mut sink);
        let policy = spec.as_ref().map(|spec| Policy::new(spec, &checks)).unwrap_or_default();
        Self {
            spec,
            policy,
            written: written.unwrap_or_default(),
            target,
            stage: stage.map(str::to_owned),
            given: BTreeMap::new(),
            effective: None,
            parts: None,
            root: ".".to_owned(),
            chain: vec![(name.to_owned(), text.to_owned())],
            sources,
            sink,
            files: Files::default(),
            silenced: vec![],
            library: Library::default(),
            attested: Attested::default(),
            unverified: None,
            elsewhere: BTreeSet::new(),
        }
    }

    /// Asks for plans of images for further architectures than the build's own, such as `arm64`.
    pub fn also_for(&mut self, architectures: impl IntoIterator<Item = String>) {
        self.elsewhere.extend(architectures);
    }

    /// Takes the build arguments of the build. Those that every build reads itself are none of a spec's; one of them says what becomes of
    /// warnings, in the place of the comment at the spec's head.
    pub fn args(&mut self, given: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in given {
            if name == CHECK {
                self.checks(&value);
            } else if !spec::is_built_in(&name) {
                self.given.insert(name, value);
            }
        }
    }

    fn checks(&mut self, text: &str) {
        match (Checks::parse(text, false), &self.spec) {
            (Ok(checks), Some(spec)) => self.policy = Policy::new(spec, &checks),
            (Ok(_), None) => {}
            (Err(refused), _) => {
                let message = format!("the build argument {CHECK} cannot be read: {}", refused.message);
                self.sink.push(Diagnostic::new(codes::BAD_BUILD_OPTION, message).help_if(refused.help));
            }
        }
    }

    /// Answers what is behind a recipe's address; `None` is nothing.
    pub fn recipe(&mut self, address: &str, text: Option<String>) {
        if self.parts.iter_mut().flatten().any(|part| part.recipe(address, text.as_ref())) {
            return;
        }
        self.library.add(address, text);
    }

    /// Goes on as far as the answers reach.
    pub fn step(&mut self) -> Progress {
        if let Some(compiled) = self.unverified.take() {
            return self.verified(compiled);
        }
        if let Some(wanted) = self.step_parts() {
            return wanted;
        }
        let (Some(spec), Some(target)) = (&self.spec, &self.target) else { return self.refused() };
        let (effective, _) = self.effective.get_or_insert_with(|| {
            let mut effective = spec.with(target);
            // Those of other specs are no mistakes of this one.
            let parts = self.parts.as_deref().unwrap_or_default();
            let declared: Vec<&str> = parts::args(parts).map(|arg| arg.name.value.as_str()).collect();
            let own = |name: &str| spec.args.iter().flat_map(|args| &args.0).any(|(known, _)| known.value == name);
            let is_ours = |name: &str| own(name) || (self.chain.len() == 1 && !declared.contains(&name));
            let given = self.given.iter().filter(|(name, _)| is_ours(name)).map(|(name, value)| (name.clone(), value.clone()));
            let args = args::fill(spec, &mut effective, &given.collect(), &mut self.sink);
            (effective, args)
        });
        let effective = &*effective;
        let recipe = lower::asked_recipe(effective);
        if let Some(address) = recipe.as_ref().and_then(|r| self.library.wanted(r)) {
            return Progress::Recipe(address);
        }
        let asked = match &recipe {
            Some(recipe) => self.library.facts_of(recipe),
            None => match ecosystem::find(effective, &self.written, &self.files, &mut self.sink) {
                Found::Of(one) => Some(one),
                Found::Wanted(wanted) => return Progress::Wanted(wanted),
                Found::Refused => return self.refused(),
            },
        };
        let project = match ecosystem::gather(asked, effective, &self.files, &mut self.sources, &mut self.sink) {
            Gathered::Project(project) => project,
            Gathered::Wanted(wanted) => return Progress::Wanted(wanted),
            Gathered::Refused => return self.refused(),
        };
        if effective.own_copies().next().is_some() && self.files.names(".").is_none() {
            return Progress::Wanted(Wanted::names("."));
        }
        if let Some(wanted) = unsized_copies(effective, &self.files) {
            return Progress::Wanted(wanted);
        }
        let unread = recipe.iter().flat_map(|recipe| self.library.reads(recipe)).filter(|path| !self.files.was_asked(path));
        let unread: BTreeSet<String> = unread.collect();
        if !unread.is_empty() {
            return Progress::Wanted(Wanted::files(unread));
        }
        if let Some((effective, _)) = &mut self.effective
            && lower::complete(effective, &self.library, &self.files, &mut self.sources, &mut self.sink).is_none()
        {
            return self.refused();
        }
        let Some((effective, _)) = &self.effective else { return self.refused() };
        let targets = spec.targets().into_iter().map(|target| (target.clone(), spec.runtime_of(&target))).collect();
        let parts = self.parts.iter().flatten().filter_map(Part::done);
        let parts: lower::Parts =
            parts.map(|part| ((part.path.to_string(), part.edition.clone()), part.compiled.plan.result.clone())).collect();
        let known = (&self.library, &self.files, &parts);
        let keys = (effective, &self.written[..]);
        let asked = lower::Asked { target, attested: self.attested, to: None, files_only: self.chain.len() > 1 };
        let plan = lower::lower(keys, asked, &project, known, &mut self.sources, &mut self.sink);
        let subject = lint::Subject { spec: effective, project: &project, files: &self.files, plan: plan.as_ref() };
        match target.product {
            // Advice on what ships is of no use there.
            Product::Dev if plan.is_some() => self.sink.push(dev_image(target)),
            Product::Dev => {}
            _ => lint::lint(&subject, &self.policy, &mut self.sink),
        }
        self.sink = self.judged();
        match plan {
            Some(mut plan) if !self.sink.has_errors() => {
                let (effective, mut args) = self.effective.take().unwrap_or_default();
                plan.decisions.extend(args::decisions(&args, &self.sources));
                let silenced = self.merge_parts(&mut plan, &mut args);
                if let Some(Err(found)) = self.stage.as_ref().map(|stage| lower::show(&mut plan, stage)) {
                    self.sink.push(found);
                    return self.refused();
                }
                let warnings = std::mem::take(&mut self.sink).into_sorted();
                let left_out = left_out(&effective, &project);
                let elsewhere = self.others(&plan, &effective, &project, &parts);
                self.verified(Box::new(Compiled {
                    plan,
                    targets,
                    warnings,
                    silenced,
                    args,
                    left_out,
                    policy: self.policy.clone(),
                    elsewhere,
                }))
            }
            _ => self.refused(),
        }
    }

    /// How the images for the further architectures come about.
    fn others(&mut self, plan: &Plan, spec: &Spec, project: &Project, parts: &lower::Parts) -> BTreeMap<String, Elsewhere> {
        let Self { elsewhere, stage, written, library, files, attested, chain, sources, .. } = self;
        let mut one = |architecture: &String| {
            // One looks into a stage as it is on its own platform.
            if stage.is_some() {
                return Elsewhere::Emulated(None);
            }
            let asked = (plan, architecture.as_str(), *attested, chain.len() > 1);
            lower::elsewhere((spec, &written[..]), asked, project, (&*library, &*files, parts), sources)
        };
        elsewhere.iter().map(|architecture| (architecture.clone(), one(architecture))).collect()
    }

    /// Takes the other specs into a plan and its args; returns what is not said of any of them.
    fn merge_parts(&mut self, plan: &mut Plan, args: &mut Vec<Filled>) -> Vec<(Diagnostic, String)> {
        let mut silenced = std::mem::take(&mut self.silenced);
        for mut part in self.parts.take().into_iter().flatten().filter_map(Part::into_done) {
            silenced.append(&mut part.compiled.silenced);
            let own: Vec<String> = args.iter().map(|arg| arg.name.value.clone()).collect();
            args.extend(part.compiled.args.iter().filter(|arg| !own.contains(&arg.name.value)).cloned());
            merge::merge(plan, part, &self.sources);
        }
        silenced
    }

    /// Goes on with other specs that files are copied of; returns what one of them wants.
    fn step_parts(&mut self) -> Option<Progress> {
        let spec = self.spec.as_ref()?;
        let parts = self.parts.get_or_insert_with(|| parts::of(spec));
        let Self { files, sources, sink, given, root, chain, .. } = self;
        let mut asker = parts::Asker { files, sources, sink, given, root, chain };
        parts.iter_mut().find_map(|part| part.step(&mut asker))
    }

    /// Done, once it is seen that the folders which a lock names are there.
    fn verified(&mut self, compiled: Box<Compiled>) -> Progress {
        if let Some(wanted) = ecosystem::verify(&compiled.plan, &self.files, &mut self.sink) {
            self.unverified = Some(compiled);
            return Progress::Wanted(wanted);
        }
        if self.sink.has_errors() {
            compiled.warnings.into_iter().for_each(|warning| self.sink.push(warning));
            return self.refused();
        }
        Progress::Compiled(compiled)
    }

    /// Goes on towards what locks the project, as far as the answers reach.
    pub fn locking(&mut self) -> Locking {
        let (Some(spec), Some(target)) = (&self.spec, &self.target) else {
            return Locking::Refused(self.judged().into_sorted());
        };
        let spec = spec.with(target);
        let asked = match lower::asked_recipe(&spec).and_then(|recipe| self.library.facts_of(&recipe)) {
            Some(asked) => asked,
            None => match ecosystem::find(&spec, &self.written, &self.files, &mut self.sink) {
                Found::Of(one) => one,
                Found::Wanted(wanted) => return Locking::Wanted(wanted),
                Found::Refused => return Locking::Refused(self.judged().into_sorted()),
            },
        };
        match ecosystem::locking(asked, &spec, &self.files, &mut self.sources, &mut self.sink) {
            Ok(found) => Locking::Found(found, self.judged().into_sorted()),
            Err(Some(wanted)) => Locking::Wanted(wanted),
            Err(None) => Locking::Refused(self.judged().into_sorted()),
        }
    }

    fn refused(&mut self) -> Progress {
        Progress::Refused(self.judged().into_sorted())
    }

    /// What was found, with what the spec says of warnings.
    fn judged(&mut self) -> Sink {
        let Self { sink, policy, silenced, .. } = self;
        std::mem::take(sink).judged(|found| match policy.silences(&found) {
            Some(reason) => {
                silenced.push((found, reason));
                None
            }
            None => policy.judge(found),
        })
    }
}

/// The copies of the project of which it is not known yet what is large.
fn unsized_copies(spec: &Spec, files: &Files) -> Option<Wanted> {
    let paths: BTreeSet<String> = spec.own_copies().map(|item| item.from.to_string()).filter(|path| !files.is_sized(path)).collect();
    (!paths.is_empty()).then(|| Wanted { sizes_of: Box::new(crate::facts::Paths(paths)), ..Wanted::default() })
}

/// What is said of each image that is for development.
fn dev_image(target: &Target) -> Diagnostic {
    let message = format!("`{target}` is an image to develop in: it runs as root, nothing of it is made small, and nothing proves it");
    let found = Diagnostic::new(codes::DEV_IMAGE, message);
    let edition = target.edition.as_deref().unwrap_or("default");
    found.help(format!("push `--target {edition}`; the label `distil.target` tells this one from it"))
}

/// The target that a word means. `None` where the spec is wrong, or has no such target; the sink says so.
fn asked(spec: Option<&Spec>, word: &str, sink: &mut Sink) -> Option<Target> {
    let all = spec?.targets();
    let found = Target::find(&all, word);
    if found.is_none() {
        let known: Vec<String> = all.iter().map(Target::to_string).collect();
        let near = crate::diag::nearest(word, known.iter().map(String::as_str)).map(|n| format!("did you mean `{n}`?"));
        let found = Diagnostic::new(codes::NO_TARGET, format!("there is no target `{word}`")).help_if(near);
        sink.push(found.help(format!("the targets are {}", crate::yaml::decode::list(&known))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const UV: &str = "version = 1\nrequires-python = \">=3.10\"\n\n\
        [[package]]\nname = \"shop\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [DEPS]\n\n\
        [[package]]\nname = \"fast\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\nwheels = [WHEELS]\n\n\
        [[package]]\nname = \"late\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\n\
        wheels = [{ url = \"https://h/late-1-cp313-abi3-manylinux_2_17_x86_64.whl\", hash = \"sha256:0\" }]\n";

    /// What the plan of a project says of Python, and the messages.
    fn python(spec: &str, project: &str, deps: &str, wheels: &[&str]) -> (String, String, Vec<String>) {
        let wheels: Vec<_> =
            wheels.iter().map(|tags| format!("{{ url = \"https://h/fast-1-{tags}.whl\", hash = \"sha256:0\" }}")).collect();
        let lock = UV.replace("DEPS", deps).replace("WHEELS", &wheels.join(", "));
        let project = format!("[project]\nname = \"shop\"\nversion = \"1\"\n{project}\n");
        let mut compiler = Compiler::new("distil.yaml", &format!("command: [serve]\n{spec}"), "");
        loop {
            match compiler.step() {
                Progress::Wanted(wanted) => {
                    for path in wanted.read {
                        let text = match path.as_str() {
                            "pyproject.toml" => Some(project.clone()),
                            "uv.lock" => Some(lock.clone()),
                            _ => None,
                        };
                        compiler.files.answer(&path, text.map(String::into_bytes));
                    }
                    if wanted.names_of.is_some() {
                        compiler.files.found_names(".", std::collections::BTreeSet::new());
                    }
                    if wanted.spec {
                        compiler.files.found_spec(vec![]);
                    }
                    if wanted.modules_of.is_some() {
                        compiler.files.found_modules(std::collections::BTreeSet::new());
                    }
                }
                Progress::Compiled(done) => {
                    let found = done.plan.decisions.iter().find(|d| d.about == "python").expect("a Python");
                    let said = done.warnings.iter().map(|w| format!("{}: {} {}", w.code, w.message, w.help.join(" "))).collect();
                    return (found.value.clone(), found.from.clone(), said);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    const FAST: &str = "{ name = \"fast\" }";
    const BELOW_3_13: &[&str] =
        &["cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_17_aarch64", "cp311-cp311-manylinux_2_17_x86_64"];

    #[test]
    fn the_default_python_is_one_that_the_lock_has_wheels_for() {
        let (version, from, said) = python("", "requires-python = \">=3.10\"", FAST, BELOW_3_13);
        assert_eq!((version.as_str(), said.len()), ("3.12", 0), "{said:?}");
        assert_eq!(from, "the newest that every wheel of uv.lock is for (no `fast` for 3.13)");
        let (version, from, _) = python("", "requires-python = \">=3.10\"", FAST, &["py3-none-any"]);
        assert_eq!((version.as_str(), from.as_str()), ("3.13", "`requires-python` in pyproject.toml:4 and the wheels of uv.lock"));
        let (version, ..) = python("", "requires-python = \">=3.10\"", FAST, &["cp314-cp314-manylinux_2_17_x86_64"]);
        assert_eq!(version, "3.14");
    }

    #[test]
    fn what_another_python_installs_does_not_count() {
        let late = "{ name = \"fast\" }, { name = \"late\", marker = \"python_full_version >= '3.13'\" }";
        let (version, ..) = python("", "requires-python = \">=3.10\"", late, BELOW_3_13);
        assert_eq!(version, "3.12");
    }

    #[test]
    fn alpine_needs_wheels_of_its_own() {
        let wheels = ["cp313-cp313-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-musllinux_1_2_x86_64"];
        assert_eq!(python("", "requires-python = \">=3.10\"", FAST, &wheels).0, "3.13");
        assert_eq!(python("runtime: alpine\n", "requires-python = \">=3.10\"", FAST, &wheels).0, "3.12");
    }

    #[test]
    fn a_python_without_wheels_is_a_warning() {
        let (version, _, said) = python("python: \"3.13\"\n", "requires-python = \">=3.10\"", FAST, BELOW_3_13);
        assert_eq!(version, "3.13");
        assert!(
            said[0].starts_with("no-wheels: uv.lock has no wheels of `fast` for Python 3.13") && said[0].contains("is 3.12"),
            "{said:?}"
        );
        let (_, _, said) = python("", "requires-python = \">=3.13\"", FAST, BELOW_3_13);
        assert!(said[0].contains("no Python that the project allows"), "{said:?}");
    }
}
