//! Words of a Dockerfile: quoting for each place a value can stand in, so that BuildKit reads back exactly that value.
//! A value passes up to three readers (the flag's, CSV, the one that expands `$`), and each is answered by one function.
//! Pure; knows nothing of plans. The tests hold it against readers written from the reference.

use std::borrow::Cow;

/// What a Dockerfile has no way to say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Dockerfile has no way to write {what} {value:?}")]
pub struct Unsayable {
    what: &'static str,
    value: String,
}

/// Refuses what would end a line early; only here-documents and JSON can hold a line end.
fn one_line<'v>(what: &'static str, value: &'v str) -> Result<&'v str, Unsayable> {
    if value.contains(['\n', '\0']) { Err(Unsayable { what, value: value.to_owned() }) } else { Ok(value) }
}

/// Refuses what a flag cannot hold: BuildKit reads flags byte by byte, so that `é` comes out as two other characters.
fn ascii<'v>(what: &'static str, value: &'v str) -> Result<&'v str, Unsayable> {
    if value.bytes().all(|b| (b' '..=b'~').contains(&b)) { Ok(value) } else { Err(Unsayable { what, value: value.to_owned() }) }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "@%+=:,./_-~".contains(c))
}

/// A word where a whole line or a pair is read: bare, or in double quotes.
pub(super) fn word(what: &'static str, value: &str) -> Result<String, Unsayable> {
    let value = one_line(what, value)?;
    Ok(if is_plain(value) { value.to_owned() } else { format!("\"{}\"", escape(value, &['\\', '"', '$'])) })
}

/// `NAME=VALUE` of ENV and LABEL.
pub(super) fn pair(name: &str, value: &str) -> Result<String, Unsayable> {
    if name.is_empty() || name.contains('=') {
        return Err(Unsayable { what: "the name", value: name.to_owned() });
    }
    let value = if value.is_empty() { "\"\"".to_owned() } else { word("the value", value)? };
    Ok(format!("{}={value}", word("the name", name)?))
}

/// A list of words as JSON, which no reader expands: ENTRYPOINT, CMD, and RUN without a shell.
pub(super) fn json(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|w| serde_json::Value::from(w.as_str()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

/// Source and destination of COPY, whose words are expanded even in JSON.
pub(super) fn paths(from: &str, to: &str) -> String {
    several(&[literal(from).into_owned(), to.to_owned()])
}

/// Words that are expanded even in JSON.
pub(super) fn several(words: &[String]) -> String {
    if words.iter().all(|w| is_plain(w)) {
        return words.join(" ");
    }
    json(&words.iter().map(|w| expanded(w)).collect::<Vec<_>>())
}

/// A path where a pattern is expected. A backslash alone makes no pattern and is then taken as it is.
fn literal(path: &str) -> Cow<'_, str> {
    if !path.contains(['*', '?', '[']) {
        return path.into();
    }
    let class = |c: char| match c {
        '*' | '?' | '[' => format!("[{c}]"),
        '\\' => r"\\".to_owned(),
        other => other.to_string(),
    };
    path.chars().map(class).collect::<String>().into()
}

/// `--NAME=VALUE`, whose value is expanded.
pub(super) fn flag(name: &str, value: &str) -> Result<String, Unsayable> {
    Ok(format!("--{name}={}", flagged(&expanded(ascii("the pattern", value)?))))
}

/// `--mount=KEY=VALUE,…`; a key without a value stands alone.
pub(super) fn mount(fields: &[(&str, &str)]) -> Result<String, Unsayable> {
    let field = |(key, value): &(&str, &str)| {
        let value = expanded(ascii("the path or name of a mount", value)?);
        let field = if value.is_empty() { (*key).to_owned() } else { format!("{key}={value}") };
        Ok(if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field })
    };
    let fields = fields.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("--mount={}", flagged(&fields.join(","))))
}

/// For the reader that expands variables and takes quotes away.
fn expanded(value: &str) -> String {
    escape(value, &['\\', '\'', '"', '$'])
}

/// For the reader that splits a line into flags.
fn flagged(value: &str) -> String {
    let special: Vec<char> = value.chars().filter(|c| c.is_whitespace() || "\\'\"".contains(*c)).collect();
    escape(value, &special)
}

fn escape(value: &str, special: &[char]) -> String {
    value.chars().flat_map(|c| special.contains(&c).then_some('\\').into_iter().chain([c])).collect()
}

/// A delimiter that does not occur in a text.
pub(super) fn delimiter(text: &str) -> String {
    let more = (2..).map(|n: u32| format!("EOF{n}"));
    let mut candidates = ["EOF", "END"].map(str::to_owned).into_iter().chain(more);
    candidates.find(|d| !text.contains(d.as_str())).expect("a finite text holds finitely many of them")
}

