//! The lines of a requirement file: continued ones joined, comments gone, each told apart by what it asks for.
//! Knows the grammar and nothing of pins or other files.

use std::ops::Range;

/// A line with its place in the file, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub what: What,
    pub range: Range<usize>,
}

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// `-r FILE`
    Include(String),
    /// `-c FILE`
    Constrain(String),
    /// `--index-url URL`
    Index(String),
    /// `--extra-index-url URL`
    ExtraIndex(String),
    /// `--find-links PLACE`
    FindLinks(String),
    /// `--no-index`
    NoIndex,
    /// An option that changes nothing for packages that are pinned.
    Harmless,
    /// An option that is not known.
    Unknown(String),
    /// A package.
    Package(Requirement),
}

/// A package as a line asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Requirement {
    /// Its name in its standard form; a bare path or address may have none.
    pub name: Option<String>,
    pub extras: Vec<String>,
    /// `==1.2`, `>=1` or nothing.
    pub specifier: String,
    /// A direct reference: an address or a path.
    pub reference: Option<String>,
    pub marker: Option<String>,
    pub hashes: Vec<String>,
}

/// Options that ask how to fetch or to choose, where a lock leaves no choice.
const HARMLESS: &[&str] = &[
    "--pre",
    "--prefer-binary",
    "--require-hashes",
    "--trusted-host",
    "--no-binary",
    "--only-binary",
    "--use-feature",
    "--uploaded-prior-to",
];

/// The lines of a file that ask for something.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut found = vec![];
    let mut joined = String::new();
    let mut begin: Option<usize> = None;
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let line = raw.trim_end_matches(['\n', '\r']);
        let is_comment = line.trim_start().starts_with('#');
        let (body, continues) = match line.strip_suffix('\\') {
            Some(body) if !is_comment => (body, true),
            _ => (line, false),
        };
        // A comment of its own line in the middle of a continued one is left out and ends nothing.
        if !(is_comment && begin.is_some()) {
            let body = uncommented(body);
            let blank = body.len() - body.trim_start().len();
            if !body.trim().is_empty() {
                begin.get_or_insert(at + blank);
                joined.push_str(body);
                joined.push(' ');
            }
            if !continues {
                close(&mut found, &mut joined, begin.take(), text);
            }
        }
        at += raw.len();
    }
    close(&mut found, &mut joined, begin, text);
    found
}

fn close(found: &mut Vec<Line>, joined: &mut String, begin: Option<usize>, text: &str) {
    if let Some(begin) = begin {
        let first_line = text[begin..].lines().next().map_or("", |l| uncommented(l.trim_end_matches('\\'))).trim_end();
        found.push(Line { what: what(joined.trim()), range: begin..begin + first_line.len() });
    }
    joined.clear();
}

/// A comment starts with `#` at the start or behind a blank; in an address it is a fragment.
fn uncommented(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return &line[..at];
        }
        before = c;
    }
    line
}

fn what(line: &str) -> What {
    if !line.starts_with('-') {
        return What::Package(requirement(line));
    }
    let end = line.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.len());
    // `-rbase.txt` is as good as `-r base.txt`.
    let end = if line.starts_with("--") { end } else { end.min(2) };
    let value = line[end..].trim_start_matches(|c: char| c.is_whitespace() || c == '=').trim().to_owned();
    match &line[..end] {
        "-r" | "--requirement" | "--requirements" => What::Include(value),
        "-c" | "--constraint" | "--constraints" => What::Constrain(value),
        "-i" | "--index-url" | "--pypi-url" => What::Index(value),
        "--extra-index-url" => What::ExtraIndex(value),
        "-f" | "--find-links" => What::FindLinks(value),
        "--no-index" => What::NoIndex,
        "-e" | "--editable" => What::Package(requirement(&value)),
        option if HARMLESS.contains(&option) => What::Harmless,
        option => What::Unknown(option.to_owned()),
    }
}

fn requirement(line: &str) -> Requirement {
    let options_at = line.find(" --").unwrap_or(line.len());
    let (subject, options) = line.split_at(options_at);
    let mut words = options.split_whitespace();
    let mut hashes = vec![];
    while let Some(word) = words.next() {
        match word.strip_prefix("--hash=") {
            Some(hash) => hashes.push(hash.to_owned()),
            None if word == "--hash" => hashes.extend(words.next().map(str::to_owned)),
            None => {}
        }
    }
    hashes.sort();
    hashes.dedup();
    let is_reference = |text: &str| text.contains("://") || text.contains(" @ ") || is_path(text);
    // In an address a semicolon needs a blank before it to start a marker.
    let sign = if is_reference(subject) { " ;" } else { ";" };
    let (subject, marker) = subject.split_once(sign).map_or((subject, None), |(s, m)| (s, Some(m)));
    let marker = marker.map(|m| m.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|m| !m.is_empty());
    let mut found = Requirement { marker, hashes, ..Requirement::default() };
    let subject = subject.trim();
    let name_end = subject.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(subject.len());
    let (name, rest) = subject.split_at(name_end);
    let named = rest.trim_start();
    let (extras, after) = match named.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((extras, after)) => (extras, after.trim_start()),
        None => ("", named),
    };
    if let Some(address) = after.strip_prefix('@').filter(|_| !name.is_empty()) {
        found.reference = Some(address.trim().to_owned());
    } else if is_path(subject) || subject.contains("://") {
        let (path, extras) = bare(subject);
        found.reference = Some(path.to_owned());
        found.extras = listed(extras);
        found.name = file_name(path);
        return found;
    } else {
        found.specifier = after.trim_matches(['(', ')']).split_whitespace().collect();
    }
    found.name = Some(super::normalized(name)).filter(|n| !n.is_empty());
    found.extras = listed(extras);
    found
}

