//! Markers (`python_version < "3.11" and sys_platform == "linux"`) as sets of environments.
//! Only Linux and the standard interpreter are ever built for, so platform names are decided here and now; extras are decided by who asks.

use super::grid::Grid;
use crate::python::pep::version::{Constraint, Version};

/// Parentheses deeper than this are not read.
const DEEPEST: usize = 64;

/// Variables whose values are the build machine's.
const KERNEL: &[&str] = &["platform_release", "platform_version", "platform.version"];

/// What a marker says, for a given set of extras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holds {
    /// The environments it is true in; where the kernel decides, all that it could be true in.
    pub grid: Grid,
    /// Whether the answer hangs on the build machine's kernel (`platform_release`), which no image should.
    pub kernel: bool,
}

/// Evaluates a marker; `has_extra` says whether an extra is asked for. `None` when it is not a marker.
pub(super) fn holds(text: &str, has_extra: &dyn Fn(&str) -> bool) -> Option<Holds> {
    // Poetry's word for a marker that can never hold.
    if text.trim() == "<empty>" {
        return Some(Holds { grid: Grid::NONE, kernel: false });
    }
    let tokens = tokens(text)?;
    let reading = |unknown| {
        let mut reader = Reader { tokens: &tokens, at: 0, depth: 0, has_extra, unknown };
        let grid = reader.alternatives()?;
        (reader.at == tokens.len()).then_some(grid)
    };
    let most = reading(true)?;
    // What does not name the kernel reads the same both times.
    let asks = tokens.iter().any(|token| matches!(token, Token::Name(name) if KERNEL.contains(&name.as_str())));
    let kernel = asks && reading(false)? != most;
    Some(Holds { grid: most, kernel })
}

/// The environments whose Python satisfies a constraint such as `^3.10` or `>=3.9,<3.13`.
pub(super) fn pythons(constraint: &str) -> Option<Grid> {
    let parsed = Constraint::parse(constraint)?;
    Some(Grid::of_releases(|release| parsed.allows(&Version::of(&release))))
}

/// The platforms of a legacy `platform = "linux"`, of which Linux is the only one that counts.
pub(super) fn platform(text: &str) -> Grid {
    let one = |clause: &str| match clause.strip_prefix("!=").or_else(|| clause.strip_prefix('!')) {
        Some(name) => name.trim() != "linux",
        None => matches!(clause.trim_start_matches('=').trim(), "linux" | "*"),
    };
    let all = |part: &str| part.split(',').map(str::trim).filter(|c| !c.is_empty()).all(one);
    Grid::whole(text.split('|').map(str::trim).filter(|p| !p.is_empty()).any(all))
}

