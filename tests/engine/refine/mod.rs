//! What becomes of an image before it is exported: what is left out, compiled and brought along, how it is layered, and what
//! must hold in it. Each file is about one of these; a spec says it in a line or two.

mod attacks;
mod bytecode;
mod check;
mod hard;
mod layers;
mod libraries;
mod lock;
mod minimal;
mod needs;
mod opened;
mod proof;
mod report;
mod service;
mod start;

use super::docker::Engine;
use super::project::Project;

/// Builds what must fail when its image is tried: nothing may be exported, and each text must be in what the user gets to see.
#[track_caller]
pub(super) fn refused(engine: &Engine, project: &Project, texts: &[&str]) -> String {
    let built = project.build(engine, &[]);
    assert!(!built.good, "it was built:\n{}", built.log);
    assert!(!engine.has(&built.image), "an image was exported:\n{}", built.log);
    for text in texts {
        assert!(built.log.contains(text), "`{text}` is not in:\n{}", built.log);
    }
    built.log
}
