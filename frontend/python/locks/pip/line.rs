//! The lines of a requirement file: continued ones joined, comments gone, each told apart by what it asks for.
//! Knows what pip has beside the standard's requirements (options, hashes, bare paths and addresses), and nothing of pins or other files.

use std::ops::Range;

use crate::python::pep::requirement::Wanted;
use crate::python::pep::{self, normalized};

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
    /// A hash that stands apart from its package.
    StrayHash,
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
    /// Who asks for it, as tools note it in the comments beside it.
    pub via: Vec<String>,
}

/// An option that pip knows in a requirement file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Include,
    Constrain,
    Index,
    ExtraIndex,
    FindLinks,
    NoIndex,
    Editable,
    /// A hash on a line of its own, which belongs to no package.
    Hash,
    /// It asks how to fetch or to choose, where a lock leaves no choice; with a value or without.
    Harmless(bool),
}

const OPTIONS: &[(&str, Known)] = &[
    ("-r", Known::Include),
    ("--requirement", Known::Include),
    ("--requirements", Known::Include),
    ("-c", Known::Constrain),
    ("--constraint", Known::Constrain),
    ("--constraints", Known::Constrain),
    ("-i", Known::Index),
    ("--index-url", Known::Index),
    ("--pypi-url", Known::Index),
    ("--extra-index-url", Known::ExtraIndex),
    ("-f", Known::FindLinks),
    ("--find-links", Known::FindLinks),
    ("--no-index", Known::NoIndex),
    ("-e", Known::Editable),
    ("--editable", Known::Editable),
    ("--hash", Known::Hash),
    ("--pre", Known::Harmless(false)),
    ("--prefer-binary", Known::Harmless(false)),
    ("--require-hashes", Known::Harmless(false)),
    ("--all-releases", Known::Harmless(true)),
    ("--only-final", Known::Harmless(true)),
    ("--trusted-host", Known::Harmless(true)),
    ("--no-binary", Known::Harmless(true)),
    ("--only-binary", Known::Harmless(true)),
    ("--use-feature", Known::Harmless(true)),
    ("--uploaded-prior-to", Known::Harmless(true)),
];

/// The lines of a file that ask for something.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut found = vec![];
    let mut joined = String::new();
    let mut begin: Option<usize> = None;
    let mut at = 0;
    // Whether the comment before began a list of who asks for a package.
    let mut noting = false;
    for raw in text.split_inclusive('\n') {
        let line = raw.trim_end_matches(['\n', '\r']);
        // As pip has it, a comment of its own line ends a line that was continued onto it.
        let is_comment = line.trim_start().starts_with('#');
        let continued = line.strip_suffix('\\').filter(|_| !is_comment);
        noting = is_comment && begin.is_none() && note(&mut found, line, noting);
        begin.get_or_insert(at + line.len() - line.trim_start().len());
        joined.push_str(if is_comment { " #" } else { continued.unwrap_or(line) });
        if continued.is_none() {
            close(&mut found, &mut joined, begin.take(), text);
        }
        at += raw.len();
    }
    close(&mut found, &mut joined, begin, text);
    found
}

fn close(found: &mut Vec<Line>, joined: &mut String, begin: Option<usize>, text: &str) {
    let asked = uncommented(joined).trim();
    if let Some(begin) = begin.filter(|_| !asked.is_empty()) {
        let first_line = text[begin..].lines().next().map_or("", |l| uncommented(l.trim_end_matches('\\'))).trim_end();
        let range = begin..begin + first_line.len();
        found.extend(what(asked).into_iter().map(|what| Line { what, range: range.clone() }));
        note(found, &joined[uncommented(joined).len()..], false);
    }
    joined.clear();
}

