//! The ignore file of the context: its patterns in the form that BuildKit matches, and which of them leaves out a name at the top.

use std::collections::BTreeSet;

/// What an ignore file is called; one of a spec's own has the spec's name in front.
pub const IGNORE: &str = ".dockerignore";

/// An ignore file that was read.
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    name: String,
    /// The folder that names count from, where that is not the context's top.
    above: String,
    /// What every build leaves out, and then the file's patterns, each with its line.
    patterns: Vec<(String, Option<usize>)>,
}

/// What becomes of a name at the top of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is sent.
    Sent,
    /// This line leaves it out; without a line, it is one that is left out of every build.
    Out(Option<usize>),
    /// It is left out, and something in it may be taken back.
    Partly,
}

impl Ignore {
    /// Reads the text of an ignore file. `always` are patterns that hold before those of the file.
    #[must_use]
    pub fn read(name: &str, text: &str, always: &[&str]) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines().zip(1..).filter(|(line, _)| !line.starts_with('#'));
        let own = lines.filter_map(|(line, number)| Some((pattern(line.trim())?, Some(number))));
        let patterns = always.iter().map(|pattern| ((*pattern).to_owned(), None)).chain(own).collect();
        Self { name: name.to_owned(), above: String::new(), patterns }
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its own patterns, in their order.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        self.patterns.iter().filter(|(_, line)| line.is_some()).map(|(pattern, _)| pattern.clone()).collect()
    }

    /// What it says of what is in a folder, with paths from there. A pattern of the folder itself says whether the folder is sent.
    pub(crate) fn within(&self, folder: &str) -> Self {
        let above: Vec<&str> = folder.split('/').filter(|part| *part != ".").collect();
        let inside = |(written, line): &(String, Option<usize>)| {
            let (bang, pattern) = written.strip_prefix('!').map_or(("", written.as_str()), |pattern| ("!", pattern));
            let parts: Vec<&str> = pattern.split('/').collect();
            let leads = parts.len() > above.len() && above.iter().zip(&parts).all(|(name, part)| fits(part.as_bytes(), name.as_bytes()));
            let rest = if parts[0] == "**" { &parts[..] } else { parts.get(above.len()..).filter(|_| leads)? };
            Some((format!("{bang}{}", rest.join("/")), *line))
        };
        let patterns = self.patterns.iter().filter_map(inside).collect();
        Self { name: self.name.clone(), above: self.whole(folder), patterns }
    }

    /// A path as it counts from the context's top.
    pub(crate) fn whole(&self, path: &str) -> String {
        if self.above.is_empty() || self.above == "." { path.to_owned() } else { format!("{}/{path}", self.above) }
    }

    /// Whether anything is taken back that a pattern before leaves out.
    pub(crate) fn takes_back(&self) -> bool {
        self.patterns.iter().any(|(pattern, _)| pattern.starts_with('!'))
    }

    /// The names at the top of the context that are sent, as far as it can be told.
    #[must_use]
    pub fn sent(&self, names: BTreeSet<String>) -> BTreeSet<String> {
        names.into_iter().filter(|name| !matches!(self.fate(name), Fate::Out(_))).collect()
    }

    /// What becomes of a name at the top of the context. The last pattern that fits decides.
    pub(crate) fn fate(&self, name: &str) -> Fate {
        let (mut fate, mut partly) = (Fate::Sent, false);
        for (written, line) in &self.patterns {
            let (back, anywhere) = written.strip_prefix('!').map_or((false, written.as_str()), |pattern| (true, pattern));
            let pattern = anywhere.trim_start_matches("**/");
            let (first, is_deeper) = pattern.split_once('/').map_or((pattern, false), |(first, _)| (first, true));
            // Classes and escapes are left to BuildKit.
            if pattern.contains(['[', '\\']) {
                partly = true;
            } else if !is_deeper && fits(first.as_bytes(), name.as_bytes()) {
                fate = if back { Fate::Sent } else { Fate::Out(*line) };
            } else {
                partly |= back && (anywhere.contains("**") || (is_deeper && fits(first.as_bytes(), name.as_bytes())));
            }
        }
        if partly && fate != Fate::Sent { Fate::Partly } else { fate }
    }
}

/// A line in the form that BuildKit matches; nothing for one that says nothing.
fn pattern(line: &str) -> Option<String> {
    let (bang, path) = line.strip_prefix('!').map_or(("", line), |path| ("!", path.trim()));
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." && parts.last().is_some_and(|part| *part != "..") {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    (!parts.is_empty()).then(|| format!("{bang}{}", parts.join("/")))
}

