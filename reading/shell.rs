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
    let mut words: Vec<String> = argv.iter().map(|w| quote(w)).collect();
    // In front of a command a word such as `A=b` would be a variable for it.
    if let Some(first) = words.first_mut().filter(|word| word.split_once('=').is_some_and(|(name, _)| is_variable(name))) {
        *first = format!("'{first}'");
    }
    words.join(" ")
}

/// Why a line cannot be split without a shell.
#[derive(Debug, PartialEq, Eq)]
pub enum SplitError {
    /// A character that only a shell gives a meaning.
    NeedsShell(char),
    /// A quote that is not closed.
    OpenQuote(char),
    /// A word that starts with `#`, which to a shell is a comment.
    Comment,
    /// A word that starts with `~`, which to a shell is a home.
    Home,
    /// `NAME=value` before the command, which to a shell is a variable for it.
    Variable(String),
    /// Words on a further line, which to a shell are another command.
    SecondLine,
}

/// Splits a command line into words as a shell does, without a shell's other powers.
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let mut words = vec![];
    let mut word: Option<String> = None;
    // Whether the word has no quotes so far, and whether a line has ended behind the words.
    let (mut plain, mut ended) = (true, false);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => {
                words.extend(word.take());
                plain = true;
                ended |= c == '\n' && !words.is_empty();
                continue;
            }
            // A line that ends with a backslash goes on in the next.
            '\\' if chars.as_str().starts_with('\n') => {
                chars.next();
                continue;
            }
            '$' | '`' | '|' | '&' | ';' | '<' | '>' | '(' | ')' | '*' | '?' => return Err(SplitError::NeedsShell(c)),
            '#' if word.is_none() => return Err(SplitError::Comment),
            '~' if word.is_none() => return Err(SplitError::Home),
            _ if ended => return Err(SplitError::SecondLine),
            '\'' => word.get_or_insert_default().push_str(&quoted(&mut chars)?),
            '"' => double(&mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next().unwrap_or('\\')),
            '=' if plain && words.is_empty() && word.as_deref().is_some_and(is_variable) => {
                return Err(SplitError::Variable(word.unwrap_or_default()));
            }
            _ => word.get_or_insert_default().push(c),
        }
        plain &= !matches!(c, '\'' | '"' | '\\');
    }
    words.extend(word);
    Ok(words)
}

fn is_variable(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
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
                Some('\n') => {}
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
        let check = |line: &str, words: &[&str]| assert_eq!(split(line), Ok(words.iter().map(|w| (*w).to_owned()).collect()), "{line:?}");
        check(r#"uvicorn 'api:app' --host "0.0.0.0" a\ b """#, &["uvicorn", "api:app", "--host", "0.0.0.0", "a b", ""]);
        check("gunicorn app:app \\\n  --bind 0.0.0.0:8000\n", &["gunicorn", "app:app", "--bind", "0.0.0.0:8000"]);
        check("\n a \"b \\\nc\" d\\\ne\n\n", &["a", "b c", "de"]);
        check(r"a#b a~b '#' \~ \# x=~ \", &["a#b", "a~b", "#", "~", "#", "x=~", r"\"]);
        check("run A=1 'B'=2", &["run", "A=1", "B=2"]);
    }

    #[test]
    fn what_means_more_to_a_shell_is_refused() {
        assert_eq!(split("echo $HOME"), Err(SplitError::NeedsShell('$')));
        assert_eq!(split("echo 'x"), Err(SplitError::OpenQuote('\'')));
        assert_eq!(split("gunicorn app:app  # all interfaces"), Err(SplitError::Comment));
        assert_eq!(split("serve ~/data"), Err(SplitError::Home));
        assert_eq!(split("A=1 serve"), Err(SplitError::Variable("A".into())));
        assert_eq!(split("migrate\nserve\n"), Err(SplitError::SecondLine));
    }

    #[test]
    fn quotes_only_where_needed() {
        assert_eq!(join(&["a".into(), "b c".into(), "it's".into(), String::new()]), r"a 'b c' 'it'\''s' ''");
    }
}
