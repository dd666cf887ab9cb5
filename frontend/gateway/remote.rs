//! Addresses of contexts that are not on the client's disk: git repositories and archives over HTTP.

use std::collections::BTreeMap;

use buildkit_llb::{Git, Http};

/// Something to fetch as a context.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Remote {
    /// A git repository.
    Git(Box<Git>),
    /// A file or an archive.
    Http(Box<Http>),
}

/// An address of a repository that says what cannot be, as BuildKit itself refuses it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address `{address}` {problem}")]
pub struct BadAddress {
    address: String,
    problem: String,
    /// What to write, perhaps.
    pub(super) help: Option<&'static str>,
}

/// Reads an address; `None` when it is none, and then it names a local folder.
pub(super) fn parse(address: &str) -> Result<Option<Remote>, BadAddress> {
    let (base, fragment) = address.split_once('#').map_or((address, ""), |(b, f)| (b, f));
    let (base, query) = base.split_once('?').map_or((base, ""), |(b, q)| (b, q));
    let http = base.starts_with("http://") || base.starts_with("https://");
    let scp = !base.contains("://") && base.split_once(':').is_some_and(|(host, path)| host.contains('@') && !path.is_empty());
    let bare_github = base.starts_with("github.com/");
    if base.starts_with("git://") || base.starts_with("ssh://") || scp || bare_github || (http && base.strip_suffix(".git").is_some()) {
        let url = if bare_github { format!("https://{base}") } else { base.to_owned() };
        let bad = |(problem, help)| BadAddress { address: address.to_owned(), problem, help };
        return git(&url, query, fragment).map(|git| Some(Remote::Git(Box::new(git)))).map_err(bad);
    }
    Ok(http.then(|| Remote::Http(Box::new(Http { filename: Some("context".to_owned()), ..Http::new(address) }))))
}

/// What is wrong with an address, and perhaps what to write.
type Problem = (String, Option<&'static str>);

/// `#ref:folder` and `?ref=…&subdir=…` say the same things, and may not say different ones.
fn git(url: &str, query: &str, fragment: &str) -> Result<Git, Problem> {
    let pairs = pairs(query)?;
    let said = |key: &str| pairs.get(key).map(|value| (*value).to_owned());
    let within = |key: &str, folder: &str| pairs.get(key).map(|name| format!("{folder}{}", name.trim_start_matches(folder)));
    if pairs.contains_key("branch") && pairs.contains_key("tag") {
        return Err(("names a branch and a tag".to_owned(), Some("keep one of them")));
    }
    let (reference, folder) = fragment.split_once(':').unwrap_or((fragment, ""));
    let fragment = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
    let named = [fragment(reference), said("ref"), within("tag", "refs/tags/"), within("branch", "refs/heads/")];
    let checksum = said("checksum").or_else(|| said("commit"));
    let flag = |key: &str| match pairs.get(key).copied() {
        None => Ok(None),
        Some("" | "1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Some(true)),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Some(false)),
        Some(other) => Err((format!("says `{key}={other}`"), Some("write true or false there"))),
    };
    let commit_times = match said("mtime").as_deref() {
        None | Some("checkout") => false,
        Some("commit") => true,
        Some(other) => return Err((format!("says `mtime={other}`"), Some("write checkout or commit there"))),
    };
    Ok(Git {
        reference: agreed(named)?.or_else(|| checksum.clone()).unwrap_or_default(),
        subdir: agreed([fragment(folder), said("subdir")])?.unwrap_or_default(),
        checksum,
        keep_git_dir: flag("keep-git-dir")?.unwrap_or(false),
        skip_submodules: flag("submodules")? == Some(false),
        commit_times,
        fetch_by_commit: flag("fetch-by-commit")?.unwrap_or(false),
        ..Git::new(url)
    })
}

/// The keys of a query with their values, each once.
fn pairs(query: &str) -> Result<BTreeMap<&str, &str>, Problem> {
    const KEYS: &[&str] =
        &["ref", "branch", "tag", "subdir", "checksum", "commit", "keep-git-dir", "submodules", "mtime", "fetch-by-commit"];
    const FLAGS: &[&str] = &["keep-git-dir", "submodules", "fetch-by-commit"];
    let mut pairs = BTreeMap::new();
    for (key, value) in query.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, ""))) {
        if !KEYS.contains(&key) {
            let help = "a repository's address takes ref, branch, tag, subdir, checksum, commit, keep-git-dir, submodules, mtime";
            return Err((format!("has the key `{key}`, which nothing reads"), Some(help)));
        }
        if value.is_empty() && !FLAGS.contains(&key) {
            return Err((format!("gives `{key}` no value"), None));
        }
        if pairs.insert(key, value).is_some() {
            return Err((format!("gives `{key}` twice"), Some("keep one of them")));
        }
    }
    Ok(pairs)
}

