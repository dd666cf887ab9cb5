//! A recipe's text, wherever the spec says that it is: a file of the context, a named build context, a git repository at a
//! commit, an image at a digest. What is not pinned is refused: a recipe decides what is built, so it may not move.

use buildkit_llb::{Git, Graph, Image, Local, Source};
use buildkit_proto::pb::Platform;

use super::bridge::Bridge;
use super::failure::Failure;
use super::images::image_ref;
use super::options::Options;
use super::project::Project;
use super::remote::{self, Remote};
use crate::diag::{Diagnostic, codes};

/// Reads it; `None` when nothing is there.
pub(super) async fn read(bridge: &Bridge, options: &Options, project: &Project, address: &str) -> Result<Option<String>, Failure> {
    if let Some(rest) = address.strip_prefix("context://") {
        let (name, path) = rest.split_once('/').ok_or_else(|| bad(format!("`{address}` names no file of the context")))?;
        return file(bridge, context(options, name)?, address, path).await;
    }
    if let Some(rest) = address.strip_prefix("docker-image://") {
        let (image, path) = rest.split_once('#').ok_or_else(|| bad(format!("write `{address}#FILE` to name a file of the image")))?;
        return file(bridge, pinned_image(bridge, image)?.into(), address, path).await;
    }
    if address.contains("://") || address.contains('@') {
        let Some(Remote::Git(git)) = remote::parse(address)? else {
            return Err(bad(format!("`{address}` is not a git repository, `docker-image://…` or `context://…`")).into());
        };
        let path = git.subdir.clone();
        return file(bridge, pinned_git(*git)?.into(), address, &path).await;
    }
    project.recipe(bridge, address).await
}

async fn file(bridge: &Bridge, source: Source, address: &str, path: &str) -> Result<Option<String>, Failure> {
    let mut graph = Graph::new();
    let output = graph.source(source);
    graph.describe(output).name = Some(format!("[internal] load recipe {address}"));
    let reference = bridge.solve(graph.finish(output)).await?;
    let Some(bytes) = bridge.read_file(&reference.id, path).await? else { return Ok(None) };
    let not_text = |_| Diagnostic::new(codes::UNREADABLE_FILE, format!("the recipe {address} is not UTF-8 text")).into();
    String::from_utf8(bytes).map(Some).map_err(not_text)
}

fn bad(message: String) -> Diagnostic {
    Diagnostic::new(codes::BAD_RECIPE_ADDRESS, message)
}

/// What `--build-context NAME=…` names.
fn context(options: &Options, name: &str) -> Result<Source, Failure> {
    let missing = || {
        let found = Diagnostic::new(codes::MISSING_CONTEXT, format!("the recipe needs a context `{name}`"));
        found.help(format!("add `--build-context {name}=FOLDER` to the build"))
    };
    let value = options.get(&format!("context:{name}")).ok_or_else(missing)?;
    if let Some(local) = value.strip_prefix("local:") {
        let session = Some(options.session_of(local).to_owned());
        return Ok(Local { session, shared_key_hint: Some(format!("{local}-recipe")), ..Local::new(local) }.into());
    }
    if let Some(image) = value.strip_prefix("docker-image://") {
        let reference = image_ref(image)?;
        return Ok(Image::new(reference.normalized()).into());
    }
    let Some(Remote::Git(git)) = remote::parse(value)? else {
        let message = format!("the context `{name}` is `{value}`, and a recipe can be in a folder, a git repository or an image");
        return Err(Diagnostic::new(codes::BAD_CONTEXT, message).into());
    };
    Ok((*git).into())
}

fn pinned_image(bridge: &Bridge, image: &str) -> Result<Image, Failure> {
    let reference = image_ref(image)?;
    if !image.contains('@') {
        let found = Diagnostic::new(codes::MOVING_RECIPE, format!("the recipe's image `{image}` may change"));
        return Err(found.help(format!("pin it by digest: `docker-image://{image}@sha256:…#FILE`")).into());
    }
    let platform: Option<Platform> = bridge.platform().cloned();
    Ok(Image { platform, ..Image::new(reference.normalized()) })
}

fn pinned_git(git: Git) -> Result<Git, Failure> {
    let is_commit = git.reference.len() == 40 && git.reference.chars().all(|c| c.is_ascii_hexdigit());
    if !is_commit {
        let shown = if git.reference.is_empty() { "the default branch".to_owned() } else { format!("`{}`", git.reference) };
        let help = format!("pin it by commit: `{}#COMMIT:FILE`", git.url);
        let found = Diagnostic::new(codes::MOVING_RECIPE, format!("the recipe's repository is read at {shown}, which may change"));
        return Err(found.help(help).into());
    }
    Ok(Git { subdir: String::new(), ..git })
}
