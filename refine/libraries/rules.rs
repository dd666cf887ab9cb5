//! What cannot be read from files, as data (`templates/rules/libraries.yaml`): the Debian package of a library, what is opened
//! by name at run time, and what a package works without.

use crate::diag::{Sink, Sources};
use crate::yaml::decode::wrong;
use crate::yaml::{Decode, Node, Shape, Table, Value, keys};

/// The rules that come with distil.
const EMBEDDED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/rules/libraries.yaml"));

keys! {
    /// The rules about shared libraries.
    pub struct Rules as "the rules about libraries" {
        /// The Debian package that has a library, by its soname.
        packages: Table<Package> = "packages", "{libpq.so.5: libpq5}";
        /// The Debian package that has a program, by the program's name.
        programs: Table<String> = "programs", "{git: git}";
        /// Libraries that others open by name at run time.
        opens: Vec<Opens> = "opens", "[{by: libc.so.6, libraries: [libgcc_s.so.1], why: a thread that is cancelled}]";
        /// Packages that open libraries by name.
        loads: Vec<Loads> = "loads", "[{package: psycopg, libraries: [libpq.so.5], why: opens it by ctypes}]";
        /// Files that libraries read.
        reads: Vec<Reads> = "reads", "[{by: libmagic.so.1, files: [/usr/lib/file/magic.mgc], why: its rules}]";
        /// Libraries that a package works without.
        optional: Vec<Optional> = "optional", "[{library: libcuda.so.1, why: comes with the driver}]";
    }
}

keys! {
    /// Libraries that one opens by name.
    pub struct Opens as "a rule of `opens`" {
        /// The soname of the library that opens them.
        by: String = "by", "libc.so.6";
        /// Their sonames; with a slash, paths from the folder of the library.
        libraries: Vec<String> = "libraries", "[libnss_dns.so.2]";
        /// What fails without them.
        why: String = "why", "getaddrinfo";
    }
}

keys! {
    /// A package that opens libraries by name.
    pub struct Loads as "a rule of `loads`" {
        /// Its name, normalised.
        package: String = "package", "psycopg";
        /// The sonames of the libraries; of those with `|` between, one is enough.
        libraries: Vec<String> = "libraries", "[libpq.so.5]";
        /// Packages that bring the libraries along.
        unless: Vec<String> = "unless", "[psycopg-binary]";
        /// Patterns of the package's own files that are the libraries.
        bundled: Vec<String> = "bundled", "[\"*/_soundfile_data/*.so\"]";
        /// Whether it is of use without them.
        optional: bool = "optional", "true";
        /// What fails without them.
        why: String = "why", "the implementation in Python opens it by ctypes";
    }
}

keys! {
    /// Files that a library reads.
    pub struct Reads as "a rule of `reads`" {
        /// The soname of the library.
        by: String = "by", "libmagic.so.1";
        /// Files, and folders with all below.
        files: Vec<String> = "files", "[/usr/lib/file/magic.mgc]";
        /// What fails without them.
        why: String = "why", "what it knows of kinds of files";
    }
}

keys! {
    /// A library that may be missing.
    pub struct Optional as "a rule of `optional`" {
        /// Its soname; `*` stands for anything.
        library: String = "library", "libcuda.so*";
        /// The file that needs it, by its path; without it, any.
        by: Option<String> = "for", "*/site-packages/torch/*";
        /// Why that is no harm.
        why: String = "why", "it comes with the driver";
    }
}

/// The Debian package of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Package {
    /// The same in every release.
    Any(String),
    /// By release.
    Each(Table<String>),
}

impl Decode for Package {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        match &node.value {
            Value::Scalar { text, .. } => Some(Self::Any(text.clone())),
            Value::Map(_) => Table::decode(node, sink).map(Self::Each),
            _ => wrong(node, sink, "a package, or one for each release"),
        }
    }

    fn shape() -> Shape {
        Shape::AnyOf(vec![Shape::Text, Shape::Table(Box::new(Shape::Text))])
    }
}

impl Rules {
    /// The rules that come with distil.
    #[must_use]
    pub fn embedded() -> Self {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("rules/libraries.yaml", "YAML", EMBEDDED);
        let node = crate::yaml::parse(&sources, file, &mut sink);
        node.and_then(|node| Self::decode(&node, &mut sink)).expect("a test reads the embedded rules")
    }

    /// The Debian package that has a library in a release; every name it goes by where the release is not known.
    #[must_use]
    pub fn package(&self, library: &str, release: Option<&str>) -> Option<String> {
        let (_, package) = self.packages.0.iter().find(|(name, _)| name.value == library)?;
        match package {
            Package::Any(name) => Some(name.clone()),
            Package::Each(names) => match names.0.iter().find(|(name, _)| Some(name.value.as_str()) == release) {
                Some((_, name)) => Some(name.clone()),
                None => Some(names.0.iter().map(|(release, name)| format!("{name} ({})", release.value)).collect::<Vec<_>>().join(", ")),
            },
        }
    }

    /// The Debian package that has a program.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<&str> {
        self.programs.0.iter().find(|(known, _)| known.value == name).map(|(_, package)| package.as_str())
    }

    /// Of libraries of which one is enough, the one to name: that a release has.
    #[must_use]
    pub fn preferred<'n>(&self, names: &'n [String], release: Option<&str>) -> Option<&'n String> {
        let has = |name: &&String| match self.packages.0.iter().find(|(known, _)| known.value == **name) {
            Some((_, Package::Any(_))) => true,
            Some((_, Package::Each(each))) => each.0.iter().any(|(known, _)| Some(known.value.as_str()) == release),
            None => false,
        };
        names.iter().find(has).or_else(|| names.first())
    }

    /// Why a file works without a library, when it does.
    #[must_use]
    pub fn optional(&self, library: &str, file: &str) -> Option<&str> {
        let fits = |rule: &&Optional| matches(&rule.library, library) && rule.by.as_ref().is_none_or(|by| matches(by, file));
        self.optional.iter().find(fits).map(|rule| rule.why.as_str())
    }
}

/// Whether a text is what a pattern says, in which `*` stands for anything.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
