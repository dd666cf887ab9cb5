//! The bracket that was forgotten: a parser complains of a later line, which is right by itself.

/// Where the innermost bracket stands that is open at a place further down, on an earlier line than that.
pub(super) fn never_closed(text: &str, until: usize) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = vec![];
    let mut before = '\n';
    let mut chars = text.char_indices().take_while(|(at, _)| *at < until).peekable();
    while let Some((at, c)) = chars.next() {
        // Within a plain word, none of these begins or ends anything.
        let starts = before.is_whitespace() || "[{,:".contains(before);
        match c {
            '#' if before.is_whitespace() => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '"' | '\'' if starts => {
                while let Some((_, inner)) = chars.next() {
                    // Within such quotes, a backslash takes the next character, and a quote that is doubled is one.
                    let pair = if c == '"' { inner == '\\' } else { inner == c && chars.peek().is_some_and(|(_, next)| *next == c) };
                    if pair {
                        chars.next();
                    } else if inner == c {
                        break;
                    }
                }
            }
            '[' | '{' if starts => open.push((at, c)),
            ']' | '}' if open.last().is_some_and(|(_, last)| (*last == '[') == (c == ']')) => _ = open.pop(),
            _ => {}
        }
        before = c;
    }
    open.pop().filter(|(at, _)| text[*at..until].contains('\n'))
}

#[cfg(test)]
mod tests {
    use super::never_closed;

    #[test]
    fn the_bracket_is_found_among_words_that_only_look_like_one() {
        let at = |text: &str| never_closed(text, text.len()).map(|(at, _)| text[at..at + 2].to_owned());
        assert_eq!(at("a: [b, c\nd: e"), Some("[b".to_owned()));
        assert_eq!(at("a: {b: [c], d\ne: f"), Some("{b".to_owned()));
        for closed in
            ["a: [b]\nc: d", "a: \"[\"\nb: c", "a: 'it''s ['\nb: c", "a: x # [\nb: c", "a: b[c\nd: e", "a: don't [b\n c]", "a: [b"]
        {
            assert_eq!(at(closed), None, "{closed}");
        }
    }
}
