//! Versions by PEP 440 and the constraints Poetry writes over them: `^1.2`, `~1.2`, `~=1.2`, `1.*`, `>=1,<2 || 3.1`.
//! They decide which Pythons a project allows and which locked version an edge of a lock leads to; nothing is resolved anew.
//! By hand: `pep440_rs` reads neither `^` nor `~`, `||` and blanks for commas, which Poetry's files are full of; what is left of it, the
//! order of versions, is a third of this file.

use std::cmp::Ordering;

/// A version that can be compared. Zeros at the end of its numbers do not count: `2` is `2.0`.
#[derive(Clone, Debug)]
pub struct Version {
    epoch: u32,
    release: Vec<u64>,
    /// `a`, `b` or `rc` with its number.
    pre: Option<(u8, u64)>,
    post: Option<u64>,
    dev: Option<u64>,
    local: Vec<Segment>,
}

/// A part of a local version; numbers come after words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Word(String),
    Number(u64),
}

impl Version {
    /// Reads a version; `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_prefix('v').unwrap_or(&text);
        let (public, local) = text.split_once('+').unwrap_or((text, ""));
        let (epoch, rest) = match public.split_once('!') {
            Some((epoch, rest)) => (epoch.parse().ok()?, rest),
            None => (0, public),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let digits = rest[..end].trim_end_matches('.');
        let release = digits.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
        let mut version = Self { epoch, release, pre: None, post: None, dev: None, local: vec![] };
        version.suffixes(&rest[digits.len()..])?;
        version.local = local
            .split(['.', '-', '_'])
            .filter(|s| !s.is_empty())
            .map(|s| s.parse().map_or_else(|_| Segment::Word(s.to_owned()), Segment::Number))
            .collect();
        Some(version)
    }

    /// Reads what follows the numbers: `rc1`, `.post2`, `-3`, `.dev4`, in any customary spelling.
    fn suffixes(&mut self, text: &str) -> Option<()> {
        let mut rest = text;
        while !rest.is_empty() {
            let dash = rest.starts_with('-');
            rest = rest.trim_start_matches(['.', '-', '_']);
            let word_end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(word_end);
            let after = if word.is_empty() { after } else { after.trim_start_matches(['.', '-', '_']) };
            let number_end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let number = if number_end == 0 { 0 } else { after[..number_end].parse().ok()? };
            match word {
                "a" | "alpha" => self.pre = Some((b'a', number)),
                "b" | "beta" => self.pre = Some((b'b', number)),
                "rc" | "c" | "pre" | "preview" => self.pre = Some((b'r', number)),
                "post" | "rev" | "r" => self.post = Some(number),
                "" if dash && number_end > 0 => self.post = Some(number),
                "dev" => self.dev = Some(number),
                _ => return None,
            }
            rest = &after[number_end..];
        }
        Some(())
    }

    /// A version of numbers alone.
    #[must_use]
    pub fn of(release: &[u32]) -> Self {
        let release = release.iter().map(|n| u64::from(*n)).collect();
        Self { epoch: 0, release, pre: None, post: None, dev: None, local: vec![] }
    }

    fn part(&self, index: usize) -> u64 {
        self.release.get(index).copied().unwrap_or(0)
    }

    /// The first development release of the version that has one more at `index` and nothing after it.
    fn next_at(&self, index: usize) -> Self {
        let mut release: Vec<u64> = (0..=index).map(|i| self.part(i)).collect();
        release[index] = release[index].saturating_add(1);
        Self { epoch: self.epoch, release, pre: None, post: None, dev: Some(0), local: vec![] }
    }

