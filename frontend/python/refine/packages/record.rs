//! `RECORD`, the list of files that every wheel leaves behind: reading it, and leaving out what was removed.
//! A broken line is no reason to stop: it names nothing, or something that is not in the tree.

use std::collections::BTreeSet;

/// The paths that a `RECORD` names, as absolute paths; `site` is the folder that its relative paths start from.
#[must_use]
pub(crate) fn paths(text: &str, site: &str) -> Vec<String> {
    text.lines().filter_map(first_field).map(|path| join(site, &path)).collect()
}

/// The paths that a `RECORD` names, each with its hash as `sha256=…` where it has one.
pub(crate) fn hashes(text: &str, site: &str) -> impl Iterator<Item = (String, Option<String>)> {
    text.lines().filter_map(move |line| {
        let path = first_field(line)?;
        // Neither hash nor size has a comma, whatever the path has.
        let hash = line.trim_end().rsplit(',').nth(1).filter(|hash| hash.contains('='));
        Some((join(site, &path), hash.map(str::to_owned)))
    })
}

/// The text of a `RECORD` without the lines of files that were removed, all other lines untouched.
#[must_use]
pub(crate) fn record_without(text: &str, site: &str, removed: &BTreeSet<&str>) -> String {
    let stays = |line: &&str| first_field(line).is_none_or(|path| !removed.contains(join(site, &path).as_str()));
    text.split_inclusive('\n').filter(stays).collect()
}

/// The first field of a CSV line, its quotes undone; `None` when it is empty.
fn first_field(line: &str) -> Option<String> {
    let line = line.trim_end_matches(['\r', '\n']);
    let field = match line.strip_prefix('"') {
        None => line.split(',').next().unwrap_or_default().to_owned(),
        Some(rest) => {
            let mut field = String::new();
            let mut letters = rest.chars().peekable();
            while let Some(letter) = letters.next() {
                if letter != '"' {
                    field.push(letter);
                } else if letters.next_if_eq(&'"').is_some() {
                    field.push('"');
                } else {
                    break;
                }
            }
            field
        }
    };
    (!field.is_empty()).then_some(field)
}

/// A path below a folder, with `.` and `..` resolved; an absolute path stands for itself.
#[must_use]
pub(crate) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { vec![] } else { folder.split('/').filter(|p| !p.is_empty()).collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SITE: &str = "/app/.venv/lib/python3.13/site-packages";

    #[test]
    fn quoted_and_outside_paths_are_read() {
        let text = "a/b.py,sha256=x,12\r\n../../../bin/tool,,\n\"a/with,comma \"\"q\"\".txt\",,\n\n,,\n/etc/x,,\n";
        let found = paths(text, SITE);
        assert_eq!(found[0], format!("{SITE}/a/b.py"));
        assert_eq!(found[1], "/app/.venv/bin/tool");
        assert_eq!(found[2], format!("{SITE}/a/with,comma \"q\".txt"));
        assert_eq!(found[3..], ["/etc/x"]);
    }

    #[test]
    fn lines_of_removed_files_leave_and_no_other_byte_changes() {
        let text = "a/b.py,sha256=x,12\r\na/tests/t.py,,\n\"a/tests/u,v.py\",,\na-1.dist-info/RECORD,,";
        let gone = [format!("{SITE}/a/tests/t.py"), format!("{SITE}/a/tests/u,v.py")];
        let gone = gone.iter().map(String::as_str).collect();
        assert_eq!(record_without(text, SITE, &gone), "a/b.py,sha256=x,12\r\na-1.dist-info/RECORD,,");
        assert_eq!(record_without(text, SITE, &BTreeSet::new()), text);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(?s).{0,200}", site in ".{0,20}") {
            let _ = paths(&text, &site);
            prop_assert_eq!(record_without(&text, &site, &BTreeSet::new()), text);
        }
    }
}
