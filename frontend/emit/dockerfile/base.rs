//! What is known of well-known base images, so that the Dockerfile says only what such an image makes necessary.
//! A Dockerfile is printed without asking a registry; of an image that is not known here the careful answer is assumed.

/// What a stage starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Whether there is a `/bin/sh`.
    pub shell: bool,
    /// Whether steps run as root and in `/` unless told otherwise.
    pub root: bool,
    /// Whether it may come with an entry point or a health check, which are about another program.
    pub program: bool,
}

/// Nothing at all: `FROM scratch`.
pub(super) const SCRATCH: Known = Known { shell: false, root: true, program: false };

/// Docker's official images that run as root, start in `/` and have a shell, but no entry point and no health check.
const ROOT_IMAGES: &[&str] = &["alpine", "buildpack-deps", "debian", "python", "rust", "ubuntu"];

/// What is known of an image, by its name.
pub(super) fn known(image: &str) -> Known {
    let tagged = image.split('@').next().unwrap_or_default();
    let (name, tag) = tagged.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).unwrap_or((tagged, ""));
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    if ROOT_IMAGES.contains(&name) {
        return Known { shell: true, root: true, program: false };
    }
    if let Some(kind) = name.strip_prefix("gcr.io/distroless/") {
        let bare = ["static", "base", "cc"].iter().any(|b| kind.split('-').next() == Some(b));
        let debug = tag.starts_with("debug");
        // With `debug` comes a shell, but at /busybox.
        return Known { shell: false, root: !tag.contains("nonroot"), program: debug || !bare };
    }
    Known { shell: !name.contains("distroless"), root: false, program: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_an_image_is_like() {
        assert_eq!(known("python:3.13-slim-trixie"), Known { shell: true, root: true, program: false });
        assert_eq!(known("docker.io/library/python:3.13@sha256:00"), known("python"));
        assert_ne!(known("localhost:5000/python"), known("python"));
        let distroless = known("gcr.io/distroless/cc-debian13:nonroot");
        assert_eq!(distroless, Known { shell: false, root: false, program: false });
        assert!(known("gcr.io/distroless/python3-debian13").program && known("gcr.io/distroless/cc-debian13:debug").program);
        assert_eq!(known("registry.example.org/base:1"), Known { shell: true, root: false, program: true });
    }
}
