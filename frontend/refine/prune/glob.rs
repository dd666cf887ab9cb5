//! Patterns for paths: `*` and `?` within a part, `[ab]`, `[a-z]`, `[!a]`, and `**` for any number of parts.

/// Whether a pattern matches a whole path; both are relative.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    // The two shapes that nearly all rules have are decided without taking anything apart.
    if let Some(last) = pattern.strip_prefix("**/").filter(|last| !last.contains('/') && !last.is_empty() && *last != "**") {
        return word(last.as_bytes(), path.rsplit('/').next().unwrap_or_default().as_bytes());
    }
    let literal = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
    if !path.starts_with(&pattern[..literal]) {
        return false;
    }
    let pattern: Vec<&str> = pattern.split('/').filter(|p| !p.is_empty()).collect();
    let path: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    parts(&pattern, &path)
}

/// The shortest part of a path, from its start, that a pattern matches: the path itself or a directory above it.
#[must_use]
pub fn covers<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    let ends = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).chain([path.len()]);
    ends.map(|end| &path[..end]).find(|above| matches(pattern, above))
}

fn parts(pattern: &[&str], path: &[&str]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        // Several `**` in a row say no more than one, and would cost much more.
        Some((&"**", [])) => true,
        Some((&"**", rest)) if rest[0] == "**" => parts(rest, path),
        Some((&"**", rest)) => (0..=path.len()).any(|skip| parts(rest, &path[skip..])),
        Some((first, rest)) => path.split_first().is_some_and(|(part, path)| word(first.as_bytes(), part.as_bytes()) && parts(rest, path)),
    }
}

/// One part, with one way back: to the last star.
fn word(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut back) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                back = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some(b'?') => {
                p += 1;
                // A letter of several bytes is one letter.
                t += 1;
                while text.get(t).is_some_and(|b| b & 0xc0 == 0x80) {
                    t += 1;
                }
                continue;
            }
            Some(b'[') => {
                if let Some((fits, length)) = class(&pattern[p..], text[t]) {
                    if fits {
                        (p, t) = (p + length, t + 1);
                        continue;
                    }
                } else if text[t] == b'[' {
                    (p, t) = (p + 1, t + 1);
                    continue;
                }
            }
            Some(letter) if *letter == text[t] => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            _ => {}
        }
        let Some((after, from)) = back else { return false };
        (p, t, back) = (after, from + 1, Some((after, from + 1)));
    }
    pattern[p.min(pattern.len())..].iter().all(|b| *b == b'*')
}

/// Whether a byte is in the class that a pattern starts with, and the class's length; `None` where none is closed.
fn class(pattern: &[u8], byte: u8) -> Option<(bool, usize)> {
    let not = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = 1 + usize::from(not);
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|b| *b == b']')?;
    let set = &pattern[start..end];
    let mut found = false;
    let mut at = 0;
    while at < set.len() {
        if at + 2 < set.len() && set[at + 1] == b'-' {
            found |= (set[at]..=set[at + 2]).contains(&byte);
            at += 3;
        } else {
            found |= set[at] == byte;
            at += 1;
        }
    }
    Some((found != not, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_one_expects() {
        for (pattern, path) in [
            ("**/tests", "tests"),
            ("**/tests", "a/b/tests"),
            ("**/*.js.map", "a/b.js.map"),
            ("a/**/c", "a/c"),
            ("a/**", "a/b/c"),
            ("a?c.[ch]", "abc.h"),
            ("[!_a-c]*", "d"),
            ("é?.py", "éü.py"),
            ("*a*b*", "xxaxxbxx"),
            ("[", "["),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("a/**", "a"), ("**/tests", "a/testsuite"), ("*.py", "a/b.py"), ("a/*", "a/b/c"), ("[!a]", "a"), ("a", "a/b")]
        {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
        assert_eq!(covers("**/tests", "a/tests/b/tests/c.py"), Some("a/tests"));
        assert_eq!(covers("/srv/*", "/srv/a/b"), Some("/srv/a"));
        assert_eq!(covers("**/*.h", "a/tests/b.c"), None);
    }

    proptest! {
        #[test]
        fn any_pattern_ends(pattern in "[a*?\\[\\]!/é-]{0,24}", path in "[aé/b\\[-]{0,24}") {
            let _ = (matches(&pattern, &path), covers(&pattern, &path));
        }

        #[test]
        fn a_path_matches_itself(path in "[a-zé_.]{1,9}(/[a-zé_.]{1,9}){0,4}") {
            prop_assert!(matches(&path, &path) && matches("**", &path));
        }
    }
}
