//! Environment markers, as far as they can be decided before the build: yes, no, or not yet known.
//! Images are Linux with `CPython`; the processor and the exact Python stay open, because one lock serves several.
//! Whatever cannot be read counts as not known, so that nothing is left out by mistake. Two markers are told apart by an
//! environment that exists, in which one certainly holds and the other certainly does not.

use crate::python::pep::version::{Constraint, Version};

/// Patch releases of one series of Python that are tried; no series had as many.
const PATCHES: u32 = 60;
/// Parentheses deeper than this are not looked into.
const DEEPEST: usize = 64;

/// What is known of a marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    pub(super) fn of(known: bool) -> Self {
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

/// Evaluates a marker, for a series of Python where one is given; `extra` says whether an `extra == '…'` holds.
pub(super) fn evaluate(text: &str, python: Option<u32>, extra: &dyn Fn(&str) -> Truth) -> Truth {
    let Some(tokens) = tokens(text) else { return Truth::Unknown };
    truth(&tokens, Environment { words: IMAGE, python: python.map_or(Python::Any, Python::Series) }, extra)
}

fn truth(tokens: &[Token<'_>], environment: Environment, extra: &dyn Fn(&str) -> Truth) -> Truth {
    let mut reader = Reader { tokens, environment, extra };
    match reader.any(0) {
        Some(truth) if reader.tokens.is_empty() => truth,
        _ => Truth::Unknown,
    }
}

/// Whether two markers certainly say different things about some Python that is allowed; without one is always.
pub(super) fn differ(one: Option<&str>, other: Option<&str>, pythons: &Constraint, extra: &dyn Fn(&str) -> Truth) -> bool {
    // No tokens are no marker, which always holds; what cannot be read says nothing.
    let (Some(one), Some(other)) = (tokens(one.unwrap_or_default()), tokens(other.unwrap_or_default())) else { return false };
    let releases = SERIES.flat_map(|minor| RELEASES.iter().map(move |patch| (minor, *patch)));
    let mut allowed = releases.filter(|(minor, patch)| pythons.allows(&Version::of(&[3, *minor, *patch])));
    let holds = |tokens: &[Token<'_>], here| if tokens.is_empty() { Truth::Yes } else { truth(tokens, here, extra) };
    allowed.any(|(minor, patch)| {
        MACHINES.iter().any(|words| {
            let here = Environment { words, python: Python::Release(minor, patch) };
            matches!((holds(&one, here), holds(&other, here)), (Truth::Yes, Truth::No) | (Truth::No, Truth::Yes))
        })
    })
}

/// Every name that a marker compares `extra` with, in its order.
pub(super) fn extras(text: &str) -> Vec<String> {
    let tokens = tokens(text).unwrap_or_default();
    let named = tokens.windows(3).filter_map(|w| match w {
        [Token::Word("extra"), Token::Word("=="), Token::Text(name)] | [Token::Text(name), Token::Word("=="), Token::Word("extra")] => {
            Some((*name).to_owned())
        }
        _ => None,
    });
    named.collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Open,
    Close,
    Text(&'a str),
    Word(&'a str),
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let (mut tokens, mut rest) = (vec![], text.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '\'' | '"' => {
                let inner = rest[1..].split_once(first)?.0;
                (Token::Text(inner), inner.len() + 2)
            }
            _ => {
                let operator = |c: char| "<>=!~".contains(c);
                let alike = |c: char| operator(c) == operator(first) && !c.is_whitespace() && !"()'\"".contains(c);
                let length = rest.find(|c| !alike(c)).unwrap_or(rest.len());
                (Token::Word(&rest[..length]), length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    environment: Environment,
    extra: &'a dyn Fn(&str) -> Truth,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn accept(&mut self, word: &str) -> bool {
        let here = self.tokens.first() == Some(&Token::Word(word));
        if here {
            self.tokens = &self.tokens[1..];
        }
        here
    }

    fn any(&mut self, depth: usize) -> Option<Truth> {
        let mut truth = self.all(depth)?;
        while self.accept("or") {
            truth = truth.or(self.all(depth)?);
        }
        Some(truth)
    }

    fn all(&mut self, depth: usize) -> Option<Truth> {
        let mut truth = self.one(depth)?;
        while self.accept("and") {
            truth = truth.and(self.one(depth)?);
        }
        Some(truth)
    }

    fn one(&mut self, depth: usize) -> Option<Truth> {
        let left = self.next()?;
        if left == Token::Open {
            if depth == DEEPEST {
                return None;
            }
            let truth = self.any(depth + 1)?;
            return (self.next()? == Token::Close).then_some(truth);
        }
        let Token::Word(mut operator) = self.next()? else { return None };
        if operator == "not" {
            self.accept("in").then_some(())?;
            operator = "not in";
        }
        let ((Token::Word(variable), Token::Text(value)) | (Token::Text(value), Token::Word(variable))) = (left, self.next()?) else {
            return None;
        };
        if let "python_version" | "python_full_version" = variable {
            let operator = if let Token::Text(_) = left { mirrored(operator) } else { operator };
            return Some(python_holds(self.environment.python, variable == "python_version", operator, value));
        }
        Some(match operator {
            "==" => self.holds(variable, value),
            "!=" => self.holds(variable, value).not(),
            _ => Truth::Unknown,
        })
    }

    fn holds(&self, variable: &str, value: &str) -> Truth {
        if variable == "extra" {
            return (self.extra)(value);
        }
        let known = self.environment.words.iter().find(|(name, _)| *name == variable);
        known.map_or(Truth::Unknown, |(_, word)| Truth::of(*word == value))
    }
}

fn mirrored(operator: &str) -> &str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        other => other,
    }
}

/// Whether a comparison holds for the Python that is known: for every release of a series, or for none.
fn python_holds(python: Python, is_short: bool, operator: &str, value: &str) -> Truth {
    let (minor, patch) = match python {
        Python::Any => return Truth::Unknown,
        Python::Series(minor) => (minor, None),
        Python::Release(minor, patch) => (minor, Some(patch)),
    };
    let Some(constraint) = Constraint::parse(&format!("{operator}{value}")).filter(|_| !operator.contains("in") && operator != "===")
    else {
        return Truth::Unknown;
    };
    if is_short {
        return Truth::of(constraint.allows(&Version::of(&[3, minor])));
    }
    if let Some(patch) = patch {
        return Truth::of(constraint.allows(&Version::of(&[3, minor, patch])));
    }
    let held = (0..PATCHES).filter(|patch| constraint.allows(&Version::of(&[3, minor, *patch]))).count();
    match held {
        0 => Truth::No,
        held if held == PATCHES as usize => Truth::Yes,
        _ => Truth::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_decided_as_far_as_they_can_be() {
        let check = |text: &str, expected: Truth| {
            let extra = |name: &str| Truth::of(name == "extra-1-a-on");
            assert_eq!(evaluate(text, None, &extra), expected, "{text}");
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
        assert_eq!(extras("sys_platform == 'x' and extra == 'ml'"), ["ml"]);
    }

    #[test]
    fn a_series_of_python_decides_more() {
        let check = |text: &str, expected: Truth| assert_eq!(evaluate(text, Some(12), &|_| Truth::Unknown), expected, "{text}");
        check("python_full_version < '3.13'", Truth::Yes);
        check("python_full_version >= '3.13'", Truth::No);
        check("python_full_version >= '3.12.4'", Truth::Unknown);
        check("'3.12' <= python_version", Truth::Yes);
        check("python_version == '3.12' and sys_platform == 'win32'", Truth::No);
        check("python_version in '3.12 3.13'", Truth::Unknown);
    }
    #[test]
    fn markers_are_told_apart_by_an_environment_that_exists() {
        let pythons = Constraint::parse(">=3.11").expect("a constraint");
        let check = |one: &str, other: &str, expected: bool| {
            let marker = |text: &'static str| Some(text).filter(|t| !t.is_empty());
            let extra = |name: &str| Truth::of(name == "x");
            let (one, other) = (one.to_owned().leak(), other.to_owned().leak());
            assert_eq!(differ(marker(one), marker(other), &pythons, &extra), expected, "{one} and {other}");
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
