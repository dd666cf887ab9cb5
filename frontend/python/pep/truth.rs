//! Markers as far as they can be decided before the build: yes, no, or not yet known.
//! Images are Linux with `CPython`; the processor and the exact Python stay open, because one lock serves several.
//! Whatever cannot be read counts as not known, so that nothing is left out by mistake. Two markers are told apart by an
//! environment that exists, in which one certainly holds and the other certainly does not.

use super::marker::{Comparison, Marker, Sign};
use super::version::{Constraint, Version};

/// Patch releases of one series of Python that are tried; no series had as many.
const PATCHES: u32 = 60;

/// What is known of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    pub(crate) fn of(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Unknown,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// Where a marker is evaluated: the variables that are known, and the Python.
#[derive(Clone, Copy, Debug)]
struct Environment {
    words: &'static [(&'static str, &'static str)],
    python: Python,
}

/// What is known of the Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Python {
    Any,
    /// Some release of a series.
    Series(u32),
    /// One release of a series.
    Release(u32, u32),
}

/// What every image is.
const IMAGE: &[(&str, &str)] = &[
    ("sys_platform", "linux"),
    ("os_name", "posix"),
    ("platform_system", "Linux"),
    ("implementation_name", "cpython"),
    ("platform_python_implementation", "CPython"),
];

/// Machines that exist, as their variables go together.
const MACHINES: &[&[(&str, &str)]] = &[
    &[
        ("sys_platform", "linux"),
        ("os_name", "posix"),
        ("platform_system", "Linux"),
        ("platform_machine", "x86_64"),
        ("implementation_name", "cpython"),
        ("platform_python_implementation", "CPython"),
    ],
    &[
        ("sys_platform", "linux"),
        ("os_name", "posix"),
        ("platform_system", "Linux"),
        ("platform_machine", "aarch64"),
        ("implementation_name", "pypy"),
        ("platform_python_implementation", "PyPy"),
    ],
    &[
        ("sys_platform", "win32"),
        ("os_name", "nt"),
        ("platform_system", "Windows"),
        ("platform_machine", "AMD64"),
        ("implementation_name", "cpython"),
        ("platform_python_implementation", "CPython"),
    ],
    &[
        ("sys_platform", "darwin"),
        ("os_name", "posix"),
        ("platform_system", "Darwin"),
        ("platform_machine", "arm64"),
        ("implementation_name", "cpython"),
        ("platform_python_implementation", "CPython"),
    ],
];

/// Series of Python and patch releases of each that markers are tried with.
const SERIES: std::ops::Range<u32> = 8..17;
const RELEASES: &[u32] = &[0, 3, 8, 20];

/// Whether an extra of some name is on.
pub(crate) type Extra<'e> = dyn Fn(&str) -> Truth + 'e;

impl Marker {
    /// Whether it holds in an image, for a series of Python where one is given; `extra` says whether an `extra == '…'` does.
    pub(crate) fn in_image(&self, python: Option<u32>, extra: &Extra<'_>) -> Truth {
        self.truth(Environment { words: IMAGE, python: python.map_or(Python::Any, Python::Series) }, extra)
    }

    /// Whether it may hold in an image with a series of Python, whatever extras are on.
    pub(crate) fn may_hold(&self, python: u32) -> bool {
        self.in_image(Some(python), &|_| Truth::Unknown) != Truth::No
    }

    fn truth(&self, here: Environment, extra: &Extra<'_>) -> Truth {
        match self {
            Self::Any(parts) => parts.iter().fold(Truth::No, |truth, part| truth.or(part.truth(here, extra))),
            Self::All(parts) => parts.iter().fold(Truth::Yes, |truth, part| truth.and(part.truth(here, extra))),
            Self::Compare(one) => one.truth(here, extra),
            Self::Never => Truth::No,
            Self::Unread => Truth::Unknown,
        }
    }
}

impl Comparison {
    fn truth(&self, here: Environment, extra: &Extra<'_>) -> Truth {
        if let "python_version" | "python_full_version" = self.variable.as_str() {
            return self.python(here.python);
        }
        let known = || here.words.iter().find(|(name, _)| *name == self.variable);
        let holds = || match self.variable.as_str() {
            "extra" => extra(&self.value),
            _ => known().map_or(Truth::Unknown, |(_, word)| Truth::of(*word == self.value)),
        };
        match self.sign {
            Sign::Equal => holds(),
            Sign::NotEqual => holds().not(),
            _ => Truth::Unknown,
        }
    }

    /// Whether it holds for the Python that is known: for every release of a series, or for none.
    fn python(&self, python: Python) -> Truth {
        let (minor, patch) = match python {
            Python::Any => return Truth::Unknown,
            Python::Series(minor) => (minor, None),
            Python::Release(minor, patch) => (minor, Some(patch)),
        };
        let sign = self.sign.text().filter(|_| self.sign != Sign::Identical);
        let Some(constraint) = sign.and_then(|sign| Constraint::parse(&format!("{sign}{}", self.value))) else { return Truth::Unknown };
        if self.variable == "python_version" {
            return Truth::of(constraint.allows(&Version::of(&[3, minor])));
        }
        if let Some(patch) = patch {
            return Truth::of(constraint.allows(&Version::of(&[3, minor, patch])));
        }
        let allows = |patch: &u32| constraint.allows(&Version::of(&[3, minor, *patch]));
        // What holds from some release on, or up to one, is decided by the first and the last of the series.
        let is_bound = matches!(self.sign, Sign::Below | Sign::AtMost | Sign::Above | Sign::AtLeast);
        let tried = if is_bound { vec![0, PATCHES - 1] } else { (0..PATCHES).collect() };
        match tried.iter().filter(|patch| allows(patch)).count() {
            0 => Truth::No,
            held if held == tried.len() => Truth::Yes,
            _ => Truth::Unknown,
        }
    }
}

