//! Releases of Debian that get no security updates any more.

use super::{Subject, images};
use crate::diag::{Diagnostic, codes};

/// Releases with their numbers and the last day of their long-term support.
const ENDED: &[(&str, &str, &str)] =
    &[("bullseye", "11", "2026-08-31"), ("buster", "10", "2024-06-30"), ("stretch", "9", "2022-06-30"), ("jessie", "8", "2020-06-30")];

/// Finds images of such a release among those that the spec names.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let said = images::named(subject).into_iter().filter_map(|named| {
        let (release, _, day) = ENDED.iter().find(|(name, number, _)| is_of(named.image.as_str(), name, number))?;
        let message = format!("`{}` is Debian {release}, which has had no security updates since {day}", named.image.as_str());
        Some(Diagnostic::new(codes::DEBIAN_END_OF_LIFE, message).at(named.place, "").help("take an image of `trixie` or `bookworm`"))
    });
    said.collect()
}

/// Whether an image's name says that it is of a release: by its word, as `debian11`, or as a tag of `debian`.
fn is_of(image: &str, release: &str, number: &str) -> bool {
    let name = image.split('@').next().unwrap_or_default();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let tagged = name.rsplit('/').next().and_then(|last| last.strip_prefix("debian:"));
    words.any(|word| word == release || word.strip_prefix("debian") == Some(number))
        || tagged.is_some_and(|tag| tag.split(['.', '-']).next() == Some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_known_by_its_name_and_by_its_number() {
        for image in
            ["python:3.11-slim-bullseye", "gcr.io/distroless/cc-debian11:nonroot", "debian:11.9", "docker.io/library/debian:11-slim"]
        {
            assert!(is_of(image, "bullseye", "11"), "{image}");
        }
        for image in ["python:3.11-slim-trixie", "python:3.11", "gcr.io/distroless/cc-debian13", "shop/debian:13", "debian:12.11"] {
            assert!(!is_of(image, "bullseye", "11"), "{image}");
        }
    }
}
