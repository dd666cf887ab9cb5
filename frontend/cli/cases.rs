//! `distil recipes test`: cases beside a recipe, each a spec and a project, with the steps that it comes to or the reason that it is refused.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::run::{Stop, answer, complain, say};
use super::{Input, files};
use crate::compile::{Compiler, Progress};
use crate::diag::{Diagnostic, Severity, Sink, Sources, codes, nearest};
use crate::plan::Plan;
use crate::yaml::decode::wrong;
use crate::yaml::{At, Decode, Node, Shape, Table, Value, keys};

keys! {
    /// The cases of a recipe.
    struct CasesFile as "a file of cases" {
        /// Each with what it is given and what it comes to.
        cases: Vec<At<Case>> = "cases", "[{case: as root, spec: {user: root}, refused: [refused-by-recipe]}]";
    }
}

keys! {
    /// One case.
    struct Case as "a case" {
        /// What it shows.
        name: Option<At<String>> = "case", "a service as it usually is";
        /// The spec, without `recipe`.
        spec: Mapping = "spec", "{command: [/app/server]}";
        /// The project's files, by their paths.
        files: Table<String> = "files", "{team.txt: shop}";
        /// The target.
        target: Option<String> = "target", "default/debug";
        /// Parts of what the plan says, each in one line of it.
        steps: Vec<At<String>> = "steps", "[\"runtime: context:server → /app/server\"]";
        /// What no line of the plan has.
        absent: Vec<At<String>> = "absent", "[\"runtime: Add the tools\"]";
        /// Names of the messages with which it is refused.
        refused: Vec<At<String>> = "refused", "[refused-by-recipe]";
    }
}

/// A mapping as it is written.
#[derive(Clone, Debug, Default)]
struct Mapping(Option<Node>);

impl Decode for Mapping {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Map(_) => Some(Self(Some(node.clone()))),
            _ => wrong(node, sink, "a mapping of keys of a spec"),
        }
    }

    fn shape() -> Shape {
        Shape::Table(Box::new(Shape::Text))
    }
}

/// Runs the cases of a recipe: those of the file beside it that ends in `.cases.yaml`.
pub(super) fn run(recipe: &str) -> Result<(), Stop> {
    let path = PathBuf::from(format!("{}.cases.yaml", recipe.strip_suffix(".yaml").unwrap_or(recipe)));
    let text = std::fs::read_to_string(&path).with_context(|| format!("the cases of {recipe} cannot be read: {}", path.display()))?;
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add(&path.display().to_string(), "YAML", &text);
    let read = crate::yaml::parse(&sources, file, &mut sink).and_then(|node| CasesFile::decode(&node, &mut sink));
    let mut good = 0;
    for case in read.iter().flat_map(|file| &file.cases) {
        good += usize::from(judge(recipe, case, &mut sink)?);
    }
    let found = sink.into_sorted();
    complain(&found, &sources);
    if found.iter().any(|found| found.severity == Severity::Error) {
        return Err(Stop::Refused);
    }
    say(&format!("{}: good ({good} cases)\n", path.display()));
    Ok(())
}

/// Whether a case comes to what it says; the sink says what does not.
fn judge(recipe: &str, At { value: case, place }: &At<Case>, sink: &mut Sink) -> Result<bool, Stop> {
    let name = case.name.as_ref().map_or("without a name", |name| name.value.as_str());
    let mut failed = false;
    let mut fail = |message: String, place| {
        failed = true;
        sink.push(Diagnostic::new(codes::FAILED_CASE, format!("the case `{name}`: {message}")).at(place, ""));
    };
    match outcome(recipe, case)? {
        Outcome::Planned(lines) => {
            for expected in case.steps.iter().filter(|expected| !lines.iter().any(|line| line.contains(&expected.value))) {
                let near = nearest(&expected.value, lines.iter().map(String::as_str)).map(|near| format!("; the nearest is `{near}`"));
                fail(format!("no line of the plan has `{}`{}", expected.value, near.unwrap_or_default()), expected.place);
            }
            for absent in &case.absent {
                if let Some(line) = lines.iter().find(|line| line.contains(&absent.value)) {
                    fail(format!("the plan has `{line}`"), absent.place);
                }
            }
            for expected in &case.refused {
                fail(format!("it is planned, and `{}` is expected", expected.value), expected.place);
            }
        }
        Outcome::Refused(said, shown) => {
            for expected in case.refused.iter().filter(|expected| !said.contains(&expected.value)) {
                fail(format!("it is refused by `{}` and not by `{}`", said.join("`, `"), expected.value), expected.place);
            }
            if case.refused.is_empty() {
                say(&shown);
                fail(format!("it is refused by `{}`, as said above", said.join("`, `")), *place);
            }
        }
    }
    Ok(!failed)
}

