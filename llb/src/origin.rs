//! Where ops come from: files that people wrote, and places in them.
//!
//! Knows nothing of digests; marshal.rs says under which one a place is filed.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use buildkit_proto::pb;

/// A file that was added to a graph with [`Graph::source_file`](crate::Graph::source_file).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(usize);

/// A place in a file. Errors show one snippet for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The ranges that are marked in it; lines count from 1.
    pub ranges: Vec<pb::Range>,
}

impl Origin {
    /// Makes a place of whole lines, counted from 1.
    #[must_use]
    pub fn new(file: FileId, lines: RangeInclusive<u32>) -> Self {
        let position = |line: u32| pb::Position { line: i32::try_from(line).unwrap_or(i32::MAX), character: 0 };
        let range = pb::Range { start: Some(position(*lines.start())), end: Some(position(*lines.end())) };
        Self { file, ranges: vec![range] }
    }
}

/// The files of a graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(Vec<pb::SourceInfo>);

impl Files {
    pub(crate) fn add(&mut self, info: pb::SourceInfo) -> FileId {
        let known = self.0.iter().position(|other| *other == info);
        FileId(known.unwrap_or_else(|| {
            self.0.push(info);
            self.0.len() - 1
        }))
    }
}

/// Places by digest on their way into a definition, with the files they use and no others.
#[derive(Debug, Default)]
pub(crate) struct SourceMap {
    numbers: BTreeMap<FileId, i32>,
    files: Vec<FileId>,
    locations: BTreeMap<String, pb::Locations>,
}

impl SourceMap {
    pub(crate) fn add(&mut self, digest: &str, origins: &[Origin]) {
        for origin in origins {
            let next = i32::try_from(self.files.len()).expect("files fit into memory");
            let source_index = *self.numbers.entry(origin.file).or_insert_with(|| {
                self.files.push(origin.file);
                next
            });
            let location = pb::Location { source_index, ranges: origin.ranges.clone() };
            let locations = self.locations.entry(digest.to_owned()).or_default();
            if !locations.locations.contains(&location) {
                locations.locations.push(location);
            }
        }
    }

    /// The finished map, or nothing if there is no place in it.
    pub(crate) fn finish(self, files: &Files) -> Option<pb::Source> {
        if self.locations.is_empty() {
            return None;
        }
        let infos = self.files.iter().map(|file| files.0[file.0].clone());
        Some(pb::Source { infos: infos.collect(), locations: self.locations })
    }
}