fn listed(extras: &str) -> Vec<String> {
    let mut extras: Vec<_> = extras.split(',').map(str::trim).filter(|e| !e.is_empty()).map(super::normalized).collect();
    extras.sort();
    extras
}

fn is_path(text: &str) -> bool {
    let path = bare(text.trim()).0;
    let archive = [".whl", ".tar.gz", ".zip"].iter().any(|end| path.ends_with(end));
    path == "." || path == ".." || path.starts_with("./") || path.starts_with("../") || path.starts_with('/') || archive
}

/// A path without the extras behind it.
fn bare(path: &str) -> (&str, &str) {
    path.strip_suffix(']').and_then(|p| p.rsplit_once('[')).unwrap_or((path, ""))
}

/// The package's name in `#egg=name` or in a wheel's name.
fn file_name(path: &str) -> Option<String> {
    if let Some((_, egg)) = path.split_once("egg=") {
        let end = egg.find(['&', '[']).unwrap_or(egg.len());
        return Some(super::normalized(&egg[..end]));
    }
    let file = path.split(['?', '#']).next()?.rsplit('/').next()?;
    let stem = file.strip_suffix(".whl").or_else(|| file.strip_suffix(".tar.gz")).or_else(|| file.strip_suffix(".zip"))?;
    // A wheel's name has five parts, of which the package's is the first; an archive's has two.
    let name = if stem.split('-').count() >= 5 { stem.split('-').next()? } else { stem.rsplit_once('-')?.0 };
    Some(super::normalized(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> What {
        let found = lines(text);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].what.clone()
    }

    #[test]
    fn lines_are_joined_and_comments_dropped() {
        let text = "# head\nidna==3.7 \\\n    --hash=sha256:bb \\\n    # via x\n    --hash=sha256:aa\n    # via requests\n\nflask == 3.0 ; python_version<'4' # why\n";
        let found = lines(text);
        assert_eq!(found.len(), 2, "{found:?}");
        let What::Package(idna) = &found[0].what else { panic!("{found:?}") };
        assert_eq!(idna.hashes, ["sha256:aa", "sha256:bb"]);
        assert_eq!(&text[found[0].range.clone()], "idna==3.7");
        let What::Package(flask) = &found[1].what else { panic!("{found:?}") };
        assert_eq!((flask.specifier.as_str(), flask.marker.as_deref()), ("==3.0", Some("python_version<'4'")));
        assert_eq!(&text[found[1].range.clone()], "flask == 3.0 ; python_version<'4'");
    }

    #[test]
    fn options_and_references_are_told_apart() {
        assert_eq!(only("-rbase.txt"), What::Include("base.txt".into()));
        assert_eq!(only("--requirement=a/b.txt"), What::Include("a/b.txt".into()));
        assert_eq!(only("-i https://x/simple"), What::Index("https://x/simple".into()));
        assert_eq!(only("--pre"), What::Harmless);
        assert_eq!(only("--bogus 1"), What::Unknown("--bogus".into()));
        let reference = |line: &str| match only(line) {
            What::Package(r) => (r.name, r.reference, r.extras.join(",")),
            other => panic!("{other:?}"),
        };
        let is =
            |name: Option<&str>, reference: &str, extras: &str| (name.map(str::to_owned), Some(reference.to_owned()), extras.to_owned());
        assert_eq!(reference("-e ."), is(None, ".", ""));
        assert_eq!(reference("./libs/a[x]"), is(None, "./libs/a", "x"));
        assert_eq!(reference("a @ git+https://h/a.git@abc#subdirectory=s"), is(Some("a"), "git+https://h/a.git@abc#subdirectory=s", ""));
        assert_eq!(reference("A_b[x] @ https://h/a.whl ; os_name=='posix'"), is(Some("a-b"), "https://h/a.whl", "x"));
        assert_eq!(reference("git+https://h/a.git@1#egg=A"), is(Some("a"), "git+https://h/a.git@1#egg=A", ""));
        assert_eq!(
            reference("https://h/some_pkg-1.0-py3-none-any.whl"),
            is(Some("some-pkg"), "https://h/some_pkg-1.0-py3-none-any.whl", "")
        );
    }
}
