//! Which images a service is built in and runs on, and that both are of one Debian release.

use crate::diag::{Diagnostic, Place, Sink, codes};
use crate::ecosystem::Project;
use crate::spec::{Runtime, Spec};

/// The Debian release taken where nothing names another, and the number in the names of distroless images.
const DEFAULT: (&str, u32) = ("trixie", 13);
const RELEASES: &[(&str, u32)] = &[("bullseye", 11), ("bookworm", 12), ("trixie", 13), ("forky", 14)];

/// The images of a build.
pub(super) struct Chosen {
    /// What it is built in.
    pub(super) builder: String,
    /// What it runs on.
    pub(super) runtime: String,
    /// What has a shell for the debug target.
    pub(super) debug: String,
    /// The Debian release of both.
    pub(super) debian: String,
    /// What it runs on, in the recipe's words.
    pub(super) kind: Runtime,
    /// Where the spec says so.
    pub(super) place: Option<Place>,
}

/// Chooses them. Releases that differ are an error, because a program that is linked against a newer C library than it
/// finds does not start.
pub(super) fn choose(spec: &Spec, project: &Project, sink: &mut Sink) -> Chosen {
    let base = spec.base.as_ref().map(|b| &b.value);
    let builder = base.and_then(|b| b.builder.as_ref());
    let runtime = base.and_then(|b| b.runtime.as_ref());
    let kind = spec.runtime.as_ref().map_or(Runtime::Distroless, |r| r.value.clone());
    let named =
        |image: &str| RELEASES.iter().find(|(name, number)| image.contains(name) || image.contains(&format!("debian{number}"))).copied();
    let own = match &kind {
        Runtime::Image(image) => Some(image.as_str()),
        Runtime::Distroless | Runtime::Minimal | Runtime::Slim | Runtime::Alpine => None,
    };
    let builder_release = builder.and_then(|b| named(b.value.as_str()));
    let runtime_release = runtime.map(|r| r.value.as_str()).or(own).and_then(named);
    if let (Some(b), Some(r)) = (builder_release, runtime_release)
        && b != r
    {
        let message = format!("the builder is Debian {} ({}) and the runtime Debian {} ({})", b.1, b.0, r.1, r.0);
        let mut found = Diagnostic::new(codes::DEBIAN_MISMATCH, message);
        for place in [runtime.map(|r| r.place).or(spec.runtime.as_ref().map(|r| r.place)), builder.map(|b| b.place)].into_iter().flatten() {
            found = found.at(place, "");
        }
        sink.push(found.help("take both from one release: what is built against one C library may not start on another"));
    }
    let (release, number) = builder_release.or(runtime_release).unwrap_or(DEFAULT);
    // A service of no language with an official image is built on plain Debian or Alpine.
    let slim = || project.image(&format!("slim-{release}")).unwrap_or_else(|| format!("debian:{release}-slim"));
    let musl = || project.image("alpine").unwrap_or_else(|| "alpine:3".to_owned());
    let alpine = kind == Runtime::Alpine;
    let default_builder = if alpine { musl() } else { slim() };
    let builder = builder.map_or(default_builder, |b| b.value.to_string());
    let default_runtime = match &kind {
        Runtime::Distroless => format!("gcr.io/distroless/cc-debian{number}:nonroot"),
        Runtime::Minimal => crate::recipe::SCRATCH.to_owned(),
        Runtime::Slim => slim(),
        Runtime::Alpine => musl(),
        Runtime::Image(image) => image.to_string(),
    };
    Chosen {
        builder,
        runtime: runtime.map_or(default_runtime, |r| r.value.to_string()),
        debug: format!("gcr.io/distroless/cc-debian{number}:debug"),
        debian: if alpine { "alpine".to_owned() } else { release.to_owned() },
        kind,
        place: spec.runtime.as_ref().map(|r| r.place),
    }
}
