//! A YAML document as a tree in which everything knows its place.
//! The only file that names the YAML library. Scalars stay text (`3.10` and `no` mean what they say);
//! the types that decode them decide what they are.

use std::collections::BTreeMap;

use granit_parser::{Event, Options, Parser, ScalarStyle};

use super::brackets::never_closed;
use crate::diag::{Diagnostic, FileId, Place, Sink, Sources, codes};

/// What a text may be.
struct Limits {
    /// How many bytes it may have; nothing larger is even looked into.
    bytes: usize,
    /// How many nodes it may have once its aliases are spelled out.
    nodes: usize,
    /// Whether several documents may stand in it, of which the last counts.
    several: bool,
}

/// What people write: a page or two.
const WRITTEN: Limits = Limits { bytes: 1_000_000, nodes: 20_000, several: false };
/// What tools write: thousands of entries.
const GENERATED: Limits = Limits { bytes: 16_000_000, nodes: 2_000_000, several: true };
/// How deep a document may nest.
const DEPTH_LIMIT: usize = 64;

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar's text, and whether it was quoted or a block.
    Scalar {
        /// The text with quotes and escapes undone.
        text: String,
        /// False for a plain scalar, which may be meant as a number or a truth value.
        quoted: bool,
    },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order written.
    Map(Vec<(Key, Node)>),
}

/// A mapping's key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Where it stands.
    pub place: Place,
    /// Its text.
    pub name: String,
}

impl Node {
    /// What kind of value this is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar { text, quoted: false } if text.parse::<f64>().is_ok() => "a number",
            Value::Scalar { text, quoted: false } if text == "true" || text == "false" => "a truth value",
            Value::Scalar { .. } => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Reads one document. `None` when it cannot be read; the sink then says why.
pub fn parse(sources: &Sources, file: FileId, sink: &mut Sink) -> Option<Node> {
    within(&WRITTEN, sources, file, sink)
}

/// Reads the last document of a file that a tool has written, as a lock. `None` when it cannot be read; the sink then says why.
pub fn parse_last(sources: &Sources, file: FileId, sink: &mut Sink) -> Option<Node> {
    within(&GENERATED, sources, file, sink)
}

fn within(limits: &Limits, sources: &Sources, file: FileId, sink: &mut Sink) -> Option<Node> {
    let text = &sources.file(file).text;
    if text.len() > limits.bytes {
        let message = format!("the document has {} bytes, and may have {}", text.len(), limits.bytes);
        let found = Diagnostic::new(codes::YAML_TOO_LARGE, message).at(Place { file, start: 0, end: 0 }, "");
        sink.push(found.help("keep long scripts and data in files of the project"));
        return None;
    }
    let mut options = Options::default();
    options.block_nesting_limit = DEPTH_LIMIT;
    options.flow_nesting_limit = DEPTH_LIMIT;
    let mut builder = Builder { file, length: text.len(), anchors: BTreeMap::new(), nodes: 0, depth: 0, limit: limits.nodes };
    let mut events = Parser::new_from_str_with_options(text, options);
    let mut root = None;
    loop {
        let (event, place) = match events.next_event() {
            None => break,
            Some(Ok((event, span))) => (event, builder.place(span.byte_range())),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                sink.push(syntax(&error.to_string(), builder.place(Some(at..at + 1)), text));
                return None;
            }
        };
        match event {
            Event::DocumentStart(..) if root.is_some() && !limits.several => {
                let message = "a second YAML document starts here";
                sink.push(Diagnostic::new(codes::YAML_SYNTAX, message).at(place, "").help("keep one document to a file"));
                return None;
            }
            Event::DocumentStart(..) | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            event => match builder.node(event, place, &mut events, text) {
                Ok(node) => root = Some(node),
                Err(problem) => {
                    sink.push(*problem);
                    return None;
                }
            },
        }
    }
    let whole = builder.place(Some(0..0));
    Some(root.unwrap_or(Node { place: whole, value: Value::Null }))
}

struct Builder {
    file: FileId,
    length: usize,
    /// What each anchor names, and how many nodes that is.
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    /// How many collections are open: the parser counts brackets and indents, but not pairs without either (`[: : :`).
    depth: usize,
    /// How many nodes there may be.
    limit: usize,
}

type Problem = Box<Diagnostic>;

