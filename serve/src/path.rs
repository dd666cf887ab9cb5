//! The path that a request asks for, decoded once and refused where it could mean two things.

/// The path of a request's target, decoded; `None` where it is malformed, or not what a browser would send: a slash or a zero that is
/// encoded, `.` or `..` as a name, a backslash, control characters, bytes that are not UTF-8.
#[must_use]
pub(crate) fn decode(path: &str) -> Option<String> {
    if !path.starts_with('/') {
        return None;
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => match (digit(bytes.next()?)? << 4) | digit(bytes.next()?)? {
                b'/' => return None,
                other => other,
            },
            other => other,
        };
        if byte < b' ' || byte == b'\\' || byte == 0x7f {
            return None;
        }
        decoded.push(byte);
    }
    let decoded = String::from_utf8(decoded).ok()?;
    (!decoded.split('/').any(|name| name == "." || name == "..")).then_some(decoded)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A path of the table as a header can hold it.
#[must_use]
pub(crate) fn encode(path: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' | b'!' | b'$' | b'(' | b')' | b'+' | b',' | b'@' => {
                encoded.push(char::from(byte));
            }
            _ => {
                encoded.push('%');
                encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
                encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_is_decoded_once() {
        for (asked, path) in [
            ("/", Some("/")),
            ("/a%20b", Some("/a b")),
            ("/%C3%A9.html", Some("/é.html")),
            ("/a%2Eb", Some("/a.b")),
            ("/%252e%252e/x", Some("/%2e%2e/x")),
            ("/a..b/...", Some("/a..b/...")),
            ("//a", Some("//a")),
            ("", None),
            ("*", None),
            ("a", None),
            ("/..", None),
            ("/a/../b", None),
            ("/%2e%2E/etc/passwd", None),
            ("/.%2e/x", None),
            ("/./x", None),
            ("/a%2fb", None),
            ("/a%2Fb", None),
            ("/a%00", None),
            ("/a%0d%0aSet-Cookie:x", None),
            ("/a%5c..%5cb", None),
            ("/a\\b", None),
            ("/%", None),
            ("/%2", None),
            ("/%zz", None),
            ("/%+1", None),
            ("/%ff", None),
            ("/%c0%af", None),
        ] {
            assert_eq!(decode(asked).as_deref(), path, "{asked}");
        }
    }

    proptest! {
        #[test]
        fn what_is_decoded_has_no_way_up(path in ".{0,60}") {
            if let Some(decoded) = decode(&path) {
                prop_assert!(decoded.starts_with('/'));
                prop_assert!(decoded.split('/').all(|name| name != ".." && name != "."));
                prop_assert!(!decoded.contains(['\0', '\\', '\r', '\n']));
            }
        }

        #[test]
        fn escapes_never_make_a_way_up(path in "(/|%2[eEfF]|%5[cC]|%00|\\.|%25|%|a|\\\\){0,24}") {
            if let Some(decoded) = decode(&path) {
                prop_assert!(decoded.split('/').all(|name| name != ".." && name != "."));
            }
        }

        #[test]
        fn encoding_is_undone_by_decoding(path in "/[^\\x00-\\x1f\\x7f\\\\]{0,40}") {
            prop_assume!(path.split('/').all(|name| name != ".." && name != "."));
            let encoded = encode(&path);
            prop_assert!(encoded.is_ascii());
            prop_assert_eq!(decode(&encoded), Some(path));
        }
    }
}
