//! The plan's images as the engine knows them: digest and config of each, or what a named build context puts in its place.

use std::collections::BTreeMap;

use buildkit_llb::{Image, Local, OciLayout, Pull, Source};
use buildkit_proto::pb::Platform;
use data_encoding::BASE64;

use super::Compiled;
use super::bridge::{Bridge, Resolved};
use super::failure::Failure;
use super::options::Options;
use super::project::{patterns, read_ignore};
use super::remote::{self, Remote};
use crate::diag::{Diagnostic, codes};
use crate::emit::{ImageFact, ImageSource, Images, Settings, platform_name};
use crate::facts::{IGNORE, Ignore};
use crate::names::{ImageRef, Refused};
use crate::plan::{Plan, context_address, native_address};

/// Resolves every image of a plan, all at once; and that of the program, where the engine has not handed it over for this platform.
pub(super) async fn resolve(
    bridge: &Bridge,
    options: &Options,
    (compiled, plan): (&Compiled, &Plan),
    settings: &Settings,
) -> Result<Images, Failure> {
    let platform = &settings.platform;
    let mut tasks = tokio::task::JoinSet::new();
    let program = (settings.distil.is_none() && (plan.crossing.is_none() || plan.sees_distil())).then(|| plan.distil.clone());
    let mut wanted: Vec<_> = plan.images().into_iter().chain(program).map(|name| (name.clone(), name, platform)).collect();
    if let Some(own) = &settings.native {
        let program = own.distil.is_none().then(|| plan.distil.clone());
        wanted.extend(plan.native_images().into_iter().chain(program).map(|name| (native_address(&name), name, &own.platform)));
    }
    for (address, name, platform) in wanted {
        let (bridge, options, platform) = (bridge.clone(), options.clone(), platform.clone());
        tasks.spawn(async move {
            let fact = one(&bridge, &options, &name, &platform).await;
            (address, fact)
        });
    }
    for (name, (paths, origin)) in plan.contexts() {
        let (bridge, options, platform) = (bridge.clone(), options.clone(), platform.clone());
        let (name, cited) = (name.to_owned(), origin.cited.clone());
        let paths: Vec<String> = paths.into_iter().map(|path| path.trim_start_matches('/').to_owned()).collect();
        tasks.spawn(async move {
            let fact = context(&bridge, &options, &name, &cited, paths, &platform).await;
            (context_address(&name), fact)
        });
    }
    let mut answers = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        let (name, fact) = done?;
        answers.insert(name, fact);
    }
    // Of several that fail, the first by name is told, whichever was answered first.
    answers.into_iter().map(|(name, fact)| fact.map_err(|failure| compiled.at_the_name(failure, &name)).map(|fact| (name, fact))).collect()
}

async fn one(bridge: &Bridge, options: &Options, name: &str, platform: &Platform) -> Result<ImageFact, Failure> {
    let reference = image_ref(name)?;
    let familiar = reference.familiar();
    let replaced =
        options.get(&format!("context:{familiar}::{}", platform_name(platform))).or_else(|| options.get(&format!("context:{familiar}")));
    match replaced {
        None => image(bridge, options, &reference.normalized(), platform).await,
        Some(value) => named(bridge, options, &reference, value, platform).await,
    }
}

/// What `--build-context NAME=VALUE` names, for steps that copy these paths of it.
async fn context(
    bridge: &Bridge,
    options: &Options,
    name: &str,
    cited: &str,
    paths: Vec<String>,
    platform: &Platform,
) -> Result<ImageFact, Failure> {
    let lower = name.to_lowercase();
    let given = [name, &lower].into_iter().find_map(|name| {
        options.get(&format!("context:{name}::{}", platform_name(platform))).or_else(|| options.get(&format!("context:{name}")))
    });
    let Some(value) = given else {
        let message = format!("{cited}: `copy` takes files of the build context `{name}`, and the build is given none of that name");
        let found = Diagnostic::new(codes::MISSING_CONTEXT, message);
        return Err(found.help(format!("add `--build-context {name}=FOLDER` to the build")).into());
    };
    let reference = image_ref(&lower)?;
    let mut fact = named(bridge, options, &reference, value, platform).await?;
    // No more of a folder is sent than what is copied.
    if let ImageSource::Fetched(source) = &mut fact.source
        && let Source::Local(local) = &mut **source
        && !paths.iter().any(String::is_empty)
    {
        local.follow_paths = paths;
    }
    Ok(fact)
}

async fn image(bridge: &Bridge, options: &Options, reference: &str, platform: &Platform) -> Result<ImageFact, Failure> {
    let mode = options.resolve_mode()?;
    let answer = bridge.resolve(reference, platform, mode, &options.session).await;
    let Resolved { reference: found, digest, config } = answer.map_err(|status| explain(reference, platform, &status))?;
    // An image that only the engine's own store has comes without a digest, and a digest would send it to the registry.
    let pinned = if digest.is_empty() || found.contains('@') { found } else { format!("{found}@{digest}") };
    let source = Image { platform: Some(platform.clone()), pull: pull(mode), ..Image::new(pinned) };
    let config = serde_json::from_slice(&config)
        .map_err(|e| Diagnostic::new(codes::UNREADABLE_IMAGE, format!("the config of {reference} cannot be read: {e}")))?;
    check_platform(reference, &config, platform)?;
    Ok(ImageFact { source: ImageSource::Fetched(Box::new(source.into())), config })
}

