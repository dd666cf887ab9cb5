//! Environment markers (PEP 508) as they are written: `python_version < "3.11" and sys_platform == "linux"`.
//! What one comes to is asked elsewhere, as yes, no or unknown (`truth`) and as a set of environments (`holds`).
//! By hand: `pep508_rs` answers yes or no for one environment that is known whole, where here machine and Python stay open, and it
//! refuses the older spellings that locks still hold; it also brings a parser of URLs, whose tables are larger than all of this room.

/// Parentheses deeper than this are not read.
const DEEPEST: usize = 64;

/// A marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    /// One of them holds.
    Any(Vec<Self>),
    /// All of them hold.
    All(Vec<Self>),
    /// A variable beside a value.
    Compare(Comparison),
    /// `<empty>`, which is Poetry's word for one that never holds.
    Never,
    /// Text that is no marker, of which nothing is known.
    Unread,
}

/// A comparison, turned round where the value stood on the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// The variable by its newest name.
    pub(crate) variable: String,
    /// How it is compared.
    pub(crate) sign: Sign,
    /// What with.
    pub(crate) value: String,
    /// Whether the value stood on the left, which matters to `in` alone.
    pub(crate) reversed: bool,
}

/// How a variable and a value are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Equal,
    Identical,
    NotEqual,
    Compatible,
    Below,
    AtMost,
    Above,
    AtLeast,
    In,
    NotIn,
}

/// Every sign that is written with signs.
const SIGNS: &[(&str, Sign)] = &[
    ("==", Sign::Equal),
    ("===", Sign::Identical),
    ("!=", Sign::NotEqual),
    ("~=", Sign::Compatible),
    ("<", Sign::Below),
    ("<=", Sign::AtMost),
    (">", Sign::Above),
    (">=", Sign::AtLeast),
];

/// Names that variables had before the standard, and some of its own names for them.
const OLDER: &[(&str, &str)] = &[
    ("os.name", "os_name"),
    ("sys.platform", "sys_platform"),
    ("platform.machine", "platform_machine"),
    ("platform.version", "platform_version"),
    ("platform.python_implementation", "platform_python_implementation"),
    ("python_implementation", "platform_python_implementation"),
];

impl Sign {
    /// As it is written; nothing for words.
    pub(crate) fn text(self) -> Option<&'static str> {
        SIGNS.iter().find(|(_, sign)| *sign == self).map(|(text, _)| *text)
    }

    /// The sign that says the same with both sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Self::Below => Self::Above,
            Self::AtMost => Self::AtLeast,
            Self::Above => Self::Below,
            Self::AtLeast => Self::AtMost,
            Self::Equal | Self::Identical | Self::NotEqual | Self::Compatible | Self::In | Self::NotIn => self,
        }
    }
}

