//! Proofs as commands of the graph, and the step that holds the image back until they have succeeded.

use buildkit_llb as graph;
use graph::{Access, FileAction, MountKind, Output, Owner, Timestamp};

use super::context::absolute;
use super::image;
use super::llb::{Around, EPOCH, EmitError, Emitter, NANOSECONDS, State, label};
use crate::diag::Sources;
use crate::names::User;
use crate::plan::{Action, Stage};

/// Where what is held back is mounted, and below which what it waits for.
const HELD: &str = "/run/held";
const AFTER: &str = "/run/after";
/// The one folder of what a proof finds at a volume that the image does not have.
const EMPTY: &str = "/volume";
const TMP: &str = "/tmp";

impl<'p> Emitter<'p> {
    /// The steps of a proof stand side by side, each on what the stage starts from.
    pub(super) fn proof(&mut self, stage: &'p Stage, sources: &Sources) -> Result<State, EmitError> {
        let mut state = self.base(stage)?;
        let image = self.plan.image_of(stage);
        image::merge_env(&mut state.env, &image.env);
        if stage.workdir.is_empty() {
            state.workdir.clone_from(&image.workdir);
        }
        for (index, step) in stage.steps.iter().enumerate() {
            let Action::Run(run) = &step.action else { continue };
            if !self.can_prove(stage, index) {
                continue;
            }
            let writable = self.writable(stage, &state);
            let output = self.run(run, &state, Around::Proof(writable, image.user))?;
            let label = label(self.settings, stage, index);
            self.label(output, label, stage, step, false, sources);
            self.proofs.push(output);
        }
        Ok(state)
    }

    /// Whether a proof can be run: what runs programs of the image has to have something that runs them.
    fn can_prove(&self, stage: &Stage, index: usize) -> bool {
        let emulates = self.settings.native.as_ref().is_some_and(|own| own.emulates);
        emulates || self.plan.crossing.as_ref().is_none_or(|crossing| !crossing.foreign.contains(&(stage.name.clone(), index)))
    }

    /// What a build is for, to be had only when its proofs have succeeded and its report is there. So nobody has to wait for
    /// them apart, and an exported cache has them as well. The command that waits hands its tree on as it is, on every engine and
    /// without a layer of its own.
    pub(super) fn held(&mut self, result: Option<Output>, report: Option<Output>) -> Result<Option<Output>, EmitError> {
        if self.proofs.is_empty() {
            return Ok(result);
        }
        // Whoever runs this has to: nothing would be gained by looking at all that the trees hold.
        let content_cache = if self.settings.engine.content_cache_off { graph::ContentCache::Off } else { graph::ContentCache::Default };
        let tree = |dest: &str, from, access| {
            let kind = MountKind::Bind { from: Some(from), selector: String::new(), access, content_cache };
            graph::Mount { dest: dest.into(), kind }
        };
        let mut mounts = vec![match result {
            Some(result) => tree(HELD, result, Access::HandOn),
            None => graph::Mount::bind(HELD, None, Access::ReadWrite),
        }];
        let proofs = std::mem::take(&mut self.proofs);
        for (number, done) in proofs.into_iter().chain(report.filter(|report| Some(*report) != result)).enumerate() {
            mounts.push(tree(&format!("{AFTER}/{number}"), done, Access::ReadOnly));
        }
        let plan = self.plan;
        let nothing = State { workdir: "/".into(), ..State::default() };
        let held = self.run(&plan.hold, &nothing, Around::Held(mounts))?;
        let name = format!("[{}proof] all checks have passed", self.prefix());
        let ignore_cache = plan.proofs().any(|stage| self.ignores_cache(&stage.name, false));
        let info = self.graph.describe(held);
        (info.name, info.ignore_cache) = (Some(name), ignore_cache);
        Ok(Some(held))
    }

    /// What a proof may write to, as the service may: memory at `/tmp`, and each volume as the image has it. What is written
    /// there is dropped.
    fn writable(&mut self, stage: &Stage, state: &State) -> Vec<graph::Mount> {
        let plan = self.plan;
        let made = |volume: &str| {
            let steps = plan.lineage(stage).1.into_iter().flat_map(|s| &s.steps);
            state.output.is_some() && steps.into_iter().any(|s| matches!(&s.action, Action::Mkdir(made) if absolute(&made.path) == volume))
        };
        let content_cache = if self.settings.engine.content_cache_off { graph::ContentCache::Off } else { graph::ContentCache::Default };
        let mut mounts = vec![];
        let image = plan.image_of(stage);
        for volume in image.volumes.iter().filter(|v| *v != TMP) {
            let (from, selector) =
                if made(volume) { (state.output, volume.clone()) } else { (Some(self.empty(image.user)), EMPTY.to_owned()) };
            let kind = MountKind::Bind { from, selector, access: Access::Discard, content_cache };
            mounts.push(graph::Mount { dest: volume.clone(), kind });
        }
        mounts.push(graph::Mount { dest: TMP.into(), kind: MountKind::Tmpfs { size: None } });
        mounts
    }

    /// A folder of the service's user with nothing in it. Memory in its place would be root's.
    fn empty(&mut self, user: User) -> Output {
        let folder = graph::MakeDir {
            path: EMPTY.into(),
            mode: 0o755,
            make_parents: true,
            owner: Some(Owner::ids(user.uid, user.gid)),
            timestamp: Timestamp::At(EPOCH * NANOSECONDS),
        };
        let output = self.graph.file(None, vec![FileAction::Mkdir(folder)]);
        self.graph.describe(output).name = Some(format!("[{}internal] make an empty volume", self.prefix()));
        output
    }
}
