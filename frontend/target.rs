//! What a build is asked for: an edition of the service, and what of it. The word of `--target` is read once, where the spec's
//! editions are known, and is a value from there on.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// What a build is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The edition's name; none where the spec has no editions.
    pub edition: Option<String>,
    /// What of it.
    pub product: Product,
}

/// What can be built of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// The image, once its checks have passed.
    Image,
    /// The image with a shell and tools.
    Debug,
    /// The image to develop in: the development groups, the project's files as they lie, a shell, and no proof.
    Dev,
    /// The checks of the image, and nothing else.
    Check,
    /// A report of what is in the image and what was left out, once its checks have passed.
    Report,
    /// The bill of materials of the image, once its checks have passed.
    Sbom,
}

/// The name of the only edition of a spec that has none.
const DEFAULT: &str = "default";

impl Product {
    const ALL: [Self; 6] = [Self::Image, Self::Debug, Self::Dev, Self::Check, Self::Report, Self::Sbom];

    /// Its name, which stands after the edition's; the image's stands there alone.
    const fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Debug => "debug",
            Self::Dev => "dev",
            Self::Check => "check",
            Self::Report => "report",
            Self::Sbom => "sbom",
        }
    }

    /// Whether what is exported is an image.
    pub(crate) const fn is_image(self) -> bool {
        matches!(self, Self::Image | Self::Debug | Self::Dev)
    }

    /// Whether it is proven: what one looks around in is not.
    pub(crate) const fn is_proven(self) -> bool {
        !matches!(self, Self::Debug | Self::Dev)
    }
}

impl Target {
    /// Every target of a service with these editions; the first is the default.
    pub(crate) fn all<'e>(editions: impl IntoIterator<Item = &'e str>) -> Vec<Self> {
        let mut editions: Vec<Option<String>> = editions.into_iter().map(|name| Some(name.to_owned())).collect();
        if editions.is_empty() {
            editions.push(None);
        }
        editions.into_iter().flat_map(|edition| Product::ALL.map(|product| Self { edition: edition.clone(), product })).collect()
    }

    /// The one of these targets that a word means; none where it means none. No word is the default, and the default edition's
    /// targets have short names, where no edition has them.
    pub(crate) fn find(all: &[Self], word: &str) -> Option<Self> {
        let short = |target: &&Self| match target.product {
            Product::Image => word.is_empty() || word == DEFAULT,
            product => product.word() == word,
        };
        let of_default = || all.iter().take(Product::ALL.len()).find(short);
        all.iter().find(|target| target.to_string() == word).or_else(of_default).cloned()
    }

    /// A word of `--target` without the stage that it asks for, and that stage: `full/stage:builder`, `stage:builder`.
    pub(crate) fn with_stage(word: &str) -> (&str, Option<&str>) {
        let bare = || word.strip_prefix("stage:").map(|stage| ("", Some(stage)));
        word.split_once("/stage:").map(|(target, stage)| (target, Some(stage))).or_else(bare).unwrap_or((word, None))
    }

    /// Whether it is the image of a service without editions, which needs no mention.
    pub(crate) fn is_usual(&self) -> bool {
        self.edition.is_none() && self.product == Product::Image
    }
}

/// Its name, as `--target` takes it.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let edition = self.edition.as_deref().unwrap_or(DEFAULT);
        match self.product {
            Product::Image => f.write_str(edition),
            product => write!(f, "{edition}/{}", product.word()),
        }
    }
}

/// In JSON it is two keys of whatever it is a part of: its name, and what of the edition it is.
impl Serialize for Target {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut keys = to.serialize_struct("Target", 2)?;
        keys.serialize_field("target", &self.to_string())?;
        keys.serialize_field("product", self.product.word())?;
        keys.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_one_target() {
        let editions = ["community", "check", "enterprise"];
        let all = Target::all(editions);
        let found = |word: &str| Target::find(&all, word).map(|target| target.to_string());
        for (word, name) in [
            ("", "community"),
            ("default", "community"),
            ("debug", "community/debug"),
            // An edition's own name comes first.
            ("check", "check"),
            ("check/check", "check/check"),
            ("enterprise/report", "enterprise/report"),
            ("sbom", "community/sbom"),
        ] {
            assert_eq!(found(word).as_deref(), Some(name), "{word}");
        }
        for word in ["image", "community/image", "nope", "enterprise/", "/debug"] {
            assert_eq!(found(word), None, "{word}");
        }
        for (word, parts) in
            [("a/stage:b/c", ("a", Some("b/c"))), ("stage:b", ("", Some("b"))), ("a/debug", ("a/debug", None)), ("stage", ("stage", None))]
        {
            assert_eq!(Target::with_stage(word), parts, "{word}");
        }
        let only = Target::all([]);
        let names: Vec<String> = only.iter().map(Target::to_string).collect();
        assert_eq!(names, ["default", "default/debug", "default/dev", "default/check", "default/report", "default/sbom"]);
        assert_eq!(only.iter().map(Target::is_usual).collect::<Vec<_>>(), [true, false, false, false, false, false]);
    }
}