/// Takes in who asks for the last package, as tools note it: `# via a, b`, or `# via` and a comment for each below it. Returns whether
/// more of them may follow.
fn note(found: &mut [Line], comment: &str, noting: bool) -> bool {
    let said = comment.trim().trim_start_matches('#').trim();
    let names = match said.strip_prefix("via").filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
        Some(names) => names,
        None if noting => said,
        None => return false,
    };
    if let Some(Line { what: What::Package(package), .. }) = found.last_mut() {
        package.via.extend(names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
    }
    true
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

/// A package, or one option after the other.
fn what(line: &str) -> Vec<What> {
    if !line.starts_with('-') {
        return vec![What::Package(requirement(line))];
    }
    let mut found = vec![];
    let mut rest = line;
    while rest.starts_with('-') {
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        // `-rbase.txt` is as good as `-r base.txt`.
        let short = rest.char_indices().nth(2).map_or(rest.len(), |(second, _)| second);
        let end = if rest.starts_with("--") { end } else { end.min(short) };
        let (option, after) = rest.split_at(end);
        let Some(known) = known(option) else {
            found.push(What::Unknown(option.to_owned()));
            break;
        };
        let after = after.trim_start_matches(|c: char| c.is_whitespace() || c == '=');
        if known == Known::Editable {
            found.push(What::Package(editable(after)));
            break;
        }
        let (value, others) = if matches!(known, Known::NoIndex | Known::Harmless(false)) { (String::new(), after) } else { word(after) };
        found.push(match known {
            Known::Include => What::Include(value),
            Known::Constrain => What::Constrain(value),
            Known::Index => What::Index(value),
            Known::ExtraIndex => What::ExtraIndex(value),
            Known::FindLinks => What::FindLinks(value),
            Known::NoIndex => What::NoIndex,
            Known::Hash => What::StrayHash,
            Known::Harmless(_) | Known::Editable => What::Harmless,
        });
        rest = others.trim_start();
    }
    found
}

/// The option that is meant; a long one may be cut short as long as it is only one's beginning.
fn known(option: &str) -> Option<Known> {
    if let Some((_, known)) = OPTIONS.iter().find(|(name, _)| *name == option) {
        return Some(*known);
    }
    let mut begun = OPTIONS.iter().filter(|(name, _)| option.len() > 2 && name.starts_with(option)).map(|(_, known)| *known);
    let first = begun.next()?;
    begun.all(|other| other == first).then_some(first)
}

/// The first word as a shell reads it, and what follows.
fn word(text: &str) -> (String, &str) {
    let (mut word, mut quote) = (String::new(), None);
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => return (word, &text[at..]),
            _ => word.push(c),
        }
    }
    (word, "")
}

/// What `-e` names: an address or a path, in quotes or not.
fn editable(text: &str) -> Requirement {
    let quoted = text.starts_with(['"', '\'']).then(|| word(text));
    let subject = quoted.map_or_else(|| text.to_owned(), |(word, rest)| word + rest);
    // A bare name is a folder here. The dot is no part of what is read back.
    let is_bare = !subject.contains("://") && !subject.contains('@') && !is_path(subject.split(" ;").next().unwrap_or_default());
    let mut found = requirement(&if is_bare { format!("./{subject}") } else { subject });
    if is_bare {
        found.reference = found.reference.map(|path| path.trim_start_matches("./").to_owned());
    }
    found
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
    // In a path or an address a semicolon needs a blank before it to start a marker.
    let (whole, marker) = subject.split_once(" ;").map_or((subject, None), |(whole, marker)| (whole, Some(marker)));
    let is_bare = is_path(whole) || whole.split(';').next().is_some_and(|text| text.contains("://"));
    match pep::Requirement::parse(subject) {
        // What begins like a name may be a path or an address.
        Some(found) if !is_bare || found.versions().is_none() => named(found, hashes),
        _ if is_bare => {
            let (path, extras) = bare(whole.trim());
            let marker = marker.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty());
            let name = file_name(path);
            // A folder's fragment only gives it a name.
            let path = if path.contains("://") { path } else { path.split('#').next().unwrap_or(path) };
            Requirement {
                name,
                extras: listed(extras),
                specifier: String::new(),
                reference: Some(path.to_owned()),
                marker,
                hashes,
                via: vec![],
            }
        }
        _ => Requirement { hashes, ..Requirement::default() },
    }
}

/// A package that is asked for by its name.
fn named(found: pep::Requirement, hashes: Vec<String>) -> Requirement {
    let (specifier, reference) = match found.wanted {
        Wanted::Versions(versions) => (versions.split_whitespace().collect(), None),
        Wanted::Address(address) => (String::new(), Some(address)),
    };
    let extras = found.extras.into_iter().collect();
    Requirement { name: Some(found.name), extras, specifier, reference, marker: found.marker, hashes, via: vec![] }
}

fn listed(extras: &str) -> Vec<String> {
    let mut extras: Vec<_> = extras.split(',').map(str::trim).filter(|e| !e.is_empty()).map(normalized).collect();
    extras.sort();
    extras
}

/// Whether a text names a file or a folder: it starts with a dot, has a slash, or ends as archives do.
fn is_path(text: &str) -> bool {
    let path = bare(text.trim()).0;
    let archive = [".whl", ".tar.gz", ".zip"].iter().any(|end| path.ends_with(end));
    // Behind a name stands an address (`@`) or a marker (`;`).
    let first = path.split(['@', ';']).next().unwrap_or(path);
    !path.contains("://") && (path.starts_with('.') || first.contains('/') || archive)
}

/// A path without the extras behind it.
fn bare(path: &str) -> (&str, &str) {
    path.strip_suffix(']').and_then(|p| p.rsplit_once('[')).unwrap_or((path, ""))
}

