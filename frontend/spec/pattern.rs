//! Patterns of values: the part of regular expressions that versions, numbers and names need. A whole regular expression's engine is larger
//! than all that reads a spec, and can be made to run for ever; here a text is looked through once for each part of the pattern.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::diag::codes;
use crate::names::Refused;
use crate::yaml::scalar;

/// What a value has to look like, from its first character to its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

/// Characters, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    one: One,
    least: usize,
    /// None is any number.
    most: Option<usize>,
}

/// A character.
#[derive(Clone, Debug, PartialEq, Eq)]
enum One {
    Any,
    This(char),
    /// One of these ranges, or none of them.
    Of {
        ranges: Vec<(char, char)>,
        not: bool,
    },
}

impl One {
    fn fits(&self, c: char) -> bool {
        match self {
            Self::Any => true,
            Self::This(own) => *own == c,
            Self::Of { ranges, not } => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *not,
        }
    }
}

impl Pattern {
    /// Whether all of a text is like it.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut reached = BTreeSet::from([0]);
        for part in &self.parts {
            let mut next = BTreeSet::new();
            for start in reached {
                let here = text[start..].iter().take_while(|c| part.one.fits(**c)).count();
                let most = part.most.map_or(here, |most| most.min(here));
                next.extend((part.least..=most).map(|taken| start + taken));
            }
            reached = next;
        }
        reached.contains(&text.len())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Pattern {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let inner = text.strip_prefix('^').unwrap_or(text);
        let inner = inner.strip_suffix('$').filter(|rest| !rest.ends_with('\\')).unwrap_or(inner);
        let mut rest = inner.chars().peekable();
        let mut parts = vec![];
        while let Some(c) = rest.next() {
            let one = match c {
                '.' => One::Any,
                '[' => class(&mut rest)?,
                '\\' => escaped(rest.next())?,
                '*' | '+' | '?' | '{' => return Err(refused(&format!("there is nothing before `{c}` that it could repeat"))),
                '(' | ')' | '|' | '^' | '$' => {
                    return Err(refused(&format!("`{c}` has no meaning in a pattern; `values` lists words, and `\\{c}` is the character")));
                }
                c => One::This(c),
            };
            let (least, most) = match rest.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => {
                    rest.next();
                    let count: String = rest.by_ref().take_while(|c| *c != '}').collect();
                    parts.push(counted(one, &count)?);
                    continue;
                }
                _ => (1, Some(1)),
            };
            if (least, most) != (1, Some(1)) {
                rest.next();
            }
            parts.push(Part { one, least, most });
        }
        Ok(Self { text: text.to_owned(), parts })
    }
}

scalar!(Pattern, "a pattern", codes::BAD_VALUE);

fn refused(message: &str) -> Refused {
    Refused::new(
        message,
        "a pattern is of characters, `.`, `[a-z0-9]`, `[^/]` and `\\d`, each with `*`, `+`, `?` or `{1,3}` after it where it repeats",
    )
}

/// A part that stands `{3}`, `{1,3}` or `{2,}` times.
fn counted(one: One, count: &str) -> Result<Part, Refused> {
    let number = |text: &str| text.trim().parse::<usize>().map_err(|_| refused(&format!("`{{{count}}}` is no count")));
    let (least, most) = match count.split_once(',') {
        None => (number(count)?, Some(number(count)?)),
        Some((least, most)) if most.trim().is_empty() => (number(least)?, None),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    if most.is_some_and(|most| most < least) {
        return Err(refused(&format!("`{{{count}}}` is no count")));
    }
    Ok(Part { one, least, most })
}

/// What stands in brackets.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<One, Refused> {
    let not = rest.next_if_eq(&'^').is_some();
    let mut ranges = vec![];
    loop {
        let from = match rest.next() {
            None => return Err(refused("a `[` is not closed")),
            Some(']') if !ranges.is_empty() => return Ok(One::Of { ranges, not }),
            Some('\\') => match escaped(rest.next())? {
                One::This(c) => c,
                One::Of { ranges: of, not: false } => {
                    ranges.extend(of);
                    continue;
                }
                _ => return Err(refused("a class of all but some cannot stand in brackets")),
            },
            Some(c) => c,
        };
        let is_range = rest.peek() == Some(&'-') && rest.clone().nth(1).is_some_and(|after| after != ']');
        if !is_range {
            ranges.push((from, from));
            continue;
        }
        rest.next();
        match rest.next() {
            Some(to) if to >= from && to != '\\' => ranges.push((from, to)),
            _ => return Err(refused("a range in brackets goes from a character to a later one")),
        }
    }
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// What stands behind a backslash.
fn escaped(c: Option<char>) -> Result<One, Refused> {
    let of = |ranges: &[(char, char)], not| One::Of { ranges: ranges.to_vec(), not };
    match c {
        Some('d') => Ok(of(DIGITS, false)),
        Some('D') => Ok(of(DIGITS, true)),
        Some('w') => Ok(of(WORD, false)),
        Some('W') => Ok(of(WORD, true)),
        Some(c) if !c.is_ascii_alphanumeric() => Ok(One::This(c)),
        Some(c) => Err(refused(&format!("`\\{c}` has no meaning in a pattern"))),
        None => Err(refused("there is nothing after the last `\\`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_that_of_the_whole_value() {
        for (pattern, good, bad) in [
            (r"\d+\.\d+(", "", ""),
            (r"\d+\.\d+", "1.20", "1.20-rc"),
            ("v[0-9]+", "v12", "V12"),
            (r"[a-z][a-z0-9-]{0,7}", "web-1", "web-12345"),
            ("[^/]*", "", "a/b"),
            ("^[0-9a-f]{40}$", "0123456789abcdef0123456789abcdef01234567", "0123"),
            ("a?b.{2,}", "bxy", "abx"),
            (r"[\w.-]+", "a_B.c-9", "a b"),
            (r"\$\^[]x]", "$^]", "$^y"),
            (".*x.*x.*", "axxa", "axa"),
        ] {
            let Ok(read) = pattern.parse::<Pattern>() else {
                assert_eq!(pattern, r"\d+\.\d+(");
                continue;
            };
            assert!(read.fits(good) && !read.fits(bad), "{pattern}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (pattern, said) in [
            ("(a|b)", "`(` has no meaning in a pattern"),
            ("*", "nothing before `*`"),
            ("[a-", "not closed"),
            ("[z-a]", "to a later one"),
            ("a{x}", "`{x}` is no count"),
            ("a{3,1}", "`{3,1}` is no count"),
            (r"\s", "`\\s` has no meaning"),
        ] {
            let message = pattern.parse::<Pattern>().unwrap_err().message;
            assert!(message.contains(said), "{pattern}: {message}");
        }
    }

    #[test]
    fn no_pattern_runs_for_ever() {
        let read: Pattern = ".*".repeat(50).parse().unwrap();
        assert!(read.fits(&"a".repeat(500)));
    }
}