/// The engine takes an image that exists for one platform only as if it were for any.
fn check_platform(reference: &str, config: &serde_json::Value, platform: &Platform) -> Result<(), Failure> {
    let differs = |key: &str, wanted: &str| config[key].as_str().is_some_and(|has| !has.is_empty() && has != wanted);
    if differs("architecture", &platform.architecture) || differs("os", &platform.os) {
        let has = format!("{}/{}", config["os"].as_str().unwrap_or("linux"), config["architecture"].as_str().unwrap_or_default());
        let message = format!("the image {reference} is for {has}, and the build is for {}", platform_name(platform));
        let found = Diagnostic::new(codes::PLATFORM_MISMATCH, message);
        return Err(found.help(format!("give `--platform {has}`, or an image that exists for both")).into());
    }
    Ok(())
}

fn pull(mode: Option<&str>) -> Pull {
    match mode {
        Some("pull") => Pull::Always,
        Some("local") => Pull::PreferLocal,
        _ => Pull::Default,
    }
}

fn explain(reference: &str, platform: &Platform, status: &tonic::Status) -> Failure {
    let message = status.message();
    let why = if message.contains("not found") || message.contains("no match for platform") {
        format!("the image {reference} is not there for {}", platform_name(platform))
    } else {
        format!("the image {reference} cannot be resolved")
    };
    let found = Diagnostic::new(codes::NO_IMAGE, format!("{why}: {message}"));
    let found = found.help_if(way_out(reference, message));
    found.help("`--build-context NAME=docker-image://OTHER` puts another image in the place of NAME").into()
}

/// What helps where an image cannot be had, by what the engine says of it.
fn way_out(reference: &str, message: &str) -> Option<String> {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let registry = reference.split('/').next().unwrap_or(reference);
    if says(&["unauthorized", "authorization failed", "insufficient_scope", "access denied", "401 Unauthorized", "403 Forbidden"]) {
        return Some(format!("see to its name, or log in with `docker login {registry}`"));
    }
    if says(&["no such host", "lookup ", "connection refused", "i/o timeout", "network is unreachable", "x509", "tls: "]) {
        return Some(format!("{registry} does not answer: see to the network, the proxy, and the name of the registry"));
    }
    says(&["not found", "no match for platform"]).then(|| "see to its name, its tag and its platforms".to_owned())
}

fn bad(message: String) -> Diagnostic {
    Diagnostic::new(codes::BAD_CONTEXT, message)
}

/// The name of an image, in words of which the user has written some.
pub(super) fn image_ref(name: &str) -> Result<ImageRef, Failure> {
    name.parse().map_err(|refused: Refused| Diagnostic::new(codes::BAD_IMAGE, refused.message).help_if(refused.help).into())
}

/// What `--build-context NAME=VALUE` puts in an image's place.
async fn named(bridge: &Bridge, options: &Options, replaced: &ImageRef, value: &str, platform: &Platform) -> Result<ImageFact, Failure> {
    let bare = |source: Source| ImageFact { source: ImageSource::Fetched(Box::new(source)), config: serde_json::json!({}) };
    if let Some(name) = value.strip_prefix("docker-image://") {
        if name == "scratch" || name.is_empty() {
            return Ok(ImageFact { source: ImageSource::Scratch, config: serde_json::json!({}) });
        }
        let reference = image_ref(name)?;
        return image(bridge, options, &reference.normalized(), platform).await;
    }
    if let Some(rest) = value.strip_prefix("oci-layout://") {
        let (store, digest) = rest.split_once('@').ok_or_else(|| bad(format!("`{value}` names no digest")))?;
        let store = store.split(':').next().unwrap_or(store);
        // The engine takes the digest alone from it, but reads it as the full name of an image, which a store's is not.
        let full = replaced.normalized();
        let reference = format!("{}@{digest}", full.split_once('@').map_or(full.as_str(), |(name, _)| name));
        let layout = OciLayout {
            session: Some(options.session.clone()),
            store: Some(store.to_owned()),
            platform: Some(platform.clone()),
            ..OciLayout::new(reference.as_str())
        };
        let config = bridge.resolve_layout(&reference, store, platform, &options.session).await;
        let config = config.map_err(|status| explain(&reference, platform, &status))?;
        let config = serde_json::from_slice(&config).unwrap_or_else(|_| serde_json::json!({}));
        check_platform(&reference, &config, platform)?;
        return Ok(ImageFact { source: ImageSource::Fetched(Box::new(layout.into())), config });
    }
    if let Some(name) = value.strip_prefix("local:") {
        let ignore = read_ignore(bridge, options, name).await?;
        return Ok(bare(
            Local {
                session: Some(options.session_of(name).to_owned()),
                exclude_patterns: patterns(&Ignore::read(&format!("{name}/{IGNORE}"), &String::from_utf8_lossy(&ignore), &[]))?,
                shared_key_hint: Some(name.to_owned()),
                ..Local::new(name)
            }
            .into(),
        ));
    }
    if let Some(key) = value.strip_prefix("input:") {
        let definition = bridge.inputs().await?.remove(key).ok_or_else(|| bad(format!("there is no input `{key}`")))?;
        let config = metadata(options, key).unwrap_or_else(|| serde_json::json!({}));
        return Ok(ImageFact { source: ImageSource::Definition(Box::new(definition)), config });
    }
    match remote::parse(value)? {
        Some(Remote::Git(git)) => Ok(bare((*git).into())),
        Some(Remote::Http(http)) => Ok(bare((*http).into())),
        None => Err(bad(format!("`{value}` is not something that a build context can be")).into()),
    }
}

/// The image config that comes with an input.
fn metadata(options: &Options, key: &str) -> Option<serde_json::Value> {
    let all: serde_json::Value = serde_json::from_str(options.get(&format!("input-metadata:{key}"))?).ok()?;
    serde_json::from_slice(&BASE64.decode(all["containerimage.config"].as_str()?.as_bytes()).ok()?).ok()
}