/// The package's name in `#egg=name` or in a wheel's name.
fn file_name(path: &str) -> Option<String> {
    if let Some((_, egg)) = path.split_once("egg=") {
        let end = egg.find(['&', '[']).unwrap_or(egg.len());
        return Some(normalized(&egg[..end]));
    }
    let file = path.split(['?', '#']).next()?.rsplit('/').next()?;
    let stem = file.strip_suffix(".whl").or_else(|| file.strip_suffix(".tar.gz")).or_else(|| file.strip_suffix(".zip"))?;
    // A wheel's name has five parts, of which the package's is the first; an archive's has two.
    let name = if stem.split('-').count() >= 5 { stem.split('-').next()? } else { stem.rsplit_once('-')?.0 };
    Some(normalized(name))
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
        let text = "# head\nidna==3.7 \\\n    --hash=sha256:bb \\\n    --hash=sha256:aa\n    # via requests\n\nflask == 3.0 ; python_version<'4' # why\n";
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
    fn a_comment_ends_a_continued_line_as_it_does_for_pip() {
        let found = lines("idna==3.7 \\\n    --hash=sha256:aa \\\n    # via x\n    --hash=sha256:bb\na==1 # why \\\n  --hash=sha256:cc\n");
        let What::Package(idna) = &found[0].what else { panic!("{found:?}") };
        assert_eq!(idna.hashes, ["sha256:aa"]);
        assert_eq!(found[1].what, What::StrayHash);
        let What::Package(a) = &found[2].what else { panic!("{found:?}") };
        assert!(a.hashes.is_empty() && found.len() == 3, "{found:?}");
    }

    #[test]
    fn tools_note_who_asks_for_a_package() {
        let text = "a==1 \\\n    --hash=sha256:aa\n    # via torch\nb==1\n    # via\n    #   -r all.in\n    #   x\n# via y\nc==1  # via p, q\n\n# viable\nd==1\n";
        let via = |line: &Line| if let What::Package(package) = &line.what { package.via.join("|") } else { String::new() };
        assert_eq!(lines(text).iter().map(via).collect::<Vec<_>>(), ["torch", "-r all.in|x|y", "p|q", ""]);
    }

    #[test]
    fn a_slash_in_a_marker_makes_no_path() {
        let What::Package(found) = only("idna==3.7;platform_version in 'a/b'") else { panic!("a package") };
        assert_eq!((found.specifier.as_str(), found.reference), ("==3.7", None));
    }

    #[test]
    fn options_and_references_are_told_apart() {
        assert_eq!(only("-rbase.txt"), What::Include("base.txt".into()));
        assert_eq!(only("--requirement=a/b.txt"), What::Include("a/b.txt".into()));
        assert_eq!(only("-i https://x/simple"), What::Index("https://x/simple".into()));
        assert_eq!(only("--pre"), What::Harmless);
        assert_eq!(only("--all-releases :all:"), What::Harmless);
        assert_eq!(only("--only-final=idna"), What::Harmless);
        assert_eq!(only("-r 'with blank.txt'"), What::Include("with blank.txt".into()));
        assert_eq!(only("--extra-index https://x"), What::ExtraIndex("https://x".into()));
        assert_eq!(only("--no x"), What::Unknown("--no".into()));
        let both: Vec<_> = lines("--pre --index-url https://x --trusted-host x\n").into_iter().map(|l| l.what).collect();
        assert_eq!(both, [What::Harmless, What::Index("https://x".into()), What::Harmless]);
        assert_eq!(only("--bogus 1"), What::Unknown("--bogus".into()));
        assert_eq!(only("-é1"), What::Unknown("-é".into()));
        let reference = |line: &str| match only(line) {
            What::Package(r) => (r.name, r.reference, r.extras.join(",")),
            other => panic!("{other:?}"),
        };
        let is =
            |name: Option<&str>, reference: &str, extras: &str| (name.map(str::to_owned), Some(reference.to_owned()), extras.to_owned());
        assert_eq!(reference("-e ."), is(None, ".", ""));
        assert_eq!(reference("./libs/a[x]"), is(None, "./libs/a", "x"));
        assert_eq!(reference("-e libs/common"), is(None, "libs/common", ""));
        assert_eq!(reference("-e common"), is(None, "common", ""));
        assert_eq!(reference("-e \".[dev]\""), is(None, ".", "dev"));
        assert_eq!(reference("--editable='libs/b'[y]"), is(None, "libs/b", "y"));
        assert_eq!(reference("-e git+https://h/a.git@1#egg=a"), is(Some("a"), "git+https://h/a.git@1#egg=a", ""));
        assert_eq!(reference("libs/a"), is(None, "libs/a", ""));
        assert_eq!(reference("./libs/a#egg=a"), is(Some("a"), "./libs/a", ""));
        assert_eq!(reference("a @ git+https://h/a.git@abc#subdirectory=s"), is(Some("a"), "git+https://h/a.git@abc#subdirectory=s", ""));
        assert_eq!(reference("A_b[x] @ https://h/a.whl ; os_name=='posix'"), is(Some("a-b"), "https://h/a.whl", "x"));
        assert_eq!(reference("git+https://h/a.git@1#egg=A"), is(Some("a"), "git+https://h/a.git@1#egg=A", ""));
        assert_eq!(
            reference("https://h/some_pkg-1.0-py3-none-any.whl"),
            is(Some("some-pkg"), "https://h/some_pkg-1.0-py3-none-any.whl", "")
        );
    }
}
