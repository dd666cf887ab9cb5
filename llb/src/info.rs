//! What is known about an op beside the op itself: how it is shown, cached and limited.
//!
//! None of it takes part in digests, so it can be changed at any time.

use std::collections::BTreeMap;

use buildkit_proto::pb;

use crate::origin::Origin;

/// The key of the description under which progress and image history look for a name.
const NAME: &str = "llb.customname";

/// What is known about an op beside the op itself. When equal ops become one, the first to say
/// something is heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpInfo {
    /// The name that progress and image history show.
    pub name: Option<String>,
    /// Further text by key, which buildkitd carries along without reading it.
    pub description: BTreeMap<String, String>,
    /// Whether to run the op even if its result is known. A command's cache mounts are emptied too.
    pub ignore_cache: bool,
    /// Whether exported cache takes the op in; `None` leaves it to the exporter.
    pub export_cache: Option<bool>,
    /// The line of progress this op is part of, together with others.
    pub progress_group: Option<pb::ProgressGroup>,
    /// Limits for a command.
    pub linux_resources: Option<pb::LinuxResources>,
    /// Where people wrote what led to this op.
    pub origins: Vec<Origin>,
}

impl OpInfo {
    /// Takes over what another definition says. The places it comes from are not part of that.
    pub(crate) fn from_metadata(metadata: pb::OpMetadata) -> Self {
        let mut description = metadata.description;
        Self {
            name: description.remove(NAME),
            description,
            ignore_cache: metadata.ignore_cache,
            export_cache: metadata.export_cache.map(|export| export.value),
            progress_group: metadata.progress_group,
            linux_resources: metadata.linux_resources,
            origins: Vec::new(),
        }
    }

    /// Adds to the metadata of an op what is not said there yet.
    pub(crate) fn add_to(&self, metadata: &mut pb::OpMetadata) {
        let description = &mut metadata.description;
        let name = self.name.iter().map(|name| (NAME, name));
        let others = self.description.iter();
        for (key, text) in name.chain(others.map(|(key, text)| (key.as_str(), text))) {
            if !description.contains_key(key) {
                description.insert(key.to_owned(), text.clone());
            }
        }
        metadata.ignore_cache |= self.ignore_cache;
        let export = self.export_cache.map(|value| pb::ExportCache { value });
        metadata.export_cache = metadata.export_cache.or(export);
        if metadata.progress_group.is_none() {
            metadata.progress_group.clone_from(&self.progress_group);
        }
        if metadata.linux_resources.is_none() {
            metadata.linux_resources.clone_from(&self.linux_resources);
        }
    }
}
