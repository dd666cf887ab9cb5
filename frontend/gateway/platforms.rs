//! The platforms of a build: which are asked for, and how the image for each comes about. One for another platform than the engine's own is
//! made by programs of the engine's, where the plan can be; else by its own, which takes emulation. The reader is told which, and of what was
//! not proven.

use buildkit_proto::pb::{Definition, Platform};

use super::Compiled;
use super::bridge::Bridge;
use super::failure::Failure;
use super::options::Options;
use crate::diag::{Diagnostic, Severity, codes};
use crate::emit::{Native, Settings, platform_name};
use crate::lower::Elsewhere;
use crate::plan::Plan;

/// What gives an engine emulation.
const QEMU: &str = "QEMU lets an engine run them: `docker run --privileged --rm tonistiigi/binfmt --install all`, or QEMU of your system";

/// The engine's own platform.
pub(super) fn own(bridge: &Bridge) -> Platform {
    bridge.platform().cloned().unwrap_or_else(|| Platform {
        os: "linux".into(),
        architecture: if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }.into(),
        ..Platform::default()
    })
}

/// The platforms to build for: the engine's own where none is asked for.
pub(super) fn asked(bridge: &Bridge, options: &Options) -> Result<Vec<Platform>, Failure> {
    let asked = options.platforms()?;
    Ok(if asked.is_empty() { vec![own(bridge)] } else { asked })
}

/// The image that this program comes in, for a platform of the build: steps of another one run its program for that.
pub(super) fn own_image(bridge: &Bridge, options: &Options, platform: &Platform) -> Option<Box<Definition>> {
    let own = options.distil.clone()?;
    let runs_here = bridge.platform().is_none_or(|p| p.architecture == platform.architecture);
    // Asked for by name, the engine finds the one for the other platform.
    runs_here.then_some(own)
}

/// The plan for a platform, and the settings that go with it. What the reader should know of it is said.
pub(super) async fn choose<'c>(
    bridge: &Bridge,
    options: &Options,
    compiled: &'c Compiled,
    settings: Settings,
) -> Result<(&'c Plan, Settings), Failure> {
    let (name, emulates) = (platform_name(&settings.platform), bridge.runs(&settings.platform));
    let mut said = None;
    let chosen = match compiled.elsewhere.get(&settings.platform.architecture).filter(|_| settings.platform.variant.is_empty()) {
        None => (&compiled.plan, settings),
        Some(Elsewhere::Emulated(why)) => {
            let found = why.clone().map(|found| if emulates { found } else { found.help(QEMU) });
            said = found.map(|found| found.help("or build it on an engine of that platform"));
            (&compiled.plan, settings)
        }
        Some(Elsewhere::Crossed(plan)) => {
            if !emulates && plan.crossing.as_ref().is_some_and(|crossing| !crossing.foreign.is_empty()) {
                let message = format!("the image for {name} is not proven: this engine does not run programs of that platform");
                said = Some(Diagnostic::new(codes::UNPROVEN_PLATFORM, message).help(QEMU));
            }
            let platform = own(bridge);
            let native = Native { distil: own_image(bridge, options, &platform), platform, emulates };
            (&**plan, Settings { native: Some(native), ..settings })
        }
    };
    if let Some(found) = said.and_then(|found| compiled.policy.judge(found)) {
        if found.severity == Severity::Error {
            return Err(Failure::Refused(vec![found], compiled.sources.clone()));
        }
        compiled.warn_of(bridge, &found).await;
    }
    Ok(chosen)
}
