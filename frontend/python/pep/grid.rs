//! The environments a lock can be installed in, as a finite set: Python on Linux, by release and by machine.
//! Markers and version ranges become sets of these, so that "and", "or" and "not" are exact and equal sets look equal.
//! Knows nothing of locks; [`super::holds`] fills it and [`Grid::text`] writes it back as a marker.

/// Series 3.10 to 3.16; what holds for the last holds for all that follow.
pub(crate) const MINORS: [u32; 7] = [10, 11, 12, 13, 14, 15, 16];
/// Patch releases of one series; none had as many.
pub(crate) const PATCHES: u32 = 32;
/// Machines that Linux images of Python exist for; the last stands for any other.
pub(crate) const MACHINES: [&str; 8] = ["x86_64", "aarch64", "armv7l", "i686", "ppc64le", "riscv64", "s390x", ""];

/// Releases of Python: a bit for each patch release, a word for each series.
type Releases = [u32; MINORS.len()];

/// A set of environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid([Releases; MACHINES.len()]);

impl Grid {
    /// No environment.
    pub(crate) const NONE: Self = Self([[0; MINORS.len()]; MACHINES.len()]);
    /// Every environment.
    pub(crate) const ALL: Self = Self([[u32::MAX; MINORS.len()]; MACHINES.len()]);

    /// The environments for which the predicate holds, given a release such as `[3, 12, 4]` and a machine.
    pub(crate) fn of_releases(holds: impl Fn([u32; 3]) -> bool) -> Self {
        let mut releases = [0; MINORS.len()];
        for (word, minor) in releases.iter_mut().zip(MINORS) {
            *word = (0..PATCHES).filter(|patch| holds([3, minor, *patch])).fold(0, |bits, patch| bits | (1 << patch));
        }
        Self([releases; MACHINES.len()])
    }

    /// The environments whose machine satisfies the predicate.
    pub(crate) fn of_machines(holds: impl Fn(&str) -> bool) -> Self {
        Self(MACHINES.map(|machine| if holds(machine) { Self::ALL.0[0] } else { Self::NONE.0[0] }))
    }

    /// Everything or nothing.
    pub(crate) const fn whole(holds: bool) -> Self {
        if holds { Self::ALL } else { Self::NONE }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    fn zip(mut self, other: Self, both: impl Fn(u32, u32) -> u32) -> Self {
        for (mine, theirs) in self.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *mine = both(*mine, *theirs);
        }
        self
    }

    /// Whether a series, or one release of it, on a machine is in the set.
    pub(crate) fn holds(self, minor: u32, patch: Option<u32>, machine: &str) -> bool {
        let machine = MACHINES.iter().position(|m| *m == machine).unwrap_or(MACHINES.len() - 1);
        let series = MINORS.iter().position(|m| *m == minor.min(MINORS[MINORS.len() - 1]));
        series.is_some_and(|series| {
            let bits = self.0[machine][series];
            patch.map_or(bits != 0, |patch| bits & (1 << patch.min(PATCHES - 1)) != 0)
        })
    }

    /// The shortest marker that is true in exactly these environments of `universe`; `None` when it is true in all.
    pub(crate) fn text(self, universe: Self) -> Option<String> {
        let mut parts: Vec<(Releases, Vec<&str>)> = vec![];
        for (machine, releases) in MACHINES.iter().zip(self.and(universe).0) {
            match parts.iter_mut().find(|(known, _)| *known == releases) {
                Some((_, machines)) => machines.push(machine),
                None => parts.push((releases, vec![machine])),
            }
        }
        let alone = parts.len() == 1;
        let known = universe.0[0];
        let mut clauses: Vec<String> = vec![];
        for (releases, machines) in parts.into_iter().filter(|(releases, _)| releases.iter().any(|word| *word != 0)) {
            let place = (!alone).then(|| machine_text(&machines));
            let when = ranges(releases, known);
            match (place, when) {
                (None, None) => return None,
                (Some(text), None) | (None, Some(text)) => clauses.push(text),
                (Some(place), Some(when)) => clauses.push(format!("{} and {}", grouped(&place), grouped(&when))),
            }
        }
        Some(clauses.join(" or "))
    }
}

fn grouped(text: &str) -> String {
    if text.contains(" or ") { format!("({text})") } else { text.to_owned() }
}

/// Names the machines, or those that are not meant when it is the rest.
fn machine_text(machines: &[&str]) -> String {
    let said = |sign: &str, word: &str, wanted: bool| {
        let named = MACHINES.iter().filter(|m| !m.is_empty() && machines.contains(*m) == wanted);
        named.map(|m| format!("platform_machine {sign} \"{m}\"")).collect::<Vec<_>>().join(word)
    };
    if machines.contains(&"") { said("!=", " and ", false) } else { said("==", " or ", true) }
}

/// The releases as ranges, where releases outside `known` do not matter; `None` when all known ones are in.
fn ranges(releases: Releases, known: Releases) -> Option<String> {
    let points = MINORS.iter().enumerate().flat_map(|(series, minor)| (0..PATCHES).map(move |patch| (series, *minor, patch)));
    let points: Vec<_> = points.filter(|(series, _, patch)| known[*series] & (1 << patch) != 0).collect();
    let mut clauses: Vec<String> = vec![];
    let mut before = false;
    for (index, (series, minor, patch)) in points.iter().enumerate() {
        let here = releases[*series] & (1 << patch) != 0;
        let bound = |sign: &str| match patch {
            0 => format!("python_version {sign} \"3.{minor}\""),
            _ => format!("python_full_version {sign} \"3.{minor}.{patch}\""),
        };
        match (before, here) {
            (false, true) if index == 0 => clauses.push(String::new()),
            (false, true) => clauses.push(bound(">=")),
            (true, false) => {
                if let Some(open) = clauses.last_mut() {
                    open.push_str(if open.is_empty() { "" } else { " and " });
                    open.push_str(&bound("<"));
                }
            }
            _ => {}
        }
        before = here;
    }
    let whole = clauses.iter().any(String::is_empty);
    (!whole).then(|| clauses.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_become_the_markers_one_would_write() {
        let from = |minor: u32| Grid::of_releases(move |[_, m, _]| m >= minor);
        let all = Grid::ALL;
        assert_eq!(all.text(all), None);
        assert_eq!(from(12).text(all).as_deref(), Some("python_version >= \"3.12\""));
        assert_eq!(from(12).text(from(12)), None);
        assert_eq!(from(11).minus(from(12)).text(from(11)).as_deref(), Some("python_version < \"3.12\""));
        assert_eq!(from(11).minus(from(12)).text(all).as_deref(), Some("python_version >= \"3.11\" and python_version < \"3.12\""));
        let patch = Grid::of_releases(|r| r < [3, 11, 3]);
        assert_eq!(patch.text(all).as_deref(), Some("python_full_version < \"3.11.3\""));
        let arm = Grid::of_machines(|m| m == "aarch64");
        assert_eq!(arm.text(all).as_deref(), Some("platform_machine == \"aarch64\""));
        assert_eq!(all.minus(arm).text(all).as_deref(), Some("platform_machine != \"aarch64\""));
        let mixed = arm.or(from(12)).text(all);
        let expected = "platform_machine != \"aarch64\" and python_version >= \"3.12\" or platform_machine == \"aarch64\"";
        assert_eq!(mixed.as_deref(), Some(expected));
    }
}
