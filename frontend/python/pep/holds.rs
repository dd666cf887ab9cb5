//! Markers and version ranges as sets of environments, in which "and", "or" and "not" are exact.
//! Only Linux and the standard interpreter are ever built for, so platform names are decided here and now; extras are decided by who asks.

use super::grid::Grid;
use super::marker::{Comparison, Marker, Sign};
use super::version::{Constraint, Version};

/// Variables whose values are the build machine's.
const KERNEL: &[&str] = &["platform_release", "platform_version"];

/// What a marker says, for a given set of extras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holds {
    /// The environments it is true in; where the kernel decides, all that it could be true in.
    pub(crate) grid: Grid,
    /// Whether the answer hangs on the build machine's kernel (`platform_release`), which no image should.
    pub(crate) kernel: bool,
}

/// Whether an extra of some name is asked for.
pub(crate) type Asked<'e> = dyn Fn(&str) -> bool + 'e;

impl Marker {
    /// What it says; `None` when it cannot be read, or names a variable that nobody knows.
    pub(crate) fn holds(&self, has_extra: &Asked<'_>) -> Option<Holds> {
        let most = self.grid(has_extra, true)?;
        // What does not name the kernel reads the same both times.
        let asks = self.comparisons().iter().any(|one| KERNEL.contains(&one.variable.as_str()));
        let kernel = asks && self.grid(has_extra, false)? != most;
        Some(Holds { grid: most, kernel })
    }

    /// The environments that it is true in, with an answer to each question about the kernel.
    fn grid(&self, has_extra: &Asked<'_>, unknown: bool) -> Option<Grid> {
        match self {
            Self::Any(parts) => parts.iter().try_fold(Grid::NONE, |grid, part| Some(grid.or(part.grid(has_extra, unknown)?))),
            Self::All(parts) => parts.iter().try_fold(Grid::ALL, |grid, part| Some(grid.and(part.grid(has_extra, unknown)?))),
            Self::Compare(one) => one.grid(has_extra, unknown),
            Self::Never => Some(Grid::NONE),
            Self::Unread => None,
        }
    }
}

impl Comparison {
    fn grid(&self, has_extra: &Asked<'_>, unknown: bool) -> Option<Grid> {
        let fixed = |known: &str| Some(Grid::whole(self.word_holds(known)?));
        match self.variable.as_str() {
            "python_version" | "python_full_version" | "implementation_version" => self.releases(),
            "platform_machine" => {
                self.word_holds("")?;
                Some(Grid::of_machines(|machine| self.word_holds(machine) == Some(true)))
            }
            "os_name" => fixed("posix"),
            "sys_platform" => fixed("linux"),
            "platform_system" => fixed("Linux"),
            "implementation_name" => fixed("cpython"),
            "platform_python_implementation" => fixed("CPython"),
            kernel if KERNEL.contains(&kernel) => Some(Grid::whole(unknown)),
            "extra" => match self.sign {
                Sign::Equal | Sign::Identical => Some(Grid::whole(has_extra(&self.value))),
                Sign::NotEqual => Some(Grid::whole(!has_extra(&self.value))),
                _ => None,
            },
            _ => None,
        }
    }

    fn word_holds(&self, known: &str) -> Option<bool> {
        let value = self.value.as_str();
        let (inner, outer) = if self.reversed { (value, known) } else { (known, value) };
        // The machine that stands for all others has no name, and is in no list.
        let within = !known.is_empty() && outer.contains(inner);
        Some(match self.sign {
            Sign::Equal | Sign::Identical => known == value,
            Sign::NotEqual => known != value,
            Sign::In => within,
            Sign::NotIn => !within,
            Sign::Below => known < value,
            Sign::AtMost => known <= value,
            Sign::Above => known > value,
            Sign::AtLeast => known >= value,
            Sign::Compatible => return None,
        })
    }

    fn releases(&self) -> Option<Grid> {
        let is_short = self.variable == "python_version";
        let seen = |release: [u32; 3]| if is_short { Version::of(&release[..2]) } else { Version::of(&release) };
        let constraint = if let Some(sign) = self.sign.text() {
            Constraint::parse(&format!("{sign}{}", self.value))?
        } else {
            let listed: Vec<_> = self.value.split([',', ' ', '|']).filter(|v| !v.is_empty()).map(|v| format!("=={v}")).collect();
            Constraint::parse(&listed.join("||"))?
        };
        let negated = self.sign == Sign::NotIn;
        Some(Grid::of_releases(|release| constraint.allows(&seen(release)) != negated))
    }
}

/// The environments whose Python satisfies a constraint such as `^3.10` or `>=3.9,<3.13`.
pub(crate) fn pythons(constraint: &str) -> Option<Grid> {
    let parsed = Constraint::parse(constraint)?;
    Some(Grid::of_releases(|release| parsed.allows(&Version::of(&release))))
}

/// The platforms of a legacy `platform = "linux"`, of which Linux is the only one that counts.
pub(crate) fn platform(text: &str) -> Grid {
    let one = |clause: &str| match clause.strip_prefix("!=").or_else(|| clause.strip_prefix('!')) {
        Some(name) => name.trim() != "linux",
        None => matches!(clause.trim_start_matches('=').trim(), "linux" | "*"),
    };
    let all = |part: &str| part.split(',').map(str::trim).filter(|c| !c.is_empty()).all(one);
    Grid::whole(text.split('|').map(str::trim).filter(|p| !p.is_empty()).any(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(marker: &str, expected: &str) {
        let found = Marker::read(marker).holds(&|e| e == "ml").expect("it parses");
        let text = if found.grid.is_empty() { "never".to_owned() } else { found.grid.text(Grid::ALL).unwrap_or("always".to_owned()) };
        assert_eq!(text, expected, "{marker}");
    }

    #[test]
    fn markers_are_decided_for_linux() {
        check("sys_platform == 'win32'", "never");
        check("'linux' in sys_platform", "always");
        check("platform_system != \"Windows\" and os_name == \"posix\"", "always");
        check("platform_python_implementation != 'PyPy'", "always");
        check("python_version < '3.11' or sys_platform == 'win32'", "python_version < \"3.11\"");
        check("python_full_version <= \"3.11.2\"", "python_full_version < \"3.11.3\"");
        check("python_version in '3.10, 3.11'", "python_version < \"3.12\"");
        check("'3.12' <= python_version", "python_version >= \"3.12\"");
        check("python_version == '3.12'", "python_version >= \"3.12\" and python_version < \"3.13\"");
        check("python_version > '3.11' and python_version < '4'", "python_version >= \"3.12\"");
        check("platform_machine in 'x86_64 AMD64'", "platform_machine == \"x86_64\"");
        check("extra == 'ml' and (extra != \"x\" or sys_platform == 'darwin')", "always");
        check("extra == \"other\"", "never");
        check("<empty>", "never");
        check("platform_release >= '20' and sys_platform == 'darwin'", "never");
    }

    #[test]
    fn the_kernel_and_nonsense_are_noticed() {
        assert!(Marker::read("platform_release >= '20'").holds(&|_| false).is_some_and(|h| h.kernel));
        for nonsense in ["", "colour == 'red'", "sys_platform ~= 'linux'", "extra < 'a'"] {
            assert_eq!(Marker::read(nonsense).holds(&|_| false), None, "{nonsense}");
        }
        assert_eq!(platform("linux || darwin"), Grid::ALL);
        assert_eq!(platform("!=win32"), Grid::ALL);
        assert_eq!(platform("win32"), Grid::NONE);
    }
}
