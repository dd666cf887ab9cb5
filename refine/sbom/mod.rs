//! A bill of materials as a value: what an image is made of, and where each part came from. `debian` and `alpine` read what the system's
//! own records say, and whoever knows a language adds its packages; `spdx` and `cyclonedx` write it. The same image gives the same bytes.

pub mod alpine;
pub mod cyclonedx;
pub mod debian;
pub mod licence;
pub mod locked;
pub mod purl;
pub mod spdx;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::tree::Tree;

pub use licence::Licence;
pub use locked::Locked;

/// What wrote it, with its version.
pub const TOOL: (&str, &str) = ("distil", env!("CARGO_PKG_VERSION"));

/// What an image is made of.
#[derive(Clone, Debug)]
pub struct Bill {
    /// The image's name.
    pub name: String,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// Its parts, in the order of their keys, each key once.
    pub components: Vec<Component>,
    /// The identifier of each part, in the same order: letters, digits, dots and hyphens.
    pub ids: Vec<String>,
}

/// A part of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Component {
    /// What no other part is called: whose record it is of, and its name there.
    pub key: String,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its version; empty where nothing says it.
    pub version: String,
    /// Its package URL; empty where there is none.
    pub purl: String,
    /// What it says of its licences, all of which hold.
    pub licences: Vec<Licence>,
    /// What its archive, or the file that it is, hashes to.
    pub hashes: Vec<Hash>,
    /// Hashes of which its archive has one, where nothing tells which.
    pub allowed: Vec<Hash>,
    /// Where it can be had, without a login; empty where nothing says so.
    pub address: String,
    /// Where it came from, in words.
    pub origin: String,
    /// Who made it; empty where nothing says so.
    pub supplier: String,
    /// Its page; empty where it has none.
    pub homepage: String,
    /// The files of the image by which it is known.
    pub paths: Vec<String>,
    /// The keys of parts that it requires.
    pub requires: BTreeSet<String>,
    /// The key of the part that it is a piece of; empty where it is one of the image's own.
    pub within: String,
}

/// What a part of an image is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A package, or a library.
    #[default]
    Package,
    /// A program by itself, such as an interpreter.
    Program,
    /// A single file, such as a shared library that was copied.
    File,
    /// The system that the files of are from.
    System,
}

/// A hash of an archive or a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash {
    /// The algorithm, as `SHA-256`.
    pub algorithm: &'static str,
    /// The digest in hexadecimal digits.
    pub hex: String,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    /// The finished image.
    pub image: &'s Tree,
    /// The image that it is put on; empty for one that is made from nothing.
    pub base: &'s Tree,
    /// That image's name.
    pub base_name: &'s str,
    /// What the project's lock says of packages.
    pub locked: &'s Locked,
}

impl Subject<'_> {
    /// The words for what the base has, where it has this file.
    #[must_use]
    pub fn of_base(&self, path: &str) -> Option<String> {
        let name = if self.base_name.is_empty() { String::new() } else { format!(" {}", self.base_name) };
        self.base.get(path).is_some().then(|| format!("in the base image{name}"))
    }

    /// The text of a file of the image, links followed; `None` where it cannot be read.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        let bytes = self.image.get(&self.image.follow(path)?).filter(|entry| entry.is_file())?.bytes().ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The hash of a file of the image.
    #[must_use]
    pub fn hash(&self, path: &str) -> Vec<Hash> {
        let bytes = self.image.follow(path).and_then(|path| self.image.get(&path)).and_then(|entry| entry.bytes().ok());
        bytes.map(|bytes| Hash { algorithm: "SHA-256", hex: HEXLOWER.encode(&Sha256::digest(&bytes)) }).into_iter().collect()
    }
}

impl Hash {
    /// The hash in a text such as `sha256:0a…`; `None` where it is of another kind.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (algorithm, hex) = text.split_once([':', '='])?;
        let (algorithm, length) = match algorithm.to_ascii_lowercase().as_str() {
            "sha256" => ("SHA-256", 64),
            "sha384" => ("SHA-384", 96),
            "sha512" => ("SHA-512", 128),
            _ => return None,
        };
        let is_hex = hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| Self { algorithm, hex: hex.to_ascii_lowercase() })
    }
}

impl Bill {
    /// Puts parts together: each key once, in order, and nothing that leads to a part which is not there.
    #[must_use]
    pub fn new(name: &str, created: u64, mut components: Vec<Component>) -> Self {
        components.sort();
        components.dedup_by(|later, first| later.key == first.key);
        let keys: BTreeSet<String> = components.iter().map(|one| one.key.clone()).collect();
        for one in &mut components {
            one.requires.retain(|key| keys.contains(key) && *key != one.key);
            if !keys.contains(&one.within) {
                one.within.clear();
            }
        }
        let mut taken = BTreeSet::new();
        let ids = components.iter().map(|one| id(&one.key, &mut taken)).collect();
        Self { name: name.to_owned(), created, components, ids }
    }

    /// The identifiers by key.
    #[must_use]
    pub fn by_key(&self) -> BTreeMap<&str, &str> {
        self.components.iter().zip(&self.ids).map(|(one, id)| (one.key.as_str(), id.as_str())).collect()
    }

    /// The parts with their identifiers.
    pub fn parts(&self) -> impl Iterator<Item = (&Component, &str)> {
        self.components.iter().zip(self.ids.iter().map(String::as_str))
    }

    /// A number that only an image with these parts has, in the form of a UUID.
    #[must_use]
    pub fn uuid(&self) -> String {
        let digest = Sha256::digest(format!("{} {} {:?}", TOOL.1, self.created, (&self.name, &self.components)));
        let mut bytes = digest[..16].to_vec();
        // The version of identifiers that are derived as their maker likes, and the usual variant.
        (bytes[6], bytes[8]) = (bytes[6] & 0x0f | 0x80, bytes[8] & 0x3f | 0x80);
        let hex = HEXLOWER.encode(&bytes);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

/// An identifier made of a key, which nothing before has.
fn id(key: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String = key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let plain = plain.trim_matches('-').to_owned();
    let free = (1..).map(|number| if number == 1 { plain.clone() } else { format!("{plain}-{number}") });
    let id = free.into_iter().find(|id| !taken.contains(id)).unwrap_or_default();
    taken.insert(id.clone());
    id
}

/// An address without user, password, query and fragment, which may hold secrets.
#[must_use]
pub fn without_login(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.split_once('/').map_or((rest, String::new()), |(authority, path)| (authority, format!("/{path}")));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}
