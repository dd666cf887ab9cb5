//! A lock of npm as it is read: its entries by place.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, FileId, Place, Sink, nearest};
use crate::node::codes;
use crate::yaml::Node;

use super::super::model::{Package, Source};
use super::super::tree::{entries, flag, get, text, texts};

/// A lock.
pub(super) struct Lock<'n> {
    file: FileId,
    /// What it holds, by place; the empty place is the root.
    pub(super) packages: BTreeMap<&'n str, Entry<'n>>,
}

/// What lies at a place.
pub(super) struct Entry<'n> {
    /// The place.
    pub(super) key: &'n str,
    /// What the lock says of it.
    pub(super) node: &'n Node,
    /// Where it does.
    pub(super) place: Place,
}

/// The folder in which packages lie.
const MODULES: &str = "node_modules/";

/// Whether a place is a folder of the project, and none that npm makes.
pub(super) fn is_member(key: &str) -> bool {
    !key.starts_with(MODULES) && !key.contains("/node_modules/")
}

impl<'n> Lock<'n> {
    /// The entries of a lock, if it is of a version that has them.
    pub(super) fn read(document: &'n Node, file: FileId, sink: &mut Sink) -> Option<Self> {
        let version = get(document, "lockfileVersion");
        let start = Place { file, start: 0, end: 0 };
        if !["2", "3"].contains(&text(document, "lockfileVersion").unwrap_or("1")) {
            let said = text(document, "lockfileVersion").map_or_else(|| "no version".to_owned(), |said| format!("version {said}"));
            let found = Diagnostic::new(codes::NODE_LOCK_VERSION, format!("this lock of npm has {said}, and 2 and 3 are read"));
            let way_out = "run `npm install --package-lock-only --lockfile-version 3` with npm 7 or newer, and commit the lock";
            sink.push(found.at(version.map_or(start, |version| version.place), "").help(way_out));
            return None;
        }
        let packages = get(document, "packages").map_or(&[][..], entries);
        if packages.is_empty() {
            let found = Diagnostic::new(codes::BROKEN_NODE_LOCK, "this lock of npm has no `packages`");
            sink.push(found.at(start, "").help("run `npm install --package-lock-only`, and commit the lock"));
            return None;
        }
        let one = |(key, node): &'n (crate::yaml::Key, Node)| (key.name.as_str(), Entry { key: &key.name, node, place: key.place });
        Some(Self { file, packages: packages.iter().map(one).collect() })
    }

    /// The entry of a member's folder.
    pub(super) fn member(&self, folder: &str, sink: &mut Sink) -> Option<&'n str> {
        if let Some(entry) = self.packages.get(folder).filter(|entry| is_member(entry.key)) {
            return Some(entry.key);
        }
        let known: Vec<&str> = self.packages.keys().copied().filter(|key| is_member(key)).collect();
        let found = Diagnostic::new(codes::NO_SUCH_MEMBER, format!("the lock of npm knows no folder `{folder}`"));
        let near = nearest(folder, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let all = format!(
            "it knows {}",
            known.iter().map(|key| format!("`{}`", if key.is_empty() { "." } else { key })).collect::<Vec<_>>().join(", ")
        );
        sink.push(found.at(Place { file: self.file, start: 0, end: 0 }, "").help(near.unwrap_or(all)));
        None
    }

    /// Adds the links by which npm knows members that are kept: it makes one for every workspace, whoever needs it.
    pub(super) fn add_links(&self, kept: &mut BTreeMap<&'n str, bool>) {
        let links = self.packages.values().filter(|entry| entry.key.matches(MODULES).count() == 1 && entry.key.starts_with(MODULES));
        let of_kept = links.filter(|entry| entry.linked().is_some_and(|folder| kept.contains_key(folder)));
        let found: Vec<&str> = of_kept.map(|entry| entry.key).collect();
        for key in found {
            kept.entry(key).or_insert(false);
        }
    }

