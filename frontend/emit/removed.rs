//! What a folder looks like after something of it was removed: as before, its time included, which would else be that of the build.

use std::collections::BTreeSet;

use buildkit_llb::{FileAction, FileCopy, Output, Remove};

use super::context::absolute;

/// Removes what matches these patterns; what does not match is no error.
pub(super) fn remove(base: Option<Output>, patterns: &[String]) -> Vec<FileAction> {
    let gone = |path: &String| FileAction::Rm(Remove { path: path.clone(), allow_not_found: true, allow_wildcard: true });
    let folders: BTreeSet<String> = patterns.iter().filter_map(|pattern| folder(pattern)).collect();
    patterns.iter().map(gone).chain(folders.into_iter().filter_map(|folder| keep_time(base, folder))).collect()
}

/// The folder that a pattern removes something of, where the pattern tells it.
fn folder(pattern: &str) -> Option<String> {
    let pattern = absolute(pattern);
    let (folder, _) = pattern.rsplit_once('/')?;
    (!folder.is_empty() && !folder.contains(['*', '?', '[', '\\'])).then(|| folder.to_owned())
}

/// Gives a folder the time that it has in the base, and changes nothing else of it.
fn keep_time(base: Option<Output>, folder: String) -> Option<FileAction> {
    // A copy of nothing of it to itself. One that may not be there has to be a pattern.
    let last = folder.chars().last().filter(char::is_ascii_alphanumeric)?;
    Some(FileAction::Copy(FileCopy {
        from: base,
        src: format!("{}[{last}]", &folder[..folder.len() - 1]),
        dest: folder,
        dir_copy_contents: true,
        exclude_patterns: vec!["*".to_owned()],
        allow_wildcard: true,
        allow_empty_wildcard: true,
        ..FileCopy::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_keep_their_time_where_they_are_known() {
        let patterns = ["/usr/lib/x", "usr/lib/y*", "/usr/*/z", "/top", "/odd_/x"].map(str::to_owned);
        let copies: Vec<_> = remove(None, &patterns).into_iter().skip(patterns.len()).collect();
        let [FileAction::Copy(only)] = &copies[..] else { panic!("{copies:?}") };
        assert_eq!((only.src.as_str(), only.dest.as_str()), ("/usr/li[b]", "/usr/lib"));
    }
}
