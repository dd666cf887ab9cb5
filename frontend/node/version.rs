//! A version of Node, as specs and project files name one, and the ranges that a project allows.

use std::fmt;
use std::str::FromStr;

use crate::names::Refused;
use crate::node::codes;
use crate::yaml::scalar;

/// A version of Node as written in a spec: `24`, or `24.22.3` for one release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeVersion {
    /// The first number.
    pub major: u32,
    /// The second, when one is asked for.
    pub minor: Option<u32>,
    /// The third.
    pub patch: Option<u32>,
}

/// The names of releases with long support, by which version files may call them.
const NAMES: &[(&str, u32)] = &[("iron", 20), ("jod", 22), ("krypton", 24)];

impl NodeVersion {
    /// The versions that have an official image on Debian 13, those first that are taken where the project leaves a choice: the newest
    /// that every test of this program runs on, and then those that are older. They move with a release, so that neither a new Node nor
    /// a lock that was written anew moves a service to one.
    pub const KNOWN: [u32; 4] = [24, 22, 20, 26];

    /// A major version, whatever the release.
    #[must_use]
    pub const fn of(major: u32) -> Self {
        Self { major, minor: None, patch: None }
    }
}

impl FromStr for NodeVersion {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let bare = text.trim().strip_prefix('v').unwrap_or(text.trim());
        if let Some(name) = bare.strip_prefix("lts/") {
            let major =
                if name == "*" { Some(Self::KNOWN[0]) } else { NAMES.iter().find(|(known, _)| *known == name).map(|(_, major)| *major) };
            return major
                .map(Self::of)
                .ok_or_else(|| Refused::new(format!("no release of Node is known as `{text}`"), "write its number, such as `24`"));
        }
        let parts: Vec<Option<u32>> = bare.split('.').map(|part| part.parse().ok()).collect();
        let version = match parts[..] {
            [Some(major)] => Self::of(major),
            [Some(major), Some(minor)] => Self { major, minor: Some(minor), patch: None },
            [Some(major), Some(minor), Some(patch)] => Self { major, minor: Some(minor), patch: Some(patch) },
            _ => return Err(Refused::new(format!("`{text}` is not a version of Node"), "write one such as `24`")),
        };
        if !Self::KNOWN.contains(&version.major) {
            let mut known = Self::KNOWN;
            known.sort_unstable();
            let known = known.map(|major| major.to_string()).join(", ");
            return Err(Refused::new(format!("Node {text} has no official image on Debian 13"), format!("{known} have one")));
        }
        Ok(version)
    }
}

impl fmt::Display for NodeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.major)?;
        [self.minor, self.patch].into_iter().flatten().try_for_each(|part| write!(f, ".{part}"))
    }
}

scalar!(NodeVersion, "a version of Node", codes::BAD_NODE);

/// Versions between two bounds, the second of them left out.
type Interval = ((u32, u32, u32), (u32, u32, u32));

const ALL: Interval = ((0, 0, 0), (u32::MAX, 0, 0));

/// A range of versions, as in `>=22.12 <25 || ^26`: one of these has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range(Vec<Interval>);

impl Range {
    /// Reads one. `None` where it is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        text.split("||").map(all_of).collect::<Option<_>>().map(Self)
    }

    /// Whether a version, or any release of it, is among these.
    pub(crate) fn allows(&self, version: NodeVersion) -> bool {
        let NodeVersion { major, minor, patch } = version;
        let own = partial((major, minor, patch));
        self.0.iter().any(|&(from, to)| from.max(own.0) < to.min(own.1))
    }
}

/// Versions that fit every part of a range between two `||`.
fn all_of(text: &str) -> Option<Interval> {
    if let Some((from, to)) = text.split_once(" - ") {
        return Some((partial(numbers(from)?).0, partial(numbers(to)?).1));
    }
    let mut joined = text.to_owned();
    for operator in [">=", "<=", ">", "<", "=", "^", "~"] {
        while joined.contains(&format!("{operator} ")) {
            joined = joined.replace(&format!("{operator} "), operator);
        }
    }
    joined.split_whitespace().try_fold(ALL, |(from, to), part| {
        let (least, most) = comparator(part)?;
        Some((from.max(least), to.min(most)))
    })
}

