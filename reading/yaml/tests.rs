//! Texts as nodes and as values: where each stands, and what is said of one that is wrong.

use super::decode::keys;
use super::{Argv, At, Decode, Node, Table, Value, parse};
use crate::diag::{Sink, Sources};

keys! {
    /// What a shop sells.
    struct Shop as "a shop" {
        /// Its name.
        name: Option<At<String>> = "name", "corner";
        /// Whether it is open.
        open: bool = "open", "true";
        /// What it has.
        goods: Vec<At<String>> = "goods", "[tea]";
        /// What each costs.
        prices: Table<At<String>> = "prices", "{tea: 3}";
        /// What it runs.
        command: Option<Argv> = "command", "[sell, tea]";
    }
}

/// A text read as a type, and each message with the part of the text that it points at and its help.
fn read<T: Decode>(text: &str) -> (Option<T>, Vec<String>) {
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add("shop.yaml", "YAML", text);
    let node = parse(&sources, file, &mut sink);
    let value = node.and_then(|node| T::decode(&node, &mut sink));
    let said = |d: &crate::diag::Diagnostic| {
        let label = &d.labels[0];
        format!("{} @ {} | {}{}", d.message, &text[label.place.start..label.place.end], label.text, d.help.join(" "))
    };
    (value, sink.into_sorted().iter().map(said).collect())
}

fn shop(text: &str) -> (Option<Shop>, Vec<String>) {
    read(text)
}

/// The parts of a text that nodes and keys stand at, from the outside in.
fn places(node: &Node, text: &str, found: &mut Vec<String>) {
    found.push(text[node.place.start..node.place.end].to_owned());
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| places(item, text, found)),
        Value::Map(entries) => {
            for (key, value) in entries {
                found.push(format!("{}: {}", key.name, &text[key.place.start..key.place.end]));
                places(value, text, found);
            }
        }
        Value::Null | Value::Scalar { .. } => {}
    }
}

#[test]
fn every_key_and_value_knows_its_bytes() {
    for (text, expected) in [
        ("{a: b}", &["{a: b}", "a: a", "b"][..]),
        ("[é, \"ü\\t\", 'x']", &["[é, \"ü\\t\", 'x']", "é", "\"ü\\t\"", "'x'"]),
        ("{☕: [1, {\"two\": 3}]}", &["{☕: [1, {\"two\": 3}]}", "☕: ☕", "[1, {\"two\": 3}]", "1", "{\"two\": 3}", "two: \"two\"", "3"]),
        ("[a # not b\n]", &["[a # not b\n]", "a"]),
    ] {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add("a.yaml", "YAML", text);
        let node = parse(&sources, file, &mut sink).expect("it is YAML");
        let mut found = vec![];
        places(&node, text, &mut found);
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_scalar_stays_the_text_that_was_written() {
    for word in ["no", "3.10", "0x1F", "1_000", "2026-11-30", "~user", "NaN"] {
        assert_eq!(read::<String>(word).0.as_deref(), Some(word));
    }
    assert_eq!(read::<String>("|\n  two\n  lines\n").0.as_deref(), Some("two\nlines\n"));
    assert_eq!(read::<String>(">-\n  one\n  line\n").0.as_deref(), Some("one line"));
    assert_eq!(read::<String>("~"), (None, vec!["expected a string, found nothing @ ~ | ".to_owned()]));
    assert_eq!((read::<bool>("true").0, read::<bool>("false").0), (Some(true), Some(false)));
    for (other, kind) in [("\"true\"", "a string"), ("yes", "a string"), ("1", "a number"), ("[true]", "a list"), ("{}", "a mapping")] {
        assert_eq!(read::<bool>(other), (None, vec![format!("expected `true` or `false`, found {kind} @ {other} | ")]));
    }
}

#[test]
fn keys_are_read_with_their_places_and_those_not_written_are_left() {
    let (read, said) = shop("goods: [tea, milk]\nname: corner\n");
    let read = read.expect("it is a shop");
    assert_eq!(said, [""; 0]);
    assert_eq!(read.name.map(|name| (name.value, name.place.start)), Some(("corner".to_owned(), 25)));
    assert_eq!(read.goods.iter().map(|good| (good.value.as_str(), good.place.start)).collect::<Vec<_>>(), [("tea", 8), ("milk", 13)]);
    assert!(!read.open && read.prices.0.is_empty() && read.command.is_none());
}

#[test]
fn every_mistake_is_said_at_once() {
    let (read, said) = shop("opne: true\nopen: maybe\ngoods: [tea, [milk], {}]\ncommand: []\nname: x\n");
    assert!(read.is_none());
    let expected = [
        "a shop has no key `opne` @ opne | did you mean `open`?",
        "expected `true` or `false`, found a string @ maybe | ",
        "expected a string, found a list @ [milk] | ",
        "expected a string, found a mapping @ {} | ",
        "a command needs at least one word @ [] | leave the key out to have none",
    ];
    assert_eq!(said, expected);
    assert_eq!(shop("zzzz: 1\n").1, ["a shop has no key `zzzz` @ zzzz | the keys are `name`, `open`, `goods`, `prices`, `command`"]);
}

#[test]
fn one_word_where_a_list_belongs_is_shown_as_one() {
    assert_eq!(shop("goods: tea\n").1, ["expected a list, found a string @ tea | write `[tea]`"]);
    assert_eq!(shop("goods: \"a, b\"\n").1, ["expected a list, found a string @ \"a, b\" | write `[\"a, b\"]`"]);
    assert_eq!(shop("goods:\n").1.len(), 1);
    assert_eq!(shop("[tea]\n").1, ["expected a shop with `key: value` lines, found a list @ [tea] | "]);
}

#[test]
fn a_table_keeps_the_order_of_its_keys() {
    let prices = shop("prices: {tea: 3, beer: 2, ale: \"1\"}\n").0.expect("it is a shop").prices.0;
    let prices: Vec<_> = prices.iter().map(|(name, price)| (name.value.as_str(), price.value.as_str())).collect();
    assert_eq!(prices, [("tea", "3"), ("beer", "2"), ("ale", "1")]);
}

#[test]
fn a_line_is_split_where_no_shell_is_needed() {
    let words = |text: &str| read::<Argv>(text).0.map(|argv| argv.0.join("|"));
    assert_eq!(words("serve --name 'a b' \"c d\"").as_deref(), Some("serve|--name|a b|c d"));
    assert_eq!(words("[serve, \"a | b\"]").as_deref(), Some("serve|a | b"));
    for (line, part) in [("a | b", "`|` needs a shell"), ("a 'b", "is not closed"), ("A=b c", "`A=… command`"), ("ls ~", "`~` is a home")]
    {
        let (read, said) = read::<Argv>(&format!("{line:?}"));
        assert!(read.is_none() && said[0].contains(part), "{line}: {said:?}");
    }
}
