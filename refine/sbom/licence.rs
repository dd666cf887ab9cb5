//! Licences: what a package says of its own, as an expression of SPDX where it is one, and else as the name that it is.

use std::fmt::Write as _;

/// A licence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Licence {
    /// An expression of SPDX's identifiers.
    Expression(String),
    /// A name that is none.
    Name(String),
}

/// Identifiers of SPDX's list that packages name.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "0BSD", "AFL-2.1", "AFL-3.0", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-1.1", "Apache-2.0", "Artistic-1.0", "Artistic-1.0-Perl",
    "Artistic-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-LBNL", "BSD-4-Clause", "BSD-4-Clause-UC", "BSL-1.0",
    "BlueOak-1.0.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0", "CDDL-1.0", "CPL-1.0",
    "ECL-2.0", "EPL-1.0", "EPL-2.0", "EUPL-1.2", "FTL", "GFDL-1.1-or-later", "GFDL-1.2-only", "GFDL-1.2-or-later", "GFDL-1.3-only",
    "GFDL-1.3-or-later", "GPL-1.0-only", "GPL-1.0-or-later", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later",
    "HPND", "ICU", "IJG", "ISC", "JSON", "LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only",
    "LGPL-3.0-or-later", "LPPL-1.3c", "Libpng", "MIT", "MIT-0", "MIT-CMU", "MPL-1.1", "MPL-2.0", "MS-PL", "NCSA", "NIST-PD", "OFL-1.1",
    "OLDAP-2.8", "OpenSSL", "OpenSSL-standalone", "PHP-3.01", "PSF-2.0", "PostgreSQL", "QPL-1.0", "Ruby",
    "SGI-B-2.0", "TCL", "UPL-1.0", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "Vim", "W3C", "WTFPL", "X11", "Zlib", "ZPL-2.1",
    "blessing", "bzip2-1.0.6", "curl", "libpng-2.0", "libtiff", "zlib-acknowledgement",
    "CNRI-Python", "Python-2.0", "Python-2.0.1",
];
/// Exceptions to them.
#[rustfmt::skip]
const EXCEPTIONS: &[&str] = &[
    "Autoconf-exception-2.0", "Autoconf-exception-3.0", "Bison-exception-2.2", "Classpath-exception-2.0", "Font-exception-2.0",
    "GCC-exception-2.0", "GCC-exception-3.1", "LLVM-exception", "Libtool-exception", "Linux-syscall-note",
];
/// What people and Debian call licences of the list.
#[rustfmt::skip]
const CALLED: &[(&str, &str)] = &[
    ("apache 2", "Apache-2.0"), ("apache 2.0", "Apache-2.0"), ("apache license 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"), ("apache software license 2.0", "Apache-2.0"), ("apache-2", "Apache-2.0"),
    ("bsd 2-clause", "BSD-2-Clause"), ("bsd 3-clause", "BSD-3-Clause"), ("3-clause bsd license", "BSD-3-Clause"),
    ("bsd 3-clause license", "BSD-3-Clause"), ("new bsd", "BSD-3-Clause"), ("cc0", "CC0-1.0"), ("expat", "MIT"),
    ("isc license", "ISC"), ("mit license", "MIT"), ("the mit license", "MIT"), ("the mit license (mit)", "MIT"),
    ("mozilla public license 2.0", "MPL-2.0"), ("mozilla public license 2.0 (mpl 2.0)", "MPL-2.0"),
    ("psf", "PSF-2.0"), ("psfl", "PSF-2.0"), ("the unlicense", "Unlicense"),
];
/// The longest name; what is longer is the text of a licence.
const NAME: usize = 100;

impl Licence {
    /// What a package says of its licence, and Debian's files among them; `None` where it says nothing, or the whole text of one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.lines().next().unwrap_or_default().trim();
        if text.is_empty() || text.len() > NAME || text.eq_ignore_ascii_case("unknown") {
            return None;
        }
        Some(expression(text).map_or_else(|| Self::Name(text.to_owned()), Self::Expression))
    }
}

/// A text as an expression of known identifiers; `None` where it is none.
fn expression(text: &str) -> Option<String> {
    if let Some(id) = identifier(text) {
        return Some(id);
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let (mut out, mut depth, mut wants) = (String::new(), 0_usize, true);
    let mut words = spaced.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let joins = word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or");
        match word {
            "(" if wants => depth += 1,
            ")" if !wants && depth > 0 => depth -= 1,
            _ if joins && !wants => {
                let _ = write!(out, " {} ", word.to_ascii_uppercase());
                wants = true;
                continue;
            }
            word if wants && !joins => {
                out += &identifier(word)?;
                if words.next_if(|word| word.eq_ignore_ascii_case("with")).is_some() {
                    let exception = words.next()?;
                    let known = EXCEPTIONS.iter().find(|known| known.eq_ignore_ascii_case(exception))?;
                    let _ = write!(out, " WITH {known}");
                }
                wants = false;
                continue;
            }
            _ => return None,
        }
        out += word;
    }
    (!wants && depth == 0).then_some(out)
}

/// The identifier of one licence.
fn identifier(word: &str) -> Option<String> {
    if let Some(known) = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(word)) {
        return Some((*known).to_owned());
    }
    if let Some((_, known)) = CALLED.iter().find(|(called, _)| called.eq_ignore_ascii_case(word)) {
        return Some((*known).to_owned());
    }
    // `GPL-2+` of Debian, `GPL-2.0` and `GPL-2.0+` of older lists.
    let (family, version) = word.split_once('-')?;
    let family = ["AGPL", "GFDL", "GPL", "LGPL"].into_iter().find(|known| known.eq_ignore_ascii_case(family))?;
    let (version, end) = version.strip_suffix('+').map_or((version, "only"), |version| (version, "or-later"));
    let version = if version.contains('.') { version.to_owned() } else { format!("{version}.0") };
    let id = format!("{family}-{version}-{end}");
    KNOWN.contains(&id.as_str()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_a_licence_become_its_identifier() {
        let read = |text: &str| Licence::read(text);
        let expression = |text: &str| Some(Licence::Expression(text.to_owned()));
        for (text, expected) in [
            ("MIT", "MIT"),
            ("mit license", "MIT"),
            ("GPL-2+", "GPL-2.0-or-later"),
            ("LGPL-2.1", "LGPL-2.1-only"),
            ("GPL-3+ with GCC-exception-3.1", "GPL-3.0-or-later WITH GCC-exception-3.1"),
            ("GPL-2+ or Artistic-2.0", "GPL-2.0-or-later OR Artistic-2.0"),
            ("(MIT OR Apache-2.0) AND BSD-3-Clause", "(MIT OR Apache-2.0) AND BSD-3-Clause"),
        ] {
            assert_eq!(read(text), expression(expected), "{text}");
        }
        for text in ["BSD", "Dual License", "MIT AND", "(MIT", "MIT or", "public-domain", "GPL-9"] {
            assert_eq!(read(text), Some(Licence::Name(text.to_owned())), "{text}");
        }
        assert_eq!((read(""), read("UNKNOWN"), read(&"x".repeat(200))), (None, None, None));
    }
}
