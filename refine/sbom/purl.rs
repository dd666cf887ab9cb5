//! Package URLs: the name of a package that every scanner and every database of advisories knows.

use std::fmt::Write as _;

/// A package URL of a type, a namespace that may be empty, a name, a version that may be empty, and qualifiers; empty ones are left out.
#[must_use]
pub fn purl(kind: &str, namespace: &str, name: &str, version: &str, qualifiers: &[(&str, &str)]) -> String {
    let mut text = format!("pkg:{kind}/");
    if !namespace.is_empty() {
        text += &encoded(namespace);
        text.push('/');
    }
    text += &encoded(name);
    if !version.is_empty() {
        text.push('@');
        text += &encoded(version);
    }
    let mut qualifiers: Vec<_> = qualifiers.iter().filter(|(_, value)| !value.is_empty()).collect();
    qualifiers.sort();
    for (number, (key, value)) in qualifiers.into_iter().enumerate() {
        let _ = write!(text, "{}{key}={}", if number == 0 { '?' } else { '&' }, encoded(value));
    }
    text
}

/// A text with every byte in percent form that could mean something else in an address.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_mean_something_else_is_encoded() {
        let found = purl("deb", "debian", "libstdc++6", "2:1+b1", &[("distro", "debian-13"), ("arch", "amd64"), ("upstream", "")]);
        assert_eq!(found, "pkg:deb/debian/libstdc%2B%2B6@2:1%2Bb1?arch=amd64&distro=debian-13");
        assert_eq!(purl("generic", "", "a", "", &[]), "pkg:generic/a");
    }
}
