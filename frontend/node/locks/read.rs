//! Files beside a lock, as readers ask for them: what is not known yet is wanted, and the same question comes again when it is.

use crate::diag::{Diagnostic, FileId, Place, Sink, Sources};
use crate::json::{self, Form};
use crate::node::codes;
use crate::yaml::Node;

use super::manifest::Manifest;
use super::model::{Ask, Wanted};

/// The files of a question, and those that are still wanted.
pub(super) struct Beside<'a> {
    pub(super) ask: &'a Ask<'a>,
    pub(super) sources: &'a Sources,
    pub(super) wanted: Wanted,
}

impl<'a> Beside<'a> {
    pub(super) fn new(ask: &'a Ask<'a>, sources: &'a Sources) -> Self {
        Self { ask, sources, wanted: Wanted::default() }
    }

    /// A file; `None` where it is not there, or not known to be.
    pub(super) fn file(&mut self, path: &str) -> Option<FileId> {
        let known = self.ask.files.get(path);
        if known.is_none() {
            self.wanted.files.insert(path.to_owned());
        }
        known.copied().flatten()
    }

    /// The text of a file; empty where there is none.
    pub(super) fn text(&mut self, path: &str) -> &'a str {
        self.file(path).map_or("", |file| self.sources.file(file).text.as_str())
    }

    /// The names in a folder, as far as they are known.
    pub(super) fn names(&mut self, folder: &str) -> Vec<String> {
        let known = self.ask.folders.get(folder);
        if known.is_none() {
            self.wanted.folders.insert(folder.to_owned());
        }
        known.into_iter().flatten().cloned().collect()
    }

    /// A file of JSON.
    fn json(&mut self, path: &str, sink: &mut Sink) -> Option<Node> {
        let file = self.file(path)?;
        json::parse(self.sources, file, Form::Strict, sink)
    }

    /// The manifest of a folder. Where a folder that the lock names has none, the sink says so.
    pub(super) fn manifest(&mut self, folder: &str, sink: &mut Sink) -> Option<Manifest> {
        let path = below(folder, "package.json");
        let is_absent = self.ask.files.get(&path).is_some_and(Option::is_none);
        if is_absent {
            let found = Diagnostic::new(codes::NO_SUCH_MEMBER, format!("the lock names the folder `{folder}`, and there is no `{path}`"));
            let start = Place { file: self.ask.lock, start: 0, end: 0 };
            sink.push(
                found.at(start, "").help("see that the ignore file does not leave it out; where the folder is gone, write the lock anew"),
            );
        }
        let node = self.json(&path, sink)?;
        Some(Manifest { folder: folder.to_owned(), node })
    }
}

/// A path in a folder.
pub(super) fn below(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// A path from a folder, without `.` and `..`; `None` where it leads out of the lock's folder.
pub(super) fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = vec![];
    let absolute = path.starts_with('/');
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!absolute).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(joined("apps/x", "../../packages/y").as_deref(), Some("packages/y"));
        assert_eq!(joined("apps/x", "./z").as_deref(), Some("apps/x/z"));
        assert_eq!(joined("", ".").as_deref(), Some(""));
        assert_eq!(joined("apps", "../../x"), None);
        assert_eq!(joined("apps", "/x"), None);
    }
}