/// What all that is said comes down to.
fn agreed<const N: usize>(said: [Option<String>; N]) -> Result<Option<String>, Problem> {
    let mut all = said.into_iter().flatten();
    let first = all.next();
    match all.find(|other| Some(other) != first.as_ref()) {
        Some(other) => Err((format!("says both `{}` and `{other}`", first.unwrap_or_default()), Some("keep one of them"))),
        None => Ok(first),
    }
}

/// Whether a file's first bytes are those of an archive: tar, or tar packed by gzip, bzip2 or xz.
#[must_use]
pub(super) fn is_archive(start: &[u8]) -> bool {
    const ARCHIVE_MAGICS: &[&[u8]] = &[b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00"];
    ARCHIVE_MAGICS.iter().any(|magic| start.starts_with(magic)) || start.get(257..262) == Some(b"ustar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let s = str::to_owned;
        let git = |address: &str| match parse(address).expect("it is good") {
            Some(Remote::Git(git)) => (git.reference.clone(), git.subdir.clone()),
            other => panic!("{address} is no repository: {other:?}"),
        };
        assert_eq!(git("https://example.org/a.git#main:api"), (s("main"), s("api")));
        assert_eq!(git("https://example.org/a.git?branch=v1&subdir=x"), (s("refs/heads/v1"), s("x")));
        assert_eq!(git("https://example.org/a.git?tag=v1"), (s("refs/tags/v1"), s("")));
        let Ok(Some(Remote::Git(all))) =
            parse("https://example.org/a.git?commit=abc&mtime=commit&fetch-by-commit=1&submodules=false&keep-git-dir")
        else {
            panic!("a repository")
        };
        assert!(all.checksum == Some(s("abc")) && all.reference == "abc" && all.commit_times && all.fetch_by_commit);
        assert!(all.skip_submodules && all.keep_git_dir);
        assert_eq!(git("git@example.org:team/a"), (s(""), s("")));
        assert_eq!(git("github.com/a/b"), (s(""), s("")));
        assert!(matches!(parse("https://example.org/a.tar.gz"), Ok(Some(Remote::Http(_)))));
        assert!(matches!(parse("http://buildkit-session/x?any=1"), Ok(Some(Remote::Http(_)))));
        assert_eq!(parse("."), Ok(None));
        assert_eq!(git("https://example.org/a.git?tag=v1&subdir=x#refs/tags/v1:x"), (s("refs/tags/v1"), s("x")));
        assert_eq!(git("https://example.org/a.git?checksum=abc#main"), (s("main"), s("")));
    }

    #[test]
    fn an_address_that_says_what_cannot_be_is_refused() {
        let said = |query: &str| {
            let refused = parse(&format!("https://example.org/a.git{query}")).expect_err(query);
            super::super::failure::Failure::from(refused).to_string()
        };
        assert_eq!(
            said("?branch=a&tag=b"),
            "the address `https://example.org/a.git?branch=a&tag=b` names a branch and a tag [bad-context]\n  help: keep one of them"
        );
        for (query, problem) in [
            ("?rev=v1", "has the key `rev`, which nothing reads"),
            ("?ref=a&ref=b", "gives `ref` twice"),
            ("?ref=", "gives `ref` no value"),
            ("?ref=a#b", "says both `b` and `a`"),
            ("?ref=a&tag=v1", "says both `a` and `refs/tags/v1`"),
            ("?subdir=a#main:b", "says both `b` and `a`"),
            ("?keep-git-dir=perhaps", "says `keep-git-dir=perhaps`"),
            ("?mtime=now", "says `mtime=now`"),
        ] {
            assert!(said(query).contains(problem), "{}", said(query));
        }
    }

    #[test]
    fn archives_are_known_by_their_first_bytes() {
        let mut tar = vec![0; 300];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(is_archive(&tar) && is_archive(b"\x1f\x8b\x08\x00"));
        assert!(!is_archive(b"# syntax=distil") && !is_archive(b""));
    }
}
