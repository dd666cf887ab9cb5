//! The bill of materials of the image, for a build that asks for one: a step that walks the finished image as the report does, with what
//! the lock says. No other build has it.

use crate::plan::{Action, Base, Copy, Mount, Origin, Run, Source, Stage, Step, Write};
use crate::recipe::Rendered;
use crate::refine::requests::{self, Folder, Folders, IMAGE, LOCKED, OUT_SBOM, Out, PROGRAM};
use crate::refine::sbom::Locked;

const NAME: &str = "sbom";
const WORK: &str = "materials";
const SAID: &str = "locked";

/// What a build wants to know of its image beside the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attested {
    /// Whether a bill of materials is to go with it.
    pub sbom: bool,
    /// When it counts as made, in seconds since 1970, where the client says so.
    pub epoch: Option<i64>,
}

/// Gives the build a stage with the bill of materials of its result.
pub(super) fn add(name: &str, locked: Option<&Locked>, epoch: Option<i64>, rendered: &mut Rendered) {
    let Some(result) = rendered.stages.iter().find(|stage| stage.name == rendered.result) else { return };
    let origin = result.origin.clone();
    let base_name = rendered.lineage().first().and_then(|stage| match &stage.base {
        Base::Image(image) => Some(image.clone()),
        Base::Stage(_) | Base::Scratch => None,
    });
    // The report looks at the same files, and at the same that steps tell.
    let (told, mut mounts) = report(rendered).unwrap_or_else(|| {
        let none = requests::Report {
            image: Folder::mounted(&IMAGE),
            base: Folder::none(),
            environment: Folder::none(),
            application: Folder::none(),
            tree: Folders::default(),
            out: Out(OUT_SBOM.into()),
        };
        (none, vec![bind(Source::Distil, PROGRAM.0, PROGRAM.1)])
    });
    mounts.retain(|mount| !matches!(mount, Mount::Bind { to, .. } if to == IMAGE.to));
    mounts.push(bind(Source::Stage(rendered.result.clone()), IMAGE.from, IMAGE.to));
    let (stage, work, said) = (free(NAME, rendered), free(WORK, rendered), free(SAID, rendered));
    if locked.is_some() {
        mounts.push(bind(Source::Stage(said.clone()), LOCKED.from, LOCKED.to));
    }
    let asked = requests::Sbom {
        name: name.to_owned(),
        image: Folder::mounted(&IMAGE),
        base_name: base_name.filter(|_| told.base != Folder::none()),
        base: told.base,
        environment: told.environment,
        application: told.application,
        tree: told.tree,
        locked: locked.map_or_else(Folder::none, |_| Folder::mounted(&LOCKED)),
        created: epoch.and_then(|epoch| u64::try_from(epoch).ok()),
        out: Out(OUT_SBOM.into()),
    };
    let run = Run { argv: asked.argv(), script: false, env: vec![], workdir: None, mounts, network: false };
    let copy = Copy { from: Source::Stage(work.clone()), path: OUT_SBOM.into(), to: "/".into(), exclude: vec![] };
    if let Some(locked) = locked {
        let text = serde_json::to_string(locked).expect("it holds only texts and lists");
        let write = Write { path: LOCKED.from.into(), text, mode: 0o644, instead_of: Some(locked.lock.clone()) };
        rendered.stages.push(one(&said, "Write what the lock says", Action::Write(write), &origin));
    }
    rendered.stages.push(one(&work, "Tell what the image is made of", Action::Run(run), &origin));
    rendered.stages.push(one(&stage, "Take the bill of materials out", Action::Copy(copy), &origin));
    rendered.sbom = Some(stage);
}

/// What the report of the image is asked for, and its mounts.
fn report(rendered: &Rendered) -> Option<(requests::Report, Vec<Mount>)> {
    rendered.stages.iter().flat_map(|stage| &stage.steps).find_map(|step| match &step.action {
        Action::Run(run) if requests::named(&run.argv) == Some(requests::Report::STEP.name) => {
            match requests::Request::read(run.argv.get(2..)?)? {
                Ok(requests::Request::Report(asked)) => Some((asked, run.mounts.clone())),
                _ => None,
            }
        }
        _ => None,
    })
}

fn bind(from: Source, path: &str, to: &str) -> Mount {
    Mount::Bind { from, path: path.into(), to: to.into(), writable: false, content: false }
}

/// A stage of one step, on nothing.
fn one(name: &str, what: &str, action: Action, origin: &Origin) -> Stage {
    Stage {
        name: name.into(),
        base: Base::Scratch,
        workdir: String::new(),
        env: vec![],
        steps: vec![Step { name: what.into(), phase: NAME.into(), action, origin: origin.clone() }],
        proof: false,
        origin: origin.clone(),
    }
}

/// The name of a stage that the recipe has not.
fn free(name: &str, rendered: &Rendered) -> String {
    let (mut free, mut number) = (name.to_owned(), 1);
    while rendered.stages.iter().any(|stage| stage.name == free) {
        number += 1;
        free = format!("{name}-{number}");
    }
    free
}