impl Marker {
    /// Reads a marker; `None` when it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.trim() == "<empty>" {
            return Some(Self::Never);
        }
        let tokens = tokens(text)?;
        let mut reader = Reader { tokens: &tokens, depth: 0 };
        let found = reader.any()?;
        reader.tokens.is_empty().then_some(found)
    }

    /// Reads a marker; of what is none nothing is known.
    pub(crate) fn read(text: &str) -> Self {
        Self::parse(text).unwrap_or(Self::Unread)
    }

    /// Every comparison in it, in its order.
    pub(crate) fn comparisons(&self) -> Vec<&Comparison> {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().flat_map(Self::comparisons).collect(),
            Self::Compare(one) => vec![one],
            Self::Never | Self::Unread => vec![],
        }
    }

    /// The extras that it asks for by name, in its order.
    pub(crate) fn extras(&self) -> Vec<String> {
        let asks = |one: &&Comparison| one.variable == "extra" && one.sign == Sign::Equal;
        self.comparisons().into_iter().filter(asks).map(|one| one.value.clone()).collect()
    }

    /// Whether it asks for extras at all, or may do so.
    pub(crate) fn may_ask_extras(&self) -> bool {
        *self == Self::Unread || self.names_extras()
    }

    /// Whether it asks for extras.
    pub(crate) fn names_extras(&self) -> bool {
        self.comparisons().iter().any(|one| one.variable == "extra")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'t> {
    Open,
    Close,
    Sign(Sign),
    Name(&'t str),
    Text(&'t str),
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let (mut found, mut rest) = (vec![], text.trim_start());
    while let Some(first) = rest.chars().next() {
        let is_sign = |c: char| "<>=!~".contains(c);
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let run = |fits: &dyn Fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' | '\'' => {
                let inner = rest[1..].split_once(first)?.0;
                (Token::Text(inner), inner.len() + 2)
            }
            first if is_sign(first) => {
                let end = run(&is_sign);
                let sign = SIGNS.iter().find(|(text, _)| *text == &rest[..end]).map(|(_, sign)| *sign)?;
                (Token::Sign(sign), end)
            }
            first if is_name(first) => {
                let end = run(&is_name);
                (Token::Name(&rest[..end]), end)
            }
            _ => return None,
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Some(found)
}

struct Reader<'t> {
    tokens: &'t [Token<'t>],
    /// How many parentheses are open.
    depth: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<&'t Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn takes(&mut self, word: &str) -> bool {
        let there = self.tokens.first() == Some(&Token::Name(word));
        self.tokens = &self.tokens[usize::from(there)..];
        there
    }

    fn any(&mut self) -> Option<Marker> {
        let mut parts = vec![self.all()?];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Marker::Any(parts) })
    }

    fn all(&mut self) -> Option<Marker> {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Marker::All(parts) })
    }

    fn one(&mut self) -> Option<Marker> {
        let left = self.next()?;
        if *left == Token::Open {
            self.depth += 1;
            if self.depth > DEEPEST {
                return None;
            }
            let found = self.any()?;
            self.depth -= 1;
            return (*self.next()? == Token::Close).then_some(found);
        }
        let sign = match self.next()? {
            Token::Sign(sign) => *sign,
            Token::Name("in") => Sign::In,
            Token::Name("not") => self.takes("in").then_some(Sign::NotIn)?,
            _ => return None,
        };
        let (name, value, reversed) = match (left, self.next()?) {
            (Token::Name(name), Token::Text(value)) => (name, value, false),
            (Token::Text(value), Token::Name(name)) => (name, value, true),
            _ => return None,
        };
        let variable = OLDER.iter().find(|(older, _)| older == name).map_or(*name, |(_, newer)| newer);
        let sign = if reversed { sign.mirrored() } else { sign };
        Some(Marker::Compare(Comparison { variable: variable.to_owned(), sign, value: (*value).to_owned(), reversed }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_taken_apart() {
        let compare = |variable: &str, sign, value: &str, reversed| {
            Marker::Compare(Comparison { variable: variable.to_owned(), sign, value: value.to_owned(), reversed })
        };
        let python = compare("python_version", Sign::AtLeast, "3.9", true);
        assert_eq!(Marker::parse("'3.9'<=python_version"), Some(python.clone()));
        let (posix, linux) = (compare("os_name", Sign::Equal, "posix", false), compare("sys_platform", Sign::NotIn, "linux", true));
        let both = Marker::Any(vec![Marker::All(vec![python, posix]), linux]);
        assert_eq!(Marker::parse("'3.9' <= python_version and(os.name=='posix') or \"linux\" not in sys.platform"), Some(both));
        assert_eq!(Marker::parse("<empty>"), Some(Marker::Never));
    }

    #[test]
    fn nonsense_is_no_marker() {
        for text in
            ["", "a", "a < 3.11", "a ?? '3'", "(a == 'b'", "a == 'b')", "sys_platform = = or", "a == 'b", "'", "a not 'b'", "a =< 'b'"]
        {
            assert_eq!((Marker::parse(text), Marker::read(text)), (None, Marker::Unread), "{text}");
        }
        let nested = |depth: usize| format!("{}os_name == 'nt'{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Marker::parse(&nested(64)).is_some() && Marker::parse(&nested(100_000)).is_none());
        assert_eq!(Marker::parse(&"(".repeat(100_000)), None);
    }

    #[test]
    fn extras_are_named_in_order() {
        let found = Marker::read("sys_platform == 'x' and (extra == 'ml' or 'b' == extra) and extra != 'c'");
        assert_eq!(found.extras(), ["ml", "b"]);
        assert!(found.names_extras() && !Marker::read("os_name == 'extra'").names_extras());
        assert!(Marker::Unread.may_ask_extras() && !Marker::Never.may_ask_extras());
    }
}
