//! Environment markers, as far as they can be decided before the build: yes, no, or not yet known.
//! Images are Linux with `CPython`; the processor and the exact Python stay open, because one lock serves several.
//! Whatever cannot be read counts as not known, so that nothing is left out by mistake.

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

/// Evaluates a marker; `extra` says whether an `extra == '…'` holds.
pub(super) fn evaluate(text: &str, extra: &dyn Fn(&str) -> Truth) -> Truth {
    let Some(tokens) = tokens(text) else { return Truth::Unknown };
    let mut reader = Reader { tokens: &tokens, extra };
    match reader.any(0) {
        Some(truth) if reader.tokens.is_empty() => truth,
        _ => Truth::Unknown,
    }
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
        Some(match operator {
            "==" => self.holds(variable, value),
            "!=" => self.holds(variable, value).not(),
            _ => Truth::Unknown,
        })
    }

    fn holds(&self, variable: &str, value: &str) -> Truth {
        match variable {
            "extra" => (self.extra)(value),
            "sys_platform" => Truth::of(value == "linux"),
            "os_name" => Truth::of(value == "posix"),
            "platform_system" => Truth::of(value == "Linux"),
            "implementation_name" => Truth::of(value == "cpython"),
            "platform_python_implementation" => Truth::of(value == "CPython"),
            _ => Truth::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_decided_as_far_as_they_can_be() {
        let check = |text: &str, expected: Truth| {
            let extra = |name: &str| Truth::of(name == "extra-1-a-on");
            assert_eq!(evaluate(text, &extra), expected, "{text}");
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
}