/// Whether patterns leave a path out, or a folder that it is in. The last that fits decides.
pub fn leaves_out<'p>(patterns: impl Iterator<Item = &'p str>, path: &str) -> bool {
    patterns.fold(false, |out, written| {
        let (back, pattern) = written.strip_prefix('!').map_or((false, written), |pattern| (true, pattern));
        let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let path: Vec<&str> = path.split('/').collect();
        if (1..=path.len()).any(|end| fits_path(&pattern, &path[..end])) { !back } else { out }
    })
}

/// Whether a path is another one, or lies in it; `.` and nothing are all of the context.
#[must_use]
pub fn lies_in(path: &str, other: &str) -> bool {
    matches!(other, "." | "") || path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a pattern is that of a path, part by part.
fn fits_path(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|from| fits_path(rest, &path[from..])),
        (Some((first, rest)), Some((name, after))) => fits(first.as_bytes(), name.as_bytes()) && fits_path(rest, after),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Whether a pattern of `*`, `?` and letters is that of a name.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|from| fits(rest, &name[from..])),
        (Some((b'?', rest)), Some((_, after))) => fits(rest, after),
        (Some((letter, rest)), Some((found, after))) => letter == found && fits(rest, after),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignore_files_are_read_as_docker_reads_them() {
        let text = "\u{feff}# comment\n\n/build/\n  !build/keep \n./a/../b\n #not a comment\n.\n";
        assert_eq!(Ignore::read(IGNORE, text, &[".git"]).patterns(), ["build", "!build/keep", "b", "#not a comment"]);
    }

    #[test]
    fn the_line_that_leaves_a_name_out_is_told() {
        let fate = |text: &str, name: &str| Ignore::read(IGNORE, text, &[".git"]).fate(name);
        assert_eq!(fate("build\n/data/\n", "data"), Fate::Out(Some(2)));
        assert_eq!(fate("*\n!src\n", "src"), Fate::Sent);
        assert_eq!(fate("*\n!src\n", "data"), Fate::Out(Some(1)));
        assert_eq!(fate("**/*.log\n", "x.log"), Fate::Out(Some(1)));
        assert_eq!(fate("data/*\ndata/**\n", "data"), Fate::Sent);
        assert_eq!((fate("", ".git"), fate("!.git\n", ".git")), (Fate::Out(None), Fate::Sent));
    }

    #[test]
    fn a_folder_has_the_patterns_that_are_about_it() {
        let text = "web/*.log\n**/node_modules\n*/dist\n!web/dist/keep\ndocs\nweb\n";
        let patterns = |folder: &str| Ignore::read(IGNORE, text, &[]).within(folder).patterns();
        assert_eq!(patterns("web"), ["*.log", "**/node_modules", "dist", "!dist/keep"]);
        assert_eq!(patterns("web/dist"), ["**/node_modules", "!keep"]);
        assert_eq!(patterns("."), Ignore::read(IGNORE, text, &[]).patterns());
    }

    #[test]
    fn a_path_is_left_out_with_the_folder_that_it_is_in() {
        let out = |patterns: &[&str], path: &str| leaves_out(patterns.iter().copied(), path);
        assert!(out(&["data"], "data/a/b.bin") && out(&["**/*.bin"], "data/a/b.bin") && out(&["data/*.bin"], "data/b.bin"));
        assert!(!out(&["*.bin"], "data/b.bin") && !out(&["data", "!data/b.bin"], "data/b.bin"));
        assert!(lies_in("data/b.bin", "data") && lies_in("a", ".") && lies_in("a", "a") && !lies_in("database", "data"));
    }

    #[test]
    fn what_may_be_taken_back_is_not_judged() {
        let fate = |text: &str, name: &str| Ignore::read(IGNORE, text, &[".git"]).fate(name);
        assert_eq!(fate("*\n!data/cities.json\n", "data"), Fate::Partly);
        assert_eq!(fate("*\n!data/cities.json\n", "other"), Fate::Out(Some(1)));
        assert_eq!(fate("*\n!**/*.json\n", "data"), Fate::Partly);
        assert_eq!(fate("*\n![d]ata\n", "data"), Fate::Partly);
        let names = BTreeSet::from(["data".to_owned(), "other".into(), ".git".into()]);
        assert_eq!(Ignore::read(IGNORE, "*\n!data/x\n", &[]).sent(names), BTreeSet::from(["data".to_owned()]));
    }
}
