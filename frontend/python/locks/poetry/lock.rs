//! `poetry.lock` as it was written, in any of the forms it had since Poetry 1.0 (locks before that, which name no format, are refused as Poetry does). Decides nothing.

use std::collections::BTreeMap;

use toml_span::Value;

use crate::dates::undated;
use crate::diag::{Diagnostic, FileId, Place, Sink};
use crate::python::codes;

use super::File;
use super::dependency::{self, Dependency};
use crate::python::pep::version::Version;
use crate::python::pep::{Requirement, normalized};
use crate::python::toml::{self, at, entries, flag, get, items, text, texts};

/// The whole lock.
#[derive(Debug)]
pub(super) struct Lock {
    /// The format: 1.0 to 2.1.
    pub format: (u32, u32),
    /// The versions of Python it is for.
    pub pythons: String,
    /// The hash of what it was made from.
    pub content_hash: Option<String>,
    /// Where that stands, or the table it is missing from.
    pub hash_place: Place,
    /// The extras of the project, each with the packages it asks for.
    pub extras: BTreeMap<String, Vec<String>>,
    /// Every package, in the order of the file.
    pub packages: Vec<Locked>,
}

/// A locked package.
#[derive(Debug)]
pub(super) struct Locked {
    /// Its name in its standard form.
    pub name: String,
    /// Its version as written.
    pub version: String,
    /// Its version.
    pub parsed: Version,
    /// The versions of Python it runs on.
    pub pythons: Option<String>,
    /// The groups it belongs to; since format 2.1.
    pub groups: Vec<String>,
    /// When it is installed; since format 2.1.
    pub markers: Markers,
    /// Its files.
    pub files: Vec<File>,
    /// What it needs.
    pub dependencies: Vec<Dependency>,
    /// Its extras, each with the names it brings in and their extras.
    pub extras: BTreeMap<String, Vec<(String, Vec<String>)>>,
    /// Where it comes from.
    pub source: Source,
    /// Whether it is to be installed as a link to its folder.
    pub develop: bool,
    /// Where it stands in the lock.
    pub place: Place,
}

impl Locked {
    /// Whether it is a folder of the context.
    pub(super) fn is_folder(&self) -> bool {
        matches!(self.source, Source::Directory(_))
    }
}

/// Markers of a package of format 2.1.
#[derive(Debug)]
pub(super) enum Markers {
    /// The same in every group.
    Same(Option<String>),
    /// By group; a group that is not named has none.
    ByGroup(BTreeMap<String, String>),
}

/// Where a package comes from, as Poetry says it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// The default index.
    Pypi,
    /// An index that the project names.
    Index {
        /// Its name.
        name: String,
        /// Its address.
        url: String,
    },
    /// A commit of a repository.
    Git {
        /// The repository.
        url: String,
        /// The commit.
        commit: String,
        /// The folder in it.
        subdirectory: Option<String>,
    },
    /// A file behind an address.
    Url {
        /// The address.
        url: String,
        /// The folder in it.
        subdirectory: Option<String>,
    },
    /// A folder, relative to the lock's.
    Directory(String),
    /// A wheel or source archive, relative to the lock's folder.
    Archive(String),
}

/// Reads the lock. `None` when that is impossible; the sink says why.
pub(super) fn read(lock_text: &str, file: FileId, sink: &mut Sink) -> Option<Lock> {
    const LOCK_AGAIN: &str = "run `poetry lock` to write it anew";
    let place = |span| toml::place(file, span);
    let dateless = undated(lock_text);
    let document = toml::parse(&dateless, "poetry.lock", file).map_err(|found| sink.push(found.help(LOCK_AGAIN))).ok()?;
    let metadata = get(&document, "metadata");
    let Some(format) = metadata.and_then(lock_version) else {
        let found = Diagnostic::new(codes::LOCK_VERSION, "poetry.lock does not say which version of the format it is");
        sink.push(found.at(Place { file, start: 0, end: 0 }, "").help(LOCK_AGAIN));
        return None;
    };
    if !(1..=2).contains(&format.0) {
        let span = metadata.and_then(|m| get(m, "lock-version")).map_or(document.span, |v| v.span);
        let found = Diagnostic::new(
            codes::LOCK_VERSION,
            format!("poetry.lock has version {}.{}, and this frontend knows versions 1 and 2", format.0, format.1),
        );
        sink.push(found.at(place(span), "").help("use a newer frontend image, or write the lock with an older Poetry"));
        return None;
    }
    let hash = metadata.and_then(|m| get(m, "content-hash"));
    let hash_place = place(hash.or(metadata).map_or(document.span, |v| v.span));
    let mut packages = vec![];
    for value in items(&document, "package") {
        let Some(package) = package(value, metadata, place(value.span)) else {
            let found =
                Diagnostic::new(codes::UNREADABLE_PACKAGE, "poetry.lock has a package without a name, a version or a source that is known");
            sink.push(found.at(place(value.span), "").help(LOCK_AGAIN));
            return None;
        };
        packages.push(package);
    }
    Some(Lock {
        format,
        pythons: metadata.and_then(|m| text(m, "python-versions")).unwrap_or("*").to_owned(),
        content_hash: hash.and_then(Value::as_str).map(str::to_owned),
        hash_place,
        extras: entries(get(&document, "extras")).map(|(name, _)| (normalized(name), names(&document, name))).collect(),
        packages,
    })
}

