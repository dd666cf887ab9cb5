//! Words for `/bin/sh`: quoting one, joining an argv, splitting a plain command line.
//! Pure; the property tests hold it against a real shell.

/// Quotes one word so that a POSIX shell reads back exactly that word.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Joins an argv into one line that a shell splits into the same argv.
#[must_use]
pub fn join(argv: &[String]) -> String {
    argv.iter().map(|w| quote(w)).collect::<Vec<_>>().join(" ")
}

/// Why a line cannot be split without a shell.
#[derive(Debug, PartialEq, Eq)]
pub enum SplitError {
    /// A character that only a shell gives a meaning.
    NeedsShell(char),
    /// A quote that is not closed.
    OpenQuote(char),
}

/// Splits a command line into words, with quotes and backslashes but without a shell's other powers.
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let mut words = vec![];
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' => word.get_or_insert_default().push_str(&quoted(&mut chars)?),
            '"' => double(&mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '$' | '`' | '|' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' => return Err(SplitError::NeedsShell(c)),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted(chars: &mut std::str::Chars<'_>) -> Result<String, SplitError> {
    let mut text = String::new();
    for c in chars {
        if c == '\'' {
            return Ok(text);
        }
        text.push(c);
    }
    Err(SplitError::OpenQuote('\''))
}

fn double(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), SplitError> {
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(()),
            '$' | '`' => return Err(SplitError::NeedsShell(c)),
            '\\' => match chars.next() {
                Some(next @ ('"' | '\\' | '$' | '`')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
                None => return Err(SplitError::OpenQuote('"')),
            },
            _ => word.push(c),
        }
    }
    Err(SplitError::OpenQuote('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_what_needs_no_shell() {
        let words = split(r#"uvicorn 'api:app' --host "0.0.0.0" a\ b """#);
        assert_eq!(words, Ok(["uvicorn", "api:app", "--host", "0.0.0.0", "a b", ""].map(String::from).to_vec()));
        assert_eq!(split("echo $HOME"), Err(SplitError::NeedsShell('$')));
        assert_eq!(split("echo 'x"), Err(SplitError::OpenQuote('\'')));
    }

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(join(&["a".into(), "b c".into(), "it's".into(), String::new()]), r"a 'b c' 'it'\''s' ''");
    }
}
