//! What a file of the program names of others: all paths after `crate::`, alone or in a list, which may hold lists and go over several lines.

/// The paths that a source text names, with slashes, each with the line that it is named in.
pub(crate) fn paths(text: &str) -> Vec<(usize, String)> {
    let code: String =
        text.lines().map(|line| if line.trim_start().starts_with("//") { "\n".to_owned() } else { format!("{line}\n") }).collect();
    let mut found = vec![];
    for (start, path) in code.match_indices("crate::") {
        // `$crate::` in a macro is the same; a name that ends so is another.
        if !code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            named(&code, start + path.len(), "", &mut found);
        }
    }
    found.into_iter().map(|(at, path)| (code[..at].matches('\n').count() + 1, path)).collect()
}

/// What a text names from a place on, below a path.
fn named(code: &str, at: usize, before: &str, found: &mut Vec<(usize, String)>) {
    let rest = &code[at..];
    let begin = at + (rest.len() - rest.trim_start().len());
    if let Some(list) = code[begin..].strip_prefix('{') {
        let (mut depth, mut expected) = (1, true);
        for (offset, c) in list.char_indices() {
            if depth == 1 && expected && !c.is_whitespace() && c != '}' {
                named(code, begin + 1 + offset, before, found);
                expected = false;
            }
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => expected = true,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
        return;
    }
    let word = code[begin..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let (path, end) = (format!("{before}{word}"), begin + word.len());
    match code[end..].strip_prefix("::") {
        Some(_) => named(code, end + 2, &format!("{path}/"), found),
        None if word.is_empty() => {}
        None => found.push((begin, path)),
    }
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    let named = |text: &str| paths(text).into_iter().map(|(line, name)| format!("{name} {line}")).collect::<Vec<_>>();
    assert_eq!(
        named("use crate::spec::Spec;\nlet x = crate::facts::gather(crate::diag::Sink::new());"),
        ["spec/Spec 1", "facts/gather 2", "diag/Sink/new 2"]
    );
    assert_eq!(
        named("use crate::{yaml, spec::{self, Spec, types::{Key}}, facts as f};"),
        ["yaml 1", "spec/self 1", "spec/Spec 1", "spec/types/Key 1", "facts 1"]
    );
    assert_eq!(
        named("pub(crate) use crate::{\n    lock::{\n        set, torch,\n    },\n    poetry,\n};\n"),
        ["lock/set 3", "lock/torch 3", "poetry 5"]
    );
    assert_eq!(named("// crate::emit\n/// [`crate::emit`]\n    // crate::emit\n"), Vec::<String>::new());
    assert_eq!(named("$crate::yaml::At, mycrate::emit, snake_crate::emit"), ["yaml/At 1"]);
}
