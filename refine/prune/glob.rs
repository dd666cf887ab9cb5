//! Patterns for paths: `*` and `?` within a part, `[ab]`, `[a-z]`, `[!a]`, and `**` for any number of parts.
//! By hand: `globset` brings an engine for regular expressions, which is larger than all rules and all that reads them.

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

/// Parts beside parts, with one way back, to the last `**`: what stands between two of them is best found as early as it can be.
fn parts(pattern: &[&str], path: &[&str]) -> bool {
    let (mut p, mut t, mut back) = (0, 0, None);
    while t < path.len() {
        match pattern.get(p) {
            Some(&"**") => {
                back = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some(part) if word(part.as_bytes(), path[t].as_bytes()) => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            _ => {}
        }
        let Some((after, from)) = back else { return false };
        (p, t, back) = (after, from + 1, Some((after, from + 1)));
    }
    // At the end `**` is what is in a folder, and not the folder itself.
    pattern[p..].iter().all(|part| *part == "**") && (p == pattern.len() || path.is_empty())
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
                (p, t) = (p + 1, t + letter(&text[t..]));
                continue;
            }
            Some(b'[') => {
                let length = letter(&text[t..]);
                if let Some((fits, closed)) = class(&pattern[p..], &text[t..t + length]) {
                    if fits {
                        (p, t) = (p + closed, t + length);
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

/// How many bytes the letter has that a text starts with.
fn letter(text: &[u8]) -> usize {
    1 + text[1..].iter().take_while(|b| *b & 0xc0 == 0x80).count()
}

/// Whether a letter is in the class that a pattern starts with, and the class's length; `None` where none is closed.
fn class(pattern: &[u8], wanted: &[u8]) -> Option<(bool, usize)> {
    let not = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = 1 + usize::from(not);
    // A bracket that comes first is one of the class.
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|b| *b == b']')?;
    let mut set = &pattern[start..end];
    let mut found = false;
    while !set.is_empty() {
        let (first, rest) = set.split_at(letter(set));
        // UTF-8 keeps the order of what it writes.
        if let [b'-', last @ ..] = rest
            && !last.is_empty()
        {
            let (last, rest) = last.split_at(letter(last));
            found |= (first..=last).contains(&wanted);
            set = rest;
        } else {
            found |= first == wanted;
            set = rest;
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
            ("[!a]", "é"),
            ("[à-ü]x", "éx"),
            ("[]a]", "]"),
            ("**/a/**", "x/a/b"),
            ("**/a/*/b/**/c", "a/a/x/b/b/y/c"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("a/**", "a"),
            ("**/a/**", "x/a"),
            ("**/a/**/b", "x/a/c"),
            ("**/tests", "a/testsuite"),
            ("*.py", "a/b.py"),
            ("a/*", "a/b/c"),
            ("[!a]", "a"),
            ("a", "a/b"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
        assert_eq!(covers("**/tests", "a/tests/b/tests/c.py"), Some("a/tests"));
        assert_eq!(covers("/srv/*", "/srv/a/b"), Some("/srv/a"));
        assert_eq!(covers("**/*.h", "a/tests/b.c"), None);
    }

    #[test]
    fn many_stars_cost_no_more_than_their_number() {
        let pattern = "**/a/".repeat(2_000) + "b";
        let path = "a/".repeat(4_000) + "c";
        assert!(!matches(&pattern, &path));
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
