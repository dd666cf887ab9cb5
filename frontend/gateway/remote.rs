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

/// Reads an address; `None` when it is none, and then it names a local folder.
#[must_use]
pub(super) fn parse(address: &str) -> Option<Remote> {
    let (base, fragment) = address.split_once('#').map_or((address, ""), |(b, f)| (b, f));
    let (base, query) = base.split_once('?').map_or((base, ""), |(b, q)| (b, q));
    let http = base.starts_with("http://") || base.starts_with("https://");
    let scp = !base.contains("://") && base.split_once(':').is_some_and(|(host, path)| host.contains('@') && !path.is_empty());
    let bare_github = base.starts_with("github.com/");
    if base.starts_with("git://") || base.starts_with("ssh://") || scp || bare_github || (http && base.strip_suffix(".git").is_some()) {
        let url = if bare_github { format!("https://{base}") } else { base.to_owned() };
        return Some(Remote::Git(Box::new(git(&url, query, fragment))));
    }
    http.then(|| Remote::Http(Box::new(Http { filename: Some("context".to_owned()), ..Http::new(address) })))
}

/// `#ref:folder` and `?ref=…&subdir=…` say the same things; the fragment wins.
fn git(url: &str, query: &str, fragment: &str) -> Git {
    let pairs: BTreeMap<&str, &str> = query.split('&').filter_map(|p| p.split_once('=')).collect();
    let from_query = ["ref", "branch", "tag", "commit"].iter().find_map(|k| pairs.get(k)).copied().unwrap_or_default();
    let (reference, folder) = fragment.split_once(':').unwrap_or((fragment, ""));
    let text = |fragment: &str, query: Option<&str>| {
        let chosen = if fragment.is_empty() { query.unwrap_or_default() } else { fragment };
        chosen.to_owned()
    };
    Git {
        reference: text(reference, Some(from_query)),
        subdir: text(folder, pairs.get("subdir").copied()),
        checksum: pairs.get("checksum").map(|c| (*c).to_owned()),
        ..Git::new(url)
    }
}

/// Whether a file's first bytes are those of an archive: tar, or tar packed by gzip, bzip2 or xz.
#[must_use]
pub(super) fn is_archive(start: &[u8]) -> bool {
    const PACKED: &[&[u8]] = &[b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00"];
    PACKED.iter().any(|magic| start.starts_with(magic)) || start.get(257..262) == Some(b"ustar")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let s = str::to_owned;
        let git = |address: &str| match parse(address) {
            Some(Remote::Git(git)) => (git.reference.clone(), git.subdir.clone()),
            other => panic!("{address} is no repository: {other:?}"),
        };
        assert_eq!(git("https://example.org/a.git#main:api"), (s("main"), s("api")));
        assert_eq!(git("https://example.org/a.git?branch=v1&subdir=x"), (s("v1"), s("x")));
        assert_eq!(git("git@example.org:team/a"), (s(""), s("")));
        assert_eq!(git("github.com/a/b"), (s(""), s("")));
        assert!(matches!(parse("https://example.org/a.tar.gz"), Some(Remote::Http(_))));
        assert!(matches!(parse("http://buildkit-session/x"), Some(Remote::Http(_))));
        assert_eq!(parse("."), None);
    }

    #[test]
    fn archives_are_known_by_their_first_bytes() {
        let mut tar = vec![0; 300];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(is_archive(&tar) && is_archive(b"\x1f\x8b\x08\x00"));
        assert!(!is_archive(b"# syntax=distil") && !is_archive(b""));
    }
}
