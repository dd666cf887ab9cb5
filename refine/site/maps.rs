//! Maps from bundled to original sources: which files they are, and the comments that name them.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Whether a file is such a map.
#[must_use]
pub fn is_map(path: &str) -> bool {
    let name = path.to_ascii_lowercase();
    [".js.map", ".mjs.map", ".cjs.map", ".css.map"].iter().any(|end| name.ends_with(end))
}

/// A script or style without the comment that names its map; `None` where it has none. Only a comment of its own line is one, near
/// the end: elsewhere the words may be text.
#[must_use]
pub fn without_comment(path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    const WORD: &[u8] = b" sourceMappingURL=";
    /// How far from the end the comment may begin; one that holds the map itself is as long as that.
    const NEAR: usize = 4096;
    let (open, close): (&[u8], &[u8]) = match super::types::extension(path).as_str() {
        "js" | "mjs" | "cjs" => (b"//", b""),
        "css" => (b"/*", b"*/"),
        _ => return None,
    };
    let at = bytes.windows(WORD.len()).rposition(|window| window == WORD)?;
    let start = at.checked_sub(3).filter(|start| bytes[*start..].starts_with(open) && [b'#', b'@'].contains(&bytes[at - 1]))?;
    let line_end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |end| at + end);
    let end = match close {
        b"" => line_end,
        _ => bytes[at..].windows(close.len()).position(|window| window == close).map(|found| at + found + close.len())?,
    };
    let value = &bytes[at + WORD.len()..end];
    let alone = start == 0 || bytes[start - 1] == b'\n' || (!close.is_empty());
    let inline = value.starts_with(b"data:");
    let plain = !value.iter().any(|b| b"'\"`\\".contains(b));
    if !alone || !plain || (bytes.len() - start > NEAR && !inline) {
        return None;
    }
    let mut kept = bytes[..start].to_vec();
    let rest = &bytes[end..];
    let rest = if close.is_empty() || kept.last() == Some(&b'\n') { rest.strip_prefix(b"\n").unwrap_or(rest) } else { rest };
    kept.extend_from_slice(rest);
    Some(kept)
}

/// Hashes by which pages and scripts say what a file has to be, as `integrity="sha384-…"` does.
#[derive(Debug, Default)]
pub struct Integrity(BTreeSet<String>);

impl Integrity {
    /// Adds those of a text.
    pub fn read(&mut self, text: &str) {
        for start in ["sha256-", "sha384-", "sha512-"] {
            for (at, _) in text.match_indices(start) {
                let rest = &text[at + start.len()..];
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !['+', '/', '='].contains(&c)).unwrap_or(rest.len());
                if end >= 40 {
                    self.0.insert(rest[..end].to_owned());
                }
            }
        }
    }

    /// Whether a file with this content is held to it.
    #[must_use]
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let known = |digest: &[u8]| self.0.contains(&BASE64.encode(digest));
        !self.0.is_empty() && (known(&Sha384::digest(bytes)) || known(&Sha256::digest(bytes)) || known(&Sha512::digest(bytes)))
    }
}

/// Whether a script keeps a list of files with revisions, as service workers do that load a site ahead.
#[must_use]
pub fn is_worker(text: &str) -> bool {
    ["precacheAndRoute", "__WB_MANIFEST", "revision:", "\"revision\":", "precache-manifest"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(path: &str, text: &str) -> Option<String> {
        without_comment(path, text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn only_the_comment_goes() {
        for (path, text, kept) in [
            ("/a.js", "x();\n//# sourceMappingURL=a.js.map", "x();\n"),
            ("/a.js", "x();\n//# sourceMappingURL=a.js.map\n", "x();\n"),
            ("/a.mjs", "x();\n//@ sourceMappingURL=a.js.map\ny();\n", "x();\ny();\n"),
            ("/a.js", "//# sourceMappingURL=data:application/json;base64,e30=", ""),
            ("/a.css", "b{}\n/*# sourceMappingURL=a.css.map */\n", "b{}\n"),
            ("/a.css", "b{}/*# sourceMappingURL=a.css.map*/", "b{}"),
        ] {
            assert_eq!(stripped(path, text).as_deref(), Some(kept), "{text}");
        }
        for (path, text) in [
            ("/a.js", "x('//# sourceMappingURL=a.js.map')"),
            ("/a.js", "x(`\n//# sourceMappingURL=${y}`)"),
            ("/a.js", "x(); //# sourceMappingURL=a.js.map"),
            ("/a.js", "x()\n"),
            ("/a.css", "b{}/*# sourceMappingURL=a.css.map"),
            ("/a.html", "\n//# sourceMappingURL=a.js.map"),
            ("/a.js", " sourceMappingURL=a"),
        ] {
            assert_eq!(stripped(path, text), None, "{text}");
        }
        assert_eq!(
            stripped("/a.js", &format!("\n//# sourceMappingURL=a.js.map\n{}", "x".repeat(5000))),
            None,
            "far from the end it may be text"
        );
    }

    #[test]
    fn a_file_is_held_to_a_hash_of_its_content() {
        let mut integrity = Integrity::default();
        assert!(!integrity.holds(b"x();\n"));
        let hash = BASE64.encode(&Sha384::digest(b"x();\n"));
        integrity.read(&format!("<script src=/a.js integrity=\"sha384-{hash}\" crossorigin></script> sha256-short"));
        assert!(integrity.holds(b"x();\n") && !integrity.holds(b"y();\n"));
    }

    #[test]
    fn maps_are_told_by_their_names() {
        assert!(is_map("/a/app.js.map") && is_map("/a.CSS.MAP"));
        assert!(!is_map("/world.map") && !is_map("/a.js"));
    }
}