fn lock_version(metadata: &Value<'_>) -> Option<(u32, u32)> {
    let version = text(metadata, "lock-version")?;
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

fn names(document: &Value<'_>, extra: &str) -> Vec<String> {
    let list = get(document, "extras").into_iter().flat_map(|extras| texts(extras, extra));
    // Poetry 1.0 wrote requirements here, of which only the name counts.
    list.filter_map(|requirement| Some(name_and_extras(requirement)?.0)).collect()
}

fn package(value: &Value<'_>, metadata: Option<&Value<'_>>, place: Place) -> Option<Locked> {
    let (written, version) = (text(value, "name")?, text(value, "version")?);
    let source = source(get(value, "source"))?;
    let markers = match get(value, "markers") {
        Some(table) if table.as_table().is_some() => {
            let by_group = entries(Some(table)).filter_map(|(group, m)| Some((normalized(group), m.as_str()?.to_owned())));
            Markers::ByGroup(by_group.collect())
        }
        other => Markers::Same(other.and_then(Value::as_str).map(str::to_owned)),
    };
    let extras = entries(get(value, "extras")).map(|(name, list)| {
        let requirements = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        (normalized(name), requirements.filter_map(name_and_extras).collect())
    });
    Some(Locked {
        name: normalized(written),
        version: version.to_owned(),
        parsed: Version::parse(version)?,
        pythons: text(value, "python-versions").map(str::to_owned),
        groups: texts(value, "groups").map(normalized).collect(),
        markers,
        files: files(value, metadata, written, &source),
        dependencies: entries(get(value, "dependencies")).flat_map(|(name, v)| dependency::read(name, v)).collect(),
        extras: extras.collect(),
        source,
        develop: flag(value, "develop").unwrap_or(false),
        place,
    })
}

/// The name and the extras in `name[a,b] (>=1)`.
fn name_and_extras(text: &str) -> Option<(String, Vec<String>)> {
    Requirement::parse(text).map(|requirement| (requirement.name, requirement.extras.into_iter().collect()))
}

fn source(value: Option<&Value<'_>>) -> Option<Source> {
    let Some(value) = value else { return Some(Source::Pypi) };
    let url = text(value, "url").unwrap_or_default().to_owned();
    let subdirectory = text(value, "subdirectory").map(str::to_owned);
    Some(match text(value, "type").unwrap_or("legacy") {
        "legacy" if url.is_empty() => Source::Pypi,
        "legacy" => Source::Index { name: text(value, "reference").unwrap_or(&url).to_owned(), url },
        "git" => {
            let commit = text(value, "resolved_reference").or_else(|| text(value, "reference"))?;
            Source::Git { url, commit: commit.to_owned(), subdirectory }
        }
        "url" => Source::Url { url, subdirectory },
        "directory" => Source::Directory(url),
        "file" => Source::Archive(url),
        _ => return None,
    })
}

/// A package's files: beside it, or in the two places where older locks kept them.
fn files(value: &Value<'_>, metadata: Option<&Value<'_>>, written: &str, source: &Source) -> Vec<File> {
    if get(value, "files").is_some() {
        return items(value, "files").iter().filter_map(file).collect();
    }
    let found = |table: &str| metadata.and_then(|m| at(m, &[table])).into_iter().flat_map(|t| items(t, written));
    let bare = found("hashes").filter_map(Value::as_str).map(|hash| {
        let hash = if hash.contains(':') { hash.to_owned() } else { format!("sha256:{hash}") };
        File { name: String::new(), hash }
    });
    let named = found("files").filter_map(file);
    match source {
        Source::Archive(path) => {
            let name = path.rsplit('/').next().unwrap_or(path);
            named.filter(|f| f.name == name).chain(bare).collect()
        }
        _ => named.chain(bare).collect(),
    }
}

fn file(value: &Value<'_>) -> Option<File> {
    Some(File { name: text(value, "file")?.to_owned(), hash: text(value, "hash")?.to_owned() })
}