/// Whether a marker names extras at all.
pub(super) fn names_extras(text: &str) -> bool {
    tokens(text).is_some_and(|tokens| tokens.contains(&Token::Name("extra".to_owned())))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Sign(String),
    Name(String),
    Text(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = vec![];
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => {
                found.push(if first == '(' { Token::Open } else { Token::Close });
                1
            }
            '"' | '\'' => {
                let end = rest[1..].find(first)?;
                found.push(Token::Text(rest[1..=end].to_owned()));
                end + 2
            }
            '<' | '>' | '=' | '!' | '~' => {
                let end = rest.find(|c| !"<>=!~".contains(c)).unwrap_or(rest.len());
                found.push(Token::Sign(rest[..end].to_owned()));
                end
            }
            _ => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').filter(|e| *e > 0);
                let end = end.or_else(|| rest.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.').then_some(rest.len()))?;
                found.push(Token::Name(rest[..end].to_owned()));
                end
            }
        };
        rest = rest[length..].trim_start();
    }
    Some(found)
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// How many parentheses are open.
    depth: usize,
    has_extra: &'a dyn Fn(&str) -> bool,
    /// What to take for the answer to a question about the kernel.
    unknown: bool,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn takes(&mut self, word: &str) -> bool {
        let there = self.tokens.get(self.at) == Some(&Token::Name(word.to_owned()));
        self.at += usize::from(there);
        there
    }

    fn alternatives(&mut self) -> Option<Grid> {
        let mut grid = self.conditions()?;
        while self.takes("or") {
            grid = grid.or(self.conditions()?);
        }
        Some(grid)
    }

    fn conditions(&mut self) -> Option<Grid> {
        let mut grid = self.condition()?;
        while self.takes("and") {
            grid = grid.and(self.condition()?);
        }
        Some(grid)
    }

    fn condition(&mut self) -> Option<Grid> {
        let left = self.next()?;
        if left == Token::Open {
            self.depth += 1;
            if self.depth > DEEPEST {
                return None;
            }
            let grid = self.alternatives()?;
            self.depth -= 1;
            return (self.next()? == Token::Close).then_some(grid);
        }
        let sign = match self.next()? {
            Token::Sign(sign) => sign,
            Token::Name(word) if word == "in" => word,
            Token::Name(word) if word == "not" => self.takes("in").then(|| "not in".to_owned())?,
            _ => return None,
        };
        match (left, self.next()?) {
            (Token::Name(name), Token::Text(value)) => self.compare(&name, &sign, &value, false),
            (Token::Text(value), Token::Name(name)) => self.compare(&name, &mirrored(&sign), &value, true),
            _ => None,
        }
    }

    /// `reversed` says that the value stood on the left, which matters to `in` alone.
    fn compare(&self, name: &str, sign: &str, value: &str, reversed: bool) -> Option<Grid> {
        let fixed = |known: &str| Some(Grid::whole(word_holds(known, sign, value, reversed)?));
        match name {
            "python_version" | "python_full_version" | "implementation_version" => release_grid(name, sign, value),
            "platform_machine" | "platform.machine" => {
                word_holds("", sign, value, reversed)?;
                Some(Grid::of_machines(|machine| word_holds(machine, sign, value, reversed) == Some(true)))
            }
            "os_name" | "os.name" => fixed("posix"),
            "sys_platform" | "sys.platform" => fixed("linux"),
            "platform_system" => fixed("Linux"),
            "implementation_name" => fixed("cpython"),
            "platform_python_implementation" | "platform.python_implementation" | "python_implementation" => fixed("CPython"),
            kernel if KERNEL.contains(&kernel) => Some(Grid::whole(self.unknown)),
            "extra" => match sign {
                "==" | "===" => Some(Grid::whole((self.has_extra)(value))),
                "!=" => Some(Grid::whole(!(self.has_extra)(value))),
                _ => None,
            },
            _ => None,
        }
    }
}

fn mirrored(sign: &str) -> String {
    let turned: String = sign
        .chars()
        .map(|c| {
            if c == '<' {
                '>'
            } else if c == '>' {
                '<'
            } else {
                c
            }
        })
        .collect();
    turned
}

fn word_holds(known: &str, sign: &str, value: &str, reversed: bool) -> Option<bool> {
    let (inner, outer) = if reversed { (value, known) } else { (known, value) };
    // The machine that stands for all others has no name, and is in no list.
    let within = !known.is_empty() && outer.contains(inner);
    Some(match sign {
        "==" | "===" => known == value,
        "!=" => known != value,
        "in" => within,
        "not in" => !within,
        "<" => known < value,
        "<=" => known <= value,
        ">" => known > value,
        ">=" => known >= value,
        _ => return None,
    })
}

fn release_grid(name: &str, sign: &str, value: &str) -> Option<Grid> {
    let seen = |release: [u32; 3]| if name == "python_version" { Version::of(&release[..2]) } else { Version::of(&release) };
    let constraint = match sign {
        "in" | "not in" => {
            let listed: Vec<_> = value.split([',', ' ', '|']).filter(|v| !v.is_empty()).map(|v| format!("=={v}")).collect();
            Constraint::parse(&listed.join("||"))?
        }
        sign => Constraint::parse(&format!("{sign}{value}"))?,
    };
    let negated = sign == "not in";
    Some(Grid::of_releases(|release| constraint.allows(&seen(release)) != negated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(marker: &str, expected: &str) {
        let found = holds(marker, &|e| e == "ml").expect("it parses");
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
        assert!(holds("platform_release >= '20'", &|_| false).is_some_and(|h| h.kernel));
        for nonsense in ["", "python_version", "python_version < 3.11", "colour == 'red'", "python_version ?? '3'", "(os_name == 'nt'"] {
            assert_eq!(holds(nonsense, &|_| false), None, "{nonsense}");
        }
        let nested = |depth: usize| format!("{}os_name == 'nt'{}", "(".repeat(depth), ")".repeat(depth));
        assert!(holds(&nested(64), &|_| false).is_some() && holds(&nested(100_000), &|_| false).is_none());
        assert_eq!(platform("linux || darwin"), Grid::ALL);
        assert_eq!(platform("!=win32"), Grid::ALL);
        assert_eq!(platform("win32"), Grid::NONE);
    }
}
