//! Files that lie beside a recipe: `from: recipe` in a step, wherever the recipe itself comes from.

use crate::plan::Source;

use super::library::Library;

/// What the files of the recipe at an address belong to, and the folder in it that the recipe lies in. The error is why there are none.
pub(super) fn of(address: &str) -> Result<(Source, String), String> {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.trim_start_matches('/').to_owned());
    if let Some(rest) = address.strip_prefix("context://") {
        let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
        return Ok((Source::Named(name.to_owned()), folder(path)));
    }
    if let Some((image, path)) = address.strip_prefix("docker-image://").and_then(|rest| rest.split_once('#')) {
        return Ok((Source::Image(image.to_owned()), folder(path)));
    }
    if address.contains("://") || address.contains('@') {
        return Err(format!("files beside a recipe of a git repository cannot be had: {address}"));
    }
    match address.strip_prefix("recipe ").and_then(|name| Library::embedded(name.strip_suffix(".yaml")?)) {
        Some(_) => Err("nothing lies beside a recipe that comes with distil".to_owned()),
        None => Ok((Source::Context, folder(address))),
    }
}

/// A path in such a folder.
pub(super) fn path(folder: &str, path: &str) -> String {
    let path = path.trim_start_matches("./").trim_start_matches('/');
    match (folder, path) {
        ("", "" | ".") => ".".to_owned(),
        ("", path) => path.to_owned(),
        (folder, "" | ".") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_where_the_recipe_does() {
        let named = |name: &str| Source::Named(name.to_owned());
        for (address, source, folder) in [
            ("recipe.yaml", Source::Context, ""),
            ("ops/node/recipe.yaml", Source::Context, "ops/node"),
            ("context://platform/recipe.yaml", named("platform"), ""),
            ("context://platform/node/npm.yaml", named("platform"), "node"),
            ("docker-image://example.org/r@sha256:0#a/b.yaml", Source::Image("example.org/r@sha256:0".to_owned()), "a"),
        ] {
            assert_eq!(of(address), Ok((source, folder.to_owned())), "{address}");
        }
        assert!(of("https://example.org/r.git#0123:r.yaml").is_err());
        assert!(of("recipe python/uv.yaml").is_err());
    }

    #[test]
    fn paths_are_put_below_the_folder() {
        assert_eq!(path("", "."), ".");
        assert_eq!(path("ops", "."), "ops");
        assert_eq!(path("ops", "ca.crt"), "ops/ca.crt");
        assert_eq!(path("", "/ca.crt"), "ca.crt");
    }
}