    fn is_unstable(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    /// Its numbers alone.
    fn final_release(&self) -> Self {
        Self { pre: None, post: None, dev: None, local: vec![], ..self.clone() }
    }

    fn without_post(&self) -> Self {
        Self { post: None, dev: None, local: vec![], ..self.clone() }
    }

    fn public(&self) -> Self {
        Self { local: vec![], ..self.clone() }
    }

    /// Pre-releases of a final release come first, a bare `.dev` before them, post-releases last.
    fn key(&self) -> (u8, (u8, u64), Option<u64>, (bool, u64)) {
        let rank = match (self.pre, self.post, self.dev) {
            (None, None, Some(_)) => 0,
            (Some(_), ..) => 1,
            (None, ..) => 2,
        };
        (rank, self.pre.unwrap_or((0, 0)), self.post, (self.dev.is_none(), self.dev.unwrap_or(0)))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let width = self.release.len().max(other.release.len());
        let numbers = |v: &Self| (0..width).map(|i| v.part(i)).collect::<Vec<_>>();
        let order = self.epoch.cmp(&other.epoch).then_with(|| numbers(self).cmp(&numbers(other)));
        order.then_with(|| self.key().cmp(&other.key())).then_with(|| self.local.cmp(&other.local))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Alternatives, each a list of clauses that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint(Vec<Vec<Clause>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Clause {
    Any,
    Equal(Version),
    NotEqual(Version),
    /// From one version up to, and without, another.
    Between(Version, Version),
    /// Anything but that.
    Outside(Version, Version),
    AtLeast(Version),
    Above(Version),
    AtMost(Version),
    Below(Version),
}

impl Constraint {
    /// Reads a constraint in Poetry's grammar, which takes in PEP 440's; `None` when it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split('|').map(str::trim).filter(|part| !part.is_empty()).map(clauses).collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether a version satisfies it.
    #[must_use]
    pub fn allows(&self, version: &Version) -> bool {
        self.0.is_empty() || self.0.iter().any(|all| all.iter().all(|clause| clause.allows(version)))
    }

    /// Whether another one has the same clauses, in whatever order and spelling.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let within = |one: &[Clause], other: &[Clause]| one.iter().all(|clause| other.contains(clause));
        let has = |list: &[Vec<Clause>], all: &[Clause]| list.iter().any(|one| within(one, all) && within(all, one));
        self.0.iter().all(|all| has(&other.0, all)) && other.0.iter().all(|all| has(&self.0, all))
    }
}

/// Splits at commas and at blanks, but not between a sign and its version.
fn clauses(text: &str) -> Option<Vec<Clause>> {
    let mut found: Vec<String> = vec![];
    for word in text.split([',', ' ', '\t']).filter(|w| !w.is_empty()) {
        match found.last_mut() {
            Some(last) if last.ends_with(['<', '>', '=', '~', '^', '!']) => last.push_str(word),
            _ => found.push(word.to_owned()),
        }
    }
    found.iter().map(|clause_text| clause(clause_text)).collect()
}

fn clause(text: &str) -> Option<Clause> {
    let sign_end = text.find(|c: char| !"<>=!~^".contains(c)).unwrap_or(text.len());
    let (sign, written) = (&text[..sign_end], text[sign_end..].trim());
    let bare = written.trim_end_matches(['*', 'x', 'X', '.']);
    if bare.is_empty() || bare == "v" {
        return Some(Clause::Any);
    }
    let wild = written.ends_with(['*', 'x', 'X']);
    let version = Version::parse(if wild { bare } else { written })?;
    let last = version.release.len() - 1;
    if wild && matches!(sign, "" | "=" | "==" | "===" | "!=") {
        let first = Version { dev: Some(0), ..version.clone() };
        let end = version.next_at(last);
        return Some(if sign == "!=" { Clause::Outside(first, end) } else { Clause::Between(first, end) });
    }
    Some(match sign {
        "" | "=" | "==" | "===" => Clause::Equal(version),
        "!=" | "<>" => Clause::NotEqual(version),
        ">=" => Clause::AtLeast(version),
        ">" => Clause::Above(version),
        "<=" => Clause::AtMost(version),
        "<" => Clause::Below(version),
        "~" => Clause::Between(version.clone(), version.next_at(last.min(1))),
        "~=" => Clause::Between(version.clone(), version.next_at(last.saturating_sub(1))),
        "^" => {
            let breaking = version.release.iter().position(|n| *n > 0).unwrap_or(last);
            Clause::Between(version.clone(), version.next_at(breaking))
        }
        _ => return None,
    })
}

impl Clause {
    fn allows(&self, version: &Version) -> bool {
        // A local version (`2.1+cpu`) is as good as the public one where the constraint names none.
        let seen = |wanted: &Version| if wanted.local.is_empty() { version.public() } else { version.clone() };
        // A bound that is final keeps out its own pre-releases, and above it its own post-releases.
        let below = |end: &Version| {
            let own =
                !end.is_unstable() && version.is_unstable() && version.post.is_none() && version.final_release() == end.final_release();
            seen(end) < *end && !own
        };
        let above = |wanted: &Version| {
            let own = wanted.post.is_none() && version.post.is_some() && version.without_post() == *wanted;
            seen(wanted) > *wanted && !own
        };
        match self {
            Self::Any => true,
            Self::Equal(wanted) => seen(wanted).cmp(wanted).is_eq(),
            Self::NotEqual(wanted) => seen(wanted).cmp(wanted).is_ne(),
            Self::Between(first, end) => seen(first) >= *first && below(end),
            Self::Outside(first, end) => seen(first) < *first || !below(end),
            Self::AtLeast(wanted) => seen(wanted) >= *wanted,
            Self::Above(wanted) => above(wanted),
            Self::AtMost(wanted) => seen(wanted) <= *wanted,
            Self::Below(wanted) => below(wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(constraint: &str, allowed: &[&str], refused: &[&str]) {
        let parsed = Constraint::parse(constraint).expect("it parses");
        for version in allowed {
            assert!(parsed.allows(&Version::parse(version).expect("a version")), "{constraint} should allow {version}");
        }
        for version in refused {
            assert!(!parsed.allows(&Version::parse(version).expect("a version")), "{constraint} should refuse {version}");
        }
    }

    #[test]
    fn constraints_hold_as_poetry_says() {
        check("^1.2", &["1.2", "1.9.9", "1.2.post1"], &["2.0", "1.1", "2.0a1", "1.2rc1"]);
        check("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0", "0.2.2"]);
        check("^0.0.3", &["0.0.3", "0.0.3.1"], &["0.0.4"]);
        check("^0", &["0.9"], &["1.0"]);
        check("^0.0", &["0.0.9"], &["0.1"]);
        check("~1.2.3", &["1.2.3", "1.2.9"], &["1.3"]);
        check("~1.2", &["1.2.9"], &["1.3"]);
        check("~1", &["1.9"], &["2.0"]);
        check("~=1.4.5", &["1.4.9"], &["1.5", "1.4.4"]);
        check("~=2.2", &["2.9"], &["3.0"]);
        check("1.*", &["1.0", "1.9"], &["2.0"]);
        check("==1.2.*", &["1.2", "1.2.3"], &["1.3"]);
        check("!=1.2.*", &["1.3", "1.1"], &["1.2.3"]);
        check("*", &["0", "9"], &[]);
        check(">=1.5.6,<1.5.7 || >1.5.7", &["1.5.6", "1.6"], &["1.5.7", "1.5.5"]);
        check(">= 1.0, < 2.0", &["1.5"], &["2.0", "2.0rc1"]);
        check(">=1 <2", &["1.5"], &["2.1"]);
        check("2.1.0", &["2.1.0+cpu", "2.1"], &["2.1.1"]);
        check("2.1.0+cpu", &["2.1.0+cpu"], &["2.1.0", "2.1.0+cu121"]);
        check("<2.0", &["1.9"], &["2.0b1"]);
        check("<2", &["1.9", "1.9rc1"], &["2.0b1", "2.0.dev1", "2.0.0"]);
        check(">1.0", &["1.1", "1.0.1"], &["1.0.post1", "1.0", "1.0+local"]);
        check(">1", &["1.1.post1"], &["1.0.post1"]);
        check(">1.0.post1", &["1.0.post2"], &["1.0.post1"]);
        check("==1", &["1.0.0"], &["1.0.post1"]);
        check("^18446744073709551615", &[], &["1"]);
        check(">=1.0rc1", &["1.0rc2", "1.0"], &["1.0b1", "1.0.dev3"]);
    }

    #[test]
    fn the_same_clauses_may_be_spelled_otherwise() {
        let same = |one: &str, other: &str| {
            let read = |text| Constraint::parse(text).expect("it parses");
            read(one).is_same(&read(other))
        };
        assert!(same(">=1.0, <2", "<2.0.0,>= 1") && same("==1.*", "== 1.*") && same(">=1.0rc1", ">=1.0.rc.1") && same("", ""));
        assert!(!same("~=1.0", "~=1.0.0") && !same(">=1", ">1") && !same(">=1", "") && !same(">=1,<2", ">=1") && !same("==1", "==1+cpu"));
    }

    #[test]
    fn versions_come_in_the_order_of_the_standard() {
        let order =
            ["1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0+abc", "1.0+5", "1.0.post1.dev1", "1.0.post1", "1!0.5"];
        let versions: Vec<_> = order.iter().map(|t| Version::parse(t).expect("a version")).collect();
        for pair in versions.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        assert!(Version::parse("1.0-1") == Version::parse("1.0.post1"));
        assert!(Version::parse("one").is_none() && Version::parse("").is_none() && Version::parse("1.0junk").is_none());
    }
}
