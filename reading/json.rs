//! JSON with the place of every key and value, as the same tree that YAML is read into. Two forms: JSON as the standard has it, and the
//! wider one that some tools write, with comments and a comma behind the last value.

use std::collections::HashSet;

use crate::diag::{Diagnostic, FileId, Place, Sink, Sources, codes};
use crate::yaml::{Key, Node, Value};

/// How deep a document may nest.
const DEPTH_LIMIT: usize = 128;

/// What may stand in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// What RFC 8259 allows.
    Strict,
    /// Comments, and commas behind the last value, as well.
    Loose,
}

/// Reads a document. `None` when it cannot be read; the sink then says why. Of a key that is given twice the last counts, as everywhere.
pub fn parse(sources: &Sources, file: FileId, form: Form, sink: &mut Sink) -> Option<Node> {
    let text = &sources.file(file).text;
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, file, form };
    let read = reader.value(0).and_then(|node| {
        reader.space()?;
        if reader.at < text.len() { reader.refuse("nothing more was expected here") } else { Ok(node) }
    });
    match read {
        Ok(node) => Some(node),
        Err(problem) => {
            sink.push(*problem);
            None
        }
    }
}

type Read<T> = Result<T, Box<Diagnostic>>;

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    file: FileId,
    form: Form,
}

