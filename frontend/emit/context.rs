//! The project's files as a graph node. A local context is narrowed to the paths that the plan uses, so that nothing
//! else is sent to the engine.

use std::collections::BTreeSet;

use buildkit_llb::{FileAction, FileCopy, Graph, Local, Output, SpliceError};
use buildkit_proto::pb;

use crate::plan::{Action, Mount, Plan, Source};

pub use crate::ecosystem::kind::DEFAULT_IGNORES;

/// Where the project's files come from.
#[derive(Clone, Debug)]
pub enum Context {
    /// The client sends them.
    Local(Box<Local>),
    /// A git repository, an archive, or another frontend's result.
    Definition(Box<pb::Definition>),
}

impl Context {
    /// Adds it to a graph, for the paths that the plan uses.
    pub(super) fn add(&self, graph: &mut Graph, plan: &Plan) -> Result<Option<Output>, SpliceError> {
        match self {
            Self::Local(local) => {
                let mut local = (**local).clone();
                local.exclude_patterns.extend(plan.exclude.iter().cloned());
                let paths = paths(plan);
                if !paths.contains("/") {
                    local.follow_paths = paths.iter().map(|p| p.trim_start_matches('/').to_owned()).collect();
                }
                let output = graph.source(local);
                graph.describe(output).name = Some("[internal] load project files".into());
                Ok(Some(output))
            }
            Self::Definition(definition) => {
                let Some(whole) = graph.splice(definition)? else { return Ok(None) };
                if plan.exclude.is_empty() {
                    return Ok(Some(whole));
                }
                let exclude_patterns = plan.exclude.clone();
                let rest = FileCopy { dir_copy_contents: true, exclude_patterns, ..FileCopy::new(Some(whole), "/", "/") };
                let output = graph.file(None, vec![FileAction::Copy(rest)]);
                graph.describe(output).name = Some("[internal] leave out what the spec excludes".into());
                Ok(Some(output))
            }
        }
    }
}

/// The paths of the project that a plan uses, each absolute; `/` is all of it.
fn paths(plan: &Plan) -> BTreeSet<String> {
    let steps = plan.stages.iter().flat_map(|stage| &stage.steps);
    steps
        .flat_map(|step| match &step.action {
            Action::Copy(copy) if copy.from == Source::Context => vec![absolute(&copy.path)],
            Action::Run(run) => run
                .mounts
                .iter()
                .filter_map(|m| match m {
                    Mount::Bind { from: Source::Context, path, .. } => Some(absolute(path)),
                    _ => None,
                })
                .collect(),
            Action::Copy(_) | Action::Write(_) | Action::Mkdir(_) | Action::Remove(_) => vec![],
        })
        .collect()
}

/// A path as the graph wants it: from the root, `.` as `/`.
pub(super) fn absolute(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    format!("/{}", parts.join("/"))
}