impl Builder {
    fn place(&self, range: Option<std::ops::Range<usize>>) -> Place {
        let range = range.unwrap_or(0..0);
        Place { file: self.file, start: range.start.min(self.length), end: range.end.min(self.length) }
    }

    fn node<'i, I>(&mut self, event: Event<'i>, place: Place, events: &mut Parser<'i, I>, text: &str) -> Result<Node, Problem>
    where
        I: granit_parser::BorrowedInput<'i>,
    {
        self.count(1, place)?;
        if self.depth > DEPTH_LIMIT {
            return Err(Box::new(
                Diagnostic::new(codes::YAML_TOO_LARGE, format!("this is nested deeper than {DEPTH_LIMIT} levels")).at(place, ""),
            ));
        }
        self.depth += 1;
        let before = self.nodes;
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, _) => {
                refuse_nul(&text, place)?;
                (anchor, Node { place, value: scalar(&text, style) })
            }
            Event::SequenceStart(_, anchor, _) => {
                let mut items = vec![];
                let mut end = place.end;
                loop {
                    let (event, at) = self.next(events, text)?;
                    if event == Event::SequenceEnd {
                        end = closed(end, at);
                        break;
                    }
                    let item = self.node(event, at, events, text)?;
                    end = item.place.end;
                    items.push(item);
                }
                (anchor, Node { place: Place { end, ..place }, value: Value::List(items) })
            }
            Event::MappingStart(_, anchor, _) => {
                let (entries, end) = self.entries(place.end, events, text)?;
                (anchor, Node { place: Place { end, ..place }, value: Value::Map(entries) })
            }
            Event::Alias(id) => {
                let Some((node, size)) = self.anchors.get(&id).cloned() else {
                    return Err(Box::new(Diagnostic::new(codes::YAML_SYNTAX, "this alias names itself").at(place, "")));
                };
                self.count(size, place)?;
                (0, Node { place, ..node })
            }
            _ => (0, Node { place, value: Value::Null }),
        };
        self.depth -= 1;
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - before + 1));
        }
        Ok(node)
    }

    fn entries<'i, I>(&mut self, start: usize, events: &mut Parser<'i, I>, text: &str) -> Result<(Vec<(Key, Node)>, usize), Problem>
    where
        I: granit_parser::BorrowedInput<'i>,
    {
        let mut entries: Vec<(Key, Node)> = vec![];
        let mut seen: BTreeMap<String, Place> = BTreeMap::new();
        let mut end = start;
        loop {
            let (event, place) = self.next(events, text)?;
            let name = match event {
                Event::MappingEnd => return Ok((entries, closed(end, place))),
                Event::Scalar(name, style, anchor, _) => {
                    if anchor > 0 {
                        self.anchors.insert(anchor, (Node { place, value: scalar(&name, style) }, 1));
                    }
                    name.into_owned()
                }
                _ => return Err(Box::new(Diagnostic::new(codes::YAML_SYNTAX, "a key has to be a plain word").at(place, ""))),
            };
            refuse_nul(&name, place)?;
            let (event, at) = self.next(events, text)?;
            let node = self.node(event, at, events, text)?;
            if let Some(first) = seen.insert(name.clone(), place) {
                let message = format!("`{name}` is given twice");
                return Err(Box::new(Diagnostic::new(codes::DUPLICATE_KEY, message).at(place, "again here").at(first, "first here")));
            }
            end = node.place.end.max(place.end);
            entries.push((Key { place, name }, node));
        }
    }

    fn next<'i, I>(&self, events: &mut Parser<'i, I>, text: &str) -> Result<(Event<'i>, Place), Problem>
    where
        I: granit_parser::BorrowedInput<'i>,
    {
        match events.next_event() {
            Some(Ok((event, span))) => Ok((event, self.place(span.byte_range()))),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(self.length);
                Err(Box::new(syntax(&error.to_string(), self.place(Some(at..at + 1)), text)))
            }
            None => Err(Box::new(syntax("the document ends too early", self.place(Some(self.length..self.length)), text))),
        }
    }

    fn count(&mut self, more: usize, place: Place) -> Result<(), Problem> {
        self.nodes += more;
        if self.nodes > self.limit {
            let message = format!("the document is larger than {} values once its aliases are spelled out", self.limit);
            return Err(Box::new(Diagnostic::new(codes::YAML_TOO_LARGE, message).at(place, "")));
        }
        Ok(())
    }
}

