//! TOML without its dates. The parser that keeps places knows none, and those that know dates keep no places or bring a
//! second model of the language; so each date becomes a text of the same length, and every place stays true.

use std::borrow::Cow;

/// The text with every date and time outside of strings, comments and keys in quotes.
#[must_use]
pub(crate) fn undated(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut found: Vec<(usize, usize)> = vec![];
    let (mut at, mut depth, mut line_starts) = (0, 0_usize, true);
    while let Some(byte) = bytes.get(at) {
        let begins_line = std::mem::replace(&mut line_starts, false);
        match byte {
            b'\n' => line_starts = true,
            b' ' | b'\t' => line_starts = begins_line,
            b'#' => at = line_end(bytes, at) - 1,
            b'"' | b'\'' => {
                at = string_end(bytes, at);
                continue;
            }
            // A table's name holds no values.
            b'[' if begins_line && depth == 0 => {
                at = header_end(bytes, at);
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            byte if is_bare(*byte) => {
                let word = at + bytes[at..].iter().take_while(|b| is_bare(**b)).count();
                let end = date_end(bytes, at);
                if let Some(end) = end.filter(|end| !is_key(bytes, *end)) {
                    found.push((at, end));
                }
                at = end.map_or(word, |end| end.max(word));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len());
    let mut after = 0;
    for (start, end) in found {
        quoted.push_str(&text[after..start]);
        quoted.push('"');
        quoted.push_str(&text[start..end - 2]);
        quoted.push('"');
        after = end;
    }
    Cow::Owned(quoted + &text[after..])
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |i| at + i)
}

/// Where a string ends that starts here.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let triple = [quote; 3];
    let many = bytes[start..].starts_with(&triple);
    let mut at = start + if many { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            byte if *byte == quote && !many => return at + 1,
            byte if *byte == quote && bytes[at..].starts_with(&triple) => {
                // Up to two more quotes belong to the text.
                return at + 3 + bytes[at + 3..].iter().take(2).take_while(|b| **b == quote).count();
            }
            b'\n' if !many => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn header_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = bytes.get(at).filter(|b| !matches!(**b, b'\n' | b'#')) {
        at = if matches!(byte, b'"' | b'\'') { string_end(bytes, at) } else { at + 1 };
    }
    at
}

/// What a bare key and a date are made of, but for the date's blank and colons.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'+')
}

/// Whether what ends here is a key: an equals sign follows.
fn is_key(bytes: &[u8], end: usize) -> bool {
    bytes[end..].iter().find(|b| !matches!(b, b' ' | b'\t')) == Some(&b'=')
}

/// Where a date, a time or both end that start here.
fn date_end(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = |at: usize, count: usize| bytes.get(at..at + count).filter(|d| d.iter().all(u8::is_ascii_digit)).map(|_| at + count);
    let sign = |at: usize, wanted: u8| (bytes.get(at) == Some(&wanted)).then_some(at + 1);
    let time = |start: usize| {
        let minutes = digits(sign(digits(start, 2)?, b':')?, 2)?;
        let seconds = sign(minutes, b':').and_then(|at| digits(at, 2)).unwrap_or(minutes);
        let fraction = sign(seconds, b'.').map(|at| at + bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count());
        Some(fraction.unwrap_or(seconds))
    };
    let zone = |at: usize| match bytes.get(at) {
        Some(b'Z' | b'z') => at + 1,
        Some(b'+' | b'-') => digits(at + 1, 2).and_then(|at| sign(at, b':')).and_then(|at| digits(at, 2)).unwrap_or(at),
        _ => at,
    };
    let day = digits(start, 4).and_then(|at| digits(sign(at, b'-')?, 2)).and_then(|at| digits(sign(at, b'-')?, 2));
    let end = match day {
        Some(day) => match bytes.get(day) {
            Some(b'T' | b't' | b' ') => time(day + 1).map_or(day, zone),
            _ => day,
        },
        None => time(start)?,
    };
    // More of a word means that it is something else.
    let ends = bytes.get(end).is_none_or(|b| !is_bare(*b));
    ends.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(undated(text), expected);
        assert_eq!(text.len(), expected.len());
    }

    #[test]
    fn dates_become_texts_of_the_same_length() {
        check("a = 2024-05-27\n", "a = \"2024-05-\"\n");
        check("a=1979-05-27T07:32:00Z # 2024-05-27\n", "a=\"1979-05-27T07:32:0\" # 2024-05-27\n");
        check("a = 1979-05-27 00:32:00.999999-07:00", "a = \"1979-05-27 00:32:00.999999-07:\"");
        check("a = 07:32:00", "a = \"07:32:\"");
        check("a = 07:32:00.5\r\n", "a = \"07:32:00\"\r\n");
        check("a = [2024-05-27, {b = 2024-05-28}]", "a = [\"2024-05-\", {b = \"2024-05-\"}]");
        check("a = [\n  2024-05-27,\n]\n", "a = [\n  \"2024-05-\",\n]\n");
        check("{ upload-time=2024-05-27T01:02:03.456Z}", "{ upload-time=\"2024-05-27T01:02:03.45\"}");
        check("a = 2024-05-27 # c", "a = \"2024-05-\" # c");
    }

    #[test]
    fn all_else_stays() {
        for text in [
            "[2024-05-27]\n2024-05-27 = 1\nb.2024-05-27 = 2\n",
            "a = \"2024-05-27\"\nb = '2024-05-27'\nc = \"\\\" 2024-05-27\"\n",
            "a = \"\"\"\n2024-05-27 \"\" x\n\"\"\"\"\nb = '''\n07:32:00'''\n",
            "# 2024-05-27\na = 1 # 07:32:00\n",
            "a = 2024-5-27\nb = 2024-05-270\nc = 1.5\nd = é\n",
            "[[\"2024-05-27\".a]] # x\n",
            "a = \"open 2024-05-27\n",
            "a = \"\"\"open 2024-05-27",
            "",
        ] {
            assert!(matches!(undated(text), Cow::Borrowed(_)), "{text}: {}", undated(text));
        }
    }
}