impl Reader<'_> {
    fn place(&self, start: usize) -> Place {
        Place { file: self.file, start, end: self.at }
    }

    fn refuse<T>(&self, what: &str) -> Read<T> {
        let start = self.at.min(self.text.len());
        let place = Place { file: self.file, start, end: (start + 1).min(self.text.len()) };
        Err(Box::new(Diagnostic::new(codes::UNREADABLE_FILE, format!("this is no JSON: {what}")).at(place, "")))
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or_default()
    }

    /// Passes over white space, and over comments where they may be.
    fn space(&mut self) -> Read<()> {
        loop {
            while matches!(self.peek(), b' ' | b'\t' | b'\r' | b'\n') {
                self.at += 1;
            }
            if self.peek() != b'/' || self.form == Form::Strict {
                return Ok(());
            }
            let rest = &self.text[self.at..];
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => end + 2,
                    None => return self.refuse("this comment is never closed"),
                }
            } else {
                return self.refuse("a value was expected");
            };
            self.at += length;
        }
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        self.space()?;
        if depth > DEPTH_LIMIT {
            return self.refuse("it is nested too deep");
        }
        let start = self.at;
        let value = match self.peek() {
            b'{' => self.map(depth)?,
            b'[' => self.list(depth)?,
            b'"' => Value::Scalar { text: self.string()?, quoted: true },
            _ => self.word()?,
        };
        Ok(Node { place: self.place(start), value })
    }

    /// Whether a further item follows, behind the comma that it needs.
    fn more(&mut self, close: u8, first: bool) -> Read<bool> {
        self.space()?;
        if self.peek() == close {
            self.at += 1;
            return Ok(false);
        }
        if first {
            return Ok(true);
        }
        if self.peek() != b',' {
            return self.refuse(&format!("`,` or `{}` was expected", char::from(close)));
        }
        self.at += 1;
        self.space()?;
        let ends = self.form == Form::Loose && self.peek() == close;
        self.at += usize::from(ends);
        Ok(!ends)
    }

    fn list(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        let mut items = vec![];
        while self.more(b']', items.is_empty())? {
            items.push(self.value(depth + 1)?);
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        let mut entries: Vec<(Key, Node)> = vec![];
        while self.more(b'}', entries.is_empty())? {
            let start = self.at;
            if self.peek() != b'"' {
                return self.refuse("a key in quotes was expected");
            }
            let name = self.string()?;
            let key = Key { place: self.place(start), name };
            self.space()?;
            if self.peek() != b':' {
                return self.refuse("`:` was expected");
            }
            self.at += 1;
            entries.push((key, self.value(depth + 1)?));
        }
        let repeats = entries.iter().map(|(key, _)| key.name.as_str()).collect::<HashSet<_>>().len() < entries.len();
        if repeats {
            let mut seen = HashSet::new();
            let mut last: Vec<_> = entries.into_iter().rev().filter(|(key, _)| seen.insert(key.name.clone())).collect();
            last.reverse();
            entries = last;
        }
        Ok(Value::Map(entries))
    }

    fn string(&mut self) -> Read<String> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(0..0x20) | None => return self.refuse("this string is never closed"),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let written = &self.text[start..self.at];
        if !written.contains('\\') {
            return Ok(written[1..written.len() - 1].to_owned());
        }
        let Ok(undone) = serde_json::from_str(written) else {
            self.at = start;
            return self.refuse("this string has an escape that there is none of");
        };
        Ok(undone)
    }

    /// A number, a truth value or nothing.
    fn word(&mut self) -> Read<Value> {
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'))).unwrap_or(rest.len());
        let word = &rest[..length];
        let is_known = matches!(word, "true" | "false" | "null") || serde_json::from_str::<serde_json::Number>(word).is_ok();
        if !is_known {
            return self.refuse("a value was expected");
        }
        self.at += length;
        Ok(if word == "null" { Value::Null } else { Value::Scalar { text: word.to_owned(), quoted: false } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, form: Form) -> Result<(Sources, Node), String> {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("f.json", "JSON", text);
        let node = parse(&sources, file, form, &mut sink);
        let said: String = sink.into_sorted().iter().map(|d| sources.cite(d.labels[0].place) + " " + &d.message).collect();
        node.map(|node| (sources, node)).ok_or(said)
    }

    /// The texts at which the values stand, one behind the other.
    fn places(text: &str, node: &Node) -> Vec<String> {
        let mut found = vec![text[node.place.start..node.place.end].to_owned()];
        match &node.value {
            Value::List(items) => found.extend(items.iter().flat_map(|item| places(text, item))),
            Value::Map(entries) => found.extend(
                entries
                    .iter()
                    .flat_map(|(key, value)| [vec![text[key.place.start..key.place.end].to_owned()], places(text, value)].concat()),
            ),
            _ => {}
        }
        found
    }

    #[test]
    fn values_have_their_places() {
        let text = "{ \"é\": [1, true, null, \"a\\u0041\"], \"o\": {} }";
        let (_, node) = read(text, Form::Strict).unwrap();
        let all = places(text, &node);
        assert_eq!(all[1..], ["\"é\"", "[1, true, null, \"a\\u0041\"]", "1", "true", "null", "\"a\\u0041\"", "\"o\"", "{}"]);
        let Value::Map(entries) = &node.value else { panic!("{node:?}") };
        let Value::List(items) = &entries[0].1.value else { panic!("{node:?}") };
        assert!(matches!(&items[3].value, Value::Scalar { text, quoted: true } if text == "aA"));
        assert!(matches!(&items[2].value, Value::Null));
    }

    #[test]
    fn the_last_of_two_keys_counts() {
        let (_, node) = read("{\"a\": 1, \"b\": 2, \"a\": 3}", Form::Strict).unwrap();
        let Value::Map(entries) = &node.value else { panic!("{node:?}") };
        let names: Vec<_> = entries.iter().map(|(key, _)| key.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
    }

    #[test]
    fn comments_and_last_commas_are_of_the_loose_form() {
        let text = "{ // one\n \"a\": [1, 2,], /* two */ }";
        assert!(read(text, Form::Loose).is_ok());
        assert_eq!(read(text, Form::Strict).unwrap_err(), "f.json:1:3 this is no JSON: a key in quotes was expected");
    }

    #[test]
    fn mistakes_have_their_places() {
        for (text, said) in [
            ("{\n \"a\": ,\n}", "f.json:2:7 this is no JSON: a value was expected"),
            ("{\"a\" 1}", "f.json:1:6 this is no JSON: `:` was expected"),
            ("[1 2]", "f.json:1:4 this is no JSON: `,` or `]` was expected"),
            ("[1,]", "f.json:1:4 this is no JSON: a value was expected"),
            ("\"a\nb\"", "f.json:1:3 this is no JSON: this string is never closed"),
            ("\"\\", "f.json:1:3 this is no JSON: this string is never closed"),
            ("\"\\q\"", "f.json:1:1 this is no JSON: this string has an escape that there is none of"),
            ("{} x", "f.json:1:4 this is no JSON: nothing more was expected here"),
            ("", "f.json:1:1 this is no JSON: a value was expected"),
            ("nul", "f.json:1:1 this is no JSON: a value was expected"),
        ] {
            assert_eq!(read(text, Form::Strict).unwrap_err(), said, "{text}");
        }
        assert!(read(&"[".repeat(100_000), Form::Strict).unwrap_err().contains("nested too deep"));
    }
}
