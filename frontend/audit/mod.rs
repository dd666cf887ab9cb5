//! What somebody who vouches for an image asks of a build before it runs: from the plan alone, what matters first. Everything here is
//! said of what is planned; what is in the finished image its report, its proofs and its bill of materials say.

mod concerns;
mod outside;
mod packages;
mod steps;
mod text;

use serde::Serialize;

use crate::compile::Compiled;
use crate::diag::{Diagnostic, Severity, Sources};
use crate::plan::{Action, Base, Plan, Source};
use crate::target::Product;

pub(crate) use concerns::Concern;
pub(crate) use outside::{FromImage, Supply};
pub(crate) use packages::Packages;
pub(crate) use steps::{Mounted, Ran};
pub(crate) use text::text;

/// What an audit looks at.
pub(crate) struct Subject<'a> {
    pub(crate) plan: &'a Plan,
    /// What is said of the spec although it builds.
    pub(crate) warnings: &'a [Diagnostic],
    /// What is not said, with the reason.
    pub(crate) silenced: &'a [(Diagnostic, String)],
    pub(crate) sources: &'a Sources,
}

/// All that is told, in the order in which it is.
#[derive(Debug, Serialize)]
pub(crate) struct Audit {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) recipe: String,
    /// What to look at first, the worst of it at the head.
    pub(crate) concerns: Vec<Concern>,
    pub(crate) runs: Runs,
    /// What else is in the runtime that somebody could use who got in.
    pub(crate) tools: Tools,
    pub(crate) images: Vec<FromImage>,
    /// Indexes, repositories and addresses that packages come from, and folders that the client hands in.
    pub(crate) supplies: Vec<Supply>,
    pub(crate) packages: Packages,
    pub(crate) secrets: Vec<Mounted>,
    /// The steps that run something, without proofs.
    pub(crate) steps: Vec<Ran>,
    /// Files that ship besides packages.
    pub(crate) files: Vec<Shipped>,
    /// What has to succeed on the finished image.
    pub(crate) proofs: Vec<Proof>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) silenced: Vec<Finding>,
}

/// How the image runs.
#[derive(Debug, Serialize)]
pub(crate) struct Runs {
    pub(crate) user: String,
    pub(crate) root: bool,
    pub(crate) workdir: String,
    pub(crate) command: Vec<String>,
    pub(crate) ports: Vec<String>,
    /// The folders that it can write to, beside `/tmp`.
    pub(crate) volumes: Vec<String>,
}

/// Shells and package managers of the runtime.
#[derive(Debug, Serialize)]
pub(crate) struct Tools {
    /// The runtime in the spec's words.
    pub(crate) runtime: String,
    /// Whether there is a shell; nothing where nobody knows before the build.
    pub(crate) shell: Option<bool>,
    /// Whether there is a package manager.
    pub(crate) packages: Option<bool>,
    /// All of it in a sentence.
    pub(crate) said: String,
}

/// Files that ship besides packages.
#[derive(Debug, Serialize)]
pub(crate) struct Shipped {
    pub(crate) from: String,
    pub(crate) path: String,
    pub(crate) to: String,
    pub(crate) at: String,
}

/// A step that has to succeed on the finished image.
#[derive(Debug, Serialize)]
pub(crate) struct Proof {
    pub(crate) name: String,
    /// The image that it is of, where that is another spec's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<String>,
    pub(crate) at: String,
}

/// Something that was found in the spec or the project.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) name: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    /// Why it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// The audit of a build.
pub(crate) fn audit(subject: &Subject<'_>) -> Audit {
    let Subject { plan, sources, .. } = *subject;
    let image = &plan.image;
    let findings = subject.warnings.iter().filter(|found| found.severity == Severity::Warning);
    let steps = steps::ran(plan);
    let mut audit = Audit {
        name: plan.name.clone(),
        target: plan.target.to_string(),
        recipe: plan.recipe.clone(),
        concerns: vec![],
        runs: Runs {
            user: image.user.to_string(),
            root: image.user.uid == 0,
            workdir: image.workdir.clone(),
            command: [image.entrypoint.clone(), image.command.clone()].concat(),
            ports: image.expose.clone(),
            volumes: image.volumes.clone(),
        },
        tools: tools(plan),
        images: outside::images(plan),
        supplies: outside::supplies(plan),
        packages: packages::packages(plan, sources),
        secrets: steps::mounted(plan),
        steps,
        files: shipped(plan),
        proofs: proofs(plan),
        findings: findings.map(|found| finding(found, None, sources)).collect(),
        silenced: subject.silenced.iter().map(|(found, reason)| finding(found, Some(reason), sources)).collect(),
    };
    audit.concerns = concerns::of(&audit, plan.target.product);
    audit
}

