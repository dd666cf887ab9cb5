//! The graph of a plan as text, for people and their tools: without an engine, so without the images' digests.

use buildkit_llb::Local;
use buildkit_proto::pb::Platform;

use super::{Context, Engine, ImageFact, ImageSource, Images, Settings, llb};
use crate::diag::Sources;
use crate::plan::{self, Plan};

/// The graph of a plan as a build on this machine would have it, with image names in the place of digests.
pub fn graph_lines(plan: &Plan, sources: &Sources) -> Result<String, llb::EmitError> {
    let platform = Platform {
        os: "linux".into(),
        architecture: if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }.into(),
        ..Platform::default()
    };
    let fact = |name: &String| {
        let reference = name.parse::<crate::names::ImageRef>().map_or_else(|_| name.clone(), |r| r.normalized());
        let image = buildkit_llb::Image { platform: Some(platform.clone()), ..buildkit_llb::Image::new(reference) };
        (name.clone(), ImageFact { source: ImageSource::Fetched(Box::new(image.into())), config: serde_json::json!({}) })
    };
    let named = |name: &str| {
        let source = ImageSource::Fetched(Box::new(Local::new(name).into()));
        (plan::context_address(name), ImageFact { source, config: serde_json::json!({}) })
    };
    let images: Images = plan.images().iter().map(fact).chain(plan.contexts().into_keys().map(named)).collect();
    let context = Context::Local(Box::new(Local::new("context")));
    // As for an engine that has all that a graph can make use of.
    let settings = Settings {
        platform: platform.clone(),
        engine: Engine { merge: true, symbolic_modes: true, content_cache_off: false },
        ..Settings::default()
    };
    let emitted = llb::emit(plan, &images, &context, &settings, sources)?;
    Ok(emitted.result.map(|output| buildkit_llb::json_lines(&emitted.graph.finish(output))).unwrap_or_default())
}