/// A collection ends with its bracket, or, where it has none, with its last value: the end event of a block is empty and
/// stands where the next thing begins.
fn closed(end: usize, event: Place) -> usize {
    if event.end > event.start { event.end } else { end }
}

/// A word of a command, a variable, a path: none of what a document tells can hold a NUL.
fn refuse_nul(text: &str, place: Place) -> Result<(), Problem> {
    if !text.contains('\0') {
        return Ok(());
    }
    let found = Diagnostic::new(codes::NUL_IN_TEXT, "a text cannot hold a NUL: it would end there").at(place, "");
    Err(Box::new(found.help("remove the `\\0`")))
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    let quoted = style != ScalarStyle::Plain;
    if !quoted && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Value::Null;
    }
    Value::Scalar { text: text.to_owned(), quoted }
}

/// The library ends its messages with a position of its own, which the drawn lines already show.
fn syntax(message: &str, place: Place, text: &str) -> Diagnostic {
    let message = message.split(" at byte ").next().unwrap_or(message);
    let message = message.split(" at char ").next().unwrap_or(message);
    let found = Diagnostic::new(codes::YAML_SYNTAX, format!("this is not valid YAML: {message}")).at(place, "");
    if let Some((start, bracket)) = never_closed(text, place.start.min(text.len())) {
        let never = Diagnostic::new(codes::YAML_SYNTAX, format!("this is not valid YAML: this `{bracket}` is never closed"));
        return never.at(Place { start, end: start + 1, ..place }, "").at(place, "so this is read as if it were inside");
    }
    let line_start = text[..place.start.min(text.len())].rfind('\n').map_or(0, |i| i + 1);
    if text[line_start..].lines().next().is_some_and(|l| l.starts_with([' ', '\t']) && l.contains('\t')) {
        return found.help("YAML is indented with spaces; this line has a tab");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Vec<Diagnostic> {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("distil.yaml", "YAML", text);
        assert!(parse(&sources, file, &mut sink).is_none());
        sink.into_sorted()
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_read() {
        let found = refused(&format!("command: \"{}", "x".repeat(3_000_000)));
        assert!(found[0].code == codes::YAML_TOO_LARGE && found[0].message.contains("3000010 bytes"), "{found:?}");
        let keys = (0..60_000).map(|i| ["k", &i.to_string(), ": 1"].concat()).collect::<Vec<_>>().join("\n");
        assert_eq!(refused(&keys)[0].code, codes::YAML_TOO_LARGE);
    }

    #[test]
    fn of_what_a_tool_has_written_the_last_document_counts() {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let text = format!("---\na: 1\n---\n{}", (0..30_000).map(|i| format!("k{i}: 1\n")).collect::<Vec<_>>().concat());
        let file = sources.add("lock.yaml", "YAML", &text);
        let read = parse_last(&sources, file, &mut sink).expect("it is YAML");
        assert!(matches!(read.value, Value::Map(entries) if entries.len() == 30_000 && entries[0].0.name == "k0"));
        assert!(parse(&sources, file, &mut sink).is_none());
    }

    #[test]
    fn what_nests_without_brackets_is_limited_too() {
        for text in ["a: [".to_owned() + &": ".repeat(10_000), "a: [? ".to_owned() + &"? ".repeat(10_000), "- ".repeat(10_000)] {
            assert!([codes::YAML_TOO_LARGE, codes::YAML_SYNTAX].contains(&refused(&text)[0].code), "{:?}", refused(&text));
        }
    }

    #[test]
    fn an_alias_may_stand_for_a_key() {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("distil.yaml", "YAML", "&name api: *name\n");
        let read = parse(&sources, file, &mut sink).expect("it is YAML");
        assert!(matches!(read.value, Value::Map(entries) if matches!(&entries[0].1.value, Value::Scalar { text, .. } if text == "api")));
    }

    #[test]
    fn a_nul_is_refused_where_it_stands() {
        for text in [
            "command: [serve, \"a\\0b\"]",
            "env: {A: \"\\0\"}",
            "env: {\"A\\x00\": b}",
            "check: {run: [[\"\\u0000\"]]}",
            "command: \"serve '\\0'\"",
        ] {
            let found = refused(text);
            assert!(found[0].code == codes::NUL_IN_TEXT && found[0].labels[0].place.start >= 6, "{text}: {found:?}");
        }
    }
}