/// The lines of a here-document after its first, with the delimiter that ends it. The text ends with a line end.
pub(super) fn heredoc(text: &str, delimiter: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("\n{text}{end}{delimiter}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a word as the reference says of expansion, without variables: quotes go away, a backslash keeps the next
    /// character, inside double quotes only `\`, `"` and `$`.
    fn expand(text: &str) -> String {
        let mut read = String::new();
        let mut quote = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(q), _) if q == c => quote = None,
                (Some('\''), _) => read.push(c),
                (None, '\\') => read.extend(chars.next()),
                (Some(_), '\\') if chars.peek().is_some_and(|n| "\\\"$".contains(*n)) => read.extend(chars.next()),
                (_, '$') => panic!("`{text}` has a variable"),
                _ => read.push(c),
            }
        }
        assert_eq!(quote, None, "`{text}` does not end");
        read
    }

    /// Splits at white space outside quotes, which stay, as do backslashes.
    fn split(text: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (vec![], String::new(), None);
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (None, c) if c.is_whitespace() => words.push(std::mem::take(&mut word)),
                (q, '\\') if q != Some('\'') => word.extend([c].into_iter().chain(chars.next())),
                (None, '\'' | '"') => {
                    quote = Some(c);
                    word.push(c);
                }
                (q, c) => {
                    quote = q.filter(|q| *q != c);
                    word.push(c);
                }
            }
        }
        words.push(word);
        words.retain(|w| !w.is_empty());
        words
    }

    /// Reads a flag's word, which white space would end: backslashes and quotes go away.
    fn unflag(text: &str) -> String {
        let (mut read, mut quote) = (String::new(), None);
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (_, '\\') => read.extend(chars.next()),
                (None, '\'' | '"') => quote = Some(c),
                (Some(q), c) if q == c => quote = None,
                (None, c) if c.is_whitespace() => panic!("`{text}` ends early"),
                _ => read.push(c),
            }
        }
        read
    }

    /// Reads one line of CSV.
    fn fields(text: &str) -> Vec<String> {
        let (mut all, mut rest) = (vec![], text);
        loop {
            let (field, tail) = if let Some(mut quoted) = rest.strip_prefix('"') {
                let mut field = String::new();
                loop {
                    let (part, tail) = quoted.split_once('"').expect("the quote is closed");
                    field.push_str(part);
                    match tail.strip_prefix('"') {
                        Some(more) => {
                            field.push('"');
                            quoted = more;
                        }
                        None => break (field, tail),
                    }
                }
            } else {
                let end = rest.find(',').unwrap_or(rest.len());
                assert!(!rest[..end].contains('"'), "a bare quote in {text}");
                (rest[..end].to_owned(), &rest[end..])
            };
            all.push(field);
            match tail.strip_prefix(',') {
                Some(more) => rest = more,
                None => return all,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_pair_is_read_back(name in "[^=\n\0]{1,12}", value in "[^\n\0]{0,20}") {
            let line = format!("{} B=2", pair(&name, &value).unwrap());
            let words = split(&line);
            prop_assert_eq!(words.len(), 2, "{}", line);
            let (left, right) = words[0].split_once('=').unwrap();
            prop_assert_eq!((expand(left), expand(right)), (name, value));
        }

        #[test]
        fn a_whole_line_is_read_back(value in "[^\n\0]{1,20}") {
            prop_assert_eq!(expand(&word("the path", &value).unwrap()), value);
        }

        #[test]
        fn copied_paths_are_read_back(from in "[^\0*?\\[]{1,12}", to in "[^\0]{1,12}") {
            let text = paths(&from, &to);
            let words: Vec<String> = match text.strip_prefix('[') {
                Some(_) => serde_json::from_str(&text).unwrap(),
                None => text.split_whitespace().map(str::to_owned).collect(),
            };
            prop_assert_eq!(words.iter().map(|w| expand(w)).collect::<Vec<_>>(), [from, to]);
        }

        #[test]
        fn a_flag_is_read_back(value in "[ -~]{1,20}") {
            let text = flag("exclude", &value).unwrap();
            prop_assert_eq!(expand(unflag(&text).strip_prefix("--exclude=").unwrap()), value);
        }

        #[test]
        fn a_mount_is_read_back(source in "[ -~]{1,20}", target in "[ -~]{1,20}") {
            let text = mount(&[("type", "bind"), ("source", &source), ("target", &target), ("rw", "")]).unwrap();
            let unflagged = unflag(&text);
            let fields = fields(unflagged.strip_prefix("--mount=").unwrap());
            let read: Vec<_> = fields.iter().map(|f| expand(f)).collect();
            prop_assert_eq!(read, ["type=bind".to_owned(), format!("source={source}"), format!("target={target}"), "rw".to_owned()]);
        }

        #[test]
        fn a_here_document_ends_where_it_should(text in "(EOF|END|EOF2|[a\r]|\n){0,8}") {
            let end = delimiter(&text);
            let written = heredoc(&text, &end);
            let mut lines = written[1..].split_inclusive('\n');
            let read: String = lines.by_ref().take_while(|l| l.trim_end_matches(['\r', '\n']) != end).collect();
            let expected = if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" };
            prop_assert_eq!((read, lines.next()), (expected, None));
        }
    }

    #[test]
    fn only_what_needs_quotes_has_them() {
        assert_eq!(pair("PATH", "/app/bin:/bin").unwrap(), "PATH=/app/bin:/bin");
        assert_eq!(pair("A", r#"$HOME\x "y""#).unwrap(), r#"A="\$HOME\\x \"y\"""#);
        assert_eq!(pair("A", "").unwrap(), r#"A="""#);
        assert_eq!(paths("src", "/app"), "src /app");
        assert_eq!(paths("a[0] $b", "/app"), r#"["a[[]0] \\$b", "/app"]"#);
        assert_eq!(mount(&[("type", "cache"), ("id", "uv")]).unwrap(), "--mount=type=cache,id=uv");
    }

    #[test]
    fn line_ends_are_refused_where_nothing_holds_them() {
        assert_eq!(pair("A", "1\n2").unwrap_err().to_string(), r#"a Dockerfile has no way to write the value "1\n2""#);
        assert!(pair("a=b", "").is_err() && word("the path", "/a\nb").is_err() && flag("exclude", "\n").is_err());
        assert!(mount(&[("type", "bind"), ("source", "é")]).is_err() && flag("exclude", "é").is_err());
    }
}
