//! The table of a site, as the build writes it and the server reads it: every file with its type, its validator and its packed
//! forms, and what the server is told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The table's place in the image.
pub const PLACE: &str = "/site.json";
/// Where files are that ship as they are.
pub const PLAIN: &str = "/site/plain";
/// Where files are that ship packed with brotli.
pub const BROTLI: &str = "/site/br";
/// Where the same files are packed with gzip, for clients without brotli, and to be unpacked for those without any.
pub const GZIP: &str = "/site/gzip";

/// A site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Table {
    /// The port that is listened on, where the variable `PORT` does not say another.
    pub port: u16,
    /// The page that answers for pages that are no files, in a site whose pages are made in the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Whether `/about` is answered with `/about.html`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clean: bool,
    /// Environment variables whose values pages get from `/env.js`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Headers of every answer.
    pub headers: BTreeMap<String, String>,
    /// The files, by the path that is asked for, not encoded, as `/index.html`.
    pub files: BTreeMap<String, File>,
}

/// One file of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    /// Its media type.
    #[serde(rename = "type")]
    pub media: String,
    /// What is the same as long as its content is: letters and digits.
    pub etag: String,
    /// Its bytes, not packed.
    pub size: u64,
    /// Whether its name changes with its content.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub immutable: bool,
    /// Its bytes in the two packed forms, where it ships in those and not as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packed: Option<Packed>,
}

/// Sizes of the packed forms of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// With brotli.
    pub br: u64,
    /// With gzip.
    pub gzip: u64,
}
