//! A recipe's text, wherever the spec says that it is: a file of the context, a named build context, a git repository at a
//! commit, an image at a digest. What is not pinned is refused: a recipe decides what is built, so it may not move.

use buildkit_llb::{Git, Graph, Image, Local, Source};
use buildkit_proto::pb::Platform;

use super::bridge::Bridge;
use super::options::Options;
use super::project::Project;
use super::remote::{self, Remote};
use super::report::Failure;
use crate::names::ImageRef;

/// Reads it; `None` when nothing is there.
pub(super) async fn read(bridge: &Bridge, options: &Options, project: &Project, address: &str) -> Result<Option<String>, Failure> {
    if let Some(rest) = address.strip_prefix("context://") {
        let (name, path) = rest.split_once('/').ok_or_else(|| Failure::Other(format!("`{address}` names no file of the context")))?;
        return file(bridge, context(options, name)?, address, path).await;
    }
    if let Some(rest) = address.strip_prefix("docker-image://") {
        let (image, path) =
            rest.split_once('#').ok_or_else(|| Failure::Other(format!("write `{address}#FILE` to name a file of the image")))?;
        return file(bridge, pinned_image(bridge, image)?.into(), address, path).await;
    }
    if address.contains("://") || address.contains('@') {
        let Some(Remote::Git(git)) = remote::parse(address) else {
            return Err(Failure::Other(format!("`{address}` is not a git repository, `docker-image://…` or `context://…`")));
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
    String::from_utf8(bytes).map(Some).map_err(|_| Failure::Other(format!("the recipe {address} is not UTF-8 text")))
}

/// What `--build-context NAME=…` names.
fn context(options: &Options, name: &str) -> Result<Source, Failure> {
    let missing =
        || Failure::Other(format!("the recipe needs a context `{name}`\n  help: add `--build-context {name}=FOLDER` to the build"));
    let value = options.get(&format!("context:{name}")).ok_or_else(missing)?;
    if let Some(local) = value.strip_prefix("local:") {
        let session = Some(options.session_of(local).to_owned());
        return Ok(Local { session, shared_key_hint: Some(format!("{local}-recipe")), ..Local::new(local) }.into());
    }
    if let Some(image) = value.strip_prefix("docker-image://") {
        let reference: ImageRef = image.parse().map_err(|r: crate::names::Refused| Failure::Other(r.message))?;
        return Ok(Image::new(reference.normalized()).into());
    }
    match remote::parse(value) {
        Some(Remote::Git(git)) => Ok((*git).into()),
        _ => {
            Err(Failure::Other(format!("the context `{name}` is `{value}`, and a recipe can be in a folder, a git repository or an image")))
        }
    }
}

fn pinned_image(bridge: &Bridge, image: &str) -> Result<Image, Failure> {
    let reference: ImageRef = image.parse().map_err(|r: crate::names::Refused| Failure::Other(r.message))?;
    if !image.contains('@') {
        return Err(Failure::Other(format!(
            "the recipe's image `{image}` may change\n  help: pin it by digest: `docker-image://{image}@sha256:…#FILE`"
        )));
    }
    let platform: Option<Platform> = bridge.platform().cloned();
    Ok(Image { platform, ..Image::new(reference.normalized()) })
}

fn pinned_git(git: Git) -> Result<Git, Failure> {
    let is_commit = git.reference.len() == 40 && git.reference.chars().all(|c| c.is_ascii_hexdigit());
    if !is_commit {
        let shown = if git.reference.is_empty() { "the default branch".to_owned() } else { format!("`{}`", git.reference) };
        let help = format!("pin it by commit: `{}#COMMIT:FILE`", git.url);
        return Err(Failure::Other(format!("the recipe's repository is read at {shown}, which may change\n  help: {help}")));
    }
    Ok(Git { subdir: String::new(), ..git })
}