fn comparator(text: &str) -> Option<Interval> {
    let version = text.trim_start_matches(['<', '>', '=', '^', '~']);
    let numbers = numbers(version)?;
    let (from, to) = partial(numbers);
    match &text[..text.len() - version.len()] {
        ">=" => Some((from, ALL.1)),
        ">" => Some((to, ALL.1)),
        "<" => Some((ALL.0, from)),
        "<=" => Some((ALL.0, to)),
        "^" => Some((from, (from.0 + 1, 0, 0))),
        "~" => match numbers {
            (_, Some(minor), _) => Some((from, (from.0, minor + 1, 0))),
            _ => Some((from, to)),
        },
        "" | "=" => Some((from, to)),
        _ => None,
    }
}

/// Every version that begins with these numbers.
fn partial((major, minor, patch): (u32, Option<u32>, Option<u32>)) -> Interval {
    match (major, minor, patch) {
        (u32::MAX, ..) => ALL,
        (major, None, _) => ((major, 0, 0), (major + 1, 0, 0)),
        (major, Some(minor), None) => ((major, minor, 0), (major, minor + 1, 0)),
        (major, Some(minor), Some(patch)) => ((major, minor, patch), (major, minor, patch + 1)),
    }
}

/// The numbers of a version, which may end early or in `x`; the largest major stands for any.
fn numbers(text: &str) -> Option<(u32, Option<u32>, Option<u32>)> {
    let text = text.trim().trim_start_matches('v');
    let text = text.split(['-', '+']).next().unwrap_or(text);
    let mut numbers = [None; 3];
    for (index, part) in text.split('.').enumerate() {
        if matches!(part, "" | "x" | "X" | "*") {
            break;
        }
        let number: u32 = part.parse().ok().filter(|number| *number < 1_000_000)?;
        *numbers.get_mut(index)? = Some(number);
    }
    Some((numbers[0].unwrap_or(u32::MAX), numbers[1], numbers[2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_version_files_write_them() {
        let read = |text: &str| text.parse::<NodeVersion>().map(|version| version.to_string()).map_err(|refused| refused.message);
        for (text, version) in
            [("24", "24"), ("v22.23.5", "22.23.5"), ("26.1", "26.1"), ("lts/krypton", "24"), ("lts/*", "24"), (" 24\n", "24")]
        {
            assert_eq!(read(text).as_deref(), Ok(version), "{text}");
        }
        for text in ["18", "latest", "24.x", "lts/x", ""] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ranges_allow_what_is_in_them() {
        let allowed = |text: &str| {
            let range = Range::read(text).unwrap_or_else(|| panic!("{text}"));
            let mut known = NodeVersion::KNOWN;
            known.sort_unstable();
            known.into_iter().filter(|major| range.allows(NodeVersion::of(*major))).collect::<Vec<_>>()
        };
        for (text, majors) in [
            (">=22", &[22, 24, 26][..]),
            (">= 20.4.0", &[20, 22, 24, 26]),
            ("^22.12 || >=24", &[22, 24, 26]),
            ("24.x", &[24]),
            ("~22.1", &[22]),
            ("22", &[22]),
            (">=22.13.0 <25", &[22, 24]),
            ("20 - 22", &[20, 22]),
            ("*", &[20, 22, 24, 26]),
            ("", &[20, 22, 24, 26]),
            (">24", &[26]),
            ("<=22.5.1", &[20, 22]),
            ("<18", &[]),
        ] {
            assert_eq!(allowed(text), majors, "{text}");
        }
        let exact = |range: &str, version: &str| Range::read(range).is_some_and(|range| range.allows(version.parse().expect("a version")));
        assert!(exact(">=24.5", "24.5.0") && !exact(">=24.5", "24.4.9") && exact(">=24.5", "24"));
        assert!(Range::read("latest").is_none() && Range::read(">=a").is_none() && Range::read("1.2.3.4").is_none());
    }
}