    /// The place that a name leads to from another place: the nearest above.
    pub(super) fn resolve(&self, from: &str, name: &str) -> Option<&Entry<'n>> {
        let mut folder = from;
        loop {
            let key = if folder.is_empty() { format!("{MODULES}{name}") } else { format!("{folder}/{MODULES}{name}") };
            if let Some(entry) = self.packages.get(key.as_str()) {
                return Some(entry);
            }
            if folder.is_empty() {
                return None;
            }
            folder = match folder.rsplit_once('/') {
                Some((above, last)) if above.rsplit('/').next().is_some_and(|scope| scope.starts_with('@')) || last == "node_modules" => {
                    above.rsplit_once('/').map_or("", |(above, _)| above)
                }
                Some((above, _)) => above,
                None => "",
            };
            folder = folder.strip_suffix("/node_modules").unwrap_or(if folder == "node_modules" { "" } else { folder });
        }
    }
}

impl<'n> Entry<'n> {
    /// The folder that it is a link to.
    pub(super) fn linked(&self) -> Option<&'n str> {
        flag(self.node, "link").then(|| text(self.node, "resolved")).flatten()
    }

    /// The name under which it lies there.
    pub(super) fn name(&self) -> &str {
        self.key.rsplit_once(MODULES).map_or(self.key, |(_, name)| name)
    }

    /// The package; `None` for links and folders of the project.
    pub(super) fn package(&self, is_optional: bool) -> Option<Package> {
        if flag(self.node, "link") || is_member(self.key) {
            return None;
        }
        Some(Package {
            name: text(self.node, "name").unwrap_or(self.name()).to_owned(),
            version: text(self.node, "version").map(str::to_owned),
            integrity: text(self.node, "integrity").map(str::to_owned),
            from: if flag(self.node, "inBundle") { Source::Bundled } else { source(text(self.node, "resolved")) },
            script: Some(flag(self.node, "hasInstallScript")),
            is_optional,
            os: texts(self.node, "os"),
            cpu: texts(self.node, "cpu"),
            libc: texts(self.node, "libc"),
            place: self.place,
        })
    }
}

/// Where a package comes from by its address: those of registries have `/-/` before the archive.
fn source(resolved: Option<&str>) -> Source {
    let Some(url) = resolved else { return Source::Registry(None) };
    if let Some(path) = url.strip_prefix("file:") {
        return Source::Archive(path.trim_start_matches("./").to_owned());
    }
    if let Some(url) = url.strip_prefix("git+") {
        let (url, commit) = url.split_once('#').map_or((url, None), |(url, commit)| (url, Some(commit.to_owned())));
        return Source::Git { url: url.to_owned(), commit };
    }
    registry(url).map_or_else(|| Source::Tarball(url.to_owned()), |base| Source::Registry(Some(base)))
}

/// The registry that an archive lies in, by the address of the archive.
pub(in crate::node::locks) fn registry(url: &str) -> Option<String> {
    let (before, _) = url.split_once("/-/")?;
    let (above, last) = before.rsplit_once('/')?;
    let scoped = above.rsplit_once('/').filter(|(_, scope)| scope.starts_with('@') && !last.is_empty());
    Some(format!("{}/", scoped.map_or(above, |(above, _)| above)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_where_a_package_comes_from() {
        let registry = |url: &str| Source::Registry(Some(url.to_owned()));
        assert_eq!(source(None), Source::Registry(None));
        assert_eq!(source(Some("https://registry.npmjs.org/a/-/a-1.0.0.tgz")), registry("https://registry.npmjs.org/"));
        assert_eq!(source(Some("https://npm.corp/npm/@s/a/-/a-1.0.0.tgz")), registry("https://npm.corp/npm/"));
        assert_eq!(source(Some("https://x.io/a.tgz")), Source::Tarball("https://x.io/a.tgz".to_owned()));
        assert_eq!(source(Some("file:vendor/a.tgz")), Source::Archive("vendor/a.tgz".to_owned()));
        let git = Source::Git { url: "ssh://git@github.com/a/b.git".to_owned(), commit: Some("0a1b".to_owned()) };
        assert_eq!(source(Some("git+ssh://git@github.com/a/b.git#0a1b")), git);
    }
}