/// The audit of a compiled spec.
pub(crate) fn of(compiled: &Compiled, sources: &Sources) -> Audit {
    audit(&Subject { plan: &compiled.plan, warnings: &compiled.warnings, silenced: &compiled.silenced, sources })
}

/// It as JSON, to be kept and compared.
pub(crate) fn json(audit: &Audit) -> String {
    serde_json::to_string_pretty(audit).expect("an audit holds only strings, numbers and lists")
}

fn finding(found: &Diagnostic, reason: Option<&String>, sources: &Sources) -> Finding {
    let at = found.labels.first().map(|label| sources.cite_line(label.place));
    Finding { name: found.code.name().to_owned(), message: found.message.clone(), at, reason: reason.cloned() }
}

/// What copies bring from elsewhere than a stage of this build.
fn shipped(plan: &Plan) -> Vec<Shipped> {
    let part = |stage: &str| plan.parts.iter().find(|part| part.result == stage);
    let steps = plan.stages.iter().filter(|stage| !stage.proof).flat_map(|stage| &stage.steps);
    let copies = steps.filter_map(|step| if let Action::Copy(copy) = &step.action { Some((copy, step)) } else { None });
    let shipped = copies.filter_map(|(copy, step)| {
        let from = match &copy.from {
            Source::Context => "context".to_owned(),
            Source::Image(image) => image.clone(),
            Source::Named(name) => format!("--build-context {name}"),
            Source::Stage(stage) => part(stage)?.spec.clone(),
            Source::Distil => return None,
        };
        Some(Shipped { from, path: copy.path.clone(), to: copy.to.clone(), at: step.origin.cited.clone() })
    });
    shipped.collect()
}

fn proofs(plan: &Plan) -> Vec<Proof> {
    let of =
        |stage: &str| plan.parts.iter().filter(|part| stage.starts_with(&format!("{}/", part.name))).max_by_key(|part| part.name.len());
    let proofs = plan.proofs().flat_map(|stage| {
        let part = of(&stage.name).map(|part| part.spec.clone());
        stage.steps.iter().map(move |step| Proof { name: step.name.clone(), part: part.clone(), at: step.origin.cited.clone() })
    });
    proofs.collect()
}

/// What is known of the runtime before anything is fetched: its own image by its word, others by their names.
fn tools(plan: &Plan) -> Tools {
    let runtime = plan.decisions.iter().find(|decision| decision.about == "runtime").map_or("image", |decision| decision.value.as_str());
    let (image, _) = plan.lineage(plan.result());
    let tools = |shell, packages, said: String| Tools { runtime: runtime.to_owned(), shell, packages, said };
    match (plan.target.product, image) {
        (Product::Debug, _) => tools(Some(true), Some(false), "a shell and tools at /busybox, which this target adds".to_owned()),
        (Product::Dev, _) => tools(Some(true), Some(true), "all that the builder has: a shell, package managers, compilers".to_owned()),
        (_, None) => tools(Some(false), Some(false), "no shell and no package manager: the image starts from nothing".to_owned()),
        (_, Some(image)) if is_bare(image) => {
            tools(Some(false), Some(false), format!("no shell and no package manager, as {image} has none"))
        }
        (_, Some(image)) => match runtime {
            "slim" => tools(Some(true), Some(true), format!("a shell, apt and dpkg, of {image}")),
            "alpine" => tools(Some(true), Some(true), format!("a shell, apk and what else is in busybox, of {image}")),
            _ => tools(None, None, format!("what {image} has, which nothing tells before it is fetched")),
        },
    }
}

/// Whether an image's name says that it has neither.
fn is_bare(image: &str) -> bool {
    let (name, tag) = image.split('@').next().unwrap_or_default().rsplit_once(':').unwrap_or((image, ""));
    name.contains("/distroless/") && !tag.contains("debug")
}

/// The name of what a stage starts from, where that is an image.
fn image_below(base: &Base) -> Option<&String> {
    if let Base::Image(image) = base { Some(image) } else { None }
}