/// Whether two markers certainly say different things about some Python that is allowed; without one is always.
pub(crate) fn differ(one: Option<&Marker>, other: Option<&Marker>, pythons: &Constraint, extra: &Extra<'_>) -> bool {
    let releases = SERIES.flat_map(|minor| RELEASES.iter().map(move |patch| (minor, *patch)));
    let mut allowed = releases.filter(|(minor, patch)| pythons.allows(&Version::of(&[3, *minor, *patch])));
    let holds = |marker: Option<&Marker>, here| marker.map_or(Truth::Yes, |marker| marker.truth(here, extra));
    allowed.any(|(minor, patch)| {
        MACHINES.iter().any(|words| {
            let here = Environment { words, python: Python::Release(minor, patch) };
            matches!((holds(one, here), holds(other, here)), (Truth::Yes, Truth::No) | (Truth::No, Truth::Yes))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_decided_as_far_as_they_can_be() {
        let check = |text: &str, expected: Truth| {
            let extra = |name: &str| Truth::of(name == "extra-1-a-on");
            assert_eq!(Marker::read(text).in_image(None, &extra), expected, "{text}");
        };
        check("sys_platform == 'win32'", Truth::No);
        check("'linux' == sys_platform", Truth::Yes);
        check("sys_platform != 'win32' and python_full_version < '3.11'", Truth::Unknown);
        check("sys_platform == 'win32' and python_full_version < '3.11'", Truth::No);
        check("sys_platform == 'win32' or (extra == 'extra-1-a-on' and extra != 'extra-1-a-off')", Truth::Yes);
        check("platform_machine not in 'x86_64 arm64' and os_name == 'nt'", Truth::No);
        check("python_version>='3.9'and(os_name=='posix')", Truth::Unknown);
        check("sys_platform == 'win32", Truth::Unknown);
        check("sys_platform = = or", Truth::Unknown);
        check(&"(".repeat(100_000), Truth::Unknown);
        check("", Truth::Unknown);
    }

    /// What a marker comes to in an image of Python 3.12, whose patch release nobody knows.
    fn check(text: &str, expected: Truth) {
        assert_eq!(Marker::read(text).in_image(Some(12), &|_| Truth::Unknown), expected, "{text}");
    }

    #[test]
    fn a_series_of_python_decides_more() {
        check("python_full_version < '3.13'", Truth::Yes);
        check("python_full_version >= '3.13'", Truth::No);
        check("python_full_version >= '3.12.4'", Truth::Unknown);
        check("'3.12' <= python_version", Truth::Yes);
        check("python_version == '3.12' and sys_platform == 'win32'", Truth::No);
        check("python_version in '3.12 3.13'", Truth::Unknown);
    }

    #[test]
    fn bounds_within_a_series_are_seen() {
        for (text, expected) in
            [("< '3.12'", Truth::No), ("<= '3.12'", Truth::Unknown), ("> '3.12'", Truth::Unknown), (">= '3.12'", Truth::Yes)]
        {
            check(&format!("python_full_version {text}"), expected);
        }
        check("python_full_version > '3.12.7' and python_full_version < '3.12.8'", Truth::Unknown);
        check("python_full_version != '3.12.7'", Truth::Unknown);
        check("python_full_version == '3.12.*'", Truth::Yes);
        check("'3.13.0' <= python_full_version", Truth::No);
    }

    #[test]
    fn markers_are_told_apart_by_an_environment_that_exists() {
        let pythons = Constraint::parse(">=3.11").expect("a constraint");
        let check = |one: &str, other: &str, expected: bool| {
            let marker = |text: &str| Some(text).filter(|t| !t.is_empty()).map(Marker::read);
            let extra = |name: &str| Truth::of(name == "x");
            assert_eq!(differ(marker(one).as_ref(), marker(other).as_ref(), &pythons, &extra), expected, "{one} and {other}");
        };
        check("", "sys_platform == 'linux'", true);
        check("sys_platform == 'win32'", "sys_platform == 'darwin'", true);
        check("platform_python_implementation != 'PyPy'", "", true);
        check("python_full_version < '3.12.2'", "python_version < '3.12'", true);
        check("", "platform_machine == 'x86_64' or platform_machine != 'x86_64'", false);
        check("", "python_version >= '3.8'", false);
        check("python_version < '3.11'", "python_version < '3'", false);
        check("os_name == 'nt'", "sys_platform == 'win32' and extra == 'x'", false);
        check("os_name == 'nt'", "platform_system != 'Darwin' and 'linux' not in sys_platform", false);
        check("", "sys_platform = = or", false);
        check("", "'", false);
    }
}