enum Outcome {
    /// What the plan says, line by line.
    Planned(Vec<String>),
    /// The names of the messages, and the messages.
    Refused(Vec<String>, String),
}

/// What becomes of a case's spec, in a folder that has the case's files.
fn outcome(recipe: &str, case: &Case) -> Result<Outcome, Stop> {
    let folder = Folder::new(&case.files)?;
    let spec = format!("recipe: {}\n{}", quoted(recipe), case.spec.0.as_ref().map_or_else(String::new, block));
    let mut compiler = Compiler::new("the case's spec", &spec, case.target.as_deref().unwrap_or_default());
    let input = Input { file: None, target: None, context: folder.0.clone() };
    loop {
        match compiler.step() {
            Progress::Wanted(wanted) => answer(&input, &wanted, &mut compiler)?,
            Progress::Recipe(address) => {
                let text = files::recipe(Path::new("."), &address, &[])?;
                compiler.recipe(&address, text);
            }
            Progress::Compiled(compiled) => return Ok(Outcome::Planned(lines(&compiled.plan))),
            Progress::Refused(found) => {
                let errors = found.iter().filter(|found| found.severity == Severity::Error);
                let names = errors.clone().map(|found| found.code.to_string()).collect();
                let shown = errors.map(|found| crate::diag::render(found, &compiler.sources, false) + "\n\n").collect();
                return Ok(Outcome::Refused(names, shown));
            }
        }
    }
}

/// What a plan says, a line for each thing: what was decided, what the image is told, and each step of each stage.
fn lines(plan: &Plan) -> Vec<String> {
    let image = &plan.image;
    let mut lines: Vec<String> = plan.decisions.iter().map(|one| format!("{}: {}", one.about, one.value)).collect();
    lines.push(format!("image: command {}", crate::shell::join(&image.command)));
    lines.push(format!("image: entrypoint {}", crate::shell::join(&image.entrypoint)));
    lines.push(format!("image: user {}", image.user));
    lines.push(format!("image: workdir {}", image.workdir));
    lines.extend(image.env.iter().map(|(name, value)| format!("image: env {name}={value}")));
    lines.extend(image.labels.iter().map(|(name, value)| format!("image: label {name}={value}")));
    lines.extend(image.expose.iter().map(|port| format!("image: port {port}")));
    lines.extend(image.volumes.iter().map(|folder| format!("image: volume {folder}")));
    lines.extend(image.healthcheck.iter().map(|check| format!("image: healthcheck {}", crate::shell::join(&check.command))));
    for stage in &plan.stages {
        lines.push(format!("{}: from {}", stage.name, crate::plan::tree::base(&stage.base)));
        for step in &stage.steps {
            lines.push(format!("{}: {}", stage.name, step.name));
            lines.extend(crate::plan::tree::details(step).into_iter().map(|line| format!("{}: {line}", stage.name)));
        }
    }
    lines
}

/// A mapping of the case as a text of its own. What was plain stays plain, so that `true` is no string.
fn block(node: &Node) -> String {
    let Value::Map(entries) = &node.value else { return String::new() };
    entries.iter().flat_map(|(key, value)| [quoted(&key.name), ": ".to_owned(), flow(value), "\n".to_owned()]).collect()
}

fn flow(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Scalar { text, quoted: false } if text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) => text.clone(),
        Value::Scalar { text, .. } => quoted(text),
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{}: {}", quoted(&key.name), flow(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &Table<String>) -> anyhow::Result<Self> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("distil-case-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).with_context(|| format!("the folder {} cannot be made", folder.0.display()))?;
        for (path, text) in &files.0 {
            anyhow::ensure!(
                !path.value.starts_with('/') && !path.value.split('/').any(|part| part == ".."),
                "`{}` is not a file of a project",
                path.value
            );
            let path = folder.0.join(&path.value);
            let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
            made.with_context(|| format!("the file {} cannot be written", path.display()))?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder for temporary files that cannot be removed harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
