//! Version specifiers as in `requires-python`: `>=3.11,<4`, `~=3.12`, `==3.13.*`.
//! Only what final releases need; a version without a patch number stands for every release of its series.

use std::str::FromStr;

use crate::names::PythonVersion;

/// Patch releases of one series that are tried; no series had as many.
const PATCHES: u32 = 60;

/// A comma-separated list of clauses, all of which must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Specifier(Vec<Clause>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    op: Op,
    version: Vec<u32>,
    wildcard: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    AtLeast,
    AtMost,
    Above,
    Below,
    Equal,
    NotEqual,
    Compatible,
    Caret,
}

const OPS: &[(&str, Op)] = &[
    (">=", Op::AtLeast),
    ("<=", Op::AtMost),
    ("===", Op::Equal),
    ("==", Op::Equal),
    ("!=", Op::NotEqual),
    ("~=", Op::Compatible),
    (">", Op::Above),
    ("<", Op::Below),
];

impl FromStr for Specifier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let clauses = text.split(',').map(str::trim).filter(|c| !c.is_empty()).map(clause);
        clauses.collect::<Result<Vec<_>, _>>().map(Self)
    }
}

fn clause(text: &str) -> Result<Clause, String> {
    if let Some(clause) = poetry(text) {
        return Ok(clause);
    }
    let (sign, op) = OPS
        .iter()
        .find(|(sign, _)| text.starts_with(sign))
        .ok_or_else(|| format!("`{text}` starts with none of >=, >, <=, <, ==, !=, ~="))?;
    let rest = text[sign.len()..].trim();
    let (number, wildcard) = rest.strip_suffix(".*").map_or((rest, false), |n| (n, true));
    // A pre-release bound (`>=3.13.0rc1`, `<4.0a0`) counts as the release it leads to.
    let number = number.trim_start_matches('v').split(['a', 'b', 'r', 'd', '+', '-']).next().unwrap_or_default().trim_end_matches('.');
    let version = number.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>().map_err(|_| format!("`{rest}` is not a version"))?;
    Ok(Clause { op: *op, version, wildcard })
}

/// Poetry's own signs: `^3.11` up to the next major version, `3.12.*` and `3.12` as they stand, `*` for all.
fn poetry(text: &str) -> Option<Clause> {
    let numbers = |text: &str| text.split('.').map(|n| n.parse().ok()).collect::<Option<Vec<u32>>>();
    if text == "*" {
        return Some(Clause { op: Op::AtLeast, version: vec![0], wildcard: false });
    }
    let version = numbers(text.strip_prefix('^')?)?;
    Some(Clause { op: Op::Caret, version, wildcard: false })
}

impl Specifier {
    /// Whether some release of this version satisfies every clause.
    pub(super) fn allows(&self, python: PythonVersion) -> bool {
        let holds = |patch: u32| self.0.iter().all(|c| c.holds(&[3, python.minor, patch]));
        python.patch.map_or_else(|| (0..PATCHES).any(holds), holds)
    }
}

impl Clause {
    fn holds(&self, release: &[u32]) -> bool {
        let width = release.len().max(self.version.len());
        let padded = |v: &[u32]| (0..width).map(|i| v.get(i).copied().unwrap_or(0)).collect::<Vec<_>>();
        let order = padded(release).cmp(&padded(&self.version));
        let begins = |parts: &[u32]| release.iter().zip(parts).all(|(a, b)| a == b);
        let equal = if self.wildcard { begins(&self.version) } else { order.is_eq() };
        match self.op {
            Op::AtLeast => order.is_ge(),
            Op::AtMost => order.is_le(),
            Op::Above => order.is_gt(),
            Op::Below => order.is_lt(),
            Op::Equal => equal,
            Op::NotEqual => !equal,
            Op::Caret => order.is_ge() && begins(&self.version[..1.min(self.version.len())]),
            Op::Compatible => order.is_ge() && begins(&self.version[..self.version.len().saturating_sub(1)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(specifier: &str, allowed: &[&str], refused: &[&str]) {
        let parsed: Specifier = specifier.parse().expect("it parses");
        for version in allowed {
            assert!(parsed.allows(version.parse().expect("a version")), "{specifier} should allow {version}");
        }
        for version in refused {
            assert!(!parsed.allows(version.parse().expect("a version")), "{specifier} should refuse {version}");
        }
    }

    #[test]
    fn clauses_hold_as_the_standard_says() {
        check(">=3.11", &["3.11", "3.14", "3.11.0"], &["3.10"]);
        check(">=3.11,<3.13", &["3.12.9"], &["3.13", "3.13.0"]);
        check("~=3.12", &["3.12", "3.14"], &["3.11"]);
        check("~=3.12.3", &["3.12", "3.12.3"], &["3.12.2", "3.13"]);
        check("==3.13.*", &["3.13", "3.13.7"], &["3.12"]);
        check("!=3.12.*, >=3.10", &["3.11"], &["3.12"]);
        check(">=3.13.2,<4.0a0", &["3.13", "3.13.2"], &["3.13.1"]);
        check("<3.13.5", &["3.13"], &["3.13.5"]);
        check("", &["3.10"], &[]);
        check("^3.11", &["3.11", "3.14"], &["3.10"]);
        check("*", &["3.10"], &[]);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!("3.12".parse::<Specifier>().is_err());
        assert!(">=three".parse::<Specifier>().is_err());
    }
}
